"""To say in a sentence what a failure of Prometheus or Alertmanager means for us. Pure."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from updater.adapters import no_answer
from updater.adapters.bounded_bodies import size_of
from updater.errors import Refused, Unavailable, UpdaterError
from updater.printable import excerpt
from updater.reasons import failure_reasons
from updater.value_class import value_class

_PASSING = frozenset(
    {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.CONFLICT}
)
_WORDS = 300
"""Characters of what a server says that are repeated."""


class QueryRefused(Refused):
    """It answers, and not this: asked of less at once, the rest may be answered."""


class QuerySlow(Unavailable):
    """It gave a query up for the time it takes: asked of less at once, the rest may be answered."""


@value_class
class MonitoringTarget:
    """Who is asked, and where config has it."""

    who: str
    """`Prometheus`, `Alertmanager`."""
    host: str
    setting: str
    """`prometheus`, `clusters.seoul.prometheus.alertmanager`."""

    def __str__(self) -> str:
        return f"{self.who} at {self.host}"

    def silent(self, error: Exception) -> Unavailable:
        """Names nothing it was asked for: the sentence is remembered, and holds for whoever asks next."""
        return Unavailable(
            f"{self} {no_answer.why_no_answer(error)}: see whether it runs, and whether "
            f"`{self.setting}.server` and the way there are right; what asks it holds until it answers",
            reason=failure_reasons.PROMETHEUS_UNAVAILABLE,
        )

    def untrusted(self, error: Exception) -> Refused | None:
        """What does not become right by waiting; None where the certificate is not what failed."""
        doubt = no_answer.untrusted(error)
        if doubt is None:
            return None
        other = f"it is for another name; write one that it is for as `{self.setting}.server`"
        known = {10: "it has run out; renew it", 62: other, 64: other, **no_answer.MALFORMED}
        why = known.get(
            doubt, f"nobody we trust vouches for it; name the authority by `{self.setting}.ca_file`"
        )
        return Refused(
            f"the certificate of {self} cannot be verified, so nothing is sent there: {why}",
            reason=failure_reasons.PROMETHEUS_UNTRUSTED,
        )

    def no_authority(self, file: str) -> Refused:
        return Refused(
            f"the file {file} of `{self.setting}.ca_file` is not there, so nothing is asked of "
            f"{self.who}; mount it",
            reason=failure_reasons.PROMETHEUS_UNTRUSTED,
        )

    def redirected(self, status: int) -> Refused:
        return Refused(
            f"{self} answered {status}, which leads elsewhere and is not followed: write its final "
            f"address as `{self.setting}.server`, or give what it wants of those who log in",
            reason=failure_reasons.PROMETHEUS_REDIRECTED,
        )

    def nonsense(self, about: str) -> Refused:
        return Refused(
            f"{self} answered something else than {about}: look for a login page in between, and check "
            f"`{self.setting}.server`",
            reason=failure_reasons.PROMETHEUS_NONSENSE,
        )

    def partial(self, said: str) -> Unavailable:
        return Unavailable(
            f"{self} could not read all its stores ({words(said)}): what it says is not the whole, so "
            "nothing is made of it",
            reason=failure_reasons.PROMETHEUS_UNAVAILABLE,
        )

    def too_large(self, came: str, largest: int) -> QueryRefused:
        return QueryRefused(
            f"{self} answered {came} at once, and at most {size_of(largest)} are read: match fewer series",
            reason=failure_reasons.PROMETHEUS_TOO_LARGE,
        )

    def out_of_time(self, seconds: int) -> Unavailable:
        return Unavailable(
            f"{self} took all the {seconds} seconds that it has, and was not asked all: look at "
            "what makes it slow",
            reason=failure_reasons.PROMETHEUS_UNAVAILABLE,
        )

    def refusal(self, status: int, body: bytes) -> UpdaterError:
        """The error for a status that is no success."""
        if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            return Refused(
                f"{self} answered {status}: it does not take our credentials, or none are configured; "
                f"check the token or the password of `{self.setting}`",
                reason=failure_reasons.PROMETHEUS_UNAUTHORIZED,
            )
        told = _told(body)
        if told is not None and (refused := self._refused(status, told)) is not None:
            return refused
        if status == HTTPStatus.NOT_FOUND:
            return Refused(
                f"{self} answered {status}: its API is not there; check the path in `{self.setting}.server` "
                "(https://mimir.example.org/prometheus, https://vm.example.org/select/0/prometheus)",
                reason=failure_reasons.PROMETHEUS_NONSENSE,
            )
        if status in _PASSING or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return Unavailable(
                f"{self} answered {status}: it starts, has a fault or is overloaded; what asks it holds "
                "until that is over",
                reason=failure_reasons.PROMETHEUS_UNAVAILABLE,
            )
        return Refused(
            f"{self} answered {status}, which is no answer to this; check `{self.setting}.server`",
            reason=failure_reasons.PROMETHEUS_REFUSED,
        )

    def _refused(self, status: int, told: dict[str, Any]) -> UpdaterError | None:
        kind, text = str(told.get("errorType", "")), str(told.get("error", ""))
        said = words(text.removeprefix('invalid parameter "query": '))
        if status == HTTPStatus.BAD_REQUEST:
            return QueryRefused(
                f"{self.who} cannot read the query: {said}", reason=failure_reasons.PROMETHEUS_QUERY
            )
        if status == HTTPStatus.UNPROCESSABLE_ENTITY:
            return QueryRefused(
                f"{self} does not answer the query: {said}", reason=failure_reasons.PROMETHEUS_REFUSED
            )
        if status == HTTPStatus.SERVICE_UNAVAILABLE and kind == "timeout":
            return QuerySlow(f"{self} gave a query up: {said}", reason=failure_reasons.PROMETHEUS_UNAVAILABLE)
        return None


def several_series(count: int) -> Refused:
    return Refused(
        f"the query answers {count} series, and one is needed: add them up, as sum(…) or max(…)",
        reason=failure_reasons.SEVERAL_SERIES,
    )


def no_numbers() -> Refused:
    return Refused(
        "the query answers histograms and no numbers: take one out of it, as histogram_quantile(…)",
        reason=failure_reasons.PROMETHEUS_QUERY,
    )


def no_match(said: str) -> Refused:
    return Refused(f"the alerts cannot be asked for: {said}", reason=failure_reasons.PROMETHEUS_QUERY)


def words(text: str) -> str:
    """What a server says, fit to be shown."""
    return excerpt(text, _WORDS)


def _told(body: bytes) -> dict[str, Any] | None:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) and told.get("status") == "error" else None
