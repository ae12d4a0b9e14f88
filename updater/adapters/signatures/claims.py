"""To say whether what was signed is about the very image. Pure; only what was verified is read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_SIMPLE = ("cosign container image signature", "https://sigstore.dev/cosign/sign/v1")
_STATEMENTS = ("https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1")
_SAYING_IT_IS_MINE = (
    "https://sigstore.dev/cosign/sign/v1",
    "https://slsa.dev/provenance/v1",
    "https://slsa.dev/provenance/v0.2",
)
"""What people and workflows say of an image they made. Lists and scans may be of anybody's."""
IN_TOTO = "application/vnd.in-toto+json"
ANOTHER_IMAGE = "a signature there is of another image"


def parse_claim(content: bytes | str) -> Mapping[str, Any] | None:
    """The JSON object; None where it is none."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def objection_to_payload(content: bytes, digest: str) -> str | None:
    """Why cosign's simple payload does not say that this image is signed."""
    critical = _inside(parse_claim(content), "critical")
    if critical is None or critical.get("type") not in _SIMPLE:
        return "what is signed there is no image"
    image = _inside(critical, "image")
    named = image.get("docker-manifest-digest") if image else None
    return None if named == digest else ANOTHER_IMAGE


def objection_to_statement(kind: str, content: bytes, digest: str) -> str | None:
    """Why an in-toto statement does not say so."""
    statement = parse_claim(content) if kind == IN_TOTO else None
    if statement is None or statement.get("_type") not in _STATEMENTS:
        return "what is signed there is no statement about an image"
    if statement.get("predicateType") not in _SAYING_IT_IS_MINE:
        return "an attestation there is neither a signature nor a provenance"
    subjects = statement.get("subject")
    named = (_inside(one, "digest") for one in subjects) if isinstance(subjects, list) else ()
    wanted = digest.removeprefix("sha256:")
    return None if any(one and one.get("sha256") == wanted for one in named) else ANOTHER_IMAGE


def _inside(found: object, key: str) -> Mapping[str, Any] | None:
    inner = found.get(key) if isinstance(found, Mapping) else None
    return inner if isinstance(inner, Mapping) else None
