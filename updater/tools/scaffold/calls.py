"""To check what was typed, and to say it as options. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from updater.errors import ConfigError
from updater.tools.scaffold.choices import Choices

T = TypeVar("T")


def checked(said: str, kind: TypeAdapter[T], value: object) -> T:
    """Raises ConfigError, in one sentence about the option or argument `said`."""
    try:
        return kind.validate_python(value)
    except ValidationError as error:
        raise ConfigError(f"{said}: {_sentence(error)}") from None


def checked_choices(values: Mapping[str, object], said: Mapping[str, str]) -> Choices:
    """`said`: by setting, how it is typed. Raises ConfigError with all that is wrong."""
    try:
        return Choices.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        raise ConfigError(f"{said[str(first['loc'][0])]}: {_sentence(error)}") from None


def _sentence(error: ValidationError) -> str:
    return error.errors()[0]["msg"].removeprefix("Value error, ")
