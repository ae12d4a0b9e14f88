"""To say in one sentence what an answer of Gitea's that is no success means. Pure."""

from http import HTTPStatus

from updater.adapters.forge_errors import NO_REASON, ForgeWords
from updater.errors import Refused, Unavailable, UpdaterError
from updater.reasons import failure_reasons

GITEA_WORDS = ForgeWords(
    title="Gitea",
    repository="repository",
    by_status={
        HTTPStatus.FORBIDDEN: (
            failure_reasons.FORGE_FORBIDDEN,
            (
                "Gitea forbids this for {place}: {message}; the token needs the scopes write:repository, "
                "write:issue and read:user, and its user the right to write there"
            ),
        ),
        HTTPStatus.NOT_FOUND: (
            failure_reasons.FORGE_NOT_FOUND,
            (
                "Gitea finds nothing (404: {message}) at {asked}: the repository or that part of it does "
                "not exist, or the token for {place} has no access to it"
            ),
        ),
        HTTPStatus.LOCKED: (
            failure_reasons.REPOSITORY_ARCHIVED,
            (
                "{place} is archived, so nothing can be written there: unarchive it in its settings, or "
                "take it out of the config"
            ),
        ),
        HTTPStatus.UNPROCESSABLE_ENTITY: (
            failure_reasons.FORGE_REJECTED,
            "Gitea rejected this for {place}: {message}",
        ),
    },
)
_PASSING = "try again later"


def not_merged(error: Refused) -> UpdaterError:
    """What Gitea says of a merge it does not make.

    It asks for patience while it works out whether it can, and also where it cannot.
    """
    if _PASSING in error.sentence:
        return Unavailable(
            "Gitea does not know yet whether this can be merged; a later pass asks again",
            reason=failure_reasons.FORGE_UNAVAILABLE,
        )
    if error.reason in {failure_reasons.FORGE_UNAUTHORIZED, failure_reasons.REPOSITORY_ARCHIVED}:
        return error
    sentence = error.sentence.replace(NO_REASON, "it conflicts with its base")
    return Refused(sentence, reason=failure_reasons.NOT_MERGEABLE)
