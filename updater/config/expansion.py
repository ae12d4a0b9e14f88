"""To write out what a config says by patterns, of environments and of images. Pure.

What comes out is what a user could have written by hand, and it is resolved as if they had.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias, TypeVar

from pydantic import ValidationError

from updater.config.environments import Environment, Override, Tags
from updater.config.found_environments import FoundEnvironments, Place, find_environments
from updater.config.found_images import KnownImages
from updater.config.image_owners import FoundImage, collisions, share_out
from updater.config.models import App, Main
from updater.config.pattern_sites import ImageAt, Site
from updater.config.policies import Pin
from updater.config.resolution import WrittenApp
from updater.config.standing_pins import StandingPins
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


@dataclass(slots=True)
class PatternMemory:
    """What texts said. But for files that cannot be read now, it changes the cost and not the answer."""

    images: KnownImages = field(default_factory=KnownImages)
    pins: StandingPins = field(default_factory=StandingPins)


def expand(
    main: Main, main_at: SourceLocation, apps: Sequence[WrittenApp], heads: Heads, memory: PatternMemory
) -> Expanded:
    patterned = [written for written in apps if has_patterns(written.app)]
    found = _environments(main, main_at, [*patterned, *_teams_to_come(main, main_at)], heads)
    several = {key: [environment_match(key, m) for m in them] for key, them in found.matches.items()}
    matches, unfit = _fitting(main_at, patterned, several)
    wide = _Wide(*_with_environments(main, main_at, matches), heads, memory)
    concrete = [_with_overrides(written, matches) for written in patterned]
    found_images, notes = wide.images(concrete)
    owned = share_out(found_images, _named(apps))
    named = {written.app.app for written in apps if IMAGE not in written.app.app}
    own_apps = [each for each in owned.images if IMAGE in patterned[each.declared].app.app]
    refused = dict(collisions(own_apps, named))
    expanded = [*_of_images(patterned, concrete, owned.images, named), *wide.standing(patterned, concrete)]
    notes = [*found.notes, *unfit, *notes, *owned.notes]
    notes += [why for app, why in refused.items() if app in named]
    notes += _idle(patterned, found_images)
    memory.images.keep({name: head.files.keys() for name, head in heads.items()})
    return Expanded(wide.main, wide.main_at, tuple(expanded), refused, tuple(dict.fromkeys(notes)))


@dataclass(frozen=True, slots=True)
class _Wide:
    """The config with the environments that were found, and what was read for it."""

    main: Main
    main_at: SourceLocation
    heads: Heads
    memory: PatternMemory

    def images(self, apps: Iterable[WrittenApp]) -> tuple[list[FoundImage], list[str]]:
        """Which images patterns find, whosever they are; and what cannot be used."""
        found, notes = list[FoundImage](), list[str]()
        for number, written in enumerate(apps):
            for site in _sites(self.main, self.main_at, written) if is_wild(written.app) else ():
                for each in self._images_of(site):
                    if isinstance(each, str):
                        notes.append(each)
                    else:
                        found.append(FoundImage(each, site.layers.name, site.repository, number))
        return found, notes

    def _images_of(self, site: Site) -> Iterator[ImageAt | str]:
        if (head := self.heads.get(site.repository)) is not None:
            yield from site.images(head, self.memory.images)

    def standing(self, patterned: Sequence[WrittenApp], apps: Sequence[WrittenApp]) -> Iterator[WrittenApp]:
        """Each app in those of a pattern's environments where a pin of it stands."""
        asked = {
            (number, site.layers.name): (head, self._pins(before.app, site))
            for number, (before, after) in enumerate(zip(patterned, apps, strict=True))
            for site in (_sites(self.main, self.main_at, after) if not is_wild(before.app) else ())
            if site.layers.name not in before.app.environments
            and (head := self.heads.get(site.repository)) is not None
        }
        self.memory.pins.learn(asked.values())
        there = {key for key, (head, pins) in asked.items() if self.memory.pins.stand(head, pins)}
        for number, (before, after) in enumerate(zip(patterned, apps, strict=True)):
            overrides = {
                name: said for name, said in after.app.environments.items() if (number, name) in there
            }
            if overrides:
                every = {key: said for key, said in before.app.environments.items() if not has_star(key)}
                yield replace(after, app=_with(after.app, environments={**every, **overrides}))

    def _pins(self, app: App, site: Site) -> Sequence[Pin]:
        return self.memory.pins.places(app, site.layers.name, site.pins)


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
    return replace(written, app=_with(written.app, environments=overrides), place=place)


def _filled(settings: S, place: SourceLocation, found: EnvironmentMatch) -> S:
    tags = _tags(place.child("tags"), found)
    return settings if tags is None else settings.model_copy(update={"tags": tags})


# --- apps -----------------------------------------------------------------------------------------------


def _sites(main: Main, main_at: SourceLocation, written: WrittenApp) -> Iterator[Site]:
    for name, override in written.app.environments.items():
        if name in main.environments:
            own = (override, written.place.child("environments", name))
            yield Site(main, written.app, layers_of(main, main_at, name, own))


def _named(apps: Iterable[WrittenApp]) -> set[Image]:
    """The images that some app names by themselves: they are its, everywhere."""
    named = set[Image]()
    for written in apps:
        named |= {image for image in written.app.images if isinstance(image, Image)}
        for override in written.app.environments.values():
            own = (override.image, *(pin.image for pin in override.pins))
            named |= {image for image in own if image is not None}
    return named


def _of_images(
    patterned: Sequence[WrittenApp],
    apps: Sequence[WrittenApp],
    found: Iterable[FoundImage],
    named: Collection[str],
) -> Iterator[WrittenApp]:
    """Of each declaration one app of all that was found, or one of each."""
    by_app: dict[tuple[int, str], list[FoundImage]] = {
        (number, written.app.app): []
        for number, written in enumerate(patterned)
        if is_wild(written.app) and IMAGE not in written.app.app
    }
    for each in found:
        by_app.setdefault((each.declared, each.at.app), []).append(each)
    for (number, app), several in by_app.items():
        if app not in named or app == patterned[number].app.app:
            yield from _together(replace(apps[number], app=_with(apps[number].app, app=app)), several)


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
        yield replace(written, app=_with(written.app, images=every, environments=overrides), by_pattern=True)


def _with(app: App, /, **changed: object) -> App:
    return app.model_copy(update=changed)


# --- what is to be said ---------------------------------------------------------------------------------


def _idle(apps: Iterable[WrittenApp], found: Collection[FoundImage]) -> Iterator[str]:
    """Patterns that match nothing; it may be a mistake, or come true later."""
    matched = {(each.declared, each.at.pattern) for each in found}
    for declared, written in enumerate(apps):
        for number, image in enumerate(written.app.images):
            if isinstance(image, ImagePattern) and (declared, image) not in matched:
                where = " or ".join(written.app.environments)
                place = written.place.child("images", number)
                yield place.fault(f"{image} matches no image that stands in a file of {where}")
