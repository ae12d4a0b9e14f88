"""To read files, history and old contents of a deploy repository. I/O through ports."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from datetime import datetime

from updater import holds, messages
from updater.config import Policy
from updater.errors import UpdaterError
from updater.model import File, Heads, History, Reading, Unreadable
from updater.observe.sources import Sources, attempt

_PROPOSALS = tuple(f"refs/heads/{prefix}" for prefix in messages.OURS)


def read_files(
    sources: Sources, heads: Reading[Heads], branch: str, policies: Iterable[Policy]
) -> dict[str, Reading[File | None]]:
    if isinstance(heads, Unreadable):
        return {}
    paths = {path for policy in policies for pin in policy.pins for path in pin.files} | {holds.PATH}
    read = attempt(lambda: sources.repository.files(heads.refs[f"refs/heads/{branch}"], paths))
    if isinstance(read, Unreadable):
        return dict.fromkeys(paths, read)
    return {path: _as_reading(file) for path, file in read.items()}


def _as_reading(file: File | UpdaterError | None) -> Reading[File | None]:
    return Unreadable.of(file, transient=False) if isinstance(file, UpdaterError) else file


def read_history(
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


def read_blobs(
    sources: Sources, history: Reading[History], known: Container[str]
) -> Reading[Mapping[str, bytes]]:
    if isinstance(history, Unreadable):
        return {}
    changes = [change for commit in history.commits.values() for change in commit.changes.values()]
    ids = {blob for change in changes for blob in (change.old, change.new) if blob}
    return attempt(lambda: sources.repository.blobs({blob for blob in ids if blob not in known}))
