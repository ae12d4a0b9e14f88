"""Whoever is asked over HTTP: what failed is named, the same at every adapter, and no address is quoted."""

import ssl

import pytest
import requests
from urllib3.exceptions import MaxRetryError, NameResolutionError, NewConnectionError, ProtocolError, SSLError

from updater.adapters.argocd.errors import untrusted
from updater.adapters.no_answer import REMEDY, why_no_answer
from updater.adapters.prometheus.errors import MonitoringTarget


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


@pytest.mark.parametrize("number", [85, 92])
def test_a_certificate_that_only_strict_clients_refuse_is_no_stranger_s(number):
    """Python 3.13 is strict: who names the authority again would get no further."""
    doubt = ssl.SSLCertVerificationError("whatever OpenSSL says")
    doubt.verify_code = number
    error = requests.ConnectionError(MaxRetryError(None, "https://ghe.example.org/", SSLError(doubt)))
    said = why_no_answer(error)
    assert "not made as RFC 5280 asks" in said
    assert REMEDY not in said
    told = [
        untrusted("argocd.example.org", error),
        MonitoringTarget("Prometheus", "p", "prometheus").untrusted(error),
    ]
    assert all("not made as RFC 5280 asks" in each.sentence for each in told)
