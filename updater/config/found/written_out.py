"""To write out the environments that stand in a repository by a pattern, and what apps say of them. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias, TypeVar

from pydantic import ValidationError

from updater.config.environments import Environment, Override
from updater.config.found.environments import FoundEnvironments, Place, find_environments
from updater.config.found.sites import Site
from updater.config.models import Main
from updater.config.resolution import WrittenApp
from updater.config.tag_settings import Tags
from updater.config.teams.weakening import layers_of
from updater.config.wildcards import EnvironmentMatch, environment_match, filled, has_star
from updater.model import HeadFiles
from updater.strict_yaml.reader import SourceLocation
from updater.value_class import value_class

S = TypeVar("S", Environment, Override)
Heads: TypeAlias = Mapping[str, HeadFiles]
"""What was read of each repository's head."""
Matches: TypeAlias = Mapping[str, Sequence[EnvironmentMatch]]
"""The environments that each pattern has made."""


@value_class
class WrittenOut:
    """A config whose environments have all a name of their own."""

    main: Main
    main_at: SourceLocation
    apps: Sequence[WrittenApp]
    """In the order in which they were given."""
    notes: Sequence[str]
    standing: Collection[str]
    """All environments whose folder is there, also those that are left alone."""

    def sites(self, written: WrittenApp) -> Iterator[Site]:
        return sites_of(self.main, self.main_at, written)


def write_out(
    main: Main,
    main_at: SourceLocation,
    apps: Sequence[WrittenApp],
    heads: Heads,
    to_come: Iterable[WrittenApp] = (),
) -> WrittenOut:
    """`to_come`: stand for apps that nobody knows yet; their environments are there already."""
    found = _environments(main, main_at, [*apps, *to_come], heads)
    several = {key: [environment_match(key, m) for m in them] for key, them in found.matches.items()}
    matches, unfit = _fitting(main_at, apps, several)
    concrete = [_with_overrides(written, matches) for written in apps]
    wide = _with_environments(main, main_at, matches)
    return WrittenOut(*wide, concrete, [*found.notes, *unfit], found.standing)


def sites_of(main: Main, main_at: SourceLocation, written: WrittenApp) -> Iterator[Site]:
    for name in written.app.environments:
        if name in main.environments:
            yield Site(main, written.app, layers_of(main, main_at, name, written))


def _environments(
    main: Main, main_at: SourceLocation, apps: Iterable[WrittenApp], heads: Heads
) -> FoundEnvironments:
    places = [
        Place(site.layers.name, site.repository, template, site.literal)
        for written in apps
        for site in sites_of(main, main_at, written)
        if has_star(site.layers.name)
        for template in site.templates()
    ]
    paths = {name: head.files.keys() for name, head in heads.items()}
    return find_environments(places, paths, [name for name in main.environments if not has_star(name)])


def _fitting(
    main_at: SourceLocation, apps: Iterable[WrittenApp], matches: Matches
) -> tuple[Matches, list[str]]:
    """Without those whose names make nonsense of the tags that are written for the pattern."""
    fitting, notes = dict[str, list[EnvironmentMatch]](), list[str]()
    for key, several in matches.items():
        places = [
            place.child("environments", key, "tags") for place in (main_at, *(app.place for app in apps))
        ]
        tags = [place for place in places if place.written is not None]
        why = {
            one.name: next(filter(None, (_why_unfit(place, one) for place in tags)), None) for one in several
        }
        fitting[key] = [one for one in several if why[one.name] is None]
        notes += filter(None, why.values())
    return fitting, notes


def _why_unfit(place: SourceLocation, found: EnvironmentMatch) -> str | None:
    try:
        _tags(place, found)
    except ValidationError:
        return place.fault(f"cannot be read for {found.name}, which is left alone: rename its folder")
    return None


def _tags(place: SourceLocation, found: EnvironmentMatch) -> Tags | None:
    """As they are with the words that they may have; None where there are no such words."""
    written = place.written
    own = filled(written.data, found) if written is not None else None
    return None if written is None or own == written.data else Tags.model_validate(own)


def _with_environments(main: Main, main_at: SourceLocation, matches: Matches) -> tuple[Main, SourceLocation]:
    """Each pattern's environments stand where the pattern stands."""
    environments: dict[str, Environment] = {}
    for name, environment in main.environments.items():
        if not has_star(name):
            environments[name] = environment
        for found in matches.get(name, ()):
            environments[found.name] = _filled(environment, main_at.child("environments", name), found)
    copies = {found.name: key for key, several in matches.items() for found in several}
    return main.model_copy(update={"environments": environments}), main_at.with_copies("environments", copies)


def _with_overrides(written: WrittenApp, matches: Matches) -> WrittenApp:
    """What an app says of a pattern, it says of each of its environments."""
    overrides: dict[str, Override] = {}
    for name, override in written.app.environments.items():
        if not has_star(name):
            overrides[name] = override
        for found in matches.get(name, ()):
            overrides[found.name] = _filled(override, written.place.child("environments", name), found)
    keys = [key for key in written.app.environments if has_star(key)]
    copies = {found.name: key for key in keys for found in matches.get(key, ())}
    place = written.place.with_copies("environments", copies)
    return replace(written, app=written.app.model_copy(update={"environments": overrides}), place=place)


def _filled(settings: S, place: SourceLocation, found: EnvironmentMatch) -> S:
    tags = _tags(place.child("tags"), found)
    return settings if tags is None else settings.model_copy(update={"tags": tags})
