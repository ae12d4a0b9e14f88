"""To send requests to registries: bounded in time, size and number, credentials only to their host. I/O."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable, Mapping
from threading import Lock
from time import monotonic
from typing import NamedTuple
from urllib.parse import urlencode, urljoin

from urllib3.exceptions import HTTPError

from updater.adapters.bounded_bodies import AnswerTooLarge, read_body
from updater.adapters.no_answer import why_no_answer
from updater.adapters.registry.connections import Connections, WayOut, authorities
from updater.adapters.registry.endpoint import Endpoint, WebOrigin
from updater.adapters.registry.errors import RegistryAnswer, foreign_link, too_large, unanswered
from updater.adapters.registry.expected import Expected
from updater.adapters.registry.retry_after import parse_date, remaining, requested_wait
from updater.adapters.registry.throttle import AT_ONCE, Throttle, ThrottleSettings
from updater.adapters.trust import surrounding_bundle
from updater.errors import Refused
from updater.reasons import failure_reasons
from updater.value_class import value_class

_REDIRECTS = 5
_MOVED = (301, 302, 303, 307, 308)
_FORM = "application/x-www-form-urlencoded"
_WHOLE = 6  # a whole answer may take so many times as long as one read


@value_class
class TransportObserver:
    """Who is told: which host was asked with what status (0: no answer), and how many more it allows."""

    answered: Callable[[str, int], None] = lambda _host, _status: None
    left: Callable[[str, int], None] = lambda _host, _number: None


class _Request(NamedTuple):
    method: str
    url: str
    headers: Mapping[str, str]
    form: Mapping[str, str] | None
    expected: Expected


class Transport:
    """One pool of connections for all hosts; the lines keep each host's images to what it bears."""

    def __init__(
        self,
        timeout: float,
        pacing: ThrottleSettings,
        watch: TransportObserver,
        ca_file: str | None = None,
    ) -> None:
        self._timeout = timeout
        self._pacing = pacing
        self._watch = watch
        self._connections = Connections(AT_ONCE)
        self._believed = ca_file or surrounding_bundle() or authorities()
        self._proxies = urllib.request.getproxies_environment()
        self._lines: dict[WebOrigin, Throttle] = {}
        self._lock = Lock()

    def close(self) -> None:
        self._connections.close()

    def line(self, place: Endpoint) -> Throttle:
        """By the host that is really asked, whatever it is called."""
        with self._lock:
            if place.origin not in self._lines:
                self._lines[place.origin] = Throttle(self._pacing, place.host.requests_per_second)
            return self._lines[place.origin]

    def send(
        self,
        place: Endpoint,
        method: str,
        url: str,
        *,
        expected: Expected,
        authorization: str | None,
        home: WebOrigin,
        form: Mapping[str, str] | None = None,
        conditions: Mapping[str, str] | None = None,
    ) -> RegistryAnswer:
        """The answer after redirects; `authorization` and `form` go to `home`. Raises Unavailable.

        `conditions` are headers that ask whether something has changed.
        """
        assert form is None or WebOrigin.of(url) == home, "a form holds a secret"
        for _ in range(_REDIRECTS):
            headers = {"Accept": expected.accept, **(conditions or {})}
            if authorization is not None and WebOrigin.of(url) == home:
                headers["Authorization"] = authorization
            answer = self._once(place, _Request(method, url, headers, form, expected))
            location = answer.headers.get("location")
            if location is None or answer.status not in _MOVED or form is not None:
                return answer
            url = _redirected(place, answer, location)
        raise Refused(
            f"{place.origin} sends us in circles for {place.image}; look at the endpoint of this registry",
            reason=failure_reasons.REGISTRY_REFUSED,
        )

    def _once(self, place: Endpoint, sent: _Request) -> RegistryAnswer:
        line, host = self.line(place), str(place.origin)
        with line.turn(place):
            try:
                answer = self._exchange(place, sent)
            except AnswerTooLarge as large:
                raise too_large(place, large.came, sent.expected) from None
            except (HTTPError, OSError, ValueError) as error:
                silent = unanswered(place, WebOrigin.of(sent.url), why_no_answer(error))
                line.unanswered(silent)
                self._watch.answered(host, 0)
                raise silent from error
        self._watch.answered(host, answer.status)
        self._note(place, line, answer)
        return answer

    def _exchange(self, place: Endpoint, sent: _Request) -> RegistryAnswer:
        deadline = monotonic() + _WHOLE * self._timeout
        response = self._connections.send(
            self._way(place, WebOrigin.of(sent.url)),
            sent.method,
            sent.url,
            headers=sent.headers if sent.form is None else {**sent.headers, "Content-Type": _FORM},
            body=None if sent.form is None else urlencode(sent.form),
            timeout=(min(self._timeout, 10.0), self._timeout),
        )
        try:
            body = read_body(response, sent.expected.most, deadline)
        finally:
            response.close()  # what is left unread would keep the connection
            response.release_conn()
        names = {
            name.lower(): response.headers[name] for name in response.headers
        }  # those that come twice as one
        return RegistryAnswer(sent.url, response.status, names, body)

    def _way(self, place: Endpoint, origin: WebOrigin) -> WayOut:
        proxies = self._proxies_for(origin)
        proxy = proxies.get(origin.scheme) or proxies.get("all")
        plain = origin.scheme == "http" and proxy is None
        return WayOut(None if plain else place.host.ca_file or self._believed, proxy)

    def _proxies_for(self, origin: WebOrigin) -> dict[str, str]:
        bypasses = urllib.request.proxy_bypass_environment  # type: ignore[attr-defined]  # typeshed lacks it
        direct = origin.is_loopback or bypasses(str(origin), self._proxies)
        return {} if direct else dict(self._proxies)

    def _note(self, place: Endpoint, line: Throttle, answer: RegistryAnswer) -> None:
        """What the answer tells of its host; raises Unavailable where it wants to be left alone."""
        line.answered()
        now = self._pacing.clock()
        date = parse_date(answer.headers.get("date"))
        if date is not None and answer.origin == place.origin:
            line.clock_offset = (date - now).total_seconds()
        left = remaining(answer.headers)
        if left is not None:
            self._watch.left(str(place.origin), left)
        wait = requested_wait(answer.status, answer.headers, answer.body, date or now)
        if wait is not None:
            line.pause(place, answer.status, wait)


def _redirected(place: Endpoint, answer: RegistryAnswer, location: str) -> str:
    """Raise Refused where it leads to less safety than we have."""
    try:
        target = urljoin(answer.url, location)
        origin = WebOrigin.of(target)
    except ValueError:
        raise foreign_link(place, answer, location) from None
    if origin != answer.origin and origin.scheme != "https":
        raise foreign_link(place, answer, target)
    return target
