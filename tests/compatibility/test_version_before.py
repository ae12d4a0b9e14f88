"""What the version before left behind is read as before: commits, branches, pull requests, statuses, caches.

The folder 0.1.0 was made by that version in the sandbox: a merged proposal, a revert on staging, an open
proposal, a hold that waits for its merge. Nothing of it is written by hand.
"""

import json
import shutil
import subprocess
from datetime import datetime
from pathlib import Path

import pytest
from world.scene import TOKEN, Scene, decided, well

from updater.model import Hold

BEFORE = Path(__file__).parent / "0.1.0"


@pytest.fixture
def left():
    return json.loads((BEFORE / "world.json").read_text())


@pytest.fixture
def scene(tmp_path, left, monkeypatch):
    scene = Scene(tmp_path, start=datetime.fromisoformat(left["now"]))
    monkeypatch.setenv(TOKEN, scene.hub.bot_token)
    scene.config["environments"] = left["config"]
    for image in left["pushed"]:
        created = datetime.fromisoformat(image["created"])
        digest = scene.registry.push(image["name"], image["tag"], created=created, content=image["content"])
        assert digest == image["digest"]
    git = ["git", "-C", str(scene.hub.path(scene.repository))]
    fetch = [*git, "fetch", "--quiet", str(BEFORE / "deploy.bundle"), "+refs/*:refs/*"]
    subprocess.run(fetch, check=True)
    scene.hub.settle(scene.repository)
    for pull in left["pulls"]:
        if pull["state"] == "open":
            _open(scene, pull)
    shutil.copytree(BEFORE / "cache", tmp_path / "first")
    yield scene
    scene.close()


def _open(scene, pull):
    repository = scene.repository
    named = {"base": pull["base"], "title": pull["title"], "body": pull["body"]}
    number = scene.hub.open(repository, pull["head"], **named, login=scene.hub.bot_login)
    scene.hub.label(repository, number, *pull["labels"])
    for status in pull["statuses"]:
        head = scene.hub.head(repository, pull["head"])
        scene.hub.set_status(repository, head, status["context"], status["state"], status["description"])


def test_decisions_and_stays_are_those_of_the_version_before(scene, left):
    report = well(scene.run(act=False))
    outcomes = {
        f"{place.app} {place.environment}": one.reasons[0].code if isinstance(one, Hold) else f"-> {one.tag}"
        for place, one in decided(report).items()
    }
    assert outcomes == left["decisions"]
    stays = {
        f"{place.app} {place.environment}": [[stay.tag, stay.ended, stay.ours] for stay in timeline.stays]
        for place, timeline in report.timelines.items()
    }
    assert stays == left["timelines"]


def test_an_unchanged_world_stays_unchanged_under_the_new_version(scene):
    """No commit, no branch, no pull request, no word: markers, evidence and titles are written as before."""
    before = scene.everything()
    for _ in range(3):
        well(scene.run())
    assert scene.everything() == before
    assert scene.writes() == []


def test_what_it_proposed_goes_on_where_it_was(scene):
    """A newer build takes its place, in the same pull request and on the same branch."""
    newer = scene.proven()
    well(scene.run())
    (pull,) = [each for each in scene.pulls() if each.head == "updater/app/production--shop"]
    assert newer in pull.title
    assert scene.pinned("shop", "production", ref=pull.head) == newer


def test_its_damaged_caches_are_taken_for_none(scene, left):
    for path in (scene.folder / "first").rglob("*.json"):
        path.write_text(path.read_text()[:20])
    report = well(scene.run(act=False))
    assert len(decided(report)) == len(left["decisions"])
