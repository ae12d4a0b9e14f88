"""To call the receivers of Flux, whose addresses are secrets. I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError

from updater.adapters.no_answer import why_no_answer
from updater.adapters.proxies import proxies_for
from updater.adapters.timed_adapter import TimedAdapter
from updater.adapters.trust import surrounding_bundle
from updater.clear_text import is_loopback
from updater.errors import Refused, Unavailable
from updater.reasons import failure_reasons
from updater.value_class import value_class

_TIMEOUT = (5.0, 10.0)
"""Seconds of silence, when connecting and when reading."""


@value_class
class Receiver:
    address: Callable[[], str | None]
    """Asked for with each call, so that a renewed one is picked up."""
    insecure: bool = False


class FluxReceivers:
    """No sentence has an address in it, nor what a library says of one."""

    def __init__(self, receivers: Mapping[str, Receiver], ca_file: str | None = None) -> None:
        """`ca_file` has all who are believed; without one that is for the environment to say."""
        self._receivers = dict(receivers)
        self._believed = ca_file or surrounding_bundle() or True

    def call(self, receiver: str) -> None:
        address = self._receivers[receiver].address() or ""
        if not _is_safe(address, insecure=self._receivers[receiver].insecure):
            raise Refused(
                f"what {receiver} holds is no address that is called: https is needed, or insecure: true",
                reason=failure_reasons.FLUX_REFUSED,
            )
        self._judge(receiver, _post(receiver, address, self._believed))

    def _judge(self, receiver: str, status: int) -> None:
        said = f"the Flux receiver of {receiver} answered {status}"
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS:
            raise Unavailable(
                f"{said}; Flux sees what is new at its next interval", reason=failure_reasons.FLUX_UNAVAILABLE
            )
        if status not in range(200, 300):
            raise Refused(
                f"{said}: check the address, its path changes with its token",
                reason=failure_reasons.FLUX_REFUSED,
            )


def _post(receiver: str, address: str, believed: str | bool) -> int:
    try:
        with requests.Session() as session:
            session.trust_env = False
            for scheme in ("https://", "http://"):
                session.mount(scheme, TimedAdapter())
            with session.post(
                address,
                json={},
                headers={"User-Agent": "updater"},
                proxies=proxies_for(address),
                verify=believed,
                timeout=_TIMEOUT,
                allow_redirects=False,
                stream=True,
            ) as response:
                return response.status_code
    except (requests.RequestException, HTTPError, OSError, ValueError) as error:
        raise Unavailable(
            f"the Flux receiver of {receiver} {why_no_answer(error)}; "
            "Flux sees what is new at its next interval",
            reason=failure_reasons.FLUX_UNAVAILABLE,
        ) from None  # what the libraries say quotes the address


def _is_safe(address: str, *, insecure: bool) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    plain = parts.scheme == "http" and (insecure or is_loopback(parts.hostname))
    return bool(parts.hostname) and (parts.scheme == "https" or plain)
