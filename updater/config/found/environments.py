"""Which environments stand in a repository by a pattern of their names. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from updater.config.names import environment_name
from updater.config.paths import path_expression
from updater.config.wildcards import STAR
from updater.printable import printable
from updater.value_class import value_class

MOST = 500
"""So many environments of one pattern are looked after, the first by name."""
_TOLD = 5
"""So many names that cannot be used are told, of one pattern."""


@value_class
class Place:
    """Where an app's environments of a pattern may stand: a template of paths, and the repository."""

    pattern: str
    repository: str
    template: str
    app: str
    """With a star where an app is made of each image."""


@dataclass(slots=True)
class FoundEnvironments:
    """By pattern, what the star stands for, in the order of the names; and what is to be said of it."""

    matches: dict[str, tuple[str, ...]] = field(default_factory=dict)
    standing: set[str] = field(default_factory=set)
    """The names of all whose folder is there, also of those that are left alone."""
    notes: list[str] = field(default_factory=list)


def find_environments(
    places: Iterable[Place], paths: Mapping[str, Collection[str]], named: Collection[str]
) -> FoundEnvironments:
    """`paths`: the files of each repository's head that may count; `named`: the environments config names."""
    found = FoundEnvironments()
    seen: dict[str, set[str]] = {}
    for place in places:
        seen.setdefault(place.pattern, set()).update(_matches(place, paths.get(place.repository, ())))
    found.standing = {_name(pattern, match) for pattern, matches in seen.items() for match in matches}
    usable = {pattern: _usable(pattern, matches, found) for pattern, matches in seen.items()}
    doubled = _doubled(usable, found)
    for pattern, matches in usable.items():
        own = sorted((m for m in matches if _name(pattern, m) not in {*named, *doubled}), key=_order)
        found.matches[pattern] = tuple(own[:MOST])
        found.notes += _too_many(pattern, len(own))
    return found


def _matches(place: Place, paths: Iterable[str]) -> Iterator[str]:
    expression = path_expression(place.template, place.pattern, place.app)
    for path in paths:
        if (match := expression.fullmatch(path)) is not None:
            yield match["match"]


def _usable(pattern: str, matches: Collection[str], found: FoundEnvironments) -> set[str]:
    """Names of folders are anybody's text: what is no name is told, and left alone."""
    bad = {match: why for match in matches if (why := _why_not(_name(pattern, match))) is not None}
    told = sorted(bad)[:_TOLD]
    found.notes += (f"{bad[match]}; {pattern} leaves it alone" for match in told)
    if len(bad) > len(told):
        found.notes.append(f"{pattern} leaves {len(bad) - len(told)} more alone that are no names")
    return set(matches) - bad.keys()


def _why_not(name: str) -> str | None:
    try:
        environment_name(name)
    except ValueError as error:
        return printable(str(error))
    return None


def _doubled(usable: Mapping[str, Collection[str]], found: FoundEnvironments) -> set[str]:
    """The names that two patterns make."""
    makers: dict[str, list[str]] = {}
    for pattern, matches in usable.items():
        for match in matches:
            makers.setdefault(_name(pattern, match), []).append(pattern)
    doubled = {name: patterns for name, patterns in makers.items() if len(patterns) > 1}
    for name in sorted(doubled):
        patterns = " and ".join(doubled[name])
        found.notes.append(f"the environment {name} is made by {patterns}: by neither, until one is narrower")
    return set(doubled)


def _too_many(pattern: str, number: int) -> Iterator[str]:
    if number > MOST:
        yield f"{pattern} finds {number} environments, of which only the first {MOST} by name count"


def _name(pattern: str, match: str) -> str:
    return pattern.replace(STAR, match)


def _order(match: str) -> tuple[int, str]:
    """`pr-9` before `pr-10`."""
    return len(match) if match.isdigit() else 0, match
