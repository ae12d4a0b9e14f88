"""The hidden marks in our pull requests, and what reads them back. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from dataclasses import fields as fields_of
from datetime import UTC, datetime

from updater.forges import SHORTEST
from updater.messages.mistakes import folded
from updater.model import Marker, Ruling

# No marker of ours holds < or >. Without them every part of a body is looked at once, whoever wrote it.
_MARKER = re.compile(r"<!-- updater (\{[^<>\n]{0,60000}\}) -->")
_BODY = 1_100_000
"""Longer than any forge lets a body be."""
_VERSION = 1
_SECONDS = re.compile(r"[0-9]{1,10}")
_WORDED_BEFORE = {" asked, until ": " asked, since ", " has had it since ": " has held it since "}
"""As version 0.1.0 worded it: else every open pull request would be written anew, with nothing changed."""
_FIELDS = frozenset(field.name for field in fields_of(Marker))


def marker(value: Marker) -> str:
    fields = {"v": _VERSION, **{name: item for name, item in asdict(value).items() if item is not None}}
    text = json.dumps(fields, separators=(",", ":"), ensure_ascii=False)
    text = text.replace("<", r"\u003c").replace(">", r"\u003e")  # nothing inside may end the comment
    return f"<!-- updater {text} -->"


def read_marker(body: str) -> Marker | None:
    """The last marker of a pull request's body, anybody's; None where there is none that we can read."""
    matches = _MARKER.findall(body[-_BODY:])
    try:
        fields = json.loads(matches[-1]) if matches else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(fields, dict) or fields.pop("v", None) != _VERSION:
        return None
    return _marker_from(fields)


def _marker_from(fields: dict[str, object]) -> Marker | None:
    """Whoever may edit a body may write anything into it: only texts are believed to be a marker's.

    What a later version adds is none of ours to judge, and leaves the rest readable.
    """
    fields = {name: each for name, each in fields.items() if name in _FIELDS}
    apps = fields.get("apps", {})
    texts = [*(each for name, each in fields.items() if name != "apps"), *_texts(apps)]
    if not isinstance(apps, dict) or not all(isinstance(each, str) for each in texts):
        return None
    try:
        found = Marker(**fields)  # type: ignore[arg-type] # checked above
    except TypeError:
        return None
    return found if found.kind in {"candidate", "asked"} else None


def _texts(apps: object) -> list[object]:
    return [*apps, *apps.values()] if isinstance(apps, dict) else []


def arrivals(rulings: Iterable[Ruling], app: str | None = None) -> Iterator[str]:
    """Words that say when Argo CD deployed it where; with an app in front where several share a marker."""
    told = [each for ruling in rulings for each in ruling.arrivals]
    known = {name: min(at for other, at in told if other == name) for name, _ in told}
    front = f"{app}:" if app else ""
    yield from (f"{front}{name}={int(at.timestamp())}" for name, at in known.items())


def read_arrivals(value: Marker) -> Mapping[str, datetime]:
    """By environment; of one app. What nobody could mean is left out."""
    pairs = (word.rpartition("=") for word in (value.arrived or "").split())
    return {
        name: datetime.fromtimestamp(int(seconds), UTC)
        for name, _, seconds in pairs
        if _SECONDS.fullmatch(seconds)
    }


def closed_body(body: str, value: Marker, why: str, most: int = SHORTEST.body) -> str:
    """The body with the reason for closing in its marker, so that our closing is no rejection.

    Where people have filled it up to what the forge takes, their words make room, not the marker. One that
    was cut off before it closed says so once.
    """
    text = _MARKER.sub("", body).rstrip().removesuffix(f"Closed: {value.closed}.").rstrip()
    end = f"\n\nClosed: {why}.\n\n{marker(replace(value, closed=why))}"
    return f"{folded(text, most - len(end))}{end}"


def evidence_in(body: str) -> str | None:
    """The sum of what a body of ours says was judged."""
    found = read_marker(body)
    return found.evidence if found else None


def evidence_of(text: str) -> str:
    """A short sum of a body's visible text; what is only worded otherwise since leaves open ones alone."""
    judged = _MARKER.sub("", text)
    for now, before in _WORDED_BEFORE.items():
        judged = judged.replace(now, before)
    return fingerprint("\n".join(_lines(judged)))


def fingerprint(text: str) -> str:
    return hashlib.sha256(text.strip().encode()).hexdigest()[:16]


def same_text(one: str, other: str) -> bool:
    """Whether two bodies are the same to a forge, which may have its own idea of line ends."""
    return _lines(one) == _lines(other)


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip().splitlines()]
