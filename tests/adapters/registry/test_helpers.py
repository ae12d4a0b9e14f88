"""The programs docker-credential-*: what they say, when they are asked, and all the ways they fail."""

import json
import os
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from updater.adapters.registry import DockerConfig, Helper, Helpers
from updater.adapters.registry.credentials import RegistryLogin
from updater.errors import Refused, Unavailable

ANSWER = 'echo \'{"ServerURL":"x","Username":"AWS","Secret":"hush"}\''


@pytest.fixture
def helper(tmp_path, monkeypatch):
    """Put a helper on the path; it counts its calls, and writes down what it was asked."""
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    def install(script=ANSWER, name="ours"):
        program = tmp_path / f"docker-credential-{name}"
        program.write_text(f'#!/bin/sh\necho "$*: $(cat)" >> {tmp_path}/calls\n{script}\n')
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        return Helper(name, Helpers(patience=5))

    return install


@pytest.fixture
def calls(tmp_path):
    def read():
        path = tmp_path / "calls"
        return path.read_text().splitlines() if path.exists() else []

    return read


def test_a_helper_is_asked_by_stdin_for_the_host(helper, calls):
    assert helper().login("ghcr.io", "org/shop") == RegistryLogin("AWS", "hush")
    assert calls() == ["get: ghcr.io"]


def test_a_token_is_taken_for_a_refresh_token(helper):
    ours = helper('echo \'{"Username":"<token>","Secret":"refresh"}\'')

    assert ours.login("a.azurecr.io", "shop") == RegistryLogin(identity="refresh")


def test_a_helper_that_knows_nothing_leaves_us_anonymous(helper):
    ours = helper('echo "credentials not found in native keychain"; exit 1')

    assert ours.login("ghcr.io", "org/shop") is None


def test_the_answer_is_used_for_a_while_and_renewed_before_it_can_expire(helper, calls):
    helper()
    now = [0.0]
    ours = Helper("ours", Helpers(now=lambda: now[0]))
    for at in (0, 1, 599):
        now[0] = at
        ours.login("ghcr.io", "org/shop")
    assert len(calls()) == 1

    now[0] = 600
    ours.login("ghcr.io", "org/shop")
    assert len(calls()) == 2


def test_a_refused_answer_is_renewed_but_not_at_once_again(helper, calls):
    helper()
    now = [0.0]
    ours = Helper("ours", Helpers(now=lambda: now[0]))
    ours.login("ghcr.io", "org/shop")

    for at in (1, 29):
        now[0] = at
        ours.login("ghcr.io", "org/shop", renew=True)
    assert len(calls()) == 1

    now[0] = 31
    ours.login("ghcr.io", "org/shop", renew=True)
    assert len(calls()) == 2


def test_hosts_are_asked_for_apart_and_images_of_one_together(helper, calls):
    ours = helper()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: ours.login("ghcr.io", f"org/{number}"), range(16)))
    ours.login("other.example", "org/shop")

    assert calls() == ["get: ghcr.io", "get: other.example"]


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("echo hush; exit 3", r"failed \(exit status 3\)"),
        ("echo hush", "no credentials that can be read"),
        ("", "no credentials that can be read"),
        ("echo '[\"hush\"]'", "no credentials that can be read"),
        ('echo \'{"Username":"hush"}\'', "no credentials that can be read"),
        ('echo \'{"Username":"a","Secret":["hush"]}\'', "no credentials that can be read"),
        ("kill -9 $$", "failed"),
    ],
)
def test_a_helper_that_fails_is_one_sentence_without_what_it_said(helper, script, words):
    with pytest.raises(Unavailable, match=words) as caught:
        helper(script).login("ghcr.io", "org/shop")

    assert caught.value.code == "credentials"
    assert "docker-credential-ours" in caught.value.sentence
    assert "hush" not in caught.value.sentence


def test_a_failure_is_not_repeated_for_every_image_and_mends_itself(helper, calls):
    helper("exit 1")
    now = [0.0]
    ours = Helper("ours", Helpers(now=lambda: now[0]))
    for _ in range(5):
        with pytest.raises(Unavailable):
            ours.login("ghcr.io", "org/shop")
    assert len(calls()) == 1

    helper(ANSWER)
    now[0] = 31
    assert ours.login("ghcr.io", "org/shop") == RegistryLogin("AWS", "hush")


def test_a_helper_that_hangs_is_given_up_with_all_it_has_started(helper, tmp_path):
    helper(f"sleep 60 & echo $! > {tmp_path}/child; sleep 60")
    began = time.monotonic()

    with pytest.raises(Unavailable, match="said nothing for 1 s"):
        Helper("ours", Helpers(patience=1)).login("ghcr.io", "org/shop")

    assert time.monotonic() - began < 5
    child = int((tmp_path / "child").read_text())
    assert _is_gone(child)


def _is_gone(process):
    for _ in range(100):
        try:
            state = Path(f"/proc/{process}/stat").read_text().split()[2]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("name", ["missing", "../evil", "", "a b", "-x"])
def test_a_helper_that_is_not_there_is_refused(name):
    with pytest.raises(Refused, match="is not on the path"):
        Helper(name, Helpers()).login("ghcr.io", "org/shop")


@pytest.mark.parametrize(
    ("server", "asked"),
    [
        ("ghcr.io", ["get: ghcr.io"]),
        ("other.example", []),
        ("registry-1.docker.io", ["get: https://index.docker.io/v1/"]),
    ],
)
def test_a_docker_config_names_helpers_for_hosts(helper, calls, tmp_path, server, asked):
    helper()
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"credHelpers": {"https://ghcr.io": "ours", "docker.io": "ours"}}))

    login = DockerConfig(path, Helpers()).login(server, "org/shop")

    assert login == (RegistryLogin("AWS", "hush") if asked else None)
    assert calls() == asked


def test_a_store_is_asked_for_what_the_file_does_not_hold_itself(helper, calls, tmp_path):
    helper()
    path = tmp_path / "config.json"
    auths = {"ghcr.io": {}, "plain.example": {"username": "bot", "password": "x"}}
    path.write_text(json.dumps({"auths": auths, "credsStore": "ours"}))
    config = DockerConfig(path, Helpers())

    assert config.login("plain.example", "shop") == RegistryLogin("bot", "x")
    assert config.login("ghcr.io", "org/shop") == RegistryLogin("AWS", "hush")
    assert calls() == ["get: ghcr.io"]
