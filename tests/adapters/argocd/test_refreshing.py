"""A refresh reaches every Application that it is meant for, and waits for none."""

import threading
from time import monotonic

import pytest

from updater.adapters.argocd import ClusterBackend
from updater.errors import Refused, UpdaterError
from updater.model import Applications

PATH = "staging"


def test_a_refresh_makes_it_look_and_sync(argocd, client, bump):
    argocd.add("shop", "org/deploy", PATH)
    new = bump()
    client.refresh([Applications(("shop",))])
    assert argocd.application("shop").live == new


def test_all_that_a_pattern_or_selector_finds_are_refreshed(argocd, client):
    for name in ("shop-a", "shop-b", "blog"):
        argocd.add(name, "org/deploy", PATH, labels={"app": name})
    client.refresh([Applications(("shop-*",)), Applications(selector="app=blog")])
    assert [argocd.application(name).refreshes for name in ("shop-a", "shop-b", "blog")] == [1, 1, 1]


def test_one_that_cannot_be_refreshed_keeps_no_other_from_it(argocd, client):
    argocd.add("shop", "org/deploy", PATH)
    with pytest.raises(Refused, match="a refresh of the Application gone"):
        client.refresh([Applications(("gone",)), Applications(("shop",))])
    assert argocd.application("shop").refreshes == 1


def test_what_takes_long_is_not_waited_for(argocd, connect, monkeypatch):
    from updater.adapters.argocd import backends

    monkeypatch.setattr(backends, "_BRIEFLY", 0.2)
    argocd.add("shop", "org/deploy", PATH)
    over, looked = threading.Event(), argocd.look
    monkeypatch.setattr(argocd, "look", lambda name: (over.wait(5), looked(name)))
    start = monotonic()
    connect().refresh([Applications(("shop",))])
    assert monotonic() - start < 2
    over.set()


def test_a_server_away_is_said(argocd, client):
    argocd.fault("/applications", 503)
    with pytest.raises(UpdaterError, match="503"):
        client.refresh([Applications(("shop",))])


def test_a_refresh_names_the_namespace_of_each(argocd, client, connect):
    for namespace in ("argocd", "team-a"):
        argocd.add("shop", "org/deploy", PATH, namespace=namespace, labels={"app": "shop"})
    connect().refresh([Applications(selector="app=shop")])
    assert [argocd.application(name).refreshes for name in ("shop", "team-a/shop")] == [1, 1]
    client.refresh([Applications(("s*",), namespace="team-a")])
    assert argocd.application("team-a/shop").refreshes == 2


def test_one_of_a_pattern_that_cannot_be_refreshed_keeps_no_other_from_it(argocd, connect):
    for name in ("shop-a", "shop-b"):
        argocd.add(name, "org/deploy", PATH)
    argocd.fail_next(1, 403, matching="refresh=normal")
    with pytest.raises(Refused, match="a refresh of the Application shop-a"):
        connect().refresh([Applications(("shop-*",))])
    assert argocd.application("shop-b").refreshes == 1


def test_an_account_that_only_reads_is_told_what_a_refresh_needs(argocd, connect):
    argocd.add("shop", "org/deploy", PATH)
    client = connect(ClusterBackend("argocd"))
    client.try_refresh(Applications(("shop",)))
    assert argocd.application("shop").refreshes == 0, "a trial changes nothing"
    argocd.read_only = True
    assert client.applications(Applications(("shop",)))
    for act in (lambda wanted: client.refresh([wanted]), client.try_refresh):
        with pytest.raises(Refused, match="may read Applications and not refresh them; give its Role patch"):
            act(Applications(("shop",)))


def test_whoever_may_read_at_argo_cd_may_refresh(argocd, connect):
    argocd.add("shop", "org/deploy", PATH)
    connect().try_refresh(Applications(("shop",)))
    assert argocd.application("shop").refreshes == 0
