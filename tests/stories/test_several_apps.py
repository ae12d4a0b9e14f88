"""Several Apps for one owner: what any of them has done is ours, and one that stops stops nobody else."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from world.installed_apps import install
from world.scene import OWNER, PRODUCTION, STAGING, Scene, reason, well

from updater.config import load
from updater.model import SetStatus
from updater.sandbox.github.protection import Protection
from updater.service.worker import Worker
from updater.web import matrix_rows

APPS = ["shop", "api", "blog"]
FIRST, SECOND = "first[bot]", "second[bot]"


@pytest.fixture
def scene(tmp_path):
    scene = Scene(tmp_path, APPS, start=datetime.now(UTC))
    apps = [install(scene.hub, tmp_path, name) for name in ("first", "second")]
    scene.config["forges"][scene.hub.host] = {"apps": apps, "api": scene.hub.api}
    yield scene
    scene.close()


def apps_of(scene):
    return scene.config["forges"][scene.hub.host]["apps"]


def favour(scene, login, name="first"):
    """The other has written so much within the hour that all goes out as this one."""
    left = scene.updater(name).writes_left()
    ahead = left.get((scene.hub.host, number_of(scene, login)), 500)
    behind = left.get((scene.hub.host, number_of(scene, other_than(login))), 500)
    wrote = [scene.world.clock() - timedelta(minutes=5)] * max(behind - ahead + 100, 0)
    whose = f"{scene.hub.host}, app {number_of(scene, other_than(login))}"
    scene.updater(name).hear_writes(whose, wrote)


def other_than(login):
    return {FIRST: SECOND, SECOND: FIRST}[login]


def number_of(scene, login):
    return str(apps_of(scene)[[FIRST, SECOND].index(login)]["app_id"])


def app_of(pull):
    return pull.head.rpartition("--")[2]


def latest_status(scene, pull):
    return scene.hub.find(scene.repository).statuses[scene.branch_head(pull)][-1]


def opened_by(scene, login):
    """One that this App has opened; from now on the other one writes."""
    favour(scene, login)
    for app in APPS:
        scene.build(app)
    well(scene.run())
    scene.soak()
    well(scene.run())
    favour(scene, other_than(login))
    assert {pull.user.login for pull in scene.pulls()} == {login}
    return scene.pulls()[0]


@pytest.mark.parametrize("login", [FIRST, SECOND])
def test_what_either_has_opened_is_updated_and_judged_and_not_opened_again(scene, login):
    pull = opened_by(scene, login)
    count = len(scene.pulls("all"))
    tags = {app: scene.build(app) for app in APPS}
    favour(scene, other_than(login), "again")
    well(scene.run("again"))
    scene.soak()
    report = well(scene.run("again"))

    assert len(scene.pulls("all")) == count
    assert {pull.number for pull in scene.pulls()} == {1, 2, 3}
    assert not [outcome for outcome in report.outcomes if outcome.error]
    assert pull.user.login == login
    assert tags[app_of(pull)] in pull.title
    status = latest_status(scene, pull)
    assert (status.state, status.user.login) == ("success", FIRST)


def test_a_pass_over_an_unchanged_world_writes_nothing(scene):
    opened_by(scene, FIRST)
    well(scene.run())
    asked = len(scene.hub.requests)
    well(scene.run())
    well(scene.run("again"))
    assert not [each for each in scene.writes(asked) if "access_tokens" not in each.path]


def test_auto_merge_that_one_switched_on_is_no_persons_for_the_other(scene):
    """Else what is left to people would still be merged by our word, and no newer build would be shown."""
    scene.hub.allow_auto_merge(scene.repository)
    pull = opened_by(scene, FIRST)
    scene.hub.set_auto_merge(scene.repository, pull.number, SECOND)
    shown = pull.title

    scene.build(app_of(pull))
    well(scene.run())
    scene.soak()
    well(scene.run())

    assert pull.title != shown


def test_a_person_who_is_called_as_an_app_without_its_ending_is_a_person(scene):
    scene.hub.allow_auto_merge(scene.repository)
    pull = opened_by(scene, FIRST)
    scene.hub.set_auto_merge(scene.repository, pull.number, "second")
    shown = pull.title

    scene.build(app_of(pull))
    well(scene.run())
    scene.soak()
    well(scene.run())

    assert pull.title == shown
    assert pull.auto_merge.user.login == "second"


@pytest.mark.parametrize(("who", "stays"), [("second", True), (SECOND, False)])
def test_what_a_person_so_called_has_queued_stays_in_the_queue(scene, who, stays):
    scene.hub.allow_auto_merge(scene.repository)
    scene.settings(auto_merge=True)
    pull = opened_by(scene, FIRST)
    queued = Protection(requires_pull=False, merge_queue=True, bypass=frozenset({FIRST, SECOND}))
    scene.hub.protect_by_ruleset(scene.repository, "main", queued)
    scene.hub.queue(scene.repository, pull.number, login=who)
    held = f"holds: [{{app: {app_of(pull)}, why: audit, by: kim}}]"
    scene.hub.commit(scene.repository, "main", {".updater/holds.yaml": held}, "Hold")
    for _ in range(2):
        well(scene.run())
    assert (pull.queued_by is not None) == stays


def test_what_an_app_without_a_name_may_have_opened_is_left_alone_until_it_tells_it(scene):
    """By the mark alone it would be anybody's; by the names alone, a stranger's."""
    pull = opened_by(scene, SECOND)
    app, shown = app_of(pull), (pull.title, pull.body)
    number = int(number_of(scene, SECOND))
    gone = scene.hub.forge.apps.pop(number)
    said, tag = len(statuses(scene, pull)), scene.build(app)
    scene.run("after a start")
    scene.soak()
    report = scene.run("after a start")

    assert (pull.title, pull.body, pull.state) == (*shown, "open")
    assert len(statuses(scene, pull)) == said
    code, why = reason(report, PRODUCTION, app)
    assert code == "branch_taken"
    assert "an App of `apps` has not told its name" in why
    assert len(scene.pulls("all")) == len(APPS)

    scene.hub.forge.apps[number] = gone
    scene.world.clock.forward(minutes=2)
    well(scene.run("after a start"))
    assert tag in pull.title


def statuses(scene, pull):
    return scene.hub.find(scene.repository).statuses[scene.branch_head(pull)]


def test_what_a_stranger_opens_from_our_branch_is_no_proposal_of_ours(scene):
    """With all our marks: only whom we act as is we."""
    pull = opened_by(scene, SECOND)
    number, body = pull.number, pull.body
    scene.hub.close(scene.repository, number)
    scene.hub.open(scene.repository, pull.head, base="main", title="mine", body=body, login="mallory")
    well(scene.run())
    (theirs,) = [each for each in scene.pulls() if each.user.login == "mallory"]
    assert (theirs.title, theirs.body) == ("mine", body)


def test_an_app_that_was_uninstalled_stops_what_is_its_alone_and_is_told(scene):
    opened_by(scene, FIRST)
    del scene.hub.forge.apps[apps_of(scene)[0]["app_id"]]
    tag = scene.build("shop")
    scene.world.clock.forward(hours=2)
    well(scene.run())
    scene.soak()
    report = scene.run()

    assert not report.unreadable
    assert {type(each.step) for each in report.outcomes if each.error} == {SetStatus}
    assert scene.pinned("shop", STAGING) == tag
    remarks = [said for outcome in report.outcomes for said in outcome.remarks]
    assert [said for said in remarks if "check app_id and installation_id" in said]


def test_a_further_app_that_is_refused_is_told_of_with_each_pass_until_it_is_let_in(scene):
    opened_by(scene, FIRST)
    number = int(number_of(scene, SECOND))
    gone = scene.hub.forge.apps.pop(number)
    scene.build("shop")
    scene.world.clock.forward(hours=2)
    well(scene.run())
    scene.soak()
    favour(scene, SECOND)
    well(scene.run())
    for _ in range(2):
        (told,) = passed_over(scene.run())
        assert "check app_id and installation_id" in told
    scene.hub.forge.apps[number] = gone
    scene.world.clock.forward(minutes=2)
    assert not passed_over(scene.run())


def passed_over(report):
    return [each for each in report.warnings if each.endswith("the others of `apps` do its work")]


def test_two_apps_write_twice_as_much_within_an_hour(tmp_path):
    names = [f"app-{number}" for number in range(8)]
    scene = Scene(tmp_path, names)
    apps = [install(scene.hub, tmp_path, name) for name in ("first", "second")]
    scene.config["forges"][scene.hub.host] = {"apps": apps, "api": scene.hub.api}
    scene.hub.enforce_limits(writes=8)
    for name in names:
        scene.build(name)
    well(scene.run())
    scene.soak()
    scene.run()

    written = [scene.hub.forge.limits.written(login) for login in (FIRST, SECOND)]
    assert written == [8, 7]  # eight are opened, and as many judged by the first alone
    for _ in range(3):
        scene.world.clock.forward(hours=1)
        scene.run()
    assert len(scene.pulls("all")) == len(names)
    scene.close()


def test_what_others_write_where_nobody_here_does_is_not_heaped_up(scene):
    """Of workers, each hears of the others' writes to hosts of repositories that it never looks after."""
    updater, now = scene.updater("first"), scene.world.clock()
    for _ in range(10):
        updater.hear_writes("elsewhere.example", [now] * 100)
    assert len(updater._forges._heard_before["elsewhere.example"]) == 500


# --- what doctor says --------------------------------------------------------------------------------------


def said(scene):
    asked = scene.command("doctor", "--output", "json")
    found = json.loads(asked.stdout)["findings"]
    return {each["what"]: (each["state"], each["sentence"]) for each in found if "app " in each["what"]}


def test_doctor_tries_each_and_says_what_is_left(scene):
    first, second = said(scene).values()
    assert first[0] == second[0] == "works"
    assert first[1].startswith(f"{FIRST} is installed on ")
    assert "requests are left until 20" in second[1]


def test_doctor_names_the_one_that_is_installed_elsewhere(scene, tmp_path):
    apps_of(scene).append(install(scene.hub, tmp_path, "third", owner="elsewhere"))
    *_, (state, sentence) = said(scene).values()
    assert state == "broken"
    assert sentence == (
        f"third[bot] is installed on elsewhere, and not on {OWNER}, which has deploy: "
        "install it there, or leave it out"
    )


def test_doctor_names_the_one_that_may_less(scene, tmp_path):
    rights = {"contents": "write", "metadata": "read", "pull_requests": "write"}
    apps_of(scene).append(install(scene.hub, tmp_path, "third", rights))
    found = json.loads(scene.command("doctor", "--output", "json").stdout)["findings"]
    number = apps_of(scene)[2]["app_id"]
    (told,) = [each for each in found if f"app {number} has not" in each["sentence"]]
    assert told["state"] == "broken"
    assert told["sentence"] == (
        f"app {number} has not statuses:write, which another of `apps` has: "
        "give all of them the same permissions"
    )


def test_check_and_doctor_name_the_key_that_is_missing(scene):
    Path(apps_of(scene)[1]["private_key_file"]).unlink()
    for command in ("check", "doctor"):
        asked = scene.command(command)
        assert f"forges.{scene.hub.host}.apps, app {apps_of(scene)[1]['app_id']}: the file" in (
            asked.stdout + asked.stderr
        )


# --- a key that is not there -------------------------------------------------------------------------------


def test_a_further_app_whose_key_is_missing_is_passed_over_as_one_that_is_refused(scene):
    """The start goes on, what is to be written is written by the other, and the remark says so."""
    file = Path(apps_of(scene)[1]["private_key_file"])
    file.unlink()
    tag = scene.build()
    done = scene.command("once")
    assert done.returncode == 0, done.stderr
    assert scene.pinned("shop", STAGING) == tag
    favour(scene, SECOND)
    scene.soak()
    report = scene.run()
    assert {pull.user.login for pull in scene.pulls()} == {FIRST}
    remarks = [str(remark) for outcome in report.outcomes for remark in outcome.remarks]
    assert [each for each in remarks if str(file) in each and "`updater doctor` tries each" in each]


def test_the_page_says_whose_key_is_missing_for_as_long_as_it_is(scene):
    file = Path(apps_of(scene)[1]["private_key_file"])
    key = file.read_text()
    file.unlink()
    worker = Worker(load(scene.configure()), lambda settings: scene.updater())
    for _ in range(2):
        worker._pass("deploy")
        (told,) = matrix_rows.warnings(worker.reports.snapshot())
        assert told.startswith(f"forges.{scene.hub.host}.apps, app {number_of(scene, SECOND)}: the file ")
    file.write_text(key)
    worker._pass("deploy")
    assert not matrix_rows.warnings(worker.reports.snapshot())


def test_the_service_says_whose_key_is_missing_and_starts(scene):
    Path(apps_of(scene)[1]["private_key_file"]).unlink()
    worker = Worker(load(scene.configure()), lambda settings: scene.updater())
    with capture_logs() as logs:
        worker.start()
        worker.stop()
    (said,) = [each["why"] for each in logs if each["event"] == "app_passed_over"]
    assert said.startswith(f"forges.{scene.hub.host}.apps, app {apps_of(scene)[1]['app_id']}: the file ")


def test_without_the_key_of_the_first_nothing_starts(scene):
    Path(apps_of(scene)[0]["private_key_file"]).unlink()
    done = scene.command("once")
    assert done.returncode == 2
    assert f"apps, app {apps_of(scene)[0]['app_id']}: the file" in done.stderr
