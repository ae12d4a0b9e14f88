"""Where the pins of an app may stand in an environment, and which images and pins do stand there. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from updater.config.found.images import FileKind, KnownImages
from updater.config.layers import Layers, decided_apart
from updater.config.models import App, Main
from updater.config.policies import Pin
from updater.config.policy_builder import PolicyBuilder
from updater.config.wildcards import IMAGE, STAR, ImagePattern, app_of
from updater.errors import UpdaterError
from updater.model import HeadFiles, Image, path_matcher
from updater.printable import printable
from updater.strict_yaml.faults import Faults
from updater.value_class import value_class


@value_class
class ImageAt:
    """An image of a file, the pattern that names it, and what its app is called."""

    image: Image
    path: str
    pattern: ImagePattern
    app: str


class UnreadFile(NamedTuple):
    """Nobody knows what it names, and what it said before has not been looked up."""

    repository: str
    path: str


@value_class
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
        for _, layers in decided_apart(self.app, self.layers):
            for place in (None, *((pin, at) for _, pin, at in layers.pins)):
                template: str | None = layers.found("path", place)[0]
                if template is not None:
                    yield template

    def pins(self) -> tuple[Pin, ...]:
        return self._pins(self.app.app)

    def images(self, head: HeadFiles, known: KnownImages) -> Iterator[ImageAt | UnreadFile | str]:
        """What its patterns name; a sentence for what cannot be used."""
        for where, how in self.files().items():
            for path in _paths(where, head):
                try:
                    found = known.of(self.repository, path, head, how)
                except UpdaterError as error:
                    yield f"{printable(path)}: {error.sentence}: no image is found there"
                    if path not in head.earlier:
                        yield UnreadFile(self.repository, path)
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
                yield f"{printable(path)}: {image} {why}: name it in an app of its own"

    def _pattern_of(self, image: Image) -> ImagePattern | None:
        """The one that says the most."""
        patterns = (one for one in self.app.images if isinstance(one, ImagePattern) and one.matches(image))
        return max(patterns, key=lambda one: one.weight, default=None)

    def _pins(self, app: str) -> tuple[Pin, ...]:
        builder, named = PolicyBuilder(self.main, Faults()), self.app.model_copy(update={"app": app})
        apart = decided_apart(named, self.layers)
        return tuple(pin for placement, layers in apart for pin in builder.pins(named, placement, layers))


def _paths(where: str, head: HeadFiles) -> Iterator[str]:
    if STAR not in where:
        yield from [where] if where in head.files else []
        return
    matcher = path_matcher(where)
    yield from sorted(path for path in head.files if matcher.fullmatch(path))
