"""To write out what a config says by patterns, of environments and of images. Pure.

What comes out is what a user could have written by hand, and it is resolved as if they had.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

from updater.config.environments import Environment, Override, Tags
from updater.config.found_environments import FoundEnvironments, Place, find_environments
from updater.config.found_images import KnownImages
from updater.config.image_owners import FoundImage, collisions, share_out
from updater.config.models import App, Main
from updater.config.pattern_sites import Site
from updater.config.resolution import WrittenApp
from updater.config.weakening import layers_of
from updater.config.wildcards import (
    IMAGE,
    STAR,
    EnvironmentMatch,
    ImagePattern,
    environment_match,
    filled,
    has_star,
)
from updater.model import HeadFiles, Image
from updater.strict_yaml.reader import SourceLocation

S = TypeVar("S", Environment, Override)
Heads: TypeAlias = Mapping[str, HeadFiles]
"""What was read of each repository's head."""
Matches: TypeAlias = Mapping[str, Sequence[EnvironmentMatch]]
"""The environments that each pattern has made."""


@dataclass(frozen=True, slots=True)
class Expanded:
    """A config without patterns."""

    main: Main
    main_at: SourceLocation
    apps: tuple[WrittenApp, ...] = ()
    """Those that a pattern has a part in; all others are as they were written."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """Apps that are two at once, and why."""
    notes: tuple[str, ...] = ()


def has_patterns(app: App) -> bool:
    """Whether an app is not complete without what stands in the repositories."""
    return is_wild(app) or any(map(has_star, app.environments))


def is_wild(app: App) -> bool:
    """Its images are found."""
    return any(isinstance(image, ImagePattern) for image in app.images)


def wanted(
    main: Main, main_at: SourceLocation, apps: Iterable[WrittenApp], repository: str
) -> dict[str, int]:
    """Which files of a repository say what the patterns stand for, and how many bytes of each count."""
    patterned = [*(written for written in apps if has_patterns(written.app)), *_teams_to_come(main, main_at)]
    sites = (site for written in patterned for site in _sites(main, main_at, written))
    mine = (site for site in sites if site.repository == repository)
    return {path: how.limit for site in mine for path, how in site.files().items()}


def _teams_to_come(main: Main, main_at: SourceLocation) -> Iterator[WrittenApp]:
    """Nobody knows yet which apps they will have, or in which of the environments that patterns make."""
    environments = {name: Override() for name in main.environments if has_star(name)}
    if main.apps and environments:
        app = App.model_construct(app=IMAGE, images=(ImagePattern(STAR),), environments=environments)
        yield WrittenApp(app, main_at)


def expand(
    main: Main, main_at: SourceLocation, apps: Sequence[WrittenApp], heads: Heads, known: KnownImages
) -> Expanded:
    """`known`: what files named that cannot be read now."""
    patterned = [written for written in apps if has_patterns(written.app)]
    found = _environments(main, main_at, [*patterned, *_teams_to_come(main, main_at)], heads)
    matches = {key: [environment_match(key, m) for m in several] for key, several in found.matches.items()}
    wider, wider_at = _with_environments(main, main_at, matches)
    concrete = [_with_overrides(written, matches) for written in patterned]
    images, notes = _found_images(wider, wider_at, concrete, heads, known)
    owned = share_out(images, _named(apps))
    taken = {written.app.app for written in apps if IMAGE not in written.app.app}
    own = [each for each in owned.images if IMAGE in patterned[each.declared].app.app]
    refused = dict(collisions(own, taken))
    expanded = list[WrittenApp]()
    for number, (before, after) in enumerate(zip(patterned, concrete, strict=True)):
        mine = [each for each in owned.images if each.declared == number]
        if is_wild(before.app):
            expanded += _of_images(after, mine, taken)
            notes += _idle(before, mine)
        else:
            expanded += _standing(wider, wider_at, before, after, heads)
    return Expanded(
        wider,
        wider_at,
        tuple(expanded),
        {app: why for app, why in refused.items() if app not in taken},
        tuple(dict.fromkeys((*found.notes, *notes, *owned.notes, *_taken(refused, taken)))),
    )


# --- environments ---------------------------------------------------------------------------------------


def _environments(
    main: Main, main_at: SourceLocation, apps: Iterable[WrittenApp], heads: Heads
) -> FoundEnvironments:
    places = [
        Place(site.layers.name, site.repository, template, site.literal)
        for written in apps
        for site in _sites(main, main_at, written)
        if has_star(site.layers.name)
        for template in site.templates()
    ]
    paths = {name: head.files.keys() for name, head in heads.items()}
    return find_environments(places, paths, [name for name in main.environments if not has_star(name)])


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
    return WrittenApp(
        _with(written.app, environments=overrides), written.place.with_copies("environments", copies)
    )


def _filled(settings: S, place: SourceLocation, found: EnvironmentMatch) -> S:
    """With the words that its tags may have, which are read as they were written."""
    tags = place.child("tags").written
    own = filled(tags.data, found) if tags is not None else None
    if tags is None or own == tags.data:
        return settings
    return settings.model_copy(update={"tags": Tags.model_validate(own)})


# --- apps -----------------------------------------------------------------------------------------------


def _sites(main: Main, main_at: SourceLocation, written: WrittenApp) -> Iterator[Site]:
    for name, override in written.app.environments.items():
        if name in main.environments:
            own = (override, written.place.child("environments", name))
            yield Site(main, written.app, layers_of(main, main_at, name, own))


def _found_images(
    main: Main, main_at: SourceLocation, apps: Iterable[WrittenApp], heads: Heads, known: KnownImages
) -> tuple[list[FoundImage], list[str]]:
    found, notes = list[FoundImage](), list[str]()
    for number, written in enumerate(apps):
        for site in _sites(main, main_at, written) if is_wild(written.app) else ():
            head = heads.get(site.repository)
            for each in site.images(head, known) if head is not None else ():
                if isinstance(each, str):
                    notes.append(each)
                else:
                    found.append(FoundImage(each, site.layers.name, site.repository, number))
    return found, notes


def _named(apps: Iterable[WrittenApp]) -> set[Image]:
    """The images that some app names by themselves: they are its, everywhere."""
    named = set[Image]()
    for written in apps:
        named |= {image for image in written.app.images if isinstance(image, Image)}
        for override in written.app.environments.values():
            own = (override.image, *(pin.image for pin in override.pins))
            named |= {image for image in own if image is not None}
    return named


def _standing(
    main: Main, main_at: SourceLocation, before: WrittenApp, after: WrittenApp, heads: Heads
) -> Iterator[WrittenApp]:
    """It is in those of a pattern's environments where a pin of it stands."""
    there = {
        site.layers.name
        for site in _sites(main, main_at, after)
        if site.layers.name in before.app.environments or _stands(site, heads)
    }
    overrides = {name: said for name, said in after.app.environments.items() if name in there}
    if overrides:
        yield WrittenApp(_with(after.app, environments=overrides), after.place)


def _stands(site: Site, heads: Heads) -> bool:
    head = heads.get(site.repository)
    return head is not None and site.stands(head)


def _of_images(
    written: WrittenApp, found: Sequence[FoundImage], taken: Collection[str]
) -> Iterator[WrittenApp]:
    """One app of all that was found, or one of each."""
    if IMAGE not in written.app.app:
        yield from _together(written, found)
        return
    by_app: dict[str, list[FoundImage]] = {}
    for each in found:
        by_app.setdefault(each.at.app, []).append(each)
    for app, several in by_app.items():
        if app not in taken:
            yield from _together(WrittenApp(_with(written.app, app=app), written.place), several)


def _together(written: WrittenApp, found: Iterable[FoundImage]) -> Iterator[WrittenApp]:
    """In each environment, the images that stand there, beside those that the app names by themselves."""
    own = tuple(image for image in written.app.images if isinstance(image, Image))
    there: dict[str, tuple[Image, ...]] = {}
    for each in found:
        images = there.get(each.environment, own)
        there[each.environment] = (*images, *(() if each.at.image in images else (each.at.image,)))
    overrides = {
        name: override.with_images(there.get(name, own))
        for name, override in written.app.environments.items()
        if there.get(name, own)
    }
    if overrides:
        every = tuple(
            dict.fromkeys(image for override in overrides.values() for image in override.images or ())
        )
        yield WrittenApp(
            _with(written.app, images=every, environments=overrides), written.place, by_pattern=True
        )


def _with(app: App, /, **changed: object) -> App:
    return app.model_copy(update=changed)


# --- what is to be said ---------------------------------------------------------------------------------


def _idle(written: WrittenApp, found: Sequence[FoundImage]) -> Iterator[str]:
    """Patterns that match nothing; it may be a mistake, or come true later."""
    matched = {each.at.pattern for each in found}
    for number, image in enumerate(written.app.images):
        if isinstance(image, ImagePattern) and image not in matched:
            place = written.place.child("images", number)
            yield place.fault(f"{image} matches no image that stands in a file of {_places(written.app)}")


def _places(app: App) -> str:
    return " or ".join(app.environments)


def _taken(refused: Mapping[str, str], taken: Collection[str]) -> Iterator[str]:
    return (why for app, why in refused.items() if app in taken)
