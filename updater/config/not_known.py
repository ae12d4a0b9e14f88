"""What is said to somebody who names an app or an environment that the config does not have. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from updater.model import Placement
from updater.near_names import near_name
from updater.printable import excerpt

_LONGEST = 60
"""Characters of a word that somebody wrote: no name is longer."""
_LISTED = 20
"""So many names are told where none is near."""


def not_known(app: str | None, environment: str | None, placements: Collection[Placement]) -> str:
    """Why no placement is meant by these, with the name that most likely was.

    None stands for any app, or any environment.
    """
    apps = dict.fromkeys(placement.app for placement in placements)
    environments = dict.fromkeys(placement.environment for placement in placements)
    if app and environment and Placement(app, environment) in placements:
        return f"{app} is an environment and {environment} an app: write `{environment} {app}`"
    if app is not None and app not in apps:
        return unknown("app", app, apps)
    if environment is not None and environment not in environments:
        return unknown("environment", environment, environments)
    its = [placement.environment for placement in placements if app in {None, placement.app}]
    if app is None:
        return "the config has no app yet"
    return f"the config has no app {app} in {environment}; it has {app} in {_listed(its)}"


def unknown(noun: str, word: str, known: Iterable[str]) -> str:
    """`the config has no app sohp; did you mean shop?`."""
    names = list(known)
    near = near_name(word, names)
    return f"the config has no {noun} {excerpt(word, _LONGEST)}; " + (
        f"did you mean {near}?" if near else f"it has {_listed(names)}"
    )


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return (", ".join(names[:_LISTED]) or "none") + more
