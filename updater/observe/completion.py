"""To read what of a base branch's head belongs to the config. I/O through ports."""

from __future__ import annotations

from updater.config import Config
from updater.model import Heads, Reading, Unreadable
from updater.observe.sources import Sources, attempt


def completed(
    sources: Sources, config: Config, repository: str, heads: Reading[Heads]
) -> tuple[Config, Reading[Heads]]:
    """The config that this pass goes by. What cannot be read makes the heads unreadable, too: all holds."""
    if sources.complete is None:
        return config, heads
    wanted, branch = config.wanted(repository), config.repositories[repository].branch
    if not wanted or isinstance(heads, Unreadable):
        return sources.complete(repository, None), heads
    commit = heads.refs[f"refs/heads/{branch}"]
    found = attempt(lambda: sources.repository.matching(commit, wanted))
    if isinstance(found, Unreadable):
        return sources.complete(repository, None), found
    return sources.complete(repository, found), heads
