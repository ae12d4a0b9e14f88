"""To read what a folder says it was made from: `.scaffold.yaml`, and the apps that stand there. I/O."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from updater.errors import ConfigError
from updater.strict_yaml.faults import Faults
from updater.strict_yaml.reader import read
from updater.strict_yaml.validation_errors import explain_errors
from updater.tools.scaffold.choices import Choices

RECORD = ".scaffold.yaml"
BASES = "infra/k8s/base"


def read_choices(root: Path) -> Choices:
    """Raises ConfigError where nothing, or nothing that can be read, says it."""
    path = root / RECORD
    if root.exists() and not root.is_dir():
        raise ConfigError(f"{root}: is a file: name the folder that updater scaffold repository has made")
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise ConfigError(
            f"{root}: has no {RECORD}, so it was not made by updater scaffold repository: "
            "name a folder that was"
        ) from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from None
    faults = Faults()
    place = read(str(path), data, faults)
    faults.check()
    assert place is not None
    try:
        return Choices.model_validate(place.root.data)
    except ValidationError as error:
        raise ConfigError(*explain_errors(error, Choices, place)) from None


def apps_of(root: Path) -> tuple[str, ...]:
    """Those that have a base there. Raises ConfigError."""
    try:
        return tuple(
            sorted(path.parent.name for path in (root / BASES).glob("*/kustomization.yaml") if path.is_file())
        )
    except OSError as error:
        raise ConfigError(f"{root / BASES}: cannot be read ({error.strerror})") from None
