"""Nobody who answers us slowly can keep us: whatever drips, each request has an end."""

import socket
import time
from datetime import UTC, datetime

import pytest
import requests
from world.slow import KINDS, Slow, Unhurried

from updater.adapters import flux, forge_probe
from updater.adapters.argocd import ArgoCDClient, HttpClient, ServerBackend
from updater.adapters.argocd import http_client as argocd_client
from updater.adapters.azure import AzureForge
from updater.adapters.bitbucket import BitbucketForge
from updater.adapters.bounded_answers import BoundedAdapter
from updater.adapters.flux import FluxReceivers, Receiver
from updater.adapters.gitea import GiteaForge
from updater.adapters.github import GitHubForge
from updater.adapters.gitlab import GitLabForge
from updater.adapters.prometheus import MonitoringClient, MonitoringTarget
from updater.adapters.prometheus import http_client as prometheus_client
from updater.adapters.registry import EndpointHost, RegistryClient
from updater.adapters.timed_adapter import TimedAdapter
from updater.errors import Unavailable
from updater.model import Applications, Image

SILENCE = 0.1
"""Seconds, in place of the ten or fifteen of each adapter."""
AT_MOST = 3.0
"""Seconds: a GET is tried twice, and the machine may be busy. Dripped headers have no end of their own."""


def now():
    return datetime.now(UTC)


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """Every adapter as it is, only in a hurry."""
    monkeypatch.setattr(flux, "_TIMEOUT", (SILENCE, SILENCE))
    monkeypatch.setattr(forge_probe, "_SECONDS", SILENCE)
    monkeypatch.setattr(argocd_client, "_CONNECT", SILENCE)
    monkeypatch.setattr(argocd_client.Ask.__init__, "__defaults__", _hurried(argocd_client.Ask))
    monkeypatch.setattr(prometheus_client, "_READ", SILENCE)
    sent = BoundedAdapter.send
    monkeypatch.setattr(
        BoundedAdapter, "send", lambda *words, **named: sent(*words, **{**named, "timeout": SILENCE})
    )


def _hurried(kind):
    return (*kind.__init__.__defaults__[:-1], SILENCE)


def forge(kind, name="org/deploy", path=""):
    return lambda url: kind(name, api=url + path, token=lambda: "t", clock=now).pull_requests()


def argocd(url):
    client = ArgoCDClient(HttpClient(url, lambda: "t", clock=now), ServerBackend(), clock=now)
    return client.applications(Applications(("shop",)))


def prometheus(url):
    target = MonitoringTarget("Prometheus", url.partition("//")[2], "prometheus")
    return MonitoringClient(url, target, None, clock=now).get("/api/v1/query", {"query": "up"}, "up")


def receiver(url):
    FluxReceivers({"shop": Receiver(lambda: f"{url}/hook/secret")}).call("shop")


def registry(url):
    with RegistryClient({"ghcr.io": EndpointHost(endpoint=url)}, timeout=SILENCE) as client:
        return client.tags(Image.parse("ghcr.io/org/shop"))


ASKED = {
    "github": forge(GitHubForge),
    "gitlab": forge(GitLabForge, path="/api/v4"),
    "gitea": forge(GiteaForge, path="/api/v1"),
    "bitbucket": forge(BitbucketForge, path="/2.0"),
    "azure": forge(AzureForge, "org/_git/deploy"),
    "argocd": argocd,
    "prometheus": prometheus,
    "flux": receiver,
    "registry": registry,
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("who", ASKED)
def test_a_slow_server_is_left_in_time_and_said(who, kind):
    began = time.monotonic()
    with Slow(kind) as server:
        if (who, kind) == ("flux", "body"):  # whose answer is its status alone
            ASKED[who](server.url)
        else:
            with pytest.raises(Unavailable, match="did not answer in time"):
                ASKED[who](server.url)
    assert time.monotonic() - began < AT_MOST


def test_who_is_slow_with_headers_may_pause_as_long_as_others_before_the_body():
    """A reading of headers that was cut short at their end does not cut the reading of the body short."""
    silence = 0.5
    with Unhurried(headers=1.7 * silence, pause=0.6 * silence) as server, requests.Session() as session:
        session.mount("http://", TimedAdapter())
        assert session.get(server.url, timeout=silence).text == "ok"


@pytest.mark.parametrize("kind", KINDS)
def test_nor_does_a_probe_for_the_kind_of_a_forge_stay(kind):
    class Sign:
        path, header, key = "/api/v1/version", None, "version"

    began = time.monotonic()
    with Slow(kind) as server:
        assert forge_probe.recognized(server.url, [Sign()]) is None
    assert time.monotonic() - began < AT_MOST


def test_through_a_proxy_that_drips_it_is_the_same(monkeypatch):
    began = time.monotonic()
    with Slow("headers") as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        with pytest.raises(Unavailable):
            ASKED["github"]("https://git.example.org")
    assert time.monotonic() - began < AT_MOST


@pytest.mark.parametrize("who", ASKED)
def test_a_name_that_does_not_resolve_is_said_and_asked_again_later(who, monkeypatch):
    def unresolved(*_words, **_named):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unresolved)
    with pytest.raises(Unavailable, match="resolve"):
        ASKED[who]("https://nobody.example")
