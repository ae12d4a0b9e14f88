"""To say in a sentence what a registry's answer means for us. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from http import HTTPStatus
from urllib.parse import urlsplit

from updater.adapters.bounded_bodies import size_of
from updater.adapters.no_answer import UNTRUSTED
from updater.adapters.registry.endpoint import Endpoint, WebOrigin
from updater.adapters.registry.expected import Expected
from updater.errors import Refused, Unavailable, UpdaterError
from updater.model import Chart
from updater.reasons import Reason, failure_reasons
from updater.value_class import value_class

_GHCR = "ghcr.io"
_FORBIDDEN = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
_TRANSIENT = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY)


@value_class
class RegistryAnswer:
    """What came back, whole. The names of `headers` are lower case."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def origin(self) -> WebOrigin:
        return WebOrigin.of(self.url)

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


def status_failure(place: Endpoint, answer: RegistryAnswer, *, what: str = "") -> UpdaterError:
    """The error for a status that is no success; `what` was asked for, if not the image itself."""
    said = f"{answer.origin} answered {answer.status} for {what}{place.image}"
    if answer.status in _FORBIDDEN:
        return Refused(f"{said}: {_no_access(place)}", reason=failure_reasons.UNAUTHORIZED)
    if answer.status == HTTPStatus.NOT_FOUND:
        return Refused(f"{said}{_asked_at(place)}: {_no_access(place)}", reason=failure_reasons.NOT_FOUND)
    if answer.status in _TRANSIENT or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return unavailable(
            f"{answer.origin} answered {answer.status}{_asked_for(place, answer.origin)}: it has a fault "
            "or is overloaded"
        )
    why = "check its name, and that the endpoint of this registry is right"
    return Refused(
        f"{said}, which is no answer to a listing or a manifest; {why}",
        reason=failure_reasons.REGISTRY_REFUSED,
    )


def rate_limited(place: Endpoint, status: int, until: datetime) -> Unavailable:
    return Unavailable(
        f"{place.origin} answered {status} and wants no request before {until:%H:%M:%S} {until.tzname()}, "
        f"so images of {place.registry} are not read; if this lasts, poll less often or set credentials",
        reason=failure_reasons.RATE_LIMITED,
    )


def busy(place: Endpoint, interval: float) -> Unavailable:
    return Unavailable(
        f"{place.origin} is sent {1 / interval:g} requests a second at most (requests_per_second), and this "
        f"pass has sent enough for images of {place.registry}; the next goes on with what is left",
        reason=failure_reasons.RATE_LIMITED,
    )


def _asked_for(place: Endpoint, asked: WebOrigin) -> str:
    """Whose images these are, where another host is asked: a mirror, or one that hands out tokens."""
    return "" if str(asked) == place.registry else f" when asked for images of {place.registry}"


def unavailable(said: str, *, reason: Reason = failure_reasons.REGISTRY_UNAVAILABLE) -> Unavailable:
    return Unavailable(f"{said}; nothing changes until that is over", reason=reason)


def unanswered(place: Endpoint, asked: WebOrigin, why: str) -> Unavailable:
    """No answer came at all; `why` is a verb that the host is the subject of."""
    said = f"{asked} {why}{_asked_for(place, asked)}"
    if why.startswith(UNTRUSTED):
        return unavailable(said)  # which says what helps by itself
    remedy = "see whether it runs, and whether its address and the way there (a proxy) are right"
    return Unavailable(
        f"{said}: {remedy}; nothing changes until it answers", reason=failure_reasons.REGISTRY_UNAVAILABLE
    )


def not_json(place: Endpoint, answer: RegistryAnswer, why: str) -> Refused:
    return Refused(
        f"{answer.origin} answered {answer.status} for {place.image} with {why}; "
        "look for a proxy or a login page in between, and at the endpoint of this registry",
        reason=failure_reasons.NOT_JSON,
    )


def too_large(place: Endpoint, came: str, expected: Expected) -> Refused:
    return Refused(
        f"{place.origin} answered {came} when asked for {expected.what} {place.image}, and at most "
        f"{size_of(expected.most)} are read: {expected.remedy}",
        reason=failure_reasons.TOO_LARGE,
    )


def foreign_link(place: Endpoint, answer: RegistryAnswer, target: str) -> Refused:
    return Refused(
        f"{answer.origin} sends us on to {_name(target)} for {place.image}, which is not followed: "
        "a listing stays on its host and scheme; if it is a mirror, configure it as the endpoint",
        reason=failure_reasons.FOREIGN_LINK,
    )


def foreign_realm(place: Endpoint, realm: str) -> Refused:
    return Refused(
        f"{place.origin} wants credentials for {place.image} to be sent to {_name(realm)}, which is not "
        f"trusted; if that is right, add the host to realms of registries.{place.registry} (https only)",
        reason=failure_reasons.FOREIGN_REALM,
    )


def no_index(place: Endpoint, answer: RegistryAnswer, why: str | None = None) -> UpdaterError:
    """The error where no index.yaml came; `why` tells what did, as what the server answered `with`."""
    key = f"registries.{place.registry}"
    if why is not None:
        return Refused(
            f"{answer.url} is no index of Helm charts: {answer.origin} answered {answer.status} with {why}; "
            "look for a login page in between, and whether the address is that of a chart repository",
            reason=failure_reasons.NO_INDEX,
        )
    said = f"{answer.origin} answered {answer.status} for {answer.url}"
    if answer.status in _FORBIDDEN:
        way = "check the credentials of" if place.host.has_credentials else "name credentials under"
        return Refused(f"{said}: {way} {key}", reason=failure_reasons.UNAUTHORIZED)
    if answer.status in _TRANSIENT or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return unavailable(f"{said}: it has a fault or is overloaded")
    way = f"check the address of the repository in {place.image}, behind which the chart's name stands"
    return index_refused(f"{said}: {way}")


def index_refused(sentence: str) -> Refused:
    return Refused(sentence, reason=failure_reasons.NOT_FOUND)


def no_digest(place: Endpoint, url: str, version: str) -> Refused:
    return Refused(
        f"{url} names no digest for {version} of {place.image}, so nobody could tell whether it was "
        "replaced: have the index made by `helm repo index`",
        reason=failure_reasons.NO_INDEX,
    )


def _no_access(place: Endpoint) -> str:
    """Absent and forbidden look alike at GHCR, so both are named."""
    key, what = f"registries.{place.registry}", "chart" if isinstance(place.image, Chart) else "image"
    if place.host.has_credentials:
        hint = " (GHCR takes only a classic token with read:packages)" if place.registry == _GHCR else ""
        return (
            f"there is no such {what}, or the credentials of {key} are wrong, not for {place.origin}, or may "
            f"not read it; check the name and the credentials{hint}"
        )
    return (
        f"there is no such {what}, or it is private and {key} has no credentials; check the name, "
        "or set username_env and password_env, or docker_config"
    )


def _asked_at(place: Endpoint) -> str:
    """Where something else is asked than the image says, that may be wrong as well."""
    key = f"registries.{place.registry}"
    if place.host.prefix is not None:
        return f" (asked at {place.url('')}; see whether prefix of {key}, {place.host.prefix}, is right)"
    if place.host.endpoint is None:
        return ""
    hint = ""
    if urlsplit(place.base).path:
        hint = f"; a mirror that keeps images in a project wants its name as prefix of {key}, not in endpoint"
    return f" (asked at {place.url('')}{hint})"


def _name(url: str) -> str:
    """Only scheme and host: the rest of a stranger's URL may hold anything."""
    try:
        origin = WebOrigin.of(url)
    except ValueError as error:
        return f"a URL that cannot be used ({error})"
    return f"{origin.scheme}://{origin}"
