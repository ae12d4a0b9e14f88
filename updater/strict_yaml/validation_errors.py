"""To say pydantic's errors in plain words, at the line where each was written. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from inspect import isclass
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from updater.strict_yaml.faults import unknown_word
from updater.strict_yaml.reader import SourceLocation

_EXPECTED = {
    "string": "a text",
    "int": "a whole number",
    "bool": "true or false",
    "tuple": "a list",
    "list": "a list",
    "dict": "a mapping",
    "mapping": "a mapping",
    "model": "a mapping",
}


_BOOLEANS = frozenset({"False", "True"})
"""As pydantic writes the only value of a literal."""
_SEARCHED = 100
"""So many unknown keys of one mapping may have meant one that is missing."""


def explain_errors(error: ValidationError, model: type[BaseModel], place: SourceLocation) -> Iterator[str]:
    """One sentence an error; `place` is where the model's value stands. Each costs a search."""
    errors = error.errors(include_url=False)
    mistyped = _mistyped(errors)
    for one in errors:
        loc = one["loc"]
        if _follows(one, errors, mistyped.get(loc[:-1], ()), model):
            continue
        if one["type"] == "missing":
            yield place.child(*loc[:-1]).fault(_missing(model, loc))
        else:
            yield place.child(*loc).fault(_sentence(one, model))


def _mistyped(errors: Iterable[ErrorDetails]) -> Mapping[tuple[str | int, ...], Sequence[ErrorDetails]]:
    """The unknown keys, by the mapping they stand in."""
    found: dict[tuple[str | int, ...], list[ErrorDetails]] = {}
    for one in errors:
        if one["type"] == "extra_forbidden":
            found.setdefault(one["loc"][:-1], []).append(one)
    return found


def _follows(
    one: ErrorDetails, errors: list[ErrorDetails], mistyped: Sequence[ErrorDetails], model: type[BaseModel]
) -> bool:
    """It only follows from another: a mistyped key is missing, a list of bad items has no good ones."""
    loc = one["loc"]
    if one["type"] == "too_short":
        return any(other["loc"][: len(loc)] == loc and other is not one for other in errors)
    if one["type"] != "missing":
        return False
    meant = {_unknown_key(other, model).rpartition("did you mean ")[2] for other in mistyped[:_SEARCHED]}
    return f"{loc[-1]}?" in meant


def _missing(model: type[BaseModel], loc: tuple[str | int, ...]) -> str:
    owner = _model_at(model, loc[:-1])
    field = _field(owner, loc[-1]) if owner else None
    described = field.description if field else None
    return f"{loc[-1]} is missing: {described or 'write it here'}"


def _sentence(one: ErrorDetails, model: type[BaseModel]) -> str:
    kind, given, context = one["type"], one["input"], one.get("ctx", {})
    if kind == "extra_forbidden":
        return _unknown_key(one, model)
    if kind == "value_error":
        return str(context["error"])
    if kind == "literal_error":
        return _other_than(str(context["expected"]), given)
    if kind in {"greater_than_equal", "too_short"}:
        least = context.get("ge", context.get("min_length"))
        return f"at least {least} is needed"
    if kind == "greater_than":
        return f"write a number above {context['gt']:g}"
    return _wrong(kind.partition("_")[0], given, one["msg"])


def _other_than(expected: str, given: object) -> str:
    if expected in _BOOLEANS:
        return f"only {expected.lower()} can be written here"
    if isinstance(given, str):
        return unknown_word("value", given, re.findall(r"'([^']*)'", expected))
    return _wrong("text", given, "")


def _unknown_key(one: ErrorDetails, model: type[BaseModel]) -> str:
    owner = _model_at(model, one["loc"][:-1])
    known = [field.alias or name for name, field in owner.model_fields.items()] if owner else []
    return unknown_word(getattr(owner, "noun", "key"), str(one["loc"][-1]), known)


def _wrong(expected: str, given: object, otherwise: str) -> str:
    """Says what stands there by its type alone: it may be a secret in the wrong place."""
    wanted = _EXPECTED.get(expected, "a text" if expected == "text" else "")
    if not wanted:
        return otherwise[:1].lower() + otherwise[1:]
    if given is None:
        return f"nothing is written here: write {wanted}, or leave the key out"
    quotes = ": put it in quotes" if wanted == "a text" and isinstance(given, bool | int | float) else ""
    return f"{wanted} is expected here, not {_spoken(given)}{quotes}"


def _spoken(given: object) -> str:
    if isinstance(given, bool):
        return "true or false"
    if isinstance(given, int | float):
        return "a number"
    if isinstance(given, dict):
        return "a mapping"
    return "a list" if isinstance(given, list | tuple) else "a text"


def _model_at(model: type[BaseModel], loc: tuple[str | int, ...]) -> type[BaseModel] | None:
    found: Any = model
    for key in loc:
        found = _inside(found, key)
    return found if isclass(found) and issubclass(found, BaseModel) else None


def _inside(annotation: Any, key: str | int) -> Any:  # noqa: ANN401 - an annotation has no type of its own
    if isclass(annotation) and issubclass(annotation, BaseModel):
        field = _field(annotation, key)
        return _unwrapped(field.annotation) if field is not None else None
    inner = [one for one in get_args(annotation) if one is not Ellipsis]
    return _unwrapped(inner[-1]) if inner else None


def _field(model: type[BaseModel], key: str | int) -> FieldInfo | None:
    return next((field for name, field in model.model_fields.items() if key in {name, field.alias}), None)


def _unwrapped(annotation: Any) -> Any:  # noqa: ANN401 - as above
    """What an `Annotated[…]` or `… | None` is about."""
    if hasattr(annotation, "__metadata__"):
        return _unwrapped(annotation.__origin__)
    inner = get_args(annotation)
    return _unwrapped(inner[0]) if any(one is type(None) for one in inner) else annotation
