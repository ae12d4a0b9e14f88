"""To read repositories of Helm charts: their index.yaml, again only where it has changed. I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from threading import Lock
from time import monotonic

from updater.adapters.registry import manifest_json
from updater.adapters.registry.chart_index import IndexedVersion, NoIndex, Versions, read_index
from updater.adapters.registry.endpoint import Endpoint
from updater.adapters.registry.errors import (
    RegistryAnswer,
    index_refused,
    no_digest,
    no_index,
)
from updater.adapters.registry.expected import INDEX_YAML
from updater.adapters.registry.transport import Transport
from updater.model import APP_VERSION, Chart, ImageConfig

_UNASKED = 15.0
"""Seconds for which an index counts whose server does not tell whether it has changed."""
_TELLING = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}


@dataclass(slots=True)
class _Index:
    """One index.yaml; its lock lets one thread read it while the others wait for the result."""

    lock: Lock = field(default_factory=Lock)
    charts: set[str] = field(default_factory=set)
    """Those that `versions` was read for."""
    versions: Versions | None = None
    conditions: Mapping[str, str] = field(default_factory=dict)
    """The headers that ask whether it has changed."""
    read_at: float = 0.0


class ChartIndexes:
    """What is remembered may vanish: it saves requests."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._known: dict[str, _Index] = {}
        self._lock = Lock()

    def versions(self, place: Endpoint) -> Mapping[str, IndexedVersion]:
        """Of one chart. Raises Refused where there is no index, or no such chart in it."""
        name, url = _chart(place).chart, index_url(place)
        with self._lock:
            index = self._known.setdefault(url, _Index())
        with index.lock:
            found = self._read(place, url, index, name)
        if name not in found:
            raise index_refused(f"{url} lists no chart {name}: check its name, which stands last")
        return found[name]

    def digest(self, place: Endpoint, version: str) -> str | None:
        """Of the chart's archive; None where the index has no such version."""
        entry = self.versions(place).get(version)
        return None if entry is None else _digest(place, entry)

    def config(self, place: Endpoint, version: str) -> ImageConfig | None:
        """What the index says of a version; None where it has no such."""
        entry = self.versions(place).get(version)
        if entry is None:
            return None
        labels = manifest_json.bounded_texts({APP_VERSION: entry.app_version} if entry.app_version else {})
        created = manifest_json.created_of({"created": entry.created})
        return ImageConfig(_digest(place, entry), (), created, labels)

    def _read(self, place: Endpoint, url: str, index: _Index, name: str) -> Versions:
        knows = index.versions is not None and name in index.charts
        if knows and not index.conditions and monotonic() - index.read_at < _UNASKED:
            return index.versions or {}
        answer = self._ask(place, url, index.conditions if knows else {})
        if answer.status == HTTPStatus.NOT_MODIFIED and knows:
            return index.versions or {}
        index.versions = _versions(place, answer, index.charts | {name})
        index.charts.add(name)
        index.conditions = _conditions(answer)
        index.read_at = monotonic()
        return index.versions

    def _ask(self, place: Endpoint, url: str, conditions: Mapping[str, str]) -> RegistryAnswer:
        """Once more with a renewed login where the first is refused."""
        answer, login = self._send(place, url, conditions, None), None
        if answer.status == HTTPStatus.UNAUTHORIZED and answer.origin == place.origin:
            login = place.login()
            answer = self._send(place, url, conditions, login.basic()) if login else answer
        if answer.status == HTTPStatus.UNAUTHORIZED and login is not None:
            renewed = place.login(renew=True)
            known = renewed is None or renewed == login
            answer = (
                answer if known or renewed is None else self._send(place, url, conditions, renewed.basic())
            )
        return answer

    def _send(
        self, place: Endpoint, url: str, conditions: Mapping[str, str], authorization: str | None
    ) -> RegistryAnswer:
        return self._transport.send(
            place,
            "GET",
            url,
            expected=INDEX_YAML,
            home=place.origin,
            authorization=authorization,
            conditions=conditions,
        )


def index_url(place: Endpoint) -> str:
    folder = place.name.rpartition("/")[0]
    return f"{place.base}/{folder}/index.yaml" if folder else f"{place.base}/index.yaml"


def _chart(place: Endpoint) -> Chart:
    assert isinstance(place.image, Chart), "asked of charts only"
    return place.image


def _versions(place: Endpoint, answer: RegistryAnswer, charts: set[str]) -> Versions:
    if answer.status != HTTPStatus.OK:
        raise no_index(place, answer)
    if "html" in answer.media_type or answer.body.lstrip()[:1] == b"<":
        raise no_index(place, answer, "HTML")
    try:
        return read_index(answer.body, charts)
    except NoIndex as error:
        raise no_index(place, answer, str(error)) from error


def _conditions(answer: RegistryAnswer) -> Mapping[str, str]:
    """By the stronger of the two, where there are both."""
    told = ((asks, answer.headers.get(name)) for name, asks in _TELLING.items())
    return dict([(asks, value) for asks, value in told if value][:1])


def _digest(place: Endpoint, entry: IndexedVersion) -> str:
    digest = f"sha256:{(entry.digest or '').removeprefix('sha256:')}"
    if not manifest_json.DIGEST.fullmatch(digest):
        raise no_digest(place, index_url(place), entry.version)
    return digest
