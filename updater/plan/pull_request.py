"""What becomes of one pull request of ours: opened, updated, rebuilt, closed, merged, or left alone. Pure.

An app's own is the pull request of one; where an environment's apps share theirs, it has a commit for each.
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
    CommentsOf,
    CommitDraft,
    CommitStatus,
    ConflictOf,
    DeleteBranch,
    Hold,
    MergePullRequest,
    OpenPullRequest,
    Placement,
    Promote,
    Proposal,
    RefUpdate,
    Request,
    Ruling,
    SetAutoMerge,
    SetStatus,
    Step,
    UpdatePullRequest,
)
from updater.plan.comments import OVER, comment_step, comments
from updater.plan.commit_status import is_sound, status_of, status_of_pushed, status_step
from updater.plan.drafts import branch_update, draft
from updater.plan.members import (
    AS_IT_IS,
    Circumstances,
    Member,
    has_no_room,
    listable,
    tags_of,
    wanted_bump,
)
from updater.plan.merging import (
    auto_merge_off,
    auto_merge_steps,
    has_merge_queue,
    is_left_to_people,
    is_mergeable,
    needs_rebase,
    shows,
    wants_merge,
)
from updater.plan.pull_request_metadata import metadata_of
from updater.plan.replacing import is_obsolete, is_queued, is_settled
from updater.plan.source_changes import with_sources
from updater.situation import Situation

EVERY = "*"
"""Stands for the app where a step is about all of an environment."""


@dataclass
class PullRequestPlan:
    """One pull request in one pass: those that it is of, and what is to be done about it."""

    situation: Situation
    config: Config
    base: str
    members: Sequence[Member]
    whole: Proposal | None
    """The open one, with all that it lists."""
    shared: bool
    """By the apps of an environment, or by an app's images and its charts."""
    held: list[Hold] = field(default_factory=list)
    """What could not be written after all."""
    branches: list[RefUpdate] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    def make(self) -> None:
        """Whatever the decisions ask for."""
        whole = self.whole
        if whole is None:
            self._open()
        elif self._is_foreign(whole):
            return  # it lists nobody who is looked after here: that is said elsewhere
        elif (why := self._over(whole)) is not None and not self._may_be_queued(whole):
            self.steps += self._close(whole, why)
        elif self._is_stopped():
            self.steps += auto_merge_off(whole.pull_request, self.placement, self.situation, self.config)
        else:
            self._keep(whole)

    # --- whose it is --------------------------------------------------------------------------------------

    @property
    def placement(self) -> Placement:
        """What steps are about: the app, or all of the environment."""
        placement = self.members[0].decision.placement
        if not self.shared:
            return placement
        whole = messages.is_of_environment(self._branch)
        return placement._replace(app=EVERY if whole else placement.config_app)

    @property
    def settings(self) -> PullRequestSettings:
        """The environment's: an app says nothing otherwise of what it shares."""
        grouped = (each.state for each in self.members if each.state.is_grouped)
        return next(grouped, self.members[0].state).policy.pull_request

    @property
    def listed(self) -> list[tuple[Member, Proposal]]:
        return [(each, each.shown) for each in self.members if each.shown is not None]

    @property
    def _is_asked(self) -> bool:
        return any(each.is_asked for each in self.members)

    @property
    def _base_branch(self) -> str:
        return self.config.repositories[self.situation.repository].branch

    def _is_stopped(self) -> bool:
        return any(each.state.stopped for each in self.members)

    def _is_foreign(self, whole: Proposal) -> bool:
        """The config knows none of its apps, or nobody here is shown in it."""
        if not self.shared:
            return False
        environment = self.placement.environment
        named = (Placement(environment, app) for app in whole.marker.apps or {})
        known = any(placement in self.config.policies for placement in named)
        return not known or (not self.listed and not whole.edited)

    # --- opened, kept, closed -----------------------------------------------------------------------------

    def _open(self) -> None:
        bumps, drafts = self._drafted(self._wanted())
        if not bumps:
            return
        branch = self._branch
        self._show(branch, drafts)
        self.steps.append(
            OpenPullRequest(
                repository=self.situation.repository,
                placement=self.placement,
                branch=branch,
                base=self._base_branch,
                title=messages.title(bumps, self.situation.longest),
                body=self._body(self._with_sources(bumps)),
                metadata=metadata_of(self.situation, self.members[0].state),
                draft=self.settings.draft,
                rollback=messages.rollback_of(bumps[0]) if len(bumps) == 1 else None,
            )
        )
        self.steps.append(self._status_of_pushed(bumps, branch))

    def _may_be_queued(self, whole: Proposal) -> bool:
        """A person has decided then, and its branch is locked; also where nobody can tell.

        A person's order that takes the place of what nobody has asked for waits for no such doubt.
        """
        queued = is_queued(whole.pull_request, self.situation)
        return bool(queued) if self._is_asked and not whole.is_of_people else queued is not False

    @property
    def _branch(self) -> str:
        if self.whole is not None:
            return self.whole.pull_request.branch
        named = messages.asked_branch if self._is_asked else messages.app_branch
        state = self.members[0].state
        return state.branch if self.shared else named(state.policy.placement)

    @property
    def _shared_on(self) -> str | None:
        return self._branch if self.shared else None

    def _keep(self, whole: Proposal) -> None:
        if (not whole.edited and self._follow(whole)) or self._is_asked:
            return  # its status is that of another head: the next pass sets it
        status = status_of(whole, self._shown_members(), self.situation, shared=self.shared)
        said = status_step(status, whole, self.placement, self.situation)
        self.steps += [said] if said is not None else []
        self.steps += self._comments(whole)
        self.steps += self._comments_that_are_over(whole) if said is not None else ()
        self.steps += self._merge(whole, status)
        self.steps += self._auto_merge(whole, status)

    def _shown_members(self) -> list[Member]:
        return [each for each, _ in self.listed]

    def _comments(self, whole: Proposal) -> Iterator[Step]:
        shown, newer = self._shown_members(), self._waiting(whole)
        templates = self.settings.comments
        for key, text in comments(whole, (shown, newer), self.placement, self.situation, templates):
            step = comment_step(whole.pull_request, self.placement, self.situation, key, text)
            yield from [step] if step is not None else []

    def _comments_that_are_over(self, whole: Proposal) -> Iterator[Step]:
        """Looked for where the status changes: one that says nobody judges it is true no more."""
        if any(each.unjudgeable for each in self._shown_members()):
            return
        said = self.situation.answers.get(CommentsOf(whole.pull_request.number))
        text = messages.judged_again_comment(whole.marker)
        for key in OVER.intersection(said) if isinstance(said, dict) else ():
            step = comment_step(whole.pull_request, self.placement, self.situation, key, text)
            yield from [step] if step is not None else []

    def _waiting(self, whole: Proposal) -> dict[str, str]:
        """What would be shown, were it not approved."""
        listed = self._tags_of(whole)
        return {app: tag for app, tag in tags_of(self._wanted()).items() if listed.get(app) != tag}

    def _over(self, whole: Proposal) -> str | None:
        """Why it has to be closed. What people have pushed to is theirs, and what they asked for, too."""
        if whole.edited or self._is_asked:
            return None
        listed = self.listed
        if (
            listed
            and len(listed) == len(self._tags_of(whole))
            and all(is_obsolete(m.state) for m, _ in listed)
        ):
            runs = "all of it" if self.shared else self.members[0].decision.current
            return f"{self.placement.environment} already runs {runs}"
        if not self.shared or any(m.state.shares(self._branch) for m in self.members):
            return None
        if messages.is_of_environment(self._branch):
            return "the config gives every app a pull request of its own"
        return f"by the config {self.placement.app} no longer has both images and charts"

    def _close(self, whole: Proposal, why: str) -> Iterator[Step]:
        pull = whole.pull_request
        body = messages.closed_body(pull.body, whole.marker, why, self.situation.longest.body)
        where = (self.situation.repository, self.placement, pull.number, pull.branch)
        yield ClosePullRequest(*where, body, why)
        yield DeleteBranch(self.situation.repository, pull.branch, pull.head)

    # --- what it shows follows the decisions --------------------------------------------------------------

    def _follow(self, whole: Proposal) -> bool:
        """Put the decisions into the pull request; whether its branch is pushed."""
        if not self.shared and not (self._all_promote() and self.members[0].is_proposed):
            return False  # what holds an app says nothing of the tag that its own shows
        conflicts = self._no_longer_applies(whole)
        bumps = self._wanted()
        if self._moves(bumps, whole) or (conflicts and self.shared):
            bumps = self._wanted(self._circumstances(whole, rebuilt=conflicts))
        moves = self._moves(bumps, whole)
        if not (moves or self.shared or all(shows(m.decision, shown) for m, shown in self.listed)):
            return False  # what people have approved stays as they saw it
        if not bumps or not (moves or conflicts or self._all_promote()) or self._is_unread(bumps):
            return False
        if self._is_ordered_again and not (moves or conflicts or self._says_why):
            return False  # who gives no reason takes none away
        made, drafts = self._drafted(bumps)
        if not made or (len(made) < len(bumps) and not moves):
            return False
        anew = moves or conflicts or (self._is_ordered_again and self._is_reworded(made, whole))
        return self._put(whole, made, drafts if anew else None)

    @property
    def _is_ordered_again(self) -> bool:
        """By a person, while what they ordered is open."""
        request = self._request
        return self.whole is not None and request is not None and request.automatic is None

    @property
    def _says_why(self) -> bool:
        return self._request is not None and bool(self._request.why)

    @property
    def _request(self) -> Request | None:
        decision = self.members[0].decision
        return decision.request if isinstance(decision, Promote) else None

    def _is_reworded(self, bumps: Sequence[Bump], whole: Proposal) -> bool:
        """The commit says the reason, too: it is what stays once it is merged."""
        return messages.evidence_in(self._body(bumps)) != whole.marker.evidence

    def _circumstances(self, whole: Proposal, *, rebuilt: bool) -> Circumstances:
        """Where nobody can tell whether people have approved it, they may have."""
        asked = self.settings.update == "until_approved"
        settled = asked and is_settled(whole, self.situation) is not False
        return Circumstances(settled, rebuilt)

    def _no_longer_applies(self, whole: Proposal) -> bool:
        """Not without a person, not where the pins are now, or not as the base demands it."""
        branch, listed = self._base_branch, self.listed
        if any(shown.outdated for _, shown in listed):
            return True
        if any(needs_rebase(m.decision, shown, m.state, self.situation, branch) for m, shown in listed):
            return True
        question = ConflictOf(self.base, whole.pull_request.head)
        behind = any(shown.behind for _, shown in listed)
        return behind and self.situation.answers.get(question) is True

    def _put(self, whole: Proposal, bumps: Sequence[Bump], drafts: Sequence[CommitDraft] | None) -> bool:
        pull, marker = whole.pull_request, whole.marker
        moves = tags_of({bump.placement.app: bump for bump in bumps}) != self._tags_of(whole)
        lost = dict.fromkeys([*(marker.lost or "").split(), *self._lost(bumps)])
        rewrites = moves or messages.evidence_in(self._body(bumps, lost)) != marker.evidence
        if (rewrites or drafts is not None) and self._may_be_queued(whole):
            return False
        pushed = drafts is not None and self._show(pull.branch, drafts)
        if rewrites:
            longest = self.situation.longest
            title = messages.new_title(bumps, pull.title, marker, longest) if moves else pull.title
            body = self._body(self._with_sources(bumps), lost)
            where = (self.situation.repository, self.placement, pull.number, pull.branch)
            self.steps.append(UpdatePullRequest(*where, title=title, body=body))
        if pushed:
            self.steps.append(self._status_of_pushed(bumps, pull.branch))
        return pushed

    def _lost(self, bumps: Sequence[Bump]) -> list[str]:
        """As the marker has them: of a shared one, with the app."""
        return [f"{bump.placement.app}:{tag}" if self.shared else tag for bump in bumps for tag in bump.lost]

    def _tags_of(self, whole: Proposal) -> Mapping[str, str]:
        """What it lists, by app."""
        marker = whole.marker
        return dict(marker.apps or {}) if self.shared else {marker.app: marker.tag}

    def _wanted(self, circumstances: Circumstances = AS_IT_IS) -> dict[str, Bump]:
        """What it should show, by app."""
        commit, shared = self.config.commit_of(self.situation.repository), self._shared_on
        found = {
            each.app: wanted_bump(each, commit, shared_on=shared, circumstances=circumstances)
            for each in self.members
        }
        bumps = {app: bump for app, bump in found.items() if bump is not None}
        return self._listable(bumps) if self.shared else bumps

    def _listable(self, bumps: Mapping[str, Bump]) -> dict[str, Bump]:
        """As many as one pull request can list; of the others it is said that they have to wait."""
        listed = {each.app for each, _ in self.listed}
        kept = listable(bumps, listed, self.config.instance, self.situation.longest)
        known = {hold.placement for hold in self.held}
        late = (each.decision for each in self.members if each.app in bumps.keys() - kept.keys() - listed)
        self.held += (has_no_room(decision) for decision in late if decision.placement not in known)
        return kept

    def _moves(self, bumps: Mapping[str, Bump], whole: Proposal) -> bool:
        return tags_of(bumps) != self._tags_of(whole)

    def _all_promote(self) -> bool:
        """Only then is all known that its body says."""
        return all(isinstance(each.decision, Promote) for each, _ in self.listed)

    def _is_unread(self, bumps: Mapping[str, Bump]) -> bool:
        """Of one that stays nobody can say what is true: what was said of all of it stands."""
        return any(each.is_unread for each in self._shown_members() if each.app in bumps)

    # --- its commits and its words ------------------------------------------------------------------------

    def _drafted(self, bumps: Mapping[str, Bump]) -> tuple[list[Bump], list[CommitDraft]]:
        """One on the other; what cannot be written is left out, and said."""
        made, drafts, texts = list[Bump](), list[CommitDraft](), dict[str, bytes]()
        for member in self.members:
            if (bump := bumps.get(member.app)) is None:
                continue
            try:
                drafts.append(draft(bump, member.state, texts))
            except PinRefused as refusal:
                reason = Ruling(refusal.reason, False, refusal.sentence)
                self.held.append(Hold(bump.placement, member.decision.current, (reason,), None))
                continue
            texts |= drafts[-1].files
            made.append(bump)
        return made, drafts

    def _show(self, branch: str, drafts: Sequence[CommitDraft]) -> bool:
        update = branch_update(self.situation, branch, drafts, self.base)
        self.branches += [update] if update is not None else []
        return update is not None

    def _with_sources(self, bumps: Sequence[Bump]) -> list[Bump]:
        states = {each.app: each.state for each in self.members}
        return [with_sources(bump, states[bump.placement.app], self.situation, self.config) for bump in bumps]

    def _body(self, bumps: Sequence[Bump], lost: Mapping[str, None] | None = None) -> str:
        return messages.body(
            bumps,
            self.config.instance,
            base=self._base_branch,
            shared=self.shared,
            lost=lost or {},
            longest=self.situation.longest,
        )

    def _status_of_pushed(self, bumps: Sequence[Bump], branch: str) -> Step:
        status = status_of_pushed(bumps, shared=self.shared, merges=self.settings.auto_merge)
        return SetStatus(self.situation.repository, self.placement, branch, None, status)

    # --- merged -------------------------------------------------------------------------------------------

    def _merge(self, whole: Proposal, status: CommitStatus | None) -> Iterator[Step]:
        pull = whole.pull_request
        green = status is not None and status.state == "success"
        sound = all(is_sound(shown, each.state, self.situation) for each, shown in self.listed)
        if not (green and sound and self._wants_merge(whole) and is_mergeable(pull, self.situation)):
            return
        where = (self.situation.repository, self.placement, pull.branch, pull.number, pull.head)
        if has_merge_queue(self.situation, self._base_branch):
            yield SetAutoMerge(*where, self.settings.method)
        else:
            yield MergePullRequest(*where, self.settings.method)
            yield DeleteBranch(self.situation.repository, pull.branch, pull.head)

    def _auto_merge(self, whole: Proposal, status: CommitStatus | None) -> Iterator[Step]:
        members = self._shown_members() or self.members
        timed = any(each.state.policy.is_timed for each in members)
        found = auto_merge_steps(
            whole,
            members[0].state.policy,
            status,
            self.situation,
            self.config,
            wanted=self._wants_merge(whole),
            timed=timed,
            left=any(is_left_to_people(each.decision) for each in members),
        )
        yield from (replace(step, placement=self.placement) for step in found)

    def _wants_merge(self, whole: Proposal) -> bool:
        """Asked for by the environment, and all that it lists was judged: of nobody, all is true."""
        listed = self.listed
        if not listed or {each.app for each, _ in listed} != self._tags_of(whole).keys():
            return False
        intact = self.settings.auto_merge and whole.exact and not whole.edited
        return intact and all(wants_merge(each.decision, each.state, shown) for each, shown in listed)
