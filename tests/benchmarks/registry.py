"""What quiet passes over many images cost: `python tests/benchmarks/registry.py [IMAGES]` (100 unless told).

Debian's docker-registry on loopback holds a thousand tags an image. Measured are the lists alone, a quiet
pass of a resident process, and `updater once`, beside the floor: the same URLs fetched by `curl --parallel`.
The bytes are counted in a pass of their own, through a proxy; ratios are times the floor's.
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
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

TAGS = 1_000
ROUNDS = 5
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - a disk would be measured, too
START = datetime(2026, 1, 1, tzinfo=UTC)
STAMPS = [f"{START + timedelta(minutes=17 * number):%Y%m%d-%H%M%S}" for number in range(TAGS - 3)]
JUNK = ("latest", "sha-1234567", "buildcache")


class Figures(NamedTuple):
    """Seconds, and MiB; the children are git's, each at least as large as we were when it began."""

    wall: float
    cpu: float
    cpu_of_children: float = 0.0
    mib: float = 0.0
    mib_of_children: float = 0.0


def main(images: int) -> int:
    from world.registries import Registries  # imports much that must not count as ours
    from world.relay import Relay

    with Registries() as registries, tempfile.TemporaryDirectory(dir=MEMORY, prefix="bench-") as folder:
        place = Path(folder)
        registry = registries.real("docker-registry", place)
        names = [f"org/app-{number}" for number in range(images)]
        _fill(place, registry, names)
        config = _configure(place, registry.url, names)
        _keep_bytecode(place)
        _once(config, place / "tried")
        floor = min(_curl(place, registry.url, names) for _ in range(ROUNDS))
        _say("floor: curl --parallel --parallel-max 8", floor, floor)
        for mode, title in _TITLES.items():
            figures, requests = json.loads(_own(mode, config, place))
            _say(f"{title}, {requests:,} requests", Figures(*figures), floor)
        _say("once, nothing in the cache", _once(config, place / "cache"), floor)
        _say("once, again", min(_once(config, place / "cache") for _ in range(ROUNDS)), floor)
        with Relay(registry.url) as relay:
            _curl(place, relay.url, names)
            least = _count("received by curl", relay)
            _once(_configured(place / "counted", relay.url, place / "deploy.git", names), place / "cache")
            _count("received by once", relay, least)
    return 0


_TITLES = {
    "lists": "the lists alone, again and again in one process",
    "resident": "a quiet pass of a resident process",
}


def _say(title, one, floor):
    cpu = f"{one.cpu:.2f} + {one.cpu_of_children:.2f} s of CPU" if one.mib else f"{one.cpu:.2f} s of CPU"
    ratios = (
        f" ({one.wall / floor.wall:.1f} and {_all_cpu(one) / floor.cpu:.1f} x the floor)" if one.mib else ""
    )
    memory = f", {one.mib:.0f} + {one.mib_of_children:.0f} MiB at most" if one.mib else ""
    _print(f"{title}: {one.wall:.2f} s, {cpu}{ratios}{memory}")


def _all_cpu(one):
    return one.cpu + one.cpu_of_children


def _count(title, relay, least=None):
    """Say what has passed since the last time, and answer it in bytes."""
    requests, received = relay.requests, relay.received
    relay.requests = relay.received = 0
    ratio = f" ({received / least:.2f} x the floor)" if least else ""
    _print(f"{title}: {received:,} bytes in {requests:,} answers{ratio}")
    return received


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
    tree, bare = place / "tree", place / "deploy.git"
    overlay = tree / "overlays/staging"
    overlay.mkdir(parents=True)
    images = "".join(f"  - name: ghcr.io/{name}\n    newTag: {STAMPS[-1]}\n" for name in names)
    (overlay / "kustomization.yaml").write_text(f"images:\n{images}")
    me = {f"GIT_{role}_{part}": "a@b" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
    for words in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", "Begin"]):
        subprocess.run(["git", *words], cwd=tree, check=True, env={**os.environ, **me})
    subprocess.run(["git", "clone", "-q", "--bare", tree, bare], check=True)
    return _configured(place / "config", url, bare, names)


def _configured(config, url, bare, names):
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


def _keep_bytecode(place):
    """As an installed package has it; some machines are told to write none."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(place / "bytecode")


def _curl(place, url, names):
    urls = place / "urls"
    lines = (f'url = "{url}/v2/{name}/tags/list?n=1000"\noutput = "/dev/null"\n' for name in names)
    urls.write_text("".join(lines))
    call = ["curl", "--no-progress-meter", "--fail", "--parallel", "--parallel-max", "8", "--config", urls]
    began = time.perf_counter()
    process = subprocess.Popen(call)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, f"curl ends with {process.returncode}"
    return Figures(time.perf_counter() - began, usage.ru_utime + usage.ru_stime)


PROBED = """
import atexit, resource, sys
def tell():
    every = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(*(each.ru_utime + each.ru_stime for each in every), *(each.ru_maxrss / 1024 for each in every),
          file=sys.stderr)
atexit.register(tell)
from updater.cli import main
main()
"""
"""The console script, which says at its end what it took."""


def _once(config, cache):
    call = [sys.executable, "-c", PROBED, "once", "--config", config, "--cache-dir", cache]
    began = time.perf_counter()
    done = subprocess.run(call, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    wall = time.perf_counter() - began
    assert done.returncode == 0, done.stderr
    return Figures(wall, *map(float, done.stderr.split()[-4:]))


def _own(mode, config, place):
    """In a process of its own, so that its memory is its own."""
    call = [sys.executable, __file__, mode, config, place / f"cache-{mode}"]
    return subprocess.run(call, check=True, stdout=subprocess.PIPE, text=True).stdout


def _inside(mode, config, cache):
    from updater.config import load
    from updater.wiring import Updater

    told = Counter()
    with Updater(load(Path(config)), Path(cache), observer=lambda *each: told.update([each])) as wired:
        act = _lists(wired) if mode == "lists" else lambda: wired.run("deploy", act=True)
        for _ in range(2):
            act()
        told.clear()
        best = min(_measured(act) for _ in range(ROUNDS))
    mib = [
        resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    ]
    _print(json.dumps([[*best, *mib], sum(told.values()) // ROUNDS]))


def _lists(wired):
    images = [image for policy in wired.config.policies.values() for image in policy.images]

    def act():
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(wired._registry.listing, images))

    return act


def _measured(act):
    began, before = time.perf_counter(), _cpu()
    act()
    return time.perf_counter() - began, *(now - then for now, then in zip(_cpu(), before, strict=True))


def _cpu():
    """Seconds: our own, and those of children that have ended."""
    used = os.times()
    return used.user + used.system, used.children_user + used.children_system


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in _TITLES:
        _inside(*sys.argv[1:])
    else:
        sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else 100))
