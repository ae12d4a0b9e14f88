"""To read what was recorded of deployments, on the ref of ours. I/O through ports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from updater import messages
from updater.config import Policy
from updater.errors import UpdaterError
from updater.model import File, Heads, Reading, Unreadable
from updater.observe.sources import Sources, attempt


def read_record(
    sources: Sources, heads: Reading[Heads], branch: str, policies: Iterable[Policy]
) -> Reading[Mapping[str, Reading[File]]]:
    """The files of verdicts by path, also where nothing is verified any more; empty where the ref is not."""
    if isinstance(heads, Unreadable):
        return heads
    commit = heads.refs.get(messages.verdicts_ref(branch))
    if commit is None:
        return {}
    paths = [messages.verdicts_path(policy.placement) for policy in policies]
    read = attempt(lambda: sources.repository.files(commit, paths))
    if isinstance(read, Unreadable):
        return read
    return {path: _reading(file) for path, file in read.items() if file is not None}


def _reading(file: File | UpdaterError) -> Reading[File]:
    return Unreadable.of(file, transient=False) if isinstance(file, UpdaterError) else file
