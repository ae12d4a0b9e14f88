"""Which images stand in a file, for those who name them by a pattern. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from updater.errors import UpdaterError
from updater.manifests import PinRefused, Selector, Value, entries, read_all
from updater.manifests.reference import repository
from updater.model import File, HeadFiles, Image
from updater.value_class import value_class


@value_class
class FileKind:
    """How a file is read."""

    kind: str
    at: str | None
    """The only place that counts; None: all of the file."""
    limit: int


@dataclass(slots=True)
class KnownImages:
    """What files named when they could last be read, so that each text is parsed once.

    What is there and cannot be read (any more) still names what it named: its apps hold, and do not vanish.
    """

    _known: dict[tuple[str, str, FileKind], tuple[str, tuple[Image, ...]]] = field(default_factory=dict)
    """Blob and images, by repository and path."""

    def of(self, repository: str, path: str, head: HeadFiles, how: FileKind) -> tuple[Image, ...]:
        """Raises UpdaterError where the file cannot be read, and never could."""
        key, file = (repository, path, how), head.files[path]
        blob = file.blob if isinstance(file, File) else ""
        before = self._known.get(key)
        if before is not None and before[0] == blob:
            return before[1]
        try:
            images = _read(file, how)
        except UpdaterError:
            past = before[1] if before else _images_before(head.earlier.get(path, ()), how)
            if past is None:
                raise
            images, blob = past, ""
        self._known[key] = (blob, images)
        return images

    def keep(self, paths: Mapping[str, Collection[str]]) -> None:
        """Forget the files that are not there any more; `paths` by repository."""
        self._known = {
            key: said for key, said in self._known.items() if key[0] not in paths or key[1] in paths[key[0]]
        }


def _images_before(earlier: Iterable[bytes], how: FileKind) -> tuple[Image, ...] | None:
    """What the last version named that could be read; None if there is none, or nobody has asked."""
    for data in earlier:
        with suppress(UpdaterError):
            return images_in(data, how)
    return None


def _read(file: File | UpdaterError, how: FileKind) -> tuple[Image, ...]:
    if isinstance(file, UpdaterError):
        raise file
    return images_in(file.data, how)


def images_in(data: bytes, how: FileKind) -> tuple[Image, ...]:
    """Those with a registry in their name, by name; also where a pin of theirs will be refused.

    Raises PinRefused where the file as a whole cannot be read.
    """
    found = [one for one in entries(data, how.kind, limit=how.limit) if how.at in {None, one.at}]
    return tuple(sorted(set(_images(_names(found, read_all(data, found))))))


def _names(selectors: Iterable[Selector], values: Iterable[Value | PinRefused]) -> Iterator[str]:
    """What is deployed counts: the `newName` of a kustomization, where there is one."""
    for selector, value in zip(selectors, values, strict=True):
        yield value.image if isinstance(value, Value) else repository(selector.image)


def _images(names: Iterable[str]) -> Iterator[Image]:
    for name in names:
        try:
            yield Image.parse(name)
        except ValueError:
            continue  # one of Docker Hub, without its registry: no pattern names it
