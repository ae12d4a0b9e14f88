"""To read what an image says of itself: platforms, creation, labels. I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from updater.adapters.registry import manifest_json
from updater.adapters.registry.digest_cache import DigestCache
from updater.adapters.registry.endpoint import Endpoint
from updater.adapters.registry.expected import LARGEST
from updater.adapters.registry.manifest_json import CHART, CREATED
from updater.adapters.registry.objects import Objects, says_too_much
from updater.errors import Refused
from updater.model import ImageConfig
from updater.reasons import failure_reasons

_DEEPEST = 3
"""Indexes inside indexes."""


@dataclass(slots=True)
class _Read:
    """What was read so far of one image."""

    platforms: set[str] = field(default_factory=set)
    config: Mapping[str, Any] | None = None
    annotations: dict[str, str] = field(default_factory=dict)
    image: bool = False
    """Whether any of it is one."""
    artifact: str | None = None
    """What the first part is that is none."""


class ImageReader:
    """What is said under a digest never changes: each is read once, and checked against its digest."""

    def __init__(self, objects: Objects, kept: DigestCache) -> None:
        self._objects = objects
        self._kept = kept

    def read(self, place: Endpoint, digest: str) -> ImageConfig:
        """Raise Unavailable where a part is missing, Refused where it can be no image."""
        found = self._kept.get(digest)
        if found is None:
            found = self._facts(place, digest)
            self._kept.put(found)
        return found

    def _facts(self, place: Endpoint, digest: str) -> ImageConfig:
        read = _Read()
        self._look(place, digest, read, _DEEPEST)
        config = read.config or {}
        said = {**read.annotations, **manifest_json.labels_of(config)}
        created = manifest_json.created_of(config)
        if read.artifact == CHART:
            said |= manifest_json.chart_labels_of(config)
            created = manifest_json.created_of({"created": read.annotations.get(CREATED)})
        labels = manifest_json.bounded_texts(said)
        return ImageConfig(
            digest, tuple(sorted(read.platforms)), created, labels, None if read.image else read.artifact
        )

    def _look(
        self, place: Endpoint, digest: str, read: _Read, depth: int, platform: str | None = None
    ) -> None:
        """Of an index, its first image speaks for all but the platforms."""
        manifest = self._objects.document(place, "manifests", digest)
        artifact = manifest_json.artifact_of(manifest)
        read.artifact = read.artifact or artifact
        if artifact is not None and depth < _DEEPEST:
            return  # beside images it says nothing of them
        read.annotations |= manifest_json.annotations_of(manifest)
        if artifact == CHART:
            read.config = self._config(place, manifest)
        if manifest_json.is_index(manifest):
            self._look_inside(place, manifest, read, depth)
        elif artifact is None:
            self._look_at_image(place, manifest, read, platform)

    def _look_at_image(
        self, place: Endpoint, manifest: Mapping[str, Any], read: _Read, platform: str | None
    ) -> None:
        if read.config is None or platform is None:
            config = self._config(place, manifest)
            if config is not None and manifest_json.is_of_nothing(config):
                read.artifact = read.artifact or "an artifact with an empty config"
                return
            read.config = read.config or config
            platform = platform or manifest_json.platform_of(config)
        read.image = True
        read.platforms |= {platform} if platform else set()

    def _look_inside(self, place: Endpoint, index: Mapping[str, Any], read: _Read, depth: int) -> None:
        if depth == 0:
            raise _nested(place)
        for entry in manifest_json.entries(index):
            known = entry.platform is not None and not entry.nested
            if known and read.config is not None:
                read.platforms.add(str(entry.platform))
            else:
                self._look(place, entry.digest, read, depth - 1, entry.platform)

    def _config(self, place: Endpoint, manifest: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """None where the manifest names none: Docker's first schema."""
        named = manifest_json.config_of(manifest)
        if named is None:
            return None
        digest, size = named
        if size > LARGEST:
            raise says_too_much(place, digest)
        # Of an empty file, as ORAS was long told to make one, nothing can be read.
        return self._objects.document(place, "blobs", digest) if size else {}


def as_chart(said: ImageConfig) -> ImageConfig:
    """What it is where a chart was asked for."""
    return replace(said, artifact=None if said.artifact == CHART else said.artifact or "a container image")


def _nested(place: Endpoint) -> Refused:
    return Refused(
        f"an image of {place.image} holds indexes inside indexes inside indexes: look at what was pushed",
        reason=failure_reasons.TOO_DEEP,
    )
