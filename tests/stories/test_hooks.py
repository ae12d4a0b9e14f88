"""The service, knocked at: a pushed image is in Git seconds later, a changed config takes over."""

import hashlib
import hmac
import json
import re

import requests
from world.service import answers, ended, running, within

from updater.sandbox.world import STAGING

SECRET = "UPDATER_STORY_HOOK"
OFTEN_ENOUGH = "1h"
"""A poll so rare that whatever happens in these stories was knocked for."""


def hooked(scene, monkeypatch):
    monkeypatch.setenv(SECRET, "of the story")
    scene.config["poll"] = {"every": OFTEN_ENOUGH}
    return running(scene, webhook_secret_env=SECRET)


def deliver(url, event, payload):
    body = json.dumps(payload).encode()
    signature = "sha256=" + hmac.new(b"of the story", body, hashlib.sha256).hexdigest()
    headers = {"X-GitHub-Event": event, "X-Hub-Signature-256": signature}
    return requests.post(f"{url}/webhooks/github", data=body, headers=headers, timeout=5)


def pushed(image):
    owner, name = image.split("/")
    return {"action": "published", "package": {"name": name, "owner": {"login": owner}}}


def test_an_image_that_ci_pushes_is_in_git_at_once(scene, monkeypatch):
    with hooked(scene, monkeypatch) as (process, url):
        within(15, lambda: answers(f"{url}/readyz"))
        tag = scene.build("shop")
        assert deliver(url, "package", pushed("acme/shop")).json() == {"message": "passes that come now: 1"}
        within(10, lambda: scene.pinned("shop", STAGING) == tag)
        code, lines, _ = ended(process)
    assert code == 0
    passes = [line for line in lines if line["event"] == "pass_finished"]
    assert len({line["pass_id"] for line in passes}) == len(passes) == 2
    assert [line["pass_id"] for line in lines if line["event"] == "app_promoted"] == [passes[1]["pass_id"]]


def test_what_names_nothing_of_ours_brings_no_pass(scene, monkeypatch):
    with hooked(scene, monkeypatch) as (process, url):
        within(15, lambda: answers(f"{url}/readyz"))
        deliver(url, "package", pushed("acme/unheard-of"))
        deliver(url, "push", {"repository": {"full_name": "acme/other", "html_url": "https://github.com/x"}})
        counted = requests.get(f"{url}/metrics", timeout=5).text
        _, lines, _ = ended(process)
    assert 'updater_webhooks_total{result="ignored",source="github"} 2.0' in counted
    assert len([line for line in lines if line["event"] == "pass_finished"]) == 1


def test_a_push_to_the_deploy_repository_brings_a_pass(scene, monkeypatch):
    with hooked(scene, monkeypatch) as (process, url):
        within(15, lambda: answers(f"{url}/readyz"))
        address = re.sub(r"\.git$", "", scene.world.url)
        name = "/".join(address.split("/")[-2:])
        deliver(url, "push", {"repository": {"full_name": name, "html_url": address}})
        within(10, lambda: 'result="ok"} 2.0' in requests.get(f"{url}/metrics", timeout=5).text)
        ended(process)


def test_a_changed_config_takes_over_and_a_broken_one_does_not(scene, monkeypatch):
    with hooked(scene, monkeypatch) as (process, url):
        within(15, lambda: answers(f"{url}/readyz"))
        scene.config["mode"] = "observe"
        scene.configure()
        within(30, lambda: 'result="ok"} 2.0' in requests.get(f"{url}/metrics", timeout=5).text)
        scene.config["mode"] = "perhaps"
        scene.configure()
        within(30, lambda: "updater_config_valid 0.0" in requests.get(f"{url}/metrics", timeout=5).text)
        tag = scene.build("shop")
        deliver(url, "package", pushed("acme/shop"))
        within(10, lambda: 'result="ok"} 3.0' in requests.get(f"{url}/metrics", timeout=5).text)
        code, lines, _ = ended(process)
    assert code == 0
    assert scene.pinned("shop", STAGING) != tag  # the last good config only observes
    (rejected,) = [line for line in lines if line["event"] == "config_rejected"]
    assert "mode" in rejected["why"]
