"""The strict base of everything a user may write into the config, and its scalar types. Pure."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, WithJsonSchema

from updater import times

_UNITS = {"": 1, "KiB": 1 << 10, "MiB": 1 << 20}
_SIZE = re.compile(r"([0-9]{1,12})(KiB|MiB|)")


class Settings(BaseModel):
    """Frozen; a key nobody knows is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


def _duration(value: Any) -> timedelta:  # noqa: ANN401 - whatever the YAML holds
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no duration: write it like 90s, 30m, 1h30m or 7d")  # noqa: TRY004 - for pydantic
    return times.parse_duration(value)


def size(text: str) -> int:
    """Read `300000`, `512KiB` or `1MiB`, in bytes. Raises ValueError."""
    match = _SIZE.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no size: write it like 512KiB or 1MiB")
    return int(match[1]) * _UNITS[match[2]]


def _size(value: Any) -> int:  # noqa: ANN401 - as above
    return size(str(value))


def _zone(value: Any) -> ZoneInfo:  # noqa: ANN401 - as above
    if isinstance(value, ZoneInfo):
        return value
    try:
        return ZoneInfo(str(value))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{value!r} is no time zone: use a name such as Asia/Seoul or UTC") from None


Duration = Annotated[
    timedelta,
    BeforeValidator(_duration),
    PlainSerializer(times.format_duration, return_type=str),
    WithJsonSchema(
        {"type": "string", "pattern": "^(\\d+d)?(\\d+h)?(\\d+m)?(\\d+s)?$", "examples": ["30m", "1h30m"]}
    ),
]
Size = Annotated[
    int,
    BeforeValidator(_size),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 0},
                {"type": "string", "pattern": "^\\d+(KiB|MiB)?$", "examples": ["256KiB", "1MiB"]},
            ]
        }
    ),
]
Zone = Annotated[
    ZoneInfo,
    BeforeValidator(_zone),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "examples": ["Asia/Seoul", "UTC"]}),
]
