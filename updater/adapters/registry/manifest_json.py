"""To say what manifests and configs tell of an image. Pure; none of it is believed to be well-formed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from updater.model import APP_VERSION
from updater.value_class import value_class

INDEXES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
CONFIGS = (
    "application/vnd.oci.image.config.v1+json",
    "application/vnd.docker.container.image.v1+json",
)
CHART_CONFIG = "application/vnd.cncf.helm.config.v1+json"
CHART = "a Helm chart"
CREATED = "org.opencontainers.image.created"
"""The annotation by which a chart, whose config does not say it, says when it was made."""
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
MOST_IMAGES = 64
"""In one index; more are not looked at."""
_EARLIEST = datetime(2013, 3, 1, tzinfo=UTC)
"""No image is older than containers; reproducible builds say 1970 or 1980."""
_LAYERS = re.compile(
    r"application/vnd\.(?:oci\.image\.layer|docker\.image\.rootfs|docker\.container\.image\.rootfs)[.+a-z0-9-]*"
)
"""What a container's file system is made of."""
_KNOWN = {
    CHART_CONFIG: CHART,
    "application/vnd.dev.cosign.simplesigning.v1+json": "a signature",
    "application/vnd.dev.cosign.artifact.sig.v1+json": "a signature",
    "application/vnd.dev.sigstore.bundle.v0.3+json": "a signature",
    "application/vnd.in-toto+json": "an attestation",
    "application/vnd.dsse.envelope.v1+json": "an attestation",
    "application/spdx+json": "an SBOM",
    "application/vnd.cyclonedx+json": "an SBOM",
}
_TYPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*")
_LONGEST_TYPE = 100
_ATTESTATION = "vnd.docker.reference.type"
_NOWHERE = "unknown/unknown"
_PART = re.compile(r"[a-z0-9][a-z0-9_.-]{0,30}")
_MOST_LABELS, _LONGEST_NAME, _LONGEST_LABEL = 200, 256, 2_048


@value_class
class IndexEntry:
    """One image of an index."""

    digest: str
    nested: bool
    """It is an index itself."""
    platform: str | None
    """None where the index does not say."""


def is_index(content: Mapping[str, Any]) -> bool:
    """By what it holds: the media type in it may be missing."""
    return isinstance(content.get("manifests"), list)


def entries(index: Mapping[str, Any]) -> Iterator[IndexEntry]:
    """The images of an index, what is attached to them left out."""
    for one in index["manifests"][:MOST_IMAGES]:
        entry = _entry(one) if isinstance(one, dict) and not _is_attached(one) else None
        if entry is not None and entry.platform != _NOWHERE:
            yield entry


def config_of(manifest: Mapping[str, Any]) -> tuple[str, int] | None:
    """Digest and size of the config of an image or a chart; None where it is neither's."""
    config = manifest.get("config")
    if not isinstance(config, dict) or config.get("mediaType") not in (*CONFIGS, CHART_CONFIG):
        return None
    digest, size = config.get("digest"), config.get("size")
    return (str(digest), size) if _is_digest(digest) and isinstance(size, int) else None


def artifact_of(manifest: Mapping[str, Any]) -> str | None:
    """What it is, in words, where it is no container image; None where it is one.

    Whatever its name: a chart or a signature stands beside the images of an app. OCI image spec 1.1: an
    artifact says what it is by `artifactType`, by its config's type, or by that of its layers.
    """
    if is_index(manifest):
        return None if any(True for _ in entries(manifest)) else "an index without any image"
    if "fsLayers" in manifest:
        return None  # Docker's first schema
    config = manifest.get("config")
    kind = config.get("mediaType") if isinstance(config, dict) else None
    if kind in CONFIGS:
        kinds = _layer_kinds(manifest)
        strange = [kind for kind in kinds if not (isinstance(kind, str) and _LAYERS.fullmatch(kind))]
        return _in_words(strange[0]) if strange and len(strange) == len(kinds) else None
    return _in_words(manifest.get("artifactType") or kind)


def _layer_kinds(manifest: Mapping[str, Any]) -> list[object]:
    layers = manifest.get("layers")
    listed = layers if isinstance(layers, list) else []
    return [one.get("mediaType") for one in listed if isinstance(one, dict)]


def _in_words(kind: object) -> str:
    if not isinstance(kind, str) or not _TYPE.fullmatch(kind) or len(kind) > _LONGEST_TYPE:
        return "an artifact of no type that is known"
    return _KNOWN.get(kind) or f"an artifact of the type {kind}"


def is_of_nothing(config: Mapping[str, Any]) -> bool:
    """Whether nothing could run by it: an artifact may be given the config of an image, and leave it empty.

    OCI image spec: an image's config has to say all three.
    """
    return not {"architecture", "os", "rootfs"} & set(config)


def platform_of(said: object) -> str | None:
    """`linux/arm/v7`, of a config or of a platform in an index."""
    if not isinstance(said, dict):
        return None
    parts = [said.get("os"), said.get("architecture"), said.get("variant") or None]
    if not all(isinstance(part, str) and _PART.fullmatch(part) for part in parts[:2]):
        return None
    variant = parts[2] if isinstance(parts[2], str) and _PART.fullmatch(parts[2]) else None
    return "/".join(str(part) for part in (*parts[:2], variant) if part)


def created_of(config: Mapping[str, Any]) -> datetime | None:
    """When the image was created, if that is plausible: an instant with a zone, since there are images."""
    text = config.get("created")
    try:
        instant = datetime.fromisoformat(text) if isinstance(text, str) else None
        plausible = instant is not None and instant.tzinfo is not None and instant >= _EARLIEST
        return instant.astimezone(UTC) if instant is not None and plausible else None
    except (ValueError, OverflowError):
        return None


def labels_of(config: Mapping[str, Any]) -> dict[str, str]:
    inner = config.get("config")
    return _texts(inner.get("Labels")) if isinstance(inner, dict) else {}


def chart_labels_of(config: Mapping[str, Any]) -> dict[str, str]:
    """What its Chart.yaml says that people want to see."""
    return _texts({APP_VERSION: config.get("appVersion")})


def annotations_of(manifest: Mapping[str, Any]) -> dict[str, str]:
    return _texts(manifest.get("annotations"))


def bounded_texts(labels: Mapping[str, str]) -> dict[str, str]:
    """As many as anybody needs: what is longer than a label ever is, is left out."""
    short = ((name, text) for name, text in sorted(labels.items()) if _is_short(name, text))
    return dict(list(short)[:_MOST_LABELS])


def _is_short(name: str, text: str) -> bool:
    return len(name) <= _LONGEST_NAME and len(text) <= _LONGEST_LABEL


def _entry(one: dict[str, Any]) -> IndexEntry | None:
    digest = one.get("digest")
    if not _is_digest(digest):
        return None
    return IndexEntry(str(digest), one.get("mediaType") in INDEXES, platform_of(one.get("platform")))


def _is_attached(one: dict[str, Any]) -> bool:
    """An attestation that names what it is about."""
    return _ATTESTATION in annotations_of(one)


def _is_digest(value: object) -> bool:
    return isinstance(value, str) and DIGEST.fullmatch(value) is not None


def _texts(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return {name: text for name, text in value.items() if _is_text(name) and _is_text(text)}


def _is_text(value: object) -> bool:
    """JSON can hold half a character, which nothing can be written with."""
    return isinstance(value, str) and not re.search("[\ud800-\udfff]", value)
