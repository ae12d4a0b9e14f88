"""To read files, history and old contents of a deploy repository. I/O through ports."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from updater import holds, messages, rollback_floors
from updater.config import Policy, Repository, RepositoryPolicies
from updater.errors import UpdaterError
from updater.manifests.seals import Covers, is_seal, lock_of, sealed_by
from updater.model import Answer, File, FileChange, Heads, History, Question, Reading, Unreadable
from updater.observe.sources import Sources, attempt

_MOST_TEXTS = 100
"""Files; a branch of ours that changes more than this is none that we wrote."""
_STEERED_BY = {holds.PATH, rollback_floors.PATH}
_PROPOSALS = tuple(f"refs/heads/{prefix}" for prefix in messages.OURS)


class BaseReading(NamedTuple):
    files: Mapping[str, Reading[File | None]]
    history: Reading[History]
    blobs: Mapping[str, bytes]


def read_base(
    sources: Sources,
    heads: Reading[Heads],
    of: tuple[RepositoryPolicies, Repository],
    now: datetime,
    known: Container[str],
) -> BaseReading:
    """The files a decision may go by, their history, and those contents of it that are not `known`."""
    policies, settings = of
    files = _read_files(sources, heads, settings.branch, policies)
    history = _read_history(sources, heads, settings.branch, files, now - settings.history)
    blobs = _read_blobs(sources, history, known)
    if isinstance(blobs, Unreadable):
        return BaseReading(files, blobs, {})
    return BaseReading(files, history, blobs)


def _read_files(
    sources: Sources, heads: Reading[Heads], branch: str, policies: RepositoryPolicies
) -> dict[str, Reading[File | None]]:
    if isinstance(heads, Unreadable):
        return {}
    asked = policies.once(read_paths)
    read = attempt(
        lambda: sources.repository.files(heads.refs[f"refs/heads/{branch}"], asked.named, asked.covers)
    )
    if isinstance(read, Unreadable):
        return dict.fromkeys(asked.pinned, read)
    found = {path: file.data for path, file in read.items() if isinstance(file, File)}
    seals = {path: data for path, data in found.items() if is_seal(path.rpartition("/")[2])}
    return {path: _as_reading(read[path], found, seals) for path in asked.pinned}


class ReadPaths(NamedTuple):
    """Every file of the base that a decision may go by, whether it is there or not."""

    pinned: frozenset[str]
    """Those that may hold a pin, and those by which people steer us."""
    named: frozenset[str]
    """And those that lock them."""
    covers: Covers

    def concern(self, path: str) -> bool:
        """It is one of these, or stands where a folder above one of them did."""
        return path in self.named or path in self.covers or path in self.covers.folders


def read_paths(policies: Iterable[Policy]) -> ReadPaths:
    return _with_covers(frozenset(_paths(policies)), frozenset(_chart_paths(policies)))


@lru_cache(maxsize=8)
def _with_covers(paths: frozenset[str], charts: frozenset[str]) -> ReadPaths:
    """The same in each pass until the config changes."""
    locks = (lock for path in charts if (lock := lock_of(path)) is not None)
    return ReadPaths(paths, paths.union(locks), Covers.of(paths))


def _paths(policies: Iterable[Policy]) -> set[str]:
    return {path for policy in policies for pin in policy.pins for path in pin.files} | _STEERED_BY


def _chart_paths(policies: Iterable[Policy]) -> set[str]:
    pins = (pin for policy in policies for pin in policy.pins if pin.selector.kind == "chart")
    return {path for pin in pins for path in pin.files}


def _as_reading(
    file: File | UpdaterError | None, found: Mapping[str, bytes], seals: Mapping[str, bytes]
) -> Reading[File | None]:
    if isinstance(file, UpdaterError):
        return Unreadable.of(file, transient=False)
    if file is None:
        return None
    seal, lock = sealed_by(file.path, seals) if seals else None, lock_of(file.path)
    locked = lock if lock in found else None
    return replace(file, sealed_by=seal, locked_by=locked) if seal or locked else file


def _read_history(
    sources: Sources,
    heads: Reading[Heads],
    branch: str,
    files: Mapping[str, Reading[File | None]],
    since: datetime,
) -> Reading[History]:
    if isinstance(heads, Unreadable):
        return heads
    lines = {f"refs/heads/{branch}", f"{messages.RECORD}{branch}"}
    tips = [sha for ref, sha in heads.refs.items() if ref in lines or ref.startswith(_PROPOSALS)]
    # Holds that were lifted are told, too, though nothing of them may be left.
    paths = {path for path, file in files.items() if isinstance(file, File)} | {holds.PATH}
    return attempt(lambda: sources.repository.history(tips, paths, since=since))


def _read_blobs(
    sources: Sources, history: Reading[History], known: Container[str]
) -> Reading[Mapping[str, bytes]]:
    if isinstance(history, Unreadable):
        return {}
    changes = [change for commit in history.commits.values() for change in commit.changes.values()]
    ids = {blob for change in changes for blob in (change.old, change.new) if blob}
    return attempt(lambda: sources.repository.blobs({blob for blob in ids if blob not in known}))


def read_changed(
    sources: Sources, answers: Mapping[Question, Answer], known: Container[str]
) -> Mapping[str, bytes]:
    """The texts before and after what branches change, also where no pin is (any more); none that fails."""
    ids = set[str]()
    for answer in answers.values():
        changes = (
            [each for each in answer if isinstance(each, FileChange)] if isinstance(answer, tuple) else []
        )
        if len(changes) <= _MOST_TEXTS:
            ids |= {blob for change in changes for blob in (change.old, change.new) if blob}
    missing = {blob for blob in ids if blob not in known}
    read = attempt(lambda: sources.repository.blobs(missing)) if missing else {}
    return {} if isinstance(read, Unreadable) else read
