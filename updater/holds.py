"""What people have recorded in `.updater/holds.yaml`: who may not move, and what may come back. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, time
from io import StringIO
from itertools import islice
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator
from ruamel.yaml import YAML

from updater import times
from updater.errors import UpdaterError
from updater.manifests.refusals import LONGEST
from updater.model import Placement
from updater.printable import excerpt, printable
from updater.reasons import failure_reasons
from updater.settings import Settings
from updater.strict_yaml.faults import Faults
from updater.strict_yaml.reader import SourceLocation, document
from updater.strict_yaml.validation_errors import explain_errors
from updater.value_class import value_class

FOLDER = ".updater/"
"""What people steer us by stands below it, whatever the file is called."""
PATH = f"{FOLDER}holds.yaml"
_LAST_YEAR = 9000
"""Later dates leave no room to be shown in another zone."""
_LAST_SECOND = time(23, 59, 59)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_BLANKS = re.compile(r"[ \t]+(?=[Z+-])")
_LONGEST_MOMENT = 60
"""Characters; whoever fills it up with blanks would have them looked at again and again."""
_VALUES = 50_000
"""Once aliases are followed: as many as a file may have that has none."""
_COUNTED = 20
"""Faults of one file: to say what each is costs a search."""
_HEAD = "# Written by `updater hold` and `updater release`, read from this branch in every pass.\n"


def _until(value: Any) -> Any:  # noqa: ANN401 - whatever the YAML holds
    """A bare date lasts to its end; a time without a zone is UTC."""
    moment = value if isinstance(value, datetime | None) else _moment(value)
    if moment is None or moment.year > _LAST_YEAR:
        return None  # for ever
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _moment(value: object) -> datetime:
    try:
        text = value.strip() if isinstance(value, str) and len(value) <= _LONGEST_MOMENT else ""
        return (
            datetime.combine(date.fromisoformat(text), _LAST_SECOND) if _DATE.fullmatch(text) else _at(text)
        )
    except ValueError:
        said = excerpt(repr(value), _LONGEST_MOMENT)
        raise ValueError(f"{said} is no moment: write 2026-02-03 or 2026-02-03T10:00+09:00") from None


def _at(text: str) -> datetime:
    """Raises ValueError. YAML lets blanks stand before the zone."""
    return datetime.fromisoformat(_BLANKS.sub("", text))


OF_ALL = Placement("*", "*")
"""Whom a release is about that is about everything."""
Until = Annotated[datetime | None, BeforeValidator(_until)]
Said = Annotated[str, AfterValidator(printable)]
"""By a person, perhaps over several lines; it is shown in one."""


class Everything(Settings):
    """`all:`, a hold over every app in every environment of the repository."""

    why: Said = Field(description="say why, for whoever meets this hold")
    until: Until = None
    by: Said | None = None


class HoldEntry(Everything):
    """A hold over an app, in one environment or in all."""

    app: str = Field(description="name the app that is held")
    environment: str | None = None


class Release(Settings):
    """What a person allows once: a tag that was left, or to go on after a step back.

    Of `*` in `*`: that all goes on which so many steps back have stopped. No app can be called so, and a
    version that does not know it lets it be.
    """

    app: str = Field(description="name the app that is released")
    environment: str = Field(description="name the environment it is released in")
    tag: str | None = None
    why: Said = Field(description="say why")
    by: Said | None = None
    at: Until = None
    """When: so that a release of what was released before is another one."""

    @property
    def placement(self) -> Placement:
        return Placement(self.environment, self.app)

    @property
    def is_of_all(self) -> bool:
        return self.placement == OF_ALL


class Holds(Settings):
    """The whole file."""

    holds: tuple[HoldEntry, ...] = ()
    releases: tuple[Release, ...] = ()
    all: Everything | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_nothing(cls, value: Any) -> Any:  # noqa: ANN401 - as above
        return (
            {key: item for key, item in value.items() if item is not None}
            if isinstance(value, dict)
            else value
        )

    def over(self, placement: Placement, now: datetime) -> Everything | None:
        """The hold that is on, if any; of several the one that lasts longest."""
        lasting = [hold for hold in self._concerning(placement) if hold.until is None or hold.until > now]
        return max(lasting, key=lambda hold: (hold.until is None, hold.until or now), default=None)

    def _concerning(self, placement: Placement) -> Iterator[Everything]:
        if self.all is not None:
            yield self.all
        for hold in self.holds:
            if hold.app == placement.app and hold.environment in {None, placement.environment}:
                yield hold


class HoldsUnreadable(UpdaterError):
    """Nobody knows what is held: so everything is."""


def read(data: bytes | None) -> Holds:
    """Raises HoldsUnreadable."""
    place = _place(data)
    if place is None or place.root.data is None:
        return Holds()
    try:
        return Holds.model_validate(place.root.data)
    except ValidationError as error:
        raise _unreadable(explain_errors(error, Holds, place)) from None


@value_class
class HoldTarget:
    """An app, in one environment or in all, as an entry of the file names it."""

    app: str
    environment: str | None
    kind: Literal["hold", "release", "rollback floor"]
    until: datetime | None
    where: str
    """File and line of the entry."""


def parse_target(data: bytes | None) -> Iterator[HoldTarget]:
    """Whom the file is about, entry by entry. Raises HoldsUnreadable."""
    place, said = _place(data), read(data)
    if place is None:
        return
    for number, one in enumerate(said.holds):
        yield HoldTarget(one.app, one.environment, "hold", one.until, place.child("holds", number).where)
    for number, let in enumerate(said.releases):
        if let.is_of_all:
            continue
        yield HoldTarget(let.app, let.environment, "release", None, place.child("releases", number).where)


def _place(data: bytes | None) -> SourceLocation | None:
    """The text, through a parser that bounds depth and time. Raises HoldsUnreadable."""
    faults = Faults()
    place = document(PATH, data, faults) if data else None
    if len(faults):
        raise _unreadable(faults)
    if place is not None and place.root.size > _VALUES:
        raise _unreadable([f"{PATH}: grows beyond all measure through its aliases: write it out"])
    return place


def _unreadable(faults: Iterable[str]) -> HoldsUnreadable:
    """The first fault, and how many more there are; one sentence whatever the file quotes."""
    first, *more = islice(faults, 1 + _COUNTED)
    many = f"at least {_COUNTED}" if len(more) == _COUNTED else len(more)
    meant = f"until that and {many} more are mended" if more else "until that is mended"
    said = f"{excerpt(first, LONGEST)} (nothing moves here {meant})"
    return HoldsUnreadable(said, reason=failure_reasons.HOLDS_UNREADABLE)


def hold(data: bytes | None, entry: HoldEntry | Everything) -> bytes:
    """The file with one more hold; one over the same is replaced."""

    def change(document: dict[str, Any]) -> None:
        if not isinstance(entry, HoldEntry):
            document["all"] = _plain(entry)
            return
        same = (entry.app, entry.environment)
        others = [
            one for one in document.get("holds") or [] if (one.get("app"), one.get("environment")) != same
        ]
        document["holds"] = [*others, _plain(entry)]

    return _changed(data, change)


def lift(data: bytes | None, app: str | None, environment: str | None) -> bytes:
    """The file without the holds over an app (in one environment, or in all); of no app: without `all`."""

    def change(document: dict[str, Any]) -> None:
        if app is None:
            document.pop("all", None)
            return
        entries = document.get("holds") or []
        document["holds"] = [one for one in entries if not _names(one, app, environment)]

    return _changed(data, change)


def release(data: bytes | None, entry: Release) -> bytes:
    """The file with one more release; saying it twice is saying it once."""

    def change(document: dict[str, Any]) -> None:
        same = (entry.app, entry.environment, entry.tag)
        entries = document.get("releases") or []
        others = [one for one in entries if (one.get("app"), one.get("environment"), one.get("tag")) != same]
        document["releases"] = [*others, _plain(entry)]

    return _changed(data, change)


def _names(one: dict[str, Any], app: str, environment: str | None) -> bool:
    return one.get("app") == app and (environment is None or one.get("environment") == environment)


def _changed(data: bytes | None, change: Callable[[dict[str, Any]], None]) -> bytes:
    """Comments stay; what means the same stays as it is; what comes out is read. Raises HoldsUnreadable."""
    before = read(data)
    yaml = _yaml()
    document = yaml.load(data.decode() if data else _HEAD) or {}
    change(document)
    text = StringIO()
    yaml.dump(document, text)
    result = (text.getvalue() if data else _HEAD + text.getvalue()).encode()
    return (data or b"") if read(result) == before else result


def _plain(entry: Settings) -> dict[str, Any]:
    said = {name: value for name, value in entry.model_dump().items() if value is not None}
    return {
        name: times.to_iso(value) if isinstance(value, datetime) else value for name, value in said.items()
    }


def _yaml() -> YAML:
    yaml = YAML()
    yaml.width = 4096
    yaml.preserve_quotes = True
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml
