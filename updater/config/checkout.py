"""To complete a config by the work tree of a deploy repository, for who has no service at hand. I/O."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from updater.config.policies import Config
from updater.errors import ConfigError, Refused, UpdaterError
from updater.model import File, HeadFiles, PathPatterns, literal_folder, path_matcher
from updater.reasons import failure_reasons


def completed_from(config: Config, folder: Path, repository: str) -> Config:
    """As if what stands there were the base branch's head. Raises ConfigError where there is no folder."""
    if not folder.is_dir():
        raise ConfigError(f"{folder}: is no folder: name the work tree of the deploy repository {repository}")
    files = dict(_files(folder, config.wanted(repository)))
    return config.completed({repository: HeadFiles("", files)})


def _files(folder: Path, patterns: PathPatterns) -> Iterator[tuple[str, File | UpdaterError]]:
    for pattern, longest in patterns.items():
        matcher = path_matcher(pattern)
        for found, _, names in os.walk(folder / literal_folder(pattern)):
            for name in names:
                path = (Path(found) / name).relative_to(folder).as_posix()
                if matcher.fullmatch(path):
                    yield path, _file(folder, path, longest)


def _file(folder: Path, path: str, longest: int) -> File | UpdaterError:
    place = folder / path
    if place.is_symlink():
        return Refused(
            f"{path}: is a symbolic link: put the file itself there", reason=failure_reasons.SYMLINK
        )
    try:
        with place.open("rb") as opened:
            data = opened.read(longest + 1)
    except OSError as error:
        return Refused(f"{path}: cannot be read ({error.strerror})")
    if len(data) > longest:
        sentence = f"{path}: is larger than the {longest >> 10} KiB that are read: shorten it"
        return Refused(sentence, reason=failure_reasons.TOO_LARGE)
    return File(path, data, hashlib.sha256(data).hexdigest(), "100644")
