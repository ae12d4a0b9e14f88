"""What people have recorded in `.updater/holds.yaml`: who may not move, and what may come back. Pure."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from updater import instants
from updater.errors import UpdaterError
from updater.manifests.composer import compose_text
from updater.manifests.refusal import PinRefused
from updater.model import Placement
from updater.settings import Settings

PATH = ".updater/holds.yaml"
_LAST_YEAR = 9000
"""Later dates leave no room to be shown in another zone."""
_HEAD = "# Written by `updater hold` and `updater release`, read from this branch in every pass.\n"


def _until(value: Any) -> Any:  # noqa: ANN401 - whatever the YAML holds
    """A bare date lasts to its end; a time without a zone is UTC."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, date) and value.year > _LAST_YEAR:
        return None  # for ever
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, 23, 59, 59, tzinfo=UTC)
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value


Until = Annotated[datetime | None, BeforeValidator(_until)]


class Everything(Settings):
    """`all:`, a hold over every app in every environment of the repository."""

    why: str
    until: Until = None
    by: str | None = None


class Held(Everything):
    """A hold over an app, in one environment or in all."""

    app: str
    environment: str | None = None


class Release(Settings):
    """What a person allows once: a tag that was left, or to go on after a step back."""

    app: str
    environment: str
    tag: str | None = None
    why: str
    by: str | None = None
    at: Until = None
    """When: so that a release of what was released before is another one."""

    @property
    def placement(self) -> Placement:
        return Placement(self.environment, self.app)


class Holds(Settings):
    """The whole file."""

    holds: tuple[Held, ...] = ()
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
    try:
        return Holds.model_validate(_yaml().load(_bounded(data)) or {}) if data else Holds()
    except PinRefused as refused:
        raise HoldsUnreadable(
            f"{PATH} cannot be read ({refused.sentence}); mend it", code="holds_unreadable"
        ) from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise HoldsUnreadable(f"{PATH}: {where}: {first['msg']}; mend it", code="holds_unreadable") from None
    except (YAMLError, ValueError, AttributeError, LookupError, TypeError, RecursionError) as error:
        line = str(error).strip().splitlines()[0] if str(error).strip() else "no YAML"
        raise HoldsUnreadable(f"{PATH} cannot be read ({line}); mend it", code="holds_unreadable") from None


def _bounded(data: bytes) -> str:
    """The text, once a parser that bounds depth has been through it: the other needs minutes for `[[[[…`."""
    text = data.decode()
    compose_text(text)
    return text


def hold(data: bytes | None, entry: Held | Everything) -> bytes:
    """The file with one more hold; one over the same is replaced."""

    def change(document: dict[str, Any]) -> None:
        if not isinstance(entry, Held):
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
    """Comments stay; what comes out is read again before it is believed. Raises HoldsUnreadable."""
    read(data)
    yaml = _yaml()
    document = yaml.load(data.decode() if data else _HEAD) or {}
    change(document)
    text = io.StringIO()
    yaml.dump(document, text)
    result = (text.getvalue() if data else _HEAD + text.getvalue()).encode()
    read(result)
    return result


def _plain(entry: Settings) -> dict[str, Any]:
    said = {name: value for name, value in entry.model_dump().items() if value is not None}
    return {
        name: instants.machine(value) if isinstance(value, datetime) else value
        for name, value in said.items()
    }


def _yaml() -> YAML:
    yaml = YAML()
    yaml.width = 4096
    yaml.preserve_quotes = True
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml
