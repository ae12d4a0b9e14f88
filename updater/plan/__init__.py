"""To say what is missing for the decisions, as complete steps: whole texts, messages, base. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

from updater import messages
from updater.config import Config
from updater.manifests import PinRefused
from updater.model import (
    Decision,
    Degraded,
    DeleteBranch,
    Draft,
    Fact,
    Hold,
    MergePullRequest,
    OpenPullRequest,
    Plan,
    Promote,
    PushBase,
    PushBranches,
    RefUpdate,
    Ruling,
    Step,
)
from updater.plan.drafts import bump_of, draft
from updater.plan.foreign_pull_requests import other_questions, other_steps
from updater.plan.groups import Group, Member, is_grouped
from updater.plan.holds_commit import plan_record
from updater.plan.merge_queue import queue_questions, queue_steps
from updater.plan.orphaned_pull_requests import stray_questions, stray_steps
from updater.plan.post_deploy import degraded, watch_questions, watch_steps
from updater.plan.proposals import Proposals, lag_questions, questions, writes
from updater.plan.pull_request_metadata import dress_questions, dress_steps
from updater.plan.refresh import announcements
from updater.plan.source_changes import source_questions
from updater.situation import Facts, State

__all__ = ["plan", "plan_record", "unasked"]


def plan(facts: Facts, decisions: Sequence[Decision], config: Config) -> Plan:
    """What to push, open, update, close and say so that the deploy repository is as decided."""
    if facts.base is None:
        return Plan(())
    drafts, held = list[Draft](), list[Hold]()
    proposals = Proposals(facts, config, facts.base)
    for decision in decisions:
        done, state = proposals.mark(), facts.states[decision.placement]
        try:
            if not is_grouped(decision, state):
                _take(decision, state, drafts, proposals)
        except PinRefused as refusal:
            reason = Ruling(refusal.code, False, refusal.sentence)
            held.append(Hold(decision.placement, decision.current, (reason,), None))
        except Exception as error:  # noqa: BLE001 - a mistake of ours about one holds that one, whole
            proposals.back_to(done)
            held.append(Hold(decision.placement, decision.current, (messages.bug(error),), None))
    for group in _groups(proposals, decisions):
        held += _take_group(group, proposals)
    sick, watched = _watched(facts, config)
    return Plan((*_steps(facts, drafts, proposals, config), *watched), tuple(held), sick)


def _groups(proposals: Proposals, decisions: Iterable[Decision]) -> Iterator[Group]:
    """The apps that share a pull request, by environment, in the order of the config."""
    found: dict[str, list[Member]] = {}
    for decision in decisions:
        state = proposals.facts.states[decision.placement]
        if is_grouped(decision, state):
            found.setdefault(decision.placement.environment, []).append(Member(decision, state))
    for environment, members in found.items():
        yield Group(proposals.facts, proposals.config, proposals.base, environment, members)


def _take_group(group: Group, proposals: Proposals) -> list[Hold]:
    try:
        group.take()
    except Exception as error:  # noqa: BLE001 - a mistake of ours about one environment holds that one, whole
        decisions = (member.decision for member in group.members)
        return [Hold(each.placement, each.current, (messages.bug(error),), None) for each in decisions]
    proposals.branches += group.branches
    proposals.steps += group.steps
    return group.held


def unasked(facts: Facts, decisions: Sequence[Decision], config: Config) -> frozenset[Fact]:
    """What the plan has to know of open proposals, and nobody has read yet."""
    if facts.base is None:
        return frozenset()
    branch = config.repositories[facts.repository].branch
    asked = set[Fact]((*stray_questions(facts), *other_questions(facts), *queue_questions(facts)))
    for state in facts.states.values():
        with suppress(Exception):  # a mistake of ours: what the plan then does not know, it does not do
            asked.update(dress_questions(state))
    with suppress(Exception):  # the same
        asked.update(watch_questions(facts))
    for decision in decisions:
        state = facts.states[decision.placement]
        if not is_grouped(decision, state):
            with suppress(Exception):  # the same
                asked |= questions(decision, state, facts.base)
                asked.update(lag_questions(decision, state, facts, branch))
                bump = writes(decision, state, config)
                asked.update(source_questions(bump, state, facts, config) if bump else ())
    for group in _groups(Proposals(facts, config, facts.base), decisions):
        with suppress(Exception):
            asked |= group.questions()
            asked.update(group.source_questions())
    return frozenset(fact for fact in asked if fact not in facts.answers)


def _take(decision: Decision, state: State, drafts: list[Draft], proposals: Proposals) -> None:
    if state.policy.deliver == "pull-request":
        proposals.take(decision, state)
    elif state.policy.deliver == "push" and isinstance(decision, Promote):
        texts = {path: data for made in drafts for path, data in made.files.items()}
        drafts.append(draft(bump_of(decision, state, proposals.config.commit.subject), state, texts))


def _steps(facts: Facts, drafts: Sequence[Draft], proposals: Proposals, config: Config) -> Iterator[Step]:
    if drafts:
        yield _push(facts, drafts, config)
        branch = config.repositories[facts.repository].branch
        yield from announcements(facts, branch, [made.placement for made in drafts])
    if proposals.branches:
        yield PushBranches(facts.repository, tuple(proposals.branches))
    for step in proposals.steps:
        if isinstance(step, DeleteBranch) and facts.open_from.get(step.branch, 0) > 1:
            continue  # ours is over; a later pass deletes it, once the others are, too
        yield step
        if isinstance(step, MergePullRequest):
            yield from announcements(facts, step.branch, [step.placement])
    said = (*_dressed(facts), *stray_steps(facts, config), *other_steps(facts))
    yield from said
    yield from queue_steps(facts, (*proposals.steps, *said))
    yield from _deletions(facts, proposals.steps)


def _watched(facts: Facts, config: Config) -> tuple[tuple[Degraded, ...], tuple[Step, ...]]:
    """A mistake of ours leaves what was deployed unwatched, and all else is done."""
    with suppress(Exception):
        sick = tuple(degraded(facts))
        return sick, tuple(watch_steps(facts, config, sick))
    return (), ()


def _dressed(facts: Facts) -> Iterator[Step]:
    """A mistake of ours about one pull request leaves that one as it is; what apps share is told once."""
    steps = dict[Step, None]()
    for state in facts.states.values():
        with suppress(Exception):
            steps |= dict.fromkeys(tuple(dress_steps(facts, state)))
    return iter(steps)


def _push(facts: Facts, drafts: Sequence[Draft], config: Config) -> PushBase:
    branch, base = config.repositories[facts.repository].branch, facts.base or ""
    update = RefUpdate(f"refs/heads/{branch}", base, tuple(drafts), base)
    record = RefUpdate(f"{messages.RECORD}{branch}", base, (), facts.record)
    # After a forced move the record is all that remembers the line that was left: it stays.
    return PushBase(facts.repository, update, None if facts.forced else record)


def _deletions(facts: Facts, steps: Iterable[Step]) -> Iterator[Step]:
    """Of finished proposals, unless somebody has pushed there, we are about to, or more is open from it."""
    used = {step.branch for step in steps if isinstance(step, OpenPullRequest | DeleteBranch)}
    for branch, head in facts.branches.items():
        if (branch, head) in facts.finished and branch not in used and not facts.open_from.get(branch):
            yield DeleteBranch(facts.repository, branch, head)
