"""To say in one sentence what an answer of GitLab's that is no success means. Pure."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

from updater.errors import Refused, Unavailable, UpdaterError
from updater.reasons import Reason, failure_reasons

_LONGEST_MESSAGE = 300


@dataclass(frozen=True, slots=True)
class ProjectTarget:
    """Where we ask: the API's host, and the project there."""

    host: str
    project: str

    @classmethod
    def of(cls, api: str, project: str) -> "ProjectTarget":
        return cls(urlsplit(api).netloc.rpartition("@")[2], project)

    def __str__(self) -> str:
        return f"{self.project} at {self.host}"


def refusal(status: int, message: str, place: ProjectTarget, asked: str) -> UpdaterError:
    """`asked` is the method and the path. Rate limits are not among them: those are told apart before."""
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return unavailable(place, f"answered {status}")
    if status == HTTPStatus.UNAUTHORIZED:
        return unauthorized(place, "does not accept the token (401): it is wrong, expired or revoked")
    if status in _WORDS:
        reason, sentence = _WORDS[status]
        return Refused(sentence.format(place=place, message=message, asked=asked), reason=reason)
    return Refused(f"GitLab refused ({status}) for {place}: {message}", reason=failure_reasons.FORGE_REJECTED)


def not_merged(error: Refused) -> Refused:
    """What GitLab says of a merge it does not make; it answers 401 where the token may not merge."""
    if error.reason == failure_reasons.FORGE_UNAUTHORIZED:
        why = "GitLab does not let this token merge: give its user a role that may merge into that branch"
        return Refused(why, reason=failure_reasons.NOT_MERGEABLE)
    return Refused(error.sentence, reason=failure_reasons.NOT_MERGEABLE)


def unauthorized(place: ProjectTarget, what: str) -> Refused:
    return Refused(
        f"GitLab {what}, for {place}; set a valid one where `forges: {place.host}` in config points to",
        reason=failure_reasons.FORGE_UNAUTHORIZED,
    )


def moved(status: int, place: ProjectTarget) -> Refused:
    return Refused(
        f"GitLab redirects ({status}) requests for {place}: the project was renamed or moved, "
        "or the API's address is another; write the new one into config",
        reason=failure_reasons.FORGE_MOVED,
    )


def unavailable(place: ProjectTarget, what: str) -> Unavailable:
    return Unavailable(
        f"GitLab {what} for {place}; a later pass asks again", reason=failure_reasons.FORGE_UNAVAILABLE
    )


def message_in(body: str) -> str:
    """What GitLab says in an error's body, as one short printable line."""
    try:
        content = json.loads(body)
        said = content.get("message") or content.get("error") if isinstance(content, Mapping) else None
        line = "; ".join(dict.fromkeys(_said(said)))
    except (ValueError, RecursionError):
        return "no reason given"
    return re.sub(r"[\x00-\x20\x7f-\x9f]+", " ", line).strip()[:_LONGEST_MESSAGE] or "no reason given"


def _said(said: object) -> Iterator[str]:
    """A text, a list of them, or a mapping of fields to such lists."""
    if isinstance(said, Mapping):
        for field, inner in said.items():
            yield f"{field} {', '.join(_said(inner))}"
    elif isinstance(said, list):
        for inner in said:
            yield from _said(inner)
    elif said:
        yield str(said)


_WORDS: Mapping[int, tuple[Reason, str]] = {
    HTTPStatus.FORBIDDEN: (
        failure_reasons.FORGE_FORBIDDEN,
        "GitLab forbids this for {place}: {message}; the token needs the scope `api` and the role Developer",
    ),
    HTTPStatus.NOT_FOUND: (
        failure_reasons.FORGE_NOT_FOUND,
        (
            "GitLab finds nothing (404) at {asked}: the project or that part of it does not exist, or the "
            "token for {place} has no access to it"
        ),
    ),
}
