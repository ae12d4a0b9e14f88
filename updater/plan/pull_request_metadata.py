"""What an open pull request of ours should bear and has never borne. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from updater import messages
from updater.model import MetadataOf, Proposal, PullRequestMetadata, SetMetadata, Step
from updater.situation import PlacementState, Situation


def metadata_of(situation: Situation, state: PlacementState) -> PullRequestMetadata:
    """What config wants, and the forge has."""
    settings = state.policy.pull_request
    wanted = PullRequestMetadata(
        tuple(settings.labels), tuple(settings.reviewers), tuple(settings.assignees), settings.milestone
    )
    return wanted.only(situation.bears)


def metadata_steps(situation: Situation, state: PlacementState) -> Iterator[Step]:
    """What it ever bore is asked only where something is missing: a pass was cut off, or people took it."""
    for proposal in _proposals(state):
        pull = proposal.pull_request
        missing = metadata_of(situation, state).without(pull.metadata_items)
        had = situation.answers.get(MetadataOf(pull.number)) if missing != PullRequestMetadata() else None
        missing = missing.without(had) if isinstance(had, frozenset) else PullRequestMetadata()
        if missing != PullRequestMetadata():
            placement, whole = state.policy.placement, messages.is_of_environment(pull.branch)
            shared = proposal.marker.apps is not None
            app = "*" if whole else placement.config_app if shared else placement.app
            about = placement._replace(app=app)
            yield SetMetadata(situation.repository, about, pull.branch, pull.number, missing)


def _proposals(state: PlacementState) -> Iterator[Proposal]:
    """Those we look after. What people push to, aim elsewhere or mark is theirs."""
    if state.policy.deliver != "pull-request" or state.stopped:
        return
    for proposal in (state.proposal, state.asked):
        if proposal is not None and not proposal.edited:
            yield proposal
