"""To find what is attached to an image and may be a signature of it. I/O.

Three ways lead there: the referrers API, the tag that stands in for it where it is missing (as at GHCR), and
the tag that cosign wrote before there was either. Whoever may push may attach a million things, so that the
number and the size of what is looked at are bounded.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from http import HTTPStatus
from threading import Lock
from time import monotonic
from typing import Any, Literal, TypeVar

from updater.adapters.registry import manifest_json
from updater.adapters.registry.endpoint import Endpoint
from updater.adapters.registry.errors import RegistryAnswer, status_failure, unavailable
from updater.adapters.registry.expected import ATTACHED, LARGEST, MANIFEST
from updater.adapters.registry.listing import LONGEST_WALK, next_page, read_json
from updater.adapters.registry.objects import Ask, Objects, says_too_much
from updater.errors import Refused, UpdaterError
from updater.model import Referrer
from updater.reasons import failure_reasons
from updater.value_class import value_class

MOST = 64
"""Manifests that are looked into, and signatures that are read, for one image."""
PAGES = 8
_REMEMBERED = 20_000
"""Manifests of which it is known that no signature is in them."""
_SIMPLE_SIGNING = "application/vnd.dev.cosign.simplesigning.v1+json"
_BUNDLE = "application/vnd.dev.sigstore.bundle"
_LIKELY = (_BUNDLE, "application/vnd.dev.cosign.")
_NO_REFERRERS = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.METHOD_NOT_ALLOWED,
    HTTPStatus.NOT_IMPLEMENTED,
)
T = TypeVar("T")
_Document = Mapping[str, Any]


@value_class
class _Search:
    """What is looked for at one image, and until when: all of it together may take as long as a listing."""

    place: Endpoint
    digest: str
    clock: Callable[[], float]
    until: float

    def attempt(self, read: Callable[[], T]) -> T | UpdaterError:
        if self.clock() > self.until:
            said = f"{self.place.origin} took more than {LONGEST_WALK:g} s to tell what may be signatures of"
            return unavailable(f"{said} {self.place.image}")
        try:
            return read()
        except UpdaterError as error:
            return error


class Referrers:
    def __init__(self, ask: Ask, objects: Objects, clock: Callable[[], float] = monotonic) -> None:
        """`clock` tells seconds, from any start."""
        self._ask = ask
        self._objects = objects
        self._clock = clock
        self._without = OrderedDict[str, None]()
        """Digests of manifests without a signature, such as SBOMs: what they say never changes."""
        self._lock = Lock()

    def find(self, place: Endpoint, digest: str) -> Iterator[Referrer | UpdaterError]:
        """An error stands for what could not be read, or was too much: then nobody can say there is none."""
        search, read = _Search(place, digest, self._clock, self._clock() + LONGEST_WALK), 0
        for manifest in self._manifests(search):
            if isinstance(manifest, UpdaterError):
                yield manifest
                continue
            for layer in _signatures(manifest):
                if read == MOST:
                    yield _too_many(place)
                    return
                read += 1
                yield search.attempt(partial(self._layer, place, layer))

    def _manifests(self, search: _Search) -> Iterator[_Document | UpdaterError]:
        """Those that an index lists, each once; or what stands under the tag itself."""
        seen = set[str]()
        for found in self._found(search):
            if isinstance(found, UpdaterError) or not manifest_json.is_index(found):
                yield found
                continue
            for listed in _listed(found):
                if listed in seen or listed in self._without:
                    continue
                if len(seen) == MOST:
                    yield _too_many(search.place)
                    break
                seen.add(listed)
                yield search.attempt(partial(self._listed_manifest, search.place, listed))

    def _listed_manifest(self, place: Endpoint, digest: str) -> _Document:
        """An unsigned image is looked at in each pass, and what is attached to it once."""
        manifest = self._objects.document(place, "manifests", digest)
        if next(_signatures(manifest), None) is None:
            with self._lock:
                self._without[digest] = None
                while len(self._without) > _REMEMBERED:
                    self._without.popitem(last=False)
        return manifest

    def _found(self, search: _Search) -> Iterator[_Document | UpdaterError]:
        yield from self._referrers(search)
        tag = search.digest.replace(":", "-")
        for named in (tag, f"{tag}.sig"):
            found = search.attempt(partial(self._tagged, search.place, named))
            if found is not None:
                yield found

    def _referrers(self, search: _Search) -> Iterator[_Document | UpdaterError]:
        url: str | None = search.place.url(f"referrers/{search.digest}")
        for number in range(PAGES):
            if url is None:
                return
            page = search.attempt(partial(self._page, search.place, url, first=number == 0))
            if page is None or isinstance(page, UpdaterError):
                yield from () if page is None else (page,)
                return
            document, url = page
            yield document
        if url is not None:
            yield _too_many(search.place)

    def _page(self, place: Endpoint, url: str, *, first: bool) -> tuple[_Document, str | None] | None:
        """One page and the next one's URL; None where there is no such API."""
        answer = self._ask(place, "GET", url, ATTACHED)
        if first and answer.status in _NO_REFERRERS:
            return None
        return _document(place, answer), next_page(place, answer)

    def _tagged(self, place: Endpoint, tag: str) -> _Document | None:
        answer = self._ask(place, "GET", place.url(f"manifests/{tag}"), MANIFEST)
        return None if answer.status == HTTPStatus.NOT_FOUND else _document(place, answer)

    def _layer(self, place: Endpoint, layer: _Document) -> Referrer:
        digest, size = str(layer["digest"]), layer.get("size")
        if isinstance(size, int) and size > LARGEST:
            raise says_too_much(place, digest)
        content = self._objects.content(place, "blobs", digest)
        kind: Literal["bundle", "payload"] = "payload" if layer["mediaType"] == _SIMPLE_SIGNING else "bundle"
        return Referrer(kind, content, manifest_json.annotations_of(layer))


def _document(place: Endpoint, answer: RegistryAnswer) -> _Document:
    if answer.status != HTTPStatus.OK:
        raise status_failure(place, answer, what="the signatures of ")
    return read_json(place, answer)


def _listed(index: _Document) -> list[str]:
    """The digests of its manifests: what says it is a signature first, and of those the last written."""
    found = [one for one in reversed(index["manifests"]) if isinstance(one, dict)]
    found.sort(key=lambda one: not str(one.get("artifactType")).startswith(_LIKELY))
    digests = (one.get("digest") for one in found)
    return [
        digest for digest in digests if isinstance(digest, str) and manifest_json.DIGEST.fullmatch(digest)
    ]


def _signatures(manifest: _Document) -> Iterator[_Document]:
    """The layers that may be one, the last written first."""
    layers = manifest.get("layers")
    for layer in reversed(layers) if isinstance(layers, list) else ():
        digest = layer.get("digest") if isinstance(layer, dict) else None
        if isinstance(digest, str) and manifest_json.DIGEST.fullmatch(digest) and _may_be_one(layer):
            yield layer


def _may_be_one(layer: _Document) -> bool:
    kind = layer.get("mediaType")
    return isinstance(kind, str) and (kind == _SIMPLE_SIGNING or kind.startswith(_BUNDLE))


def _too_many(place: Endpoint) -> Refused:
    return Refused(
        f"so much is attached to {place.image} that not all of it was looked at for a signature: "
        "look at what was pushed there",
        reason=failure_reasons.TOO_MANY,
    )
