"""What becomes of an app's pull request: opened, updated, rebuilt, closed, merged, or left alone. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from updater import messages
from updater.config import Config
from updater.gates import digest
from updater.model import (
    BranchRules,
    BranchRulesOf,
    ClosePullRequest,
    CommentsOf,
    CommitDraft,
    CommitStatus,
    ConflictOf,
    Decision,
    DeleteBranch,
    MergePullRequest,
    OpenPullRequest,
    Placement,
    Promote,
    Proposal,
    PullRequest,
    Question,
    RefUpdate,
    ReviewsOf,
    ReviewState,
    SetAutoMerge,
    SetStatus,
    StatusOf,
    Step,
    UpdatePullRequest,
)
from updater.plan.commit_status import (
    comment_step,
    is_sound,
    status_of,
    status_of_pushed,
    status_step,
    withdrawn_evidence,
)
from updater.plan.drafts import branch_update, bump_of, draft
from updater.plan.pull_request_metadata import metadata_of
from updater.plan.source_changes import with_sources
from updater.situation import PlacementState, Situation


@dataclass
class Proposals:
    """The branches and pull requests of one pass."""

    situation: Situation
    config: Config
    base: str
    branches: list[RefUpdate] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    def mark(self) -> tuple[int, int]:
        """How far it has got."""
        return len(self.branches), len(self.steps)

    def back_to(self, mark: tuple[int, int]) -> None:
        """Forget what came after."""
        del self.branches[mark[0] :], self.steps[mark[1] :]

    def take(self, decision: Decision, state: PlacementState) -> None:
        """Whatever this decision asks for. Raises PinRefused."""
        asked = isinstance(decision, Promote) and decision.request is not None
        proposal = state.asked if asked else state.proposal
        if proposal is not None and not asked and is_obsolete(state):
            self.steps += self._close(decision, proposal)
        elif proposal is None:
            self._open(decision, state)
        elif state.stopped:
            where = (proposal.pull_request, decision.placement)
            self.steps += no_more_merged_by_the_forge(*where, self.situation, self.config)
        else:
            self._keep(decision, state, proposal)

    def _open(self, decision: Decision, state: PlacementState) -> None:
        if not isinstance(decision, Promote):
            return
        bump = bump_of(decision, state, self.config.commit.subject)
        named = messages.app_branch if decision.request is None else messages.asked_branch
        branch, bump = named(decision.placement), with_sources(bump, state, self.situation)
        self._show(branch, draft(bump, state, {}))
        self.steps.append(
            OpenPullRequest(
                repository=self.situation.repository,
                placement=decision.placement,
                branch=branch,
                base=self.config.repositories[self.situation.repository].branch,
                title=messages.title(bump),
                body=messages.body(bump, self.config.instance),
                metadata=metadata_of(state),
                draft=state.policy.pull_request.draft,
            )
        )
        self.steps.append(self._status_of_what_is_pushed(decision, branch))

    def _keep(self, decision: Decision, state: PlacementState, proposal: Proposal) -> None:
        moved = isinstance(decision, Promote) and self._follow(decision, state, proposal)
        if moved or (isinstance(decision, Promote) and decision.request is not None):
            return  # its status is that of another head: the next pass sets it
        self.steps += self._say(decision, state, proposal)
        self.steps += self._merge(decision, state, proposal)
        status = status_of(decision, state, self.situation)
        wanted = wants_merge(decision, state, proposal)
        self.steps += merged_by_the_forge(
            proposal, [state], status, self.situation, self.config, wanted=wanted
        )

    def _follow(self, decision: Promote, state: PlacementState, proposal: Proposal) -> bool:
        """Put the decision into the pull request; whether its branch is pushed."""
        bump = replace(
            bump_of(decision, state, self.config.commit.subject), lost=moved_away(decision, proposal)
        )
        bump = with_sources(bump, state, self.situation)
        pull = proposal.pull_request
        same = proposal.marker.tag == decision.tag
        if proposal.edited or (not same and not self._may_replace(decision, state, proposal)):
            return False
        body = messages.body(bump, self.config.instance)
        rebuilds = (
            not same or self._conflicts(proposal) or lags(proposal, state, self.situation, self._branch)
        )
        pushed = rebuilds and self._show(pull.branch, draft(bump, state, {}))
        if not same or messages.evidence_in(body) != proposal.marker.evidence:
            title = pull.title if same else messages.retitled(bump, pull.title, proposal.marker)
            self.steps.append(self._update(decision, proposal, title, body))
        if pushed:
            self.steps.append(self._status_of_what_is_pushed(decision, pull.branch))
        return pushed

    def _status_of_what_is_pushed(self, decision: Promote, branch: str) -> Step:
        status = status_of_pushed(decision.rulings)
        return SetStatus(self.situation.repository, decision.placement, branch, None, status)

    def _update(self, decision: Promote, proposal: Proposal, title: str, body: str) -> Step:
        pull = proposal.pull_request
        return UpdatePullRequest(
            self.situation.repository, decision.placement, pull.number, pull.branch, title=title, body=body
        )

    def _show(self, branch: str, made: CommitDraft) -> bool:
        update = branch_update(self.situation, branch, [made], self.base)
        if update is not None:
            self.branches.append(update)
        return update is not None

    def _may_replace(self, decision: Promote, state: PlacementState, proposal: Proposal) -> bool:
        if not replaces(decision, state, proposal):
            return False
        if state.policy.pull_request.update == "always" or is_lost(decision):
            return True
        return is_settled(proposal, self.situation) is False

    @property
    def _branch(self) -> str:
        return self.config.repositories[self.situation.repository].branch

    def _conflicts(self, proposal: Proposal) -> bool:
        return self.situation.answers.get(ConflictOf(self.base, proposal.pull_request.head)) is True

    def _say(self, decision: Decision, state: PlacementState, proposal: Proposal) -> Iterator[Step]:
        status = status_step(status_of(decision, state, self.situation), proposal, state, self.situation)
        said = [
            comment_step(proposal, state, self.situation, *each)
            for each in words(decision, state, proposal, self.situation)
        ]
        yield from (step for step in (status, *said) if step is not None)

    def _merge(self, decision: Decision, state: PlacementState, proposal: Proposal) -> Iterator[Step]:
        pull, settings = proposal.pull_request, state.policy.pull_request
        if not (wants_merge(decision, state, proposal) and is_sound(proposal, state, self.situation)):
            return
        reviews = self.situation.answers.get(ReviewsOf(pull.number))
        if isinstance(reviews, ReviewState) and reviews.mergeable == "clean":
            where = (self.situation.repository, decision.placement, pull.branch, pull.number)
            yield MergePullRequest(*where, pull.head, settings.method)
            yield DeleteBranch(self.situation.repository, pull.branch, pull.head)

    def _close(self, decision: Decision, proposal: Proposal) -> Iterator[Step]:
        pull, current = proposal.pull_request, decision.current
        why = f"{decision.placement.environment} already runs {current}"
        body = messages.closed_body(pull.body, proposal.marker, why)
        yield ClosePullRequest(
            self.situation.repository, decision.placement, pull.number, pull.branch, body, why
        )
        yield DeleteBranch(self.situation.repository, pull.branch, pull.head)


def lag_questions(
    decision: Decision, state: PlacementState, situation: Situation, branch: str
) -> Iterator[Question]:
    """Whether the base demands what is merged to be up to date is asked where it is not."""
    proposal = state.proposal
    same = isinstance(decision, Promote) and proposal is not None and decision.tag == proposal.marker.tag
    if proposal is None or not same or not proposal.exact or state.stopped:
        return
    if proposal.fork in {None, situation.base}:
        return
    yield BranchRulesOf(branch)
    if _demands_the_newest(situation, branch):
        yield ReviewsOf(proposal.pull_request.number)


def lags(proposal: Proposal, state: PlacementState, situation: Situation, branch: str) -> bool:
    """Approved and green, and only the base that it stands on is too old for the forge to merge it."""
    reviews = situation.answers.get(ReviewsOf(proposal.pull_request.number))
    status = situation.answers.get(StatusOf(proposal.pull_request.head))
    if not isinstance(reviews, ReviewState) or not isinstance(status, CommitStatus):
        return False
    agreed = reviews.approved or state.policy.pull_request.auto_merge
    behind = _demands_the_newest(situation, branch) and reviews.mergeable == "behind"
    return behind and agreed and status.state == "success" and proposal.exact


def _demands_the_newest(situation: Situation, branch: str) -> bool:
    """Where nobody is told, what the forge says of each one tells: it calls none `behind` otherwise."""
    rules = situation.answers.get(BranchRulesOf(branch))
    return isinstance(rules, BranchRules) and rules.up_to_date is not False


def questions(decision: Decision, state: PlacementState, base: str) -> frozenset[Question]:
    """What has to be known of an open proposal before anything is done about it."""
    proposal = state.proposal
    if proposal is None or state.trouble or state.unheard or state.stopped or is_obsolete(state):
        return frozenset()
    pull = proposal.pull_request
    asked: set[Question] = {StatusOf(pull.head)}
    if proposal.edited or withdrawn_evidence(decision, state) or _moves(decision, state, proposal):
        asked.add(CommentsOf(pull.number))
    if _moves(decision, state, proposal) or wants_merge(decision, state, proposal):
        asked.add(ReviewsOf(pull.number))
    if proposal.behind:
        asked.add(ConflictOf(base, pull.head))
    return frozenset(asked)


def writes(decision: Decision, state: PlacementState, config: Config) -> messages.Bump | None:
    """What a body has to be written about; None where it says already what it should."""
    if not isinstance(decision, Promote) or state.policy.deliver != "pull-request" or state.stopped:
        return None
    bump, shown = bump_of(decision, state, config.commit.subject), state.proposal
    if shown is None or shown.marker.tag != decision.tag:
        return bump
    bump = replace(bump, lost=moved_away(decision, shown))
    said = messages.evidence_in(messages.body(bump, config.instance))
    return None if said == shown.marker.evidence else bump


def words(
    decision: Decision, state: PlacementState, proposal: Proposal, situation: Situation
) -> Iterator[tuple[str, str]]:
    """What people have to hear, by key."""
    placement, templates = state.policy.placement, state.policy.pull_request.comments
    if proposal.edited:
        yield "edited", messages.edited_comment(placement, templates.edited)
    lost = withdrawn_evidence(decision, state)
    if lost:
        tag = proposal.marker.tag
        yield "withdrawn", messages.withdrawn_comment(placement, tag, lost, templates.withdrawn)
    moves = isinstance(decision, Promote) and _moves(decision, state, proposal) and not lost
    if isinstance(decision, Promote) and moves and is_settled(proposal, situation):
        yield "newer", messages.newer_comment(placement, decision.tag, templates.newer)


def replaces(decision: Promote, state: PlacementState, proposal: Proposal) -> bool:
    """A newer candidate takes a shown one's place; an older one only where the shown one is lost for good."""
    read = state.policy.tags.scheme.read
    shown, new = read(proposal.marker.tag), read(decision.tag)
    return shown is None or new is None or new > shown or (new < shown and is_lost(decision))


def is_settled(proposal: Proposal, situation: Situation) -> bool | None:
    """Somebody has approved it or lets the forge merge it; None while nobody has looked."""
    reviews = situation.answers.get(ReviewsOf(proposal.pull_request.number))
    if not isinstance(reviews, ReviewState):
        return None
    pull = proposal.pull_request
    return reviews.approved or (pull.auto_merge and pull.merges_by != pull.author)


def is_lost(decision: Decision) -> bool:
    against = decision.shown.against if decision.shown is not None else ()
    return any(ruling.reason.lost_for_good for ruling in against)


def moved_away(decision: Promote, proposal: Proposal) -> tuple[str, ...]:
    """The tags it has shown that moved; nobody else remembers which digest they had."""
    marker, against = proposal.marker, decision.shown.against if decision.shown else ()
    moved = marker.tag != decision.tag and any(ruling.reason == digest.REASON for ruling in against)
    return tuple(dict.fromkeys([*(marker.lost or "").split(), *([marker.tag] if moved else [])]))


def _moves(decision: Decision, state: PlacementState, proposal: Proposal) -> bool:
    another = isinstance(decision, Promote) and decision.tag != proposal.marker.tag
    return another and isinstance(decision, Promote) and replaces(decision, state, proposal)


def wants_merge(decision: Decision, state: PlacementState, proposal: Proposal) -> bool:
    """Asked for by config, everything passes, and the head is a commit of ours and no other."""
    settings, pull = state.policy.pull_request, proposal.pull_request
    passes = isinstance(decision, Promote) and decision.tag == proposal.marker.tag and not decision.early
    return settings.auto_merge and passes and proposal.exact and not (pull.draft or proposal.edited)


def is_obsolete(state: PlacementState) -> bool:
    """The environment already runs the shown tag or a newer one (not of the future), and all was heard."""
    proposal, read = state.proposal, state.policy.tags.scheme.read
    if proposal is None or proposal.edited or state.current is None or state.trouble or state.unheard:
        return False
    current, proposed = read(state.current), read(proposal.marker.tag)
    if current is None or proposed is None:
        return False
    floor = state.timeline.floor
    return proposed == current or (floor is not None and proposed < current <= floor)


def merged_by_the_forge(
    proposal: Proposal,
    members: Sequence[PlacementState],
    status: CommitStatus | None,
    situation: Situation,
    config: Config,
    *,
    wanted: bool,
) -> Iterator[SetAutoMerge]:
    """The forge's own merging: off where evidence is lost, on only where no gate can close by the clock."""
    pull, policy = proposal.pull_request, members[0].policy
    if proposal.edited:
        yield from no_more_merged_by_the_forge(pull, policy.placement, situation, config)
    if not _can_be_told(situation, config) or proposal.edited or status is None:
        return
    where = (situation.repository, policy.placement, pull.branch, pull.number, pull.head)
    if pull.auto_merge and status.state == "failure":
        yield SetAutoMerge(*where, None)
    reviews = situation.answers.get(ReviewsOf(pull.number))
    waits = isinstance(reviews, ReviewState) and reviews.mergeable == "blocked"
    timed = any(state.policy.is_timed for state in members)
    if pull.auto_merge:
        if status.state != "failure" and (timed or not policy.pull_request.auto_merge):
            yield from no_more_merged_by_the_forge(pull, policy.placement, situation, config)
    elif wanted and waits and status.state == "success" and not timed:
        yield SetAutoMerge(*where, policy.pull_request.method)


def no_more_merged_by_the_forge(
    pull: PullRequest, placement: Placement, situation: Situation, config: Config
) -> Iterator[SetAutoMerge]:
    """Of what is left to people: what we have switched on ourselves goes off, what they have stays."""
    if _can_be_told(situation, config) and pull.auto_merge and pull.merges_by == pull.author:
        yield SetAutoMerge(situation.repository, placement, pull.branch, pull.number, pull.head, None)


def _can_be_told(situation: Situation, config: Config) -> bool:
    forge = config.forge(situation.repository)
    return forge is not None and forge.kind == "github"
