"""To guess what comes after what, and how a change may reach each environment. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from updater.config.levels import Level, level
from updater.tools.init.apps import FoundApp, shared


def in_order(environments: Collection[str]) -> list[str]:
    """From the first to the last a change reaches; what is not known stands at the end."""
    return sorted(environments, key=lambda name: (_rank(name), name))


def predecessors(environments: Collection[str], apps: Sequence[FoundApp]) -> Mapping[str, str]:
    """Only from acceptance on: all before that follow new images by themselves."""
    found = {}
    for name in environments:
        before = _before(name, environments, apps)
        if before is not None:
            found[name] = before
    return found


def is_guarded(environment: str) -> bool:
    """Where a human should have a look before a change: production, and what nobody knows."""
    known = level_of(environment)
    return known is None or known >= Level.PREPRODUCTION


def level_of(environment: str) -> Level | None:
    return level(environment.rpartition("/")[2])


def _before(name: str, environments: Collection[str], apps: Sequence[FoundApp]) -> str | None:
    own = level_of(name)
    if own is None or own < Level.ACCEPTANCE:
        return None
    cluster = name.rpartition("/")[0]
    for where in dict.fromkeys((cluster, "")):
        lower = [one for one in environments if one.rpartition("/")[0] == where and _is_below(one, own)]
        together = {one: shared(apps, (one, name)) for one in lower}
        possible = [one for one in lower if together[one]]
        if possible:
            return max(possible, key=lambda one: (level_of(one) or 0, together[one], one))
    return None


def _is_below(environment: str, own: Level) -> bool:
    found = level_of(environment)
    return found is not None and Level.APART < found < own


def _rank(environment: str) -> int:
    found = level_of(environment)
    return Level.PRODUCTION + 1 if found is None else found
