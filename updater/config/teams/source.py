"""`apps:`, where apps are declared beside the folder apps/: each in a file of a deploy repository. Pure."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from updater.config.names import Name
from updater.config.paths import normalise_path
from updater.model import Chart, Image
from updater.settings import Settings

LONGEST = 64 << 10
"""Bytes of one file; hundreds of environments fit into it."""
_APP = "{app}"
_WORD = re.compile(r"\{[^{}]*\}")
_GLOB = re.compile(r"[*?\[]")


def _template(text: str) -> str:
    if _WORD.findall(text) != [_APP]:
        raise ValueError(f'{text!r} has to say once where the app is: write it like "{_APP}/updater.yaml"')
    if _GLOB.search(text):
        raise ValueError(f"{text!r} is a pattern: {_APP} alone stands for what differs")
    path = normalise_path(text)
    if not path.endswith((".yaml", ".yml")):
        raise ValueError(f'{text!r} names no YAML file: write it like "{_APP}/updater.yaml"')
    return path


def _image(text: str) -> str:
    if "/" not in text or any(word != _APP for word in _WORD.findall(text)):
        raise ValueError(f"{text!r} is no pattern of an image: write it like ghcr.io/org/{_APP} or ghcr.io/*")
    return text


class AppSource(Settings):
    """One family of files, each the settings of the app that its path names."""

    kind: Literal["repository"] = Field(alias="from", description="say where: `from: repository`")
    repository: Name | None = Field(
        default=None, description="which deploy repository, where there are several"
    )
    path: Annotated[str, AfterValidator(_template)] = Field(
        description='the file of each app, such as "{app}/updater.yaml"'
    )
    images: tuple[Annotated[str, AfterValidator(_image)], ...] = Field(
        default=(), description="patterns of the images that an app may name; the default is any"
    )

    charts: tuple[Annotated[str, AfterValidator(_image)], ...] = Field(
        default=(), description="patterns of the charts that an app may name; the default is any"
    )

    @property
    def pattern(self) -> str:
        """What every such path matches."""
        return self.path.replace(_APP, "*")

    def app_of(self, path: str) -> str | None:
        """The app whose file that is; None where it is none of these."""
        before, _, after = self.path.partition(_APP)
        inside = path[len(before) : len(path) - len(after)]
        return inside if path == f"{before}{inside}{after}" and inside and "/" not in inside else None

    def allows(self, app: str, image: Image) -> bool:
        """An image, or a chart."""
        listed = self.charts if isinstance(image, Chart) else self.images
        patterns = (pattern.replace(_APP, app) for pattern in listed)
        return not listed or any(fnmatchcase(str(image), pattern) for pattern in patterns)


def one_or_several(value: Any) -> Any:  # noqa: ANN401 - whatever the YAML holds
    """A mapping is a list of one."""
    return [value] if isinstance(value, dict) else value
