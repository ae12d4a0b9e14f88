"""What becomes of the pull request that an environment's apps share. Pure.

What it lists follows the decisions, app by app, as a pull request of its own would; a commit for each app.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from updater import messages
from updater.config import Config, PullRequestSettings
from updater.manifests import PinRefused
from updater.messages import Bump
from updater.model import (
    ClosePullRequest,
    Comment,
    CommentsOf,
    CommitDraft,
    CommitStatus,
    ConflictOf,
    Decision,
    DeleteBranch,
    Hold,
    MergePullRequest,
    OpenPullRequest,
    Placement,
    Promote,
    Proposal,
    Question,
    RefUpdate,
    ReviewsOf,
    ReviewState,
    Ruling,
    SetAutoMerge,
    SetStatus,
    StatusOf,
    Step,
    UpdatePullRequest,
)
from updater.plan.commit_status import comment_step, is_sound, status_of, status_step, withdrawn_evidence
from updater.plan.drafts import branch_update, bump_of, bump_of_shown, draft
from updater.plan.proposals import (
    is_lost,
    is_obsolete,
    is_settled,
    lag_questions,
    lags,
    merged_by_the_forge,
    moved_away,
    no_more_merged_by_the_forge,
    replaces,
    wants_merge,
)
from updater.plan.pull_request_metadata import metadata_of
from updater.plan.source_changes import source_questions, with_sources
from updater.situation import PlacementState, Situation

EVERY = "*"
"""Stands for the app where a step is about all of an environment."""


@dataclass(frozen=True, slots=True)
class Member:
    """One app of the environment: what was decided, and what is shown of it."""

    decision: Decision
    state: PlacementState

    @property
    def app(self) -> str:
        return self.decision.placement.app

    @property
    def shown(self) -> Proposal | None:
        return self.state.proposal


def _is_unjudged(member: Member) -> bool:
    """Nothing was read of the tag that is shown, and no other was judged in its place."""
    return member.decision.shown is None and not isinstance(member.decision, Promote)


def is_grouped(decision: Decision, state: PlacementState) -> bool:
    """Looked after here: by config, or since the environment's pull request lists it."""
    if state.policy.deliver != "pull-request" or (isinstance(decision, Promote) and decision.request):
        return False
    proposal = state.proposal
    return proposal.marker.apps is not None if proposal is not None else state.is_grouped


@dataclass
class EnvironmentPullRequest:
    """One environment's apps in one pass."""

    situation: Situation
    config: Config
    base: str
    environment: str
    members: Sequence[Member]
    held: list[Hold] = field(default_factory=list)
    """What could not be written after all."""
    branches: list[RefUpdate] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    @property
    def whole(self) -> Proposal | None:
        return next((each.state.group for each in self.members if each.state.group), None)

    @property
    def settings(self) -> PullRequestSettings:
        """The environment's: an app says nothing otherwise of what it shares."""
        grouped = (each.state for each in self.members if each.state.is_grouped)
        return next(grouped, self.members[0].state).policy.pull_request

    def take(self) -> None:
        whole = self.whole
        if whole is None:
            self._open()
        elif self._is_stray(whole) or (not self._listed() and not whole.edited):
            return  # it lists nobody who is looked after here: that is said elsewhere
        elif (why := self._over(whole)) is not None:
            self.steps += self._close(whole, why)
        elif self._is_stopped():
            where = (whole.pull_request, self._placement)
            self.steps += no_more_merged_by_the_forge(*where, self.situation, self.config)
        else:
            self._keep(whole)

    def questions(self) -> frozenset[Question]:
        """What has to be known of the open one before anything is done about it."""
        whole = self.whole
        if whole is None or self._is_stray(whole) or self._is_stopped() or self._over(whole):
            return frozenset()
        pull, moves = whole.pull_request, self._moves(self._wanted(settled=False), whole)
        asked: set[Question] = {StatusOf(pull.head)}
        if whole.edited or moves or self._lost():
            asked.add(CommentsOf(pull.number))
        behind = any(shown.behind for _, shown in self._listed())
        if moves or behind or self._wants_merge(whole):
            asked.add(ReviewsOf(pull.number))
        if behind:
            asked.add(ConflictOf(self.base, pull.head))
        for each, _ in self._listed():
            asked.update(lag_questions(each.decision, each.state, self.situation, self._branch))
        return frozenset(asked)

    @property
    def _branch(self) -> str:
        return self.config.repositories[self.situation.repository].branch

    def source_questions(self) -> Iterator[Question]:
        """Of every app, where the body has to be written."""
        whole, wanted = self.whole, self._wanted(settled=False)
        if self._is_stopped() or not wanted or (whole is not None and not self._writes(wanted, whole)):
            return
        for each in self.members:
            if each.app in wanted:
                yield from source_questions(wanted[each.app], each.state, self.situation, self.config)

    def _writes(self, wanted: Mapping[str, Bump], whole: Proposal) -> bool:
        if self._moves(wanted, whole) or not self._all_promote():
            return self._moves(wanted, whole)
        body = messages.group_body(list(wanted.values()), self.config.instance)
        return messages.evidence_in(body) != whole.marker.evidence

    # --- what it should list ------------------------------------------------------------------------------

    def _wanted(self, *, settled: bool, rebuilt: bool = False) -> dict[str, Bump]:
        """By app. Where people have approved it, only what must not stay is taken out or set back.

        What the base has already does no harm there, unless all has to be `rebuilt`.
        """
        entries = ((each, self._entry(each, settled=settled, rebuilt=rebuilt)) for each in self.members)
        return {each.app: bump for each, bump in entries if bump is not None}

    def _entry(self, member: Member, *, settled: bool, rebuilt: bool) -> Bump | None:
        decision, state, shown = member.decision, member.state, member.shown
        if not state.is_grouped or state.held is not None:
            return None
        kept = None if shown is None else self._kept(member, shown)
        if isinstance(decision, Promote):
            if shown is None:
                return None if settled else self._bump(decision, state)
            same = decision.tag == shown.marker.tag
            if same or self._gives_way(decision, state, shown, settled=settled):
                return self._bump(decision, state, lost=moved_away(decision, shown))
            return kept
        goes = is_obsolete(state) and (rebuilt or not settled)
        return None if is_lost(decision) or goes else kept

    def _kept(self, member: Member, shown: Proposal) -> Bump:
        return bump_of_shown(member.decision, member.state, shown, self.config.commit.subject)

    def _gives_way(self, decision: Promote, state: PlacementState, shown: Proposal, *, settled: bool) -> bool:
        return replaces(decision, state, shown) and (not settled or is_lost(decision))

    def _bump(self, decision: Promote, state: PlacementState, lost: tuple[str, ...] = ()) -> Bump:
        return replace(bump_of(decision, state, self.config.commit.subject), lost=lost)

    def _moves(self, wanted: Mapping[str, Bump], whole: Proposal) -> bool:
        return {app: bump.new.tag for app, bump in wanted.items()} != dict(whole.marker.apps or {})

    # --- opened, kept, closed -----------------------------------------------------------------------------

    def _open(self) -> None:
        bumps, drafts = self._drafted(self._wanted(settled=False))
        if not bumps:
            return
        branch = messages.group_branch(self.environment)
        self._show(branch, drafts)
        self.steps.append(
            OpenPullRequest(
                repository=self.situation.repository,
                placement=self._placement,
                branch=branch,
                base=self.config.repositories[self.situation.repository].branch,
                title=messages.group_title(bumps),
                body=messages.group_body(bumps, self.config.instance),
                metadata=metadata_of(self.members[0].state),
                draft=self.settings.draft,
            )
        )
        self.steps.append(self._status_of_what_is_pushed(bumps, branch))

    def _keep(self, whole: Proposal) -> None:
        if not whole.edited and self._follow(whole):
            return  # its status is that of another head: the next pass sets it
        status, wanted = self._status(whole), self._wants_merge(whole)
        shown = status_step(status, whole, self.members[0].state, self.situation)
        said = [
            comment_step(whole, self.members[0].state, self.situation, *each) for each in self._words(whole)
        ]
        self.steps += (self._of_all(step) for step in (shown, *said) if step is not None)
        self.steps += self._merge(whole)
        states = [each.state for each, _ in self._listed()] or [each.state for each in self.members]
        native = merged_by_the_forge(whole, states, status, self.situation, self.config, wanted=wanted)
        self.steps += (self._of_all(step) for step in native)

    def _follow(self, whole: Proposal) -> bool:
        """Put the decisions into the pull request; whether its branch is pushed."""
        pull = whole.pull_request
        lagging = any(lags(shown, each.state, self.situation, self._branch) for each, shown in self._listed())
        conflicts = lagging or self.situation.answers.get(ConflictOf(self.base, pull.head)) is True
        wanted = self._wanted(settled=False)
        if (conflicts or self._moves(wanted, whole)) and self.settings.update == "until_approved":
            if (settled := is_settled(whole, self.situation)) is None:
                return False
            wanted = self._wanted(settled=settled, rebuilt=conflicts)
        moves = self._moves(wanted, whole)
        rebuilds = moves or conflicts
        if not wanted or not (rebuilds or self._all_promote()) or self._is_unread(wanted):
            return False
        bumps, drafts = self._drafted(wanted)
        if not bumps or (len(bumps) < len(wanted) and not moves):
            return False
        return self._put(whole, bumps, drafts if rebuilds else None)

    def _put(self, whole: Proposal, bumps: Sequence[Bump], drafts: Sequence[CommitDraft] | None) -> bool:
        pull, marker = whole.pull_request, whole.marker
        pushed = drafts is not None and self._show(pull.branch, drafts)
        lost = [f"{each.placement.app}:{tag}" for each in bumps for tag in each.lost]
        lost = [*(marker.lost or "").split(), *lost]
        body = messages.group_body(bumps, self.config.instance, dict.fromkeys(lost))
        moves = {bump.placement.app: bump.new.tag for bump in bumps} != dict(marker.apps or {})
        if moves or messages.evidence_in(body) != marker.evidence:
            title = messages.group_retitled(bumps, pull.title, marker) if moves else pull.title
            where = (self.situation.repository, self._placement, pull.number, pull.branch)
            self.steps.append(UpdatePullRequest(*where, title=title, body=body))
        if pushed:
            self.steps.append(self._status_of_what_is_pushed(bumps, pull.branch))
        return pushed

    def _over(self, whole: Proposal) -> str | None:
        """Why it has to be closed. What people have pushed to is theirs."""
        if whole.edited:
            return None
        if self._is_obsolete():
            return f"{self.environment} already runs all of it"
        apart = "the config gives every app a pull request of its own"
        return None if any(each.state.is_grouped for each in self.members) else apart

    def _close(self, whole: Proposal, why: str) -> Iterator[Step]:
        pull = whole.pull_request
        body = messages.closed_body(pull.body, whole.marker, why)
        yield ClosePullRequest(
            self.situation.repository, self._placement, pull.number, pull.branch, body, why
        )
        yield DeleteBranch(self.situation.repository, pull.branch, pull.head)

    def _merge(self, whole: Proposal) -> Iterator[Step]:
        pull, listed = whole.pull_request, self._listed()
        sound = all(is_sound(shown, each.state, self.situation) for each, shown in listed)
        reviews = self.situation.answers.get(ReviewsOf(pull.number))
        green = (status := self._status(whole)) is not None and status.state == "success"
        if not (green and self._wants_merge(whole) and sound and isinstance(reviews, ReviewState)):
            return
        if reviews.mergeable == "clean":
            where = (self.situation.repository, self._placement, pull.branch, pull.number)
            yield MergePullRequest(*where, pull.head, self.settings.method)
            yield DeleteBranch(self.situation.repository, pull.branch, pull.head)

    # --- its commits --------------------------------------------------------------------------------------

    def _drafted(self, wanted: Mapping[str, Bump]) -> tuple[list[Bump], list[CommitDraft]]:
        """One on the other; what cannot be written is left out, and said."""
        bumps, drafts, texts = list[Bump](), list[CommitDraft](), dict[str, bytes]()
        for member in self.members:
            if (bump := wanted.get(member.app)) is None:
                continue
            try:
                made = draft(bump, member.state, texts)
            except PinRefused as refusal:
                reason = Ruling(refusal.reason, False, refusal.sentence)
                self.held.append(Hold(bump.placement, member.decision.current, (reason,), None))
                continue
            texts |= made.files
            bumps.append(with_sources(bump, member.state, self.situation))
            drafts.append(made)
        return bumps, drafts

    def _show(self, branch: str, drafts: Sequence[CommitDraft]) -> bool:
        update = branch_update(self.situation, branch, drafts, self.base)
        if update is not None:
            self.branches.append(update)
        return update is not None

    # --- what is said of it -------------------------------------------------------------------------------

    def _status(self, whole: Proposal) -> CommitStatus | None:
        """What is true of all that it lists; None where too little could be read to say."""
        if whole.edited:
            return CommitStatus("failure", "somebody pushed to this branch: what it holds now was not judged")
        said = {each.app: self._status_of(each) for each, _ in self._listed()}
        gone = [app for app in whole.marker.apps or {} if app not in said]
        statuses = [status for status in said.values() if status is not None]
        if len(statuses) < len(said):
            return None
        bad = {app: each.description for app, each in said.items() if each and each.state != "success"}
        against = [f"{app}: {why}" for app, why in bad.items()]
        against += [f"{app}: it is no longer part of this" for app in gone]
        if not against:
            return CommitStatus("success", "every gate passes")
        failed = bool(gone) or any(status.state == "failure" for status in statuses)
        return CommitStatus("failure" if failed else "pending", "; ".join(against))

    def _status_of(self, member: Member) -> CommitStatus | None:
        if not member.state.is_grouped:
            return CommitStatus("failure", "it is no longer part of this")
        return status_of(member.decision, member.state, self.situation)

    def _status_of_what_is_pushed(self, bumps: Sequence[Bump], branch: str) -> Step:
        against = {
            bump.placement.app: messages.sentences(ruling for ruling in bump.rulings if not ruling.passes)
            for bump in bumps
        }
        said = messages.shorten("; ".join(f"{app}: {why}" for app, why in against.items() if why))
        status = CommitStatus("pending", said) if said else CommitStatus("success", "every gate passes")
        return SetStatus(self.situation.repository, self._placement, branch, None, status)

    def _words(self, whole: Proposal) -> Iterator[tuple[str, str]]:
        templates = self.settings.comments
        if whole.edited:
            yield "edited", messages.edited_comment(self._placement, templates.edited)
        lost = self._lost()
        if lost:
            yield "withdrawn", messages.group_withdrawn_comment(lost)
        newer = self._waiting(whole)
        if newer and is_settled(whole, self.situation):
            yield "newer", messages.group_newer_comment(newer)

    def _waiting(self, whole: Proposal) -> dict[str, str]:
        """What would be put into it, were it not approved."""
        listed, wanted = whole.marker.apps or {}, self._wanted(settled=False)
        return {app: bump.new.tag for app, bump in wanted.items() if listed.get(app) != bump.new.tag}

    def _lost(self) -> dict[str, tuple[Ruling, ...]]:
        found = {each.app: withdrawn_evidence(each.decision, each.state) for each, _ in self._listed()}
        return {app: rulings for app, rulings in found.items() if rulings}

    # --- what is so ---------------------------------------------------------------------------------------

    @property
    def _placement(self) -> Placement:
        return Placement(self.environment, EVERY)

    def _listed(self) -> list[tuple[Member, Proposal]]:
        return [(each, each.shown) for each in self.members if each.shown is not None]

    def _is_stray(self, whole: Proposal) -> bool:
        """The config knows none of its apps."""
        named = (Placement(self.environment, app) for app in whole.marker.apps or {})
        return not any(placement in self.config.policies for placement in named)

    def _is_obsolete(self) -> bool:
        listed = self._listed()
        whole = len(listed) == len(self.whole.marker.apps or {}) if self.whole else False
        return whole and bool(listed) and all(is_obsolete(each.state) for each, _ in listed)

    def _is_stopped(self) -> bool:
        return any(each.state.stopped for each in self.members)

    def _all_promote(self) -> bool:
        """Only then is all known that its body says."""
        return all(isinstance(each.decision, Promote) for each, _ in self._listed())

    def _is_unread(self, wanted: Mapping[str, Bump]) -> bool:
        """Nobody can say what is true of one that stays in it: what was said of all of it stands."""
        staying = [each for each, _ in self._listed() if each.app in wanted]
        return any(each.state.trouble or each.state.unheard or _is_unjudged(each) for each in staying)

    def _wants_merge(self, whole: Proposal) -> bool:
        """Asked for by the environment, and all that it lists was judged: of nobody, all is true."""
        listed = self._listed()
        if not listed or {each.app for each, _ in listed} != set(whole.marker.apps or {}):
            return False
        intact = self.settings.auto_merge and whole.exact and not whole.edited
        return intact and all(wants_merge(each.decision, each.state, shown) for each, shown in listed)

    def _of_all(self, step: SetStatus | Comment | SetAutoMerge) -> Step:
        """The step, said of the environment and not of one of its apps."""
        return replace(step, placement=self._placement)
