"""To say what is missing for the decisions, as complete steps: whole texts, messages, base. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from updater import messages
from updater.config import Config
from updater.facts import Facts, State
from updater.manifests import Edit, PinRefused, write
from updater.model import (
    ClosePullRequest,
    Decision,
    DeleteBranch,
    Draft,
    Hold,
    OpenPullRequest,
    Plan,
    Promote,
    Proposal,
    PushBase,
    PushBranches,
    RefUpdate,
    Ruling,
    Step,
    UpdatePullRequest,
    Version,
)

LOST_FOR_GOOD = frozenset({"rolled_back", "digest", "forbidden"})
"""Only what was said against a shown candidate for these reasons makes an older one take its place."""


def plan(facts: Facts, decisions: Iterable[Decision], config: Config) -> Plan:
    """What to push, open, update and close so that the deploy repository is as decided."""
    if facts.base is None:
        return Plan(())
    desk = _Desk(facts, config, facts.base)
    for decision in decisions:
        desk.take(decision)
    return Plan(tuple(desk.steps()), tuple(desk.held))


@dataclass
class _Desk:
    """Where the plan of one pass is put together, decision by decision."""

    facts: Facts
    config: Config
    base: str
    drafts: list[Draft] = field(default_factory=list)
    branches: list[RefUpdate] = field(default_factory=list)
    pull_requests: list[Step] = field(default_factory=list)
    closing: list[Step] = field(default_factory=list)
    held: list[Hold] = field(default_factory=list)
    texts: dict[str, bytes] = field(default_factory=dict)
    """What the base branch's files hold after the drafts so far: two apps may share one file."""

    def take(self, decision: Decision) -> None:
        state = self.facts.states[decision.placement]
        obsolete = _obsolete(state)
        if obsolete is not None:
            self.closing += _close(self.facts.repository, decision, obsolete)
            return  # a newer candidate gets a pull request of its own, in the next pass
        if isinstance(decision, Promote):
            try:
                self._promote(decision, state)
            except PinRefused as refusal:
                reason = Ruling(refusal.code, False, refusal.sentence)
                self.held.append(Hold(decision.placement, decision.current, (reason,), decision.tag))

    def steps(self) -> Iterator[Step]:
        repository = self.facts.repository
        if self.drafts:
            yield self._push()
        if self.branches:
            yield PushBranches(repository, tuple(self.branches))
        yield from self.pull_requests
        yield from self.closing
        yield from self._deletions()

    def _push(self) -> PushBase:
        branch = self.config.repositories[self.facts.repository].branch
        update = RefUpdate(f"refs/heads/{branch}", self.base, tuple(self.drafts), self.base)
        record = RefUpdate(f"{messages.RECORD}{branch}", self.base, (), self.facts.record)
        # After a forced move the record is all that remembers the line that was left: it stays.
        return PushBase(self.facts.repository, update, None if self.facts.forced else record)

    def _promote(self, decision: Promote, state: State) -> None:
        bump = _bump(decision, state)
        if decision.request is not None and state.policy.deliver == "pull-request":
            self._propose(bump, decision, state, messages.asked_branch(decision.placement), state.asked)
        elif state.policy.deliver == "push":
            draft = _draft(bump, decision, state, self.texts)
            self.texts |= draft.files
            self.drafts.append(draft)
        elif state.proposal is None or _replaces(decision, state.proposal):
            self._propose(bump, decision, state, messages.branch(decision.placement), state.proposal)

    def _propose(
        self, bump: messages.Bump, decision: Promote, state: State, branch: str, shown: Proposal | None
    ) -> None:
        if shown is None:
            self._open(bump, decision, state, branch)
        else:
            self._update(bump, decision, state, shown)

    def _open(self, bump: messages.Bump, decision: Promote, state: State, branch: str) -> None:
        settings = state.policy.pull_request
        self._show(branch, _draft(bump, decision, state, {}))
        self.pull_requests.append(
            OpenPullRequest(
                repository=self.facts.repository,
                placement=decision.placement,
                branch=branch,
                base=self.config.repositories[self.facts.repository].branch,
                title=messages.title(bump),
                body=messages.body(bump, self.config.instance),
                labels=tuple(settings.labels),
                reviewers=tuple(settings.reviewers),
            )
        )

    def _update(self, bump: messages.Bump, decision: Promote, state: State, proposal: Proposal) -> None:
        title, body = messages.title(bump), messages.body(bump, self.config.instance)
        pull = proposal.pull_request
        if proposal.marker.tag != decision.tag:
            self._show(pull.branch, _draft(bump, decision, state, {}))
        elif pull.title == title and messages.same_text(pull.body, body):
            return
        self.pull_requests.append(
            UpdatePullRequest(
                self.facts.repository, decision.placement, pull.number, pull.branch, title=title, body=body
            )
        )

    def _show(self, branch: str, draft: Draft) -> None:
        if not _already_pushed(self.facts, branch, draft, self.base):
            expected = self.facts.branches.get(branch)
            self.branches.append(RefUpdate(f"refs/heads/{branch}", self.base, (draft,), expected))

    def _deletions(self) -> Iterator[Step]:
        """The branches of merged proposals, unless somebody has pushed to them since, or we are about to."""
        used = {step.branch for step in self.pull_requests if isinstance(step, OpenPullRequest)}
        for branch, head in self.facts.branches.items():
            if (branch, head) in self.facts.merged and branch not in used:
                yield DeleteBranch(self.facts.repository, branch, head)


def _bump(decision: Promote, state: State) -> messages.Bump:
    version = state.policy.tags.scheme.read(decision.tag) or Version((decision.tag,), decision.tag)
    return messages.Bump(
        placement=decision.placement,
        old=decision.current,
        new=version,
        digests=decision.digests,
        zone=state.policy.tags.scheme.zone,
        rulings=decision.rulings,
        skipped=decision.skipped,
        request=decision.request,
    )


def _draft(bump: messages.Bump, decision: Promote, state: State, texts: Mapping[str, bytes]) -> Draft:
    """One commit: every pin of the app, and nothing else."""
    edits: dict[str, list[Edit]] = {}
    before = {pin.file.path: texts.get(pin.file.path, pin.file.data) for pin in state.pins}
    for pin in state.pins:
        digest = decision.digests[pin.pin.image] if pin.pin.selector.pin != "tag" else None
        edits.setdefault(pin.file.path, []).append(Edit(pin.pin.selector, decision.tag, digest))
    files = {path: write(before[path], changes) for path, changes in edits.items()}
    return Draft(decision.placement, messages.commit_message(bump), files, before)


def _already_pushed(facts: Facts, branch: str, draft: Draft, base: str) -> bool:
    """A former pass got as far as the branch, and was ended before the pull request."""
    commit = facts.commits.get(facts.branches.get(branch, ""))
    if commit is None or commit.parents != (base,) or commit.message.strip() != draft.message.strip():
        return False
    blobs = {path: change.new for path, change in commit.changes.items()}
    return blobs == {path: _blob_id(data) for path, data in draft.files.items()}


def _blob_id(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _replaces(decision: Promote, proposal: Proposal) -> bool:
    """An older candidate takes a shown one's place only if the shown one is lost for good."""
    shown = next((verdict for verdict in decision.considered if verdict.tag == proposal.marker.tag), None)
    if shown is None:
        return decision.tag >= proposal.marker.tag
    return any(ruling.code in LOST_FOR_GOOD for ruling in shown.against)


def _obsolete(state: State) -> Proposal | None:
    """Our open proposal, where the environment already runs its tag or a newer one, and all was heard."""
    proposal, read = state.proposal, state.policy.tags.scheme.read
    if proposal is None or proposal.edited or state.current is None or state.trouble or state.unheard:
        return None
    current, proposed = read(state.current), read(proposal.marker.tag)
    return proposal if current is not None and proposed is not None and proposed <= current else None


def _close(repository: str, decision: Decision, proposal: Proposal) -> Iterator[Step]:
    pull, current = proposal.pull_request, decision.current
    why = f"{decision.placement.environment} already runs {current}"
    body = messages.closed_body(pull.body, proposal.marker, why)
    yield ClosePullRequest(repository, decision.placement, pull.number, pull.branch, body, why)
    yield DeleteBranch(repository, pull.branch, pull.head)
