"""To write a new config folder, all of it or nothing, and nothing that is not valid. I/O."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from updater.config import Config, load
from updater.errors import ConfigError, Refused
from updater.reasons import failure_reasons


def check_free(folder: Path) -> None:
    """Raises ConfigError where something would be overwritten, or mix with what is there."""
    for path in (folder / "updater.yaml", folder / "apps"):
        if os.path.lexists(path):
            raise ConfigError(f"{path}: is there already, and is not overwritten: name another --output")
    if os.path.lexists(folder) and not folder.is_dir():
        raise ConfigError(f"{folder}: is no folder: name another --output")


def write(files: Mapping[str, str], folder: Path) -> Config:
    """The config as its loader reads it. Raises ConfigError or Refused."""
    try:
        with _staged(files, folder) as staged:
            config = load(staged)
            check_free(folder)
            folder.mkdir(exist_ok=True)
            for path in sorted(staged.iterdir()):
                path.rename(folder / path.name)
    except OSError as error:
        raise Refused(
            f"{folder}: cannot be written ({error.strerror})", reason=failure_reasons.OUTPUT
        ) from error
    return config


@contextmanager
def _staged(files: Mapping[str, str], folder: Path) -> Iterator[Path]:
    """In a folder beside, so that moving it is one step."""
    parent = folder.absolute().parent
    parent.mkdir(parents=True, exist_ok=True)
    staged = Path(tempfile.mkdtemp(prefix=".updater-init-", dir=parent))
    try:
        (staged / "apps").mkdir()
        for name, text in files.items():
            (staged / name).write_text(text, encoding="utf-8")
        yield staged
    finally:
        shutil.rmtree(staged)
