"""To read the facts that decisions and plans ask for. I/O through ports."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeAlias

from updater.errors import Refused
from updater.model import (
    Answer,
    ChangesOf,
    ChecksOf,
    ClosedPullRequestsOf,
    CommentsOf,
    CommitsOf,
    ComparisonOf,
    ConflictOf,
    DigestOf,
    DressOf,
    Fact,
    FilesOf,
    HealthOf,
    ImageFacts,
    ImageOf,
    MessageOf,
    Origin,
    Reading,
    SignatureOf,
    Signed,
    StandingOf,
    StatusOf,
    TermsOf,
    Unreadable,
)
from updater.observe.sources import AT_ONCE, Sources, attempt
from updater.ports import Deployments, ForgeReader, OriginReader, RepositoryReader
from updater.progress import Done


def look_up(sources: Sources, facts: Collection[Fact]) -> Mapping[Fact, Answer]:
    """Read the facts a decision asked for. Signatures are of a digest, so they come last."""
    signatures = [fact for fact in facts if isinstance(fact, SignatureOf)]
    answers = _look_up_told(sources, [fact for fact in facts if not isinstance(fact, SignatureOf)])
    digests = {fact: answer for fact, answer in answers.items() if isinstance(fact, DigestOf)}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = pool.map(lambda fact: attempt(lambda: _signed(sources, fact, digests)), signatures)
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
    done = sources.progress("asking about tags and pull requests", len(facts))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip(facts, pool.map(lambda fact: _counted(sources, fact, done), facts), strict=True))


def _counted(sources: Sources, fact: Fact, done: Done) -> Answer:
    try:
        return _answer(sources, fact)
    finally:
        done()


def _answer(sources: Sources, fact: Fact) -> Answer:
    answer = attempt(lambda: _told(sources, fact))
    return _told_if_possible(answer) if isinstance(fact, CommitsOf) else answer


def _told(sources: Sources, fact: Fact) -> Answer:
    match fact:
        case DigestOf() | ImageOf() | SignatureOf():
            return _answer_of_the_registry(sources, fact)
        case ConflictOf() | ChangesOf():
            return _answer_of_the_repository(sources.repository, fact)
        case ChecksOf() | ComparisonOf() | CommitsOf() | MessageOf():
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


def _told_if_possible(answer: Answer) -> Answer:
    """It is only shown to people: where it may not be read, nothing is amiss."""
    return None if isinstance(answer, Unreadable) and not answer.transient else answer


def _answer_of_an_origin(sources: Sources, fact: ChecksOf | ComparisonOf | CommitsOf | MessageOf) -> Answer:
    match fact:
        case ChecksOf(origin):
            return _origin(sources, origin).checks(origin.repository, origin.sha)
        case ComparisonOf(base, head):
            return _origin(sources, base).comparison(base.repository, base.sha, head)
        case CommitsOf(base, head):
            return _origin(sources, base).commits(base.repository, base.sha, head)
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


_OfAPull: TypeAlias = CommentsOf | StandingOf | DressOf | FilesOf


def _answer_of_the_forge(
    forge: ForgeReader, fact: ClosedPullRequestsOf | StatusOf | TermsOf | _OfAPull
) -> Answer:
    match fact:
        case ClosedPullRequestsOf(branch):
            return forge.closed_pull_requests(branch)
        case StatusOf(sha):
            return forge.status(sha)
        case TermsOf(branch):
            return forge.terms(branch)
        case _:
            return _answer_of_a_pull(forge, fact)


def _answer_of_a_pull(forge: ForgeReader, fact: _OfAPull) -> Answer:
    match fact:
        case CommentsOf(number):
            return forge.comments(number)
        case StandingOf(number):
            return forge.standing(number)
        case DressOf(number):
            return forge.dressed(number)
        case FilesOf(number, head):
            return forge.changed_files(number, head)
