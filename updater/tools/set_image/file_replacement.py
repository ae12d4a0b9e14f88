"""To read the one file a command is about, and to put another in its place. I/O."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from updater.errors import ConfigError, Refused
from updater.manifests import LIMIT, PinRefused, file_names
from updater.manifests.seals import (
    lock_of,
    locked_sentence,
    possible_seals,
    sealed_by,
    sealed_sentence,
)
from updater.reasons import failure_reasons, pin_reasons
from updater.value_class import value_class


@value_class
class Target:
    path: Path | None
    """None: standard input."""

    @property
    def shown(self) -> str:
        return "standard input" if self.path is None else str(self.path)

    def read(self, limit: int) -> bytes:
        """No more bytes than a manifest may have and one: that one is refused. Raises Refused."""
        try:
            return _read(self.path, limit + 1)
        except OSError as error:
            raise _failed(self.shown, "read", error) from error

    def refuse_sealed(self, kind: str) -> None:
        """Raises PinRefused where a file beside it, or above it in its repository, covers such pins in it."""
        if self.path is None:
            return
        path = self.path.absolute()
        root = next((folder for folder in path.parents if (folder / ".git").exists()), path.parent)
        name = path.relative_to(root).as_posix()
        found = {seal: _read(root / seal, LIMIT) for seal in possible_seals(name) if (root / seal).is_file()}
        if (seal := sealed_by(name, found)) is not None:
            raise PinRefused(pin_reasons.SEALED, sealed_sentence(seal))
        lock = lock_of(name) if kind == "chart" else None
        if lock is not None and (root / lock).is_file():
            raise PinRefused(pin_reasons.SEALED, locked_sentence(lock))

    def replace(self, before: bytes, after: bytes) -> None:
        """At once or not at all, and only what was read. Raises Refused."""
        assert self.path is not None
        try:
            if _read(self.path, len(before) + 1) != before:
                raise Refused(
                    f"{self.path}: somebody else has just changed it: try again",
                    reason=failure_reasons.CHANGED,
                )
            _replace(self.path, after)
        except OSError as error:
            raise _failed(self.shown, "written", error) from error


def target_of(name: str, *, chart: bool = False) -> Target:
    """A file, the kustomization of a folder, or its `chart`, or `-`. Raises ConfigError or Refused."""
    if name == "-":
        return Target(None)
    if not name:
        raise ConfigError("no file is named: write its path, the folder of a kustomization, or -")
    path = Path(name)
    if path.is_dir():
        path = _in_folder(path, chart=chart)
    try:
        mode = path.lstat().st_mode
    except (OSError, ValueError) as error:
        raise _failed(str(path), "read", error) from error
    if stat.S_ISLNK(mode):
        raise Refused(f"{path}: is a symbolic link: name what it points to", reason=failure_reasons.SYMLINK)
    if not stat.S_ISREG(mode):
        raise Refused(f"{path}: is no plain file: use - for standard input", reason=failure_reasons.NO_FILE)
    return Target(path)


def _in_folder(folder: Path, *, chart: bool) -> Path:
    names = file_names("chart" if chart else "kustomization")
    found = [folder / name for name in names if os.path.lexists(folder / name)]
    if not found:
        what = " and no chart" if chart else ""
        raise ConfigError(f"{folder}: holds no kustomization{what}: name the file")
    if len(found) > 1:
        raise ConfigError(
            f"{folder}: holds {' and '.join(path.name for path in found)}: {'name' if chart else 'keep'} one"
        )
    return found[0]


def _read(path: Path | None, size: int) -> bytes:
    """Raises OSError."""
    if path is not None:
        with path.open("rb") as stream:
            return stream.read(size)
    if sys.stdin is None:
        raise OSError(0, "it is closed")
    return sys.stdin.buffer.read(size)


def _replace(path: Path, data: bytes) -> None:
    status = path.stat()
    if not os.access(path, os.W_OK):
        raise PermissionError(0, "it is write-protected")
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name[:200]}.", dir=path.parent)
    try:
        with open(descriptor, "wb") as stream:  # noqa: PTH123 - a descriptor has no path
            stream.write(data)
            _dress(descriptor, status)
            stream.flush()
            os.fsync(descriptor)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink()
        raise


def _dress(descriptor: int, status: os.stat_result) -> None:
    """Owner and mode as before; only root may give a file away."""
    with suppress(PermissionError):
        os.fchown(descriptor, status.st_uid, status.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(status.st_mode))


def _failed(shown: str, what: str, error: OSError | ValueError) -> Refused:
    why = error.strerror if isinstance(error, OSError) else "no such path"
    return Refused(f"{shown}: cannot be {what} ({why})", reason=failure_reasons.FILE_UNUSABLE)
