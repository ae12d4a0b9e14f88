"""What the updater costs, as one table and as JSON: `make bench ARGS="--load 100 --case quiet"`.

Each figure is a median of several runs, beside its spread and as times its floor, which was measured between
the runs: the same requests by `curl --parallel`, the same Git by git. Processor time is that of our process;
its children (git) stand beside it.
"""

import argparse
import json
import platform
import sys
import tempfile
from datetime import UTC, datetime
from functools import partial
from itertools import product
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])

from bench.cases import CASES, measure  # noqa: E402 - found only from there
from bench.measure import table  # noqa: E402 - as above
from bench.peers import PEERS, beside, peer  # noqa: E402 - as above
from bench.world import Load, World, compiled  # noqa: E402 - as above
from world.arguments import at_least  # noqa: E402 - as above

LOADS = {
    "1": Load(1),
    "10": Load(10),
    "100": Load(100),
    "100x1": Load(100, stages=1),
    "1000": Load(1_000),
    "1000x1": Load(1_000, stages=1),
    "tags": Load(100, tags=10_000, page=1_000),
    "ghcr": Load(100, tokens=True, unasked=100),
    "far": Load(100, lag=30),
    "big": Load(100, files=50_000, commits=10_000),
    "fleet": Load(100, repositories=100),
    "small-fleet": Load(10, repositories=100),
}
USUAL = {
    "1": ("help", "cold", "quiet", "once"),
    "10": ("quiet",),
    "100x1": ("quiet", "once"),
    "100": ("cold", "quiet", "once", "hook", "new", "all", "hook-waiting"),
    "1000x1": ("quiet", "once"),
    "1000": ("cold", "quiet", "once", "hook", "new", "all", "hook-waiting"),
    "ghcr": ("quiet",),
    "far": ("quiet",),
    "tags": ("quiet",),
    "big": ("cold", "quiet", "once"),
    "fleet": ("workers-quiet", "workers-idle", "workers-new"),
    "small-fleet": ("workers-quiet", "workers-new"),
}
BESIDE = "100x1"
"""What others are measured at."""
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - a disk would be measured, too


def main():
    asked = _asked()
    figures = []
    with tempfile.TemporaryDirectory(prefix="bench-") as tools:
        program = compiled(tools)
        for name, measured in product(asked.load or _usual(asked), _measures(asked)):
            with tempfile.TemporaryDirectory(dir=MEMORY, prefix="bench-") as folder:
                _note(f"making {name}: {LOADS[name].name}")
                with World(LOADS[name], folder, program) as world:
                    for figure in measured(world, asked.case or _cases(asked, name), asked.rounds):
                        figures.append(figure)
                        _note(table([figure])[-1])
    sys.stdout.write("\n".join(table(figures)) + "\n")
    Path(asked.json).write_text(json.dumps(_record(figures), indent=1))
    _note(f"all figures: {asked.json}")


def _usual(asked):
    return [BESIDE] if asked.peer else USUAL


def _cases(asked, load):
    """Of a peer all that it can."""
    return CASES if asked.peer else USUAL.get(load, CASES)


def _measures(asked):
    """Ours alone, or beside each peer in a world of its own."""
    return [partial(beside, *each) for each in asked.peer] if asked.peer else [measure]


def _asked():
    parser = argparse.ArgumentParser(
        prog="bench", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--load", nargs="+", choices=LOADS, help="apps; default: " + " ".join(USUAL))
    parser.add_argument("--case", nargs="+", choices=CASES, help="default: what tells something of the load")
    peers = ", ".join(f"{name}=PROGRAM" for name in PEERS)
    parser.add_argument("--peer", nargs="+", type=peer, help=f"others beside ours, at {BESIDE}: {peers}")
    parser.add_argument("--rounds", type=partial(at_least, 1), default=5, help="at least 1 (5)")
    parser.add_argument("--json", default="bench.json", help="where all figures go (bench.json)")
    return parser.parse_args()


def _record(figures):
    machine = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cores": __import__("os").cpu_count(),
    }
    return {
        "version": 1,
        "when": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        **machine,
        "figures": [each.as_json() for each in figures],
    }


def _note(text):
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main()
