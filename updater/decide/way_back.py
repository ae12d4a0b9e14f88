"""A person's way back: where it leads, and the little that is asked of it. Pure.

Nothing of policy or time stands in its way: no hold, gate, freeze, stopped line or clock. What it passed
over is said, in the commit and in the pull request.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from updater.decide.preconditions import aimed_elsewhere, not_ours_to_write
from updater.messages import asked_branch
from updater.model import Ruling, Unreadable
from updater.reasons import Reason, hold_reasons
from updater.situation import PlacementState, Situation

_NAMED = 3
"""Tags that a sentence names."""


def unmet_of_way_back(state: PlacementState, situation: Situation) -> tuple[Ruling, ...]:
    """What it cannot be without: the file, a forge where it is asked for there, and no order that is open."""
    return state.trouble or not_ours_to_write(state) or silent_forge(state, situation) or _lost_order(state)


def silent_forge(state: PlacementState, situation: Situation) -> tuple[Ruling, ...]:
    """A tag that is named, or was held, needs no list: only its manifest has to be there."""
    listings = (situation.listings[image] for image in state.policy.images)
    silent = {listing.why for listing in listings if isinstance(listing, Unreadable)}
    heard = (ruling for ruling in state.unheard if ruling not in state.unordered)
    return tuple(ruling for ruling in heard if ruling.sentence not in silent)


def _lost_order(state: PlacementState) -> tuple[Ruling, ...]:
    """Somebody's order has been aimed at another branch: it is open, and has the branch."""
    away = state.retargeted
    asked = away is not None and away.branch == asked_branch(state.policy.placement)
    return aimed_elsewhere(state) if asked else ()


def way_back(state: PlacementState) -> str | None:
    """The newest earlier tag that was never left backwards nor has failed; one that may run, if there is."""
    left = {stay.tag for stay in state.timeline.stays if stay.ended == "backwards"}
    failed = {verdict.tag for verdict in state.verdicts if verdict.result == "failed"}
    bad = left | failed | state.timeline.rolled_back.keys()
    good = [tag for tag in _earlier(state) if tag not in bad]
    return next((tag for tag in good if _may_run(tag, state)), good[0] if good else None)


def is_forward(tag: str, state: PlacementState) -> bool:
    """It is newer than what runs, and never ran there: whoever wants that is asked what a promotion is."""
    read = state.policy.tags.scheme.read
    wanted, runs = read(tag), read(state.current or "")
    return wanted is not None and runs is not None and runs < wanted and tag not in state.timeline.held


def no_way_back(state: PlacementState) -> Ruling:
    """By name a tag may come back that does not by itself, so say which there are."""
    known = [tag for tag in dict.fromkeys(_earlier(state)) if _may_run(tag, state)]
    sentence = "it has run nothing before this"
    if known:
        named = ", ".join(known[:_NAMED])
        sentence = (
            f"nothing it has run before comes back by itself: name what to go back to, by --to ({named})"
        )
    return Ruling(hold_reasons.NO_WAY_BACK, False, sentence)


def _earlier(state: PlacementState) -> Iterator[str]:
    """What it has run before, the newest first."""
    placeholders = state.policy.tags.placeholders
    return (
        stay.tag
        for stay in reversed(state.timeline.stays)
        if stay.tag != state.current and stay.tag not in placeholders
    )


def _may_run(tag: str, state: PlacementState) -> bool:
    tags = state.policy.tags
    return tags.forbidden(tag) is None and (tags.scheme.read(tag) is not None or tags.allowed(tag))


def is_asked(reason: Reason) -> bool:
    """Whether it keeps a person from going back."""
    return reason.asked_of_rollback and not reason.lifted_by_name


def passed_over(ruling: Ruling) -> Ruling:
    """As it counts for a way back."""
    if ruling.passes:
        return ruling
    return replace(ruling, passes=True, overridden=True, sentence=f"passed over: {ruling.sentence}")
