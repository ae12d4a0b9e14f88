"""To read what of a base branch's head belongs to the config. I/O through ports."""

from __future__ import annotations

from dataclasses import replace

from updater.config import Config
from updater.errors import Refused, Unavailable
from updater.model import Heads, Reading, Unreadable
from updater.observe.sources import Sources, attempt

_AT_ONCE = 50
"""Files whose past is looked at in one pass; those left have their turn in the next."""


def read_head(sources: Sources, config: Config, repository: str) -> None:
    """Only that, where no pass over the repository is to follow. Raises Refused or Unavailable."""
    heads = sources.repository.fetch()
    _, read = completed(sources, config, repository, heads)
    if isinstance(read, Unreadable):
        kind = Unavailable if read.transient else Refused
        raise kind(read.why, reason=read.reason)


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
    config = sources.complete(repository, found)
    lost = sorted(path for name, path in config.unknown if name == repository)[:_AT_ONCE]
    earlier = attempt(lambda: sources.repository.earlier(commit, lost)) if lost else {}
    if not lost or isinstance(earlier, Unreadable):
        return config, heads
    return sources.complete(repository, replace(found, earlier=earlier)), heads
