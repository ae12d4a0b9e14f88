"""How a pull request of ours is worded: opened, and told otherwise. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from updater import messages
from updater.messages import Bump
from updater.model import OpenPullRequest, Proposal, SetStatus, UpdatePullRequest
from updater.plan.commit_status import status_of_pushed
from updater.plan.our_pull_request import OurPullRequest
from updater.plan.pull_request_metadata import metadata_of
from updater.plan.source_changes import with_sources

_NONE: Mapping[str, None] = MappingProxyType({})


def opening_step(ours: OurPullRequest, bumps: Sequence[Bump]) -> OpenPullRequest:
    return OpenPullRequest(
        repository=ours.situation.repository,
        placement=ours.placement,
        branch=ours.branch,
        base=ours.base_branch,
        title=messages.title(bumps, ours.situation.longest),
        body=_body(ours, _with_sources(ours, bumps)),
        metadata=metadata_of(ours.situation, ours.members[0].state),
        draft=ours.settings.draft,
        rollback=messages.rollback_of(bumps[0]) if len(bumps) == 1 else None,
    )


def rewording_step(
    ours: OurPullRequest, whole: Proposal, bumps: Sequence[Bump], *, moves: bool
) -> UpdatePullRequest:
    """`moves`: it shows other tags than before, and so its title says others, too."""
    pull, longest = whole.pull_request, ours.situation.longest
    title = messages.new_title(bumps, pull.title, whole.marker, longest) if moves else pull.title
    body = _body(ours, _with_sources(ours, bumps), _lost(ours, whole, bumps))
    where = (ours.situation.repository, ours.placement, pull.number, pull.branch)
    return UpdatePullRequest(*where, title=title, body=body)


def has_other_evidence(ours: OurPullRequest, whole: Proposal, bumps: Sequence[Bump]) -> bool:
    """Than its body says: also other tags that moved."""
    return messages.evidence_in(_body(ours, bumps, _lost(ours, whole, bumps))) != whole.marker.evidence


def gives_another_reason(ours: OurPullRequest, whole: Proposal, bumps: Sequence[Bump]) -> bool:
    """The commit says the reason, too: it is what stays once it is merged."""
    return messages.evidence_in(_body(ours, bumps)) != whole.marker.evidence


def status_of_branch(ours: OurPullRequest, bumps: Sequence[Bump]) -> SetStatus:
    """Of the branch as this pass pushes it."""
    status = status_of_pushed(bumps, shared=ours.shared, merges=ours.settings.auto_merge)
    return SetStatus(ours.situation.repository, ours.placement, ours.branch, None, status)


def _body(ours: OurPullRequest, bumps: Sequence[Bump], lost: Mapping[str, None] = _NONE) -> str:
    return messages.body(
        bumps,
        ours.config.instance,
        base=ours.base_branch,
        shared=ours.shared,
        lost=lost,
        longest=ours.situation.longest,
    )


def _with_sources(ours: OurPullRequest, bumps: Sequence[Bump]) -> list[Bump]:
    states = {each.app: each.state for each in ours.members}
    return [with_sources(bump, states[bump.placement.app], ours.situation, ours.config) for bump in bumps]


def _lost(ours: OurPullRequest, whole: Proposal, bumps: Sequence[Bump]) -> dict[str, None]:
    """As the marker has them: of a shared one, with the app."""
    lost = [f"{bump.placement.app}:{tag}" if ours.shared else tag for bump in bumps for tag in bump.lost]
    return dict.fromkeys([*(whole.marker.lost or "").split(), *lost])
