"""What Gitea and Forgejo deliver."""

import hmac
import json

import pytest

from updater.web.hooks import WebhookTarget

HOST = "https://git.example.org"
PACKAGE = {
    "type": "container",
    "name": "shop/api",
    "owner": {"login": "Org"},
    "html_url": f"{HOST}/Org/-/packages/container/shop%2Fapi/1.2.3",
}
DELIVERY = {"action": "created", "package": PACKAGE}


@pytest.mark.parametrize("forgejo", [False, True])
def test_a_pushed_image_makes_the_pass_come_for_it(post, forgejo):
    assert post.gitea(DELIVERY, forgejo=forgejo).status_code == 202
    assert post.woken.named == [WebhookTarget(images=frozenset({"git.example.org/org/shop/api"}))]
    assert post.counted == [("gitea", "heard")]


@pytest.mark.parametrize("event", ["push", "pull_request", "pull_request_approved", "pull_request_rejected"])
def test_what_happens_in_the_deploy_repository_makes_its_pass_come(post, event):
    repository = {"full_name": "Org/Deploy", "html_url": f"{HOST}/Org/Deploy"}
    post.gitea({"repository": repository}, event)
    assert post.woken.named == [WebhookTarget(repositories=frozenset({"git.example.org/org/deploy"}))]


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        ("package", {"package": PACKAGE | {"type": "npm"}}),
        ("package", {"package": PACKAGE | {"html_url": ""}}),
        ("package", {"package": "shop"}),
        ("status", {"repository": {"full_name": "org/deploy", "html_url": HOST}}),
        ("release", {}),
    ],
)
def test_other_things_are_taken_and_ignored(post, event, payload):
    assert post.gitea(payload, event).status_code == 202
    assert post.woken.named == []
    assert post.counted == [("gitea", "ignored")]


def test_a_delivery_is_heard_once(post):
    assert [post.gitea(DELIVERY, delivery="7").status_code for _ in range(2)] == [202, 200]


@pytest.mark.parametrize(
    "headers", [{}, {"X-Gitea-Signature": "0" * 64}, {"X-Hub-Signature-256": "sha256=0"}]
)
def test_who_does_not_know_the_secret_is_turned_away(post, headers):
    headers = {"X-Gitea-Event": "package", **headers}
    assert post.send("/webhooks/gitea", json.dumps(DELIVERY), **headers).status_code == 401
    assert post.gitea(DELIVERY, secret="guessed").status_code == 401
    assert post.woken.named == []


def test_a_signature_as_github_writes_it_is_none_here(post):
    body = json.dumps(DELIVERY).encode()
    signed = "sha256=" + hmac.new(b"It's a Secret to Everybody", body, "sha256").hexdigest()
    assert post.send("/webhooks/gitea", body, **{"X-Gitea-Signature": signed}).status_code == 401


def test_a_delivery_that_does_not_say_what_it_is_is_malformed(post):
    assert post.gitea(DELIVERY, event="").status_code == 400
