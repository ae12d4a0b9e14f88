"""To name a pin, what it says and what it shall say. Pure."""

from updater.value_class import value_class

LIMIT = 262_144
"""Bytes that a file may have unless somebody says otherwise."""


@value_class
class Selector:
    """Which pin inside a file; comes from config."""

    kind: str
    image: str
    at: str | None = None
    pin: str = "tag"
    create: bool = False
    limit: int = LIMIT
    """Bytes; a pin in a larger file is refused."""
    also: tuple[str, ...] = ()
    """Where else the app has pins in that file: these may share one value by an anchor."""

    @property
    def takes_tag(self) -> bool:
        return self.pin != "digest"

    @property
    def takes_digest(self) -> bool:
        return self.pin != "tag"


@value_class
class Value:
    """What the pin says now; `tag` and `digest` are None where nothing is written, `image` has no tag."""

    tag: str | None
    digest: str | None
    image: str
    line: int
    alias: str | None = None
    """The name in front of `=`, by which an Argo CD Application knows the image."""
    anchor: str | None = None
    """By which other places of the file have the same value."""


@value_class
class Edit:
    """What the pin shall say."""

    selector: Selector
    tag: str
    digest: str | None = None
