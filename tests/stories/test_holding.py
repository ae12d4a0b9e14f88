"""What a person mistypes when something must be held at once: a sentence, and nothing is changed."""

import subprocess
import sys
from pathlib import Path

import pytest

from updater.sandbox.github.git import GitFailed
from updater.sandbox.world import PRODUCTION, STAGING


def held(scene):
    try:
        return scene.hub.read(scene.repository, "main", ".updater/holds.yaml").decode()
    except GitFailed:
        return ""


@pytest.mark.parametrize("until", ["9999-12-31T23:59:59Z", "0001-01-01T00:00+14:00"])
def test_a_moment_that_has_no_place_in_the_zone_of_the_tags_is_refused_in_a_sentence(scene, until):
    said = scene.command("hold", "shop", PRODUCTION, "--why", "audit", "--until", until)
    assert said.returncode == 2
    assert f"--until {until}: no calendar there reaches so far" in said.stderr
    assert "Traceback" not in said.stderr


@pytest.mark.parametrize("until", ["2020-01-01", "0d", "2020-01-01T10:00+09:00"])
def test_a_hold_that_is_over_already_does_not_lift_the_one_that_stands(scene, until):
    scene.config["environments"][PRODUCTION]["deliver"] = "push"
    assert scene.command("hold", "shop", PRODUCTION, "--why", "audit", "--until", "2d").returncode == 0
    before = held(scene)
    again = scene.command("hold", "shop", PRODUCTION, "--why", "audit", "--until", until)
    assert again.returncode == 2
    assert "over already" in again.stderr
    assert held(scene) == before


def test_a_hold_says_why(scene):
    refused = scene.command("hold", "shop", STAGING, "--why", " ")
    assert refused.returncode == 2
    assert "--why" in refused.stderr


def test_what_can_be_no_tag_is_not_released(scene):
    refused = scene.command("release", "shop", STAGING, "--tag", "a b")
    assert refused.returncode == 2
    assert "--tag 'a b'" in refused.stderr
    assert held(scene) == ""


def test_a_whole_environment_is_held_and_let_go(scene):
    assert scene.command("hold", "--all", STAGING, "--why", "audit").returncode == 0
    assert held(scene).count("environment: staging") == 2
    assert scene.command("release", "--all", STAGING).returncode == 0
    assert "environment: staging" not in held(scene)


def test_a_repository_that_does_not_answer_is_the_reason(scene):
    scene.hub.fault(status=502)
    tried = scene.command("hold", "shop", STAGING, "--why", "audit")
    assert tried.returncode == 1
    assert "502" in tried.stdout


def test_a_way_back_does_not_wait_for_the_address_of_a_chat(scene):
    scene.config["notifications"] = {"routes": [{"to_env": "NOT_SET_HERE"}]}
    scene.config["service"] = {"webhook_secret_env": "NOR_THIS", "token_env": "NOR_THAT"}
    assert scene.command("plan").returncode == 0
    refused = scene.command("run")
    assert refused.returncode == 2
    assert "NOT_SET_HERE" in refused.stderr


def test_a_cache_that_cannot_be_made_is_one_sentence(scene, tmp_path):
    (tmp_path / "file").write_text("")
    config = scene.configure()
    program = Path(sys.executable).with_name("updater")
    words = [program, "plan", "--config", config, "--cache-dir", tmp_path / "file" / "cache"]
    tried = subprocess.run(words, capture_output=True, text=True, check=False)
    assert tried.returncode == 2
    assert tried.stderr.count("\n") == 1
    assert "--cache-dir" in tried.stderr
