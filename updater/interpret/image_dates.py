"""What schemes have to know of tags before they can order them. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from updater.config import Policy
from updater.interpret.branch_history import BranchHistory
from updater.interpret.pins import failed_reading
from updater.interpret.pull_requests import Pulls, rejection_times
from updater.model import (
    Image,
    ImageDate,
    Listing,
    Placement,
    Reading,
    Ruling,
    Snapshot,
    Unreadable,
    pinned_tag,
)
from updater.reasons import hold_reasons
from updater.schemes import NeedsDates, needs_dates
from updater.situation import PinReading, PlacementState, Situation


def with_image_dates(
    policy: Policy,
    snapshot: Snapshot,
    past: BranchHistory | None,
    pins: Sequence[PinReading],
    rejected: Mapping[str, datetime],
) -> Policy:
    """The policy with a scheme that knows what this pass has seen.

    Of a tag that was held, or rejected, and that the registry has no more, nobody can say how new it was:
    only that its image was there by then.
    """
    scheme = policy.tags.scheme
    if not needs_dates(scheme):
        return policy
    seen = snapshot.dates.get(policy.images[0])
    dates = {} if seen is None or isinstance(seen, Unreadable) else seen
    known = {tag: dated for tag, dated in dates.items() if dated is not None}
    held = {**rejected, **(past.first_held(policy, pins) if past and pins else {})}
    return _with(policy, scheme, known, held)


def with_late_rejections(state: PlacementState, pulls: Pulls, instance: str) -> Policy:
    """The same once more was heard of what was rejected."""
    scheme = state.policy.tags.scheme
    if not needs_dates(scheme):
        return state.policy
    return _with(state.policy, scheme, {}, rejection_times(pulls, state.policy.placement, instance))


def undated_rulings(policy: Policy, snapshot: Snapshot, held: Collection[str]) -> tuple[Ruling, ...]:
    """Why the tags of the registry cannot be ordered yet: then nothing can be said of what was held, too."""
    scheme, image = policy.tags.scheme, policy.images[0]
    listing, seen = snapshot.listings[image], snapshot.dates.get(image, {})
    if not needs_dates(scheme):
        return ()
    unread = next((one for one in (listing, seen) if isinstance(one, Unreadable)), None)
    if unread is not None:
        return (failed_reading(unread),)
    listed = listing.tags if isinstance(listing, Listing) else ()
    missing = len(_unseen(held if scheme.follows else listed, scheme, seen))
    return (_still_reading(image, missing),) if missing else ()


def tags_to_date(snapshot: Snapshot, situation: Situation) -> Mapping[Image, Sequence[str]]:
    """Of which digests that were held, here or in environments before, it is not known how new they are."""
    asked: dict[Image, dict[str, None]] = {}
    for state in situation.states.values():
        scheme, image = state.policy.tags.scheme, state.policy.images[0]
        if needs_dates(scheme) and scheme.follows:
            unseen = _unseen(_held_before(state, situation), scheme, snapshot.dates.get(image, {}))
            asked.setdefault(image, {}).update(dict.fromkeys(unseen))
    return {image: list(tags) for image, tags in asked.items() if tags}


def _held_before(state: PlacementState, situation: Situation) -> list[str]:
    app = state.policy.placement.app
    there = [state, *(situation.state(Placement(name, app)) for name in state.policy.after)]
    return sorted({tag for one in there if one is not None for tag in one.timeline.held})


def _unseen(
    tags: Iterable[str], scheme: NeedsDates, seen: Reading[Mapping[str, ImageDate | None]]
) -> Sequence[str]:
    known = {} if isinstance(seen, Unreadable) else seen
    return [] if isinstance(seen, Unreadable) else [t for t in tags if scheme.asks(t) and t not in known]


def _still_reading(image: Image, missing: int) -> Ruling:
    sentence = f"when {missing} images of {image} were created is still to be read: the next passes go on"
    return Ruling(hold_reasons.STILL_READING, False, sentence, waits=True)


def _with(
    policy: Policy, scheme: NeedsDates, dates: Mapping[str, ImageDate], held: Mapping[str, datetime]
) -> Policy:
    """The tag that moves, without a digest, stands for nothing yet: older than everything."""
    placeholders = policy.tags.placeholders | ({scheme.follows} if scheme.follows else frozenset())
    tags = replace(policy.tags, scheme=scheme.knowing(dates, held), placeholders=placeholders)
    return replace(policy, tags=tags)


def with_followed_tag(read: PinReading | Ruling, policy: Policy) -> PinReading | Ruling:
    """The pin, with what it holds in one word, where a moving tag is followed by its digest."""
    followed = policy.tags.scheme.follows
    if followed is None or isinstance(read, Ruling):
        return read
    held = pinned_tag(read.value.tag, read.value.digest, followed) or ""
    return replace(read, value=replace(read.value, tag=held))
