"""What people have recorded in `.updater/rollback-floors.yaml`: where there is no way back. Pure.

It only restricts. What cannot be read keeps the updater from going back by itself, and is told to a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import islice
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationError, model_validator

from updater.model import Placement, RecordedFloors, RollbackFloor
from updater.printable import excerpt
from updater.settings import Settings
from updater.strict_yaml.faults import Faults
from updater.strict_yaml.reader import SourceLocation, document
from updater.strict_yaml.validation_errors import explain_errors

PATH = ".updater/rollback-floors.yaml"
_VALUES = 50_000
"""Once aliases are followed: as many as a file may have that has none."""
_COUNTED, _LONGEST, _LONGEST_WHY = 20, 1_000, 300
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")


def _tag(text: str) -> str:
    if not _TAG.fullmatch(text):
        raise ValueError("that is no tag: write it as the registry does")
    return text


class FloorEntry(Settings):
    """Below this tag there is no way back for an app, once it or a newer one ran."""

    app: str = Field(description="name the app whose floor it is")
    tag: Annotated[str, AfterValidator(_tag)] = Field(
        description="the oldest tag that can still run, such as 20260301-120000"
    )
    environment: str | None = None
    why: str = Field(description="say why, for whoever wants to go back: its migration drops a column")

    def concerns(self, placement: Placement) -> bool:
        """Charts of an app have floors of their own."""
        return self.app == placement.app and self.environment in {None, placement.environment}


class FloorsFile(Settings):
    """The whole file."""

    floors: tuple[FloorEntry, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _from_nothing(cls, value: Any) -> Any:  # noqa: ANN401 - whatever the YAML holds
        return {} if value is None or value == {"floors": None} else value


def recorded_floors(data: bytes | None, placement: Placement) -> RecordedFloors:
    """Those over one app in one environment, each with the line that says so."""
    read = _read_once(data) if data else ()
    if isinstance(read, str):
        return RecordedFloors(unread=read)
    mine = (floor for entry, floor in read if entry.concerns(placement))
    return RecordedFloors(tuple(mine))


@lru_cache(maxsize=64)
def _read_once(data: bytes) -> tuple[tuple[FloorEntry, RollbackFloor], ...] | str:
    """The same in every pass until somebody writes there; a sentence where it cannot be read."""
    faults = Faults()
    place = document(PATH, data, faults)
    if len(faults):
        return _unreadable(faults)
    if place is None or place.root.data is None:
        return ()
    if place.root.size > _VALUES:
        return _unreadable([f"{PATH}: grows beyond all measure through its aliases: write it out"])
    try:
        said = FloorsFile.model_validate(place.root.data)
    except ValidationError as error:
        return _unreadable(explain_errors(error, FloorsFile, place))
    return tuple((entry, _floor(entry, place, at)) for at, entry in enumerate(said.floors))


def fault_of(data: bytes | None) -> str | None:
    """Why the file cannot be read."""
    read = _read_once(data) if data else ()
    return read if isinstance(read, str) else None


def named(data: bytes | None) -> tuple[tuple[FloorEntry, str], ...]:
    """Whom the file is about, entry by entry, and the line of each; nothing where it cannot be read."""
    read = _read_once(data) if data else ()
    return () if isinstance(read, str) else tuple((entry, floor.said_by) for entry, floor in read)


def _floor(entry: FloorEntry, place: SourceLocation, at: int) -> RollbackFloor:
    return RollbackFloor(
        entry.tag, place.child("floors", at).where, excerpt(entry.why, _LONGEST_WHY).strip() or None
    )


def _unreadable(faults: Iterable[str]) -> str:
    """The first fault, and how many more there are."""
    first, *more = islice(faults, 1 + _COUNTED)
    many = f" (and {len(more)} more)" if more else ""
    return f"{excerpt(first, _LONGEST)}{many}"
