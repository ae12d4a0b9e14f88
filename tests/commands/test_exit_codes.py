"""Every line of the page about exit codes is so: each is typed, in this process, in the world it names."""

import os
import re
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from subprocess import PIPE

import pytest
from commands.calling import call
from world.scene import HOST, PRODUCTION, STAGING, TOKEN, Scene
from world.slow import Slow

from updater.runner import Exit

PAGE = (Path(__file__).parents[2] / "docs/reference/exit-codes.md").read_text(encoding="utf-8")
LINES = re.findall(r"^\| (.+?) \| `updater (.+?)` \| (\d+) \|$", PAGE, re.MULTILINE)


def nothing(scene, monkeypatch):
    pass


def soaks(scene, monkeypatch):
    scene.build()
    scene.run()


def held(scene, monkeypatch):
    held = "holds: [{app: shop, environment: staging, why: audit}]"
    scene.hub.commit(scene.repository, "main", {".updater/holds.yaml": held}, "Hold")
    scene.build()


def newer(scene, monkeypatch):
    scene.build()


def renamed(scene, monkeypatch):
    scene.config["environments"][STAGING]["path"] += "-renamed"


def failing(scene, monkeypatch):
    scene.registry.fault("/tags/list", 500)


def unset(scene, monkeypatch):
    monkeypatch.delenv(TOKEN)


def misspelt(scene, monkeypatch):
    scene.config["environments"][PRODUCTION]["delivery"] = "push"


WORLDS = {
    "nothing is newer": nothing,
    "an app soaks": soaks,
    "an app is held": held,
    "a newer image is there": newer,
    "the folder of an environment was renamed": renamed,
    "the registry answers with an error": failing,
    "a secret is not set": unset,
    "a key of the config is misspelt": misspelt,
    "no service runs": nothing,
}


@pytest.fixture
def scene(tmp_path, monkeypatch):
    scene = Scene(tmp_path, ["shop"], start=datetime.now(UTC))
    monkeypatch.setenv(TOKEN, scene.hub.bot_token)
    yield scene
    scene.close()


def words_of(typed, scene):
    words = typed.split()
    config = [] if "probe" in words else ["--config", scene.configure()]
    return [*words, *config, *([] if "check" in words else ["--cache-dir", scene.folder / "first"])]


@pytest.mark.parametrize("name", WORLDS)
def test_every_command_ends_as_the_page_says(scene, monkeypatch, name):
    WORLDS[name](scene, monkeypatch)
    lines = [(typed, int(code)) for what, typed, code in LINES if what == name]
    told = {typed: call(*words_of(typed, scene)) for typed, _ in lines}
    assert {typed: (told[typed][0], told[typed]) for typed, _ in lines} == {
        typed: (code, told[typed]) for typed, code in lines
    }
    assert lines


def test_the_page_knows_no_other_world_and_every_code(scene):
    assert {what for what, _, _ in LINES} == set(WORLDS)
    assert re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE) == [*(str(each.value) for each in Exit), "130"]


def test_the_help_tells_every_code_that_a_command_ends_with_by_itself():
    status, told, _ = call("--help")
    assert status == Exit.FINE
    said = " ".join(told.partition("Exit codes: ")[2].split())
    assert re.findall(r"(\d) \w", said) == [str(each.value) for each in Exit]


def waiting(scene, registry, **more):
    """A command that has asked a registry which never answers."""
    scene.config["registries"][HOST]["endpoint"] = registry.url
    command = scene.start("once", **more)
    while not registry.asked and command.poll() is None:
        time.sleep(0.02)
    return command


def test_what_an_interrupted_command_ends_with(scene):
    """A process of its own: it alone is to hear the signal."""
    with Slow("silent") as registry:
        command = waiting(scene, registry)
        command.send_signal(signal.SIGINT)
        said = command.stderr.readline()
        while "interrupted" not in said and command.poll() is None:
            said = command.stderr.readline()
        assert "once more" in said, "it says what it still waits for"
        assert command.poll() is None
        command.send_signal(signal.SIGINT)
        said = command.communicate(timeout=5)
    assert command.returncode == 130, said


def test_a_command_that_nobody_hears_is_interrupted_all_the_same(scene):
    """As behind a pager that was closed."""
    reader, writer = os.pipe()
    with Slow("silent") as registry:
        os.close(reader)
        command = waiting(scene, registry, stderr=writer)
        os.close(writer)
        command.send_signal(signal.SIGINT)
    command.communicate(timeout=60)
    assert command.returncode == 130


SLOW = """
import sys, time
def wait(*_):
    print("here", flush=True)
    time.sleep(60)
{slow}
sys.argv = ["updater", "schema"]
from updater.start import main
main()
"""
IMPORTING = """
class Slow:
    def find_spec(self, name, *_):
        if name == "updater.cli":
            wait()
sys.meta_path.insert(0, Slow())
"""


@pytest.mark.parametrize("slow", [IMPORTING, "import typer.main; typer.main.get_command = wait"])
def test_a_command_that_only_starts_is_interrupted_without_a_word(slow):
    """Nothing has begun, and nobody is there yet to take an exception."""
    code = SLOW.format(slow=slow)
    with subprocess.Popen([sys.executable, "-c", code], stdout=PIPE, stderr=PIPE, text=True) as command:
        assert command.stdout.readline() == "here\n"
        command.send_signal(signal.SIGINT)
        assert command.communicate(timeout=20) == ("", "")
    assert command.returncode == 130


def test_what_a_shell_lets_go_on_behind_it_is_not_interrupted(scene):
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever is started from here ignores it, too
    try:
        with Slow("silent") as registry:
            command = waiting(scene, registry)
            command.send_signal(signal.SIGINT)
        _, said = command.communicate(timeout=60)
    finally:
        signal.signal(signal.SIGINT, before)
    assert "interrupted" not in said
    assert command.returncode != 130


def test_audit_and_set_image_find_what_they_are_asked_for(tmp_path):
    folder = tmp_path / "overlays" / "production"
    folder.mkdir(parents=True)
    file = folder / "kustomization.yaml"
    file.write_text("images:\n  - name: ghcr.io/org/shop\n    newTag: latest\n")
    assert call("audit", tmp_path)[0] == Exit.DIFFERS
    assert call("set-image", file, "ghcr.io/org/shop=20260202-143512", "--check")[0] == Exit.DIFFERS
    assert call("set-image", file, "ghcr.io/org/till=20260202-143512")[0] == Exit.FAILED
    assert call("set-image", file, "ghcr.io/org/shop=20260202-143512")[0] == Exit.FINE
    assert call("set-image", file, "ghcr.io/org/shop=20260202-143512", "--check")[0] == Exit.FINE
    assert call("audit", tmp_path)[0] == Exit.FINE
    assert call("audit", tmp_path / "nowhere")[0] == Exit.USAGE
