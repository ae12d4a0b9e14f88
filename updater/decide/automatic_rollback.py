"""The way back after a failed verification: where to, how, or why not by itself. Pure.

It goes by what was read from the verdicts' ref alone: what a pass finds it writes first, and reads back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from updater import times
from updater.config import AUTOMATIC_WAYS_BACK
from updater.decide.rollback_nevers import forbidden_by, pushes_back
from updater.decide.rollback_target import NoTarget, target_of
from updater.messages import bug_ruling
from updater.model import (
    DeploymentVerdict,
    Placement,
    Promote,
    Question,
    Request,
    Ruling,
    WayBack,
)
from updater.reasons import hold_reasons
from updater.situation import PlacementState, Situation

_NEVER = "it does not go back by itself: "


def ways_back(situation: Situation) -> Mapping[Placement, WayBack | frozenset[Question]]:
    """Of each app whose running tag has failed where that is verified, or what has to be known first."""
    found = {placement: _contained(state, situation) for placement, state in situation.states.items()}
    return _unless_many({name: way for name, way in found.items() if way is not None}, situation)


def decided_ways_back(situation: Situation) -> tuple[WayBack, ...]:
    """Those of which all is known that was asked."""
    return tuple(way for way in ways_back(situation).values() if isinstance(way, WayBack))


def promotion(way: WayBack, state: PlacementState) -> Promote:
    """The decision to go it; whoever goes back is asked for nothing of the forward way."""
    assert way.target is not None, "what moves has somewhere to go"
    request = Request("rollback", way.placement, way.target.tag, way.by, automatic=way)
    return Promote(
        way.placement,
        state.current,
        way.target.tag,
        way.digests,
        tuple(Ruling(hold_reasons.WAY_BACK, True, said) for said in _evidence(way, state)),
        skipped=0,
        request=request,
    )


def _evidence(way: WayBack, state: PlacementState) -> Iterator[str]:
    failed, target, zone = way.failed, way.target, state.policy.tags.scheme.zone
    what = " and ".join(failed.failed) or "its verification"
    yield f"{failed.tag} failed at {times.format_time(failed.until, zone)} ({what})"
    yield from failed.seen
    if target is not None:
        since, until = (times.format_time(at, zone) for at in (target.since, target.until))
        yield f"{target.tag} was verified there from {since} to {until}"


def _contained(state: PlacementState, situation: Situation) -> WayBack | frozenset[Question] | None:
    """A mistake of ours is no reason to go back."""
    failed, verify = state.failed, state.policy.verify
    if failed is None or verify is None:
        return None
    environment, app = state.policy.placement
    plain = WayBack(
        failed, "told", f"{_NEVER}config says `then: tell`", f"updater rollback {app} {environment}"
    )
    if verify.then == "tell":
        return plain
    try:
        return _way_back(plain, state, situation)
    except Exception as error:  # noqa: BLE001 - whatever it is
        return replace(plain, sentence=f"{_NEVER}{bug_ruling(error).sentence}")


def _way_back(plain: WayBack, state: PlacementState, situation: Situation) -> WayBack | frozenset[Question]:
    failed = plain.failed
    if _is_proposed(failed, state):
        assert state.asked is not None, "that is what was asked"
        return replace(plain, result="waits", sentence=f"{state.asked.pull_request.url} proposes it")
    never = forbidden_by(failed, state, situation)
    if never is not None:
        return never if isinstance(never, frozenset) else replace(plain, sentence=f"{_NEVER}{never}")
    return _to_target(plain, state, situation)


def _to_target(plain: WayBack, state: PlacementState, situation: Situation) -> WayBack | frozenset[Question]:
    target = target_of(plain.failed, state, situation)
    if isinstance(target, frozenset):
        return target
    if isinstance(target, NoTarget):
        sentence = f"{_NEVER}{target.why}"
        return replace(plain, result="told" if target.unread else "nothing_verified", sentence=sentence)
    tag = target.verdict.tag
    moves = replace(plain, target=target.verdict, digests=target.digests)
    if pushes_back(state, situation):
        return replace(moves, result="goes", sentence=f"it goes back to {tag}, which was verified there")
    return replace(moves, result="proposes", sentence=f"to go back to {tag} is proposed")


def _is_proposed(failed: DeploymentVerdict, state: PlacementState) -> bool:
    return state.asked is not None and state.asked.marker.failed == failed.commit


def _unless_many(
    ways: Mapping[Placement, WayBack | frozenset[Question]], situation: Situation
) -> Mapping[Placement, WayBack | frozenset[Question]]:
    """More than the breaker allows, with those that have lately gone back: then none does."""
    moving = {name.config_app for name, way in ways.items() if isinstance(way, WayBack) and way.moves}
    most = situation.breaker.rolled_back if situation.breaker else AUTOMATIC_WAYS_BACK
    lately = situation.gone_back
    if not moving or len(moving | lately) <= most:
        return ways
    said = f"{_NEVER}{len(moving)} {'app fails' if len(moving) == 1 else 'apps fail'} at once"
    said += f", and {len(lately)} have lately gone back" if lately else ""
    said += f": together more than {most} are no fault of their builds alone"
    return {
        name: replace(way, result="many_failed", sentence=said)
        if isinstance(way, WayBack) and way.moves
        else way
        for name, way in ways.items()
    }
