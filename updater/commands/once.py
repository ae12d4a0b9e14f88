"""`updater once`: one pass over each deploy repository, written."""

from __future__ import annotations

from updater.runner import Exit, Output, passes, show, tell_mode, verdict
from updater.wiring import Wired


def once(wired: Wired, repository: str | None, output: Output) -> Exit:
    act = wired.config.mode == "act"
    reports = list(passes(wired, repository, act=act))
    show(reports, output, done=act)
    tell_mode(wired.config)
    return verdict(reports)
