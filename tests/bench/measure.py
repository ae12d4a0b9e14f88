"""To measure processes from outside: seconds, processor time, memory; and to hold them against a floor."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bench.memory import most_resident

MIB = 1024 * 1024
_LOOK = 0.05
COUNTS = ("requests", "api", "writes", "queries")


@dataclass
class Sample:
    """One run: seconds, and MiB at most."""

    wall: float
    cpu: float
    children: float = 0.0
    """Seconds of processor, of git and all others that it started."""
    mib: float = 0.0
    mib_of_children: float = 0.0
    requests: int = 0
    queries: int = 0
    """Statements that PostgreSQL was given."""
    api: int = 0
    """Requests to the forge."""
    writes: int = 0
    """Those of them that change something."""

    def __post_init__(self):
        """To the microsecond, as no clock here tells less: differences of floats are never quite 0."""
        self.wall, self.cpu, self.children = (
            round(each, 6) + 0.0 for each in (self.wall, self.cpu, self.children)
        )


@dataclass
class Figure:
    """One line of the table."""

    load: str
    case: str
    samples: list[Sample] = field(default_factory=list)
    floors: list[Sample] = field(default_factory=list)
    floor: str = ""
    """What it was held against."""

    def as_json(self):
        told = {"load": self.load, "case": self.case, "floor": self.floor}
        for name in ("samples", "floors"):
            told[name] = [asdict(each) for each in getattr(self, name)]
        told["median"] = {key: self.median(key) for key in asdict(self.samples[0])}
        told["ratio"] = {"wall": self.ratio("wall"), "cpu": self.ratio("cpu")}
        return told

    def median(self, key):
        return statistics.median(getattr(each, key) for each in self.samples)

    def spread(self, key):
        values = [getattr(each, key) for each in self.samples]
        return f"{min(values):.3g}-{max(values):.3g}"

    def ratio(self, key):
        """The medians of the same minutes; None without a floor."""
        if not self.floors:
            return None
        least = statistics.median(getattr(each, key) for each in self.floors)
        ours = self.median(key) if key == "wall" else self.median("cpu") + self.median("children")
        return ours / least if least else None


HEADER = (
    "load",
    "case",
    "wall s",
    "",
    "x floor",
    "cpu s",
    "",
    "children s",
    "MiB",
    "+ git",
    "requests",
    "API",
)
HEADER += ("writes", "queries")


def table(figures):
    """As Markdown; without the columns that have nothing to say."""
    lines = [HEADER, *map(_cells, figures)]
    told = [column for column in range(len(HEADER)) if any(line[column] for line in lines[1:])]
    lines = [[line[column] for column in told] for line in lines]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    told = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |"
        for line in lines
    ]
    return [told[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *told[1:]]


def _cells(one):
    ratio = one.ratio("wall")
    return (
        one.load,
        one.case,
        f"{one.median('wall'):.3g}",
        one.spread("wall"),
        "" if ratio is None else f"{ratio:.1f}",
        f"{one.median('cpu'):.3g}",
        one.spread("cpu"),
        f"{one.median('children'):.2g}",
        *(f"{one.median(key):.0f}" if one.median(key) else "" for key in ("mib", "mib_of_children")),
        *(f"{one.median(key):,.0f}" if one.median(key) else "" for key in COUNTS),
    )


# --- processes ------------------------------------------------------------------------------------------

_TELLS = """
import atexit, resource, sys, time
def tell():
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    most = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM:"))
    print(time.process_time(), ended.ru_utime + ended.ru_stime, most, file=sys.stderr)
atexit.register(tell)
"""
"""Not ru_maxrss: it counts what the process was before it became this program, a copy of the bench."""
UPDATER = "from updater.start import main; main()"


def run(words, env, folder=None, given=b""):
    """A program to its end. Its MiB are never less than those of the bench, a copy of which it was before.

    What it is given it finds in a file.
    """
    with tempfile.TemporaryFile() as file:
        file.write(given)
        file.seek(0)
        began = time.perf_counter()
        process = subprocess.Popen(
            list(map(str, words)), stdin=file, stdout=subprocess.DEVNULL, env=env, cwd=folder
        )
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(map(str, words))} ends with {process.returncode}")
    wall, cpu = time.perf_counter() - began, used.ru_utime + used.ru_stime
    return Sample(wall, cpu, mib=used.ru_maxrss / 1024)


def run_python(code, words, env):
    """Python code as a process, which says at its end what it took, apart from its children."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", _TELLS + code, *map(str, words)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=env,
    )
    with Largest(process.pid) as largest:
        _, said = process.communicate()
    wall = time.perf_counter() - began
    if process.returncode:
        raise SystemExit(said)
    own, children, kib = map(float, said.split()[-3:])
    return Sample(wall, own, children, kib / 1024, largest.mib)


def used(process):
    """Seconds of its own and of its children that have ended, and MiB at most.

    Its own to the nanosecond; of children of another process Linux tells whole ticks, of 10 ms.
    """
    words = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    ticks = os.sysconf("SC_CLK_TCK")
    children = (int(words[13]) + int(words[14])) / ticks
    return time.clock_gettime(_processor_clock(process)), children, most_resident(process)


def _processor_clock(process):
    """As clock_getcpuclockid(3) makes it, which Python lacks: of all threads, also those that have ended."""
    return ~process << 3 | 2


class Largest:
    """How much memory the children of a process have at most: looked at from outside, while they live."""

    def __init__(self, parent):
        self._parent, self.mib, self._done = parent, 0.0, threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._done.set()
        self._thread.join()

    def _look(self):
        while not self._done.wait(_LOOK):
            self.mib = max(self.mib, sum(map(_resident, _below(self._parent))))


def _below(parent):
    try:
        tasks = [*Path(f"/proc/{parent}/task").iterdir()]
        found = [child for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return []
    return [each for child in found for each in (child, *_below(child))]


def _resident(process):
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / MIB
    except (OSError, IndexError):
        return 0.0


class Resident:
    """A process that holds an updater and runs a pass whenever it is told to."""

    def __init__(self, world, cache, env, config=None):
        program = Path(__file__).with_name("resident.py")
        words = [sys.executable, str(program), str(config or world.config), str(cache)]
        self._world = world
        self._process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def __call__(self, order="pass"):
        """One pass over all repositories."""
        self._world.requests()
        with Largest(self._process.pid) as largest:
            self._process.stdin.write(f"{order}\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        if not line:
            raise SystemExit("the resident process has ended")
        told = json.loads(line)
        return Sample(**told["sample"], mib_of_children=largest.mib, requests=self._world.requests()), told
