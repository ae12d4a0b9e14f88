"""What is known of a deploy repository: its files, the images they name, what runs where. Pure values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from updater.config import TagPolicy
from updater.manifests.nodes import YamlFile
from updater.model import Placement
from updater.tools.init.path_roles import PathRole
from updater.value_class import value_class


class NamedImage(NamedTuple):
    """An image somewhere in a file."""

    name: str
    """By which a kustomization finds it; else the image itself."""
    image: str
    tag: str | None
    digest: str | None
    line: int
    at: str = ""
    """The path to the value, where a chart reads it."""
    placement: Placement | None = None
    """Whose pin it is, by the config."""

    @property
    def says_nothing(self) -> bool:
        return not self.tag and not self.digest


class Link(NamedTuple):
    """A file or folder that a kustomization takes in."""

    target: str
    """From the repository's root."""
    written: str
    line: int


@value_class
class SourceFile:
    """A file as it was read; it is dropped once its own rules have looked at it."""

    path: str
    data: bytes
    file: YamlFile
    spot: PathRole
    kind: str | None
    """`kustomization`, `helm-values`, `env-file`, or None for a manifest."""


@value_class
class FileSummary:
    """What remains of a file."""

    path: str
    spot: PathRole
    kind: str | None
    images: tuple[NamedImage, ...]
    links: tuple[Link, ...]
    patches: tuple[NamedImage, ...] = ()
    """Images that it sets by patches written into it."""

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0]

    @property
    def is_base(self) -> bool:
        return self.spot.base and self.spot.environment is None


class AppliedPolicy(NamedTuple):
    """The policy that an image in a file is under."""

    environment: str
    tags: TagPolicy
    judges: Literal["all", "vague", "forbidden"]
    """Every tag; those that name no build, where nobody has said what is followed; or only forbidden ones,
    where the image is somebody else's."""


class RunningImage(NamedTuple):
    """What an environment runs. `origin` says where it comes from, if it stands in another file."""

    applied: AppliedPolicy
    said: NamedImage
    file: str
    line: int
    origin: str = ""


@value_class
class Tree:
    sheets: Mapping[str, FileSummary]
    environments: Mapping[str, str]
    """Of each file that belongs to one."""
    running: tuple[RunningImage, ...]
    declared: frozenset[str]
    """The images that the config names."""
    placeholders: frozenset[str]
