"""What commits say, and what reads it back. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from updater.config.templates import fill_in
from updater.messages.bumps import Bump
from updater.model import HoldsChange, Image, Placement, split_tag
from updater.printable import printable

_TRAILER = re.compile(
    r"^Updater-Pin: (?P<environment>\S+) (?P<app>\S+) "
    r"(?P<image>[^\s@]+):(?P<tag>[^\s@:/]+)(?:@(?P<digest>\S+))?\s*$",
    re.MULTILINE,
)
_ORDER = re.compile(r"^Asked for by ", re.MULTILINE)

_OURS = re.compile(r"\b(Updater-[\w-]+):")
"""How a line of ours begins that is read back."""
_MENTION = re.compile(r"(?<![\w.+/-])@(?=[A-Za-z0-9])")
_CLOSES = re.compile(
    r"\b((?:clos|resolv|fix|implement)(?:e[sd]?|ing|s|ed)?:?)\s+([\w./:-]*?(?:[#!]|GH-|/(?:issues|pull|merge_requests)/)\d+)",
    re.IGNORECASE,
)
"""What GitHub and GitLab close an issue by, when it comes to the base."""


@dataclass(frozen=True, slots=True)
class Trailer:
    """What a commit says it did to one pin; to be believed only if it did."""

    placement: Placement
    image: Image
    tag: str
    digest: str | None


def commit_message(bump: Bump) -> str:
    subject = one_line(fill_in(bump.wording.subject, bump.named))
    reasons = "".join(f"* {tame(ruling.sentence)}\n" for ruling in bump.rulings)
    was = f"Was {bump.old}.\n" if bump.old else "There was no tag before.\n"
    return f"{subject}\n\n{was}{order_of(bump)}{reasons}\n{_trailers(bump)}"


def order_of(bump: Bump) -> str:
    """Who asked for it, and what they passed over and why."""
    if bump.request is None:
        return ""
    why = f": {tame(bump.request.why)}" if bump.request.why else ""
    return f"Asked for by {tame(bump.request.by)} ({bump.request.kind}){why}\n"


def was_asked_for(message: str) -> bool:
    """Whether a commit of ours follows a person's order."""
    return _ORDER.search(message) is not None


def holds_message(holds_change: HoldsChange) -> str:
    subject = f"chore({holds_change.app or 'all'}): {tame(holds_change.title)}"
    return f"{subject}\n\n{tame(holds_change.why)}\n\nBy {tame(holds_change.by)}.\n"


def holds_body(holds_change: HoldsChange) -> str:
    by = in_markdown(holds_change.by)
    return f"{in_markdown(holds_change.why)}\n\nBy {by}. It counts from when it is merged."


def one_line(text: str) -> str:
    """As one line that cannot pose as a trailer, another paragraph or the start of a hidden comment."""
    return _OURS.sub(r"\1 :", " ".join(printable(text).split())).replace("<!--", "<! --")


def tame(text: str) -> str:
    """A person's words, in which a host finds nobody to call and nothing to close; a mail address stays."""
    return _CLOSES.sub(r'\1 "\2"', _MENTION.sub("@ ", one_line(text)))


def in_markdown(text: str) -> str:
    """As `tame`, where Markdown is read: no tag begins in it, seen or hidden."""
    return tame(text).replace("<", "&lt;")


def _trailers(bump: Bump) -> str:
    environment, app = bump.placement
    tag, _ = split_tag(bump.new.tag)
    pins = (f"{image}:{tag}@{digest}" for image, digest in bump.digests.items())
    return "".join(f"Updater-Pin: {environment} {app} {pin}\n" for pin in pins)


def read_trailers(message: str) -> tuple[Trailer, ...]:
    """The pins a commit message names, at any line start: a squash merge indents and reorders."""
    return tuple(trailer for match in _TRAILER.finditer(message) if (trailer := _trailer(match)))


def _trailer(match: re.Match[str]) -> Trailer | None:
    try:
        image = Image.parse(match["image"])
    except ValueError:
        return None
    return Trailer(Placement(match["environment"], match["app"]), image, match["tag"], match["digest"])
