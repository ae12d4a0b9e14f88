"""To make the manifests and configs of images that hold nothing but their labels. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
CHART_CONFIG = "application/vnd.cncf.helm.config.v1+json"
CHART_LAYER = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
ATTESTED = "unknown/unknown"


@dataclass(frozen=True, slots=True)
class Stored:
    """Something a registry holds under its digest."""

    media_type: str
    content: bytes

    @property
    def digest(self) -> str:
        return f"sha256:{sha256(self.content).hexdigest()}"

    def descriptor(self) -> dict[str, Any]:
        return {"mediaType": self.media_type, "digest": self.digest, "size": len(self.content)}


@dataclass(frozen=True, slots=True)
class Image:
    """`top` is what a tag points to, `manifests` everything asked for as manifests, `blobs` the rest."""

    top: Stored
    manifests: tuple[Stored, ...]
    blobs: tuple[Stored, ...]


def build(
    content: str,
    labels: Mapping[str, str],
    created: datetime | str,
    platforms: Sequence[str],
    annotations: Mapping[str, str],
) -> Image:
    """One platform makes a plain manifest; several, or none, make an index of them."""
    layer = Stored(LAYER, content.encode())
    configs = [_config(layer, labels, created, platform) for platform in platforms]
    single = len(configs) == 1 and platforms[0] != ATTESTED
    manifests = [_manifest(config, layer, annotations if single else {}) for config in configs]
    top = manifests[0] if single else _index(manifests, platforms, annotations)
    return Image(top, (top, *manifests), (layer, *configs))


def chart(name: str, version: str, app_version: str, created: datetime) -> Image:
    """As Helm 3.14 pushes one; its archive holds nothing."""
    said = {"name": name, "version": version, "apiVersion": "v2", "appVersion": app_version}
    config = Stored(CHART_CONFIG, json.dumps(said).encode())
    layer = Stored(CHART_LAYER, f"{name}-{version} {created.isoformat()}".encode())
    annotations = {
        "org.opencontainers.image.created": created.isoformat(),
        "org.opencontainers.image.title": name,
        "org.opencontainers.image.version": version,
    }
    top = _manifest(config, layer, annotations)
    return Image(top, (top,), (config, layer))


def attachment(blob: Stored, empty: Stored, subject: Stored) -> Stored:
    """The manifest of what is no image, and refers to one."""
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "artifactType": blob.media_type,
        "config": empty.descriptor(),
        "layers": [blob.descriptor()],
        "subject": subject.descriptor(),
    }
    return Stored(MANIFEST, json.dumps(manifest).encode())


def index(descriptors: Sequence[Mapping[str, Any]]) -> Stored:
    content = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [dict(one) for one in descriptors]}
    return Stored(INDEX, json.dumps(content).encode())


def with_layer(before: Stored | None, config: Stored, layer: Mapping[str, Any]) -> Stored:
    """A manifest with one layer more."""
    layers = json.loads(before.content)["layers"] if before else []
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": config.descriptor(),
        "layers": [*layers, layer],
    }
    return Stored(MANIFEST, json.dumps(manifest).encode())


def _config(layer: Stored, labels: Mapping[str, str], created: datetime | str, platform: str) -> Stored:
    system, architecture, variant = (*platform.split("/"), "")[:3]
    config = {
        "created": created if isinstance(created, str) else created.isoformat(),
        "architecture": architecture,
        "os": system,
        **({"variant": variant} if variant else {}),
        "config": {"Labels": dict(labels)},
        "rootfs": {"type": "layers", "diff_ids": [layer.digest]},
    }
    return Stored(CONFIG, json.dumps(config).encode())


def _manifest(config: Stored, layer: Stored, annotations: Mapping[str, str]) -> Stored:
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": config.descriptor(),
        "layers": [layer.descriptor()],
        **({"annotations": dict(annotations)} if annotations else {}),
    }
    return Stored(MANIFEST, json.dumps(manifest).encode())


def _index(manifests: Sequence[Stored], platforms: Sequence[str], annotations: Mapping[str, str]) -> Stored:
    entries = [
        {**manifest.descriptor(), "platform": _platform(platform)}
        for manifest, platform in zip(manifests, platforms, strict=True)
    ]
    index: dict[str, Any] = {"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}
    index |= {"annotations": dict(annotations)} if annotations else {}
    return Stored(INDEX, json.dumps(index).encode())


def _platform(platform: str) -> dict[str, str]:
    return dict(zip(("os", "architecture", "variant"), platform.split("/"), strict=False))
