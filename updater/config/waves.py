"""`waves:`, in which environments go one after the other, as a user writes them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Any, NamedTuple, Self, TypeAlias

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, model_validator

from updater.config.names import Name, environment_name
from updater.config.wildcards import has_star
from updater.settings import Duration, Settings


def _member(text: str) -> str:
    if has_star(text):
        raise ValueError(f"{text} stands for many: name the environments of a wave one by one")
    return environment_name(text)


def _listed(value: Any) -> Any:  # noqa: ANN401 - whatever the YAML holds
    """An environment by itself is a wave of one."""
    return [value] if isinstance(value, str) else value


def _filled(wave: tuple[str, ...]) -> tuple[str, ...]:
    if not wave:
        raise ValueError("is an empty wave: name the environments that go together, or leave it out")
    return wave


def _several(waves: tuple[Wave, ...]) -> tuple[Wave, ...]:
    if not waves:
        raise ValueError("has no wave: write a list of them, such as [[cluster-a/production], …]")
    return waves


Wave: TypeAlias = tuple[str, ...]
_Written = Annotated[
    tuple[Annotated[str, AfterValidator(_member)], ...], BeforeValidator(_listed), AfterValidator(_filled)
]


class WavePosition(NamedTuple):
    """Where an environment stands: which list, which of its waves, and which of that wave; from 0."""

    waves: str
    wave: int
    member: int


class Waves(Settings):
    """`waves:` of updater.yaml: each list by a name of the user's own, and how long each wave bakes."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[Name, Annotated[tuple[_Written, ...], AfterValidator(_several)]] = Field(
        init=False
    )

    bake: Duration = Field(
        description="how long a tag has to run in all of a wave before the next one gets it, such as 2h"
    )

    @model_validator(mode="after")
    def _has_some(self) -> Self:
        if not self.lists:
            raise ValueError(
                "names no waves: write them as production: [[cluster-a/production], [cluster-b/production]]"
            )
        return self

    @property
    def lists(self) -> Mapping[str, tuple[Wave, ...]]:
        return self.__pydantic_extra__ or {}

    def positions(self) -> Iterator[tuple[WavePosition, str]]:
        """Of every environment that is named, as written."""
        for name, waves in self.lists.items():
            for number, wave in enumerate(waves):
                for at, member in enumerate(wave):
                    yield WavePosition(name, number, at), member

    def position(self, environment: str) -> WavePosition | None:
        """None: it goes with no wave."""
        return self._places.get(environment)

    @cached_property
    def _places(self) -> Mapping[str, WavePosition]:
        return {member: at for at, member in reversed(list(self.positions()))}
