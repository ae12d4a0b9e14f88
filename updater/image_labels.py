"""What the labels of an image say of it, to whoever believes them. Pure.

Who pushes an image writes its labels: they say where to look, and nothing of them is sent anywhere but as an
owner, a name and a sha, to a forge that config names.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from updater.model import BuiltFrom, Image, ImageConfig, RollbackFloor, SourceCommit
from updater.printable import excerpt

REVISION = "org.opencontainers.image.revision"
SOURCE = "org.opencontainers.image.source"
AUTHORS = "org.opencontainers.image.authors"
FLOOR = "io.updater.rollback-floor"
FLOOR_WHY = "io.updater.rollback-floor-why"
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_LONGEST_WHY = 300
_LONGEST_AUTHORS = 100
_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_PATH = re.compile(
    r"/(?P<owner>[A-Za-z0-9](?:[A-Za-z0-9-]{0,38}))/(?P<name>(?!\.{1,2}(?:\.git)?/?$)[A-Za-z0-9._-]{1,100}?)(?:\.git)?/?"
)
_HOST = re.compile(r"[a-z0-9.-]{1,253}(?::[0-9]{1,5})?")
_WORD = re.compile(r"[A-Za-z0-9]{1,60}")
"""Which no forge takes for a mention, a link, an image or a number of an issue."""


def source_commit(said: ImageConfig) -> SourceCommit | str:
    """What its labels say of where it was built from, or what is wrong with them."""
    revision, source = said.labels.get(REVISION, ""), said.labels.get(SOURCE, "")
    for name, text in ((REVISION, revision), (SOURCE, source)):
        if not text:
            return f"it has no label {name}, so nobody knows which commit it was built from"
    if not _SHA.fullmatch(revision):
        return f"its label {REVISION} is no whole commit{_shown(revision)}"
    place = _place(source)
    if place is None:
        return f"its label {SOURCE} is no address of a repository{_shown(source)}"
    return SourceCommit(*place, revision)


def built_from(said: ImageConfig) -> BuiltFrom | None:
    """None where it does not say which commit it was built from."""
    commit = source_commit(said)
    if not isinstance(commit, SourceCommit):
        return None
    authors = excerpt(said.labels.get(AUTHORS, ""), _LONGEST_AUTHORS).strip()
    return BuiltFrom(commit, authors or None)


def rollback_floor(said: ImageConfig, image: Image, tag: str) -> RollbackFloor | str | None:
    """Below what there is no way back once it ran; or what is wrong with its label; None: it has none."""
    label = said.labels.get(FLOOR)
    if label is None:
        return None
    if not _TAG.fullmatch(label):
        return f"the label {FLOOR} of {image}:{tag} is no tag{_shown(label)}"
    why = excerpt(said.labels.get(FLOOR_WHY, ""), _LONGEST_WHY).strip()
    return RollbackFloor(label, f"the label of {image}:{tag}", why or None)


def _place(source: str) -> tuple[str, str] | None:
    """Host and owner/name, of nothing but these."""
    try:
        parts = urlsplit(source)
    except ValueError:
        return None
    if not source.isprintable() or parts.query or parts.fragment:
        return None
    host, path = parts.netloc.lower(), _PATH.fullmatch(parts.path)
    if parts.scheme not in {"https", "http"} or not _HOST.fullmatch(host) or path is None:
        return None
    return host, f"{path['owner']}/{path['name']}"


def _shown(text: str) -> str:
    """What stands there, where it cannot be more than a word: a comment would make a mention of the rest."""
    return f": {text}" if _WORD.fullmatch(text) else " (look at it there: it is not repeated here)"
