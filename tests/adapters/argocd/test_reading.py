"""What Argo CD says of Applications arrives as it said it, by whichever API."""

import pytest

from updater.errors import Refused
from updater.model import Applications, Deployment

PATH = "staging/kustomization.yaml"


def names(found):
    return [each.name for each in found]


def test_a_synced_application_is_read_whole(argocd, client, hub, clock):
    argocd.add("shop-staging", "org/deploy", PATH)
    (found,) = client.applications(Applications(("shop-staging",)))
    head = hub.head("org/deploy", "main")
    assert (found.sync, found.revisions, found.health) == ("Synced", (head,), "Healthy")
    assert (found.phase, found.finished, found.reconciled) == ("Succeeded", clock(), clock())
    assert found.history == (Deployment((head,), clock()),)
    assert found.health_since == clock()


def test_its_history_is_told_oldest_first(argocd, client, bump, clock):
    argocd.add("shop-staging", "org/deploy", PATH)
    first, second = argocd.application("shop-staging").live, bump()
    clock.forward(minutes=3)
    argocd.poll()
    (found,) = client.applications(Applications(("shop-staging",)))
    assert [entry.revisions for entry in found.history] == [(first,), (second,)]


def test_a_version_that_does_not_tell_since_when_is_read_all_the_same(argocd, client):
    argocd.tells_health_since = False
    argocd.add("shop-staging", "org/deploy", PATH)
    (found,) = client.applications(Applications(("shop-staging",)))
    assert found.health_since is None


def test_a_pattern_finds_all_of_that_name(argocd, client):
    for name in ("shop-api-staging", "shop-worker-staging", "shop-production", "blog-staging"):
        argocd.add(name, "org/deploy", PATH)
    found = client.applications(Applications(("shop-*-staging",)))
    assert names(found) == ["shop-api-staging", "shop-worker-staging"]


def test_a_selector_finds_all_with_these_labels(argocd, client):
    argocd.add("one", "org/deploy", PATH, labels={"app": "shop", "env": "staging"})
    argocd.add("two", "org/deploy", PATH, labels={"app": "shop", "env": "staging"})
    argocd.add("three", "org/deploy", PATH, labels={"app": "shop", "env": "production"})
    found = client.applications(Applications(selector="app=shop,env=staging"))
    assert names(found) == ["one", "two"]


def test_what_nothing_matches_is_empty(client):
    assert client.applications(Applications(("shop-*",))) == ()
    assert client.applications(Applications(selector="app=shop")) == ()


def test_several_names_are_all_of_them(argocd, client):
    argocd.add("one", "org/deploy", PATH)
    argocd.add("two", "org/deploy", PATH)
    assert names(client.applications(Applications(("two", "one")))) == ["one", "two"]


def test_one_that_is_missing_among_several_is_said(argocd, client):
    argocd.add("one", "org/deploy", PATH)
    with pytest.raises(Refused, match="the Application two: there is none of that name, or the token may"):
        client.applications(Applications(("one", "two")))


def test_another_namespace_is_asked_where_it_is_named(argocd, client):
    argocd.add("shop", "org/deploy", PATH, namespace="team-a")
    assert names(client.applications(Applications(("shop",), namespace="team-a"))) == ["shop"]
    assert names(client.applications(Applications(("s*",), namespace="team-a"))) == ["shop"]
    with pytest.raises(Refused):
        client.applications(Applications(("shop",)))


def test_a_thousand_apps_with_a_pattern_cost_one_list_a_pass(argocd, client, clock):
    argocd.add("shop-staging", "org/deploy", PATH)
    before = len(argocd.requests)
    for number in range(50):
        client.applications(Applications((f"app{number}-*",)))
    assert len(argocd.requests) - before == 1
    clock.forward(seconds=5)
    client.applications(Applications(("app*",)))
    assert len(argocd.requests) - before == 2


def test_people_find_its_page(argocd, connect):
    argocd.add("shop-staging", "org/deploy", PATH)
    (found,) = connect().applications(Applications(("shop-staging",)))
    assert found.url == f"{argocd.url}/applications/shop-staging"


def test_several_sources_are_several_revisions(argocd, connect):
    one = argocd.add("shop", "org/deploy", PATH)
    told = one.shown(tells_health_since=True)
    told["status"]["sync"] = {"status": "Synced", "revisions": ["a" * 40, "1.2.3"]}
    import json

    argocd.fail_next(1, 200, body=json.dumps(told), matching="/applications/shop")
    (found,) = connect().applications(Applications(("shop",)))
    assert found.revisions == ("a" * 40, "1.2.3")
