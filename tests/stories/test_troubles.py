"""What holds every app for the same failed reading is said once, with whom it hits."""

import pytest
from world.scene import TOKEN, Scene

from updater.sandbox.world import PRODUCTION, STAGING

APPS = ("shop", "blog", "cart", "desk")
WHOM = "2 more apps (staging, production) hold: "


@pytest.fixture
def scene(tmp_path, monkeypatch):
    scene = Scene(tmp_path, APPS, start=None)
    monkeypatch.setenv(TOKEN, scene.hub.bot_token)
    yield scene
    scene.close()


def lines(text, part):
    return [line for line in text.splitlines() if part in line]


@pytest.mark.parametrize("command", ["plan", "once", "status"])
def test_a_repository_that_does_not_answer_is_one_line(scene, command):
    scene.hub.fault("git-upload-pack", 500)
    done = scene.command(command)
    assert done.returncode == 1
    (line,) = lines(done.stdout + done.stderr, "does not answer")
    assert WHOM in line


@pytest.mark.parametrize("command", ["plan", "status"])
def test_a_broken_file_of_holds_is_one_line(scene, command):
    scene.hub.commit(scene.repository, "main", {".updater/holds.yaml": b"holds: ["}, "Break it")
    done = scene.command(command)
    (line,) = lines(done.stdout + done.stderr, ".updater/holds.yaml:1: is not YAML")
    assert WHOM in line


def test_what_holds_one_app_alone_is_said_of_it(scene):
    scene.registry.fault("/v2/acme/shop/tags/list", 404)
    shown = scene.command("plan").stdout
    (line,) = lines(shown, "answered 404")
    assert "shop (staging, production) holds: " in line
    for app in set(APPS) - {"shop"}:
        for environment in (STAGING, PRODUCTION):
            assert len(lines(shown, f"  {app} in {environment}: ")) == 1, "all others have a line each"
