"""To look through a repository once: what its head holds, and what some of its files held before. I/O."""

import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import git
from git.exc import InvalidGitRepositoryError, NoSuchPathError

from updater.adapters.git import errors
from updater.adapters.git.access import Access
from updater.adapters.git.address import check_url
from updater.adapters.git.commands import Commands, GitFailed
from updater.adapters.git.history import HistoryReader
from updater.adapters.git.objects import Blobs, Trees
from updater.errors import Refused, Unavailable
from updater.reasons import failure_reasons
from updater.value_class import value_class

_LOCAL, _NETWORK = 120, 1800  # seconds
_HEAD = "refs/heads/surveyed"
_SHORT_SSH = re.compile(r"[A-Za-z0-9_.-]+@[A-Za-z0-9_.-]+:")
_BEGINNING = datetime.fromtimestamp(0, UTC)


class HeadFile(NamedTuple):
    """A file of the head. `kind`: file, symlink, or submodule."""

    path: str
    blob: str
    kind: str
    size: int


@value_class
class InspectedRepository:
    origin: str | None
    """The URL it is fetched from, as it is written there: it may hold a credential."""
    branch: str | None
    files: tuple[HeadFile, ...]
    blobs: Callable[[Collection[str]], Mapping[str, bytes | None]]
    """By id; None for one too large to be a manifest."""
    earlier: Callable[[Collection[str]], Mapping[str, tuple[str, ...]]]
    """By path, the blobs that stood there before, the newest first."""


def is_address(place: str) -> bool:
    """A URL, and no folder of this machine."""
    return "://" in place or (_SHORT_SSH.match(place) is not None and not os.path.lexists(place))


def inspect_repository(place: str, folder: Path, access: Access) -> InspectedRepository:
    """Of a folder, or of a URL, which is cloned into `folder`. Raises Refused or Unavailable."""
    if is_address(place):
        return _survey(*_cloned(check_url(place), folder, access), place)
    commands = _opened(place)
    with _at_work(place):
        return _survey(commands, _branch(commands), _origin(commands), place)


def _survey(commands: Commands, branch: str | None, origin: str | None, place: str) -> InspectedRepository:
    blobs, historian = Blobs(commands, _LOCAL), HistoryReader(commands, Trees(commands, _LOCAL), _LOCAL)

    def read(ids: Collection[str]) -> Mapping[str, bytes | None]:
        with _at_work(place):
            return blobs.read(ids)

    def earlier(paths: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        with _at_work(place):
            return _earlier(historian, _head(commands), paths)

    with _at_work(place):
        return InspectedRepository(origin, branch, tuple(_files(commands)), read, earlier)


# --- opening --------------------------------------------------------------------------------------------


def _opened(place: str) -> Commands:
    try:
        with git.Repo(place, search_parent_directories=True) as repository:
            return Commands(Path(repository.git_dir).absolute(), tuple)
    except NoSuchPathError as error:
        raise Refused(
            f"{place}: does not exist: name a git repository", reason=failure_reasons.NO_REPOSITORY
        ) from error
    except (InvalidGitRepositoryError, OSError, ValueError) as error:
        raise Refused(
            f"{place}: is no git repository: name one, or run git init and commit there",
            reason=failure_reasons.NO_REPOSITORY,
        ) from error


def _branch(commands: Commands) -> str | None:
    """None where HEAD names a commit only."""
    try:
        name = commands.run("symbolic-ref", "--quiet", "HEAD", seconds=_LOCAL).output.strip()
    except GitFailed:
        return None
    return name.removeprefix("refs/heads/")


def _origin(commands: Commands) -> str | None:
    try:
        return commands.run("config", "--get", "remote.origin.url", seconds=_LOCAL).output.strip() or None
    except GitFailed:
        return None


def _cloned(url: str, folder: Path, access: Access) -> tuple[Commands, str | None, str | None]:
    commands = Commands(folder.absolute(), tuple)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        commands.run("init", "--quiet", "--bare", "--template=", seconds=_LOCAL)
        told = access.run(commands, url, "ls-remote", "--symref", "--", url, "HEAD", seconds=_LOCAL)
        branch = _symref(told.output)
        wanted = f"+{'HEAD' if branch is None else f'refs/heads/{branch}'}:{_HEAD}"
        if told.output.strip():
            fetch = ("fetch", "--quiet", "--no-tags", "--", url, wanted)
            access.run(commands, url, *fetch, seconds=_NETWORK)
        commands.run("symbolic-ref", "HEAD", _HEAD, seconds=_LOCAL)
    except GitFailed as failure:
        raise errors.of_remote(failure, url, "HEAD") from None
    return commands, branch, url


def _symref(told: str) -> str | None:
    match = re.search(r"^ref: refs/heads/(\S+)\tHEAD$", told, re.MULTILINE)
    return match[1] if match else None


# --- reading --------------------------------------------------------------------------------------------


def _files(commands: Commands) -> Iterator[HeadFile]:
    head = _head(commands)
    if head is None:
        return
    with commands.stream("ls-tree", "-r", "-l", "-z", "--full-tree", head, seconds=_LOCAL) as running:
        for line in running.tokens():
            description, _, name = line.partition(b"\t")
            mode, kind, blob, size = description.decode().split()
            yield HeadFile(
                name.decode(errors="surrogateescape"),
                blob,
                "submodule" if kind == "commit" else "symlink" if mode == "120000" else "file",
                int(size) if size.isdigit() else 0,
            )


def _head(commands: Commands) -> str | None:
    """None before the first commit."""
    try:
        return commands.run(
            "rev-parse", "--verify", "--quiet", "HEAD^{commit}", seconds=_LOCAL
        ).output.strip()
    except GitFailed:
        return None


def _earlier(
    historian: HistoryReader, head: str | None, paths: Collection[str]
) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {path: {} for path in paths}
    commits = historian.read([head], paths, _BEGINNING).commits if head else {}
    for commit in sorted(commits.values(), key=lambda commit: commit.time, reverse=True):
        for path, change in commit.changes.items():
            if change.old is not None and path in found:
                found[path].setdefault(change.old)
    return {path: tuple(blobs) for path, blobs in found.items()}


@contextmanager
def _at_work(place: str) -> Iterator[None]:
    try:
        yield
    except GitFailed as failure:
        raise Refused(
            f"{_shown(place)}: cannot be read ({errors.last_line(failure.said)}): check it with git fsck",
            reason=failure_reasons.REPOSITORY_UNREADABLE,
        ) from failure
    except OSError as error:
        raise Unavailable(
            f"{_shown(place)}: cannot be read ({error.strerror})", reason=failure_reasons.DISK
        ) from error


def _shown(place: str) -> str:
    parts = urlsplit(place)
    return place if "@" not in parts.netloc else place.replace(f"{parts.netloc.rpartition('@')[0]}@", "")
