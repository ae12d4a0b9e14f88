"""To look for pins in a repository's head, and for what they held before. I/O through what it is given."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from updater.manifests import LIMIT
from updater.manifests.seals import is_seal
from updater.tools.init.pins import (
    Finds,
    FoundPin,
    LeftOut,
    find,
    is_manifest,
    is_workload,
    with_past,
)
from updater.tools.init.unread_places import unread_places

_VERSIONS = 10
"""How many earlier versions of a file are looked at, at most."""
_VERSIONS_IN_ALL = 3000


class ListedFile(Protocol):
    @property
    def path(self) -> str: ...
    @property
    def blob(self) -> str: ...
    @property
    def kind(self) -> str:
        """One of file, symlink, submodule."""

    @property
    def size(self) -> int: ...


class ScannedRepository(Protocol):
    @property
    def files(self) -> Sequence[ListedFile]: ...
    def blobs(self, ids: Collection[str], /) -> Mapping[str, bytes | None]: ...
    def earlier(self, paths: Collection[str], /) -> Mapping[str, Sequence[str]]:
        """By path, the blobs that stood there before, the newest first."""


def scan(repository: ScannedRepository) -> Finds:
    finds = _now(repository)
    finds.pins = _with_past(finds.pins, repository)
    return finds


def _now(repository: ScannedRepository) -> Finds:
    charts = {_folder(one) for one in repository.files if _name(one) == "Chart.yaml"}
    listed = [one for one in repository.files if is_manifest(one.path) and not _is_rendered(one.path, charts)]
    plain = [one for one in listed if one.kind == "file" and one.size <= LIMIT]
    seals = [one for one in repository.files if one.kind == "file" and is_seal(_name(one))]
    blobs = repository.blobs({one.blob for one in (*plain, *seals)})
    texts = _texts(plain, blobs)
    finds = find(texts, _texts(seals, blobs))
    finds.left_out += unread_places(texts)
    told = (one for one in listed if not is_workload(one.path))
    finds.left_out += [_not_looked_at(one) for one in told if one.kind != "file" or one.size > LIMIT]
    return finds


def _texts(listed: Sequence[ListedFile], blobs: Mapping[str, bytes | None]) -> dict[str, bytes]:
    return {one.path: data for one in listed if (data := blobs.get(one.blob)) is not None}


def _is_rendered(path: str, charts: Collection[str]) -> bool:
    """By Helm: what stands in the templates of a chart is not applied as it stands."""
    folder, slash, _ = path.partition("/templates/")
    return bool(slash) and folder in charts and is_workload(path)


def _folder(one: ListedFile) -> str:
    return one.path.rpartition("/")[0]


def _name(one: ListedFile) -> str:
    return one.path.rpartition("/")[2]


def _not_looked_at(one: ListedFile) -> LeftOut:
    if one.kind == "file":
        return LeftOut("too_large", one.path, "", f"is larger than {LIMIT:,} bytes")
    return LeftOut(
        "symlink", one.path, "", f"is a {one.kind}: what it leads to counts, if it is in the repository"
    )


def _with_past(pins: Sequence[FoundPin], repository: ScannedRepository) -> list[FoundPin]:
    """What was there before tells more of a scheme than what is there now."""
    files = dict[str, list[FoundPin]]()
    for pin in pins:
        files.setdefault(pin.file, []).append(pin)
    each = min(_VERSIONS, _VERSIONS_IN_ALL // len(files)) if files else 0
    earlier = {file: blobs[:each] for file, blobs in (repository.earlier(files) if each else {}).items()}
    data = repository.blobs({blob for blobs in earlier.values() for blob in blobs})
    known = {file: with_past(own, _versions(earlier.get(file, ()), data)) for file, own in files.items()}
    following = {file: iter(own) for file, own in known.items()}
    return [next(following[pin.file]) for pin in pins]


def _versions(blobs: Sequence[str], data: Mapping[str, bytes | None]) -> list[bytes]:
    return [found for blob in blobs if (found := data.get(blob)) is not None]
