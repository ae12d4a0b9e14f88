"""Whoever is asked over HTTP: what failed is named, the same at every adapter, and no address is quoted."""

import ssl

import pytest
import requests
from urllib3.exceptions import MaxRetryError, NameResolutionError, NewConnectionError, ProtocolError, SSLError

from updater.adapters.no_answer import REMEDY, why_no_answer


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (
            SSLError(ssl.SSLCertVerificationError("self-signed")),
            f"has a certificate that cannot be verified ({REMEDY})",
        ),
        (NameResolutionError("ghe.example.org", None, OSError()), "has an address that does not resolve"),
        (NewConnectionError(None, "refused"), "cannot be reached"),
        (ProtocolError("reset"), "broke off its answer"),
    ],
)
def test_a_certificate_is_not_a_host_that_cannot_be_reached(cause, words):
    error = requests.ConnectionError(MaxRetryError(None, "https://hush@ghe.example.org/secret", cause))
    assert why_no_answer(error) == words
