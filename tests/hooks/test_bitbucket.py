"""What Bitbucket Cloud delivers."""

import json

import pytest

from updater.web.hooks import WebhookTarget

REPOSITORY = {
    "type": "repository",
    "full_name": "Org/deploy",
    "links": {"html": {"href": "https://bitbucket.org/Org/deploy"}},
}
DELIVERY = {"push": {"changes": []}, "repository": REPOSITORY}


@pytest.mark.parametrize(
    "event",
    [
        "repo:push",
        "pullrequest:created",
        "pullrequest:approved",
        "pullrequest:fulfilled",
        "pullrequest:rejected",
    ],
)
@pytest.mark.parametrize("links", [REPOSITORY["links"], {}])
def test_what_happens_in_the_deploy_repository_makes_its_pass_come(post, event, links):
    assert post.bitbucket({"repository": REPOSITORY | {"links": links}}, event).status_code == 202
    assert post.woken.named == [WebhookTarget(repositories=frozenset({"bitbucket.org/org/deploy"}))]
    assert post.counted == [("bitbucket", "heard")]


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        ("repo:commit_status_updated", DELIVERY),
        ("repo:push", {"repository": "deploy"}),
        ("repo:push", {"repository": {"links": REPOSITORY["links"]}}),
        ("issue:created", {}),
    ],
)
def test_other_things_are_taken_and_ignored(post, event, payload):
    assert post.bitbucket(payload, event).status_code == 202
    assert post.woken.named == []
    assert post.counted == [("bitbucket", "ignored")]


def test_a_delivery_is_heard_once(post):
    """By its id, and also where that is another."""
    sent = [(DELIVERY, "7"), (DELIVERY | {"attempt": 2}, "7"), (DELIVERY, "8")]
    assert [post.bitbucket(body, delivery=name).status_code for body, name in sent] == [202, 200, 200]


@pytest.mark.parametrize(
    "headers", [{}, {"X-Hub-Signature": "sha256=0"}, {"X-Hub-Signature-256": "sha256=0"}]
)
def test_who_does_not_know_the_secret_is_turned_away(post, headers):
    headers = {"X-Event-Key": "repo:push", **headers}
    assert post.send("/webhooks/bitbucket", json.dumps(DELIVERY), **headers).status_code == 401
    assert post.bitbucket(DELIVERY, secret="guessed").status_code == 401
    assert post.woken.named == []


def test_a_delivery_that_does_not_say_what_it_is_is_malformed(post):
    assert post.bitbucket(DELIVERY, event="").status_code == 400
