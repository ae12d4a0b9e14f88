"""What quiet passes over many images cost: `python tests/benchmarks/registry.py [IMAGES]` (100 unless told).

Debian's docker-registry on loopback holds a thousand tags an image. Measured are the lists alone, a quiet
pass of a resident process, and `updater once`, beside the floor: the same URLs fetched by `curl --parallel`.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from world.registries import Registries

TAGS = 1_000
ROUNDS = 5
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - a disk would be measured, too
START = datetime(2026, 1, 1, tzinfo=UTC)
STAMPS = [f"{START + timedelta(minutes=17 * number):%Y%m%d-%H%M%S}" for number in range(TAGS - 3)]
JUNK = ("latest", "sha-1234567", "buildcache")


def main(images: int) -> int:
    with Registries() as registries, tempfile.TemporaryDirectory(dir=MEMORY, prefix="bench-") as folder:
        place = Path(folder)
        registry = registries.real("docker-registry", place)
        names = [f"org/app-{number}" for number in range(images)]
        _fill(place, registry, names)
        config = _configure(place, registry.url, names)
        floor = min(_curl(place, registry.url, names) for _ in range(ROUNDS))
        _say("floor: curl --parallel --parallel-max 8", floor)
        for mode in ("lists", "resident"):
            told = json.loads(_own(mode, config, place))
            _say(
                _TITLES[mode], (told["wall"], told["cpu"], told["requests"]), floor=floor[0], mib=told["mib"]
            )
        cold, warm = _once(config, place), min(_once(config, place) for _ in range(2))
        for title, (wall, cpu, mib) in (("once, nothing in the cache", cold), ("once, again", warm)):
            _say(title, (wall, cpu, images), floor=floor[0], mib=[mib])
    return 0


_TITLES = {
    "lists": "the lists alone, again and again in one process",
    "resident": "a quiet pass of a resident process",
}


def _say(title, figures, *, floor=None, mib=None):
    wall, cpu, requests = figures
    ratio = f", {wall / floor:.1f} x the floor" if floor else ""
    memory = f", {' + '.join(f'{each:.0f}' for each in mib)} MiB at most" if mib else ""
    _print(f"{title}: {wall:.2f} s, {cpu:.2f} s of CPU, {requests:,} requests{ratio}{memory}")


def _print(line):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


# --- the world ------------------------------------------------------------------------------------------


def _fill(place, registry, names):
    """One tag is pushed; the others are folders, which is all that the registry looks at to list them."""
    registry.push(names[0], STAMPS[-1])
    root = place / "storage/docker/registry/v2/repositories"
    first = root / names[0]
    for name in names[1:]:
        shutil.copytree(first, root / name)
    for name in names:
        tags = root / name / "_manifests/tags"
        for tag in {*STAMPS, *JUNK} - {STAMPS[-1]}:
            (tags / tag).mkdir()


def _configure(place, url, names):
    """A deploy repository whose every pin holds the newest tag, and a config for it."""
    tree, bare, config = place / "tree", place / "deploy.git", place / "config"
    overlay = tree / "overlays/staging"
    overlay.mkdir(parents=True)
    images = "".join(f"  - name: ghcr.io/{name}\n    newTag: {STAMPS[-1]}\n" for name in names)
    (overlay / "kustomization.yaml").write_text(f"images:\n{images}")
    me = {f"GIT_{role}_{part}": "a@b" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
    for words in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", "Begin"]):
        subprocess.run(["git", *words], cwd=tree, check=True, env={**os.environ, **me})
    subprocess.run(["git", "clone", "-q", "--bare", tree, bare], check=True)
    (config / "apps").mkdir(parents=True)
    staging = {
        "repository": "deploy",
        "path": "overlays/staging",
        "tags": {"follow": "timestamp"},
        "deliver": "push",
    }
    main = {
        "instance": "bench",
        "repositories": {"deploy": {"url": f"file://{bare}"}},
        "registries": {"ghcr.io": {"endpoint": url}},
        "commit": {"email": "updater@example.org"},
        "environments": {"staging": staging},
    }
    apps = [
        {"app": name.rpartition("/")[2], "images": [f"ghcr.io/{name}"], "environments": ["staging"]}
        for name in names
    ]
    (config / "updater.yaml").write_text(json.dumps(main))
    (config / "apps/all.yaml").write_text(json.dumps(apps))
    return config


# --- what is measured -----------------------------------------------------------------------------------


def _curl(place, url, names):
    """Wall and CPU seconds, and the number of requests."""
    urls = place / "urls"
    lines = (f'url = "{url}/v2/{name}/tags/list?n=1000"\noutput = "/dev/null"\n' for name in names)
    urls.write_text("".join(lines))
    call = ["curl", "--no-progress-meter", "--fail", "--parallel", "--parallel-max", "8", "--config", urls]
    wall, cpu, _ = _timed(call)
    return wall, cpu, len(names)


def _once(config, place):
    """Wall and CPU seconds, children included, and MiB of the largest of them."""
    call = [
        Path(sys.executable).with_name("updater"),
        "once",
        "--config",
        config,
        "--cache-dir",
        place / "cache",
    ]
    return _timed(call)


def _timed(call):
    began = time.perf_counter()
    process = subprocess.Popen(call, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, f"{call[0]} ends with {process.returncode}"
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def _own(mode, config, place):
    """In a process of its own, so that its memory is its own."""
    call = [sys.executable, __file__, mode, config, place / f"cache-{mode}"]
    return subprocess.run(call, check=True, stdout=subprocess.PIPE, text=True).stdout


def _inside(mode, config, cache):
    from updater.config import load
    from updater.wiring import Wired

    told = Counter()
    with Wired(load(Path(config)), Path(cache), observer=lambda *each: told.update([each])) as wired:
        act = _lists(wired) if mode == "lists" else lambda: wired.run("deploy", act=True)
        for _ in range(2):
            act()
        told.clear()
        best = min(_measured(act) for _ in range(ROUNDS))
    mib = [
        resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    ]
    requests = sum(told.values()) // ROUNDS
    _print(json.dumps({"wall": best[0], "cpu": best[1], "requests": requests, "mib": mib}))


def _lists(wired):
    images = [image for policy in wired.config.policies.values() for image in policy.images]

    def act():
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(wired._registry.listing, images))

    return act


def _measured(act):
    began, cpu = time.perf_counter(), time.process_time()
    act()
    return time.perf_counter() - began, time.process_time() - cpu


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in _TITLES:
        _inside(*sys.argv[1:])
    else:
        sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else 100))
