"""To take `[alias=]repository[:tag][@digest]` apart and put it together. Pure."""

from typing import NamedTuple


class Reference(NamedTuple):
    """An image as one string; `before` is everything in front of the tag, an Argo CD alias included."""

    before: str
    tag: str | None
    digest: str | None

    @property
    def repository(self) -> str:
        return self.before.rpartition("=")[2]

    @property
    def alias(self) -> str | None:
        return self.before.rpartition("=")[0] or None

    def __str__(self) -> str:
        tag = ":" if self.before and self.tag is not None else ""
        return f"{self.before}{tag}{self.tag or ''}" + (f"@{self.digest}" if self.digest else "")


def parse(text: str) -> Reference:
    rest, at, digest = text.partition("@")
    head, colon, tag = rest.rpartition(":")
    if not colon or "/" in tag:  # the colon of localhost:5000/shop belongs to a port
        return Reference(rest, None, digest if at else None)
    return Reference(head, tag, digest if at else None)


def parse_tag(text: str) -> Reference:
    """Read `tag[@digest]`, which charts keep under `tag`."""
    tag, at, digest = text.partition("@")
    return Reference("", tag, digest if at else None)


def repository(text: str) -> str:
    return parse(text).repository


def is_bare_tag(text: str) -> bool:
    """A tag has none of the characters that a reference needs."""
    return not any(character in text.partition("@")[0] for character in ":/=")


def pinned_by(tag: str | None, digest: str | None) -> str:
    """Which `pin:` reads an image with that tag and digest."""
    if not digest:
        return "tag"
    return "tag+digest" if tag else "digest"
