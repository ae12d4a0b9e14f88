"""A pass as people and programs read it: decisions, and the steps with their whole texts. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from updater import messages, times
from updater.model import (
    CallReceiver,
    ClosePullRequest,
    Comment,
    CommitDraft,
    Condition,
    Decision,
    Degraded,
    DeleteBranch,
    Hold,
    MergePullRequest,
    OpenPullRequest,
    Outcome,
    PullRequestMetadata,
    PushBase,
    PushBranches,
    RefreshApplications,
    RefUpdate,
    Report,
    Ruling,
    SetAutoMerge,
    SetMetadata,
    SetStatus,
    Step,
    UpdatePullRequest,
)
from updater.views import conditions, shared_failures
from updater.views.shape import VERSION


def as_json(reports: Sequence[Report]) -> dict[str, Any]:
    return {"version": VERSION, "repositories": [_report(report) for report in reports]}


def as_text(report: Report, *, done: bool) -> Iterator[str]:
    """Lines for people. `done`: the steps were performed, so their outcomes are told and not their texts."""
    yield f"{report.repository} at {report.base or 'an unknown head'}"
    yield from (f"  {line}" for line in _decision_lines(report))
    yield from (f"  warning: {warning}" for warning in report.warnings)
    yield from (f"  {each.placement}: {each.sentence}; {each.command}" for each in report.degraded)
    yield from (f"  {each.placement}: {conditions.sentence(each)}" for each in report.conditions)
    if done:
        yield from (f"  {line}" for outcome in report.outcomes for line in _outcome_lines(outcome))
    else:
        yield from (line for step in report.steps for line in _step_lines(step))
    if report.races:
        yield f"  somebody else pushed first, {report.races} time{'s' if report.races > 1 else ''}"
    if not report.steps:
        yield "  nothing to do"


# --- text -----------------------------------------------------------------------------------------------


def _decision_lines(report: Report) -> Iterator[str]:
    """One for each app in each environment; what many are held for alike is said of the first."""
    hit = shared_failures.shared_failures(report)
    for decision in report.decisions:
        those = hit.get(decision.placement)
        if those is None or not isinstance(decision, Hold):
            yield f"{_decision_line(decision)}{_open(decision, report)}"
            yield from _remark_lines(decision)
        elif those[0] == decision.placement:
            yield shared_failures.sentence(those, decision)


def _decision_line(decision: Decision) -> str:
    current = decision.current or "nothing"
    if isinstance(decision, Hold):
        return f"{decision.placement}: {current}, holds: {messages.sentences(decision.reasons)}"
    return f"{decision.placement}: {current} -> {decision.tag}"


def _remark_lines(decision: Decision) -> Iterator[str]:
    """Of newer tags that are none (yet)."""
    yield from (f"{decision.placement}: besides, {remark.sentence}" for remark in decision.remarks)


def _open(decision: Decision, report: Report) -> str:
    """The pull requests it has, whether or not this pass has anything to do there."""
    found = report.proposals.get(decision.placement, ())
    return f" ({', '.join(f'#{each.pull_request.number}' for each in found)} is open)" if found else ""


def _outcome_lines(outcome: Outcome) -> Iterator[str]:
    for title in titles(outcome.step):
        yield f"{title}: {outcome.error or outcome.url or 'done'}"
    yield from (f"  warning: {remark}" for remark in outcome.remarks)


def titles(step: Step) -> Iterator[str]:
    """What a step does, a line each."""
    match step:
        case PushBase(update=update):
            yield from (f"push to {update.ref}: {_subject(draft)}" for draft in update.drafts)
        case PushBranches(updates=updates):
            yield from (f"push {update.ref}" for update in updates)
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
        case SetAutoMerge():
            return f": {step.method or 'off'}"
        case MergePullRequest():
            return ""


def _pieces(metadata: PullRequestMetadata) -> list[str]:
    return [f"{kind} {name}" for kind, name in sorted(metadata.as_items)]


def _step_lines(step: Step) -> Iterator[str]:
    yield ""
    yield from titles(step)
    for update in _updates(step):
        yield f"  on {update.onto}"
        for draft in update.drafts:
            yield from (f"  | {line}" for line in draft.message.splitlines())
            yield from (f"  {line}" for line in difference(draft).splitlines())
    if isinstance(step, OpenPullRequest | UpdatePullRequest | ClosePullRequest):
        yield from (f"  | {line}" for line in step.body.splitlines())


def _updates(step: Step) -> Sequence[RefUpdate]:
    match step:
        case PushBase():
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
        texts[path].decode("utf-8", "replace").splitlines(keepends=True)
        for texts in (draft.before, draft.files)
    )
    for line in difflib.unified_diff(old, new, f"a/{path}", f"b/{path}"):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _subject(draft: CommitDraft) -> str:
    return draft.message.partition("\n")[0]


# --- JSON -----------------------------------------------------------------------------------------------


def _report(report: Report) -> dict[str, Any]:
    return {
        "repository": report.repository,
        "base": report.base,
        "started": times.to_iso(report.started),
        "decisions": [_decision(decision) for decision in report.decisions],
        "steps": [_step(step) for step in report.steps],
        "outcomes": [_outcome(outcome) for outcome in report.outcomes],
        "degraded": [_degraded(each) for each in report.degraded],
        "conditions": [_condition(each) for each in report.conditions],
        "unreadable": [{"code": reading.code, "why": reading.why} for reading in report.unreadable],
        "warnings": list(report.warnings),
        "lost_races": report.races,
    }


def _degraded(one: Degraded) -> dict[str, Any]:
    return {
        **one.placement._asdict(),
        "tag": one.tag,
        "pull_request": one.url,
        "sentence": one.sentence,
        "command": one.command,
    }


def _condition(one: Condition) -> dict[str, Any]:
    return {
        **one.placement._asdict(),
        "condition": one.kind.code,
        "tag": one.tag,
        "sentence": one.sentence,
        "command": one.command,
    }


def _decision(decision: Decision) -> dict[str, Any]:
    common: dict[str, Any] = {
        "environment": decision.placement.environment,
        "app": decision.placement.app,
        "current": decision.current,
        "remarks": [_ruling(ruling) for ruling in decision.remarks],
    }
    if isinstance(decision, Hold):
        reasons = [_ruling(ruling) for ruling in decision.reasons]
        return {**common, "decision": "hold", "candidate": decision.candidate, "reasons": reasons}
    digests = {str(image): digest for image, digest in decision.digests.items()}
    rulings = [_ruling(ruling) for ruling in decision.rulings]
    return {**common, "decision": "promote", "tag": decision.tag, "digests": digests, "evidence": rulings}


def _ruling(ruling: Ruling) -> Mapping[str, Any]:
    until = times.to_iso(ruling.until) if ruling.until else None
    return {"code": ruling.code, "sentence": ruling.sentence, "until": until}


def _step(step: Step) -> dict[str, Any]:
    told: dict[str, Any] = {"step": type(step).__name__}
    updates = _updates(step)
    if updates:
        told["refs"] = [_update(update) for update in updates]
    if isinstance(step, SetStatus):
        told["status"] = {"state": step.status.state, "description": step.status.description}
    if isinstance(step, RefreshApplications):
        told["applications"] = [str(each) for each in step.applications]
    for name in ("number", "branch", "base", "title", "body", "why", "key", "text", "method", "receiver"):
        if hasattr(step, name):
            told[name] = getattr(step, name)
    if isinstance(step, SetMetadata):
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


def _outcome(outcome: Outcome) -> dict[str, Any]:
    told = {
        "step": type(outcome.step).__name__,
        "code": outcome.code,
        "error": outcome.error,
        "url": outcome.url,
        "remarks": list(outcome.remarks),
    }
    return {**told, "titles": list(titles(outcome.step))}
