"""To measure how long it takes to locate, edit and prove 3,000 pins: `python tests/benchmarks/rewrite.py`."""

import io
import statistics
import sys
import time
from collections.abc import Callable

from ruamel.yaml import YAML

from updater.manifests import Edit, Selector, read, write
from updater.manifests.composer import compose

FILES = 3_000
ROUND_TRIPS = 100
MOST = 0.5


def file(number: int) -> bytes:
    """A kustomization of 40 lines."""
    resources = "".join(f"  - ../../base/part-{one}.yaml\n" for one in range(18))
    patches = "".join(
        f"  - path: patch-{one}.yaml # 메모\n    target: {{kind: Deployment}}\n" for one in range(6)
    )
    return f"""apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: shop-{number}
resources:
{resources}
patches:
{patches}
images:
  - name: ghcr.io/org/shop
    newTag: "20260101-{number:06}"
""".encode()


def milliseconds(act: Callable[[bytes], object], files: list[bytes]) -> float:
    """The best of three runs, per file."""
    runs = []
    for _ in range(3):
        compose.cache_clear()
        start = time.process_time()
        for data in files:
            act(data)
        runs.append((time.process_time() - start) / len(files) * 1_000)
    return min(runs)


def round_trip(data: bytes) -> None:
    yaml = YAML()
    yaml.dump(yaml.load(data), io.BytesIO())


def main() -> int:
    files = [file(number) for number in range(FILES)]
    selector = Selector("kustomization", "ghcr.io/org/shop")
    reading = milliseconds(lambda data: read(data, selector), files)
    writing = milliseconds(lambda data: write(data, [Edit(selector, "20260202-143512")]), files)
    dumping = milliseconds(round_trip, files[:ROUND_TRIPS])
    lines = statistics.mean(data.count(b"\n") for data in files)
    ratio = writing / dumping
    sys.stdout.write(
        f"{FILES} files of {lines:.0f} lines: read {reading:.3f} ms, write {writing:.3f} ms a file;\n"
        f"one pure load and dump {dumping:.3f} ms; ratio {ratio:.3f} (at most {MOST})\n"
    )
    return 0 if ratio < MOST else 1


if __name__ == "__main__":
    sys.exit(main())
