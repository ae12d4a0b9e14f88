"""Whose an image is that several apps name, by itself or by a pattern. Pure.

One pin belongs to one app: who names an image by itself has it, everywhere; else the pattern that says more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from updater.config.found.sites import ImageAt
from updater.model import Image
from updater.value_class import value_class


@value_class
class FoundImage:
    """One that stands in a file of an environment and that an app's pattern names."""

    at: ImageAt
    environment: str
    repository: str
    declared: int
    """Which of the written apps names it."""


@dataclass(slots=True)
class Owned:
    """What goes to whom, and what is to be said of the rest."""

    images: list[FoundImage] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def share_out(found: Iterable[FoundImage], named: Collection[Image]) -> Owned:
    """`named`: the images that apps name by themselves."""
    owned = Owned()
    rivals: dict[tuple[str, Image], list[FoundImage]] = {}
    for each in found:
        if each.at.image not in named:
            rivals.setdefault((each.environment, each.at.image), []).append(each)
    for (environment, image), several in rivals.items():
        best = _best(several)
        owned.images += best
        if not best:
            owned.notes.append(_undecided(image, environment, several))
    return owned


def _best(several: Sequence[FoundImage]) -> Sequence[FoundImage]:
    """All of one app: its image may stand in several files."""
    longest = max(each.at.pattern.weight for each in several)
    best = [each for each in several if each.at.pattern.weight == longest]
    return best if len({each.declared for each in best}) == 1 else ()


def _undecided(image: Image, environment: str, several: Iterable[FoundImage]) -> str:
    patterns = " and ".join(dict.fromkeys(str(each.at.pattern) for each in several))
    return f"{image} in {environment} is meant by {patterns}, of two apps: name it in one of them"


def collisions(owned: Iterable[FoundImage], taken: Collection[str]) -> Iterator[tuple[str, str]]:
    """App and why: names that two images would have, or that an app has already."""
    images: dict[str, set[Image]] = {}
    for each in owned:
        images.setdefault(each.at.app, set()).add(each.at.image)
    for app, several in images.items():
        shown = " and ".join(map(str, sorted(several)))
        if app in taken:
            yield (
                app,
                f"{shown} would be the app {app}, which the config has already: name it in an app of its own",
            )
        elif len(several) > 1:
            yield app, f"{shown} would both be the app {app}: name one of them in an app of its own"
