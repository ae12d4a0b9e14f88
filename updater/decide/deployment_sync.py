"""From when on a deployment counts: the first sync that brought it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from updater import promql, times
from updater.argocd_history import Arrival, arrival, was_taken_back
from updater.model import Application, ArrivalOf, Question, Rollout, Stay, Unreadable, split_tag
from updater.situation import PlacementState, Situation
from updater.value_class import value_class


@value_class
class Sync:
    """When a tag began to run, or why nobody can say that."""

    since: datetime | None
    sentence: str
    unread: bool = False
    """Somebody did not answer."""
    lost: bool = False
    """Nobody will ever say."""


def sync_of(stay: Stay, state: PlacementState, situation: Situation) -> Sync | frozenset[Question]:
    """By Argo CD; where that is not asked, by the query of config; where there is none, by Git."""
    rollout, watched = state.rollout, state.policy.watched
    if rollout is not None:
        if rollout.question not in situation.answers:
            return frozenset({rollout.question})
        return _by_argocd(stay, state, rollout, situation.answers[rollout.question])
    if watched is not None and watched.arrived is not None:
        question = ArrivalOf(
            watched.cluster,
            promql.fill(watched.arrived, {"tag": split_tag(stay.tag)[0]}),
            stay.since,
            max(stay.since, min(situation.now, stay.until or situation.now)),
        )
        if question not in situation.answers:
            return frozenset({question})
        return _by_query(stay, state, situation.answers[question])
    return Sync(stay.since, f"the manifest has had it since {_at(stay.since, state)}")


def applications_in(answer: object) -> list[Application]:
    found = answer if isinstance(answer, tuple) else ()
    return [one for one in found if isinstance(one, Application)]


def _by_argocd(stay: Stay, state: PlacementState, rollout: Rollout, answer: object) -> Sync:
    if isinstance(answer, Unreadable):
        return Sync(None, answer.why, unread=True)
    found = applications_in(answer)
    if not found:
        there = rollout.question.applications
        return Sync(None, f"Argo CD has no Application {there}, which is to run it", unread=True)
    return _arrived(stay, state, found, rollout)


def _arrived(stay: Stay, state: PlacementState, found: Sequence[Application], rollout: Rollout) -> Sync:
    """Where its history is cut, the earliest that it shows counts: before that nobody knows."""
    instants = list[datetime]()
    for one in found:
        there = arrival(one, [stay], rollout)
        if there is None:
            back = was_taken_back(one, [stay], rollout)
            said = f"{one.label} was rolled back from it inside Argo CD" if back else _unsynced(one)
            return Sync(None, said, lost=back)
        at = _shown(there)
        if at is None:
            return Sync(None, f"{one.label} no longer tells when it was synced", lost=True)
        instants.append(at)
    since = max(instants)
    return Sync(since, f"Argo CD deployed it at {_at(since, state)}")


def _shown(there: Arrival) -> datetime | None:
    return there.at or (there.latest if there.shown else None)


def _unsynced(one: Application) -> str:
    return f"{one.label} has not synced it yet"


def _by_query(stay: Stay, state: PlacementState, answer: object) -> Sync:
    if isinstance(answer, Unreadable):
        return Sync(None, answer.why, unread=True)
    if not isinstance(answer, datetime):
        return Sync(None, "the query of `arrived` does not answer yet that it runs")
    since = max(answer, stay.since)
    return Sync(since, f"it has run since {_at(since, state)}, by the query of `arrived`")


def _at(instant: datetime, state: PlacementState) -> str:
    return times.format_time(instant, state.policy.tags.scheme.zone)
