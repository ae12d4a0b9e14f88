"""What every scheme is: settings that read tags and bring them into an order. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Protocol, TypeGuard
from zoneinfo import ZoneInfo

from pydantic import Field

from updater.model import ImageDate, TagPart, Version
from updater.settings import Settings, Zone


class Scheme(Protocol):
    zone: ZoneInfo
    """The zone instants are shown in."""

    @property
    def sorts_by_text(self) -> bool:
        """Of two tags it reads the newer is the greater as text, too: so most need not be read."""

    @property
    def ahead(self) -> timedelta | None:
        """How much later than its image was created a stamp may be; None: there is no such doubt."""

    @property
    def follows(self) -> str | None:
        """The tag that moves, where what is held is its digest at a time; None where tags stay."""

    @property
    def there(self) -> Collection[str] | None:
        """The tags there are, where no listing tells; None where it does."""

    @property
    def same(self) -> Sequence[str]:
        """The parts that have to stay as they are in the tag that runs, by their names."""

    @property
    def words(self) -> Collection[str]:
        """What stands in each of its tags beside the parts: `pr` and `8`."""

    def read(self, tag: str) -> Version | None:
        """What the tag says; None where it is none of this scheme's. Strict and total: never raises."""

    def parts(self, tag: str) -> Sequence[TagPart]:
        """What each part of the tag is, where a pattern names them."""

    def why_not(self, tag: str) -> str:
        """Of a tag that is none of this scheme's: why, in a few words after its name."""


class SchemeSettings(Settings):
    """The settings of a scheme are the scheme. What most of them have in common stands here."""

    zone: Zone = Field(
        default=ZoneInfo("Asia/Seoul"),
        description="the time zone that tags are stamped in, and that instants are shown in",
    )

    @property
    def sorts_by_text(self) -> bool:
        return False

    @property
    def follows(self) -> str | None:
        return None

    @property
    def there(self) -> Collection[str] | None:
        return None

    @property
    def same(self) -> Sequence[str]:
        return ()

    @property
    def words(self) -> Collection[str]:
        return ()

    def parts(self, tag: str) -> Sequence[TagPart]:  # noqa: ARG002 - every scheme is asked about one
        return ()


class NeedsDates(Scheme, Protocol):
    """A scheme that has to know what images say before it can order their tags."""

    def asks(self, tag: str) -> bool:
        """Whether the image of this tag has to be known."""

    def knowing(self, dates: Mapping[str, ImageDate], held: Mapping[str, datetime]) -> Scheme:
        """The scheme that orders tags by that; `held` says until when at the latest an image was created."""


def needs_dates(scheme: Scheme) -> TypeGuard[NeedsDates]:
    """By its class, and by one name: asked of every app in every pass, a check of all of it is dear."""
    return reads_only_dated(type(scheme))


@cache
def reads_only_dated(kind: type) -> bool:
    """Tags alone do not tell its order."""
    return hasattr(kind, "knowing")
