"""To say in one sentence what an answer of GitLab's that is no success means. Pure."""

from http import HTTPStatus

from updater.adapters.forge_errors import ForgeWords
from updater.errors import Refused
from updater.reasons import failure_reasons

GITLAB_WORDS = ForgeWords(
    title="GitLab",
    repository="project",
    by_status={
        HTTPStatus.FORBIDDEN: (
            failure_reasons.FORGE_FORBIDDEN,
            (
                "GitLab forbids this for {place}: {message}; the token needs the scope `api` and the role "
                "Developer"
            ),
        ),
        HTTPStatus.NOT_FOUND: (
            failure_reasons.FORGE_NOT_FOUND,
            (
                "GitLab finds nothing (404) at {asked}: the project or that part of it does not exist, or "
                "the token for {place} has no access to it"
            ),
        ),
    },
)


def not_merged(error: Refused) -> Refused:
    """What GitLab says of a merge it does not make; it answers 401 where the token may not merge."""
    if error.reason == failure_reasons.FORGE_UNAUTHORIZED:
        why = "GitLab does not let this token merge: give its user a role that may merge into that branch"
        return Refused(why, reason=failure_reasons.NOT_MERGEABLE)
    return Refused(error.sentence, reason=failure_reasons.NOT_MERGEABLE)
