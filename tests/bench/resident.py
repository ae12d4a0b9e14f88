"""A process that runs a pass for each line that it is told, and answers what it took."""

import json
import resource
import sys
import time
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])

from bench.memory import most_resident  # noqa: E402 - found only from there


def main(config, cache):
    from updater.start import collect_seldom

    collect_seldom()
    from updater.config import load
    from updater.wiring import Updater

    with Updater(load(Path(config)), Path(cache)) as updater:
        for line in sys.stdin:
            profiled = _profiled if line.strip() == "profile" else _plain
            before = _clocks()
            reports = profiled(updater)
            wall, cpu, children = (now - then for now, then in zip(_clocks(), before, strict=True))
            sample = {"wall": wall, "cpu": cpu, "children": children, "mib": most_resident()}
            told = {"sample": sample, "failed": [report.repository for report in reports if report.failed]}
            told["outcomes"] = sum(len(report.outcomes) for report in reports)
            told["stages"] = {
                stage: sum(report.stages.get(stage, 0) for report in reports) for stage in reports[0].stages
            }
            sys.stdout.write(f"{json.dumps(told)}\n")
            sys.stdout.flush()


def _clocks():
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.perf_counter(), time.process_time(), ended.ru_utime + ended.ru_stime


def _plain(updater):
    return [updater.run(name, act=True) for name in updater.config.repositories]


def _profiled(updater):
    """To stderr, where the time goes: of this thread alone."""
    import cProfile
    import pstats

    with cProfile.Profile() as profile:
        reports = _plain(updater)
    pstats.Stats(profile, stream=sys.stderr).sort_stats("cumulative").print_stats(60)
    return reports


if __name__ == "__main__":
    main(*sys.argv[1:])
