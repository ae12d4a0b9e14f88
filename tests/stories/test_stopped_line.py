"""So many apps went back that nothing goes forward, until somebody says so or the time is over."""

import json

import pytest
import structlog
from stories.test_people import record
from world.scene import TOKEN, Scene, decided, promoted, reason, well

from updater import holds
from updater.holds import Everything
from updater.model import Placement
from updater.sandbox.world import FIRST_TAG, PRODUCTION, STAGING, overlay
from updater.service.pass_log import PassLogger

APPS = ("shop", "blog", "pay")


@pytest.fixture
def scene(tmp_path, monkeypatch):
    made = Scene(tmp_path, apps=APPS)
    monkeypatch.setenv(TOKEN, made.hub.bot_token)
    made.config["repositories"]["deploy"]["breaker"] = {"rolled_back": 3, "within": "1h", "for": "4h"}
    yield made
    made.close()


def deployed(scene):
    """Staging has a build of each app."""
    for app in APPS:
        scene.build(app)
    well(scene.run())


def back(scene, *apps, environment=STAGING):
    """By whomever: a person sets the pins by hand."""
    for app in apps:
        scene.set(environment, app, FIRST_TAG)
        scene.world.clock.forward(minutes=1)


def reasons(report):
    return {name.app: each.reasons[0].code for name, each in decided(report).items() if name[0] == STAGING}


def test_three_apps_that_go_back_close_together_stop_all_and_time_lets_them_go_on(scene):
    deployed(scene)
    back(scene, *APPS)
    new = scene.build("shop")
    report = well(scene.run())
    code, said = reason(report, STAGING)
    assert code == "line_stopped"
    assert said.startswith("the line is stopped until 2026-02-0")
    assert said.endswith(": 3 apps went back within 1h (shop, blog, pay); `updater release --all` ends that")
    assert {each.reasons[0].code for each in decided(report).values()} == {"line_stopped"}
    assert not report.steps
    assert scene.pinned("shop", STAGING) == FIRST_TAG
    scene.world.clock.forward(hours=4)
    well(scene.run())
    assert scene.pinned("shop", STAGING) == new


def test_two_do_not_nor_three_that_go_back_over_the_day(scene):
    deployed(scene)
    back(scene, "shop", "blog")
    scene.world.clock.forward(hours=2)
    back(scene, "pay")
    new = scene.build("shop")
    well(scene.run())
    assert scene.pinned("shop", STAGING) == new


def test_one_app_in_two_environments_is_one(scene):
    deployed(scene)
    for app in APPS[:2]:
        scene.set(PRODUCTION, app, scene.pinned(app, STAGING))
    back(scene, *APPS[:2])
    back(scene, *APPS[:2], environment=PRODUCTION)
    scene.build("pay")
    assert promoted(scene.run(), STAGING, "pay")


def test_an_app_that_is_deleted_did_not_go_back(scene):
    deployed(scene)
    back(scene, "shop", "blog")
    kept, _, gone = scene.text(STAGING).partition("  - name: ghcr.io/acme/pay\n")
    assert gone
    scene.hub.commit(scene.repository, "main", {overlay(STAGING): kept}, "Take it out")
    assert "line_stopped" not in reasons(scene.run()).values()


def test_a_release_of_all_is_recorded_and_lets_the_line_go_on_until_as_many_more_go_back(scene):
    deployed(scene)
    back(scene, *APPS)
    new = scene.build("shop")
    assert reason(scene.run(), STAGING)[0] == "line_stopped"
    done = scene.command("release", "--all", "--by", "kim", "--why", "it was the database")
    assert done.returncode == 0, done
    (newest, *_) = scene.log()
    assert newest.message.startswith("chore(all): release everything\n\nit was the database\n\nBy kim.")
    said = holds.read(scene.hub.read(scene.repository, "main", holds.PATH))
    assert [(each.app, each.environment, each.why) for each in said.releases] == [
        ("*", "*", "it was the database")
    ]
    report = well(scene.run())
    assert not report.warnings
    assert scene.pinned("shop", STAGING) == new
    again = scene.command("release", "--all", "--by", "kim")
    assert "nothing to change" in again.stderr
    for app in APPS[1:]:
        scene.build(app)
    well(scene.run())
    back(scene, *APPS)
    scene.build("shop")
    assert reason(scene.run(), STAGING)[0] == "line_stopped"
    assert scene.command("release", "--all", "--by", "lee").returncode == 0
    well(scene.run())
    assert scene.pinned("shop", STAGING) != FIRST_TAG


def test_to_lift_a_hold_over_everything_counts_as_well(scene):
    deployed(scene)
    record(scene, None, None, lambda data: holds.hold(data, Everything(why="incident")))
    back(scene, *APPS)
    new = scene.build("shop")
    assert reason(scene.run(), STAGING)[0] == "held"
    assert scene.command("release", "--all", "--by", "kim").returncode == 0
    assert b"releases" not in (scene.hub.read(scene.repository, "main", holds.PATH) or b"")
    well(scene.run())
    assert scene.pinned("shop", STAGING) == new


def test_a_person_passes_over_a_stopped_line_by_name_and_goes_back_without_asking(scene):
    deployed(scene)
    back(scene, *APPS)
    new = scene.build("shop")
    words = ("promote", "shop", STAGING, "--tag", new, "--by", "kim")
    refused = scene.command(*words)
    assert refused.returncode == 1
    assert "--override line_stopped" in refused.stdout
    assert scene.command(*words, "--override", "line_stopped", "--why", "the fix").returncode == 0
    assert scene.pinned("shop", STAGING) == new
    assert scene.command("rollback", "shop", STAGING, "--to", FIRST_TAG, "--by", "kim").returncode == 0
    assert "* passed over: the line is stopped until" in scene.log()[0].message


def test_an_open_pull_request_is_red_while_the_line_is_stopped_and_green_again(scene):
    scene.config["repositories"]["deploy"]["breaker"]["rolled_back"] = 2
    _, pull = scene.proposed()
    for app in APPS[1:]:
        scene.build(app)
    well(scene.run())
    back(scene, *APPS[1:])
    well(scene.run())
    head = scene.branch_head(pull)
    status = scene.hub.statuses(scene.repository, head)[0]
    assert (status.state, status.description[:23]) == ("failure", "the line is stopped unt")
    assert scene.command("release", "--all", "--by", "kim").returncode == 0
    well(scene.run())
    assert scene.hub.statuses(scene.repository, head)[0].state == "success"
    assert scene.pull() == pull


def test_without_a_breaker_nothing_is_counted(scene):
    del scene.config["repositories"]["deploy"]["breaker"]
    deployed(scene)
    back(scene, *APPS)
    new = scene.build("shop")
    well(scene.run())
    assert scene.pinned("shop", STAGING) == new


def test_a_quiet_pass_over_a_stopped_line_changes_nothing(scene):
    deployed(scene)
    back(scene, *APPS)
    scene.build("shop")
    well(scene.run())
    before = scene.everything()
    well(scene.run())
    assert scene.everything() == before
    assert Placement(STAGING, "shop") in decided(scene.run())


def test_every_face_says_it_first(scene):
    deployed(scene)
    back(scene, *APPS)
    said = " UTC: 3 apps went back within 1h (shop, blog, pay): updater release --all\n"
    status, plan = scene.command("status"), scene.command("plan")
    assert status.stdout.startswith("deploy: the line is stopped until 2026-02-0")
    assert plan.stdout.splitlines()[1].startswith("  the line is stopped until 2026-02-0")
    assert status.stdout.count(said) == plan.stdout.count(said) == 1
    assert "it holds: the line is stopped until 2026-02-0" in scene.command("explain", "shop", STAGING).stdout
    (line,) = json.loads(scene.command("status", "--output", "json").stdout)["stopped_lines"]
    assert (line["repository"], line["by"], line["apps"]) == ("deploy", None, list(APPS))


def test_the_log_says_when_it_stops_and_when_it_goes_on(scene):
    deployed(scene)
    journal = PassLogger()
    with structlog.testing.capture_logs() as lines:
        journal.tell(scene.run())
        back(scene, *APPS)
        for _ in range(2):
            journal.tell(scene.run())
        scene.world.clock.forward(hours=5)
        for _ in range(2):
            journal.tell(scene.run())
    told = [line for line in lines if line["event"].startswith("line_")]
    assert [line["event"] for line in told] == ["line_stopped", "line_released"]
    assert told[0]["by"] == "breaker"
    assert told[0]["why"].startswith("the line is stopped: 3 apps went back")


def test_who_holds_all_stops_the_line_by_hand(scene):
    deployed(scene)
    assert scene.command("hold", "--all", "--by", "kim", "--why", "incident", "--until", "2h").returncode == 0
    (line,) = json.loads(scene.command("status", "--output", "json").stdout)["stopped_lines"]
    assert (line["by"], line["why"], line["apps"]) == ("kim", "incident", [])
    assert line["until"]
