"""A process that runs a pass for each line that it is told, and answers what it took."""

import json
import os
import resource
import sys
import time
from pathlib import Path


def main(config, cache):
    from updater.start import collect_seldom

    collect_seldom()
    from updater.config import load
    from updater.wiring import Updater

    with Updater(load(Path(config)), Path(cache)) as updater:
        for line in sys.stdin:
            profiled = _profiled if line.strip() == "profile" else _plain
            began, before = time.perf_counter(), os.times()
            reports = profiled(updater)
            wall, after = time.perf_counter() - began, os.times()
            sample = {
                "wall": wall,
                "cpu": after.user + after.system - before.user - before.system,
                "children": after.children_user
                + after.children_system
                - before.children_user
                - before.children_system,
                "mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
            told = {"sample": sample, "failed": [report.repository for report in reports if report.failed]}
            told["outcomes"] = sum(len(report.outcomes) for report in reports)
            told["stages"] = {
                stage: sum(report.stages.get(stage, 0) for report in reports) for stage in reports[0].stages
            }
            sys.stdout.write(f"{json.dumps(told)}\n")
            sys.stdout.flush()


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
