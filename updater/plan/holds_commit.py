"""To say what a person's hold or release changes: one commit of one file. Pure."""

from __future__ import annotations

from updater import holds, messages
from updater.config import Config
from updater.model import (
    Draft,
    OpenPullRequest,
    Placement,
    Plan,
    PushBase,
    PushBranches,
    Record,
    RefUpdate,
    Step,
)
from updater.situation import Facts


def plan_record(facts: Facts, record: Record, config: Config) -> Plan:
    """Nothing where the file says so already. Raises HoldsUnreadable where it cannot be read."""
    assert facts.base is not None, "asked only where the base was read"
    before = facts.holds.data if facts.holds else None
    after = record.change(before)
    if after == (before or b""):
        return Plan(())
    draft = Draft(
        Placement(record.environment or "all", record.app or "all"),
        messages.record_message(record),
        {holds.PATH: after},
        {holds.PATH: before or b""},
    )
    return Plan(_steps(facts, record, draft, config))


def _steps(facts: Facts, record: Record, draft: Draft, config: Config) -> tuple[Step, ...]:
    branch, base = config.repositories[facts.repository].branch, facts.base or ""
    if not _by_pull_request(facts, record):
        update = RefUpdate(f"refs/heads/{branch}", base, (draft,), base)
        moved = RefUpdate(f"{messages.RECORD}{branch}", base, (), facts.record)
        return (PushBase(facts.repository, update, None if facts.forced else moved),)
    name = messages.record_branch(record)
    update = RefUpdate(f"refs/heads/{name}", base, (draft,), facts.branches.get(name))
    opening = OpenPullRequest(
        repository=facts.repository,
        placement=draft.placement,
        branch=name,
        base=branch,
        title=record.title,
        body=messages.record_body(record),
    )
    return PushBranches(facts.repository, (update,)), opening


def _by_pull_request(facts: Facts, record: Record) -> bool:
    """As the environments concerned deliver; one that pushes is enough to push."""
    concerned = [
        state.policy.deliver
        for placement, state in facts.states.items()
        if record.app in {None, placement.app} and record.environment in {None, placement.environment}
    ]
    return "push" not in concerned and "pull-request" in concerned
