"""To say in one sentence what an answer of Bitbucket's that is no success means. Pure."""

from http import HTTPStatus

from updater.adapters.forge_errors import ForgeWords
from updater.errors import Refused, UpdaterError
from updater.reasons import failure_reasons

BITBUCKET_WORDS = ForgeWords(
    title="Bitbucket",
    repository="repository",
    unaccepted=", or an API token whose user's mail address `user` does not name",
    by_status={
        HTTPStatus.FORBIDDEN: (
            failure_reasons.FORGE_FORBIDDEN,
            (
                "Bitbucket forbids this for {place}: {message}; the token needs the scopes repository:write "
                "and pullrequest:write (an API token write:repository:bitbucket and "
                "write:pullrequest:bitbucket)"
            ),
        ),
        HTTPStatus.NOT_FOUND: (
            failure_reasons.FORGE_NOT_FOUND,
            (
                "Bitbucket finds nothing (404: {message}) at {asked}; Bitbucket says 404 for a repository "
                "that this token may not read, too: look at the name, and at what the token for {place} may "
                "read"
            ),
        ),
    },
)
_NOT_OF_MERGING = {failure_reasons.FORGE_UNAUTHORIZED, failure_reasons.FORGE_NOT_FOUND}


def not_merged(error: Refused) -> UpdaterError:
    """What Bitbucket says of a merge it does not make."""
    if error.reason in _NOT_OF_MERGING:
        return error
    return Refused(error.sentence, reason=failure_reasons.NOT_MERGEABLE)
