"""Invariant I9: no secret in output, logs, files, arguments, pull requests or metrics, whatever fails."""

import json
import os
import shutil
from base64 import b64encode

import pytest
from world.pushes import refuse_pushes
from world.scene import PASSWORD, TOKEN, USERNAME, Scene
from world.service import answers, ended, running, within

from updater.sandbox.world import PRODUCTION, STAGING

FORGE, WRONG, REGISTRY = "Rather.Recognisable_Token-0123", "Quite.Wrong_Token-4567", "So!Secret?Password"
"""Of no known shape: it is not the patterns of the log's redaction that keep them out."""
USER = "robot"


@pytest.fixture
def scene(tmp_path, monkeypatch):
    scene = Scene(tmp_path, ["shop"], start=None)
    del scene.config["environments"][PRODUCTION]["gates"]
    scene.config["registries"]["ghcr.io"] |= {"username_env": USERNAME, "password_env": PASSWORD}
    scene.hub.add_user(scene.hub.bot_login, FORGE)
    scene.registry.make_private("acme/shop", USER, REGISTRY)
    for name, value in {TOKEN: FORGE, USERNAME: USER, PASSWORD: REGISTRY}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PATH", f"{spy(tmp_path)}:{os.environ['PATH']}")
    yield scene
    scene.close()


def spy(folder):
    """A git that notes its arguments, first on the path."""
    tools, real = folder / "tools", shutil.which("git")
    tools.mkdir()
    (tools / "git").write_text(f'#!/bin/sh\nprintf "%s " "$@" >>{folder}/arguments\nexec {real} "$@"\n')
    (tools / "git").chmod(0o755)
    return tools


def forms():
    """As they are, and as they are sent."""
    plain = [FORGE, WRONG, REGISTRY]
    pairs = [f"x-access-token:{FORGE}", f"x-access-token:{WRONG}", f"{USER}:{REGISTRY}"]
    return [*plain, *(b64encode(pair.encode()).decode() for pair in pairs)]


def clean(*texts):
    for text in texts:
        for secret in forms():
            assert secret not in text


def clean_everywhere(scene):
    """What is left behind: clones with their config, arguments of git, commits and pull requests."""
    arguments = (scene.folder / "arguments").read_text()
    assert "fetch" in arguments
    clean(arguments)
    files = [file for file in (scene.folder / "first").rglob("*") if file.is_file()]
    assert any(file.name == "config" for file in files)
    clean(*(file.read_bytes().decode("latin-1") for file in files))
    clean(*(f"{pull.title} {pull.body}" for pull in scene.pulls("all")))
    clean(*(commit.message for commit in scene.log()))


def test_i9_nothing_shows_a_secret_when_all_goes_well(scene):
    scene.build()
    for command in (["plan"], ["once", "--output", "json"], ["once"]):
        done = scene.command(*command)
        assert done.returncode == 0
        clean(done.stdout, done.stderr)
    assert len(scene.pulls()) == 1  # so both secrets were sent, and taken
    sent = b64encode(f"{USER}:{REGISTRY}".encode()).decode()
    assert f"Basic {sent}" in scene.registry.sent_credentials
    clean_everywhere(scene)


ECHO = {"body": json.dumps({"message": f"you sent {FORGE}"})}
FAILURES = {
    "a wrong token": lambda scene: None,
    "a forge that answers nothing": lambda scene: scene.hub.fault("/api/v3/", cut="whole"),
    "a forge that echoes the token": lambda scene: scene.hub.fault("/api/v3/", 422, **ECHO),
    "a remote that is down": lambda scene: scene.hub.fault("/acme/deploy.git/", cut="whole"),
    "a remote that echoes the token": lambda scene: scene.hub.fault("/acme/deploy.git/", 403, **ECHO),
    "a remote that echoes the token when it refuses a push": lambda scene: refuse_pushes(
        scene.world, "pre-receive hook declined", f"{FORGE} {forms()[3]}"
    ),
    "a push that is refused": lambda scene: scene.hub.protect(scene.repository, "main"),
    "a registry that says 401": lambda scene: scene.registry.fault("/token", 401, body=REGISTRY),
    "a registry that sends us on": lambda scene: scene.registry.fault(
        "/tags/", 307, headers={"Location": f"http://{USER}:{REGISTRY}@registry.example/"}
    ),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_i9_no_failure_shows_a_secret(scene, failure):
    scene.build()
    scene.run()
    scene.build()
    FAILURES[failure](scene)
    environment = {TOKEN: WRONG} if failure == "a wrong token" else {}
    done = scene.command("once", environment=environment)
    assert done.returncode == 1
    clean(done.stdout, done.stderr)
    clean_everywhere(scene)


PAGES = ["/", "/apps/shop", "/policies", "/api/status", "/api/apps/shop", "/api/apps/shop/production"]
PAGES += ["/api/policies", "/api/passes", "/api/openapi.json", "/metrics"]


def test_i9_the_service_shows_no_secret_in_logs_metrics_and_pages(scene):
    with running(scene) as (process, url):
        within(20, lambda: answers(f"{url}/readyz"))
        scene.build()
        within(10, scene.pulls)
        scene.hub.fault("/api/v3/", 401, **ECHO)
        scene.registry.fault("", 403, body=REGISTRY)
        within(10, lambda: "readings_failed_total{" in answers(f"{url}/metrics").text)
        within(10, lambda: "failing" in answers(f"{url}/").text)
        clean(*(answers(f"{url}{page}").text for page in PAGES))
        status, lines, _ = ended(process)
    assert status == 0
    assert {"reading_failed", "step_done"} <= {line["event"] for line in lines}
    clean(json.dumps(lines))
    clean_everywhere(scene)


def test_i9_a_secret_that_is_broken_is_not_quoted(scene):
    for name in (TOKEN, PASSWORD):
        done = scene.command("once", environment={name: f"{WRONG}\n{REGISTRY}"})
        assert done.returncode == 2
        assert name in done.stderr
        clean(done.stdout, done.stderr)


def test_i9_a_secret_in_an_address_is_refused_and_not_quoted(scene):
    scene.config["repositories"]["deploy"]["url"] = scene.world.url.replace("http://", f"http://bot:{WRONG}@")
    done = scene.command("check")
    assert done.returncode == 2
    clean(done.stdout, done.stderr)
    assert STAGING not in done.stderr


def test_i9_an_image_pull_secret_is_enough_and_shows_nowhere(scene):
    """As a cluster mounts it; another path on the same host is nobody's business."""
    mounted = scene.folder / ".dockerconfigjson"
    login = b64encode(f"{USER}:{REGISTRY}".encode()).decode()
    mounted.write_text(json.dumps({"auths": {scene.registry.host: {"auth": login}}}))
    endpoint = {"endpoint": scene.registry.url}
    scene.config["registries"] = {
        "ghcr.io": endpoint,
        "ghcr.io/acme": {"docker_config": str(mounted)},
    }
    tag = scene.build()

    once = scene.command("once")

    assert once.returncode == 0, once.stderr
    assert scene.pinned("shop", STAGING) == tag
    clean(once.stdout, once.stderr)
    clean_everywhere(scene)
