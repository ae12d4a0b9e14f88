"""To read what a pass needs. I/O through ports; chooses nothing, and a failed reading is a value."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TypeVar

from updater import holds, messages
from updater.config import Config, Policy
from updater.errors import Refused, Unavailable, UpdaterError
from updater.model import (
    Answer,
    ChangesOf,
    ChecksOf,
    ClosedPullRequestsOf,
    CommentsOf,
    ComparisonOf,
    ConflictOf,
    Dated,
    DigestOf,
    DressOf,
    Fact,
    File,
    Heads,
    HealthOf,
    History,
    Image,
    ImageFacts,
    ImageOf,
    Listing,
    MessageOf,
    Origin,
    PullRequest,
    Reading,
    SignatureOf,
    Signed,
    Snapshot,
    StandingOf,
    StatusOf,
    Unreadable,
)
from updater.ports import (
    Clock,
    Deployments,
    Ends,
    ForgeReader,
    OriginReader,
    Registry,
    RepositoryReader,
    Signatures,
)
from updater.schemes import Informed, Scheme
from updater.schemes.ends import newest_two

AT_ONCE = 8
"""Requests at a time; more do not help (measured)."""
DATED_AT_ONCE = 200
"""How many new tags of an image a pass looks at, where a scheme has to know more than their names."""
MOST_DATED = 10_000
"""And how many there may be at all."""

_PROPOSALS = tuple(f"refs/heads/{prefix}" for prefix in messages.OURS)

Dates = Mapping[Image, Reading[Mapping[str, Dated | None]]]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sources:
    """Where one deploy repository's pass reads."""

    registry: Registry
    repository: RepositoryReader
    forge: ForgeReader | None
    """None where no environment delivers by pull request."""
    clock: Clock
    origins: Callable[[str], OriginReader | None] = lambda _host: None
    """Where images are built from, by the forge's host; None where config names no such forge."""
    deployments: Deployments | None = None
    """None where config names no Argo CD."""
    signatures: Signatures | None = None
    """None where no gate asks for any."""


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
        listings = _listings(sources, _images(policies), left, pools)
        pool = pools.enter_context(ThreadPoolExecutor(1))
        pull_requests = pool.submit(_try, lambda: _pull_requests(sources))
        heads = _try(sources.repository.fetch)
        files = _files(sources, heads, settings.branch, policies)
        history = _history(sources, heads, settings.branch, files, now - settings.history)
        blobs = _blobs(sources, history, known)
        heard = {image: future.result() for image, future in listings.items()}
        dates = dict(pool.map(lambda asked: _dated(sources, *asked), _undated(policies, heard).items()))
        pointed = list(pool.map(lambda asked: _pointed(sources, *asked), _moving(policies, heard)))
    return Snapshot(
        repository=repository,
        now=now,
        heads=heads,
        files=files,
        history=history if not isinstance(blobs, Unreadable) else blobs,
        blobs={} if isinstance(blobs, Unreadable) else blobs,
        listings=heard,
        pull_requests=pull_requests.result(),
        dates=_merged([dates, *pointed]),
    )


def look_up(sources: Sources, facts: Collection[Fact]) -> Mapping[Fact, Answer]:
    """Read the facts a decision asked for. Signatures are of a digest, so they come last."""
    signatures = [fact for fact in facts if isinstance(fact, SignatureOf)]
    answers = _look_up_told(sources, [fact for fact in facts if not isinstance(fact, SignatureOf)])
    digests = {fact: answer for fact, answer in answers.items() if isinstance(fact, DigestOf)}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = pool.map(lambda fact: _try(lambda: _signed(sources, fact, digests)), signatures)
        return {**answers, **dict(zip(signatures, found, strict=True))}


def _look_up_told(sources: Sources, facts: Collection[Fact]) -> Mapping[Fact, Answer]:
    """What an image says of itself tells its digest, too."""
    told = {DigestOf(fact.image, fact.tag) for fact in facts if isinstance(fact, ImageOf)}
    answers = _look_up(sources, [fact for fact in facts if fact not in told])
    for fact in told.intersection(facts):
        said = answers[ImageOf(fact.image, fact.tag)]
        answers[fact] = said.digest if isinstance(said, ImageFacts) else None
    unread = [fact for fact in told if isinstance(answers[ImageOf(fact.image, fact.tag)], Unreadable)]
    return {**answers, **_look_up(sources, [fact for fact in unread if fact in facts])}


def _look_up(sources: Sources, facts: Sequence[Fact]) -> dict[Fact, Answer]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip(facts, pool.map(lambda fact: _answer(sources, fact), facts), strict=True))


def _try(read: Callable[[], T]) -> Reading[T]:
    try:
        return read()
    except Unavailable as error:
        return Unreadable.of(error, transient=True)
    except UpdaterError as error:
        return Unreadable.of(error, transient=False)


def _images(policies: Iterable[Policy]) -> dict[Image, Ends]:
    """What is to be listed, and how the end of each list is told."""
    schemes: dict[Image, list[Scheme]] = {}
    for policy in policies:
        for image in policy.images:
            schemes.setdefault(image, []).append(policy.tags.scheme)
    return {image: partial(newest_two, tuple(dict.fromkeys(each))) for image, each in schemes.items()}


def _listings(
    sources: Sources, images: Mapping[Image, Ends], left: Container[Image], pools: ExitStack
) -> dict[Image, Future[Reading[Listing]]]:
    """Threads of its own for each registry: one that is slow or limited keeps no other waiting."""
    threads: dict[str, ThreadPoolExecutor] = {}
    futures = {}
    for image in sorted(images, key=lambda image: image not in left):
        if image.registry not in threads:
            threads[image.registry] = pools.enter_context(ThreadPoolExecutor(AT_ONCE))
        futures[image] = threads[image.registry].submit(_list, sources, image, images[image])
    return futures


def _list(sources: Sources, image: Image, ends: Ends) -> Reading[Listing]:
    return _try(lambda: sources.registry.listing(image, ends))


def _undated(
    policies: Iterable[Policy], listings: Mapping[Image, Reading[Listing]]
) -> Mapping[Image, Sequence[str]]:
    """The tags that schemes have to know more of; an app's first image orders its tags."""
    asked: dict[Image, dict[str, None]] = {}
    for policy in policies:
        scheme, listing = policy.tags.scheme, listings[policy.images[0]]
        if isinstance(scheme, Informed) and isinstance(listing, Listing):
            tags = asked.setdefault(listing.image, {})
            tags.update(dict.fromkeys(tag for tag in listing.tags if scheme.asks(tag)))
    return {image: list(tags) for image, tags in asked.items()}


def date(sources: Sources, asked: Mapping[Image, Sequence[str]], snapshot: Snapshot) -> Snapshot:
    """The snapshot with when the images of these tags, too, were created."""
    found = [dict([_dated(sources, image, tags)]) for image, tags in asked.items()]
    return replace(snapshot, dates=_merged([snapshot.dates, *found]))


def _moving(
    policies: Iterable[Policy], listings: Mapping[Image, Reading[Listing]]
) -> Iterable[tuple[Image, str]]:
    """The tags whose digests are followed: where they point has to be looked up each time."""
    asked = dict.fromkeys((policy.images[0], policy.tags.scheme.follows) for policy in policies)
    for image, tag in asked:
        listing = listings[image]
        if tag is not None and isinstance(listing, Listing) and tag in listing.tags:
            yield image, tag


def _pointed(sources: Sources, image: Image, tag: str) -> Dates:
    said = _try(lambda: sources.registry.image(image, tag))
    if isinstance(said, Unreadable):
        return {image: said}
    return {image: {f"{tag}@{said.digest}": Dated(said.digest, said.created)} if said else {}}


def _merged(all_dates: Iterable[Dates]) -> Dates:
    """Of each image, what is known together; a failed reading is one for all of it."""
    merged: dict[Image, Reading[Mapping[str, Dated | None]]] = {}
    for image, dates in ((image, dates) for each in all_dates for image, dates in each.items()):
        before = merged.get(image, {})
        if isinstance(before, Unreadable) or isinstance(dates, Unreadable):
            merged[image] = before if isinstance(before, Unreadable) else dates
        else:
            merged[image] = {**before, **dates}
    return merged


def _dated(
    sources: Sources, image: Image, tags: Sequence[str]
) -> tuple[Image, Reading[Mapping[str, Dated | None]]]:
    if len(tags) > MOST_DATED:
        why = (
            f"{len(tags)} tags of {image} match the pattern of a scheme that has to look at each of them: "
            f"delete old ones there, or write a narrower pattern ({MOST_DATED} at most)"
        )
        return image, Unreadable(why, transient=False, code="too_many_tags")
    return image, _try(lambda: sources.registry.dates(image, tags, most=DATED_AT_ONCE))


def _pull_requests(sources: Sources) -> tuple[PullRequest, ...]:
    return sources.forge.pull_requests() if sources.forge else ()


def _files(
    sources: Sources, heads: Reading[Heads], branch: str, policies: Iterable[Policy]
) -> dict[str, Reading[File | None]]:
    if isinstance(heads, Unreadable):
        return {}
    paths = {path for policy in policies for pin in policy.pins for path in pin.files} | {holds.PATH}
    read = _try(lambda: sources.repository.files(heads.refs[f"refs/heads/{branch}"], paths))
    if isinstance(read, Unreadable):
        return dict.fromkeys(paths, read)
    return {path: _as_reading(file) for path, file in read.items()}


def _as_reading(file: File | UpdaterError | None) -> Reading[File | None]:
    return Unreadable.of(file, transient=False) if isinstance(file, UpdaterError) else file


def _history(
    sources: Sources,
    heads: Reading[Heads],
    branch: str,
    files: Mapping[str, Reading[File | None]],
    since: datetime,
) -> Reading[History]:
    if isinstance(heads, Unreadable):
        return heads
    lines = {f"refs/heads/{branch}", f"{messages.RECORD}{branch}"}
    tips = [sha for ref, sha in heads.refs.items() if ref in lines or ref.startswith(_PROPOSALS)]
    paths = [path for path, file in files.items() if isinstance(file, File)]
    return _try(lambda: sources.repository.history(tips, paths, since=since))


def _blobs(
    sources: Sources, history: Reading[History], known: Container[str]
) -> Reading[Mapping[str, bytes]]:
    if isinstance(history, Unreadable):
        return {}
    changes = [change for commit in history.commits.values() for change in commit.changes.values()]
    ids = {blob for change in changes for blob in (change.old, change.new) if blob}
    return _try(lambda: sources.repository.blobs({blob for blob in ids if blob not in known}))


def _answer(sources: Sources, fact: Fact) -> Answer:
    return _try(lambda: _told(sources, fact))


def _told(sources: Sources, fact: Fact) -> Answer:
    match fact:
        case DigestOf() | ImageOf() | SignatureOf():
            return _answer_of_the_registry(sources, fact)
        case ConflictOf() | ChangesOf():
            return _answer_of_the_repository(sources.repository, fact)
        case ChecksOf() | ComparisonOf() | MessageOf():
            return _answer_of_an_origin(sources, fact)
        case HealthOf(applications):
            return _deployments(sources).applications(applications)
        case _:
            return _answer_of_the_forge(_forge(sources), fact)


def _answer_of_the_registry(sources: Sources, fact: DigestOf | ImageOf | SignatureOf) -> Answer:
    match fact:
        case DigestOf(image, tag):
            return sources.registry.digest(image, tag)
        case ImageOf(image, tag):
            return sources.registry.image(image, tag)
        case SignatureOf():
            return _signed(sources, fact, {})


def _answer_of_the_repository(repository: RepositoryReader, fact: ConflictOf | ChangesOf) -> Answer:
    match fact:
        case ConflictOf(base, head):
            return repository.conflicts(base, head)
        case ChangesOf(old, new):
            return repository.changes(old, new)


def _answer_of_an_origin(sources: Sources, fact: ChecksOf | ComparisonOf | MessageOf) -> Answer:
    match fact:
        case ChecksOf(origin):
            return _origin(sources, origin).checks(origin.repository, origin.sha)
        case ComparisonOf(base, head):
            return _origin(sources, base).comparison(base.repository, base.sha, head)
        case MessageOf(origin):
            return _origin(sources, origin).message(origin.repository, origin.sha)


def _origin(sources: Sources, origin: Origin) -> OriginReader:
    found = sources.origins(origin.host)
    if found is None:
        raise Refused(
            f"an image says it was built from {origin.repository} at {origin.host}, and config names no "
            "GitHub there: add it to forges, with a token that may read that repository",
            code="origin_unknown",
        )
    return found


def _signed(
    sources: Sources, fact: SignatureOf, digests: Mapping[DigestOf, Answer]
) -> Reading[Signed | None]:
    """Verified by digest: what the tag points to now, whatever it may point to later."""
    if sources.signatures is None:
        raise Refused("nothing here verifies signatures", code="signatures_missing")
    tagged = DigestOf(fact.image, fact.tag)
    digest = digests[tagged] if tagged in digests else sources.registry.digest(fact.image, fact.tag)
    if isinstance(digest, str):
        return sources.signatures.signed(fact.image, digest, fact.signatories)
    return digest if isinstance(digest, Unreadable) else None


def _forge(sources: Sources) -> ForgeReader:
    if sources.forge is None:
        raise Refused("no forge is configured for this repository", code="forge_missing")
    return sources.forge


def _deployments(sources: Sources) -> Deployments:
    assert sources.deployments is not None, "Applications are named only where an Argo CD is"
    return sources.deployments


def _answer_of_the_forge(
    forge: ForgeReader, fact: ClosedPullRequestsOf | StatusOf | CommentsOf | StandingOf | DressOf
) -> Answer:
    match fact:
        case ClosedPullRequestsOf(branch):
            return forge.closed_pull_requests(branch)
        case StatusOf(sha):
            return forge.status(sha)
        case CommentsOf(number):
            return forge.comments(number)
        case StandingOf(number):
            return forge.standing(number)
        case DressOf(number):
            return forge.dressed(number)
