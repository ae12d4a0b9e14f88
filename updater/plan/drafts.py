"""The commits and branches of a plan: whole messages, whole texts. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

from updater import messages
from updater.config import CommitSettings
from updater.manifests import Edit, write
from updater.model import (
    Commit,
    CommitDraft,
    Decision,
    Promote,
    Proposal,
    RefUpdate,
    Version,
    excerpt_of,
    split_tag,
)
from updater.situation import PlacementState, Situation


def signed_off(commit: CommitSettings) -> str | None:
    """Who signs the commits off, where the house wants that."""
    return f"{commit.name} <{commit.email}>" if commit.signoff else None


def _wording(commit: CommitSettings, state: PlacementState) -> messages.BumpTemplates:
    settings = state.policy.pull_request
    texts = (commit.subject_back, commit.body, signed_off(commit))
    worded = messages.BumpTemplates(commit.subject, settings.title, settings.body, *texts)
    return replace(worded, title_back=settings.title_back)


def _is_back(decision: Promote, version: Version, state: PlacementState) -> bool:
    """What a person goes back to, or what the scheme reads as older than what runs."""
    if decision.request is not None and decision.request.kind == "rollback":
        return True
    runs = state.policy.tags.scheme.read(decision.current) if decision.current else None
    return runs is not None and state.policy.tags.scheme.read(decision.tag) is not None and version < runs


def bump_of(decision: Promote, state: PlacementState, commit: CommitSettings) -> messages.Bump:
    """`commit` is how commits are worded there."""
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
        back=_is_back(decision, version, state),
        wording=_wording(commit, state),
        paired=state.policy.paired and not state.policy.is_grouped,
    )


def bump_of_shown(
    decision: Decision, state: PlacementState, shown: Proposal, commit: CommitSettings
) -> messages.Bump:
    """Of the tag that is shown, where the decision is for none or for another one."""
    verdict, tag = decision.shown, shown.marker.tag
    return messages.Bump(
        placement=decision.placement,
        old=decision.current,
        new=state.policy.tags.scheme.read(tag) or Version((tag,), tag),
        digests=shown.digests,
        zone=state.policy.tags.scheme.zone,
        rulings=verdict.rulings if verdict else (),
        wording=_wording(commit, state),
        paired=state.policy.paired and not state.policy.is_grouped,
    )


def draft(bump: messages.Bump, state: PlacementState, texts: Mapping[str, bytes]) -> CommitDraft:
    """One commit: every pin of the app, nothing else. `texts` are files as the drafts before leave them."""
    edits: dict[str, list[Edit]] = {}
    before = {pin.file.path: texts.get(pin.file.path, pin.file.data) for pin in state.pins}
    for pin in state.pins:
        digest = bump.digests.get(pin.pin.image) if pin.pin.selector.pin != "tag" else None
        edits.setdefault(pin.file.path, []).append(Edit(pin.pin.selector, split_tag(bump.new.tag)[0], digest))
    files = {path: write(before[path], changes) for path, changes in edits.items()}
    built = None if bump.new.span else bump.new.stamp  # a day tells nothing of how long it took
    said, back = messages.commit_message(bump), messages.rollback_of(bump)
    return CommitDraft(bump.placement, said, files, before, None if back else built, back)


def branch_update(
    situation: Situation, branch: str, drafts: Sequence[CommitDraft], base: str
) -> RefUpdate | None:
    """The branch with those commits on the base; None where a former pass got that far."""
    if _already_pushed(situation, branch, drafts, base):
        return None
    return RefUpdate(f"refs/heads/{branch}", base, tuple(drafts), situation.branches.get(branch))


def _already_pushed(situation: Situation, branch: str, drafts: Sequence[CommitDraft], base: str) -> bool:
    """Whether those very commits lie one on the other, from the base to the branch's head."""
    sha = situation.branches.get(branch, "")
    for made in reversed(drafts):
        commit = situation.commits.get(sha)
        if commit is None or len(commit.parents) != 1 or not _is_that(commit, made):
            return False
        (sha,) = commit.parents
    return sha == base


def _is_that(commit: Commit, made: CommitDraft) -> bool:
    if commit.message.strip() != excerpt_of(made.message.strip()):  # of a long one no more is known
        return False
    blobs = {path: change.new for path, change in commit.changes.items()}
    return blobs == {path: _blob_id(data) for path, data in made.files.items()}


def _blob_id(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
