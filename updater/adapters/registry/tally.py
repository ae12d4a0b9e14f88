"""What is kept of a listing: of a long one the newest tags, and that the others are there. Pure."""

from __future__ import annotations

import heapq
from bisect import insort
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from itertools import islice
from operator import itemgetter
from typing import Any

from updater.model import Image, Listing, TagSumsDraft
from updater.ports import TagOrder
from updater.value_class import value_class

WHOLE = 1_000
"""Tags of a listing that is kept as it is."""
UNREAD = 100
"""Tags of a longer one that are kept though nobody reads them: people are told of some."""
_AT_ONCE = 10_000
"""Tags that wait to be compared with those that are kept."""


class Tally:
    """Takes tags as they come, in any number, and keeps a bounded number of them."""

    def __init__(self, orders: Sequence[TagOrder] = ()) -> None:
        """Without `orders` nobody can say which are the newest: then all are kept."""
        self._orders = orders
        self._whole: dict[str, None] = {}
        self._newest = [_Newest(order) for order in orders]
        self._sums: TagSumsDraft | None = None
        self._unread: list[str] = []
        self._said = sha256()

    @classmethod
    def of(cls, tags: Iterable[str], orders: Sequence[TagOrder] = ()) -> Tally:
        tally = cls(orders)
        for tag in tags:
            tally.add(tag)
        return tally

    def __len__(self) -> int:
        """Of a long one, until it is a listing, those that came twice count twice."""
        return len(self._whole) if self._sums is None else len(self._sums)

    def __contains__(self, tag: str) -> bool:
        return tag in self._whole if self._sums is None else tag in self._sums

    def add(self, tag: str) -> None:
        if self._sums is None:
            self._whole[tag] = None
            if self._orders and len(self._whole) > WHOLE:
                self._grow_long()
        else:
            self._take(self._sums, (tag,))

    def listing(self, image: Image, steady: int) -> Listing:
        sums = None if self._sums is None else self._sums.done()
        return Listing.of(image, self.cut()[0], steady, sums)

    def digest(self) -> str:
        """The sum of all: of a short list in any order, of a long one as it came."""
        if self._sums is None:
            return sha256("\n".join(sorted(self._whole)).encode(errors="surrogatepass")).hexdigest()
        return self._said.hexdigest()

    def cut(self) -> tuple[list[str], Newest]:
        """What is kept: all of a short list; of a long one the newest by each order, and some unread."""
        if self._sums is None:
            return list(self._whole), Newest()
        newest = dict.fromkeys(tag for newest in self._newest for tag in newest.tags)
        return [*newest, *self._unread], Newest(tuple(self._orders), len(newest))

    @property
    def tags(self) -> tuple[str, ...]:
        """All of them, where all are kept."""
        return tuple(self._whole)

    def _grow_long(self) -> None:
        whole, self._whole, self._sums = self._whole, {}, TagSumsDraft()
        unread = [tag for tag in whole if not any(newest.reads(tag) for newest in self._newest)]
        self._unread = sorted(unread)[:UNREAD]
        self._take(self._sums, whole)

    def _take(self, sums: TagSumsDraft, tags: Collection[str]) -> None:
        sums.add(tags)
        self._said.update("\n".join((*tags, "")).encode(errors="surrogatepass"))
        for newest in self._newest:
            newest.offer(tags)


@value_class
class Newest:
    """How it was told which tags of a long list are kept: with it a few more cost no look at all others."""

    orders: tuple[TagOrder, ...] = ()
    count: int = 0
    """So many of those that are kept are read by these, the newest first; the others nobody reads."""

    def with_added(self, kept: Sequence[str], added: Iterable[str]) -> tuple[list[str], Newest]:
        """What is kept then. For one order alone."""
        (order,) = self.orders
        rising, unread = list(reversed(kept[: self.count])), {*kept[self.count :]}
        for tag in added:
            if order.rank(tag) is None:
                unread.add(tag)
            else:
                insort(rising, tag, key=None if order.by_text else order.rank)
        newest = rising[-order.most :][::-1]
        return [*newest, *sorted(unread)[:UNREAD]], replace(self, count=len(newest))


class _Newest:
    """By one order, so many of those it reads; from time to time the others are forgotten."""

    def __init__(self, order: TagOrder) -> None:
        self._order = order
        self._ranks: dict[str, Any] = {}
        self._looked: dict[str, Any] = {}
        """How tags are ranked that were only looked at, until they are taken or left."""
        self._waiting: list[str] = []
        self._least = ""
        """By an order of texts: no tag up to this one is among the newest."""

    @property
    def tags(self) -> list[str]:
        self._forget()
        return list(self._ranks)

    def reads(self, tag: str) -> bool:
        """It is not read again when it is offered."""
        rank = self._looked[tag] = self._order.rank(tag)
        return rank is not None

    def offer(self, tags: Iterable[str]) -> None:
        self._waiting += (tag for tag in tags if tag > self._least) if self._order.by_text else tags
        if len(self._waiting) >= _AT_ONCE:
            self._forget()

    def _forget(self) -> None:
        """To read a tag is dear: where texts tell the order, no more are read than are kept."""
        if not self._waiting:
            return
        waiting, self._waiting = {*self._waiting, *self._ranks}, []
        if self._order.by_text:
            self._ranks = dict(self._by_text(waiting))
            self._least = next(reversed(self._ranks)) if len(self._ranks) == self._order.most else ""
        else:
            self._ranks = dict(heapq.nlargest(self._order.most, self._read(waiting), key=itemgetter(1)))
        self._looked.clear()

    def _read(self, tags: Iterable[str]) -> Iterator[tuple[str, Any]]:
        known, rank = {**self._looked, **self._ranks}, self._order.rank
        ranks = ((tag, known[tag] if tag in known else rank(tag)) for tag in tags)
        return ((tag, found) for tag, found in ranks if found is not None)

    def _by_text(self, tags: Iterable[str]) -> Iterator[tuple[str, str]]:
        """The newest first."""
        found = islice(self._read(sorted(tags, reverse=True)), self._order.most)
        return ((tag, tag) for tag, _ in found)
