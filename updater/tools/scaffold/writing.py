"""To write rendered files: all of them or none, and never over what is there. I/O."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from updater.errors import ConfigError, Refused
from updater.reasons import failure_reasons
from updater.tools.scaffold.rendering import RenderedFile

_GIT = ".git"


def check_new(folder: Path) -> None:
    """A folder that is to be, or an empty one; a fresh clone counts as empty. Raises ConfigError."""
    if folder.is_symlink():
        raise ConfigError(f"{folder}: is a symbolic link: name the folder itself")
    if os.path.lexists(folder) and not folder.is_dir():
        raise ConfigError(f"{folder}: is no folder: name a new one")
    parent = folder.absolute().parent
    if not parent.is_dir():
        raise ConfigError(f"{folder}: there is no folder {parent} to make it in: make that one first")
    writable = folder if folder.is_dir() else parent
    if not os.access(writable, os.W_OK | os.X_OK):
        raise ConfigError(f"{folder}: {writable} may not be written to: name a folder of yours")
    if folder.is_dir() and (found := sorted({path.name for path in folder.iterdir()} - {_GIT})):
        raise ConfigError(f"{folder}: is not empty (it has {found[0]}): name a new folder")


def write_new(folder: Path, files: Iterable[RenderedFile]) -> None:
    """All at once: made beside it, and put in its place. Raises Refused."""
    inside = _stays(folder)
    with _failing(folder), _staged(folder if inside else folder.absolute().parent, files) as staged:
        if inside:
            _move_into(folder, staged)
        else:
            staged.rename(folder)


def _stays(folder: Path) -> bool:
    """A clone keeps its .git, a shell the folder it stands in, and some may not write beside it."""
    if not folder.is_dir():
        return False
    used = any(folder.iterdir()) or folder.samefile(Path.cwd())
    return used or not os.access(folder.absolute().parent, os.W_OK | os.X_OK)


def check_added(root: Path, files: Iterable[RenderedFile]) -> list[RenderedFile]:
    """Those that are not there yet. Raises ConfigError where another one is in the way."""
    return [file for file in files if not _is_there(root, file)]


@contextmanager
def added(root: Path, files: Sequence[RenderedFile]) -> Iterator[None]:
    """Written one by one, each whole; gone again where that fails, or what follows. Raises Refused."""
    made: list[Path] = []
    try:
        with _failing(root):
            for file in files:
                made += _make_folders((root / file.path).parent)
                _write(root / file.path, file)
                made.append(root / file.path)
        yield
    except BaseException:
        _remove(made)
        raise


def _is_there(root: Path, file: RenderedFile) -> bool:
    path = root / file.path
    _check_folders(root, path)
    if not os.path.lexists(path):
        return False
    same = path.is_file() and not path.is_symlink() and path.read_bytes() == file.text.encode()
    if not same:
        raise ConfigError(f"{path}: is there already, and nothing is overwritten: choose another name")
    return True


def _check_folders(root: Path, path: Path) -> None:
    for folder in path.parents:
        if folder == root:
            break
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            raise ConfigError(
                f"{folder}: is no folder of this repository, so nothing can be written below it"
            )
    existing = next(folder for folder in path.parents if folder.is_dir())
    if not os.access(existing, os.W_OK | os.X_OK):
        raise ConfigError(f"{existing}: may not be written to: nothing was written")


@contextmanager
def _staged(parent: Path, files: Iterable[RenderedFile]) -> Iterator[Path]:
    """On the same disk, so that moving is one step."""
    staged = Path(tempfile.mkdtemp(prefix=".updater-scaffold-", dir=parent))
    try:
        staged.chmod(0o777 & ~_umask())
        for file in files:
            (staged / file.path).parent.mkdir(parents=True, exist_ok=True)
            _fill(staged / file.path, file)
        yield staged
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def _move_into(folder: Path, staged: Path) -> None:
    moved: list[Path] = []
    try:
        for path in sorted(staged.iterdir(), reverse=True):
            path.rename(folder / path.name)
            moved.append(folder / path.name)
    except BaseException:
        for path in moved:
            path.rename(staged / path.name)
        raise


def _write(path: Path, file: RenderedFile) -> None:
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(descriptor)
    try:
        _fill(Path(temporary), file)
        _refuse_taken(path)
        Path(temporary).rename(path)
    except BaseException:
        Path(temporary).unlink()
        raise


def _refuse_taken(path: Path) -> None:
    """It was looked for before; raises OSError where it has come since."""
    if os.path.lexists(path):
        raise FileExistsError(0, "somebody else has just made it")


def _fill(path: Path, file: RenderedFile) -> None:
    path.write_bytes(file.text.encode())
    path.chmod((0o777 if file.executable else 0o666) & ~_umask())


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _make_folders(folder: Path) -> list[Path]:
    missing = [one for one in (folder, *folder.parents) if not one.exists()][::-1]
    for one in missing:
        one.mkdir()
    return missing


def _remove(made: Iterable[Path]) -> None:
    for path in reversed(list(made)):
        with suppress(OSError):
            path.rmdir() if path.is_dir() else path.unlink()


@contextmanager
def _failing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Refused(
            f"{folder}: cannot be written ({error.strerror}): nothing was changed",
            reason=failure_reasons.OUTPUT,
        ) from error
