"""To read what an image says of itself: platforms, creation, labels. I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from http import HTTPStatus
from typing import Any

from updater.adapters.registry import contents
from updater.adapters.registry.failures import Answer, status_failure, unavailable
from updater.adapters.registry.kept import Kept
from updater.adapters.registry.listing import read_json
from updater.adapters.registry.place import Place
from updater.errors import Refused
from updater.model import ImageFacts

MANIFESTS = (
    "application/vnd.oci.image.index.v1+json, "
    "application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.docker.distribution.manifest.v2+json"
)
LARGEST_MANIFEST = 4 * 1024 * 1024
"""Bytes; what the specification lets a manifest have, and more than a config ever has."""
_DEEPEST = 3
"""Indexes inside indexes."""
Ask = Callable[[Place, str, str, str], Answer]
"""Of a place, by a method, for a URL and media types."""


@dataclass(slots=True)
class _Read:
    """What was read so far of one image."""

    platforms: set[str] = field(default_factory=set)
    config: Mapping[str, Any] | None = None
    annotations: dict[str, str] = field(default_factory=dict)


class Images:
    """What is said under a digest never changes: each is read once, and checked against its digest."""

    def __init__(self, ask: Ask, kept: Kept) -> None:
        self._ask = ask
        self._kept = kept

    def read(self, place: Place, digest: str) -> ImageFacts:
        """Raise Unavailable where a part is missing, Refused where it can be no image."""
        found = self._kept.get(digest)
        if found is None:
            found = self._facts(place, digest)
            self._kept.put(found)
        return found

    def _facts(self, place: Place, digest: str) -> ImageFacts:
        read = _Read()
        self._look(place, digest, read, _DEEPEST)
        config = read.config or {}
        labels = contents.bounded({**read.annotations, **contents.labels_of(config)})
        return ImageFacts(digest, tuple(sorted(read.platforms)), contents.created_of(config), labels)

    def _look(self, place: Place, digest: str, read: _Read, depth: int, platform: str | None = None) -> None:
        """Of an index, its first image speaks for all but the platforms."""
        manifest = self._object(place, "manifests", digest)
        read.annotations |= contents.annotations_of(manifest)
        if contents.is_index(manifest):
            self._look_inside(place, manifest, read, depth)
            return
        if read.config is None or platform is None:
            config = self._config(place, manifest)
            read.config = config if read.config is None else read.config
            platform = platform or contents.platform_of(config)
        read.platforms |= {platform} if platform else set()

    def _look_inside(self, place: Place, index: Mapping[str, Any], read: _Read, depth: int) -> None:
        if depth == 0:
            raise _nested(place)
        for entry in contents.entries(index):
            known = entry.platform is not None and not entry.nested
            if known and read.config is not None:
                read.platforms.add(str(entry.platform))
            else:
                self._look(place, entry.digest, read, depth - 1, entry.platform)

    def _config(self, place: Place, manifest: Mapping[str, Any]) -> Mapping[str, Any]:
        """Empty where it is no image: a chart, a signature."""
        named = contents.config_of(manifest)
        if named is None:
            return {}
        digest, size = named
        if size > LARGEST_MANIFEST:
            raise _too_large(place, digest)
        return self._object(place, "blobs", digest)

    def _object(self, place: Place, kind: str, digest: str) -> dict[str, Any]:
        accept = MANIFESTS if kind == "manifests" else "*/*"
        answer = self._ask(place, "GET", place.url(f"{kind}/{digest}"), accept)
        if answer.status == HTTPStatus.NOT_FOUND:
            said = f"{place.origin} has a part of {place.image} not (yet), {digest[:19]}"
            raise unavailable(said, code="part_missing")
        if answer.status != HTTPStatus.OK:
            raise status_failure(place, answer)
        return _checked(place, answer, digest)


def _checked(place: Place, answer: Answer, digest: str) -> dict[str, Any]:
    if len(answer.body) > LARGEST_MANIFEST:
        raise _too_large(place, digest)
    if f"sha256:{sha256(answer.body).hexdigest()}" != digest:
        read_json(place, answer)  # says it better where that is a login page
        said = f"{answer.origin} answered something else for {digest[:19]} of {place.image}"
        raise unavailable(said, code="digest_differs")
    return read_json(place, answer)


def _too_large(place: Place, digest: str) -> Refused:
    return Refused(
        f"{digest[:19]} of {place.image} says more of itself than {LARGEST_MANIFEST >> 20} MiB, "
        "which no image does: look at what was pushed there",
        code="too_large",
    )


def _nested(place: Place) -> Refused:
    return Refused(
        f"an image of {place.image} holds indexes inside indexes inside indexes: look at what was pushed",
        code="too_deep",
    )
