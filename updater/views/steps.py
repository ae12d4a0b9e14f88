"""The steps of a pass as people and programs read them: titles, and whole texts. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from updater.model import (
    CallReceiver,
    ClosePullRequest,
    Comment,
    CommitDraft,
    DeleteBranch,
    MergePullRequest,
    OpenPullRequest,
    PullRequestMetadata,
    PushBase,
    PushBranches,
    PushVerdicts,
    RefreshApplications,
    RefUpdate,
    SetAutoMerge,
    SetMetadata,
    SetStatus,
    Step,
    UpdatePullRequest,
)
from updater.views.verdicts import verdict_json, verdict_lines

_SHORT = 10
"""Letters of a sha, for people."""


def titles(step: Step) -> Iterator[str]:
    """What a step does, a line each."""
    match step:
        case PushBase(update=update):
            yield from (f"push to {update.ref}: {_subject(draft)}" for draft in update.drafts)
        case PushBranches(updates=updates):
            yield from (f"push {update.ref}" for update in updates)
        case PushVerdicts(verdicts=verdicts):
            yield from (
                f"record on {step.update.ref}: {one.placement} {one.tag} {one.result}" for one in verdicts
            )
        case DeleteBranch():
            yield f"delete branch {step.branch}"
        case SetStatus():
            yield f"set the status of {step.branch}: {step.status.state}, {step.status.description}"
        case OpenPullRequest():
            yield f"open a pull request: {step.title}"
        case RefreshApplications():
            yield f"refresh in Argo CD: {', '.join(map(str, step.applications))}"
        case CallReceiver():
            yield f"call the Flux receiver of {step.receiver}"
        case _:
            yield f"{_deed(step)} pull request #{step.number}{_detail(step)}"


_Deed: TypeAlias = (
    SetMetadata | UpdatePullRequest | ClosePullRequest | Comment | MergePullRequest | SetAutoMerge
)


def _deed(step: _Deed) -> str:
    deeds = {
        SetMetadata: "complete",
        UpdatePullRequest: "update",
        ClosePullRequest: "close",
        Comment: "comment on",
        MergePullRequest: "merge",
        SetAutoMerge: "set auto-merge of",
    }
    return deeds[type(step)]


def _detail(step: _Deed) -> str:
    match step:
        case SetMetadata():
            return f": {', '.join(_pieces(step.metadata))}"
        case UpdatePullRequest():
            return f": {step.title}"
        case ClosePullRequest():
            return f": {step.why}"
        case Comment():
            return f" ({step.key})"
        case SetAutoMerge() | MergePullRequest():
            return f": {step.method or 'off'}, at {step.sha[:_SHORT]}"


def _pieces(metadata: PullRequestMetadata) -> list[str]:
    return [f"{kind} {name}" for kind, name in sorted(metadata.as_items)]


def step_lines(step: Step) -> Iterator[str]:
    yield ""
    yield from titles(step)
    yield from (f"  {line}" for line in _details(step))
    for update in _updates(step):
        yield f"  on {update.onto or 'nothing'}" + (
            f", in place of {update.expected}" if _replaces(update) else ""
        )
        for draft in update.drafts:
            yield from (f"  | {line}" for line in draft.message.splitlines())
            yield f"  for {draft.placement}"
            yield from (f"  {line}" for line in difference(draft).splitlines())
    match step:
        case OpenPullRequest() | UpdatePullRequest() | ClosePullRequest():
            yield from (f"  | {line}" for line in step.body.splitlines())
        case Comment():
            yield from (f"  | {line}" for line in step.text.splitlines())


def _details(step: Step) -> Iterator[str]:
    """What the title has no room for."""
    match step:
        case OpenPullRequest():
            draft = ", as a draft" if step.draft else ""
            yield f"for {step.placement}, from {step.branch} into {step.base}{draft}"
            yield from _pieces(step.metadata)
        case SetStatus():
            yield f"for {step.placement}" + (f", at {step.sha}" if step.sha else "")
        case DeleteBranch():
            yield f"which is at {step.expected}"
        case RefreshApplications() | CallReceiver():
            yield f"for {step.branch}"
        case PushVerdicts():
            yield from verdict_lines(step.verdicts)
        case PushBase() | PushBranches():
            return
        case _:
            yield f"for {step.placement}, of {step.branch}"


def _replaces(update: RefUpdate) -> bool:
    return update.expected is not None and update.expected != update.onto


def _updates(step: Step) -> Sequence[RefUpdate]:
    match step:
        case PushBase() | PushVerdicts():
            return (step.update,)
        case PushBranches():
            return step.updates
        case _:
            return ()


def difference(draft: CommitDraft) -> str:
    """The unified diff of a commit to be."""
    return "".join(line for path in draft.files for line in _diff(path, draft))


def _diff(path: str, draft: CommitDraft) -> Iterator[str]:
    old, new = (
        texts.get(path, b"").decode("utf-8", "replace").splitlines(keepends=True)
        for texts in (draft.before, draft.files)
    )
    for line in difflib.unified_diff(old, new, f"a/{path}", f"b/{path}"):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _subject(draft: CommitDraft) -> str:
    return draft.message.partition("\n")[0]


# --- JSON -----------------------------------------------------------------------------------------------


_FIELDS = (
    *("number", "branch", "base", "title", "body", "why", "key", "text", "method", "receiver"),
    *("sha", "expected", "draft"),
)
"""Of steps, as they are."""


def step_json(step: Step) -> dict[str, Any]:
    told: dict[str, Any] = {"step": type(step).__name__}
    if (placement := getattr(step, "placement", None)) is not None:
        told |= placement._asdict()
    if updates := _updates(step):
        told["refs"] = [_update(update) for update in updates]
    if isinstance(step, PushVerdicts):
        told["verdicts"] = [verdict_json(one) for one in step.verdicts]
    if isinstance(step, SetStatus):
        told["status"] = {"state": step.status.state, "description": step.status.description}
    if isinstance(step, RefreshApplications):
        told["applications"] = [str(each) for each in step.applications]
    told |= {name: getattr(step, name) for name in _FIELDS if hasattr(step, name)}
    if isinstance(step, SetMetadata | OpenPullRequest):
        told["dress"] = _pieces(step.metadata)
    return told


def _update(update: RefUpdate) -> dict[str, Any]:
    drafts = [
        {
            "environment": draft.placement.environment,
            "app": draft.placement.app,
            "message": draft.message,
            "files": {path: data.decode("utf-8", "replace") for path, data in draft.files.items()},
            "diff": difference(draft),
        }
        for draft in update.drafts
    ]
    return {"ref": update.ref, "base": update.onto, "expected": update.expected, "commits": drafts}
