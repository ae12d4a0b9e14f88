"""To read OCI tag lists, digests, and what images say of themselves. I/O."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import blake2b, sha256
from http import HTTPStatus
from itertools import count
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Self

from updater.adapters.registry.chart_indexes import ChartIndexes
from updater.adapters.registry.cursor import CursorIgnored, Ends, page_after, read_tail
from updater.adapters.registry.digest_cache import DigestCache
from updater.adapters.registry.endpoint import Endpoint, EndpointHost
from updater.adapters.registry.errors import RegistryAnswer, status_failure
from updater.adapters.registry.expected import MANIFEST, TAGS, Expected
from updater.adapters.registry.image_dates import ImageDateReader
from updater.adapters.registry.images import ImageReader, as_chart
from updater.adapters.registry.listing import count_tags, read_json, walk
from updater.adapters.registry.listing_cache import (
    KnownListing,
    ListedWhen,
    ListingCache,
    assess_listing,
    doubtful_listing,
    merge_tags,
    repeated_listing,
)
from updater.adapters.registry.objects import Objects
from updater.adapters.registry.referrers import Referrers
from updater.adapters.registry.running_digests import RunningDigests
from updater.adapters.registry.tally import Tally
from updater.adapters.registry.throttle import ThrottleSettings
from updater.adapters.registry.tokens import RequestCredential, Tokens
from updater.adapters.registry.transport import Transport, TransportObserver
from updater.errors import UpdaterError
from updater.model import STEADY, Chart, Image, ImageConfig, ImageDate, Listing, Referrer, SeenDigest
from updater.ports import TagOrder, TagOrders

_N = 1000
_REFERENCE = re.compile(r"(?P<tag>[A-Za-z0-9_][A-Za-z0-9._-]{0,127})(?:@(?P<digest>sha256:[0-9a-f]{64}))?")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_N_REFUSED = (HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class RegistryClient:
    """One for the life of the process, for any number of threads: connections and tokens are kept."""

    def __init__(
        self,
        hosts: Mapping[str, EndpointHost],
        *,
        timeout: float = 20.0,
        pacing: ThrottleSettings = ThrottleSettings(_utc_now),  # noqa: B008 - a frozen value
        watch: TransportObserver = TransportObserver(),  # noqa: B008 - the same
        full_listing: timedelta = timedelta(hours=1),
        cache: Path | None = None,
        ca_file: str | None = None,
    ) -> None:
        """Take the hosts by registry, or registry and path.

        `timeout` is the longest silence of a server, in seconds. `cache` is a folder for listings and what
        images say of themselves; without one only this object remembers. `ca_file` has all who are believed
        where a host names none; without one that is for the environment to say.
        """
        self._hosts = dict(hosts)
        self._transport = Transport(timeout, pacing, watch, ca_file)
        self._tokens = Tokens(self._transport)
        self._pacing = pacing
        self._full_listing = full_listing
        self._memory = ListingCache(cache / "registry.json" if cache else None)
        objects = Objects(self._ask)
        self._images = ImageReader(objects, DigestCache(cache / "images" if cache else None))
        self._indexes = ChartIndexes(self._transport)
        self._attachments = Referrers(self._ask, objects)
        self._running = RunningDigests(cache / "running.json" if cache else None)
        self._dates = ImageDateReader(self.image, cache / "dates" if cache else None)
        self._without_n: set[str] = set()
        self._without_cursor: set[str] = set()
        self._ignoring_n: dict[str, bool] = {}
        self._lock = Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._transport.close()

    def tags(self, image: Image) -> tuple[str, ...]:
        """All of them, in the server's order, whatever is known of the image."""
        return self._walk(Endpoint.of(image, self._hosts), ())[0].tags

    def look(self, image: Image, orders: TagOrders) -> Listing:
        """What is listed now, whatever was listed before; of a long list only the newest are kept."""
        return self._walk(Endpoint.of(image, self._hosts), orders.orders)[0].listing(image, STEADY)

    def listing(
        self,
        image: Image,
        ends: Callable[[Sequence[str]], tuple[str, str] | None] = lambda _: None,
        *,
        counts: bool = True,
    ) -> Listing:
        """All tags. Raises Unavailable where they are suddenly fewer, until that has lasted.

        Where `ends` are TagOrders, of a long list only the newest are kept. What does not count lets nothing
        last.
        """
        orders = ends.orders if isinstance(ends, TagOrders) else ()
        place, before, now = Endpoint.of(image, self._hosts), self._memory.of(image), self._pacing.clock()
        known = self._tail(place, before, ends) if before and self._may_be_short(place, before, now) else None
        if known is None:
            known = self._listed(place, before, orders, ListedWhen(now, counts))
        self._memory.keep(image, known)
        if known.shrunken:
            raise doubtful_listing(known)
        assert known.listing is not None, "it was just read"
        return known.listing

    def _listed(
        self, place: Endpoint, before: KnownListing | None, orders: Sequence[TagOrder], when: ListedWhen
    ) -> KnownListing:
        """What is known after a full listing; a page that says what it said before is not read anew."""
        if _is_indexed(place.image):
            tally, pages = self._walk(place, orders)
            return assess_listing(before, place.image, tally, pages, when)
        first = self._page(place, self._first_url(place))
        page = _sum_of(first)
        again = repeated_listing(before, page, when) if before else None
        if again is not None:
            return again
        tally, pages = self._walk(place, orders, first)
        known = assess_listing(before, place.image, tally, pages, when)
        return replace(known, page=page if pages == 1 else None)

    def save(self) -> None:
        """Keep what is remembered for the next process."""
        self._memory.save()
        self._running.save()

    def digest(self, image: Image, tag: str) -> str | None:
        digest = self._digest(image, tag)
        self._dates.saw(image, tag, digest)
        return digest

    def seen_digest(self, image: Image, tag: str) -> SeenDigest | None:
        return self._running.of(image, tag)

    def see_digest(self, image: Image, tag: str) -> SeenDigest:
        return self._running.look(image, tag, self.digest, self._pacing.clock())

    def dates(self, image: Image, tags: Sequence[str], *, most: int) -> Mapping[str, ImageDate | None]:
        return self._dates.of(image, tags, most)

    def _digest(self, image: Image, tag: str) -> str | None:
        place = Endpoint.of(image, self._hosts)
        if _is_indexed(image):
            return self._indexes.digest(place, tag)
        match = _REFERENCE.fullmatch(place.asked(tag))
        if match is None:
            return None  # no registry can hold it, and it could lead to another path
        url = place.url(f"manifests/{match['digest'] or match['tag']}")
        head = self._ask(place, "HEAD", url, MANIFEST)
        if head.status == HTTPStatus.NOT_FOUND:
            return None
        if head.status not in (HTTPStatus.OK, HTTPStatus.METHOD_NOT_ALLOWED):
            raise status_failure(place, head)
        named = head.headers.get("docker-content-digest", "")
        return named if _DIGEST.fullmatch(named) else self._computed_digest(place, url)

    def image(self, image: Image, tag: str) -> ImageConfig | None:
        """One HEAD for the tag; the rest only for a digest that nobody has read yet."""
        place = Endpoint.of(image, self._hosts)
        if _is_indexed(image):
            return self._indexes.config(place, tag)
        digest = self.digest(image, tag)
        said = None if digest is None else self._images.read(place, digest)
        return as_chart(said) if said is not None and isinstance(image, Chart) else said

    def attached(self, image: Image, digest: str) -> Iterator[Referrer | UpdaterError]:
        """What may be signatures of it: one to three requests, and two for each that is looked at."""
        return self._attachments.find(Endpoint.of(image, self._hosts), digest)

    def clock_offset(self, registry: str) -> float | None:
        """How many seconds the registry's clock was ahead of ours when last heard; None: never heard."""
        return self._transport.line(Endpoint.of(Image(registry, "any"), self._hosts)).clock_offset

    def _walk(
        self, place: Endpoint, orders: Sequence[TagOrder], answer: RegistryAnswer | None = None
    ) -> tuple[Tally, int]:
        """All tags, and how many pages they took; `answer` is the first of them, where it is known."""
        if _is_indexed(place.image):
            return Tally.of(self._indexes.versions(place), orders), 1
        pages, known = count(), [answer] if answer is not None else []

        def fetch(url: str) -> RegistryAnswer:
            next(pages)
            return known.pop() if known else self._page(place, url)

        first, unnamed = self._first_url(place), partial(self._unnamed, place)
        tally = walk(place, first, fetch, Tally(orders), unnamed=unnamed)
        return tally, next(pages)

    def _first_url(self, place: Endpoint) -> str:
        query = "" if place.registry in self._without_n else f"?n={_N}"
        return place.url("tags/list") + query

    def _unnamed(self, place: Endpoint, tags: int, last: str) -> str | None:
        """Some cut a list off at the `n` they are asked for and name no next page: then we name it."""
        if tags != _N or place.registry in self._without_n or self._ignores_n(place):
            return None
        return page_after(place, last, _N)

    def _ignores_n(self, place: Endpoint) -> bool:
        """Whether it lists everything at once; asked once, and only where a page is just as long as asked."""
        with self._lock:
            if place.registry not in self._ignoring_n:
                one = self._page(place, place.url("tags/list?n=1"))
                self._ignoring_n[place.registry] = count_tags(place, one) > 1
            return self._ignoring_n[place.registry]

    def _may_be_short(self, place: Endpoint, known: KnownListing, now: datetime) -> bool:
        """Whether to try the end only: a long list that loses nothing, and was read whole a while ago."""
        lately = known.read is not None and timedelta() <= now - known.read < self._full_listing
        honest = not {place.registry} & (self._without_n | self._without_cursor)
        return lately and honest and known.pages > 1 and known.steady >= STEADY

    def _tail(
        self, place: Endpoint, known: KnownListing, ends: Callable[[Sequence[str]], tuple[str, str] | None]
    ) -> KnownListing | None:
        """What is known, with what was added; None where that takes a full listing."""
        two = ends(known.listing.tags) if known.listing else None
        if two is None:
            return None
        try:
            news = read_tail(place, Ends(*two), partial(self._walk_from, place), _N)
        except CursorIgnored:
            self._without_cursor.add(place.registry)
            return None
        orders = ends.orders if isinstance(ends, TagOrders) else ()
        return None if news is None else merge_tags(known, news, orders)

    def _walk_from(self, place: Endpoint, url: str) -> Sequence[str]:
        unnamed = partial(self._unnamed, place)
        return walk(place, url, partial(self._page, place), Tally(), unnamed=unnamed).tags

    def _page(self, place: Endpoint, url: str) -> RegistryAnswer:
        answer = self._ask(place, "GET", url, TAGS)
        if answer.status in _N_REFUSED and url == place.url(f"tags/list?n={_N}"):
            # Some refuse a page size above their own, instead of giving less.
            answer = self._ask(place, "GET", place.url("tags/list"), TAGS)
            if answer.status == HTTPStatus.OK:
                self._without_n.add(place.registry)
        if answer.status != HTTPStatus.OK:
            raise status_failure(place, answer)
        return answer

    def _computed_digest(self, place: Endpoint, url: str) -> str | None:
        answer = self._ask(place, "GET", url, MANIFEST)
        if answer.status == HTTPStatus.NOT_FOUND:
            return None
        if answer.status != HTTPStatus.OK:
            raise status_failure(place, answer)
        read_json(place, answer)  # the sum of a login page, or of half a manifest, is no digest
        return f"sha256:{sha256(answer.body).hexdigest()}"

    def _ask(self, place: Endpoint, method: str, url: str, expected: Expected) -> RegistryAnswer:
        """The answer, after one more try with a new token where the old one is refused."""
        send = partial(self._transport.send, place, method, url, expected=expected, home=place.origin)
        credential = self._tokens.current(place)
        answer = send(authorization=credential.header if credential else None)
        if not _may_be_stale(answer, credential):
            return answer
        renewed = self._tokens.renew(place, answer, credential)
        return answer if renewed is None else send(authorization=renewed.header)


def _sum_of(page: RegistryAnswer) -> str:
    """Of all that a page says of tags: as another kind, or with a link, the same body says another thing."""
    told = blake2b(page.body, digest_size=16)
    told.update(repr((page.url, page.media_type, page.headers.get("link", ""))).encode())
    return told.hexdigest()


def _is_indexed(image: Image) -> bool:
    return isinstance(image, Chart) and image.is_indexed


def _may_be_stale(answer: RegistryAnswer, credential: RequestCredential | None) -> bool:
    reused = credential is not None and not credential.fresh
    return answer.status == HTTPStatus.UNAUTHORIZED or (answer.status == HTTPStatus.FORBIDDEN and reused)
