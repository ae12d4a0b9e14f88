"""What Argo CD says of Applications arrives as it said it, by whichever API."""

from dataclasses import replace
from itertools import pairwise

import pytest

from updater.adapters.argocd import Memory
from updater.errors import Refused
from updater.model import Applications, Deployment, Revision, Source
from updater.sandbox.argocd import Source as Applied

PATH = "staging"


def names(found):
    return [each.name for each in found]


def shas(found):
    return [tuple(revision.sha for revision in entry.revisions) for entry in found.history]


def test_a_synced_application_is_read_whole(argocd, client, hub, clock):
    argocd.add("shop-staging", "org/deploy", PATH)
    (found,) = client.applications(Applications(("shop-staging",)))
    head = hub.head("org/deploy", "main")
    assert (found.namespace, found.sync, found.health) == ("argocd", "Synced", "Healthy")
    assert (found.phase, found.finished, found.reconciled) == ("Succeeded", clock(), clock())
    assert found.sources == (Source(hub.clone_url("org/deploy"), PATH, "main"),)
    assert found.history == (Deployment((Revision(head, found.sources[0]),), clock(), 0),)
    assert found.health_since == clock()


def test_its_history_is_told_oldest_first(argocd, client, bump, clock):
    argocd.add("shop-staging", "org/deploy", PATH)
    first, second = argocd.application("shop-staging").live, bump()
    clock.forward(minutes=3)
    argocd.poll()
    (found,) = client.applications(Applications(("shop-staging",)))
    assert shas(found) == [(first,), (second,)]


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
    with pytest.raises(Refused, match=r"the Application two.*: there is none of that name"):
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


def test_several_sources_are_several_revisions_each_of_its_own_source(argocd, client, hub):
    """As for a chart whose values stand in the deploy repository."""
    values = Applied(hub.clone_url("org/deploy"), ref="values")
    chart = Applied(
        "https://charts.example.org", target="1.2.3", chart="shop", value_files=("$values/a/v.yaml",)
    )
    argocd.add_several("shop", [chart, values])
    (found,) = client.applications(Applications(("shop",)))
    assert shas(found) == [("1.2.3", hub.head("org/deploy", "main"))]
    rendered, lent = (revision.source for revision in found.history[0].revisions)
    assert (rendered.path, rendered.files) == (None, ())
    assert (lent.path, lent.files) == (None, ("a/v.yaml",))


@pytest.mark.parametrize(
    ("override", "names"),
    [
        ("ghcr.io/org/shop:1.2.3", ("ghcr.io/org/shop",)),
        ("shop=ghcr.io/org/shop:1.2.3", ("shop", "ghcr.io/org/shop")),
        ("localhost:5000/org/shop@sha256:abc", ("localhost:5000/org/shop",)),
        ("localhost:5000/org/shop", ()),
        ("shop=ghcr.io/org/shop", ()),
        ("", ()),
    ],
)
def test_an_application_may_set_images_itself(argocd, connect, hub, override, names):
    argocd.add_several("shop", [Applied(hub.clone_url("org/deploy"), PATH, images=(override,))])
    (found,) = connect().applications(Applications(("shop",)))
    assert found.sources[0].images == names


@pytest.mark.parametrize(
    ("helm", "paths"),
    [
        ({"parameters": [{"name": "image.tag", "value": "1.2.3"}]}, ("image.tag",)),
        ({"parameters": [{"name": "image.tag", "value": "1", "forceString": True}]}, ("image.tag",)),
        ({"fileParameters": [{"name": "image", "path": "a.txt"}]}, ("image",)),
        ({"values": "image:\n  tag: 1.2.3\nreplicas: 2\n"}, ("image.tag", "replicas")),
        ({"valuesObject": {"image": {"tag": "1"}, "all": [{"tag": "2"}]}}, ("image.tag", "all.0.tag")),
        ({"values": "image: {tag: 1}"}, ("image.tag",)),
        ({"parameters": [{"value": "1"}]}, ("*",)),
        ({"values": "a: *nothing"}, ("*",)),
        ({"values": "a: 1 # " + "x" * 70_000}, ("*",)),
        ({"values": "[" * 3_000}, ("*",)),
        ({"values": "a: 1\na: 2"}, ("*",)),
        ({"values": "# nothing\n"}, ()),
        ({"values": ""}, ()),
        ({"valuesObject": {str(number): 1 for number in range(6_000)}}, ("*",)),
        ({"releaseName": "x"}, ()),
    ],
)
def test_an_application_may_set_values_itself(argocd, connect, hub, helm, paths):
    argocd.add_several("shop", [Applied(hub.clone_url("org/deploy"), PATH, helm=helm)])
    (found,) = connect().applications(Applications(("shop",)))
    assert found.sources[0].values == paths
    assert found.history[0].revisions[0].source.values == paths


def test_values_that_many_aliases_make_of_little_are_not_read_one_by_one(argocd, connect, hub):
    names = "abcdefghij"
    lines = ["a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]" for old, new in pairwise(names)]
    helm = {"values": "\n".join(lines)}
    argocd.add_several("shop", [Applied(hub.clone_url("org/deploy"), PATH, helm=helm)])
    (found,) = connect().applications(Applications(("shop",)))
    assert found.sources[0].values == ("*",)


def test_who_renders_files_of_another_source_with_values_of_its_own_has_the_last_word(argocd, connect, hub):
    lent = Applied(hub.clone_url("org/deploy"), ref="values")
    helm = {"parameters": [{"name": "image.tag", "value": "1"}]}
    chart = Applied("https://charts.example.org", chart="shop", value_files=("$values/v.yaml",), helm=helm)
    argocd.add_several("shop", [chart, lent])
    (found,) = connect().applications(Applications(("shop",)))
    assert [source.values for source in found.sources] == [("image.tag",), ("image.tag",)]


def test_a_patch_that_speaks_of_an_image_may_set_any(argocd, connect, hub):
    place = hub.clone_url("org/deploy")
    for patch, images in (
        ("- op: replace\n  path: /spec/image\n  value: x:1", ("*",)),
        ("imagePullPolicy: x", ()),
    ):
        argocd.add_several("shop", [Applied(place, PATH, patches=(patch,))])
        (found,) = connect().applications(Applications(("shop",)))
        assert found.sources[0].images == images


@pytest.mark.parametrize("url", ["https://bot:secret@h/org/deploy", "ssh://git:secret@h/org/deploy"])
def test_credentials_in_an_address_stay_there(argocd, connect, url, clock, tmp_path):
    argocd.add("shop", "org/deploy", PATH)
    one = argocd.application("shop")
    one.history = [replace(each, sources=(Applied(url, PATH),)) for each in one.history]
    (found,) = connect(memory=Memory(tmp_path, clock)).applications(Applications(("shop",)))
    (revision,) = found.last.revisions
    assert revision.source.repository == f"{url.partition(':')[0]}://h/org/deploy"
    (file,) = tmp_path.iterdir()
    assert "secret" not in file.read_text()


def test_a_list_says_as_much_as_a_name(argocd, client, bump):
    """Argo CD drops from a list what is not on its own list of fields, among it the history."""
    argocd.add("shop", "org/deploy", PATH, labels={"app": "shop"})
    bump()
    argocd.poll()
    (by_name,) = client.applications(Applications(("shop",)))
    assert len(by_name.history) == 2
    for wanted in (Applications(selector="app=shop"), Applications(("sh*",))):
        (found,) = client.applications(wanted)
        assert replace(found, url=by_name.url) == by_name


def test_one_name_in_two_namespaces_is_two_applications(argocd, connect):
    argocd.add("shop", "org/deploy", PATH)
    argocd.add("shop", "org/deploy", PATH, namespace="team-a")
    found = connect().applications(Applications(("sh*",)))
    assert [(one.namespace, one.label) for one in found] == [
        ("argocd", "argocd/shop"),
        ("team-a", "team-a/shop"),
    ]
    assert found[1].url == f"{argocd.url}/applications/team-a/shop"


# --- history that is cut --------------------------------------------------------------------------------


@pytest.fixture
def restarted(connect, way, clock, tmp_path):
    def restarted(*, forgetful=False):
        return connect(way, memory=None if forgetful else Memory(tmp_path, clock))

    return restarted


@pytest.mark.parametrize("limit", [0, 1, 2])
def test_what_was_seen_once_is_remembered_by_another_process(argocd, restarted, bump, clock, limit):
    argocd.add("shop", "org/deploy", PATH, limit=limit)
    synced = []
    for _ in range(4):
        clock.forward(minutes=5)
        synced.append((bump(),))
        argocd.poll()
        (found,) = restarted().applications(Applications(("shop",)))
    assert shas(found)[-4:] == synced
    (fresh,) = restarted(forgetful=True).applications(Applications(("shop",)))
    assert shas(fresh) == synced[-max(limit, 1) :]


def test_an_application_made_anew_has_no_past(argocd, connect, bump, clock, tmp_path):
    connected = connect(memory=Memory(tmp_path, clock))
    argocd.add("shop", "org/deploy", PATH)
    connected.applications(Applications(("shop",)))
    argocd.remove("shop")
    new = bump()
    argocd.add("shop", "org/deploy", PATH)
    (found,) = connected.applications(Applications(("shop",)))
    assert shas(found) == [(new,)]


def test_a_sync_of_some_resources_is_none_of_the_whole(argocd, client, bump):
    argocd.add("shop", "org/deploy", PATH, limit=0)
    bump()
    argocd.sync("shop", partial=True)
    (found,) = client.applications(Applications(("shop",)))
    assert found.history == ()


def test_a_memory_that_is_damaged_costs_the_past_and_nothing_else(argocd, connect, clock, tmp_path):
    argocd.add("shop", "org/deploy", PATH)
    connect(memory=Memory(tmp_path, clock)).applications(Applications(("shop",)))
    (file,) = tmp_path.iterdir()
    for text in ("", "{", "[]", '{"v":1}', '{"v":1,"sources":[],"syncs":[[0,1e99,[["a",7]]]],"unwell":[1]}'):
        file.write_text(text)
        (found,) = connect(memory=Memory(tmp_path, clock)).applications(Applications(("shop",)))
        assert len(found.history) == 1


def test_who_was_ill_before_a_sync_is_ill_since_then(argocd, client, clock):
    argocd.add("shop", "org/deploy", PATH)
    argocd.degrade("shop")
    began = clock()
    for health in ("Degraded", "Progressing", "Degraded"):
        argocd.turn("shop", health)
        (found,) = client.applications(Applications(("shop",)))
        clock.forward(minutes=4)
    assert found.unwell_since == began
    argocd.turn("shop", "Healthy")
    (found,) = client.applications(Applications(("shop",)))
    assert found.unwell_since is None
    argocd.degrade("shop")
    clock.forward(hours=1)
    (found,) = client.applications(Applications(("shop",)))
    assert found.unwell_since == found.health_since
