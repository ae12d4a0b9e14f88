"""Passes in a process of their own: one for each instant on stdin, answered by what the process holds."""

import gc
import json
import os
import sys
import threading
from datetime import datetime
from pathlib import Path

from prometheus_client import generate_latest

from updater import log
from updater.config import load
from updater.service.notifier import Notifier
from updater.service.worker import Worker
from updater.wiring import Updater, send


class Clock:
    """The world's, which is put forward: by ours its tags would be of the future, and no candidates."""

    def __init__(self):
        self.instant = None

    def __call__(self):
        return self.instant


def main(config, cache):
    log.configure("json")
    clock, cache = Clock(), Path(cache)
    rounds = Worker(
        load(Path(config)),
        lambda settings: Updater(settings, cache, clock=clock),
        lambda settings: Notifier(settings, cache, send),
    )
    for line in sys.stdin:
        clock.instant = datetime.fromisoformat(line.strip())
        rounds._pass("deploy")
        generate_latest(rounds.metrics.registry)
        gc.collect()
        sys.stdout.write(json.dumps(_held(cache) | _said(rounds)) + "\n")
        sys.stdout.flush()


def _held(cache):
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return {
        "memory": int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE"),
        "blocks": sys.getallocatedblocks(),
        "threads": threading.active_count(),
        "descriptors": sum(1 for _ in Path("/proc/self/fd").iterdir()),
        "children": len(children),
        "files": sum(len(files) for _, _, files in os.walk(cache)),
    }


def _said(rounds):
    """How many passes went well, and how often something was pushed or proposed."""
    samples = [each for metric in rounds.metrics.registry.collect() for each in metric.samples]
    well = [
        each.value
        for each in samples
        if each.name == "updater_passes_total" and each.labels["result"] == "ok"
    ]
    return {
        "well": int(sum(well)),
        "promotions": int(sum(each.value for each in samples if each.name == "updater_promotions_total")),
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
