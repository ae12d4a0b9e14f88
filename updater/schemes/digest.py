"""A tag that moves, such as `main`, followed by what it points to: each digest is a version. Pure.

A version is named by both, `main@sha256:…`: that is what is held, left, rejected and released.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field, model_validator

from updater.model import ImageDate, Version, split_tag
from updater.schemes.dated import DatedScheme
from updater.schemes.scheme import SchemeSettings

_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}", re.ASCII)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)


def _tag(text: str) -> str:
    if not _TAG.fullmatch(text):
        raise ValueError(f"{text!r} is no tag: write the one to follow, such as main")
    return text


class MovingTag(SchemeSettings):
    """`digest: main`, or `digest: {tag: main}`; ordered by when the images were created."""

    ahead: ClassVar[None] = None

    tag: Annotated[str, AfterValidator(_tag)] = Field(description="the tag to follow, such as main")

    @model_validator(mode="before")
    @classmethod
    def _from_a_tag(cls, value: Any) -> Any:  # noqa: ANN401 - whatever the YAML holds
        return {"tag": value} if isinstance(value, str) else value

    @property
    def follows(self) -> str:
        return self.tag

    def asks(self, tag: str) -> bool:
        name, digest = split_tag(tag)
        return name == self.tag and digest is not None and _DIGEST.fullmatch(digest) is not None

    def read(self, tag: str) -> Version | None:
        """Whether it is the tag, with a digest or without; nobody has read yet which is the newer."""
        return Version((), tag) if tag == self.tag or self.asks(tag) else None

    def why_not(self, tag: str) -> str:  # noqa: ARG002 - every scheme is asked about one
        return f"is not {self.tag} with a digest"

    def variant(self, tag: str) -> str:  # noqa: ARG002 - a moving tag has none
        return ""

    def knowing(self, dates: Mapping[str, ImageDate], held: Mapping[str, datetime]) -> DatedScheme:
        """The scheme for a pass, as that of `created`."""
        return DatedScheme(self, dates, held)
