"""One definition of each view: what Python reads, what JSON has, and what the API describes. Pure."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from functools import cache
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import ConfigDict, Field, PlainSerializer, TypeAdapter

from updater import times

VERSION = 1
"""Of the JSON's shapes."""
Instant = Annotated[
    datetime,
    PlainSerializer(times.to_iso, return_type=str),
    Field(examples=["2026-02-02T05:35:12Z"], json_schema_extra={"format": "date-time"}),
]


class Shape:
    """A frozen dataclass. Nothing is told that is not described; docstrings of fields describe them."""

    __slots__ = ()
    __pydantic_config__: ClassVar = ConfigDict(extra="forbid", use_attribute_docstrings=True)


_Some = TypeVar("_Some", bound=Shape)


def as_json(view: Shape) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """A view as plain values, instants as text."""
    return _adapter(view).dump_python(view, mode="json")


def read_off(shape: type[_Some], noun: object) -> _Some:
    """The shape of a noun that has fields of the same names."""
    return shape(**{field.name: getattr(noun, field.name) for field in fields(shape)})  # type: ignore[arg-type]


@cache
def _adapter_of(shape: type[Shape]) -> TypeAdapter[Any]:
    return TypeAdapter(shape)


def _adapter(view: Shape) -> TypeAdapter[Any]:
    return _adapter_of(type(view))  # type: ignore[arg-type]  # mypy takes classes for unhashable
