"""What is asked of a registry, and how large the answer may be. Pure."""

from __future__ import annotations

from updater.value_class import value_class

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFESTS = (
    f"{INDEX}, "
    "application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.docker.distribution.manifest.v2+json"
)
LARGEST = 4 * 1024 * 1024
"""Bytes; what the specification lets a manifest have, and more than a config or a signature ever has."""
LARGEST_LISTING = 32 * 1024 * 1024
"""Bytes; of all pages of a listing together, as unpacked: a million tags."""
LARGEST_INDEX = 64 * 1024 * 1024
"""Bytes, as unpacked; the largest public repositories of charts have 20 MiB."""
_LARGEST_TOKEN = 1024 * 1024


@value_class
class Expected:
    """One kind of answer."""

    accept: str
    """Its media types."""
    what: str
    """The beginning of a clause that an image ends: `a manifest of`."""
    most: int
    """Bytes; of more nothing is read."""
    remedy: str = "look at what was pushed there"


MANIFEST = Expected(MANIFESTS, "a manifest of", LARGEST)
BLOB = Expected("*/*", "what is said of", LARGEST)
ATTACHED = Expected(INDEX, "what is attached to", LARGEST)
TAGS = Expected("application/json", "the tags of", LARGEST_LISTING, "delete old tags there")
INDEX_YAML = Expected(
    "application/yaml, text/yaml, */*",
    "the index of",
    LARGEST_INDEX,
    "delete old versions there, or push the chart to an OCI registry",
)
TOKEN = Expected(
    "application/json", "a token for", _LARGEST_TOKEN, "look at the endpoint of this registry, and its realm"
)
