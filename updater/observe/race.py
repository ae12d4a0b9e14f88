"""To say whether those who pushed first have touched anything that was read. I/O through ports."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from updater import holds, messages
from updater.config import Config
from updater.model import Heads, Reading, Snapshot, Unreadable, matches_any
from updater.observe.repository import ReadPaths, read_paths
from updater.observe.sources import Sources, attempt


def is_untouched(sources: Sources, config: Config, before: Snapshot, heads: Reading[Heads]) -> bool:
    """Whether what was decided of the old head is true of the new one without another look.

    The branch has gone on along its own line, by commits that touched no file a decision goes by (a bump and
    its revert touch one, though nothing is left of them), and no updater has been at work there.
    """
    if isinstance(heads, Unreadable) or _notes(heads.refs) != _notes(before.refs):
        return False
    base = f"refs/heads/{config.repositories[before.repository].branch}"
    if base not in heads.refs or base not in before.refs:
        return False
    touched = attempt(lambda: sources.repository.touched(before.refs[base], heads.refs[base]))
    if touched is None or isinstance(touched, Unreadable):
        return False
    wanted = config.wanted(before.repository)
    if any(matches_any(path, wanted) for path in touched):
        return False
    return not _concerns(touched, config.of(before.repository).once(read_paths))


def _notes(refs: Mapping[str, str]) -> Mapping[str, str]:
    """Our own refs: whoever bumps moves them along."""
    return {name: sha for name, sha in refs.items() if name.startswith(messages.RECORD)}


def _concerns(touched: Collection[str], read: ReadPaths) -> bool:
    """A file that was read, one above it that is no folder (any more), or one that people steer us by."""
    return any(read.concern(path) or path.startswith(holds.FOLDER) for path in touched)
