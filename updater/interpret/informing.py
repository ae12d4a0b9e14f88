"""What schemes have to know of tags before they can order them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from updater.config import Policy
from updater.facts import PinFact, State
from updater.interpret.past import Past
from updater.interpret.pins import failed
from updater.interpret.pull_requests import Pulls, rejected_when
from updater.model import Dated, Image, Listing, Ruling, Snapshot, Unreadable
from updater.schemes import Informed


def informed(
    policy: Policy,
    snapshot: Snapshot,
    past: Past | None,
    pins: Sequence[PinFact],
    rejected: Mapping[str, datetime],
) -> Policy:
    """The policy with a scheme that knows what this pass has seen.

    Of a tag that was held, or rejected, and that the registry has no more, nobody can say how new it was:
    only that its image was there by then.
    """
    scheme = policy.tags.scheme
    if not isinstance(scheme, Informed):
        return policy
    seen = snapshot.dates.get(policy.images[0])
    dates = {} if seen is None or isinstance(seen, Unreadable) else seen
    known = {tag: dated for tag, dated in dates.items() if dated is not None}
    held = {**rejected, **(past.first_held(policy, pins) if past and pins else {})}
    return _with(policy, scheme, known, held)


def reinformed(state: State, pulls: Pulls, instance: str) -> Policy:
    """The same once more was heard of what was rejected."""
    scheme = state.policy.tags.scheme
    if not isinstance(scheme, Informed):
        return state.policy
    return _with(state.policy, scheme, {}, rejected_when(pulls, state.policy.placement, instance))


def uninformed(policy: Policy, snapshot: Snapshot) -> tuple[Ruling, ...]:
    """Why the tags of the registry cannot be ordered yet: then nothing can be said of what was held, too."""
    scheme, image = policy.tags.scheme, policy.images[0]
    listing, seen = snapshot.listings[image], snapshot.dates.get(image, {})
    if not isinstance(scheme, Informed):
        return ()
    unread = next((one for one in (listing, seen) if isinstance(one, Unreadable)), None)
    if unread is not None:
        return (failed(unread),)
    tags = listing.tags if isinstance(listing, Listing) else ()
    missing = sum(scheme.asks(tag) and tag not in seen for tag in tags) if isinstance(seen, Mapping) else 0
    return (_still_reading(image, missing),) if missing else ()


def _still_reading(image: Image, missing: int) -> Ruling:
    sentence = f"when {missing} images of {image} were created is still to be read: the next passes go on"
    return Ruling("still_reading", False, sentence, waits=True)


def _with(
    policy: Policy, scheme: Informed, dates: Mapping[str, Dated], held: Mapping[str, datetime]
) -> Policy:
    return replace(policy, tags=replace(policy.tags, scheme=scheme.knowing(dates, held)))
