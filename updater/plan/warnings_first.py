"""The order of steps where a forge takes only so many. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from updater.model import SetAutoMerge, SetStatus, Step


def warnings_first(steps: Sequence[Step]) -> list[Step]:
    """What has lost its evidence is said before anything new is proposed."""
    return sorted(steps, key=lambda step: not _warns(step))


def _warns(step: Step) -> bool:
    """Of a head that stands: nothing has to be done before."""
    if isinstance(step, SetStatus):
        return step.sha is not None and step.status.state != "success"
    return isinstance(step, SetAutoMerge) and step.method is None
