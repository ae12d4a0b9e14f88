"""To answer the questions that decisions and plans ask. I/O through ports."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeAlias

from updater.errors import Refused, Unavailable, UpdaterError
from updater.model import (
    AlertsOf,
    Answer,
    ArrivalOf,
    BranchRulesOf,
    ChangesOf,
    ChecksOf,
    ClosedPullRequestsOf,
    CommentsOf,
    CommitsOf,
    ComparisonOf,
    ConflictOf,
    DigestOf,
    FilesOf,
    GapsOf,
    HealthOf,
    ImageConfig,
    ImageOf,
    MessageOf,
    MetadataOf,
    MonitoringAnswer,
    MonitoringQuestion,
    PullRequestQuestion,
    Question,
    Reading,
    ReviewsOf,
    RulesOf,
    SamplesOf,
    SignatureOf,
    Signed,
    SourceCommit,
    StatusOf,
    TouchedBetween,
    Unreadable,
)
from updater.observe.sources import AT_ONCE, Sources, attempt
from updater.observe.turns import ask_places, out_of_time
from updater.ports import ApplicationReader, ForgeReader, RepositoryReader, SourceCommitReader
from updater.progress import Done
from updater.reasons import failure_reasons


def look_up(sources: Sources, questions: Collection[Question]) -> Mapping[Question, Answer]:
    """Answer what a decision asked. Signatures are of a digest, so they come last."""
    signatures = [question for question in questions if isinstance(question, SignatureOf)]
    watched = [question for question in questions if isinstance(question, MonitoringQuestion)]
    health = [question for question in questions if isinstance(question, HealthOf)]
    apart = frozenset[Question]((*signatures, *watched, *health))
    answers = {
        **_look_up_told(sources, [question for question in questions if question not in apart]),
        **_told_by_clusters(sources, health),
        **_told_by_monitoring(sources, watched),
    }
    digests = {question: answer for question, answer in answers.items() if isinstance(question, DigestOf)}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = pool.map(lambda question: attempt(lambda: _signed(sources, question, digests)), signatures)
        return {**answers, **dict(zip(signatures, found, strict=True))}


def _told_by_clusters(sources: Sources, questions: Sequence[HealthOf]) -> Mapping[Question, Answer]:
    """Each cluster by itself: one that is silent keeps nobody else waiting."""
    told = ask_places(
        questions,
        lambda question: question.applications.cluster,
        lambda question: attempt(lambda: _deployments(sources).applications(question.applications)),
        _not_asked,
    )
    return dict(zip(questions, told, strict=True))


def _not_asked(question: HealthOf) -> Unreadable:
    late = out_of_time("Argo CD", question.applications.cluster, failure_reasons.ARGOCD_UNAVAILABLE)
    return Unreadable.of(late, transient=True)


def _told_by_monitoring(
    sources: Sources, questions: Collection[MonitoringQuestion]
) -> Mapping[Question, Answer]:
    """All in one call: it makes few requests of many questions."""
    if not questions:
        return {}
    assert sources.monitoring is not None, "it is asked only where config names one"
    told = sources.monitoring.ask(questions)
    return {question: _as_answer(told[question]) for question in questions}


def _as_answer(told: MonitoringAnswer | UpdaterError) -> Answer:
    if isinstance(told, UpdaterError):
        return Unreadable.of(told, transient=isinstance(told, Unavailable))
    return told


def _look_up_told(sources: Sources, questions: Collection[Question]) -> Mapping[Question, Answer]:
    """What an image says of itself tells its digest, too."""
    told = {DigestOf(question.image, question.tag) for question in questions if isinstance(question, ImageOf)}
    answers = _look_up(sources, [question for question in questions if question not in told])
    for question in told.intersection(questions):
        said = answers[ImageOf(question.image, question.tag)]
        answers[question] = said.digest if isinstance(said, ImageConfig) else None
    unread = [
        question
        for question in told
        if isinstance(answers[ImageOf(question.image, question.tag)], Unreadable)
    ]
    return {**answers, **_look_up(sources, [question for question in unread if question in questions])}


def _look_up(sources: Sources, questions: Sequence[Question]) -> dict[Question, Answer]:
    done = sources.progress("asking about tags and pull requests", len(questions))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(
            zip(
                questions,
                pool.map(lambda question: _counted(sources, question, done), questions),
                strict=True,
            )
        )


def _counted(sources: Sources, question: Question, done: Done) -> Answer:
    try:
        return _answer(sources, question)
    finally:
        done()


def _answer(sources: Sources, question: Question) -> Answer:
    answer = attempt(lambda: _told(sources, question))
    return _told_if_possible(answer) if isinstance(question, CommitsOf) else answer


def _told(sources: Sources, question: Question) -> Answer:
    match question:
        case DigestOf() | ImageOf() | SignatureOf():
            return _answer_of_the_registry(sources, question)
        case ConflictOf() | ChangesOf() | TouchedBetween():
            return _answer_of_the_repository(sources.repository, question)
        case ChecksOf() | ComparisonOf() | CommitsOf() | MessageOf():
            return _answer_of_an_origin(sources, question)
        case HealthOf():
            raise AssertionError("clusters are asked side by side")
        case AlertsOf() | RulesOf() | GapsOf() | SamplesOf() | ArrivalOf():
            raise AssertionError("monitoring is asked all at once")
        case _:
            return _answer_of_the_forge(_forge(sources), question)


def _answer_of_the_registry(sources: Sources, question: DigestOf | ImageOf | SignatureOf) -> Answer:
    match question:
        case DigestOf(image, tag):
            return sources.registry.digest(image, tag)
        case ImageOf(image, tag):
            return sources.registry.image(image, tag)
        case SignatureOf():
            return _signed(sources, question, {})


def _answer_of_the_repository(
    repository: RepositoryReader, question: ConflictOf | ChangesOf | TouchedBetween
) -> Answer:
    match question:
        case ConflictOf(base, head):
            return repository.conflicts(base, head)
        case ChangesOf(old, new):
            return repository.changes(old, new)
        case TouchedBetween(old, new):
            touched = repository.touched(old, new)
            return None if touched is None else tuple(sorted(touched))


def _told_if_possible(answer: Answer) -> Answer:
    """It is only shown to people: where it may not be read, nothing is amiss."""
    return None if isinstance(answer, Unreadable) and not answer.transient else answer


def _answer_of_an_origin(
    sources: Sources, question: ChecksOf | ComparisonOf | CommitsOf | MessageOf
) -> Answer:
    match question:
        case ChecksOf(origin):
            return _origin(sources, origin).checks(origin.repository, origin.sha)
        case ComparisonOf(base, head):
            return _origin(sources, base).comparison(base.repository, base.sha, head)
        case CommitsOf(base, head):
            return _origin(sources, base).commits(base.repository, base.sha, head)
        case MessageOf(origin):
            return _origin(sources, origin).message(origin.repository, origin.sha)


def _origin(sources: Sources, origin: SourceCommit) -> SourceCommitReader:
    found = sources.origins(origin.host)
    if found is None:
        raise Refused(
            f"an image says it was built from {origin.repository} at {origin.host}, and config names no "
            "GitHub there: add it to forges, with a token that may read that repository",
            reason=failure_reasons.ORIGIN_UNKNOWN,
        )
    return found


def _signed(
    sources: Sources, question: SignatureOf, digests: Mapping[DigestOf, Answer]
) -> Reading[Signed | None]:
    """Verified by digest: what the tag points to now, whatever it may point to later."""
    if sources.signatures is None:
        raise Refused("nothing here verifies signatures", reason=failure_reasons.SIGNATURES_MISSING)
    tagged = DigestOf(question.image, question.tag)
    digest = digests[tagged] if tagged in digests else sources.registry.digest(question.image, question.tag)
    if isinstance(digest, str):
        return sources.signatures.signed(question.image, digest, question.signatories)
    return digest if isinstance(digest, Unreadable) else None


def _forge(sources: Sources) -> ForgeReader:
    if sources.forge is None:
        raise Refused("no forge is configured for this repository", reason=failure_reasons.FORGE_MISSING)
    return sources.forge


def _deployments(sources: Sources) -> ApplicationReader:
    assert sources.deployments is not None, "Applications are named only where an Argo CD is"
    return sources.deployments


_OfAPull: TypeAlias = CommentsOf | ReviewsOf | MetadataOf | FilesOf


def _answer_of_the_forge(forge: ForgeReader, question: PullRequestQuestion) -> Answer:
    match question:
        case ClosedPullRequestsOf(branch):
            return forge.closed_pull_requests(branch)
        case StatusOf(sha):
            return forge.status(sha)
        case BranchRulesOf(branch):
            return forge.branch_rules(branch)
        case _:
            return _answer_of_a_pull(forge, question)


def _answer_of_a_pull(forge: ForgeReader, question: _OfAPull) -> Answer:
    match question:
        case CommentsOf(number):
            return forge.comments(number)
        case ReviewsOf(number):
            return forge.reviews(number)
        case MetadataOf(number):
            return forge.metadata_history(number)
        case FilesOf(number, head):
            return forge.changed_files(number, head)
