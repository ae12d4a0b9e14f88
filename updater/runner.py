"""To run passes once, for `plan` and `once`, and to say how they went."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from enum import IntEnum
from typing import Literal

from updater.config import Config
from updater.errors import Unavailable, UpdaterError
from updater.model import Hold, Report, Ruling, Unreadable
from updater.terminal import say, say_json, warn
from updater.views.pass_report import as_json, as_text
from updater.views.status import URGENT, status
from updater.wiring import Updater, utc_now

Output = Literal["text", "json"]


class Exit(IntEnum):
    FINE = 0
    FAILED = 1
    """A reading or a step failed; with --strict, an app is blocked or failing."""
    USAGE = 2
    """The config, or the call."""
    DIFFERS = 3
    """Differences or violations, where somebody asked for them."""


def run_all(updater: Updater, repository: str | None, *, act: bool) -> Iterator[Report]:
    """One pass over each deploy repository, or over one: what it comes after is then read first."""
    if repository is None:
        yield from (run_pass(updater, name, act=act) for name in _order(updater))
        return
    read_before(updater, repository)
    yield run_pass(updater, repository, act=act)


def read_those(updater: Updater, wanted: Collection[str]) -> Iterator[Report]:
    """A pass that writes nothing over each of these repositories, and over those they may come after.

    Raises Refused or Unavailable where one of them cannot be read.
    """
    order = _order(updater)
    last = max((order.index(name) for name in wanted), default=-1)
    for name in order[: last + 1]:
        if name in wanted:
            yield updater.run(name, act=False)
        else:
            run_pass(updater, name, act=False)


def read_before(updater: Updater, repository: str) -> None:
    """Read the repositories that may hold what this one comes after."""
    order = _order(updater)
    for name in order[: order.index(repository)] if repository in order else []:
        run_pass(updater, name, act=False)


def _order(updater: Updater) -> list[str]:
    return list(dict.fromkeys(policy.repository for policy in updater.config.policies.values()))


def run_pass(updater: Updater, repository: str, *, act: bool, images: Collection[str] = ()) -> Report:
    """A pass that cannot even begin is a report, too, and holds everything. `images`: only for these."""
    try:
        return updater.run(repository, act=act, images=images)
    except UpdaterError as error:
        now, reading = utc_now(), Unreadable.of(error, transient=isinstance(error, Unavailable))
        reason = Ruling(reading.reason, False, reading.why, waits=reading.transient)
        holds = [Hold(policy.placement, None, (reason,)) for policy in updater.config.of(repository)]
        return Report(repository, now, now, None, holds, (), (), (reading,))


def print_reports(reports: list[Report], output: Output, *, done: bool) -> None:
    if output == "json":
        say_json(as_json(reports))
        return
    for report in reports:
        say(*as_text(report, done=done))


def warn_if_observing(config: Config) -> None:
    """Whoever orders something in observe mode might think it was done."""
    if config.mode == "observe":
        warn("nothing was written: the mode is observe; `mode: act` in the config writes")


def exit_code(reports: list[Report], *, strict: bool = False) -> Exit:
    """`strict`: an app that is blocked or failing is no success, either; which ones, is told."""
    urgent = (
        [cell.placement for cell in status(reports).placements if cell.condition in URGENT] if strict else []
    )
    if urgent:
        warn(f"blocked or failing, of which --strict makes exit status 1: {', '.join(map(str, urgent))}")
    return Exit.FAILED if urgent or any(report.failed for report in reports) else Exit.FINE
