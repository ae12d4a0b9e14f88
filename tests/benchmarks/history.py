"""How long it takes to understand the history of one overlay that many apps share. Prints figures.

python tests/benchmarks/history.py [APPS] [BUMPS]
"""

import hashlib
import sys
import time
from datetime import UTC, datetime, timedelta

from updater.interpret.pin_cache import PinCache
from updater.interpret.pin_history import PinHistory, pin_history
from updater.manifests import Selector
from updater.model import FileChange

PATH = "kustomization.yaml"
START = datetime(2026, 1, 1, tzinfo=UTC)


def main(apps, bumps):
    names = [f"ghcr.io/org/app-{number:04}" for number in range(apps)]
    versions = list(_versions(names, bumps))
    blobs = [hashlib.sha256(version).hexdigest() for version in versions]
    pairs = list(zip([None, *blobs], blobs, strict=False))
    changes = [(place, FileChange(PATH, old, new)) for place, (old, new) in enumerate(reversed(pairs))]
    values = PinCache()
    values.learn(dict(zip(blobs, versions, strict=True)))
    selectors = [Selector("kustomization", name) for name in names]
    for label in ("cold", "again"):
        started = time.perf_counter()
        said = pin_history(PATH, blobs[-1], selectors, PinHistory({PATH: changes}, len(changes) - 1), values)
        seconds = time.perf_counter() - started
        events = sum(map(len, said.values()))
        print(f"{label}: {apps} apps, {bumps} bumps, {events} events in {seconds:.2f} s")  # noqa: T201


def _versions(names, bumps):
    tags = dict.fromkeys(names, "20260101-000000")
    for number in range(bumps + 1):
        yield (
            "images:\n" + "".join(f"  - name: {name}\n    newTag: {tag}\n" for name, tag in tags.items())
        ).encode()
        tags[names[number % len(names)]] = f"{START + timedelta(seconds=number):%Y%m%d-%H%M%S}"


if __name__ == "__main__":
    main(*(int(argument) for argument in [*sys.argv[1:], "300", "3000"][:2]))
