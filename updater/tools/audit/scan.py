"""To read the manifests of a work tree. I/O."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from updater.manifests import LIMIT, file_names
from updater.manifests.seals import is_seal, sealed_by, sealed_sentence
from updater.tools.audit.finding import quoted

_ENDINGS = (".yaml", ".yml")
_OF_A_CHART = frozenset({"templates", "charts"})
"""What Helm renders, and charts of others: neither is applied as it stands."""


class ScanResult(NamedTuple):
    """`data` is None where the file could not be read, for the reason `why`."""

    path: str
    data: bytes | None
    why: str = ""


def scan(root: Path, limit: int = LIMIT, also: Collection[str] = ()) -> Iterator[ScanResult]:
    """`limit`: bytes of a file; `also`: paths that are read whatever they are called.

    Links are not followed, hidden folders not entered.
    """
    folders, seals = [root], dict[str, bytes]()
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(folder) as listed:
                entries = sorted(listed, key=lambda entry: entry.name)
        except OSError as error:
            yield ScanResult(_path(root, folder), None, f"cannot be read ({error.strerror})")
            continue
        folders += [folder / entry.name for entry in _inner(entries)]
        seals |= _seals(root, folder, entries)
        for entry in entries:
            named = _is_manifest(entry.name) or _path(root, folder / entry.name) in also
            if named and entry.is_file(follow_symlinks=False):
                yield _read(root, folder / entry.name, limit, seals)


def _inner(entries: list[os.DirEntry[str]]) -> Iterator[os.DirEntry[str]]:
    chart = any(entry.name == "Chart.yaml" for entry in entries)
    for entry in entries:
        skipped = entry.name.startswith(".") or (chart and entry.name in _OF_A_CHART)
        if entry.is_dir(follow_symlinks=False) and not skipped:
            yield entry


def _is_manifest(name: str) -> bool:
    return name.endswith(_ENDINGS) or name in file_names("kustomization")


def _seals(root: Path, folder: Path, entries: list[os.DirEntry[str]]) -> dict[str, bytes]:
    """Signatures, and lists of checksums: those of a folder are known before what is below it is read."""
    found = {}
    for entry in entries:
        if is_seal(entry.name) and entry.is_file(follow_symlinks=False):
            with suppress(OSError), (folder / entry.name).open("rb") as file:
                found[_path(root, folder / entry.name)] = file.read(LIMIT)
    return found


def _read(root: Path, path: Path, limit: int, seals: Mapping[str, bytes]) -> ScanResult:
    name = _path(root, path)
    if (seal := sealed_by(name, seals)) is not None:
        return ScanResult(name, None, sealed_sentence(seal))
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        return ScanResult(name, None, f"cannot be read ({error.strerror})")
    if len(data) > limit:
        return ScanResult(name, None, f"is larger than {limit:,} bytes")
    return ScanResult(name, data)


def _path(root: Path, path: Path) -> str:
    return quoted(path.relative_to(root).as_posix())
