"""What people have recorded about apps and environments that nobody knows here: it does nothing. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import lru_cache
from typing import TypeAlias

from updater import holds, rollback_floors
from updater.config import Config, Policy
from updater.holds import PATH, HoldsUnreadable, HoldTarget
from updater.model import File, Placement, Snapshot
from updater.near_names import near_name
from updater.rollback_floors import PATH as FLOORS

TOLD = 20
"""So many entries have a sentence each: to find what each may have meant costs a look at every app."""

_Names: TypeAlias = tuple[str, str | None]
"""App, and environment or None for all."""


def unknown_names(snapshot: Snapshot, config: Config) -> tuple[str, ...]:
    """A sentence for the first entries of each file that are about nobody, unless they are over.

    What was held in a preview that is gone is over, too.
    """
    return (
        *_of_file(PATH, _recorded(snapshot, PATH, _entries), snapshot, config),
        *_of_file(FLOORS, _recorded(snapshot, FLOORS, _floors), snapshot, config),
    )


def _recorded(
    snapshot: Snapshot, path: str, read: Callable[[bytes], tuple[HoldTarget, ...]]
) -> tuple[HoldTarget, ...]:
    file = snapshot.files.get(path)
    return read(file.data) if isinstance(file, File) else ()


def _of_file(path: str, entries: Iterable[HoldTarget], snapshot: Snapshot, config: Config) -> tuple[str, ...]:
    policies = config.policies
    lasting = [entry for entry in entries if entry.until is None or entry.until > snapshot.now]
    known = _known(snapshot.repository, policies) if lasting else frozenset()
    unknown = [entry for entry in lasting if _names(entry) not in known]
    idle = [entry for entry in unknown if not (entry.environment and config.is_gone(entry.environment))]
    said = [_told(entry, known, policies, path) for entry in idle[:TOLD]]
    more = len(idle) - len(said)
    rest = (f"{path}: {more} more of its entries name nobody here and do nothing",) if more else ()
    return (*said, *rest)


@lru_cache(maxsize=16)
def _entries(data: bytes) -> tuple[HoldTarget, ...]:
    """The same in every pass until somebody writes there; what cannot be read is told as a hold."""
    try:
        return tuple(holds.parse_target(data))
    except HoldsUnreadable:
        return ()


def _floors(data: bytes) -> tuple[HoldTarget, ...]:
    """What cannot be read is told to whom it concerns."""
    return tuple(
        HoldTarget(entry.app, entry.environment, "rollback floor", None, where)
        for entry, where in rollback_floors.named(data)
    )


def _known(repository: str, policies: Mapping[Placement, Policy]) -> frozenset[_Names]:
    """Each app, alone and in each of its environments."""
    mine = [placement for placement, policy in policies.items() if policy.repository == repository]
    return frozenset(names for env, app in mine for names in ((app, None), (app, env)))


def _names(entry: HoldTarget) -> _Names:
    return entry.app, entry.environment


def _told(
    entry: HoldTarget, known: Collection[_Names], policies: Mapping[Placement, Policy], path: str
) -> str:
    elsewhere = (
        policy.repository
        for (environment, app), policy in policies.items()
        if app == entry.app and entry.environment in {None, environment}
    )
    there = next(elsewhere, None)
    why = _elsewhere(entry, there, path) if there else _unknown(entry, known)
    return f"{entry.where}: {why}; this {entry.kind} does nothing: mend it, or delete it"


def _elsewhere(entry: HoldTarget, repository: str, path: str) -> str:
    return f"{entry.app} is deployed from the repository {repository}, where {path} would name it"


def _unknown(entry: HoldTarget, known: Collection[_Names]) -> str:
    apps, environments = {app for app, _ in known}, {name for _, name in known if name}
    if entry.app not in apps:
        return f"the config has no app {entry.app!r} here{_meant(entry.app, apps)}"
    if entry.environment and entry.environment not in environments:
        said = f"the config has no environment {entry.environment!r} here"
        return said + _meant(entry.environment, environments)
    return f"by the config {entry.app} is not in {entry.environment}"


def _meant(word: str, known: Iterable[str]) -> str:
    near = near_name(word, known)
    return f" (did you mean {near}?)" if near else ""
