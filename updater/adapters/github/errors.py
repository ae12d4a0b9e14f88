"""To say in one sentence what an answer of GitHub's that is no success means. Pure."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from updater.adapters.forge_errors import LOGIN_PAGE, NAME_API
from updater.adapters.no_answer import NO_TLS
from updater.errors import LostRace, Refused, Unavailable, UpdaterError
from updater.reasons import Reason, failure_reasons
from updater.value_class import value_class

_LONGEST_MESSAGE = 300
_GRAPHQL = "POST /graphql"


@value_class
class ApiTarget:
    """Where we ask: the API's host, and the repository there."""

    host: str
    repository: str

    @classmethod
    def of(cls, api: str, repository: str) -> "ApiTarget":
        return cls(urlsplit(api).netloc.rpartition("@")[2], repository)

    @property
    def forge(self) -> str:
        """The key of this host under `forges` in config."""
        return self.host.removeprefix("api.")

    def __str__(self) -> str:
        return f"{self.repository} at {self.host}"


def web(api: str) -> str:
    """Where people go, by the API's address."""
    parts = urlsplit(api)
    return f"{parts.scheme}://{parts.netloc.removeprefix('api.')}"


def refusal(status: int, message: str, place: ApiTarget, asked: str) -> UpdaterError:
    """`asked` is the method and the path. Rate limits are not among them: those are told apart before."""
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unavailable(
            f"GitHub answered {status} for {place}; a later pass asks again",
            reason=failure_reasons.FORGE_UNAVAILABLE,
        )
    if "archived" in message and status in _WORDS:
        return Refused(
            f"{place} is archived, so nothing can be written there: unarchive it in its settings, or take it "
            "out of the config",
            reason=failure_reasons.REPOSITORY_ARCHIVED,
        )
    if status == HTTPStatus.UNAUTHORIZED:
        return unauthorized(place, "does not accept the token (401): it is wrong, expired or revoked")
    if status in _WORDS:
        reason, sentence = _WORDS[status]
        return Refused(sentence.format(place=place, message=message, asked=asked), reason=reason)
    return Refused(f"GitHub refused ({status}) for {place}: {message}", reason=failure_reasons.FORGE_REJECTED)


def graphql_refusal(errors: object, place: ApiTarget) -> UpdaterError:
    """What GraphQL says with a status of 200."""
    listed = errors if isinstance(errors, list) else []
    first = next((error for error in listed if isinstance(error, Mapping)), {})
    message = message_in(json.dumps({"message": first.get("message")}), str)
    match first.get("type"):
        case "STALE_DATA":
            return LostRace(
                f"Somebody else moved a branch of {place} first ({message}).",
                reason=failure_reasons.LOST_RACE,
            )
        case "FORBIDDEN":
            return refusal(HTTPStatus.FORBIDDEN, message, place, _GRAPHQL)
        case "NOT_FOUND":
            return refusal(HTTPStatus.NOT_FOUND, message, place, _GRAPHQL)
        case None:  # "Something went wrong while executing your query"
            return nonsense(place, f"{message!r}")
    return refusal(HTTPStatus.UNPROCESSABLE_ENTITY, message, place, _GRAPHQL)


def unauthorized(place: ApiTarget, what: str) -> Refused:
    return Refused(
        f"GitHub {what}, for {place}; set a valid one where `forges: {place.forge}` in config points to",
        reason=failure_reasons.FORGE_UNAUTHORIZED,
    )


def moved(status: int, place: ApiTarget) -> Refused:
    return Refused(
        f"GitHub redirects ({status}) requests for {place}: the repository was renamed or moved, "
        "or the API's address is another; write the new one into config",
        reason=failure_reasons.FORGE_MOVED,
    )


def nonsense(place: ApiTarget, what: str) -> Unavailable:
    return Unavailable(
        f"GitHub answered {what} for {place}; a later pass asks again",
        reason=failure_reasons.FORGE_UNAVAILABLE,
    )


def no_json(place: ApiTarget, status: int, asked: str) -> Unavailable:
    """`asked` is the method and the path."""
    said = f"GitHub answered {status} to {asked} with something that is no JSON for {place}: {LOGIN_PAGE}"
    return Unavailable(f"{said}; a later pass asks again", reason=failure_reasons.FORGE_UNAVAILABLE)


def no_answer(place: ApiTarget, what: str) -> Unavailable:
    remedy = f": {NAME_API}" if what == NO_TLS else ""
    return Unavailable(
        f"GitHub {what} for {place}{remedy}; a later pass asks again",
        reason=failure_reasons.FORGE_UNAVAILABLE,
    )


def message_in(body: str, hide: Callable[[str], str]) -> str:
    """What GitHub says in an error's body, as one short printable line; `hide` takes secrets out of it."""
    try:
        content = json.loads(body)
        said = "; ".join(dict.fromkeys(_said(content))) if isinstance(content, Mapping) else ""
    except (ValueError, RecursionError):
        return "no reason given"
    # Only here is it seen whole: JSON may write any character of a secret by its number.
    line = hide(re.sub(r"[\x00-\x20\x7f-\x9f]+", " ", said).strip())
    return line[:_LONGEST_MESSAGE] or "no reason given"


def _said(content: Mapping[str, Any]) -> Iterator[str]:
    yield str(content.get("message") or "")
    errors = content.get("errors")
    for error in errors if isinstance(errors, list) else []:
        yield _detail(error)


def _detail(error: object) -> str:
    if not isinstance(error, Mapping):
        return str(error)
    if error.get("message"):
        return str(error["message"])
    return " ".join(str(error[key]) for key in ("resource", "field", "code") if error.get(key))


_WORDS: Mapping[int, tuple[Reason, str]] = {
    HTTPStatus.FORBIDDEN: (
        failure_reasons.FORGE_FORBIDDEN,
        (
            "GitHub forbids this for {place}: {message}; the token needs contents:write, "
            "pull_requests:write and statuses:write"
        ),
    ),
    HTTPStatus.NOT_FOUND: (
        failure_reasons.FORGE_NOT_FOUND,
        (
            "GitHub finds nothing (404) at {asked}: the repository or that part of it does not exist, or the "
            "token for {place} has no access to it"
        ),
    ),
    # Of all we send, only merging is answered with these two.
    HTTPStatus.METHOD_NOT_ALLOWED: (
        failure_reasons.NOT_MERGEABLE,
        "GitHub does not merge this for {place}: {message}",
    ),
    HTTPStatus.CONFLICT: (failure_reasons.NOT_MERGEABLE, "GitHub does not merge this for {place}: {message}"),
    HTTPStatus.UNPROCESSABLE_ENTITY: (
        failure_reasons.FORGE_REJECTED,
        "GitHub rejected this for {place}: {message}",
    ),
}
