"""Reports as bytes for other workers, and back. Pure.

What comes back is text from outside: only the values of a report are made of it, each field checked by its
type, and what another version has said beside them is passed over.
"""

from __future__ import annotations

import json
import zlib
from base64 import b85decode, b85encode
from collections.abc import Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from updater.errors import Refused
from updater.model import Chart, Report

LARGEST = 256 << 20
"""Bytes of a report that we unpack."""
_ALSO: tuple[type, ...] = (Chart,)
"""What stands where its base class is written."""
_WRONG = (ValueError, TypeError, KeyError, OverflowError, RecursionError, AttributeError, zlib.error)
_SCALARS = (str, int, float, bool, type(None))


def packed(report: Report) -> bytes:
    """A report without texts of files; the same report gives the same bytes."""
    text = json.dumps(_written(report), separators=(",", ":"), ensure_ascii=True)
    return zlib.compress(text.encode(), 1)


def unpacked(body: bytes) -> Report:
    """Raises Refused where it is none that this version understands."""
    try:
        read = _read(json.loads(_text(body)), Report)
    except _WRONG as error:
        raise Refused(f"a report of another worker cannot be read ({type(error).__name__})") from None
    assert isinstance(read, Report), "it was read as one"
    return read


def _text(body: bytes) -> bytes:
    """Raises ValueError or zlib.error."""
    unpacking = zlib.decompressobj()
    text = unpacking.decompress(body, LARGEST)
    if unpacking.unconsumed_tail:
        raise ValueError("larger than any report")
    return text


# --- to write ---------------------------------------------------------------------------------------------


def _written(value: Any) -> Any:  # noqa: ANN401 - whatever a report holds
    if isinstance(value, bool | int | float | str | None):
        return value
    if isinstance(value, datetime):
        return {"at": value.astimezone(UTC).isoformat()}
    if isinstance(value, timedelta):
        return {"for": value.total_seconds()}
    if isinstance(value, bytes):
        return {"bytes": b85encode(value).decode()}
    kind: type = type(value)
    if _is_record(kind):
        return {
            "of": kind.__name__,
            **{name: _written(getattr(value, name)) for name in _hints(kind)},
        }
    return _written_many(value)


def _written_many(value: Any) -> Any:  # noqa: ANN401 - as above
    if isinstance(value, Mapping):
        return {"map": [[_written(key), _written(each)] for key, each in value.items()]}
    if isinstance(value, AbstractSet):
        return sorted((_written(each) for each in value), key=lambda each: json.dumps(each, sort_keys=True))
    if isinstance(value, Sequence):
        return [_written(each) for each in value]
    raise TypeError(f"a report holds no {type(value).__name__}")


# --- to read ----------------------------------------------------------------------------------------------


def _read(value: Any, wanted: Any) -> Any:  # noqa: ANN401 - JSON, and whatever a type is written as
    """Raises ValueError, TypeError or KeyError where it is none of those."""
    if wanted is Any:
        return _read_any(value)
    origin = get_origin(wanted)
    if origin in {Union, UnionType}:
        return _read_one_of(value, get_args(wanted))
    if origin is Literal:
        if value not in get_args(wanted):
            raise ValueError("none of those that may stand there")
        return value
    if origin is not None:
        return _read_many(value, origin, get_args(wanted))
    return _read_plain(value, wanted)


def _read_plain(value: Any, wanted: type) -> Any:  # noqa: ANN401 - as above
    if wanted is datetime:
        return datetime.fromisoformat(value["at"]).astimezone(UTC)
    if wanted is timedelta:
        return timedelta(seconds=value["for"])
    if wanted is bytes:
        return b85decode(value["bytes"])
    if wanted in _SCALARS:
        if isinstance(value, wanted) or (wanted is float and isinstance(value, int)):
            return value
        raise TypeError("another type")
    return _read_record(value, wanted)


def _read_record(value: Any, wanted: type) -> Any:  # noqa: ANN401 - as above
    kind = _kinds(wanted)[value["of"]]
    hints = _hints(kind)
    return kind(**{name: _read(value[name], hints[name]) for name in hints if name in value})


def _read_one_of(value: Any, choices: tuple[Any, ...]) -> Any:  # noqa: ANN401 - as above
    for choice in _flat(choices):
        if _may_be(value, choice):
            return _read(value, choice)
    raise ValueError("none of those that may stand there")


def _flat(choices: tuple[Any, ...]) -> Iterator[Any]:
    for choice in choices:
        if get_origin(choice) in {Union, UnionType}:
            yield from _flat(get_args(choice))
        else:
            yield choice


def _may_be(value: Any, choice: Any) -> bool:  # noqa: ANN401 - as above
    """By its outside, so that what is wrong within is found within."""
    if choice in {datetime, timedelta, bytes}:
        return isinstance(value, dict) and {datetime: "at", timedelta: "for", bytes: "bytes"}[choice] in value
    if choice in _SCALARS:
        return isinstance(value, choice) and not (choice is int and isinstance(value, bool))
    if get_origin(choice) is Literal:
        return value in get_args(choice)
    if get_origin(choice) is not None:
        return isinstance(value, list) or (isinstance(value, dict) and "map" in value)
    return isinstance(value, dict) and value.get("of") in _kinds(choice)


def _read_many(value: Any, origin: type, inner: tuple[Any, ...]) -> Any:  # noqa: ANN401 - as above
    if issubclass(origin, Mapping):
        return {_read(key, inner[0]): _read(each, inner[1]) for key, each in value["map"]}
    if not isinstance(value, list):
        raise TypeError("no list")
    if origin is tuple and not (len(inner) == 2 and inner[1] is ...):  # noqa: PLR2004 - `tuple[T, ...]`
        return tuple(_read(each, kind) for each, kind in zip(value, inner, strict=True))
    found = (_read(each, inner[0]) for each in value)
    return frozenset(found) if origin in {frozenset, set, AbstractSet, Collection} else tuple(found)


def _read_any(value: Any) -> Any:  # noqa: ANN401 - as above
    """The parts of a version's key: numbers, words, instants, and tuples of them."""
    if isinstance(value, list):
        return tuple(map(_read_any, value))
    if isinstance(value, dict):
        return _read_plain(value, datetime if "at" in value else timedelta)
    return value


def _kinds(wanted: type) -> Mapping[str, type]:
    """By name: the type itself, and what may stand in its place."""
    return {kind.__name__: kind for kind in (wanted, *_ALSO) if issubclass(kind, wanted)}


def _is_record(kind: type) -> bool:
    return is_dataclass(kind) or hasattr(kind, "_fields")


@lru_cache(maxsize=256)
def _hints(kind: type) -> Mapping[str, Any]:
    """The fields of a record, by name, in their order."""
    hints = get_type_hints(kind)
    names = [each.name for each in fields(kind) if each.init] if is_dataclass(kind) else kind._fields  # type: ignore[attr-defined]
    return {name: hints[name] for name in names}
