"""Which settings a team may write into its own file: those that say so; a new one is the operator's. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from pydantic import BaseModel

from updater.value_class import value_class

S = TypeVar("S", bound=BaseModel)


@value_class
class ByTeams:
    """Beside a setting: an app's team may write it for its own app."""


def by_teams(model: type[BaseModel], name: str) -> bool:
    return any(isinstance(mark, ByTeams) for mark in model.model_fields[name].metadata)


def operators_keys(settings: BaseModel) -> Iterator[str]:
    """What is written there and is not for a team to say."""
    model = type(settings)
    written = (name for name in model.model_fields if name in settings.model_fields_set)
    yield from (name for name in written if not by_teams(model, name))


def without_operators_keys(settings: S) -> S:
    """As if a team had not written what is not its to say."""
    fields = type(settings).model_fields
    keys = operators_keys(settings)
    return settings.model_copy(
        update={key: fields[key].get_default(call_default_factory=True) for key in keys}
    )
