"""What is otherwise for the Helm charts of an app. Pure."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from updater.config.names import ChartName
from updater.config.tag_settings import ChartTags
from updater.settings import Settings

PinnedOfCharts = Literal["tag", "tag+digest"]


class ChartPin(Settings):
    """One place where a chart's version stands."""

    chart: ChartName | None = Field(
        default=None, description="which of the app's charts stands there; the default is its only one"
    )
    path: str | None = Field(default=None, description="a folder or a file inside the repository")
    at: str | None = Field(default=None, description="the path to the version inside the file")
    pin: PinnedOfCharts | None = Field(
        default=None,
        description="what is written: the version, or its digest behind it; without it the version",
    )


class ChartSettings(Settings):
    """What is otherwise for the charts of an app; all else is as for its images."""

    path: str | None = Field(default=None, description="a folder or a file inside the repository")
    at: str | None = Field(default=None, description="the path to the version inside the file")
    pin: PinnedOfCharts | None = Field(
        default=None,
        description="what is written: the version, or its digest behind it; without it the version",
    )
    tags: ChartTags = Field(
        default=ChartTags(), description="which versions of charts are followed, allowed and forbidden"
    )
    pins: tuple[ChartPin, ...] = Field(
        default=(), description="where the versions stand, if in several places"
    )
