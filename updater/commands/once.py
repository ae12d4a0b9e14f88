"""`updater once`: one pass over each deploy repository, written."""

from __future__ import annotations

from updater.runner import Exit, Output, exit_code, print_reports, run_all, warn_if_observing
from updater.wiring import Updater


def once(updater: Updater, repository: str | None, output: Output) -> Exit:
    act = updater.config.mode == "act"
    reports = list(run_all(updater, repository, act=act))
    print_reports(reports, output, done=act)
    warn_if_observing(updater.config)
    return exit_code(reports)
