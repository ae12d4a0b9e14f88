"""To say in one sentence what a forge's answer that is no success means, by the words of its kind. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from urllib.parse import urlsplit

from updater.adapters.no_answer import NO_TLS
from updater.errors import Refused, Unavailable, UpdaterError
from updater.reasons import Reason, failure_reasons
from updater.value_class import value_class

_ODD: tuple[type[Exception], ...] = (
    AttributeError,
    LookupError,
    OverflowError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What our own reading raises on JSON of another shape."""
NAME_API = "where its API is elsewhere, write its address as `api:` of its host under `forges` in config"
LOGIN_PAGE = f"look for a login page or a proxy in between; {NAME_API}"
NO_REASON = "no reason given"
_LONGEST_MESSAGE = 300


@value_class
class ForgeWords:
    """What is said of a kind of forge alone."""

    title: str
    """As people write it."""
    repository: str
    """What it calls one."""
    by_status: Mapping[int, tuple[Reason, str]]
    """Sentences; `{place}`, `{message}` and `{asked}` are filled in."""
    unaccepted: str = ""
    """What else may be wrong with a token that is not accepted, with the comma before it."""
    sign_in: str | None = None
    """Of the path where people sign in, if that page is shown to who has a bad token."""


@value_class
class ForgeTarget:
    """Where we ask: the API's host, and the repository there."""

    words: ForgeWords
    host: str
    repository: str

    @classmethod
    def of(cls, words: ForgeWords, api: str, repository: str) -> ForgeTarget:
        return cls(words, urlsplit(api).netloc.rpartition("@")[2], repository)

    def __str__(self) -> str:
        return f"{self.repository} at {self.host}"

    @contextmanager
    def sense(self, *also: type[Exception]) -> Iterator[None]:
        """Let what is raised on an answer that cannot be read leave as Unavailable; `also`: by a library."""
        try:
            yield
        except (*_ODD, *also) as error:
            raise self.unavailable("answered with something unexpected") from error

    def refusal(self, status: int, message: str, asked: str) -> UpdaterError:
        """`asked` is the method and the path. Rate limits are not among them: those are told apart before."""
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return self.unavailable(f"answered {status}")
        if status == HTTPStatus.UNAUTHORIZED:
            often = f"it is wrong, expired or revoked{self.words.unaccepted}"
            return self.unauthorized(f"does not accept the token (401): {often}")
        if status in self.words.by_status:
            reason, sentence = self.words.by_status[status]
            return Refused(sentence.format(place=self, message=message, asked=asked), reason=reason)
        return Refused(
            f"{self.words.title} refused ({status}) for {self}: {message}",
            reason=failure_reasons.FORGE_REJECTED,
        )

    def unauthorized(self, what: str) -> Refused:
        return Refused(
            f"{self.words.title} {what}, for {self}; set a valid one where `forges: {self.host}` in config "
            "points to",
            reason=failure_reasons.FORGE_UNAUTHORIZED,
        )

    def shows_sign_in(self, status: int, location: str) -> bool:
        """Whether it answers with the page where people sign in, or sends us there."""
        if self.words.sign_in is None:
            return False
        sent_there = HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST
        return status == HTTPStatus.NON_AUTHORITATIVE_INFORMATION or (
            sent_there and self.words.sign_in in location
        )

    def signed_out(self, status: int) -> Refused:
        return self.unauthorized(
            f"answers with the page where people sign in ({status}): the token is wrong, expired or revoked, "
            "or of another organization"
        )

    def moved(self, status: int) -> Refused:
        return Refused(
            f"{self.words.title} redirects ({status}) requests for {self}: the {self.words.repository} was "
            "renamed or moved, or the API's address is another; write the new one into config",
            reason=failure_reasons.FORGE_MOVED,
        )

    def unavailable(self, what: str, remedy: str = "") -> Unavailable:
        return Unavailable(
            f"{self.words.title} {what} for {self}{remedy}; a later pass asks again",
            reason=failure_reasons.FORGE_UNAVAILABLE,
        )

    def silent(self, why: str) -> Unavailable:
        """No answer came at all; `why` is a verb that the forge is the subject of."""
        return self.unavailable(why, f": {NAME_API}" if why == NO_TLS else "")

    def no_json(self, status: int, asked: str) -> Unavailable:
        """`asked` is the method and the path."""
        said = f"answered {status} to {asked} with HTML where JSON belongs,"
        return self.unavailable(said, f": {LOGIN_PAGE}")

    def too_many(self, most: int) -> Refused:
        return Refused(
            f"{self.words.title} lists more than {most} entries for {self}; they are too many to be read in "
            "every pass: close what is old",
            reason=failure_reasons.FORGE_TOO_MANY,
        )


def message_in(body: str, hide: Callable[[str], str]) -> str:
    """What a forge says in an error's body, as one short printable line; `hide` takes secrets out of it."""
    try:
        content = json.loads(body)
        line = "; ".join(dict.fromkeys(_told(content))) if isinstance(content, Mapping) else ""
    except (ValueError, RecursionError):
        return NO_REASON
    # Only here is it seen whole: JSON may write any character of a secret by its number.
    line = hide(re.sub(r"[\x00-\x20\x7f-\x9f]+", " ", line).strip())
    return line[:_LONGEST_MESSAGE] or NO_REASON


def _told(content: Mapping[str, object]) -> Iterator[str]:
    said = content.get("message") or content.get("error")
    if isinstance(said, Mapping) and "message" in said:  # Bitbucket's: a sentence, and what it is about
        yield from _said(said["message"])
        said = {key: said[key] for key in ("fields", "detail") if said.get(key)}
    yield from _said(said)
    yield from _said(content.get("errors"))


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
