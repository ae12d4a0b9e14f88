"""To say what is missing for the decisions, as complete steps: whole texts, messages, base. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

from updater import messages
from updater.config import Config
from updater.manifests import PinRefused
from updater.model import (
    CommitDraft,
    Decision,
    Degraded,
    DeleteBranch,
    Hold,
    MergePullRequest,
    OpenPullRequest,
    Plan,
    Promote,
    PushBase,
    PushBranches,
    Question,
    RefUpdate,
    Ruling,
    Step,
)
from updater.plan.drafts import bump_of, draft
from updater.plan.foreign_pull_requests import foreign_steps, other_questions
from updater.plan.groups import EnvironmentPullRequest, Member, is_grouped
from updater.plan.holds_commit import plan_holds_change
from updater.plan.merge_queue import queue_questions, queue_steps
from updater.plan.orphaned_pull_requests import orphan_steps, stray_questions
from updater.plan.post_deploy import degraded, watch_questions, watch_steps
from updater.plan.proposals import Proposals, lag_questions, questions, writes
from updater.plan.pull_request_metadata import dress_questions, metadata_steps
from updater.plan.refresh import refresh_steps
from updater.plan.source_changes import source_questions
from updater.situation import PlacementState, Situation

__all__ = ["plan", "plan_holds_change", "unasked"]


def plan(situation: Situation, decisions: Sequence[Decision], config: Config) -> Plan:
    """What to push, open, update, close and say so that the deploy repository is as decided."""
    if situation.base is None:
        return Plan(())
    drafts, held = list[CommitDraft](), list[Hold]()
    proposals = Proposals(situation, config, situation.base)
    for decision in decisions:
        done, state = proposals.mark(), situation.states[decision.placement]
        try:
            if not is_grouped(decision, state):
                _take(decision, state, drafts, proposals)
        except PinRefused as refusal:
            reason = Ruling(refusal.reason, False, refusal.sentence)
            held.append(Hold(decision.placement, decision.current, (reason,), None))
        except Exception as error:  # noqa: BLE001 - a mistake of ours about one holds that one, whole
            proposals.back_to(done)
            held.append(Hold(decision.placement, decision.current, (messages.bug_ruling(error),), None))
    for group in _groups(proposals, decisions):
        held += _take_group(group, proposals)
    sick, watched = _watched(situation, config)
    return Plan((*_steps(situation, drafts, proposals, config), *watched), tuple(held), sick)


def _groups(proposals: Proposals, decisions: Iterable[Decision]) -> Iterator[EnvironmentPullRequest]:
    """The apps that share a pull request, by environment, in the order of the config."""
    found: dict[str, list[Member]] = {}
    for decision in decisions:
        state = proposals.situation.states[decision.placement]
        if is_grouped(decision, state):
            found.setdefault(decision.placement.environment, []).append(Member(decision, state))
    for environment, members in found.items():
        yield EnvironmentPullRequest(
            proposals.situation, proposals.config, proposals.base, environment, members
        )


def _take_group(group: EnvironmentPullRequest, proposals: Proposals) -> list[Hold]:
    try:
        group.take()
    except Exception as error:  # noqa: BLE001 - a mistake of ours about one environment holds that one, whole
        decisions = (member.decision for member in group.members)
        return [Hold(each.placement, each.current, (messages.bug_ruling(error),), None) for each in decisions]
    proposals.branches += group.branches
    proposals.steps += group.steps
    return group.held


def unasked(situation: Situation, decisions: Sequence[Decision], config: Config) -> frozenset[Question]:
    """What the plan has to know of open proposals, and nobody has read yet."""
    if situation.base is None:
        return frozenset()
    branch = config.repositories[situation.repository].branch
    asked = set[Question](
        (*stray_questions(situation), *other_questions(situation), *queue_questions(situation))
    )
    for state in situation.states.values():
        with suppress(Exception):  # a mistake of ours: what the plan then does not know, it does not do
            asked.update(dress_questions(state))
    with suppress(Exception):  # the same
        asked.update(watch_questions(situation))
    for decision in decisions:
        state = situation.states[decision.placement]
        if not is_grouped(decision, state):
            with suppress(Exception):  # the same
                asked |= questions(decision, state, situation.base)
                asked.update(lag_questions(decision, state, situation, branch))
                bump = writes(decision, state, config)
                asked.update(source_questions(bump, state, situation, config) if bump else ())
    for group in _groups(Proposals(situation, config, situation.base), decisions):
        with suppress(Exception):
            asked |= group.questions()
            asked.update(group.source_questions())
    return frozenset(question for question in asked if question not in situation.answers)


def _take(decision: Decision, state: PlacementState, drafts: list[CommitDraft], proposals: Proposals) -> None:
    if state.policy.deliver == "pull-request":
        proposals.take(decision, state)
    elif state.policy.deliver == "push" and isinstance(decision, Promote):
        texts = {path: data for made in drafts for path, data in made.files.items()}
        drafts.append(draft(bump_of(decision, state, proposals.config.commit.subject), state, texts))


def _steps(
    situation: Situation, drafts: Sequence[CommitDraft], proposals: Proposals, config: Config
) -> Iterator[Step]:
    if drafts:
        yield _push(situation, drafts, config)
        branch = config.repositories[situation.repository].branch
        yield from refresh_steps(situation, branch, [made.placement for made in drafts])
    if proposals.branches:
        yield PushBranches(situation.repository, tuple(proposals.branches))
    for step in proposals.steps:
        if isinstance(step, DeleteBranch) and situation.open_from.get(step.branch, 0) > 1:
            continue  # ours is over; a later pass deletes it, once the others are, too
        yield step
        if isinstance(step, MergePullRequest):
            yield from refresh_steps(situation, step.branch, [step.placement])
    said = (*_dressed(situation), *orphan_steps(situation, config), *foreign_steps(situation))
    yield from said
    yield from queue_steps(situation, (*proposals.steps, *said))
    yield from _deletions(situation, proposals.steps)


def _watched(situation: Situation, config: Config) -> tuple[tuple[Degraded, ...], tuple[Step, ...]]:
    """A mistake of ours leaves what was deployed unwatched, and all else is done."""
    with suppress(Exception):
        sick = tuple(degraded(situation))
        return sick, tuple(watch_steps(situation, config, sick))
    return (), ()


def _dressed(situation: Situation) -> Iterator[Step]:
    """A mistake of ours about one pull request leaves that one as it is; what apps share is told once."""
    steps = dict[Step, None]()
    for state in situation.states.values():
        with suppress(Exception):
            steps |= dict.fromkeys(tuple(metadata_steps(situation, state)))
    return iter(steps)


def _push(situation: Situation, drafts: Sequence[CommitDraft], config: Config) -> PushBase:
    branch, base = config.repositories[situation.repository].branch, situation.base or ""
    update = RefUpdate(f"refs/heads/{branch}", base, tuple(drafts), base)
    record = RefUpdate(f"{messages.RECORD}{branch}", base, (), situation.record)
    # After a forced move the record is all that remembers the line that was left: it stays.
    return PushBase(situation.repository, update, None if situation.forced else record)


def _deletions(situation: Situation, steps: Iterable[Step]) -> Iterator[Step]:
    """Of finished proposals, unless somebody has pushed there, we are about to, or more is open from it."""
    used = {step.branch for step in steps if isinstance(step, OpenPullRequest | DeleteBranch)}
    for branch, head in situation.branches.items():
        if (
            (branch, head) in situation.finished
            and branch not in used
            and not situation.open_from.get(branch)
        ):
            yield DeleteBranch(situation.repository, branch, head)
