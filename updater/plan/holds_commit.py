"""To say what a person's hold or release changes: one commit of one file. Pure."""

from __future__ import annotations

from updater import holds, messages
from updater.config import Config
from updater.model import (
    CommitDraft,
    HoldsChange,
    OpenPullRequest,
    Placement,
    Plan,
    PushBase,
    PushBranches,
    RefUpdate,
    Step,
)
from updater.plan.drafts import signed_off
from updater.situation import Situation


def plan_holds_change(situation: Situation, holds_change: HoldsChange, config: Config) -> Plan:
    """Nothing where the file says so already. Raises HoldsUnreadable where it cannot be read."""
    assert situation.base is not None, "asked only where the base was read"
    before = situation.holds.data if situation.holds else None
    after = _changed(before, holds_change, situation)
    if after == (before or b""):
        return Plan(())
    draft = CommitDraft(
        Placement(holds_change.environment or "all", holds_change.app or "all"),
        messages.holds_message(holds_change, signed_off(config.commit_of(situation.repository))),
        {holds.PATH: after},
        {holds.PATH: before or b""},
    )
    return Plan(_steps(situation, holds_change, draft, config))


def _changed(before: bytes | None, holds_change: HoldsChange, situation: Situation) -> bytes:
    """To lift a hold over everything lets the line go on, too; where there is none, that is recorded."""
    after, line = holds_change.change(before), situation.line
    stopped = line is not None and not line.by_hand
    if holds_change.starts_line is None or not stopped or after != (before or b""):
        return after
    return holds_change.starts_line(before)


def _steps(
    situation: Situation, holds_change: HoldsChange, draft: CommitDraft, config: Config
) -> tuple[Step, ...]:
    branch, base = config.repositories[situation.repository].branch, situation.base or ""
    if not _by_pull_request(situation, holds_change):
        update = RefUpdate(f"refs/heads/{branch}", base, (draft,), base)
        moved = RefUpdate(f"{messages.RECORD}{branch}", base, (), situation.record)
        return (PushBase(situation.repository, update, None if situation.forced else moved),)
    name = messages.holds_branch(holds_change)
    update = RefUpdate(f"refs/heads/{name}", base, (draft,), situation.branches.get(name))
    opening = OpenPullRequest(
        repository=situation.repository,
        placement=draft.placement,
        branch=name,
        base=branch,
        title=messages.shorten(holds_change.title, situation.longest.title),
        body=messages.folded(messages.holds_body(holds_change), situation.longest.body),
    )
    return PushBranches(situation.repository, (update,)), opening


def _by_pull_request(situation: Situation, holds_change: HoldsChange) -> bool:
    """As the environments concerned deliver; one that pushes is enough to push."""
    concerned = [
        state.policy.deliver
        for placement, state in situation.states.items()
        if holds_change.app in {None, placement.app}
        and holds_change.environment in {None, placement.environment}
    ]
    return "push" not in concerned and "pull-request" in concerned
