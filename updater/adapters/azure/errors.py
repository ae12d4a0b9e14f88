"""To say in one sentence what an answer of Azure DevOps that is no success means. Pure."""

from http import HTTPStatus
from urllib.parse import unquote

from updater.adapters.forge_errors import ForgeWords
from updater.errors import Refused, UpdaterError
from updater.reasons import failure_reasons

AZURE_WORDS = ForgeWords(
    title="Azure DevOps",
    repository="repository",
    by_status={
        HTTPStatus.FORBIDDEN: (
            failure_reasons.FORGE_FORBIDDEN,
            (
                "Azure DevOps forbids this for {place}: {message}; the token needs the scopes Code (Read & "
                "write) and Code (Status), and its user the right to contribute there"
            ),
        ),
        HTTPStatus.NOT_FOUND: (
            failure_reasons.FORGE_NOT_FOUND,
            (
                "Azure DevOps finds nothing (404: {message}) at {asked}: the organization, the project, the "
                "repository or that part of it does not exist, or the token for {place} has no access to it"
            ),
        ),
        HTTPStatus.BAD_REQUEST: (
            failure_reasons.FORGE_REJECTED,
            "Azure DevOps rejected this for {place}: {message}",
        ),
    },
    sign_in="/_signin",
)
_OF_ITS_OWN = {failure_reasons.FORGE_UNAUTHORIZED, failure_reasons.FORGE_NOT_FOUND}


def unaddressed(repository: str) -> Refused:
    return Refused(
        f"{unquote(repository)} names no repository of Azure DevOps: write its address like "
        "https://dev.azure.com/ORG/PROJECT/_git/REPO, with %20 for a blank",
        reason=failure_reasons.FORGE_NOT_FOUND,
    )


def not_completed(error: Refused) -> UpdaterError:
    """What Azure DevOps says of a pull request that it does not complete."""
    if error.reason in _OF_ITS_OWN:
        return error
    return Refused(error.sentence, reason=failure_reasons.NOT_MERGEABLE)
