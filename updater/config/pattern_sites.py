"""Where the pins of an app may stand in an environment, and which images and pins do stand there. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from updater.config.found_images import FileKind, KnownImages
from updater.config.layers import Layers
from updater.config.models import App, Main
from updater.config.policies import Pin
from updater.config.policy_builder import PolicyBuilder
from updater.config.wildcards import IMAGE, STAR, ImagePattern, app_of
from updater.errors import UpdaterError
from updater.manifests import PinRefused, read
from updater.model import File, HeadFiles, Image, Placement, path_matcher
from updater.reasons import pin_reasons
from updater.strict_yaml.faults import Faults


@dataclass(frozen=True, slots=True)
class ImageAt:
    """An image of a file, the pattern that names it, and what its app is called."""

    image: Image
    path: str
    pattern: ImagePattern
    app: str


@dataclass(frozen=True, slots=True)
class Site:
    """An app in an environment, or in all of a pattern's: then the files have the star in their names."""

    main: Main
    app: App
    layers: Layers

    @property
    def repository(self) -> str:
        found: str = self.layers.get("repository")
        return found

    @property
    def literal(self) -> str:
        """The app's name, with a star where an app is made of each image."""
        return self.app.app.replace(IMAGE, STAR)

    def files(self) -> Mapping[str, FileKind]:
        """By path, or by a pattern of paths; how each is read."""
        found = {}
        for pin in self._pins(self.literal):
            how = FileKind(pin.selector.kind, pin.selector.at, pin.selector.limit)
            found.update(dict.fromkeys(pin.files, how))
        return found

    def templates(self) -> Iterator[str]:
        """Of the paths of its pins."""
        own = enumerate(self.layers.override.pins)
        places = [(pin, self.layers.override_at.child("pins", number)) for number, pin in own]
        for place in (None, *places):
            template: str | None = self.layers.found("path", place)[0]
            if template is not None:
                yield template

    def stands(self, head: HeadFiles) -> bool:
        """One of its pins is there, or something that cannot be read is where it would be."""
        return any(_stands(pin, head) for pin in self._pins(self.app.app))

    def images(self, head: HeadFiles, known: KnownImages) -> Iterator[ImageAt | str]:
        """What its patterns name; a sentence for what cannot be used."""
        for where, how in self.files().items():
            for path in _paths(where, head):
                try:
                    found = known.of(self.repository, path, head.files[path], how)
                except UpdaterError as error:
                    yield f"{path}: {error.sentence}: no image is found there"
                    continue
                yield from self._named(path, found)

    def _named(self, path: str, found: tuple[Image, ...]) -> Iterator[ImageAt | str]:
        for image in found:
            pattern = self._pattern_of(image)
            if pattern is None:
                continue
            app = app_of(self.app.app, image)
            if any(path in pin.files for pin in self._pins(app)):
                yield ImageAt(image, path, pattern, app)
            else:
                why = f"would be the app {app}, whose path leads elsewhere"
                yield f"{path}: {image} {why}: name it in an app of its own"

    def _pattern_of(self, image: Image) -> ImagePattern | None:
        """The one that says the most."""
        patterns = (one for one in self.app.images if isinstance(one, ImagePattern) and one.matches(image))
        return max(patterns, key=lambda one: one.weight, default=None)

    def _pins(self, app: str) -> tuple[Pin, ...]:
        placement = Placement(self.layers.name, app)
        return PolicyBuilder(self.main, Faults()).pins(self.app, placement, self.layers)


def _paths(where: str, head: HeadFiles) -> Iterator[str]:
    if STAR not in where:
        yield from [where] if where in head.files else []
        return
    matcher = path_matcher(where)
    yield from sorted(path for path in head.files if matcher.fullmatch(path))


def _stands(pin: Pin, head: HeadFiles) -> bool:
    found = [head.files[path] for path in pin.files if path in head.files]
    return any(not isinstance(file, File) or _has(file, pin) for file in found)


def _has(file: File, pin: Pin) -> bool:
    try:
        read(file.data, pin.selector)
    except PinRefused as refused:
        return refused.reason is not pin_reasons.PIN_MISSING
    return True
