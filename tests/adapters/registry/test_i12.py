"""Credentials of every kind against every way to lure them away. I9, I12."""

import json
import os
import stat
import traceback
from base64 import b64encode

import pytest

from updater.adapters.registry import DockerConfig, EndpointHost, Helper, Helpers
from updater.errors import Refused, UpdaterError
from updater.model import Image
from updater.sandbox.exchange import Answer, answer_json

SECRET = "hushHushHush"
BASIC = b64encode(f"bot:{SECRET}".encode()).decode()
KINDS = ("plain", "auth", "identitytoken", "registrytoken", "helper", "helper-identity")


def _entry(kind):
    entries = {"auth": {"auth": BASIC}, "identitytoken": {"identitytoken": SECRET}}
    return entries.get(kind, {"registrytoken": SECRET})


@pytest.fixture(params=KINDS)
def known(request, tmp_path, monkeypatch):
    """The settings of a host that knows us in one of the ways."""
    kind = request.param
    if kind == "plain":
        return lambda _: {"username": "bot", "password": SECRET}
    if kind.startswith("helper"):
        name = "<token>" if kind == "helper-identity" else "bot"
        program = tmp_path / "docker-credential-ours"
        program.write_text(f'#!/bin/sh\necho \'{{"Username": "{name}", "Secret": "{SECRET}"}}\'\n')
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
        return lambda _: {"keyring": Helper("ours", Helpers())}

    def configured(server):
        path = tmp_path / "config.json"
        path.write_text(json.dumps({"auths": {server.host: _entry(kind)}}))
        return {"keyring": DockerConfig(path, Helpers())}

    return configured


def bearer(realm):
    return Answer(401, headers={"WWW-Authenticate": f'Bearer realm="{realm}",service="s"'})


def leaked(server):
    """Whatever of a secret this server has seen: header, body or URL."""
    seen = [(request.target, *request.headers.values(), request.body.decode()) for request in server.seen]
    return [text for texts in seen for text in texts if SECRET in text or BASIC in text]


def refused(client, image):
    with pytest.raises(UpdaterError) as caught:
        client.tags(image)
    told = "".join(traceback.format_exception(caught.value)) + repr(vars(client))
    assert SECRET not in told
    assert BASIC not in told
    return caught.value.code


def test_each_kind_opens_a_private_image(registry, client_for, shop, known, request):
    if "registrytoken" in request.node.callspec.id:
        registry._tokens[SECRET] = frozenset({shop.name})
    registry.push(shop.name, "1")
    registry.make_private(shop.name, "bot", SECRET)

    assert client_for(registry, **known(registry)).tags(shop) == ("1",)
    assert all(SECRET not in recorded.path for recorded in registry.requests)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_i12_a_hostile_realm_gets_nothing(serve, client_for, shop, known, scheme):
    other = serve(lambda _: answer_json({"token": "t"}))
    server = serve(lambda _: bearer(f"{scheme}://{other.host}/token"))

    assert refused(client_for(server, **known(server)), shop) in {"foreign_realm", "unauthorized"}
    assert other.seen == []


def test_i12_a_realm_whose_host_can_be_read_in_two_ways_gets_nothing(serve, client_for, shop, known):
    """Before a backslash stands the host that is asked, and behind it one that is trusted."""
    other = serve(lambda _: answer_json({"token": "t"}))
    server = serve(lambda _: bearer(f"http://{other.host}\\\\[::1]/token"))  # a quoted text has it twice
    client = client_for(server, realms=("[::1]",), **known(server))

    assert refused(client, shop) in {"foreign_realm", "unauthorized"}
    assert other.seen == []


def test_i12_a_realm_without_encryption_gets_nothing_though_it_is_trusted(serve, client_for, shop, known):
    server = serve(lambda _: bearer("http://far.example/token"))
    client = client_for(server, realms=("far.example",), **known(server))

    assert refused(client, shop) in {"foreign_realm", "unauthorized"}


@pytest.mark.parametrize("status", [302, 307, 308])
def test_i12_a_realm_that_redirects_sends_nothing_on(serve, client_for, shop, known, status):
    other = serve(lambda _: answer_json({"token": "t"}))

    def script(request):
        if request.path == "/token":
            return Answer(status, headers={"Location": f"{other.url}/token"})
        return bearer(f"{server.url}/token")

    server = serve(script)
    refused(client_for(server, **known(server)), shop)

    assert other.seen == []
    assert not [text for text in leaked(server) if text.startswith("/")], "never in a URL"


@pytest.mark.parametrize("challenge", ["basic", "bearer"])
@pytest.mark.parametrize("lure", ["link", "redirect"])
def test_i12_an_answer_that_leads_elsewhere_takes_nothing_along(
    serve, client_for, shop, *, known, lure, challenge
):
    other = serve(lambda _: answer_json({"tags": ["1"]}))

    def script(request):
        if request.path == "/token":
            return answer_json({"token": "t"})
        if "authorization" not in request.headers:
            asked = {"WWW-Authenticate": 'Basic realm="r"'}
            return Answer(401, headers=asked) if challenge == "basic" else bearer(f"{server.url}/token")
        if lure == "redirect":
            return Answer(307, headers={"Location": f"{other.url}/v2/"})
        return answer_json({"tags": ["1"]}, headers={"Link": f'<{other.url}/v2/>; rel="next"'})

    server = serve(script)

    assert refused(client_for(server, **known(server)), shop) in {"foreign_link", "unauthorized"}
    assert other.seen == []


def test_i12_another_registry_gets_nothing(serve, client_for, shop, known):
    other = serve(lambda _: Answer(401, headers={"WWW-Authenticate": 'Basic realm="r"'}))
    server = serve(lambda _: answer_json({"tags": []}))
    client = client_for(server, hosts={"other.example": EndpointHost(endpoint=other.url)}, **known(server))

    assert refused(client, Image("other.example", "org/shop")) == "unauthorized"
    assert leaked(other) == []


def test_i12_a_login_for_a_registry_is_not_sent_to_its_mirror(serve, client_for, shop, tmp_path):
    """The login of an imagePullSecret is for the host it names."""
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"auths": {"ghcr.io": {"auth": BASIC}}}))
    mirror = serve(lambda _: Answer(401, headers={"WWW-Authenticate": 'Basic realm="r"'}))

    refused(client_for(mirror, keyring=DockerConfig(path, Helpers())), shop)

    assert leaked(mirror) == []


def test_i12_plain_http_is_for_loopback_or_by_an_explicit_word(known, registry):
    with pytest.raises(ValueError, match="plain http is for loopback only"):
        EndpointHost("http://far.example", **known(registry))
    assert EndpointHost("http://far.example", insecure=True, **known(registry)).endpoint


def test_the_entry_with_the_longest_path_speaks_for_an_image(registry, client_for, serve):
    for name, password in (("org/shop", "one"), ("org-a/shop", "two"), ("org-a/team/shop", "three")):
        registry.push(name, "1")
        registry.make_private(name, "bot", password)
    keys = {"ghcr.io": "one", "ghcr.io/org-a": "two", "ghcr.io/org-a/team": "three"}
    client = client_for(
        registry, hosts={key: EndpointHost(registry.url, "bot", word) for key, word in keys.items()}
    )

    for name in ("org/shop", "org-a/shop", "org-a/team/shop"):
        assert client.tags(Image("ghcr.io", name)) == ("1",)


def test_a_helper_whose_answer_is_refused_is_asked_again(registry, client_for, shop, tmp_path, monkeypatch):
    program, answer, now = tmp_path / "docker-credential-ours", tmp_path / "answer", [0.0]
    program.write_text(f"#!/bin/sh\ncat {answer}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    client = client_for(registry, keyring=Helper("ours", Helpers(now=lambda: now[0])))
    registry.push(shop.name, "1")

    for password in ("old", "new"):
        registry.make_private(shop.name, "bot", password)
        registry.expire_tokens()
        answer.write_text(json.dumps({"Username": "bot", "Secret": password}))
        assert client.tags(shop) == ("1",)
        now[0] += 31


def test_a_login_that_is_refused_is_refused(registry, client_for, shop):
    registry.push(shop.name, "1")
    registry.make_private(shop.name, "bot", SECRET)

    with pytest.raises(Refused) as caught:
        client_for(registry, username="bot", password="other").tags(shop)

    assert caught.value.code == "unauthorized"
