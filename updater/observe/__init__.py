"""To read what a pass needs. I/O through ports; chooses nothing, and a failed reading is a value."""

from __future__ import annotations

from collections.abc import Container, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from updater.config import Config
from updater.model import Image, PullRequest, Snapshot, Unreadable
from updater.observe.answers import look_up
from updater.observe.dates import date, date_tags, merge_dates, moving_tags, point, undated_tags
from updater.observe.listings import asked_images, list_all
from updater.observe.repository import read_blobs, read_files, read_history
from updater.observe.sources import AT_ONCE, Sources, attempt
from updater.progress import under_way

__all__ = ["AT_ONCE", "Sources", "date", "look_up", "observe"]


def observe(
    sources: Sources,
    config: Config,
    repository: str,
    known: Container[str] = (),
    left: Container[Image] = (),
) -> Snapshot:
    """Read one deploy repository, the registries and the forge.

    `known` blobs need not be read again; what was `left` unread the last time is listed first.
    """
    policies = config.of(repository)
    settings = config.repositories[repository]
    now = sources.clock()
    with ExitStack() as pools:
        listings = list_all(sources, asked_images(policies), left, pools)
        pool = pools.enter_context(ThreadPoolExecutor(AT_ONCE))
        pull_requests = pool.submit(attempt, lambda: _pull_requests(sources))
        with under_way(sources.progress, f"fetching {repository}"):
            heads = attempt(sources.repository.fetch)
        with under_way(sources.progress, f"reading {repository}"):
            files = read_files(sources, heads, settings.branch, policies)
            history = read_history(sources, heads, settings.branch, files, now - settings.history)
            blobs = read_blobs(sources, history, known)
        heard = {image: future.result() for image, future in listings.items()}
        undated = undated_tags(policies, heard).items()
        dates = dict(pool.map(lambda asked: date_tags(sources, *asked), undated))
        pointed = list(pool.map(lambda asked: point(sources, *asked), moving_tags(policies, heard)))
    return Snapshot(
        repository=repository,
        now=now,
        heads=heads,
        files=files,
        history=history if not isinstance(blobs, Unreadable) else blobs,
        blobs={} if isinstance(blobs, Unreadable) else blobs,
        listings=heard,
        pull_requests=pull_requests.result(),
        dates=merge_dates([dates, *pointed]),
        offsets=_offsets(sources, heard),
    )


def _offsets(sources: Sources, heard: Iterable[Image]) -> dict[str, float]:
    registries = {image.registry for image in heard}
    told = {registry: sources.registry.clock_offset(registry) for registry in registries}
    return {registry: offset for registry, offset in told.items() if offset is not None}


def _pull_requests(sources: Sources) -> tuple[PullRequest, ...]:
    return sources.forge.pull_requests() if sources.forge else ()
