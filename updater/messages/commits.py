"""What commits say, and what reads it back. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

from updater.config.templates import fill_in
from updater.messages.bumps import Bump
from updater.model import HUMAN, HoldsChange, Image, Placement, Rollback, parse_artifact, split_tag
from updater.printable import excerpt, printable
from updater.value_class import value_class

_TRAILER = re.compile(
    r"^Updater-Pin: (?P<environment>\S+) (?P<app>\S+) "
    r"(?P<image>[^\s@]+):(?P<tag>[^\s@:/]+)(?:@(?P<digest>\S+))?\s*$",
    re.MULTILINE,
)
_TAG = r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}(?:@sha256:[0-9a-f]{64})?"
_ROLLBACK = re.compile(
    rf"^Updater-Rollback: (?P<environment>\S+) (?P<app>\S+) (?P<old>{_TAG}) (?P<new>{_TAG}) "
    r"(?P<by>human|verify:[a-z]+(?:\+[a-z]+){0,9})\s*$",
    re.MULTILINE,
)
_LONGEST = 200
"""Characters of what a file says runs: that may be any text. A tag has 128, and a digest may follow it."""
_ORDER = re.compile(r"^Asked for by ", re.MULTILINE)

_OURS = re.compile(r"\b(Updater-[\w-]+):", re.IGNORECASE)
"""How a line of ours begins that is read back, by this version or another."""
_MENTION = re.compile(r"(?<![\w.+/-])@(?=[A-Za-z0-9])")
_CLOSES = re.compile(
    r"\b((?:clos|resolv|fix|implement)(?:e[sd]?|ing|s|ed)?:?)\s+([\w./:-]*?(?:[#!]|GH-|/(?:issues|pull|merge_requests)/)\d+)",
    re.IGNORECASE,
)
"""What GitHub and GitLab close an issue by, when it comes to the base."""


@value_class
class Trailer:
    """What a commit says it did to one pin; to be believed only if it did."""

    placement: Placement
    image: Image
    tag: str
    digest: str | None


def commit_message(bump: Bump) -> str:
    wording = bump.wording
    subject = one_line(fill_in(wording.subject_back if bump.back else wording.subject, bump.named))
    reasons = "".join(f"* {tame(ruling.sentence)}\n" for ruling in bump.rulings)
    was = f"Was {one_line(excerpt(bump.old, _LONGEST))}.\n" if bump.old else "There was no tag before.\n"
    trailers = f"{_trailers(bump)}{_rollback_line(bump)}"
    said = f"{subject}\n\n{was}{order_of(bump)}{reasons}\n{_body(bump)}{trailers}"
    return f"{said}{sign_off(wording.signed_off)}"


def sign_off(who: str | None) -> str:
    """The last trailer, where the house wants it; `who` as `Name <mail>`."""
    return f"Signed-off-by: {who}\n" if who else ""


def _body(bump: Bump) -> str:
    """The user's own text; whatever was filled in, no line of it reads as one of ours."""
    if bump.wording.commit_body is None:
        return ""
    lines = fill_in(bump.wording.commit_body, bump.named).splitlines()
    return "".join(f"{_harmless(printable(line)).rstrip()}\n" for line in lines) + "\n"


def order_of(bump: Bump) -> str:
    """Who asked for it, and what they passed over and why; or that nobody did."""
    if bump.request is None:
        return ""
    if bump.request.automatic is not None:
        where = bump.placement.environment
        return f"Nobody asked for it: what runs in {where} has failed its verification\n"
    why = f": {tame(bump.request.why)}" if bump.request.why else ""
    return f"Asked for by {tame(bump.request.by)} ({bump.request.kind}){why}\n"


def was_asked_for(message: str) -> bool:
    """Whether a commit of ours follows a person's order."""
    return _ORDER.search(message) is not None


def read_rollbacks(message: str) -> tuple[Rollback, ...]:
    """The steps back a commit message speaks of, at any line start, as trailers of pins."""
    if "Updater-Rollback: " not in message:
        return ()  # of thousands, in every pass
    return tuple(
        Rollback(Placement(found["environment"], found["app"]), found["old"], found["new"], found["by"])
        for found in _ROLLBACK.finditer(message)
    )


def holds_message(holds_change: HoldsChange, signed_off: str | None = None) -> str:
    subject = f"chore({holds_change.app or 'all'}): {tame(holds_change.title)}"
    end = f"\n{sign_off(signed_off)}" if signed_off else ""
    return f"{subject}\n\n{tame(holds_change.why)}\n\nBy {tame(holds_change.by)}.\n{end}"


def holds_body(holds_change: HoldsChange) -> str:
    by = in_markdown(holds_change.by)
    return f"{in_markdown(holds_change.why)}\n\nBy {by}. It counts from when it is merged."


def one_line(text: str) -> str:
    """As one line that cannot pose as a trailer, another paragraph or the start of a hidden comment."""
    return _harmless(" ".join(printable(text).split()))


def _harmless(line: str) -> str:
    return _OURS.sub(r"\1 :", line).replace("<!--", "<! --")


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


def rollback_of(bump: Bump) -> Rollback | None:
    """The step back it is, where what ran is a tag: a file may say anything."""
    old, new = bump.old or "", bump.new.tag
    if not bump.back or not re.fullmatch(_TAG, old) or not re.fullmatch(_TAG, new):
        return None
    automatic = bump.request.automatic if bump.request is not None else None
    return Rollback(bump.placement, old, new, automatic.by if automatic is not None else HUMAN)


def _rollback_line(bump: Bump) -> str:
    back = rollback_of(bump)
    if back is None:
        return ""
    environment, app = back.placement
    return f"Updater-Rollback: {environment} {app} {back.old} {back.new} {back.by}\n"


def read_trailers(message: str) -> tuple[Trailer, ...]:
    """The pins a commit message names, at any line start: a squash merge indents and reorders."""
    if "Updater-Pin: " not in message:  # as in nearly all of thousands
        return ()
    return _trailers_in(message)


@lru_cache(maxsize=16_384)
def _trailers_in(message: str) -> tuple[Trailer, ...]:
    """Of thousands of commits of ours, all but the last have been read in the pass before."""
    return tuple(trailer for match in _TRAILER.finditer(message) if (trailer := _trailer(match)))


def _trailer(match: re.Match[str]) -> Trailer | None:
    try:
        image = parse_artifact(match["image"])
    except ValueError:
        return None
    return Trailer(Placement(match["environment"], match["app"]), image, match["tag"], match["digest"])
