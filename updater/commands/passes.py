"""`updater plan`: what would be written, to the byte, and nothing written."""

from __future__ import annotations

from updater.model import Announcement
from updater.runner import Exit, Output, exit_code, print_reports, run_all, warn_if_observing
from updater.wiring import Updater


def plan(
    updater: Updater, repository: str | None, output: Output, *, check: bool, strict: bool = False
) -> Exit:
    reports = list(run_all(updater, repository, act=False))
    print_reports(reports, output, done=False)
    ended = exit_code(reports, strict=strict)
    writes = (step for report in reports for step in report.steps if not isinstance(step, Announcement))
    if check and ended is Exit.FINE and any(True for _ in writes):
        return Exit.DIFFERS
    return ended


def once(updater: Updater, repository: str | None, output: Output, *, strict: bool = False) -> Exit:
    act = updater.config.mode == "act"
    reports = list(run_all(updater, repository, act=act))
    print_reports(reports, output, done=act)
    warn_if_observing(updater.config)
    return exit_code(reports, strict=strict)
