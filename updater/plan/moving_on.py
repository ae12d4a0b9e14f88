"""To build the same commits on a head that somebody else has moved meanwhile. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from updater.model import Announcement, Outcome, Plan, PushBase


def lost_pushes(outcomes: Sequence[Outcome]) -> tuple[PushBase, ...] | None:
    """The pushes to the base that somebody was quicker than; None where that was so of anything else, too."""
    lost = [outcome.step for outcome in outcomes if outcome.lost_race]
    pushes = tuple(step for step in lost if isinstance(step, PushBase))
    return pushes if len(pushes) == len(lost) else None


def moved_on(plan: Plan, pushes: Sequence[PushBase], head: str) -> Plan:
    """What is left to do of a plan whose pushes lost a race: those, on the new head, and to tell of them."""
    branches = {push.update.ref.removeprefix("refs/heads/") for push in pushes}
    told = (step for step in plan.steps if isinstance(step, Announcement) and step.branch in branches)
    return replace(plan, steps=(*(_onto(push, head) for push in pushes), *told))


def _onto(push: PushBase, head: str) -> PushBase:
    record = push.record
    return replace(
        push,
        update=replace(push.update, onto=head, expected=head),
        record=None if record is None else replace(record, onto=head),
    )
