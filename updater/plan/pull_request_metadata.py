"""What an open pull request of ours should bear and has never borne. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from updater.model import Dress, DressOf, DressPullRequest, Fact, Placement, Proposal, Step
from updater.situation import Facts, State


def dress_of(state: State) -> Dress:
    """What config wants."""
    settings = state.policy.pull_request
    return Dress(
        tuple(settings.labels), tuple(settings.reviewers), tuple(settings.assignees), settings.milestone
    )


def dress_questions(state: State) -> Iterator[Fact]:
    """Asked only where something is missing: a pass was cut off, or a person took it away."""
    for proposal in _proposals(state):
        pull = proposal.pull_request
        if dress_of(state).without(pull.worn) != Dress():
            yield DressOf(pull.number)


def dress_steps(facts: Facts, state: State) -> Iterator[Step]:
    for proposal in _proposals(state):
        pull = proposal.pull_request
        had = facts.answers.get(DressOf(pull.number))
        missing = dress_of(state).without(pull.worn | had) if isinstance(had, frozenset) else Dress()
        if missing != Dress():
            environment, app = state.policy.placement
            about = Placement(environment, "*" if proposal.marker.apps is not None else app)
            yield DressPullRequest(facts.repository, about, pull.branch, pull.number, missing)


def _proposals(state: State) -> Iterator[Proposal]:
    """Those we look after. What people push to, aim elsewhere or mark is theirs."""
    if state.policy.deliver != "pull-request" or state.stopped:
        return
    for proposal in (state.proposal, state.asked):
        if proposal is not None and not proposal.edited:
            yield proposal
