"""To read what a pass needs. I/O through ports; chooses nothing, and a failed reading is a value."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from typing import NamedTuple, TypeAlias

from updater.config import Config, Policy, RepositoryPolicies
from updater.errors import Refused
from updater.messages import ASKED, BRANCHES, GROUPS
from updater.model import Heads, Image, Listing, Narrowed, PullRequest, Reading, Snapshot, Unreadable
from updater.observe.completion import completed, read_head
from updater.observe.image_dates import (
    Dates,
    date_tags,
    merge_dates,
    moving_tags,
    read_dates,
    read_moving_tag,
    undated_tags,
)
from updater.observe.kept_readings import KeptReadings, steering_of
from updater.observe.listings import asked_images, list_all
from updater.observe.lookup import look_up
from updater.observe.race import is_untouched
from updater.observe.repository import read_base, read_changed
from updater.observe.running import read_running
from updater.observe.sources import AT_ONCE, Sources, attempt
from updater.observe.verdicts import read_record
from updater.ports import Ends, ForgeReader
from updater.progress import in_progress

__all__ = [
    "AT_ONCE",
    "KeptReadings",
    "NarrowWish",
    "Sources",
    "attempt",
    "is_untouched",
    "look_up",
    "observe",
    "observe_again",
    "read_changed",
    "read_dates",
    "read_head",
    "read_running",
]


_Told: TypeAlias = tuple[tuple[PullRequest, ...], frozenset[str], bool]
"""What the forge lists, whom it takes us for, and whether for one more, whose name it did not tell."""
_NOTHING: _Told = ((), frozenset(), False)
_PROPOSED = tuple(f"refs/heads/{prefix}" for prefix in (BRANCHES, GROUPS, ASKED))


def observe(
    sources: Sources,
    config: Config,
    repository: str,
    known: Container[str] = (),
    left: Container[Image] = (),
    *,
    acts: bool = False,
    narrow: NarrowWish | None = None,
) -> tuple[Snapshot, Config]:
    """Read one deploy repository, the registries and the forge; and say by which config.

    `known` blobs need not be read again; what was `left` unread the last time is listed first. Whom the
    forge takes us for is asked only by who `acts`: whoever just looks may do so as somebody else. `narrow`:
    a few images will do, unless there is another config by now, or people steer us otherwise.
    """
    policies = config.of(repository)
    settings = config.repositories[repository]
    now = sources.clock()
    with ExitStack() as pools:
        counts, images = narrow is None, policies.once(asked_images)
        listings = dict(list_all(sources, _of(images, narrow), left, pools, counts=counts))
        pool = pools.enter_context(ThreadPoolExecutor(AT_ONCE))
        reads = partial(attempt, lambda: _pull_requests(sources, acts=acts))
        asked = pool.submit(reads) if _propose(policies) else None
        with in_progress(sources.progress, f"fetching {repository}"):
            heads = attempt(sources.repository.fetch)
            before, (config, heads) = config, completed(sources, config, repository, heads)
        narrow = narrow if config is before else None
        policies = config.of(repository)
        images = policies.once(asked_images)
        new = _missing(images, listings, narrow)
        listings |= list_all(sources, new, left, pools) if new else {}
        if asked is None and (_propose(policies) or _were_proposed(heads)):
            asked = pool.submit(reads)
        with in_progress(sources.progress, f"reading {repository}"):
            base = read_base(sources, heads, (policies, settings), now, known)
            verdicts = read_record(sources, heads, settings.branch, policies)
        if narrow is not None and narrow.kept.steering != steering_of(base.files):
            narrow = None
            new = _missing(images, listings, narrow)
            listings |= list_all(sources, new, left, pools) if new else {}
        heard = {image: _heard(image, listings, narrow) for image in images}
        pulls, logins, unnamed = _apart(asked.result() if asked is not None else _NOTHING)
        undated = [asked for asked in undated_tags(policies, heard).items() if asked[0] in listings]
        dates = dict(pool.map(lambda asked: date_tags(sources, *asked), undated))
        moving = [asked for asked in moving_tags(policies, heard) if asked[0] in listings]
        pointed = list(pool.map(lambda asked: read_moving_tag(sources, *asked), moving))
    snapshot = Snapshot(
        repository=repository,
        now=now,
        heads=heads,
        files=base.files,
        history=base.history,
        blobs=base.blobs,
        listings=heard,
        pull_requests=pulls,
        logins=logins,
        unnamed=unnamed,
        dates=merge_dates([_kept_dates(narrow, listings), dates, *pointed]),
        verdicts=verdicts,
        offsets=_offsets(sources, heard),
        narrowed=narrow.to if narrow is not None else None,
    )
    return snapshot, config


class NarrowWish(NamedTuple):
    """A pass for a few images, and what it goes by of all others."""

    to: Narrowed
    kept: KeptReadings


def _of(images: Mapping[Image, Ends], narrow: NarrowWish | None) -> Mapping[Image, Ends]:
    """Those that are listed first."""
    if narrow is None:
        return images
    return {image: ends for image, ends in images.items() if image in narrow.to.images}


def _missing(
    images: Mapping[Image, Ends], listings: Container[Image], narrow: NarrowWish | None
) -> Mapping[Image, Ends]:
    """What a config that was read just now asks for, and what a pass needs that is a whole one after all."""
    known: Container[Image] = narrow.kept.listings if narrow is not None else ()
    return {image: ends for image, ends in images.items() if image not in listings and image not in known}


def _heard(
    image: Image, listings: Mapping[Image, Future[Reading[Listing]]], narrow: NarrowWish | None
) -> Reading[Listing]:
    if narrow is not None and image not in listings:
        return narrow.kept.listings[image]
    return listings[image].result()


def _kept_dates(narrow: NarrowWish | None, listings: Container[Image]) -> Dates:
    kept = narrow.kept.dates if narrow is not None else {}
    return {image: dates for image, dates in kept.items() if image not in listings}


def observe_again(
    sources: Sources, config: Config, before: Snapshot, known: Container[str] = (), *, acts: bool = False
) -> tuple[Snapshot, Config]:
    """After a lost race: the repository as it is now; of the registries what was read before.

    Who is open is asked again, since who was quicker may have merged it. The fetch comes last: the next push
    is lost again only to who pushes after it.
    """
    settings = config.repositories[before.repository]
    pulls, logins, unnamed = before.pull_requests, before.logins, before.unnamed
    if _propose(config.of(before.repository)) or _were_proposed(before.heads):
        pulls, logins, unnamed = _apart(attempt(lambda: _pull_requests(sources, acts=acts)))
    heads, now = attempt(sources.repository.fetch), sources.clock()
    config, heads = completed(sources, config, before.repository, heads)
    policies = config.of(before.repository)
    listings = _listings_of(sources, policies, before)
    base = read_base(sources, heads, (policies, settings), now, known)
    verdicts = read_record(sources, heads, settings.branch, policies)
    before = replace(before, verdicts=verdicts)
    before = replace(before, pull_requests=pulls, logins=logins, unnamed=unnamed)
    again = replace(before, now=now, heads=heads, listings=listings)
    return replace(again, files=base.files, history=base.history, blobs=base.blobs), config


def _listings_of(
    sources: Sources, policies: RepositoryPolicies, before: Snapshot
) -> Mapping[Image, Reading[Listing]]:
    """What was read before; and what a config that has changed asks for beside that."""
    asked = policies.once(asked_images)
    new = {image: ends for image, ends in asked.items() if image not in before.listings}
    if not new:
        return before.listings
    with ExitStack() as pools:
        read = {image: future.result() for image, future in list_all(sources, new, (), pools).items()}
    return {**before.listings, **read}


def _propose(policies: Iterable[Policy]) -> bool:
    return any(policy.deliver == "pull-request" for policy in policies)


def _were_proposed(heads: Reading[Heads]) -> bool:
    """Something may be open from before, though nothing is delivered by pull request any more."""
    return not isinstance(heads, Unreadable) and any(ref.startswith(_PROPOSED) for ref in heads.refs)


def _offsets(sources: Sources, heard: Iterable[Image]) -> dict[str, float]:
    registries = {image.registry for image in heard}
    told = {registry: sources.registry.clock_offset(registry) for registry in registries}
    return {registry: offset for registry, offset in told.items() if offset is not None}


def _pull_requests(sources: Sources, *, acts: bool) -> _Told:
    """And whom the forge takes us for."""
    if sources.forge is None:
        return _NOTHING
    pulls = sources.forge.pull_requests()
    return (pulls, _logins(sources.forge), sources.forge.unnamed()) if acts else (pulls, frozenset(), False)


def _apart(told: Reading[_Told]) -> tuple[Reading[tuple[PullRequest, ...]], frozenset[str], bool]:
    return (told, frozenset(), False) if isinstance(told, Unreadable) else told


def _logins(forge: ForgeReader) -> frozenset[str]:
    """Tokens of jobs may not ask that."""
    try:
        return forge.logins()
    except Refused:
        return frozenset()
