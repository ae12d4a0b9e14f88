"""What things are called: images, placements, versions. Pure values."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

from updater.value_class import value_class

_CHART = re.compile(
    r"(?P<scheme>oci|https?)://(?P<registry>[A-Za-z0-9.-]+(?::\d+)?)/(?P<name>[A-Za-z0-9._~-]+(?:/[A-Za-z0-9._~-]+)*)"
)
_OF_CHARTS = ".chart"
"""Behind the name of an app that has images, too: its charts move on their own. No app is named so."""
_IMAGE = re.compile(r"(?P<registry>[A-Za-z0-9.-]+(?::\d+)?)/(?P<name>[a-z0-9]+(?:[._/-]+[a-z0-9]+)*)")


@dataclass(frozen=True, slots=True, order=True)
class Image:
    """An image repository: `ghcr.io` and `org/shop`, without a tag."""

    registry: str
    name: str

    @classmethod
    def parse(cls, text: str) -> Image:
        """Read `registry/name`; the registry is always spelled out. Raises ValueError."""
        match = _IMAGE.fullmatch(text)
        if match is None or not re.search(r"[.:]|^localhost$", match["registry"]):
            raise ValueError(
                f"{text!r} is no image: expected registry/name in lower case, without a tag, "
                "such as ghcr.io/org/shop"
            )
        return cls(match["registry"].lower(), match["name"])

    def __str__(self) -> str:
        return f"{self.registry}/{self.name}"


@dataclass(frozen=True, slots=True, order=True)
class Chart(Image):
    """A Helm chart, in a registry (`oci`) or in a repository with an index.yaml (`https`, or `http`)."""

    scheme: str = "oci"

    @classmethod
    def parse(cls, text: str) -> Chart:
        """Read `oci://host/path` or `https://host/path`, the chart's name last. Raises ValueError."""
        match = _CHART.fullmatch(text)
        dots = match is not None and {".", ".."}.intersection(match["name"].split("/"))
        if match is None or dots or (match["scheme"] == "oci" and not _is_oci(match)):
            raise ValueError(
                f"{text!r} is no chart: write its registry or repository and its name behind it, without a "
                "version, such as oci://ghcr.io/org/charts/shop or https://charts.example.org/shop"
            )
        return cls(match["registry"].lower(), match["name"], match["scheme"])

    @property
    def chart(self) -> str:
        """Its name in its repository."""
        return self.name.rpartition("/")[2]

    @property
    def folder(self) -> str:
        """The path of its repository on its host; empty where that is the whole host."""
        return self.name.rpartition("/")[0]

    @property
    def is_indexed(self) -> bool:
        """Its versions stand in an index.yaml, and are no tags of a registry."""
        return self.scheme != "oci"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.registry}/{self.name}"


def _is_oci(match: re.Match[str]) -> bool:
    return _IMAGE.fullmatch(f"{match['registry']}/{match['name']}") is not None


def parse_artifact(text: str) -> Image:
    """A chart where a scheme stands in front, else an image. Raises ValueError."""
    return Chart.parse(text) if "://" in text else Image.parse(text)


@value_class
class SourceCommit:
    """The commit an image says it was built from."""

    host: str
    repository: str
    """`org/shop`."""
    sha: str

    def __str__(self) -> str:
        return f"{self.repository}@{self.sha[:10]}"


@value_class
class BuiltFrom:
    """What the labels of an image say of its build; who pushes an image may write anything there."""

    commit: SourceCommit
    authors: str | None = None


def pinned_tag(tag: str | None, digest: str | None, followed: str | None) -> str | None:
    """What a pin holds, in one word: its tag; where a moving tag is followed, `main@sha256:…`."""
    return tag if followed is None or digest is None else f"{tag or followed}@{digest}"


def split_tag(text: str) -> tuple[str, str | None]:
    """Tag and digest of such a word. No tag has an @ in it."""
    tag, _, digest = text.partition("@")
    return tag, digest or None


class Placement(NamedTuple):
    """One app in one environment: the thing every pass decides about."""

    environment: str
    app: str

    @classmethod
    def of_charts(cls, environment: str, app: str) -> Placement:
        """The charts of an app that has images, too: they are decided about apart."""
        return cls(environment, f"{app}{_OF_CHARTS}")

    @property
    def config_app(self) -> str:
        """The app as config names it."""
        return self.app.removesuffix(_OF_CHARTS)

    @property
    def is_beside(self) -> bool:
        """It is the charts of an app that has images, too."""
        return self.app.endswith(_OF_CHARTS)

    def __str__(self) -> str:
        return f"{self.app} in {self.environment}"


class TagPart(NamedTuple):
    """A part of a tag that a pattern names."""

    name: str
    role: Literal["version", "time", "number", "same", "ignored"]
    text: str


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """A tag as its scheme reads it. Ordered by `key` alone; two versions of one scheme always compare."""

    key: tuple[Any, ...]
    tag: str = field(compare=False)
    stamp: datetime | None = field(compare=False, default=None)
    """When the tag says the image was built; None where the scheme cannot tell."""
    digest: str | None = field(compare=False, default=None)
    """Of the image that was looked at to order the tag; None where the tag alone tells."""
    variant: str = field(compare=False, default="")
    """What must be the same in the tag that runs: `alpine`. Another one is another image, and not newer."""
    guessed: bool = field(compare=False, default=False)
    """Nobody knows any more how new it is: it counts as created when it was first held, no later."""
    span: timedelta = field(compare=False, default=timedelta())
    """How long what the stamp says lasts: a day, of a tag that says a date. It was built within that."""

    @property
    def rank(self) -> tuple[Any, ...]:
        """Two names of one version stand in an order, too: always the same."""
        return self.key, self.tag
