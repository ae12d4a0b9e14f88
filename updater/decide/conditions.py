"""What is true of what runs, whatever is decided: conditions. Pure.

Nothing is changed for them: they are said, with the command that helps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

from updater.decide.leaving import hotfix_for, how_left
from updater.decide.monitored_conditions import apps_that_failed, failed_there, fires_now
from updater.messages import bug_ruling
from updater.model import (
    ASKED_EVERY,
    CONDITIONS,
    STEADY,
    Condition,
    ConditionKind,
    DigestOf,
    Image,
    Listing,
    Placement,
    Stay,
    WhatRuns,
    conditions,
    split_tag,
)
from updater.situation import PlacementState, Situation


def judge_what_runs(situation: Situation, before: WhatRuns) -> WhatRuns:
    """Of every app in every environment; what nobody can say now is as it was before."""
    told = {name: said for name, said in _each_told(situation) if said != _NOTHING}
    found = [each for said, _ in told.values() for each in said if each is not None]
    unjudged = frozenset(name for name, (said, _) in told.items() if None in said)
    mistakes = tuple(f"{place}: {why}" for (place, _), (_, why) in told.items() if why)
    still = (each for each in _still(situation, before) if (each.placement, each.kind) in unjudged)
    named = {_name(each) for each in found}
    return WhatRuns((*found, *(each for each in still if _name(each) not in named)), unjudged, mistakes)


_Told: TypeAlias = tuple[Sequence[Condition | None], str | None]
_NOTHING: _Told = ([], None)


def _each_told(situation: Situation) -> Iterator[tuple[tuple[Placement, ConditionKind], _Told]]:
    """Of most apps some conditions cannot be true at all: those are not looked for there."""
    apps = {kind: may_be_so(situation) for kind, may_be_so in _ONLY_OF.items()}
    for placement, state in situation.states.items():
        runs = None if state.trouble else sorted(_running(state))
        for kind, judge in _JUDGES.items():
            if runs is None or kind not in apps or placement.app in apps[kind]:
                yield (placement, kind), _told(judge, runs, state, situation)


def _told(judge: _Judge, runs: Sequence[str] | None, state: PlacementState, situation: Situation) -> _Told:
    """Of the tags that run there (None: nobody knows).

    And a mistake of ours, which hides this one condition and says so.
    """
    if runs is None:
        return [None], None
    try:
        return [each for tag in runs for each in judge(tag, state, situation)], None
    except Exception as error:  # noqa: BLE001 - whatever it is
        return [None], bug_ruling(error).sentence


def _name(condition: Condition) -> tuple[Placement, str, str]:
    return condition.placement, condition.kind.code, condition.key


def _still(situation: Situation, before: WhatRuns) -> Iterator[Condition]:
    """What runs may be unreadable, too; what is known to run no more is of no interest."""
    for condition in before.conditions:
        state = situation.states.get(condition.placement)
        if state is not None and (state.trouble or condition.tag in _running(state)):
            yield condition


def running_questions(situation: Situation) -> Mapping[DigestOf, datetime]:
    """Where the running tags of ours point now, and until when that is known without asking.

    Only what was recorded at a bump can be told from what is there.
    """
    asked: dict[DigestOf, datetime] = {}
    for state in situation.states.values():
        stay = state.timeline.current
        if state.trouble or stay is None:
            continue
        for image in stay.digests:
            question = DigestOf(image, stay.tag)
            if stay.tag in _running(state):
                asked[question] = max(stay.since, asked.get(question, stay.since))
    return asked


_Judge = Callable[[str, PlacementState, Situation], Iterator[Condition | None]]
"""Of one running tag; None: that cannot be said now."""


def _running(state: PlacementState) -> set[str]:
    """Mostly one; pins may disagree."""
    tags = {pin.value.tag or "" for pin in state.pins}
    return tags - {""} - state.policy.tags.placeholders


def _apps_that_went_back(situation: Situation) -> frozenset[str]:
    """In some environment, or nobody can say."""
    every = (*situation.states.values(), *situation.elsewhere.values())
    return frozenset(
        state.policy.placement.app
        for state in every
        if state.trouble or state.timeline.rolled_back or not _knows_its_predecessors(state, situation)
    )


def _knows_its_predecessors(state: PlacementState, situation: Situation) -> bool:
    app = state.policy.placement.app
    return all(situation.state(Placement(name, app)) is not None for name in state.policy.after)


def _behind_a_rollback(tag: str, state: PlacementState, situation: Situation) -> Iterator[Condition | None]:
    read, (environment, app) = state.policy.tags.scheme.read, state.policy.placement
    for before in _before(state, situation):
        if before is None or before.trouble:
            yield None
            continue
        for left, sha in before.timeline.rolled_back.items():
            if left == tag or ((version := read(left)) is not None and version == read(tag)):
                name = before.policy.placement.environment
                yield Condition(
                    kind=conditions.BEHIND_A_ROLLBACK,
                    placement=state.policy.placement,
                    tag=tag,
                    sentence=f"it runs {tag}, which {how_left(left, sha, before)}",
                    command=_way(state, f"updater rollback {app} {environment}"),
                    key=f"{name} {sha}",
                    details={"before": name, "commit": sha[:10], "how": _how(left, sha, before)},
                )


def _how(tag: str, sha: str, before: PlacementState) -> str:
    hotfix = hotfix_for(tag, sha, before.policy.tags, before.timeline)
    return "has rolled back" if hotfix is None else f"has left for {hotfix}"


def _before(state: PlacementState, situation: Situation) -> Iterator[PlacementState | None]:
    """All environments that come before it, however far; None: one that nobody has read."""
    app, seen, ahead = state.policy.placement.app, set[str](), list(state.policy.after)
    while ahead:
        name = ahead.pop(0)
        if name not in seen:
            seen.add(name)
            other = situation.state(Placement(name, app))
            yield other
            ahead += other.policy.after if other is not None else ()


def _moved(tag: str, state: PlacementState, situation: Situation) -> Iterator[Condition | None]:
    stay, (environment, app) = state.timeline.current, state.policy.placement
    if stay is None or stay.tag != tag:
        return
    for image, recorded in stay.digests.items():
        known, now = _points_to(image, stay, situation)
        if not known:
            yield None
        elif now is not None and now != recorded:
            yield Condition(
                kind=conditions.MOVED,
                placement=state.policy.placement,
                tag=tag,
                sentence=f"it runs {tag}, and that tag of {image} points to another image now "
                f"({_short(now)}) than when it was bumped ({_short(recorded)})",
                command=_way(state, f"updater rollback {app} {environment}"),
                key=f"{tag} {now}",
            )


def _gone(tag: str, state: PlacementState, situation: Situation) -> Iterator[Condition | None]:
    environment, app = state.policy.placement
    for image in {pin.pin.image for pin in state.pins if pin.value.tag == tag}:
        there = _is_there(image, tag, state, situation)
        if there is None:
            yield None
        elif not there:
            yield Condition(
                kind=conditions.GONE,
                placement=state.policy.placement,
                tag=tag,
                sentence=f"it runs {tag}, which is no longer in the registry for {image}: a new pod cannot "
                "pull it; push it again, or go to another",
                command=_way(state, f"updater rollback {app} {environment}"),
                key=f"{image} {tag}",
            )


def _is_there(image: Image, tag: str, state: PlacementState, situation: Situation) -> bool | None:
    """A list that lacks it may be half a list, until it is steady."""
    listing, stay = situation.listings.get(image), state.timeline.current
    if not isinstance(listing, Listing) or not listing.text:
        return None
    if split_tag(tag)[0] not in listing:
        return False if listing.steady >= STEADY else None
    if stay is None or stay.tag != tag or image not in stay.digests:
        return True
    known, now = _points_to(image, stay, situation)
    return None if not known else now is not None


def _forbidden(tag: str, state: PlacementState, situation: Situation) -> Iterator[Condition | None]:  # noqa: ARG001 - every judge takes all three
    pattern, (environment, app) = state.policy.tags.forbidden(tag), state.policy.placement
    if pattern is None:
        return
    stay = state.timeline.current
    commit = stay.by if stay is not None and stay.tag == tag else ""
    yield Condition(
        kind=conditions.FORBIDDEN,
        placement=state.policy.placement,
        tag=tag,
        sentence=f"it runs {tag}, and {environment} forbids tags like {pattern}",
        command=_way(state, f"updater promote {app} {environment} --tag TAG"),
        key=f"{tag} {commit}",
        details={"pattern": pattern, "commit": commit[:10]},
    )


def _way(state: PlacementState, command: str) -> str:
    """Where others write, an order would be refused."""
    environment, app = state.policy.placement
    return command if state.policy.deliver != "none" else f"updater explain {app} {environment}"


def _points_to(image: Image, stay: Stay, situation: Situation) -> tuple[bool, str | None]:
    """Whether it is known where the running tag points, and where."""
    question = DigestOf(image, stay.tag)
    answer, seen = situation.answers.get(question, ""), situation.running.get(question)
    if answer is None or (isinstance(answer, str) and answer):
        return True, answer
    if seen is not None and seen.read is not None:
        return True, seen.digest
    lately = situation.now - stay.since < ASKED_EVERY
    return lately, stay.digests[image] if lately else None


def _short(digest: str) -> str:
    return digest[:19]


_JUDGES: Mapping[ConditionKind, _Judge] = {
    conditions.FAILED: failed_there,
    conditions.BEHIND_A_ROLLBACK: _behind_a_rollback,
    conditions.FIRES_NOW: fires_now,
    conditions.MOVED: _moved,
    conditions.GONE: _gone,
    conditions.FORBIDDEN: _forbidden,
}
_ONLY_OF: Mapping[ConditionKind, Callable[[Situation], frozenset[str]]] = {
    conditions.FAILED: apps_that_failed,
    conditions.BEHIND_A_ROLLBACK: _apps_that_went_back,
}
"""The apps of which it may be true, or may be unknown, in one of their environments; all others: of any."""
assert tuple(_JUDGES) == CONDITIONS, "each condition has somebody who finds it"
