"""To perform a plan's steps. I/O through ports; chooses nothing, and a failed step ends none but itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

from updater.errors import LostRace, Refused, UpdaterError
from updater.model import (
    Announcement,
    CallReceiver,
    ClosePullRequest,
    Comment,
    DeleteBranch,
    MergePullRequest,
    OpenPullRequest,
    Outcome,
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
from updater.ports import ApplicationRefresher, ForgeWriter, ReceiverCaller, RepositoryWriter
from updater.progress import Progress, no_progress
from updater.reasons import failure_reasons
from updater.value_class import value_class

_OfABranch: TypeAlias = (
    OpenPullRequest
    | SetMetadata
    | UpdatePullRequest
    | ClosePullRequest
    | DeleteBranch
    | SetStatus
    | Comment
    | MergePullRequest
    | SetAutoMerge
)


@value_class
class Sinks:
    """Where one deploy repository's pass writes."""

    repository: RepositoryWriter
    forge: ForgeWriter | None
    refresher: ApplicationRefresher | None = None
    """None where config names no Argo CD."""
    receivers: ReceiverCaller | None = None
    """None where config names no receiver of Flux."""
    progress: Progress = no_progress
    heard: Callable[[], tuple[str, ...]] = tuple
    """What the forge has said since this was asked last: who could not be asked to review, and the like."""


def apply(steps: Sequence[Step], sinks: Sinks) -> tuple[Outcome, ...]:
    """Perform the steps in order; what comes after a failed step on the same branch is not tried."""
    outcomes: list[Outcome] = []
    failed: dict[str, UpdaterError] = {}
    done = sinks.progress("writing", len(steps))
    for step in steps:
        outcomes += _performed(step, sinks, failed)
        done()
    return tuple(outcomes)


def _performed(step: Step, sinks: Sinks, failed: dict[str, UpdaterError]) -> Iterator[Outcome]:
    match step:
        case PushBase() | PushBranches():
            errors = _push_base(step, sinks) if isinstance(step, PushBase) else _push_branches(step, sinks)
            failed |= errors
            yield _first(step, list(errors.values()))
        case PushVerdicts():
            yield _first(
                step, [_as_verdicts(error) for error in _push([step.update], sinks, atomic=False).values()]
            )
        case SetStatus() if step.sha is None and step.branch in failed:
            return  # of what was not pushed, or not proposed: its failure is told already
        case RefreshApplications() | CallReceiver():
            if step.branch not in failed:
                yield _announce(step, sinks)
        case _:
            yield _one(step, sinks, failed)


def _push_base(step: PushBase, sinks: Sinks) -> dict[str, UpdaterError]:
    """What went wrong, by branch; that its record was not moved is no failure."""
    updates = [step.update] if step.record is None else [step.update, step.record]
    errors = _push(updates, sinks, atomic=True)
    return _by_branch({ref: error for ref, error in errors.items() if ref == step.update.ref})


def _push_branches(step: PushBranches, sinks: Sinks) -> dict[str, UpdaterError]:
    return _by_branch(_push(step.updates, sinks, atomic=False))


def _as_verdicts(error: UpdaterError) -> UpdaterError:
    """A host that refuses the ref does so for good; and only what stands there makes anything go back."""
    if not isinstance(error, Refused):
        return error
    said = f"{error.sentence} Until then nothing goes back by itself"
    return Refused(f"{said}: what fails is told, and no more.", reason=failure_reasons.VERDICTS_REFUSED)


def _by_branch(errors: Mapping[str, UpdaterError]) -> dict[str, UpdaterError]:
    return {ref.removeprefix("refs/heads/"): error for ref, error in errors.items()}


def _push(updates: Sequence[RefUpdate], sinks: Sinks, *, atomic: bool) -> dict[str, UpdaterError]:
    try:
        results = sinks.repository.push(updates, atomic=atomic)
    except UpdaterError as error:
        return {update.ref: error for update in updates}
    return {ref: error for ref, error in results.items() if error is not None}


def _first(step: Step, errors: Sequence[UpdaterError]) -> Outcome:
    return _failed(step, errors[0]) if errors else Outcome(step)


def _announce(step: Announcement, sinks: Sinks) -> Outcome:
    try:
        match step:
            case RefreshApplications():
                assert sinks.refresher is not None, "Applications are named only where an Argo CD is"
                sinks.refresher.refresh(step.applications)
            case CallReceiver():
                assert sinks.receivers is not None, "config names it"
                sinks.receivers.call(step.receiver)
    except UpdaterError as error:
        return _failed(step, error)
    return Outcome(step)


def _one(step: _OfABranch, sinks: Sinks, failed: dict[str, UpdaterError]) -> Outcome:
    """A branch deleted under a pull request whose closing failed would close it without our reason."""
    if step.branch in failed and not _only_warns(step):
        return _failed(step, failed[step.branch])
    try:
        return Outcome(step, url=_perform(step, sinks), remarks=sinks.heard())
    except UpdaterError as error:
        failed[step.branch] = error
        return _failed(step, error)


def _only_warns(step: _OfABranch) -> bool:
    """It keeps people, or the forge, from merging: the more so where a status could not be written."""
    return isinstance(step, Comment) or (isinstance(step, SetAutoMerge) and step.method is None)


def _perform(step: _OfABranch, sinks: Sinks) -> str | None:
    """The URL of the pull request, where one was written."""
    if isinstance(step, DeleteBranch | SetStatus | Comment):
        _do(step, sinks)
        return None
    return _write(step, _forge(sinks))


def _do(step: DeleteBranch | SetStatus | Comment, sinks: Sinks) -> None:
    match step:
        case DeleteBranch():
            sinks.repository.delete(f"refs/heads/{step.branch}", expected=step.expected)
        case SetStatus():
            sha = step.sha or sinks.repository.tip(f"refs/heads/{step.branch}")
            assert sha is not None, "its branch was pushed before this step, or this step was not tried"
            _forge(sinks).set_status(sha, step.status)
        case Comment():
            _forge(sinks).comment(step)


def _forge(sinks: Sinks) -> ForgeWriter:
    assert sinks.forge is not None, "a pull request is planned only where a forge is configured"
    return sinks.forge


def _write(
    step: OpenPullRequest
    | SetMetadata
    | UpdatePullRequest
    | ClosePullRequest
    | MergePullRequest
    | SetAutoMerge,
    forge: ForgeWriter,
) -> str:
    match step:
        case OpenPullRequest():
            return forge.open(step)
        case SetMetadata():
            return forge.set_metadata(step)
        case UpdatePullRequest():
            return forge.update(step)
        case ClosePullRequest():
            return forge.close(step)
        case MergePullRequest():
            return forge.merge(step)
        case SetAutoMerge():
            return forge.set_auto_merge(step)


def _failed(step: Step, error: UpdaterError) -> Outcome:
    lost, waits = isinstance(error, LostRace), error.reason.about == "time"
    refused = isinstance(error, Refused)
    return Outcome(step, error.sentence, error.code, lost_race=lost, waits=waits, refused=refused)
