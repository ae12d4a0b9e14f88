"""From what a tag was built, and by whom, as its images say. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from updater.model import BuiltFrom, Image
from updater.value_class import value_class
from updater.views.shape import Shape

Builds = dict[tuple[Image, str], BuiltFrom]
"""By image and tag."""


@value_class
class BuiltShape(Shape):
    """As the labels of an image say, which anybody who pushes it may write."""

    host: str
    repository: str
    """such as `org/shop`"""
    commit: str
    authors: str | None
    url: str | None
    """where the commit is looked at; null: on no forge that is known here"""


def build_of(tag: str, images: Iterable[Image], builds: Builds) -> BuiltFrom | None:
    """Of the first of its images that says so."""
    found = (builds.get((image, tag)) for image in images)
    return next((build for build in found if build is not None), None)


def built_shape(build: BuiltFrom, url: str | None) -> BuiltShape:
    commit = build.commit
    return BuiltShape(commit.host, commit.repository, commit.sha, build.authors, url)
