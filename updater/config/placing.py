"""Where a pin stands, and what is written there. Pure."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, WithJsonSchema

from updater.config.names import ImageName
from updater.config.teams.keys import ByTeams
from updater.manifests import KINDS
from updater.settings import Settings
from updater.strict_yaml.faults import unknown_word

Pinned = Literal["tag", "digest", "tag+digest"]


def _kind(text: str) -> str:
    if text not in KINDS:
        raise ValueError(unknown_word("kind", text, KINDS))
    return text


Kind = Annotated[str, AfterValidator(_kind), WithJsonSchema({"type": "string", "enum": list(KINDS)})]


class Placing(Settings):
    """Where a pin stands; what is left out comes from the level above."""

    path: Annotated[str | None, ByTeams()] = Field(
        default=None, description="a folder or a file inside the repository"
    )
    kind: Annotated[Kind | None, ByTeams()] = Field(
        default=None, description="how the tag is found in the file; without it kustomization"
    )
    at: Annotated[str | None, ByTeams()] = Field(
        default=None, description="the path to the value inside the file"
    )
    create: Annotated[bool | None, ByTeams()] = Field(
        default=None, description="add an entry that is missing; without it that is left to a person"
    )
    pin: Annotated[Pinned | None, ByTeams()] = Field(
        default=None, description="what is written: the tag, the digest, or both; without it the tag"
    )


class PinOverride(Placing):
    image: Annotated[ImageName | None, ByTeams()] = Field(
        default=None, description="which of the images stands there; without it the only one"
    )
