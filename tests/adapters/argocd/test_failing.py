"""What goes wrong on the way to Argo CD is one sentence, bounded in time, and tells no secret."""

import socket
from contextlib import closing
from time import monotonic

import pytest

from updater.adapters.argocd import ClusterBackend, HttpClient
from updater.errors import Refused, Unavailable
from updater.model import Applications

PATH = "staging"
SHOP = Applications(("shop",))


@pytest.fixture(autouse=True)
def _there(argocd):
    argocd.add("shop", "org/deploy", PATH)


@pytest.mark.parametrize(
    ("status", "error", "says"),
    [
        (401, Refused, "token.* is wrong or has run out"),
        (403, Refused, "the token may not see it|the account may not read Applications there"),
        (404, Refused, "there is none of that name"),
        (400, Refused, "check `argocd.server`"),
        (429, Unavailable, "it has a fault or is overloaded"),
        (500, Unavailable, "it has a fault or is overloaded"),
        (503, Unavailable, "it has a fault or is overloaded"),
    ],
)
def test_each_status_is_a_sentence(argocd, client, status, error, says):
    argocd.fault("/applications", status, body="secret-of-the-server")
    with pytest.raises(error, match=says) as caught:
        client.applications(SHOP)
    assert f"Argo CD at {argocd.host} answered {status}" in caught.value.sentence
    assert "secret" not in caught.value.sentence
    assert argocd.token not in caught.value.sentence


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("<html>log in</html>", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[]", "another shape"),
        ('{"metadata": {}}', "another shape"),
        ('{"metadata": {"name": 5}}', "another shape"),
        ('{"metadata": {"name": "shop"}, "status": {"reconciledAt": "soon"}}', "another shape"),
        ('{"metadata": {"name": "shop"}, "status": {"history": [{"deployedAt": "2026-02-02"}]}}', "another"),
        ('{"metadata": {"name": "shop"}, "status": {"history": {"a": 1}}}', "another shape"),
    ],
)
def test_nonsense_is_refused(argocd, client, body, says):
    argocd.fault("/applications", 200, body=body)
    with pytest.raises(Refused, match=says):
        client.applications(SHOP)


@pytest.mark.parametrize("body", ["[]", '"x"', '{"items": {"a": 1}}', '{"items": [5]}', "null"])
def test_nonsense_for_a_list_is_refused(argocd, client, body):
    argocd.fault("/applications", 200, body=body)
    with pytest.raises(Refused, match="another shape"):
        client.applications(Applications(("shop*",)))


def test_an_answer_that_breaks_off_is_bad_weather(argocd, client):
    argocd.fault("/applications", cut="half")
    with pytest.raises(Unavailable):
        client.applications(SHOP)


def test_a_server_that_is_not_there_is_asked_once_for_all_apps_of_a_pass(argocd, connect, clock):
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        address = f"http://127.0.0.1:{probe.getsockname()[1]}"
    asked = []
    client = connect(server=address, observer=lambda host, code: asked.append((host, code)))
    said = set()
    for number in range(20):
        with pytest.raises(Unavailable, match="cannot be reached") as caught:
            client.applications(Applications((f"shop-{number}",)))
        said.add(caught.value.sentence)
    assert len(said) == 1, "what one app was told is no less true of the next"
    assert "shop" not in said.pop()
    assert [code for _, code in asked] == [0]
    clock.forward(seconds=4)
    with pytest.raises(Unavailable):
        client.applications(SHOP)
    assert len(asked) == 2


def test_a_redirect_is_not_followed_and_the_token_goes_nowhere_else(argocd, hub, client):
    argocd.fault("/applications", 302, headers={"Location": f"{hub.url}/steal"})
    before = len(hub.requests)
    with pytest.raises(Refused, match="leads elsewhere and is not followed"):
        client.applications(SHOP)
    assert len(hub.requests) == before


def test_plain_http_is_for_loopback_only(clock):
    with pytest.raises(ValueError, match="use https"):
        HttpClient("http://argocd.example.org", lambda: "x", clock=clock)
    HttpClient("http://argocd.argocd.svc", lambda: "x", clock=clock, insecure=True).close()


def test_an_authority_that_is_missing_is_said_and_nothing_is_sent(argocd, connect, tmp_path):
    before = len(argocd.requests)
    with pytest.raises(Refused, match=r"`argocd\.ca_file` is not there"):
        connect(ca_file=str(tmp_path / "ca.crt")).applications(SHOP)
    assert len(argocd.requests) == before


def test_a_wrong_token_is_told_without_showing_it(connect):
    with pytest.raises(Refused, match="its token is wrong") as caught:
        connect(token="wrong-token").applications(SHOP)
    assert "wrong-token" not in str(caught.value)


def test_a_server_that_drips_does_not_outlast_its_deadline(connect, monkeypatch):
    from updater.adapters.argocd import http_client

    monkeypatch.setattr(http_client, "_WHOLE", 0)
    start = monotonic()
    with pytest.raises(Unavailable, match="did not answer in time"):
        connect().applications(SHOP)
    assert monotonic() - start < 5


def test_an_answer_without_end_is_cut_off(connect, argocd, monkeypatch):
    from updater.adapters.argocd import http_client

    monkeypatch.setattr(http_client, "LARGEST", 100)
    with pytest.raises(Refused, match="at once"):
        connect().applications(SHOP)


def test_kubernetes_says_what_is_missing_and_argo_cd_what_it_hides(argocd, connect):
    argocd.closed = {"team-a"}
    elsewhere, cluster = Applications(("shop",), namespace="team-a"), ClusterBackend("argocd")
    with pytest.raises(Refused) as caught:
        connect(cluster).applications(elsewhere)
    assert caught.value.sentence == (
        f"the cluster of Argo CD at {argocd.host} answered 403 for the Application shop in the namespace "
        "team-a: the account may not read Applications there; give it a Role with get and list on "
        "applications.argoproj.io in that namespace"
    )
    with pytest.raises(Refused, match=r"may `get` it: p, ROLE, applications, get, PROJECT/NAME, allow"):
        connect().applications(elsewhere)


def test_the_token_of_an_account_is_no_token_of_argo_cd(connect):
    with pytest.raises(Refused, match="does not take the account's token, which is wrong or has run out"):
        connect(ClusterBackend("argocd"), token="old").applications(SHOP)
