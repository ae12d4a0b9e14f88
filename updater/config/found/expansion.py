"""To write out what a config says by patterns, of environments and of images. Pure.

What comes out is what a user could have written by hand, and it is resolved as if they had.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from updater.config.environments import Override
from updater.config.found.image_owners import FoundImage, collisions, share_out
from updater.config.found.images import KnownImages
from updater.config.found.sites import ImageAt, Site, UnreadFile
from updater.config.found.standing_pins import StandingPins
from updater.config.found.written_out import Heads, WrittenOut, sites_of, write_out
from updater.config.models import App, Main
from updater.config.policies import Pin
from updater.config.resolution import WrittenApp
from updater.config.wildcards import IMAGE, STAR, ImagePattern, has_star
from updater.model import Image
from updater.strict_yaml.reader import SourceLocation
from updater.value_class import value_class


@value_class
class Expanded:
    """A config without patterns."""

    main: Main
    main_at: SourceLocation
    apps: tuple[WrittenApp, ...] = ()
    """Those that a pattern has a part in; all others are as they were written."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """Apps that are two at once, and why."""
    notes: tuple[str, ...] = ()
    standing: Collection[str] = ()
    """All environments whose folder is there, also those that are left alone."""
    unread: Collection[UnreadFile] = ()


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
    sites = (site for written in patterned for site in sites_of(main, main_at, written))
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
    wide = write_out(main, main_at, patterned, heads, _teams_to_come(main, main_at))
    finder = _Finder(wide, heads, memory)
    found, unusable, unread = finder.images()
    owned = share_out(found, _named(apps))
    named = {written.app.app for written in apps if IMAGE not in written.app.app}
    own_apps = [each for each in owned.images if IMAGE in patterned[each.declared].app.app]
    refused = dict(collisions(own_apps, named))
    taken = [why for app, why in refused.items() if app in named]
    notes = dict.fromkeys((*wide.notes, *unusable, *owned.notes, *taken, *_idle(patterned, found)))
    expanded = (*_of_images(patterned, wide.apps, owned.images, named), *finder.standing(patterned))
    memory.images.keep({name: head.files.keys() for name, head in heads.items()})
    return Expanded(wide.main, wide.main_at, expanded, refused, tuple(notes), wide.standing, unread)


@value_class
class _Finder:
    """What stands in the files of the environments."""

    wide: WrittenOut
    heads: Heads
    memory: PatternMemory

    def images(self) -> tuple[list[FoundImage], list[str], set[UnreadFile]]:
        """Which images patterns find, whosever they are; what cannot be used; of which files nobody knows."""
        found, notes, unread = list[FoundImage](), list[str](), set[UnreadFile]()
        for number, written in enumerate(self.wide.apps):
            for site in self.wide.sites(written) if is_wild(written.app) else ():
                for each in self._images_of(site):
                    if isinstance(each, str):
                        notes.append(each)
                    elif isinstance(each, UnreadFile):
                        unread.add(each)
                    else:
                        found.append(FoundImage(each, site.layers.name, site.repository, number))
        return found, notes, unread

    def _images_of(self, site: Site) -> Iterator[ImageAt | UnreadFile | str]:
        if (head := self.heads.get(site.repository)) is not None:
            yield from site.images(head, self.memory.images)

    def standing(self, patterned: Sequence[WrittenApp]) -> Iterator[WrittenApp]:
        """Each app in those of a pattern's environments where a pin of it stands."""
        asked = {
            (number, site.layers.name): (head, self._pins(before.app, site))
            for number, (before, after) in enumerate(zip(patterned, self.wide.apps, strict=True))
            for site in (self.wide.sites(after) if not is_wild(before.app) else ())
            if site.layers.name not in before.app.environments
            and (head := self.heads.get(site.repository)) is not None
        }
        self.memory.pins.learn(asked.values())
        there = {key for key, (head, pins) in asked.items() if self.memory.pins.stand(head, pins)}
        for number, (before, after) in enumerate(zip(patterned, self.wide.apps, strict=True)):
            overrides = {
                name: said for name, said in after.app.environments.items() if (number, name) in there
            }
            if overrides:
                every = {key: said for key, said in before.app.environments.items() if not has_star(key)}
                yield replace(after, app=_with(after.app, environments={**every, **overrides}))

    def _pins(self, app: App, site: Site) -> Sequence[Pin]:
        return self.memory.pins.places(app, site.layers.name, site.pins)


# --- apps -----------------------------------------------------------------------------------------------


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
            one = replace(apps[number], app=_with(apps[number].app, app=app))
            yield from _together(one, several, patterned[number].app.environments)


def _together(
    written: WrittenApp, found: Iterable[FoundImage], exact: Collection[str]
) -> Iterator[WrittenApp]:
    """In each environment, the images that stand there, beside those that the app names by themselves.

    In one that a pattern has made it is only where some stand.
    """
    own = tuple(image for image in written.app.images if isinstance(image, Image))
    there: dict[str, tuple[Image, ...]] = {}
    for each in found:
        images = there.get(each.environment, own)
        there[each.environment] = (*images, *(() if each.at.image in images else (each.at.image,)))
    overrides = {
        name: override.with_images(there.get(name, own))
        for name, override in written.app.environments.items()
        if name in there or (own and name in exact)
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
