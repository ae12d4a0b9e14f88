"""What gates may know of the commits that images were built from. Pure.

Who pushes an image writes its labels: they say where to look, and nothing of them is sent anywhere but as an
owner, a name and a sha, to a forge that config names.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from updater.gates import images
from updater.model import Case, Image, ImageConfig, Question, Ruling, SourceCommit
from updater.settings import Settings

REVISION = "org.opencontainers.image.revision"
SOURCE = "org.opencontainers.image.source"
_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_PATH = re.compile(
    r"/(?P<owner>[A-Za-z0-9](?:[A-Za-z0-9-]{0,38}))/(?P<name>(?!\.{1,2}(?:\.git)?/?$)[A-Za-z0-9._-]{1,100}?)(?:\.git)?/?"
)
_HOST = re.compile(r"[a-z0-9.-]{1,253}(?::[0-9]{1,5})?")
_WORD = re.compile(r"[A-Za-z0-9]{1,60}")
"""Which no forge takes for a mention, a link, an image or a number of an issue."""


class Switched(Settings):
    """A gate that is on or off: `true`, or `false` where an app leaves out what its environment asks."""

    code: ClassVar[str]
    on: bool = Field(default=True, strict=True)

    @model_validator(mode="before")
    @classmethod
    def _from_a_word(cls, value: Any) -> Any:  # noqa: ANN401 - whatever the YAML holds
        if isinstance(value, bool):
            return {"on": value}
        if isinstance(value, dict):
            return value
        raise ValueError("it is on or off: write true or false")

    def off(self) -> Ruling:
        return Ruling(self.code, True, f"{self.code} is not asked here")


def origin_of(image: Image, case: Case, code: str) -> SourceCommit | Ruling:
    """The commit of the candidate, once its image was looked up; else the gate's ruling."""
    said = images.said_by(image, case, code)
    if isinstance(said, Ruling):
        return said
    found = read(said)
    return found if isinstance(found, SourceCommit) else Ruling(code, False, f"{image}: {found}")


def read(said: ImageConfig) -> SourceCommit | str:
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


def origins(case: Case, code: str) -> tuple[SourceCommit, ...] | frozenset[Question] | Ruling:
    """The commits of the candidate's images, each once; or what is still to be looked up, or against it."""
    missing = images.unasked(case)
    if missing:
        return missing
    said = [origin_of(image, case, code) for image in case.images]
    against = next((one for one in said if isinstance(one, Ruling)), None)
    return against or tuple(dict.fromkeys(one for one in said if isinstance(one, SourceCommit)))


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
