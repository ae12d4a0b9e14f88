"""What Argo CD makes of what was just deployed: does it look, does it degrade after our merge. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from updater import messages, times
from updater.argocd_history import LASTS, is_lasting, sick_since
from updater.config import Config
from updater.model import (
    Announcement,
    Application,
    CallReceiver,
    Comment,
    CommentsOf,
    Degraded,
    Placement,
    RefreshApplications,
    Stay,
    Step,
)
from updater.plan.comments import MARK
from updater.situation import PlacementState, Situation


def is_watched(state: PlacementState) -> bool:
    """There is an Application to look at, or a pull request that is, or was, to be told of it."""
    return state.policy.health is not None or state.merged is not None or state.proposal is not None


def watch_steps(
    situation: Situation, config: Config, degraded: Sequence[Degraded], unseen: Sequence[PlacementState]
) -> Iterator[Step]:
    for one in degraded:
        yield from _comment(situation, one)
    behind = [state.policy.health for state in unseen]
    applications = dict.fromkeys(question.applications for question in behind if question)
    if applications:
        branch = config.repositories[situation.repository].branch
        yield RefreshApplications(situation.repository, branch, tuple(applications))


def degraded_placements(state: PlacementState, situation: Situation) -> Iterator[Degraded]:
    """Where Applications have turned Degraded or Missing after our pull request was merged."""
    stay = state.timeline.current
    if state.merged is None or stay is None or not _is_fresh(state, situation):
        return
    sick = [one for one in _found(state, situation) if _is_its_doing(one, stay, state, situation)]
    if sick:
        yield _degraded(sick, state, stay, situation)


def unseen_placements(state: PlacementState, situation: Situation) -> Iterator[PlacementState]:
    """Argo CD has not looked since the tag came: say, a person has merged it and no webhook told."""
    stay = state.timeline.current
    found = _found(state, situation) if _is_fresh(state, situation) else []
    if stay is not None and any(one.reconciled is None or one.reconciled < stay.since for one in found):
        yield state


def look_before_merge(state: PlacementState, situation: Situation) -> None:
    """Ask while something is proposed: a merge is not to blame for what was ill before it."""
    if state.proposal is not None and state.policy.pull_request.watch:
        _found(state, situation)


def _degraded(
    sick: Sequence[Application], state: PlacementState, stay: Stay, situation: Situation
) -> Degraded:
    assert state.merged is not None, "asked above"
    zone = state.policy.tags.scheme.zone
    since = [(one, sick_since(one) or situation.now) for one in sick]
    told = [f"{one.label} is {one.health} since {times.format_time(at, zone)}" for one, at in since]
    pull, (environment, app) = state.merged.pull_request, state.policy.placement
    return Degraded(
        placement=state.policy.placement,
        tag=stay.tag,
        number=pull.number,
        branch=pull.branch,
        url=pull.url,
        sentence=f"{'; '.join(told)}, after {stay.tag} came at {times.format_time(stay.since, zone)}",
        command=f"updater rollback {app} {environment}",
    )


def _is_its_doing(one: Application, stay: Stay, state: PlacementState, situation: Situation) -> bool:
    since, rollout = sick_since(one), state.rollout
    if since is None or rollout is None or not is_lasting(one, situation.now):
        return False
    if not any(rollout.manifests.are_in(source) for source in one.sources):
        return False
    return stay.since <= since <= stay.since + state.policy.pull_request.watch


def _comment(situation: Situation, one: Degraded) -> Iterator[Step]:
    """Unless just that stands there, or nobody could read what does."""
    text = messages.folded(messages.degraded_comment(one), situation.longest.comment - MARK)
    key = f"degraded-{one.placement.app}"  # apps may share a pull request, and each has its word
    said = situation.answers.get(CommentsOf(one.number))
    if isinstance(said, dict) and not messages.same_text(said.get(key, ""), text):
        yield Comment(situation.repository, one.placement, one.branch, one.number, key, text)


def _is_fresh(state: PlacementState, situation: Situation) -> bool:
    """It was deployed so lately that it is watched, with time for what happens last to last."""
    stay, length = state.timeline.current, state.policy.pull_request.watch + 2 * LASTS
    if state.policy.health is None or stay is None or situation.skew is not None:
        return False
    return timedelta() <= situation.now - stay.since <= length


def _found(state: PlacementState, situation: Situation) -> list[Application]:
    answer = situation.answers.get(state.policy.health) if state.policy.health else None
    return [one for one in answer if isinstance(one, Application)] if isinstance(answer, tuple) else []


def refresh_steps(
    situation: Situation, branch: str, placements: Iterable[Placement]
) -> Iterator[Announcement]:
    """After `branch` was pushed or merged, with something new for these; once each."""
    concerned = (state for placement in placements for state in _of(placement, situation))
    policies = [state.policy for state in concerned]
    applications = dict.fromkeys(policy.health.applications for policy in policies if policy.health)
    if applications:
        yield RefreshApplications(situation.repository, branch, tuple(applications))
    for receiver in dict.fromkeys(policy.flux.name for policy in policies if policy.flux):
        yield CallReceiver(situation.repository, branch, receiver)


def _of(placement: Placement, situation: Situation) -> Iterator[PlacementState]:
    """Where its apps share a pull request, the environment as a whole is meant."""
    if placement in situation.states:
        yield situation.states[placement]
        return
    states = (state for name, state in situation.states.items() if name.environment == placement.environment)
    yield from (state for state in states if state.policy.is_grouped)
