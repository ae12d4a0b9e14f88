"""Credentials go where they belong, and nowhere else. I9, I12."""

import traceback
from base64 import b64encode
from dataclasses import replace

import pytest

from updater.adapters.registry import EndpointHost
from updater.errors import Refused, UpdaterError
from updater.model import Image
from updater.sandbox.exchange import Answer, answer_json
from updater.sandbox.paging import ECR, GHCR

PASSWORD = "ghp_hushHushHush"
OURS = {"username": "bot", "password": PASSWORD}
BASIC = "Basic " + b64encode(f"bot:{PASSWORD}".encode()).decode()


def challenge(realm):
    header = f'Bearer realm="{realm}",service="registry",scope="repository:user/image:pull"'
    return Answer(401, headers={"WWW-Authenticate": header})


def exchanges(server):
    return [recorded.path for recorded in server.requests if recorded.path.startswith("/token")]


def sent(server):
    return [request.headers["authorization"] for request in server.seen if "authorization" in request.headers]


def test_a_private_image_is_read_with_its_credentials(registry, client_for, shop):
    digest = registry.push("org/shop", "1")
    registry.make_private("org/shop", "bot", PASSWORD)
    client = client_for(registry, **OURS)

    assert client.tags(shop) == ("1",)
    assert client.digest(shop, "1") == digest


def test_the_password_goes_to_the_token_realm_only(registry, client_for, shop):
    registry.push("org/shop", "1")
    registry.make_private("org/shop", "bot", PASSWORD)
    client_for(registry, **OURS).tags(shop)

    assert len([header for header in registry.sent_credentials if header.startswith("Basic")]) == 1
    assert len(exchanges(registry)) == 1


def test_a_private_image_without_or_with_wrong_credentials_is_unauthorized(registry, client_for, shop):
    registry.make_private("org/shop", "bot", PASSWORD)

    for credentials in ({}, {"username": "bot", "password": "wrong"}):
        with pytest.raises(Refused) as caught:
            client_for(registry, **credentials).tags(shop)
        assert caught.value.code == "unauthorized"


def test_the_scope_is_built_by_us_not_by_the_challenge(serve, client_for, shop):
    def script(request):
        if request.path == "/token":
            return answer_json({"token": "t"})
        known = request.bearer() == "t"
        return answer_json({"tags": ["1"]}) if known else challenge(f"{server.url}/token?account=a")

    server = serve(script)
    client_for(server).tags(shop)

    assert server.seen[1].query == {
        "account": "a",
        "service": "registry",
        "scope": "repository:org/shop:pull",
    }


@pytest.mark.parametrize("key", ["token", "access_token"])
def test_either_name_of_a_token_is_understood(serve, client_for, shop, key):
    def script(request):
        if request.path == "/token":
            return answer_json({key: "t"})
        return answer_json({"tags": []}) if request.bearer() == "t" else challenge(f"{server.url}/token")

    server = serve(script)
    assert client_for(server).tags(shop) == ()


def test_a_token_is_used_until_it_is_refused_and_then_exchanged_once(registry, client, shop):
    registry.push("org/shop", "1")
    client.tags(shop)
    client.tags(shop)
    assert len(exchanges(registry)) == 1

    registry.expire_tokens()

    assert client.tags(shop) == ("1",)
    assert len(exchanges(registry)) == 2


def test_a_token_that_expires_between_two_pages_is_renewed(start, client_for, shop):
    registry = start(replace(GHCR, cap=2))
    for number in range(6):
        registry.push("org/shop", str(number))
    registry.fail_next(
        1, 401, matching="last=1", headers={"WWW-Authenticate": f"Bearer realm={registry.url}/token"}
    )
    client = client_for(registry)

    assert client.tags(shop) == tuple("012345")
    assert len(exchanges(registry)) == 2


def test_a_registry_that_refuses_every_token_is_asked_for_one_more_only(registry, client, shop):
    registry.push("org/shop", "1")
    client.tags(shop)
    registry.requests.clear()
    fault = registry.fault("/v2/", 401, headers={"WWW-Authenticate": f'Bearer realm="{registry.url}/token"'})

    with pytest.raises(Refused):
        client.tags(shop)
    assert [recorded.status for recorded in registry.requests] == [401, 200, 401]

    registry.lift(fault)
    assert client.tags(shop) == ("1",)


def test_an_image_that_is_forbidden_with_a_new_token_is_not_asked_for_again(registry, client, shop):
    registry.create("org/first")
    registry.push("org/shop", "1")
    client.tags(Image.parse("ghcr.io/org/first"))
    registry.requests.clear()
    registry.fault("/v2/", 403)

    with pytest.raises(Refused):
        client.tags(shop)
    assert [recorded.status for recorded in registry.requests] == [200, 403]


def test_an_old_token_that_is_forbidden_is_renewed(registry, client, shop):
    registry.push("org/shop", "1")
    client.tags(shop)
    registry.requests.clear()
    registry.fail_next(1, 403, matching="/v2/")

    assert client.tags(shop) == ("1",)
    assert [recorded.status for recorded in registry.requests] == [403, 200, 200]


def test_a_registry_with_passwords_instead_of_tokens_is_asked_at_once_from_then_on(start, client_for, shop):
    registry = start(ECR)
    registry.push("org/shop", "1")
    registry.make_private("org/shop", "bot", PASSWORD)
    client = client_for(registry, **OURS)

    assert client.tags(shop) == client.tags(shop) == ("1",)
    assert [recorded.status for recorded in registry.requests] == [401, 200, 200]


@pytest.mark.parametrize(("name", "hinted"), [("ghcr.io", True), ("zot.example.org", False)])
def test_what_only_ghcr_wants_is_said_of_ghcr_alone(registry, client_for, name, hinted):
    registry.push("org/shop", "1")
    registry.make_private("org/shop", "bot", "hush")
    host = EndpointHost(registry.url, "bot", "wrong")
    with pytest.raises(Refused) as caught:
        client_for(registry, hosts={name: host}).tags(Image(name, "org/shop"))
    assert ("classic token" in str(caught.value)) == hinted


def test_a_wrong_password_is_tried_once(start, client_for, shop):
    registry = start(ECR)
    registry.make_private("org/shop", "bot", "other")
    client = client_for(registry, **OURS)

    for statuses in ([401, 401], [401]):
        registry.requests.clear()
        with pytest.raises(Refused) as caught:
            client.tags(shop)
        assert caught.value.code == "unauthorized"
        assert [recorded.status for recorded in registry.requests] == statuses


def test_a_password_that_was_renewed_is_picked_up(start, client_for, shop):
    registry = start(ECR)
    registry.push("org/shop", "1")
    registry.make_private("org/shop", "bot", "old")
    secrets = ["old"]
    client = client_for(registry, username="bot", password=lambda: secrets[-1])
    client.tags(shop)

    registry.make_private("org/shop", "bot", "new")
    secrets.append("new")

    assert client.tags(shop) == ("1",)


@pytest.mark.parametrize(
    "realm", ["https://evil.example/token", "http://127.0.0.1:1/token", "/token", "https://a:b@ghcr.io/token"]
)
def test_i12_a_foreign_realm_gets_no_credentials(serve, client_for, shop, realm):
    server = serve(lambda _: challenge(realm))

    with pytest.raises(Refused) as caught:
        client_for(server, **OURS).tags(shop)

    assert caught.value.code == "foreign_realm"
    assert sent(server) == []


def test_i12_a_realm_that_is_configured_gets_them(registry, serve, client_for, shop):
    registry.make_private("org/shop", "bot", PASSWORD)

    def script(request):
        known = request.bearer()
        return answer_json({"tags": ["1"]}) if known else challenge(f"{registry.url}/token")

    server = serve(script)
    client = client_for(server, realms=(registry.host,), **OURS)

    assert client.tags(shop) == ("1",)
    assert registry.sent_credentials == {BASIC}
    assert BASIC not in sent(server)


def test_i12_a_realm_that_sends_us_to_another_host_gets_no_token_from_there(serve, client_for, shop):
    other = serve(lambda _: answer_json({"token": "t"}))

    def script(request):
        if request.path == "/token":
            return Answer(307, headers={"Location": f"{other.url}/token"})
        return challenge(f"{server.url}/token")

    server = serve(script)
    with pytest.raises(Refused):
        client_for(server, **OURS).tags(shop)

    assert sent(other) == []


def test_i12_a_redirect_keeps_credentials_on_the_host(serve, client_for, shop):
    def script(request):
        if request.basic() is None:
            return Answer(401, headers={"WWW-Authenticate": 'Basic realm="r"'})
        if request.path == "/moved":
            return answer_json({"tags": ["1"]})
        return Answer(307, headers={"Location": "/moved"})

    server = serve(script)
    assert client_for(server, **OURS).tags(shop) == ("1",)
    assert sent(server) == [BASIC, BASIC]


def test_i12_a_redirect_to_plain_http_elsewhere_is_not_followed(serve, client_for, shop):
    other = serve(lambda _: answer_json({"tags": ["1"]}))

    def script(request):
        if request.basic() is None:
            return Answer(401, headers={"WWW-Authenticate": 'Basic realm="r"'})
        return Answer(307, headers={"Location": other.url})

    with pytest.raises(Refused) as caught:
        client_for(serve(script), **OURS).tags(shop)

    assert caught.value.code == "foreign_link"
    assert other.seen == []


def test_i12_credentials_of_one_registry_are_not_sent_to_another(registry, serve, client_for):
    other = serve(lambda _: Answer(401, headers={"WWW-Authenticate": 'Basic realm="r"'}))
    client = client_for(registry, hosts={"other.example": EndpointHost(endpoint=other.url)}, **OURS)

    with pytest.raises(Refused):
        client.tags(Image.parse("other.example/org/shop"))

    assert sent(other) == []


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 418])
def test_i9_no_secret_is_in_an_error(serve, client_for, shop, status):
    def script(request):
        if request.basic():
            # An unkind server repeats what it was told.
            return Answer(status, repr(dict(request.headers)).encode(), headers={"X-Echo": BASIC})
        return challenge(f"{server.url}/token")

    server = serve(script)
    client = client_for(server, **OURS)
    with pytest.raises(UpdaterError) as caught:
        client.tags(shop)

    told = "".join(traceback.format_exception(caught.value)) + repr(vars(client))
    assert PASSWORD not in told
    assert BASIC.split()[1] not in told
    assert all(PASSWORD not in recorded.path for recorded in server.requests)


def test_i9_a_host_does_not_show_its_password():
    assert PASSWORD not in repr(EndpointHost(**OURS))
