"""What Argo CD makes of what was just deployed: does it look, does it degrade after our merge. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from updater import messages, times
from updater.argocd_history import LASTS, is_lasting, sick_since
from updater.config import Config
from updater.model import Application, Comment, CommentsOf, Degraded, Fact, RefreshApplications, Stay, Step
from updater.situation import Facts, State


def watch_questions(facts: Facts) -> Iterator[Fact]:
    for state in _fresh(facts):
        if state.policy.health is not None:
            yield state.policy.health
        if state.merged is not None:
            yield CommentsOf(state.merged.pull_request.number)


def watch_steps(facts: Facts, config: Config, degraded: Sequence[Degraded]) -> Iterator[Step]:
    for one in degraded:
        yield from _comment(facts, one)
    behind = [state.policy.health for state in _fresh(facts) if _is_unseen(state, facts)]
    applications = dict.fromkeys(question.applications for question in behind if question)
    if applications:
        branch = config.repositories[facts.repository].branch
        yield RefreshApplications(facts.repository, branch, tuple(applications))


def degraded(facts: Facts) -> Iterator[Degraded]:
    """Where Applications have turned Degraded or Missing after our pull request was merged."""
    for state in _fresh(facts):
        merged, stay = state.merged, state.timeline.current
        if merged is None or stay is None:
            continue
        sick = [one for one in _found(state, facts) if _is_its_doing(one, stay, state, facts)]
        if sick:
            yield _degraded(sick, state, stay, facts)


def _degraded(sick: Sequence[Application], state: State, stay: Stay, facts: Facts) -> Degraded:
    assert state.merged is not None, "asked above"
    zone = state.policy.tags.scheme.zone
    since = [(one, sick_since(one) or facts.now) for one in sick]
    told = [f"{one.name} is {one.health} since {times.written(at, zone)}" for one, at in since]
    pull, (environment, app) = state.merged.pull_request, state.policy.placement
    return Degraded(
        placement=state.policy.placement,
        tag=stay.tag,
        number=pull.number,
        branch=pull.branch,
        url=pull.url,
        sentence=f"{'; '.join(told)}, after {stay.tag} came at {times.written(stay.since, zone)}",
        command=f"updater rollback {app} {environment}",
    )


def _is_its_doing(one: Application, stay: Stay, state: State, facts: Facts) -> bool:
    since = sick_since(one)
    if since is None or not is_lasting(one, facts.now):
        return False
    return stay.since <= since <= stay.since + state.policy.pull_request.watch


def _comment(facts: Facts, one: Degraded) -> Iterator[Step]:
    """Unless just that stands there, or nobody could read what does."""
    text = messages.degraded_comment(one)
    key = f"degraded-{one.placement.app}"  # apps may share a pull request, and each has its word
    said = facts.answers.get(CommentsOf(one.number))
    if isinstance(said, dict) and not messages.same_text(said.get(key, ""), text):
        yield Comment(facts.repository, one.placement, one.branch, one.number, key, text)


def _fresh(facts: Facts) -> Iterator[State]:
    """What was deployed so lately that it is watched, with time for what happens last to last."""
    for state in facts.states.values():
        stay, length = state.timeline.current, state.policy.pull_request.watch + 2 * LASTS
        if state.policy.health and stay and timedelta() <= facts.now - stay.since <= length:
            yield state


def _is_unseen(state: State, facts: Facts) -> bool:
    """Argo CD has not looked since the tag came: say, a person has merged it and no webhook told."""
    stay = state.timeline.current
    found = _found(state, facts)
    return stay is not None and any(one.reconciled is None or one.reconciled < stay.since for one in found)


def _found(state: State, facts: Facts) -> list[Application]:
    answer = facts.answers.get(state.policy.health) if state.policy.health else None
    return [one for one in answer if isinstance(one, Application)] if isinstance(answer, tuple) else []
