"""What `doctor` says of the apps and environments that deploy repositories declare themselves."""

from __future__ import annotations

from collections.abc import Iterator

from updater.commands.doctor.check_result import CheckResult
from updater.errors import UpdaterError
from updater.wiring import Updater


def of_teams(updater: Updater) -> Iterator[CheckResult]:
    """What a deploy repository declares, or patterns find there; each is somebody's to mend."""
    if not updater.config.completion:
        return
    found = ", and environments," if updater.config.environment_patterns else ""
    what = f"apps{found} in the repository"
    try:
        updater.complete()
    except UpdaterError as error:
        yield CheckResult(what, "broken", error.sentence)
        return
    said = dict.fromkeys((*updater.config.faults, *updater.config.notes))
    yield from (CheckResult(what, "look", sentence) for sentence in said)
    if not said:
        yield CheckResult(what, "works", "what is written of them there counts")
