"""Who brought what runs, where it has failed its verification: we, and nothing but what we wrote. Pure.

Ours is our own commit, or what a forge made of our candidate, by whatever method, if all it changed is the
pins that we would have changed. A squash loses words; what a commit has done is read from what it did.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta

from updater import messages
from updater.interpret.pin_cache import PinCache
from updater.manifests import Edit, PinRefused, Value, write
from updater.model import (
    Answer,
    ChangesOf,
    Commit,
    FileChange,
    Origin,
    Placement,
    Proposal,
    Question,
    Stay,
    pinned_tag,
    split_tag,
)
from updater.situation import PinReading, PlacementState, Situation

_NEAR = timedelta(minutes=5)
"""What a forge makes of a pull request is dated when it merges it."""
_AT_ONCE = timedelta(seconds=5)
"""So long it takes to put all commits of a branch onto the base."""


def origin_questions(situation: Situation) -> frozenset[Question]:
    """What the commits changed that brought what has failed; asked only where it may go back by itself."""
    return frozenset(question for _, question in _asked(situation) if question is not None)


def with_origins(situation: Situation, answers: Mapping[Question, Answer], cache: PinCache) -> Situation:
    """The states then know who brought what runs there and has failed."""
    states = dict(situation.states)
    for state, question in _asked(situation):
        answer = () if question is None else answers.get(question)
        origin = _origin(state, answer, situation, cache)
        states[state.policy.placement] = replace(state, origin=origin)
    return replace(situation, states=states)


def _asked(situation: Situation) -> Iterator[tuple[PlacementState, ChangesOf | None]]:
    """Nothing is to be asked of the commit a repository began with."""
    for state in situation.states.values():
        verify = state.policy.verify
        if verify is None or verify.then == "tell" or state.failed is None:
            continue
        commit = situation.commits.get(state.failed.commit)
        if commit is not None:
            yield state, ChangesOf(commit.parents[0], commit.sha) if commit.parents else None


def _origin(state: PlacementState, answer: Answer, situation: Situation, cache: PinCache) -> Origin:
    stay = state.timeline.current
    if not isinstance(answer, tuple) or stay is None:
        return "unread"
    changes = [each for each in answer if isinstance(each, FileChange)]
    commit, merged = situation.commits[stay.by], state.merged
    if any(messages.was_asked_for(each.message) for each in state.lineage.brought_by(stay.by)):
        return "asked"
    if merged is not None and _is_merge_of(merged, commit, stay, state.policy.placement):
        if merged.marker.kind == "asked":
            return "asked"
        alike = all(_is_alike(each, commit) for each in _put_with(commit, merged, situation))
        if merged.of_others or not alike:
            return "by_hand"
        wanted = _listed(merged, stay, state.policy.placement)
    elif stay.ours and len(commit.parents) == 1 and state.policy.deliver == "push":
        wanted = {state.policy.placement: stay.tag}
    else:
        return "by_hand"
    return "ours" if _is_exact(changes, wanted, situation, cache) else "by_hand"


def _is_merge_of(merged: Proposal, commit: Commit, stay: Stay, placement: Placement) -> bool:
    """By the head it merges; of one that has only one parent, by its words, or by its time."""
    pull = merged.pull_request
    if len(commit.parents) > 1:
        return pull.head in commit.parents[1:]
    named = (placement, split_tag(stay.tag)[0])
    said = any((each.placement, each.tag) == named for each in messages.read_trailers(commit.message))
    return said or (pull.closed is not None and abs(pull.closed - commit.time) <= _NEAR)


def _put_with(commit: Commit, merged: Proposal, situation: Situation) -> Iterator[Commit]:
    """What came right behind it: a rebase puts there all that is on a branch, also what others did."""
    if len(commit.parents) > 1:
        return
    last = max(commit.time, merged.pull_request.closed or commit.time) + _AT_ONCE
    behind, one = list[Commit](), situation.commits.get(situation.base or "")
    while one is not None and one.sha != commit.sha:
        behind.append(one)
        one = situation.commits.get(one.parents[0]) if one.parents else None
    yield from (each for each in behind if each.time <= last)


def _is_alike(one: Commit, ours: Commit) -> bool:
    """Of the same author, and with words of ours: an app's of those that share a pull request."""
    return one.author == ours.author and bool(messages.read_trailers(one.message))


def _listed(merged: Proposal, stay: Stay, placement: Placement) -> Mapping[Placement, str]:
    """What it was to change: of a shared one, all that it lists."""
    apps = merged.marker.apps
    if apps is None:
        return {placement: stay.tag}
    return {Placement(placement.environment, app): tag for app, tag in apps.items()}


def _is_exact(
    changes: Iterable[FileChange], wanted: Mapping[Placement, str], situation: Situation, cache: PinCache
) -> bool:
    pins: dict[str, list[tuple[PinReading, str, PlacementState]]] = {}
    for placement, tag in wanted.items():
        state = situation.states.get(placement)
        for pin in state.pins if state is not None else ():
            assert state is not None, "else it has no pins"
            pins.setdefault(pin.file.path, []).append((pin, tag, state))
    found = list(changes)
    return bool(found) and all(_only_sets(change, pins.get(change.path, ()), cache) for change in found)


def _only_sets(
    change: FileChange, pins: Iterable[tuple[PinReading, str, PlacementState]], cache: PinCache
) -> bool:
    """The old text with the pins of the new one is the new one; and these are as we wrote them."""
    old, new = (cache.text(blob) if blob else None for blob in (change.old, change.new))
    if old is None or new is None or change.new is None:
        return False
    edits = list[Edit]()
    for pin, tag, state in pins:
        value = cache.of(change.new, pin.pin.selector)
        if not isinstance(value, Value) or not _is_as_written(value, pin, tag, state):
            return False
        digest = value.digest if pin.pin.selector.pin != "tag" else None
        edits.append(Edit(pin.pin.selector, split_tag(tag)[0], digest))
    try:
        return bool(edits) and write(old, edits) == new
    except PinRefused:
        return False


def _is_as_written(value: Value, pin: PinReading, tag: str, state: PlacementState) -> bool:
    follows, stay = state.policy.tags.scheme.follows, state.timeline.current
    recorded = stay.digests.get(pin.pin.image) if stay is not None and stay.tag == tag else None
    if recorded and value.digest and value.digest != recorded:
        return False
    return pinned_tag(value.tag, value.digest, follows) in {tag, None}
