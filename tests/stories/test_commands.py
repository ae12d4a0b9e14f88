"""The commands as a user starts them: other processes, by their output and exit status."""

import json
import re
import signal
import socket
from contextlib import closing

import pytest
from world.scene import TOKEN, Scene
from world.service import answers, ended, running, within

from updater.sandbox.world import FIRST_TAG, PRODUCTION, STAGING, overlay

BRANCH = "updater/app/production--shop"
FINE, FAILED, USAGE, DIFFERS = 0, 1, 2, 3


@pytest.fixture
def scene(tmp_path, monkeypatch):
    """On today's clock, as the processes have no other; so production does not soak."""
    scene = Scene(tmp_path, ["shop"], start=None)
    del scene.config["environments"][PRODUCTION]["gates"]
    monkeypatch.setenv(TOKEN, scene.hub.bot_token)
    yield scene
    scene.close()


def planned(scene):
    done = scene.command("plan", "--output", "json")
    assert done.returncode == FINE, done.stderr
    (repository,) = json.loads(done.stdout)["repositories"]
    return repository


def once(scene):
    done = scene.command("once", "--output", "json")
    assert done.returncode == FINE, done.stderr
    (repository,) = json.loads(done.stdout)["repositories"]
    return repository


# --- as a shell starts them -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        ("plan", "--output", "json"),
        ("status",),
        ("explain", "shop", STAGING),
        ("doctor",),
        ("check",),
        ("once", "--output", "json"),
        ("hold", "shop", "--why", "audit"),
        ("promote", "shop", STAGING, "--dry-run"),
    ],
    ids=lambda words: words[0],
)
def test_a_command_imports_all_it_needs_by_itself(scene, words):
    """`Scene.command` starts with all that any command imports."""
    started = scene.start(*words)
    out, err = started.communicate(timeout=50)
    assert "Traceback" not in err
    again = scene.command(*words)
    assert started.returncode == again.returncode, (out, err, again)


# --- plan and once --------------------------------------------------------------------------------------


def test_once_writes_to_the_byte_what_plan_has_shown(scene):
    tag = scene.build()
    before = scene.everything()
    plan = planned(scene)
    assert scene.everything() == before
    once(scene)
    (step,) = plan["steps"]
    check_pushed(scene, step["refs"][0])
    assert scene.pinned("shop", STAGING) == tag

    plan = planned(scene)
    once(scene)
    branches, opening, status = plan["steps"]
    check_pushed(scene, branches["refs"][0])
    pull = scene.pull()
    assert (opening["title"], opening["body"]) == (pull.title, pull.body)
    assert (opening["branch"], opening["base"]) == (pull.head, pull.base)
    (said,) = scene.hub.statuses(scene.repository, scene.branch_head(pull))
    assert status["status"] == {"state": said.state, "description": said.description}


def check_pushed(scene, update):
    """The ref is one commit further: with that parent, that message and those texts, and no others."""
    (draft,) = update["commits"]
    commit = scene.log(update["ref"])[0]
    assert commit.parents == (update["base"],)
    assert commit.message.strip() == draft["message"].strip()
    changed = scene.hub.find(scene.repository).git.text(
        "diff", "--name-only", f"{update['base']}..{commit.sha}"
    )
    assert changed.split() == list(draft["files"])
    for path, text in draft["files"].items():
        assert scene.hub.read(scene.repository, update["ref"], path).decode() == text
    old = scene.hub.read(scene.repository, update["base"], path).decode().splitlines()
    removed = [line[1:] for line in draft["diff"].splitlines() if re.match("-(?!--)", line)]
    assert removed == [line for line in old if f"newTag: {FIRST_TAG}" in line]


def test_plan_shows_people_the_difference_the_message_and_the_pull_request(scene):
    tag = scene.build()
    shown = scene.command("plan").stdout
    assert f"-    newTag: {FIRST_TAG}\n" in shown
    assert f"+    newTag: {tag}\n" in shown
    assert f"| chore(shop): bump staging to {tag}\n" in shown
    assert f"+++ b/{overlay(STAGING)}\n" in shown
    scene.run()
    shown = scene.command("plan").stdout
    assert f"open a pull request: production: shop {tag}\n" in shown
    assert "| ### Why it is safe\n" in shown


@pytest.mark.parametrize("words", [["plan"], ["status"], ["explain", "shop", STAGING]])
def test_a_hold_for_nobody_is_told_by_whatever_shows_the_repository(scene, words):
    files = {".updater/holds.yaml": "holds: [{app: shpo, why: audit}]"}
    scene.hub.commit(scene.repository, "main", files, "Hold")
    done = scene.command(*words)
    assert "warning: .updater/holds.yaml:1: the config has no app 'shpo'" in done.stdout + done.stderr
    assert done.returncode == FINE


def test_i5_once_more_does_nothing_and_asks_little(scene):
    scene.build()
    scene.run()
    scene.run()
    before, since = scene.everything(), len(scene.hub.requests)
    scene.registry.requests.clear()
    done = scene.command("once")
    assert done.returncode == FINE
    assert "nothing to do" in done.stdout
    assert scene.everything() == before
    assert not scene.writes(since)
    asked = {}
    for request in scene.registry.requests:
        asked.setdefault(request.path, []).append(request.status)
    assert sum(path.startswith("/token") for path in asked) == 1
    # A new process does not know yet that a token is wanted: its first try is refused.
    assert [answered for path, answered in asked.items() if "/tags/list" in path] == [[401, 200]]


def test_plan_check_tells_by_its_exit_status_whether_something_would_be_written(scene):
    assert scene.command("plan", "--check").returncode == FINE
    scene.build()
    assert scene.command("plan", "--check").returncode == DIFFERS
    assert scene.command("plan").returncode == FINE
    scene.registry.fault("/tags/list", 500)
    assert scene.command("plan", "--check").returncode == FAILED
    scene.config["environments"][STAGING]["delivery"] = "push"
    done = scene.command("plan", "--check")
    assert done.returncode == USAGE
    assert "deliver" in done.stderr
    assert "updater.yaml:" in done.stderr
    assert "Traceback" not in done.stderr


def test_strict_is_no_success_where_somebody_has_to_mend_something_and_says_where(scene):
    for words in (["plan"], ["once"], ["status"]):
        done = scene.command(*words, "--strict")
        assert (done.returncode, done.stderr) == (FINE, ""), "to wait, or to be up to date, is fine"
    environment = scene.config["environments"][STAGING]
    environment["path"] = f"{environment['path']}-renamed"
    for words in (["plan"], ["once"], ["status"], ["plan", "--output", "json"]):
        assert scene.command(*words).returncode == FINE
        done = scene.command(*words, "--strict")
        assert done.returncode == FAILED
        assert "blocked or failing" in done.stderr
        assert f"shop in {STAGING}" in done.stderr or f"{STAGING}/shop" in done.stderr


def test_check_reads_the_config_alone(scene):
    scene.hub.fault("", 500)
    done = scene.command("check")
    assert (done.returncode, done.stderr) == (FINE, "")
    assert done.stdout.startswith("fine: 1 app in 2 environments, 1 deploy repository")
    scene.apps["shop"]["imagse"] = []
    done = scene.command("check")
    assert done.returncode == USAGE
    assert "shop.yaml:1" in done.stderr
    assert "images" in done.stderr


def test_a_failed_reading_ends_in_exit_status_1_and_a_sentence(scene):
    scene.hub.fault("git-upload-pack", 500)
    done = scene.command("once")
    assert done.returncode == FAILED
    assert scene.world.url in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_observe_decides_and_shows_and_writes_nothing(scene):
    scene.config["mode"] = "observe"
    tag = scene.build()
    before = scene.everything()
    done = scene.command("once")
    assert done.returncode == FINE
    assert f"shop in staging: {FIRST_TAG} -> {tag}" in done.stdout
    assert "nothing was written: the mode is observe; `mode: act` in the config writes\n" in done.stderr
    assert scene.everything() == before


def test_what_is_wrong_with_a_manifest_is_said_with_its_line(scene):
    text = scene.text(STAGING)
    twice = text.replace("images:\n", "images:\n  - name: ghcr.io/acme/shop\n    newTag: 20260201-090000\n")
    scene.hub.commit(scene.repository, "main", {overlay(STAGING): twice}, "Twice")
    line = rf"shop in staging: nothing, holds: {re.escape(overlay(STAGING))}:\d+: \w"
    assert re.search(line, scene.command("plan").stdout)


@pytest.mark.parametrize("command", ["plan", "once", "run"])
def test_a_secret_that_is_not_set_is_named(scene, command):
    done = scene.command(command, environment={TOKEN: ""})
    assert done.returncode == USAGE
    assert TOKEN in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1


def test_check_warns_of_a_secret_that_is_not_set(scene):
    done = scene.command("check", environment={TOKEN: ""})
    assert done.returncode == FINE
    assert TOKEN in done.stderr


def test_a_repository_that_config_does_not_know_is_named(scene):
    done = scene.command("once", "--repository", "other")
    assert done.returncode == USAGE
    assert "other" in done.stderr


# --- run --------------------------------------------------------------------------------------------------


def test_run_bumps_answers_its_probes_and_ends_on_sigterm(scene):
    with running(scene) as (process, url):
        within(20, lambda: answers(f"{url}/readyz"))
        tag = scene.build()
        within(10, lambda: scene.pinned("shop", STAGING) == tag)
        within(10, scene.pulls)
        assert answers(f"{url}/livez").text == "ok\n"
        metrics = answers(f"{url}/metrics").text
        assert 'updater_passes_total{repository="deploy",result="ok"}' in metrics
        assert 'updater_promotions_total{delivery="push",environment="staging"} 1.0' in metrics
        status, lines, seconds = ended(process)
    assert status == 0
    assert seconds < 5
    assert lines[0]["event"] == "service_started"
    assert lines[-1]["event"] == "service_stopped"
    finished = [line for line in lines if line["event"] == "pass_finished"]
    assert {line["result"] for line in finished} == {"ok"}


def test_a_port_that_the_system_chose_is_told(scene):
    scene.config["service"] = {"listen": "127.0.0.1:0"}
    process = scene.start("run")
    try:
        listen = json.loads(process.stderr.readline())["listen"]
        assert within(20, lambda: answers(f"http://{listen}/livez"))
    finally:
        process.kill()
        process.communicate()


def test_a_service_that_is_interrupted_ends_as_one_that_is_told_to(scene):
    """It goes on until then: nothing was cut short."""
    scene.config["service"] = {"listen": "127.0.0.1:0"}
    process = scene.start("run")
    listen = json.loads(process.stderr.readline())["listen"]
    assert within(20, lambda: answers(f"http://{listen}/livez"))
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=30)
    assert process.returncode == 0, said


def test_an_address_that_is_taken_is_named_once(scene):
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        scene.config["service"] = {"listen": listen}
        done = scene.command("run")
    assert done.returncode == USAGE
    assert (
        done.stderr == f"service.listen: cannot listen on {listen} (address already in use): name another\n"
    )


def test_requests_are_counted_by_host_and_code(scene):
    with running(scene) as (_, url):
        within(20, lambda: answers(f"{url}/readyz"))
        told = answers(f"{url}/metrics").text
        for host in (scene.hub.host, scene.registry.host):
            assert f'updater_requests_total{{code="200",host="{host}"}}' in told


def test_what_a_host_still_allows_is_shown(scene):
    scene.registry.fault(headers={"RateLimit-Remaining": "76;w=21600"})
    with running(scene) as (_, url):
        within(20, lambda: answers(f"{url}/readyz"))
        left = f'updater_budget_remaining{{host="{scene.registry.host}"}} 76.0'
        assert left in answers(f"{url}/metrics").text


def test_run_in_observe_mode_writes_nothing(scene):
    scene.config["mode"] = "observe"
    scene.build()
    before = scene.everything()
    with running(scene) as (process, url):
        within(20, lambda: answers(f"{url}/readyz"))
        status, lines, _ = ended(process)
    assert status == 0
    assert scene.everything() == before
    assert not [line for line in lines if line["event"] == "step_done"]


def test_sigterm_ends_it_within_ten_seconds_though_a_registry_never_answers(scene):
    with closing(socket.create_server(("127.0.0.1", 0))) as deaf:
        scene.config["registries"]["ghcr.io"]["endpoint"] = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        with running(scene) as (process, url):
            within(20, lambda: answers(f"{url}/livez"))
            asking, _ = deaf.accept()
            with asking:
                status, lines, seconds = ended(process)
    assert status == 0
    assert seconds < 10
    assert lines[-1]["event"] == "service_stopped"
    assert lines[-1]["cut_off"] == ["deploy"]
