"""A scheme that knows, for one pass, when the images behind its tags were created. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import ClassVar, Protocol
from zoneinfo import ZoneInfo

from updater.model import ImageDate, TagPart, Version
from updater.value_class import value_class


class UndatedScheme(Protocol):
    """A scheme whose tags say nothing of time."""

    @property
    def zone(self) -> ZoneInfo: ...

    @property
    def follows(self) -> str | None: ...

    def asks(self, tag: str) -> bool:
        """Whether it is one of these tags."""

    def why_not(self, tag: str) -> str: ...

    @property
    def same(self) -> Sequence[str]: ...

    @property
    def words(self) -> Collection[str]: ...

    def parts(self, tag: str) -> Sequence[TagPart]: ...

    def variant(self, tag: str) -> str:
        """What of it has to stay as it is in the tag that runs."""


@value_class
class DatedScheme:
    """Orders the tags of such a scheme by what is known of their images."""

    scheme: UndatedScheme
    dates: Mapping[str, ImageDate]
    """By tag: what the registry has."""
    held: Mapping[str, datetime]
    """By tag: no later than then its image was created."""
    sorts_by_text: ClassVar[bool] = False
    ahead: ClassVar[None] = None

    @property
    def zone(self) -> ZoneInfo:
        return self.scheme.zone

    @property
    def follows(self) -> str | None:
        return self.scheme.follows

    @property
    def there(self) -> Collection[str] | None:
        return self.dates if self.follows is not None else None

    def asks(self, tag: str) -> bool:
        return self.scheme.asks(tag)

    def knowing(self, dates: Mapping[str, ImageDate], held: Mapping[str, datetime]) -> DatedScheme:
        """With more of both."""
        return DatedScheme(self.scheme, {**self.dates, **dates}, {**self.held, **held})

    def read(self, tag: str) -> Version | None:
        """A tag that was held, and of which nobody knows more, is as new as it can be."""
        if not self.asks(tag):
            return None
        dated = self.dates.get(tag)
        if dated is not None and dated.created is not None:
            variant = self.scheme.variant(tag)
            return Version((dated.created, tag), tag, dated.created, dated.digest, variant=variant)
        latest = self.held.get(tag)
        if latest is None:
            return None
        return Version((latest, tag), tag, latest, variant=self.scheme.variant(tag), guessed=True)

    @property
    def same(self) -> Sequence[str]:
        return self.scheme.same

    @property
    def words(self) -> Collection[str]:
        return self.scheme.words

    def parts(self, tag: str) -> Sequence[TagPart]:
        return self.scheme.parts(tag)

    def why_not(self, tag: str) -> str:
        if not self.asks(tag):
            return self.scheme.why_not(tag)
        if tag in self.dates:
            return "is of an image that says nothing plausible of when it was created"
        return "is of no image that the registry has"
