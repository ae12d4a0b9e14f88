"""`updater plan`: what would be written, to the byte, and nothing written."""

from __future__ import annotations

from updater.model import Announcement
from updater.runner import Exit, Output, passes, show, verdict
from updater.wiring import Wired


def plan(wired: Wired, repository: str | None, output: Output, *, check: bool) -> Exit:
    reports = list(passes(wired, repository, act=False))
    show(reports, output, done=False)
    ended = verdict(reports)
    writes = (step for report in reports for step in report.steps if not isinstance(step, Announcement))
    if check and ended is Exit.FINE and any(True for _ in writes):
        return Exit.DIFFERS
    return ended
