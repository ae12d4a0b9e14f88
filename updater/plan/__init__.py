"""To say what is missing for the decisions, as complete steps: whole texts, messages, base. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from updater import messages
from updater.config import Config
from updater.manifests import PinRefused
from updater.model import (
    Comment,
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
    RefUpdate,
    Ruling,
    Step,
)
from updater.plan.drafts import bump_of, draft
from updater.plan.ended_ways_back import ended_way_back
from updater.plan.holds_commit import plan_holds_change
from updater.plan.idle_promotions import idle_promotions
from updater.plan.lookup import Lookup
from updater.plan.members import Member
from updater.plan.moving_on import lost_pushes, moved_on
from updater.plan.orphaned_pull_requests import orphan_steps
from updater.plan.our_pull_request import OurPullRequest
from updater.plan.post_deploy import (
    degraded_placements,
    is_watched,
    look_before_merge,
    refresh_steps,
    unseen_placements,
    watch_steps,
)
from updater.plan.pull_request import PullRequestPlan
from updater.plan.pull_request_metadata import metadata_steps
from updater.plan.required_status import foreign_steps, queue_steps
from updater.plan.stuck_branches import stuck_branches
from updater.plan.verdicts import verdict_steps
from updater.plan.verification_comments import verification_comments
from updater.plan.warnings_first import warnings_first
from updater.plan.ways_back import beside_the_way_back, is_pushed, records_failure, refused_ways_back
from updater.situation import PlacementState, Situation

__all__ = [
    "idle_promotions",
    "lost_pushes",
    "moved_on",
    "plan",
    "plan_holds_change",
    "records_failure",
    "refused_ways_back",
    "stuck_branches",
]


def plan(situation: Situation, decisions: Sequence[Decision], config: Config) -> Plan:
    """What to push, open, update, close and say so that the deploy repository is as decided.

    It names the questions it had no answer to: with those answered it may be another plan.
    """
    if situation.base is None:
        return Plan(())
    lookup = Lookup(situation.answers)
    made = _Planner(replace(situation, answers=lookup), config, situation.base)
    made.make(decisions)
    return Plan(tuple(made.steps), tuple(made.held), tuple(made.degraded), frozenset(lookup.missed))


@dataclass
class _Planner:
    """One plan in the making. A mistake of ours about one app holds that one, whole, and is said."""

    situation: Situation
    config: Config
    base: str
    steps: list[Step] = field(default_factory=list)
    held: list[Hold] = field(default_factory=list)
    degraded: list[Degraded] = field(default_factory=list)
    _drafts: list[CommitDraft] = field(default_factory=list)
    _texts: dict[str, bytes] = field(default_factory=dict)
    """What files hold after these."""
    _told: list[Comment] = field(default_factory=list)

    def make(self, decisions: Sequence[Decision]) -> None:
        for decision in decisions:
            if isinstance(decision, Promote):
                self._contained([decision], partial(self._bump, decision))
        pulls = [pull for pull in self._pull_requests(decisions) if self._is_made(pull)]
        planned = [step for pull in pulls for step in pull.steps]
        for decision in decisions:
            if self._state(decision).asked is not None:
                self._contained([decision], partial(self._end, planned, decision))
        self.steps += self._pushes([update for pull in pulls for update in pull.branches])
        self.steps += verdict_steps(self.situation, self.branch)
        beside = self._beside()
        self.steps += warnings_first([*self._performed(planned), *beside])
        self.steps += queue_steps(self.situation, (*planned, *beside))
        self.steps += _deletions(self.situation, planned)
        self.steps += self._watched()

    def _contained(self, decisions: Iterable[Decision], work: Callable[[], None]) -> bool:
        """Whether it went well."""
        try:
            work()
        except Exception as error:  # noqa: BLE001 - whatever it is
            bug = messages.bug_ruling(error)
            self.held += [Hold(each.placement, each.current, (bug,), None) for each in decisions]
            return False
        return True

    @property
    def branch(self) -> str:
        return self.config.repositories[self.situation.repository].branch

    # --- pushed at once -----------------------------------------------------------------------------------

    def _bump(self, decision: Promote) -> None:
        state = self._state(decision)
        if not is_pushed(decision, state):
            return
        commit = self.config.commit_of(self.situation.repository)
        try:
            made = draft(bump_of(decision, state, commit), state, self._texts)
        except PinRefused as refusal:
            reason = Ruling(refusal.reason, False, refusal.sentence)
            self.held.append(Hold(decision.placement, decision.current, (reason,), None))
        else:
            self._drafts.append(made)
            self._texts.update(made.files)

    def _pushes(self, branches: Sequence[RefUpdate]) -> Iterator[Step]:
        if self._drafts:
            yield _push(self.situation, self.branch, self.base, self._drafts)
            yield from refresh_steps(self.situation, self.branch, [made.placement for made in self._drafts])
        if branches:
            yield PushBranches(self.situation.repository, tuple(branches))

    # --- pull requests ------------------------------------------------------------------------------------

    def _pull_requests(self, decisions: Iterable[Decision]) -> Iterator[PullRequestPlan]:
        """Those of one app, then those that an environment's apps share, in the order of the config."""
        shared: dict[str, list[Member]] = {}  # by branch
        for decided in decisions:
            state, decision = self._state(decided), beside_the_way_back(decided)
            if decision is not decided and not is_pushed(decided, state):
                yield self._pull_request([Member(decided, state, state.asked)], shared=False)
            if state.policy.deliver != "pull-request" and state.proposal is None:
                continue
            if is_grouped(decision, state):
                member = Member(decision, state, state.proposal)
                branch = state.proposal.pull_request.branch if state.proposal else state.branch
                shared.setdefault(branch, []).append(member)
                continue
            asked = isinstance(decision, Promote) and decision.request is not None
            shown = state.asked if asked else state.proposal
            yield self._pull_request([Member(decision, state, shown)], shared=False)
        for members in shared.values():
            yield self._pull_request(members, shared=True)

    def _end(self, planned: list[Step], decision: Decision) -> None:
        planned += ended_way_back(decision, self._state(decision), self.situation)

    def _pull_request(self, members: Sequence[Member], *, shared: bool) -> PullRequestPlan:
        groups = (each.state.group for each in members if each.state.group is not None)
        whole = next(groups, None) if shared else members[0].shown
        return PullRequestPlan(OurPullRequest(self.situation, self.config, self.base, members, whole, shared))

    def _is_made(self, pull: PullRequestPlan) -> bool:
        done = self._contained([member.decision for member in pull.ours.members], pull.make)
        self.held += pull.held if done else []
        return done

    def _performed(self, planned: Iterable[Step]) -> Iterator[Step]:
        for step in planned:
            if isinstance(step, DeleteBranch) and self.situation.open_from.get(step.branch, 0) > 1:
                continue  # ours is over; a later pass deletes it, once the others are, too
            yield step
            if isinstance(step, MergePullRequest):
                yield from refresh_steps(self.situation, step.branch, [step.placement])

    def _beside(self) -> list[Step]:
        """What open pull requests lack, and what has to be said of those that are not looked after."""
        wanted = dict[Step, None]()  # what apps share is told once
        for state in self.situation.states.values():
            if state.proposal is not None or state.asked is not None:
                self._of_state(state, partial(self._complete, wanted, state))
        return [*wanted, *orphan_steps(self.situation, self.config), *foreign_steps(self.situation)]

    def _complete(self, wanted: dict[Step, None], state: PlacementState) -> None:
        wanted |= dict.fromkeys(tuple(metadata_steps(self.situation, state)))

    # --- after the deployment -----------------------------------------------------------------------------

    def _watched(self) -> list[Step]:
        behind = list[PlacementState]()
        for state in self.situation.states.values():
            if is_watched(state):
                self._of_state(state, partial(self._watch, behind, state))
        return [*self._told, *watch_steps(self.situation, self.config, self.degraded, behind)]

    def _watch(self, behind: list[PlacementState], state: PlacementState) -> None:
        self.degraded += degraded_placements(state, self.situation)
        behind += unseen_placements(state, self.situation)
        look_before_merge(state, self.situation)
        self._told += verification_comments(state, self.situation)

    def _of_state(self, state: PlacementState, work: Callable[[], None]) -> None:
        self._contained([Hold(state.policy.placement, state.current, ())], work)

    def _state(self, decision: Decision) -> PlacementState:
        return self.situation.states[decision.placement]


def is_grouped(decision: Decision, state: PlacementState) -> bool:
    """Its environment's, or its app's for images and charts: by config, or since that lists it."""
    if isinstance(decision, Promote) and decision.request:
        return False
    proposal = state.proposal
    if proposal is None:
        return state.is_grouped
    return proposal.marker.apps is not None or state.shares(proposal.pull_request.branch)


def _push(situation: Situation, branch: str, base: str, drafts: Sequence[CommitDraft]) -> PushBase:
    update = RefUpdate(f"refs/heads/{branch}", base, tuple(drafts), base)
    record = RefUpdate(f"{messages.RECORD}{branch}", base, (), situation.record)
    # After a forced move the record is all that remembers the line that was left: it stays.
    return PushBase(situation.repository, update, None if situation.forced else record)


def _deletions(situation: Situation, steps: Iterable[Step]) -> Iterator[Step]:
    """Of finished proposals, unless somebody has pushed there, we are about to, or more is open from it.

    And of environments that are gone, also where people closed it: nothing will revive it.
    """
    used = {step.branch for step in steps if isinstance(step, OpenPullRequest | DeleteBranch)}
    for branch, head in situation.branches.items():
        if (
            ((branch, head) in situation.finished or branch in situation.left_over)
            and branch not in used
            and not situation.open_from.get(branch)
        ):
            yield DeleteBranch(situation.repository, branch, head)
