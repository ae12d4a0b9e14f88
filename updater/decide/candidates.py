"""Which tags could be promoted, and why there is none. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice

from updater.config import TagPolicy
from updater.decide.leaving import how_left
from updater.model import Image, Listing, Placement, Ruling, Version
from updater.reasons import hold_reasons
from updater.schemes import Scheme, needs_dates
from updater.schemes.patterns import words_of
from updater.schemes.suggestions import best
from updater.situation import PlacementState, Situation

_LONGEST = 128
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}(?:@sha256:[0-9a-f]{64})?")
_SHAPE = re.compile(r"(?<![0-9A-Za-z])[0-9a-f]{7,40}(?![0-9A-Za-z])|[0-9]")
"""What differs in tags that are written alike: numbers and commits."""
_RELEASE = 3
"""The numbers of a version that are the same for all its variants."""
_SHOWN, _LOOKED_AT, _TRIED = 3, 1000, 50
"""How many tags are told of where none is read; of how many; and how many a pattern is fitted to."""


def candidates(state: PlacementState, situation: Situation) -> list[Version]:
    """What every image has, the scheme reads, and is newer than all that was held; newest first."""
    held, released = state.timeline.held, _released(state, situation)
    above = (version for version in _above_floor(state, situation) if _is_alike(version, state))
    found = {version.tag: version for version in above if version.tag not in held}
    newest_first = sorted({**found, **released}.values(), key=lambda version: version.rank, reverse=True)
    if len({version.key for version in newest_first}) == len(newest_first):
        return newest_first
    return sorted(
        newest_first, key=lambda version: (version.key, _fits(version.tag, state, situation)), reverse=True
    )


def _is_alike(version: Version, state: PlacementState) -> bool:
    """Of the variant that runs: from alpine to debian is no way on, but aside."""
    current = state.policy.tags.scheme.read(state.current or "")
    return current is None or current.variant == version.variant


def _fits(tag: str, state: PlacementState, situation: Situation) -> tuple[bool, int, bool]:
    """Of two names of one version: not a forbidden one, but what is held before, and is written alike."""
    app, after = state.policy.placement.app, state.policy.after
    before = (situation.state(Placement(name, app)) for name in after)
    held = sum(tag in one.timeline.held for one in before if one is not None)
    alike = _SHAPE.sub("", tag) == _SHAPE.sub("", state.current or "")
    return state.policy.tags.forbidden(tag) is None, held, alike


def _released(state: PlacementState, situation: Situation) -> dict[str, Version]:
    """What may come back; but nothing goes back by itself from a newer one."""
    if not state.released:
        return {}
    read = state.policy.tags.scheme.read
    current = read(state.current or "")
    there = (tag for tag in state.released if is_there(tag, state, situation))
    versions = (version for tag in there if (version := read(tag)) is not None)
    return {version.tag: version for version in versions if current is None or version > current}


def awaits_its_date(tag: str, scheme: Scheme) -> bool:
    """It is one of those that are followed, and of its image nobody knows (now) when it was created."""
    return needs_dates(scheme) and scheme.asks(tag) and scheme.read(tag) is None


def not_followed(tags: TagPolicy) -> Ruling:
    return Ruling(
        hold_reasons.NOT_FOLLOWED, False, f"it is no {tags.follow} tag, and this follows {tags.follow}"
    )


def versions(state: PlacementState, situation: Situation) -> Iterator[Version]:
    read = state.policy.tags.scheme.read
    return (version for tag in _common(state, situation) if (version := read(tag)) is not None)


def _above_floor(state: PlacementState, situation: Situation) -> list[Version]:
    """Newer than all that was held. Reading a tag is dear, so what its text rules out is not read."""
    scheme, floor = state.policy.tags.scheme, state.timeline.floor
    if floor is None:
        return list(versions(state, situation))
    tags = _common_above(floor.tag, state, situation) if scheme.sorts_by_text else _common(state, situation)
    read = (version for tag in tags if (version := scheme.read(tag)) is not None)
    return [version for version in read if version > floor]


def _common_above(text: str, state: PlacementState, situation: Situation) -> Collection[str]:
    """By text alone; of one image that is remembered."""
    listings = [situation.listings[image] for image in state.policy.images]
    if len(listings) == 1 and isinstance(listings[0], Listing) and state.policy.tags.scheme.there is None:
        return listings[0].above(text)
    return [tag for tag in _common(state, situation) if tag > text]


def _newest(state: PlacementState, situation: Situation) -> Version | None:
    """Of the variant that runs."""
    above, floor = _above_floor(state, situation), state.timeline.floor
    if not above and floor is not None and is_there(floor.tag, state, situation):
        return floor
    alike = [version for version in above or versions(state, situation) if _is_alike(version, state)]
    return max(alike, key=lambda version: version.rank, default=floor if above else None)


def _newest_of_others(state: PlacementState, situation: Situation) -> Version | None:
    """Of other variants, as far as they are newer than all that was held."""
    others = (version for version in _above_floor(state, situation) if not _is_alike(version, state))
    return max(others, key=lambda version: version.rank, default=None)


def _common(state: PlacementState, situation: Situation) -> Collection[str]:
    there = state.policy.tags.scheme.there
    if there is not None:
        return there
    listings = [situation.listings[image] for image in state.policy.images]
    heard = [listing for listing in listings if isinstance(listing, Listing)]
    if len(heard) == 1:
        return heard[0].tags
    if not any(listing.is_cut for listing in heard):
        return set.intersection(*(set(listing.tags) for listing in heard))
    return {tag for one in heard for tag in one.tags if all(tag in listing for listing in heard)}


def is_there(tag: str, state: PlacementState, situation: Situation) -> bool:
    """Whether all images have it, also where a long list was cut."""
    there = state.policy.tags.scheme.there
    listings = [situation.listings[image] for image in state.policy.images]
    if there is not None:
        return tag in there
    return all(tag in listing for listing in listings if isinstance(listing, Listing))


def cut_listings(found: Sequence[Version], state: PlacementState, situation: Situation) -> Iterator[Ruling]:
    """That there may be more candidates than were `found`: all that is kept of a long list is one."""
    if any(True for _ in islice(versions(state, situation), len(found), None)):
        return
    for image in state.policy.images:
        listing = situation.listings[image]
        if isinstance(listing, Listing) and listing.is_cut:
            said = f"the registry lists {len(listing):,} tags of {image}, and the newest {len(found):,} that "
            rest = (
                f"{state.policy.tags.follow} reads are looked at: an older one takes `updater promote --tag`"
            )
            yield Ruling(hold_reasons.LISTING_CUT, False, f"{said}{rest}")


def nothing_newer(state: PlacementState, situation: Situation) -> Ruling:
    """Why there is no candidate: it runs the newest, or there is nothing of its scheme, or images lack it."""
    follow, current = state.policy.tags.follow, state.current
    newest = _newest(state, situation)
    partial = incomplete(state, situation)
    unusable = _none_dated(state, situation) or (partial[1] if partial is not None else None)
    if unusable is not None:
        return unusable
    if newest is None:
        return _nothing_read(state, situation)
    other = _newest_of_others(state, situation)
    if other is not None and other.key[:_RELEASE] > newest.key[:_RELEASE]:
        return _another_variant(other, state)
    if current == newest.tag or state.policy.tags.scheme.read(current or "") == newest:
        said = f"it runs {current}, the newest {follow} tag there is{_twin(newest, state, situation)}"
        return Ruling(hold_reasons.UP_TO_DATE, False, said)
    read, rolled_back = state.policy.tags.scheme.read, state.timeline.rolled_back
    left = next((how_left(tag, sha, state) for tag, sha in rolled_back.items() if read(tag) == newest), None)
    if left is not None:
        said = f"it runs {current or 'nothing'}: {newest.tag} {left}, and nothing newer is there"
        return Ruling(hold_reasons.ROLLED_BACK, False, said)
    floor = state.timeline.floor
    seen = f"it has run {floor.tag}, and nothing newer is there" if floor else "nothing newer is there"
    return Ruling(hold_reasons.NOT_NEWER, False, f"it runs {current or 'nothing'}: {seen}")


def _twin(runs: Version, state: PlacementState, situation: Situation) -> str:
    """Another tag that says the same, but for its commit or the like: as two builds of one day."""
    parts = state.policy.tags.scheme.parts(state.current or "")
    exact = runs.stamp is not None and not runs.span
    if exact or not any(part.role == "ignored" for part in parts):
        return ""
    said = (one.tag for one in versions(state, situation) if one == runs and one.tag != state.current)
    twin = max((tag for tag in said if tag not in state.timeline.held), default=None)
    if twin is None:
        return ""
    return (
        f"; {twin} says the same, so nobody can tell which is newer: follow `created`, or let CI count builds"
    )


def undated_tags(state: PlacementState, situation: Situation) -> Sequence[str]:
    """Of a scheme that goes by when images were created: what it never ran, and cannot order."""
    scheme, ran = state.policy.tags.scheme, state.timeline.held
    if not needs_dates(scheme) or scheme.follows is not None:
        return ()
    asked = (tag for tag in _common(state, situation) if tag not in ran and scheme.asks(tag))
    return sorted(tag for tag in asked if scheme.read(tag) is None)


def _none_dated(state: PlacementState, situation: Situation) -> Ruling | None:
    """No image says it, as of reproducible builds: then nothing would ever be newer."""
    undated = undated_tags(state, situation)
    known = any(not version.guessed for version in versions(state, situation)) if undated else True
    return None if known else _undated(undated, state)


def undated_remarks(state: PlacementState, situation: Situation) -> tuple[Ruling, ...]:
    undated = undated_tags(state, situation)
    return (_undated(undated, state),) if undated else ()


def _undated(tags: Sequence[str], state: PlacementState) -> Ruling:
    named = ", ".join(tags[:_SHOWN]) + (" and others" if len(tags) > _SHOWN else "")
    said = f"{len(tags)} tags are of images that do not say when they were created ({named}), so nobody can "
    way = "say whether they are newer: let the build set `created`, or follow another scheme than"
    return Ruling(hold_reasons.UNDATED, False, f"{said}{way} {state.policy.tags.follow}")


def _another_variant(newest: Version, state: PlacementState) -> Ruling:
    said = f"it runs {state.current}, and what is newer is of another variant: {newest.tag}"
    way = "a person who wants that one sets it by `updater promote --tag`"
    return Ruling(hold_reasons.ANOTHER_VARIANT, False, f"{said}; {way}")


def nothing_followed(state: PlacementState, situation: Situation) -> tuple[Ruling, ...]:
    """That the scheme reads no tag there is, whatever runs: mostly it is the wrong one."""
    seen = all(isinstance(situation.listings.get(image), Listing) for image in state.policy.images)
    return (_nothing_read(state, situation),) if seen and _newest(state, situation) is None else ()


def _nothing_read(state: PlacementState, situation: Situation) -> Ruling:
    shown = ", ".join(_unread(state, situation)) or "none that all its images have"
    names, follow = _names(state.policy.images), state.policy.tags.follow
    said = f"no tag of {names} is a {follow} tag: {shown}{_what_would_read(state, situation)}"
    return Ruling(hold_reasons.NO_CANDIDATE, False, said)


def _what_would_read(state: PlacementState, situation: Situation) -> str:
    """Of tags that bear the words of its pattern: who names `pr-8-` wants no release meanwhile."""
    wanted = frozenset(state.policy.tags.scheme.words)
    bearing = (tag for tag in _common(state, situation) if wanted <= {*words_of(tag)})
    found = best(sorted(bearing)[-_TRIED:])
    return f"; `follow: {found.follow}` would read the most of them" if found else ""


def _unread(state: PlacementState, situation: Situation) -> list[str]:
    """A few real tags that the scheme does not read, each with its reason; different reasons first."""
    why = {
        tag: state.policy.tags.scheme.why_not(tag) for tag in sorted(_common(state, situation))[:_LOOKED_AT]
    }
    telling: dict[str, str] = {}
    for tag, reason in why.items():
        telling.setdefault(reason, tag)
    shown = dict.fromkeys([*telling.values(), *why])
    return [f"{_told(tag)} {why[tag]}" for tag in list(shown)[:_SHOWN]]


def _told(tag: str) -> str:
    """Whoever answers as the registry writes it: in a comment, what is no tag could mention people."""
    return tag if _TAG.fullmatch(tag) else re.sub(r"[^A-Za-z0-9._-]", "?", tag[:_LONGEST])


def incomplete(state: PlacementState, situation: Situation) -> tuple[Version, Ruling] | None:
    """A newer tag that only some of the app's images have, where it is the newest; and which lack it."""
    if len(state.policy.images) == 1:
        return None
    read, floor = state.policy.tags.scheme.read, state.timeline.floor
    listings = [
        listing for image in state.policy.images if isinstance(listing := situation.listings[image], Listing)
    ]
    versions = (version for listing in listings for tag in listing.tags if (version := read(tag)))
    newest = max(versions, key=lambda version: version.rank, default=None)
    if newest is None or (floor is not None and newest <= floor):
        return None
    missing = [listing.image for listing in listings if newest.tag not in listing]
    said = f"{_names(missing)} has no {newest.tag} yet"
    return (newest, Ruling(hold_reasons.IMAGES_MISSING, False, said, waits=True)) if missing else None


def _names(images: Iterable[Image]) -> str:
    return ", ".join(map(str, images))
