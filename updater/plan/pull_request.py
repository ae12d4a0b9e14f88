"""What becomes of one pull request of ours: opened, updated, rebuilt, closed, merged, or left alone. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from updater.manifests import PinRefused
from updater.messages import Bump
from updater.model import CommitDraft, Hold, Promote, Proposal, RefUpdate, Request, Ruling, Step
from updater.plan.auto_merge import auto_merge_off, auto_merge_steps
from updater.plan.closing import closing_steps, why_over
from updater.plan.comments import comment_steps, steps_of_what_is_over
from updater.plan.commit_status import status_of, status_step
from updater.plan.drafts import branch_update, draft
from updater.plan.listing import AS_IT_IS, Circumstances, circumstances_of, tags_of, wanted
from updater.plan.merging import merge_steps, shows
from updater.plan.our_pull_request import OurPullRequest
from updater.plan.rebuilding import no_longer_applies
from updater.plan.wording import (
    gives_another_reason,
    has_other_evidence,
    opening_step,
    rewording_step,
    status_of_branch,
)


@dataclass
class PullRequestPlan:
    """What is to be done about one pull request in one pass."""

    ours: OurPullRequest
    held: list[Hold] = field(default_factory=list)
    """What could not be written after all."""
    branches: list[RefUpdate] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    def make(self) -> None:
        """Whatever the decisions ask for."""
        ours, whole = self.ours, self.ours.whole
        if whole is None:
            self._open()
        elif ours.is_foreign(whole):
            return  # it lists nobody who is looked after here: that is said elsewhere
        elif (why := why_over(ours, whole)) is not None and not ours.may_be_queued(whole):
            self.steps += closing_steps(ours, whole, why)
        elif ours.is_stopped:
            self.steps += auto_merge_off(whole.pull_request, ours.placement, ours.situation, ours.config)
        else:
            self._keep(whole)

    def _open(self) -> None:
        bumps, drafts = self._drafted(self._wanted())
        if bumps:
            self._show(drafts)
            self.steps += [opening_step(self.ours, bumps), status_of_branch(self.ours, bumps)]

    def _keep(self, whole: Proposal) -> None:
        ours = self.ours
        if (not self._stays(whole) and self._follow(whole)) or ours.is_asked:
            return  # its status is that of another head: the next pass sets it
        status = status_of(whole, ours.shown_members, ours.situation, shared=ours.shared)
        said = status_step(status, whole, ours.placement, ours.situation)
        self.steps += [said] if said is not None else []
        self.steps += comment_steps(ours, whole, self._waiting(whole))
        self.steps += steps_of_what_is_over(ours, whole) if said is not None else ()
        self.steps += merge_steps(ours, whole, status)
        self.steps += auto_merge_steps(ours, whole, status)

    def _stays(self, whole: Proposal) -> bool:
        """People have pushed to it, or the host has just refused to let us."""
        return whole.edited or whole.pull_request.branch in self.ours.situation.stuck

    def _waiting(self, whole: Proposal) -> dict[str, str]:
        """What would be shown, were it not approved."""
        listed = self.ours.tags_of(whole)
        return {app: tag for app, tag in tags_of(self._wanted()).items() if listed.get(app) != tag}

    # --- what it shows follows the decisions --------------------------------------------------------------

    def _follow(self, whole: Proposal) -> bool:
        """Put the decisions into the pull request; whether its branch is pushed."""
        ours = self.ours
        if not ours.shared and not (ours.all_promote and ours.members[0].is_proposed):
            return False  # what holds an app says nothing of the tag that its own shows
        conflicts = no_longer_applies(ours, whole)
        bumps = self._wanted()
        if self._moves(bumps, whole) or (conflicts and ours.shared):
            bumps = self._wanted(circumstances_of(ours, whole, rebuilt=conflicts))
        moves = self._moves(bumps, whole)
        if not (moves or ours.shared or all(shows(each.decision, shown) for each, shown in ours.listed)):
            return False  # what people have approved stays as they saw it
        if not bumps or not (moves or conflicts or ours.all_promote) or self._is_unread(bumps):
            return False
        if self._is_ordered_again and not (moves or conflicts or self._says_why):
            return False  # who gives no reason takes none away
        made, drafts = self._drafted(bumps)
        if not made or (len(made) < len(bumps) and not moves):
            return False
        anew = moves or conflicts or (self._is_ordered_again and gives_another_reason(ours, whole, made))
        return self._put(whole, made, drafts if anew else None)

    def _put(self, whole: Proposal, bumps: Sequence[Bump], drafts: Sequence[CommitDraft] | None) -> bool:
        ours = self.ours
        moves = self._moves({bump.placement.app: bump for bump in bumps}, whole)
        rewords = moves or has_other_evidence(ours, whole, bumps)
        if (rewords or drafts is not None) and ours.may_be_queued(whole):
            return False
        pushed = drafts is not None and self._show(drafts)
        self.steps += [rewording_step(ours, whole, bumps, moves=moves)] if rewords else []
        self.steps += [status_of_branch(ours, bumps)] if pushed else []
        return pushed

    def _moves(self, bumps: Mapping[str, Bump], whole: Proposal) -> bool:
        return tags_of(bumps) != self.ours.tags_of(whole)

    def _is_unread(self, bumps: Mapping[str, Bump]) -> bool:
        """Of one that stays nobody can say what is true: what was said of all of it stands."""
        return any(each.is_unread for each in self.ours.shown_members if each.app in bumps)

    @property
    def _is_ordered_again(self) -> bool:
        """By a person, while what they ordered is open."""
        request = self._request
        return self.ours.whole is not None and request is not None and request.automatic is None

    @property
    def _says_why(self) -> bool:
        return self._request is not None and bool(self._request.why)

    @property
    def _request(self) -> Request | None:
        decision = self.ours.members[0].decision
        return decision.request if isinstance(decision, Promote) else None

    # --- its commits --------------------------------------------------------------------------------------

    def _wanted(self, circumstances: Circumstances = AS_IT_IS) -> Mapping[str, Bump]:
        """What it should show, by app."""
        found = wanted(self.ours, circumstances)
        known = {hold.placement for hold in self.held}
        self.held += [hold for hold in found.without_room if hold.placement not in known]
        return found.bumps

    def _drafted(self, bumps: Mapping[str, Bump]) -> tuple[list[Bump], list[CommitDraft]]:
        """One on the other; what cannot be written is left out, and said."""
        made, drafts, texts = list[Bump](), list[CommitDraft](), dict[str, bytes]()
        for member in self.ours.members:
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

    def _show(self, drafts: Sequence[CommitDraft]) -> bool:
        """Whether its branch has to be pushed for that."""
        update = branch_update(self.ours.situation, self.ours.branch, drafts, self.ours.base)
        self.branches += [update] if update is not None else []
        return update is not None
