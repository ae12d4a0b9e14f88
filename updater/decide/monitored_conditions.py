"""What monitoring says of what runs: that it failed its verification, and what fires now. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from updater.decide.failed_tags import failures, has_failed, how_failed
from updater.decide.kinship import after
from updater.model import (
    GAP,
    AlertsOf,
    Condition,
    DeploymentVerdict,
    FiredAlert,
    Unreadable,
    conditions,
)
from updater.situation import PlacementState, Situation

_NAMED = 5


def apps_that_failed(situation: Situation) -> frozenset[str]:
    """In some environment, or nobody can say."""
    every = (*situation.states.values(), *situation.elsewhere.values())
    return frozenset(
        state.policy.placement.app
        for state in every
        if state.verdicts_unread is not None or has_failed(state, situation)
    )


def failed_there(tag: str, state: PlacementState, situation: Situation) -> Iterator[Condition | None]:
    """Here; and where it failed in what comes after, for it goes on to run here."""
    if state.verdicts_unread is not None:
        yield None
    own = [one for one in failures(tag, state, situation) if _is_of_what_runs(one, state)]
    later = [one for other in after(state, situation) for one in failures(tag, other, situation)[-1:]]
    for verdict in (*own[-1:], *later):
        seen = f": {'; '.join(verdict.seen)}" if verdict.seen else ""
        here = verdict.placement == state.policy.placement
        yield Condition(
            kind=conditions.FAILED,
            placement=state.policy.placement,
            tag=tag,
            sentence=f"it runs {tag}, which {how_failed(verdict, state)}{seen}",
            command=_way_back(state) if here else _look(verdict),
            key=f"{verdict.placement.environment} {verdict.commit}",
            details={"in": verdict.placement.environment, "what": ", ".join(verdict.failed)},
        )


def _is_of_what_runs(verdict: DeploymentVerdict, state: PlacementState) -> bool:
    stay = state.timeline.current
    return stay is not None and stay.by == verdict.commit


def _way_back(state: PlacementState) -> str:
    environment, app = state.policy.placement
    order = "explain" if state.policy.deliver == "none" else "rollback"
    return f"updater {order} {app} {environment}"


def _look(verdict: DeploymentVerdict) -> str:
    environment, app = verdict.placement
    return f"updater explain {app} {environment}"


# --- what fires now -------------------------------------------------------------------------------------


def firing_questions(situation: Situation) -> frozenset[AlertsOf]:
    """Of all whose alerts are known; asked together, they are a request for each environment."""
    asked = (_firing(state, situation) for state in situation.states.values() if not state.trouble)
    return frozenset(question for question in asked if question is not None)


def fires_now(tag: str, state: PlacementState, situation: Situation) -> Iterator[Condition | None]:
    question = _firing(state, situation)
    if question is None:
        return
    answer = situation.answers.get(question)
    if answer is None or isinstance(answer, Unreadable):
        yield None
        return
    told = answer if isinstance(answer, tuple) else ()
    firing = [each for each in told if isinstance(each, FiredAlert) and each.firing and not each.silenced]
    for name in sorted({each.name for each in firing})[:_NAMED]:
        environment, app = state.policy.placement
        yield Condition(
            kind=conditions.FIRES_NOW,
            placement=state.policy.placement,
            tag=tag,
            sentence=f"it runs {tag}, and {name} fires",
            command=f"updater explain {app} {environment}",
            key=name,
            details={"alert": name},
        )


def _firing(state: PlacementState, situation: Situation) -> AlertsOf | None:
    watched = state.policy.watched
    if watched is None or watched.alerts is None:
        return None
    return AlertsOf(watched.cluster, watched.alerts, situation.now - GAP, situation.now)
