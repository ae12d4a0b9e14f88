"""To say in a sentence what a failure of Argo CD means for us. Pure."""

from __future__ import annotations

from http import HTTPStatus

from updater.adapters import no_answer
from updater.adapters.bounded_bodies import size_of
from updater.errors import Refused, Unavailable, UpdaterError
from updater.reasons import failure_reasons
from updater.value_class import value_class

_PASSING = frozenset(
    {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.CONFLICT}
)


@value_class
class Remedies:
    """Who was asked, and what its refusals mean there and what helps, a clause each."""

    who: str
    unauthorized: str
    """401."""
    forbidden: str
    """403."""
    missing: str
    """404."""


def silent(host: str, error: Exception) -> Unavailable:
    """Names nothing it was asked for: the sentence is remembered, and holds for whoever asks next."""
    said = f"Argo CD at {host} {no_answer.why_no_answer(error)}"
    return Unavailable(
        f"{said}: see whether it runs, and whether `argocd.server` and the way there are right; "
        "nothing changes until it answers",
        reason=failure_reasons.ARGOCD_UNAVAILABLE,
    )


def untrusted(host: str, error: Exception) -> Refused | None:
    """What does not become right by waiting; None where the certificate is not what failed."""
    doubt = no_answer.untrusted(error)
    if doubt is None:
        return None
    why = _DOUBTS.get(
        doubt,
        "nobody we trust vouches for it; name the authority that signed it by `argocd.ca_file`, "
        "or for all hosts by `tls: {ca_file: …}`",
    )
    return Refused(
        f"the certificate of Argo CD at {host} cannot be verified, so nothing is sent there: {why}",
        reason=failure_reasons.ARGOCD_UNTRUSTED,
    )


_OTHER = "it is for another name; write one that it is for as `argocd.server`"
_DOUBTS = {10: "it has run out; renew it", 62: _OTHER, 64: _OTHER, **no_answer.MALFORMED}
"""What is wrong with it and what helps, by the number that OpenSSL has for it."""


def refusal(host: str, status: int, about: str, remedies: Remedies) -> UpdaterError:
    """The error for a status that is no success; its text is not quoted, for it may echo anything."""
    who = f"{remedies.who} at {host}"
    if status == HTTPStatus.UNAUTHORIZED:  # whatever was asked for: who tells of many tells it once
        return Refused(
            f"{who} answered {status}: {remedies.unauthorized}", reason=failure_reasons.ARGOCD_UNAUTHORIZED
        )
    said = f"{who} answered {status} for {about}"
    if status == HTTPStatus.FORBIDDEN:
        return Refused(f"{said}: {remedies.forbidden}", reason=failure_reasons.ARGOCD_UNKNOWN)
    if status == HTTPStatus.NOT_FOUND:
        return Refused(f"{said}: {remedies.missing}", reason=failure_reasons.ARGOCD_UNKNOWN)
    if status in _PASSING or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _unavailable(f"{who} answered {status}: it has a fault or is overloaded")
    return Refused(
        f"{said}, which is no answer to this; check `argocd.server`", reason=failure_reasons.ARGOCD_REFUSED
    )


def redirected(host: str, status: int, about: str) -> Refused:
    return Refused(
        f"Argo CD at {host} answered {status} for {about}, which leads elsewhere and is not followed; "
        "write its final address as `argocd.server`",
        reason=failure_reasons.ARGOCD_REDIRECTED,
    )


def no_authority(file: str) -> Refused:
    return Refused(
        f"the file {file} of `argocd.ca_file` is not there, so nothing is asked of Argo CD; mount it",
        reason=failure_reasons.ARGOCD_UNTRUSTED,
    )


def no_json(host: str, about: str) -> Refused:
    return Refused(
        f"Argo CD at {host} answered with something that is no JSON for {about}; "
        "look for a login page in between, and check `argocd.server`",
        reason=failure_reasons.ARGOCD_NONSENSE,
    )


def odd(host: str, about: str) -> Refused:
    return Refused(
        f"Argo CD at {host} answered with JSON of another shape for {about}; check `argocd.server`",
        reason=failure_reasons.ARGOCD_NONSENSE,
    )


def too_large(host: str, came: str, about: str, largest: int) -> Refused:
    return Refused(
        f"Argo CD at {host} answered {came} at once for {about}, and at most {size_of(largest)} are read; "
        "name fewer Applications by a selector",
        reason=failure_reasons.ARGOCD_TOO_LARGE,
    )


def _unavailable(said: str) -> Unavailable:
    return Unavailable(
        f"{said}; nothing changes until that is over", reason=failure_reasons.ARGOCD_UNAVAILABLE
    )
