"""What is open or left over in a repository beside the proposals for its placements. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from updater import messages
from updater.config import Config, Repository
from updater.interpret.branch_history import BranchHistory
from updater.interpret.pull_requests import is_of_another, orphaned_pull_requests, us_in
from updater.model import PullRequest, Snapshot
from updater.situation import OrphanedPullRequest, OrphanReason, PlacementState


def orphans(
    snapshot: Snapshot, config: Config, branch: str, past: BranchHistory | None = None
) -> tuple[OrphanedPullRequest, ...]:
    """Open ones that bear our mark and that no placement has for its own, and why."""
    found = orphaned_pull_requests(snapshot.pulls, config.policies, us_in(snapshot, config), branch)
    intact = past.is_ours if past is not None else lambda _: False
    unknown = any(name == snapshot.repository for name, _ in config.unknown)  # it may be of one of these
    return tuple(
        replace(each, why=_why_left(each, config), intact=intact(each.pull_request.head))
        for each in found
        if not (unknown and each.why == "unnamed")
    )


def _why_left(orphan: OrphanedPullRequest, config: Config) -> OrphanReason:
    """Nobody took a preview out of the config that ended."""
    gone = orphan.why == "unnamed" and config.is_gone(orphan.placement.environment)
    return "gone" if gone else orphan.why


def others(
    snapshot: Snapshot, config: Config, settings: Repository, states: Iterable[PlacementState]
) -> tuple[PullRequest, ...]:
    """Ours have a status by what they show; what another updater proposes is its own to judge.

    A status belongs to a commit: what else is opened from the head of such a one says nothing of it.
    """
    proposals = (each for state in states for each in (state.proposal, state.asked, state.group) if each)
    ours = {proposal.pull_request.head for proposal in proposals}
    left = orphans(snapshot, config, settings.branch)
    ours |= {stray.pull_request.head for stray in left if stray.why != "author"}
    if not settings.shared:
        ours |= {pull.head for pull in snapshot.pulls if is_of_another(pull, config.instance)}
    return tuple(
        pull
        for pull in snapshot.pulls
        if (pull.state, pull.base) == ("open", settings.branch) and pull.head not in ours
    )


def finished(snapshot: Snapshot) -> frozenset[tuple[str, str]]:
    """Branches with the head whose pull request is over, so that nobody needs them."""
    done = (pull for pull in snapshot.pulls if pull.same_repository and _is_finished(pull))
    return frozenset((pull.branch, pull.head) for pull in done)


def open_from(snapshot: Snapshot) -> Counter[str]:
    """By branch, how many open pull requests come from it."""
    return Counter(pull.branch for pull in snapshot.pulls if pull.same_repository and pull.state == "open")


def _is_finished(pull: PullRequest) -> bool:
    """Merged, or closed by us: what people close keeps its branch, so that reopening revives it."""
    marker = messages.read_marker(pull.body) if pull.state == "closed" else None
    return pull.state == "merged" or (marker is not None and marker.closed is not None)


def left_over(refs: Mapping[str, str], config: Config, past: BranchHistory | None) -> frozenset[str]:
    """Branches of ours for environments that have ended, onto which nobody else has pushed."""
    names = {ref.removeprefix("refs/heads/"): sha for ref, sha in refs.items() if is_our_branch(ref)}
    of = ((name, sha, messages.environment_of(name)) for name, sha in names.items())
    return frozenset(
        name
        for name, sha, environment in of
        if environment is not None and config.is_gone(environment) and past is not None and past.is_ours(sha)
    )


def is_our_branch(ref: str) -> bool:
    return ref.startswith(tuple(f"refs/heads/{prefix}" for prefix in messages.OURS))
