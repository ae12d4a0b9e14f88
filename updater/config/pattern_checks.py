"""What cannot be right of patterns, whatever stands in the repositories. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from updater.config.layers import Layers, decided_apart
from updater.config.models import App
from updater.config.paths import leads_to
from updater.config.wildcards import IMAGE, ImagePattern, has_star
from updater.strict_yaml.reader import SourceLocation


def pattern_faults(app: App, place: SourceLocation, layers: Iterable[Layers]) -> Iterator[str]:
    """A sentence each, with file and line; `layers` of each environment the app is in."""
    wild = any(isinstance(image, ImagePattern) for image in app.images)
    if IMAGE in app.app:
        yield from _of_each_image(app, place)
    if wild and app.charts:
        sentence = "this app's images are found: name its charts in an app of their own"
        yield place.child("charts").fault(sentence)
    for one in (own for each in layers for _, own in decided_apart(app, each)):
        if wild:
            yield from _of_found_images(one)
        if has_star(one.name):
            yield from _of_found_environments(one)
        if (wild and IMAGE in app.app) or has_star(one.name):
            yield from _of_repository(one)


def _of_each_image(app: App, place: SourceLocation) -> Iterator[str]:
    for number, image in enumerate(app.images):
        if not isinstance(image, ImagePattern):
            yield place.child("images", number).fault(
                f"{IMAGE} makes an app of each image that is found: write a pattern, such as ghcr.io/org/*, "
                "and this image in an app of its own"
            )


def _of_found_images(layers: Layers) -> Iterator[str]:
    for key, said in (("image", layers.override.image), ("pins", layers.override.pins)):
        if said:
            yield layers.override_at.child(key).fault(
                "names one image, and this app's are found: write that image in an app of its own"
            )


def _of_found_environments(layers: Layers) -> Iterator[str]:
    for pin in (None, *((pin, at) for _, pin, at in layers.pins)):
        template, at = layers.found("path", pin)
        if template is not None and not leads_to(template, layers.name):
            sentence = (
                f"{layers.name} stands for many, which this path has to find: write {{environment}} into it"
            )
            yield at.fault(sentence)


def _of_repository(layers: Layers) -> Iterator[str]:
    name, at = layers.found("repository")
    if "{" in name:
        yield at.fault("what is found by a pattern is looked for in one repository: write its name")
