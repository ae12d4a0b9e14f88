"""Deliveries over real HTTP: what is heard, what is turned away, and that nothing breaks the door."""

import json
import random
import select
import socket
import time
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode

import pytest
from fastapi import FastAPI
from world.service import within

from updater.web.hooks import WebhookReceiver, WebhookTarget, routes
from updater.web.hooks.auth import IN_HAND
from updater.web.hooks.payloads import REGISTRIES
from updater.web.hooks.routes import LARGEST, LARGEST_FORM

CASES = Path(__file__).resolve().parents[2] / ".." / "shared" / "cases"
EXAMPLES = CASES / "github-webhooks"
PEERS = CASES / "argocd-image-updater" / "ghcr_webhook.json"
SHOP = WebhookTarget(images=frozenset({"ghcr.io/org/shop"}))
DELIVERY = {"action": "published", "package": {"name": "Shop", "owner": {"login": "Org"}}}
MUTATIONS = 10_000


def test_a_pushed_package_makes_the_pass_come_for_its_image_in_lower_case(post):
    assert post.github(DELIVERY).status_code == 202
    assert post.woken.named == [SHOP]
    assert post.counted == [("github", "heard")]


def test_the_older_event_is_heard_too(post):
    post.github({"action": "updated", "registry_package": DELIVERY["package"]}, "registry_package")
    assert post.woken.named == [SHOP]


def test_a_form_is_read_as_well_as_json(post):
    body = urlencode({"payload": json.dumps(DELIVERY)}).encode()
    post.github(body, **{"Content-Type": "application/x-www-form-urlencoded"})
    assert post.woken.named == [SHOP]


def test_json_that_is_called_a_form_is_read_as_json(post):
    post.github(DELIVERY, **{"Content-Type": "application/x-www-form-urlencoded"})
    assert post.woken.named == [SHOP]


@pytest.mark.parametrize("event", ["push", "pull_request"])
def test_what_happens_in_the_deploy_repository_makes_its_pass_come(post, event):
    repository = {"full_name": "Org/Deploy", "html_url": "https://ghe.example.org/Org/Deploy"}
    post.github({"repository": repository}, event)
    assert post.woken.named == [WebhookTarget(repositories=frozenset({"ghe.example.org/org/deploy"}))]


@pytest.mark.parametrize("event", ["ping", "workflow_run", "star"])
def test_other_events_are_taken_and_ignored(post, event):
    assert post.github({"repository": {"full_name": "org/deploy"}}, event).status_code == 202
    assert post.woken.named == []
    assert post.counted == [("github", "ignored")]


def test_a_delivery_is_heard_once(post):
    assert [post.github(DELIVERY, delivery="7").status_code for _ in range(3)] == [202, 200, 200]
    assert len(post.woken.named) == 1


def test_a_delivery_that_somebody_has_caught_and_sends_again_lets_no_pass_come(post):
    """The id is not signed, so that anybody may make up another one, or leave it out."""
    assert post.github(DELIVERY, delivery="7").status_code == 202
    again = [post.github(DELIVERY, delivery=delivery) for delivery in ("8", None, "9" * 5_000)]
    assert [answer.status_code for answer in again] == [200, 200, 200]
    assert len(post.woken.named) == 1
    assert post.github({**DELIVERY, "sender": {"login": "kim"}}, delivery="7").status_code == 200
    assert post.github({**DELIVERY, "sender": {"login": "lee"}}, delivery="10").status_code == 202


def test_nobody_pushes_a_delivery_out_of_mind_by_sending_it_ever_again(post):
    from updater.web.hooks.auth import REMEMBERED, WebhookReceiver

    door = WebhookReceiver(post.woken, lambda: "secret")
    assert door.is_new("id", "signature")
    assert not any(door.is_new(f"made up {number}", "signature") for number in range(REMEMBERED + 10))
    assert len(door._heard) == 2


def test_what_is_remembered_of_deliveries_is_bounded(post):
    from updater.web.hooks.auth import REMEMBERED, WebhookReceiver

    door = WebhookReceiver(post.woken, lambda: "secret")
    assert all(door.is_new(f"{number:05}" * 1_000) for number in range(REMEMBERED + 10))
    assert sum(map(len, door._heard)) <= REMEMBERED * 200
    assert not door.is_new(f"{REMEMBERED:05}" * 1_000)


def test_a_forged_delivery_does_not_use_up_the_id_of_the_real_one(post):
    assert post.github(DELIVERY, delivery="7", secret="guessed").status_code == 401
    assert post.github(DELIVERY, delivery="7").status_code == 202


@pytest.mark.parametrize("signature", ["", "sha256=", "sha1=abc", "sha256=" + "0" * 64, "sha256=é"])
def test_a_missing_or_wrong_signature_is_turned_away(post, signature):
    headers = {"X-GitHub-Event": "package", "X-Hub-Signature-256": signature.encode()}
    assert post.send("/webhooks/github", json.dumps(DELIVERY), **headers).status_code == 401
    assert post.woken.named == []


def test_the_example_of_github_s_documentation_is_signed_right():
    from updater.web.hooks.auth import is_signed

    known = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    assert is_signed("It's a Secret to Everybody", b"Hello, World!", known)
    assert not is_signed("It's a Secret to Everybody", b"Hello, World?", known)


def test_without_a_configured_secret_nobody_is_let_in(post_of):
    post = post_of(secret=None)
    answer = post.github(DELIVERY, secret="")
    assert answer.status_code == 404
    assert "webhook_secret_env" in answer.json()["error"]
    assert post.woken.named == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b'"text"', b"[" * 100_000])
def test_what_is_no_json_object_is_malformed(post, body):
    assert post.github(body).status_code == 400
    assert post.woken.named == []


def test_a_body_that_is_too_large_is_not_read_to_its_end(post):
    assert post.github(b" " * (LARGEST + 1)).status_code == 413


def test_a_chunked_body_is_bounded_too(post):
    chunks = (b" " * 2**20 for _ in range(7))
    headers = {"X-GitHub-Event": "package", "X-Hub-Signature-256": "sha256=unknown until all is read"}
    assert post.send("/webhooks/github", chunks, **headers).status_code == 413


REGISTRY_PAYLOADS = {
    "docker-hub": {"repository": {"repo_name": "Org/shop"}, "push_data": {"tag": "1"}},
    "harbor": {"event_data": {"resources": [{"resource_url": "hub.example.org:5000/org/shop:1@sha256:ab"}]}},
    "quay": {"docker_url": "quay.io/org/shop", "updated_tags": ["1"]},
    "distribution": {
        "events": [
            {
                "target": {"repository": "org/shop", "url": "http://10.0.0.7:5000/v2/org/shop/manifests/x"},
                "request": {"host": "hub.example.org"},
            }
        ]
    },
}
NAMED = {
    "docker-hub": {"docker.io/org/shop", "index.docker.io/org/shop", "registry-1.docker.io/org/shop"},
    "harbor": {"hub.example.org:5000/org/shop"},
    "quay": {"quay.io/org/shop"},
    "distribution": {"hub.example.org/org/shop", "10.0.0.7:5000/org/shop"},
}


@pytest.mark.parametrize("kind", REGISTRIES)
def test_a_registry_s_notification_names_its_images(post, kind):
    assert post.registry(kind, REGISTRY_PAYLOADS[kind]).status_code == 202
    assert post.woken.named == [WebhookTarget(images=frozenset(NAMED[kind]))]


@pytest.mark.parametrize("kind", REGISTRIES)
def test_a_registry_without_the_secret_is_turned_away(post, kind):
    assert post.registry(kind, REGISTRY_PAYLOADS[kind], secret="").status_code == 401
    assert post.registry(kind, REGISTRY_PAYLOADS[kind], secret="guessed").status_code == 401
    assert post.woken.named == []


def test_a_registry_that_can_send_no_header_names_the_secret_in_its_address(post_of):
    post = post_of(secret="plain")
    body = json.dumps(REGISTRY_PAYLOADS["docker-hub"])
    assert post.send("/webhooks/registry/docker-hub?token=plain", body).status_code == 202


def test_an_unknown_kind_of_registry_is_told_the_known_ones(post):
    answer = post.registry("artifactory", {})
    assert answer.status_code == 404
    assert all(kind in answer.json()["error"] for kind in REGISTRIES)
    assert post.counted == [("unknown", "unknown")]  # never the word of the URL: labels are bounded


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the collected cases are not here")
def test_github_s_own_examples_are_heard_or_ignored(post):
    for path in sorted(EXAMPLES.iterdir()):
        assert post.github(path.read_bytes(), path.name.partition(".")[0]).status_code == 202, path.name
    images = {image for named in post.woken.named for image in named.images}
    repositories = {name for named in post.woken.named for name in named.repositories}
    assert "ghcr.io/codertocat/hello-world-npm" in images
    assert "github.com/codertocat/hello-world" in repositories


@pytest.mark.skipif(not PEERS.is_file(), reason="the collected cases are not here")
def test_the_cases_of_a_peer_s_webhook(post):
    """All but three: we take any kind of package and any action, for a hook only says where to look."""
    for case in json.loads(PEERS.read_text())[1]["cases"]:
        post.woken.named.clear()
        status = post.github(case["payload"].encode()).status_code
        expected = case.get("expectedRepo")
        if expected:
            assert post.woken.named == [WebhookTarget(images=frozenset({f"ghcr.io/{expected}"}))], case[
                "name"
            ]
        elif "ignored" not in case["name"] and "tag information" not in case["name"]:
            assert post.woken.named == [], case["name"]
        assert status in {202, 400}


def test_mutated_deliveries_never_break_the_door(post):
    """Signed, so that they get past it: what is inside may be anything."""
    chance = random.Random(7)
    sources = [DELIVERY, {"repository": {"full_name": "org/deploy"}}, *REGISTRY_PAYLOADS.values()]
    for _ in range(MUTATIONS // 2):
        payload = json.dumps(chance.choice(sources)).encode()
        body = _mutated(payload, chance)
        assert post.github(body, chance.choice(["package", "push", "pull_request"])).status_code in {
            200,
            202,
            400,
        }
        kind = chance.choice([*REGISTRIES])
        answer = post.send(
            f"/webhooks/registry/{kind}", body, Authorization="Bearer It's a Secret to Everybody"
        )
        assert answer.status_code in {200, 202, 400}


def _mutated(body, chance):
    data = bytearray(body)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(data))
        match chance.randrange(4):
            case 0:
                data[at] = chance.randrange(256)
            case 1:
                del data[at]
            case 2:
                data[at:at] = chance.choice([b"[]", b"{}", b"null", b"7", b'"', b"\\ud800", b"\xff"])
            case 3:
                data[at : at + 8] = data[:4]
        if not data:
            return b""
    return bytes(data)


def test_what_is_answered_is_described_and_a_refusal_is_the_api_s(post):
    web = FastAPI()
    web.include_router(routes(WebhookReceiver(post.woken, lambda: None, lambda *_what: None)))
    document = web.openapi()
    for path in ("/webhooks/github", "/webhooks/registry/{kind}"):
        told = document["paths"][path]["post"]["responses"]
        assert set(told) == {"200", "202", "400", "401", "404", "413", "422", "503"}
        shapes = {
            status: one["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
            for status, one in told.items()
        }
        assert {shape for status, shape in shapes.items() if status >= "400"} == {"Problem"}
        assert {shape for status, shape in shapes.items() if status < "400"} == {"Heard"}


def test_a_form_with_a_million_fields_is_turned_away_at_once(post):
    body, begun = b"a=1&" * (LARGEST_FORM // 4 - 1) + b"a=1", time.monotonic()
    answer = post.github(body, **{"Content-Type": "application/x-www-form-urlencoded"})
    assert (answer.status_code, post.counted) == (400, [("github", "malformed")])
    assert time.monotonic() - begun < 1


def test_a_form_that_would_take_long_to_read_is_turned_away(post):
    body = b"payload=" + b"%22" * (LARGEST_FORM // 2)
    answer = post.github(body, **{"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status_code == 413
    assert "form is larger" in answer.json()["error"]


def test_who_signs_nothing_is_turned_away_before_the_body_is_there(post):
    with closing(socket.create_connection(("127.0.0.1", int(post.url.rpartition(":")[2])), 5)) as stranger:
        stranger.sendall(b"POST /webhooks/github HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n\r\n{")
        assert stranger.recv(100).startswith(b"HTTP/1.1 401")


def test_all_deliveries_together_take_no_more_memory_than_is_meant_for_them(post):
    slow, heads = [], f"X-GitHub-Event: push\r\nX-Hub-Signature-256: x\r\nContent-Length: {LARGEST}\r\n"
    sent = b"POST /webhooks/github HTTP/1.1\r\nHost: x\r\n" + heads.encode() + b"\r\n" + b" " * (LARGEST - 1)
    try:
        for _ in range(IN_HAND // LARGEST + 1):
            slow.append(socket.create_connection(("127.0.0.1", int(post.url.rpartition(":")[2])), 5))
            slow[-1].sendall(sent)
        (refused, *_), _, _ = select.select(slow, [], [], 10)
        assert refused.recv(100).startswith(b"HTTP/1.1 503")
    finally:
        for each in slow:
            each.close()
    within(5, lambda: post.github(DELIVERY).status_code == 202)
