"""A refresh reaches every Application that it is meant for, and waits for none."""

import threading
from time import monotonic

import pytest

from updater.errors import Refused, UpdaterError
from updater.model import Applications

PATH = "staging/kustomization.yaml"


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
