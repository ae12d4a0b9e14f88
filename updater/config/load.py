"""To read the config of a directory: `updater.yaml` and `apps/*.yaml`. I/O."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from updater.config.completion import completable
from updater.config.models import App, Main
from updater.config.policies import Config
from updater.config.resolution import WrittenApp
from updater.config.resolve import resolve
from updater.errors import ConfigError
from updater.strict_yaml.faults import Faults
from updater.strict_yaml.reader import SourceLocation, read
from updater.strict_yaml.validation_errors import explain_errors

M = TypeVar("M", bound=BaseModel)

MAIN = "updater.yaml"
APPS = "apps"
_ENDINGS = frozenset({".yaml", ".yml"})


def load(directory: Path) -> Config:
    """Raises ConfigError with every fault that can be found at once."""
    if not directory.is_dir():
        what = "is no directory" if directory.exists() else "does not exist"
        raise ConfigError(f"{directory}: {what}: name the folder that holds {MAIN}, by --config")
    faults = Faults()
    main_at = _read(directory / MAIN, faults, needed=True)
    main = _valid(Main, main_at.root.data, main_at, faults) if main_at else None
    elsewhere = main is not None and bool(main.apps)
    apps = list(_apps(directory / APPS, faults, elsewhere=elsewhere))
    if main is None or main_at is None:
        raise ConfigError(*faults)
    return completable(main, main_at, apps, resolve(main, main_at, apps, faults))


def _apps(directory: Path, faults: Faults, *, elsewhere: bool) -> Iterator[WrittenApp]:
    """Where apps are declared elsewhere, too, there need be none here."""
    for path in _files(directory, faults, elsewhere=elsewhere) if directory.exists() or not elsewhere else ():
        place = _read(path, faults)
        for data, at in _listed(place, faults) if place else ():
            app = _valid(App, data, at, faults)
            if app is not None:
                yield WrittenApp(app, at)


def _files(directory: Path, faults: Faults, *, elsewhere: bool) -> list[Path]:
    try:
        found = sorted(
            path for path in directory.iterdir() if path.suffix in _ENDINGS and not path.name.startswith(".")
        )
    except OSError as error:
        faults.add(f"{directory}: cannot be read ({error.strerror}): put a file for each app there")
        return []
    if not found and not elsewhere:
        faults.add(f"{directory}: holds no app: write one there, such as shop.yaml")
    return found


def _read(path: Path, faults: Faults, *, needed: bool = False) -> SourceLocation | None:
    try:
        data = path.read_bytes()
    except OSError as error:
        faults.add(f"{path}: {_unread(path, error)}")
        return None
    return read(str(path), data, faults, needed=needed)


def _unread(path: Path, error: OSError) -> str:
    if not isinstance(error, FileNotFoundError):
        return f"cannot be read ({error.strerror})"
    if path.with_suffix(".yml").exists():
        return f"is not there, and {path.stem}.yml is: call it {path.name}"
    return "is not there: write it, or name the folder that holds it, by --config"


def _listed(place: SourceLocation, faults: Faults) -> list[tuple[Any, SourceLocation]]:
    """One app, or the apps of a list."""
    data = place.root.data
    if not isinstance(data, list):
        return [(data, place)]
    if not data:
        faults.add(place.fault("is an empty list: write an app there or delete the file"))
    return [(item, place.child(number)) for number, item in enumerate(data)]


def _valid(model: type[M], data: object, place: SourceLocation, faults: Faults) -> M | None:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        for sentence in explain_errors(error, model, place):
            faults.add(sentence)
        return None
