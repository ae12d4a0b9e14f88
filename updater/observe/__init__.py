"""To read what a pass needs. I/O through ports; chooses nothing, and a failed reading is a value."""

from __future__ import annotations

from collections.abc import Container, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from updater.config import Config
from updater.errors import Refused
from updater.messages import ASKED, BRANCHES, GROUPS
from updater.model import Heads, Image, PullRequest, Reading, Snapshot, Unreadable
from updater.observe.image_dates import (
    date_tags,
    merge_dates,
    moving_tags,
    read_dates,
    read_moving_tag,
    undated_tags,
)
from updater.observe.listings import asked_images, list_all
from updater.observe.lookup import look_up
from updater.observe.repository import read_blobs, read_files, read_history
from updater.observe.sources import AT_ONCE, Sources, attempt
from updater.ports import ForgeReader
from updater.progress import in_progress

__all__ = ["AT_ONCE", "Sources", "look_up", "observe", "read_dates"]


_PROPOSED = tuple(f"refs/heads/{prefix}" for prefix in (BRANCHES, GROUPS, ASKED))


def observe(
    sources: Sources,
    config: Config,
    repository: str,
    known: Container[str] = (),
    left: Container[Image] = (),
    *,
    acts: bool = False,
) -> Snapshot:
    """Read one deploy repository, the registries and the forge.

    `known` blobs need not be read again; what was `left` unread the last time is listed first. Whom the
    forge takes us for is asked only by who `acts`: whoever just looks may do so as somebody else.
    """
    policies = config.of(repository)
    settings = config.repositories[repository]
    now = sources.clock()
    with ExitStack() as pools:
        listings = list_all(sources, asked_images(policies), left, pools)
        pool = pools.enter_context(ThreadPoolExecutor(AT_ONCE))
        proposes = any(policy.deliver == "pull-request" for policy in policies)
        asked = pool.submit(attempt, lambda: _pull_requests(sources, acts=acts)) if proposes else None
        with in_progress(sources.progress, f"fetching {repository}"):
            heads = attempt(sources.repository.fetch)
        if asked is None and _were_proposed(heads):
            asked = pool.submit(attempt, lambda: _pull_requests(sources, acts=acts))
        with in_progress(sources.progress, f"reading {repository}"):
            files = read_files(sources, heads, settings.branch, policies)
            history = read_history(sources, heads, settings.branch, files, now - settings.history)
            blobs = read_blobs(sources, history, known)
        heard = {image: future.result() for image, future in listings.items()}
        told = asked.result() if asked is not None else ((), None)
        undated = undated_tags(policies, heard).items()
        dates = dict(pool.map(lambda asked: date_tags(sources, *asked), undated))
        pointed = list(pool.map(lambda asked: read_moving_tag(sources, *asked), moving_tags(policies, heard)))
    return Snapshot(
        repository=repository,
        now=now,
        heads=heads,
        files=files,
        history=history if not isinstance(blobs, Unreadable) else blobs,
        blobs={} if isinstance(blobs, Unreadable) else blobs,
        listings=heard,
        pull_requests=told if isinstance(told, Unreadable) else told[0],
        login=None if isinstance(told, Unreadable) else told[1],
        dates=merge_dates([dates, *pointed]),
        offsets=_offsets(sources, heard),
    )


def _were_proposed(heads: Reading[Heads]) -> bool:
    """Something may be open from before, though nothing is delivered by pull request any more."""
    return not isinstance(heads, Unreadable) and any(ref.startswith(_PROPOSED) for ref in heads.refs)


def _offsets(sources: Sources, heard: Iterable[Image]) -> dict[str, float]:
    registries = {image.registry for image in heard}
    told = {registry: sources.registry.clock_offset(registry) for registry in registries}
    return {registry: offset for registry, offset in told.items() if offset is not None}


def _pull_requests(sources: Sources, *, acts: bool) -> tuple[tuple[PullRequest, ...], str | None]:
    """And whom the forge takes us for."""
    if sources.forge is None:
        return (), None
    return sources.forge.pull_requests(), _login(sources.forge) if acts else None


def _login(forge: ForgeReader) -> str | None:
    """Tokens of jobs may not ask that."""
    try:
        return forge.login()
    except Refused:
        return None
