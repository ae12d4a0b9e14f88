"""To read manifests and blobs by their digest, each held against it. I/O."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from http import HTTPStatus
from typing import Any, Literal

from updater.adapters.registry.endpoint import Endpoint
from updater.adapters.registry.errors import RegistryAnswer, status_failure, unavailable
from updater.adapters.registry.expected import BLOB, LARGEST, MANIFEST, Expected
from updater.adapters.registry.listing import read_json
from updater.errors import Refused
from updater.reasons import failure_reasons

Kind = Literal["manifests", "blobs"]
Ask = Callable[[Endpoint, str, str, Expected], RegistryAnswer]
"""Of a place, by a method, for what stands at a URL."""


class Objects:
    """Raise Unavailable where a part is missing or broken, Refused where it is larger than it can be."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def document(self, place: Endpoint, kind: Kind, digest: str) -> dict[str, Any]:
        return read_json(place, self._read(place, kind, digest))

    def content(self, place: Endpoint, kind: Kind, digest: str) -> bytes:
        return self._read(place, kind, digest).body

    def _read(self, place: Endpoint, kind: Kind, digest: str) -> RegistryAnswer:
        expected = MANIFEST if kind == "manifests" else BLOB
        answer = self._ask(place, "GET", place.url(f"{kind}/{digest}"), expected)
        if answer.status == HTTPStatus.NOT_FOUND:
            said = f"{place.origin} has a part of {place.image} not (yet), {digest[:19]}"
            raise unavailable(said, reason=failure_reasons.PART_MISSING)
        if answer.status != HTTPStatus.OK:
            raise status_failure(place, answer)
        _check(place, answer, digest)
        return answer


def says_too_much(place: Endpoint, digest: str) -> Refused:
    return Refused(
        f"{digest[:19]} of {place.image} says more of itself than {LARGEST >> 20} MiB, "
        "which no image does: look at what was pushed there",
        reason=failure_reasons.TOO_LARGE,
    )


def _check(place: Endpoint, answer: RegistryAnswer, digest: str) -> None:
    if f"sha256:{sha256(answer.body).hexdigest()}" != digest:
        read_json(place, answer)  # says it better where that is a login page
        said = f"{answer.origin} answered something else for {digest[:19]} of {place.image}"
        raise unavailable(said, reason=failure_reasons.DIGEST_DIFFERS)
