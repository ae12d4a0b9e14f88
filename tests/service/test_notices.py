"""What people are told, of passes over the embedded world."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from stories.test_people import record

from updater import holds
from updater.config import load
from updater.config.message_templates import FORMS
from updater.holds import Everything
from updater.model import (
    CONDITIONS,
    DeploymentVerdict,
    Outcome,
    Placement,
    PushVerdicts,
    RefUpdate,
    adjective_of,
)
from updater.sandbox.world import PRODUCTION, STAGING
from updater.service.notices import NotifierState, Thresholds, new_notices
from updater.service.notifier import _read, _written

HOURS = timedelta(hours=6)


class Told:
    """Runs passes and keeps what is told of each."""

    def __init__(self, scene):
        self.scene = scene
        self.known = None
        self.patience = Thresholds(HOURS, failing=3)

    def run(self):
        report = self.scene.run()
        config = load(self.scene.configure())
        notices, self.known = new_notices(report, config, self.patience, self.known)
        return notices

    def events(self):
        return [(notice.event, notice.environment) for notice in self.run()]


@pytest.fixture
def told(scene):
    """Every message of every story says all that its templates may name: none of it is missing then."""
    names = {event: "".join(f" {{{name}}}" for name in form.names) for event, form in FORMS.items()}
    bodies = {event: {"body": form.body + names[event]} for event, form in FORMS.items()}
    scene.config["notifications"] = {"templates": bodies}
    told = Told(scene)
    told.run()
    return told


def test_a_push_and_a_proposal_are_told_as_they_are_done(scene, told):
    tag = scene.build()
    (promoted,) = told.run()
    assert (promoted.event, promoted.environment, promoted.app) == ("promoted", STAGING, "shop")
    assert tag in promoted.title

    scene.soak()
    (proposed,) = told.run()
    assert (proposed.event, proposed.environment) == ("proposed", PRODUCTION)
    assert proposed.url.endswith(f"/{scene.pull().number}")


def test_a_merge_is_told_once(scene, told):
    tag, pull = scene.proposed()
    told.run()
    scene.merge(pull)
    (merged,) = told.run()
    assert (merged.event, merged.environment) == ("merged", PRODUCTION)
    assert tag in merged.title
    assert told.run() == []


def test_a_quiet_pass_is_no_news(told):
    assert [told.run() for _ in range(2)] == [[], []]


def test_a_rollback_is_told_and_production_that_still_runs_it(scene, told):
    old = scene.pinned("shop", STAGING)
    tag, pull = scene.proposed()
    scene.merge(pull)
    told.run()
    scene.set(STAGING, "shop", old, message="Back")
    notices = {notice.event: notice for notice in told.run()}
    assert notices.keys() == {"rolled_back", "behind_a_rollback"}
    assert tag in notices["rolled_back"].title
    assert notices["behind_a_rollback"].environment == PRODUCTION
    assert "updater rollback shop production" in notices["behind_a_rollback"].text
    assert told.run() == []


def test_a_hotfix_is_not_called_a_rollback(scene, told):
    scene.config["environments"][STAGING]["tags"]["allow"] = ["v*"]
    tag, pull = scene.proposed()
    scene.merge(pull)
    told.run()
    scene.set(STAGING, "shop", "v1.2.3", message="Hotfix")
    titles = {notice.event: notice.title for notice in told.run()}
    assert titles["rolled_back"] == f"staging: shop left {tag} for v1.2.3"
    assert titles["behind_a_rollback"] == f"production runs shop {tag}, which staging has left for v1.2.3"


def test_what_is_forbidden_and_runs_all_the_same_is_told(scene, told):
    scene.config["environments"][PRODUCTION]["tags"]["forbid"] = ["dev"]
    scene._updaters.clear()
    scene.set(PRODUCTION, "shop", "dev")
    violations = [notice for notice in told.run() if notice.event == "violation"]
    assert [notice.environment for notice in violations] == [PRODUCTION]
    assert "dev" in violations[0].title


def test_a_hold_is_told_when_it_lasts_and_again_when_it_comes_back(scene, told):
    scene.set(STAGING, "shop", "v1.2.3")
    assert ("held_long", STAGING) not in told.events()
    scene.world.clock.forward(hours=7)
    assert ("held_long", STAGING) in told.events()
    assert ("held_long", STAGING) not in told.events()
    scene.set(STAGING, "shop", scene.build())
    told.run()
    scene.set(STAGING, "shop", "v1.2.4")
    told.run()
    scene.world.clock.forward(hours=7)
    assert ("held_long", STAGING) in told.events()


def test_being_up_to_date_is_no_hold_to_tell_of(scene, told):
    scene.world.clock.forward(days=3)
    assert told.run() == []


def test_passes_that_fail_in_a_row_are_told_once_and_a_good_one_ends_it(scene, told):
    def fail():
        scene.registry.fault(status=500)
        return told.events()

    assert [("failing", None) in fail() for _ in range(5)] == [False, False, True, False, False]
    scene.registry.lift()
    told.run()
    assert [("failing", None) in fail() for _ in range(3)] == [False, False, True]


def test_what_cannot_be_read_has_not_ended(scene, told):
    """After bad weather nothing that lasts is told a second time."""
    old = scene.pinned("shop", STAGING)
    scene.proven()
    scene.set(STAGING, "shop", old, message="Back")
    assert ("rolled_back", STAGING) in told.events()
    scene.hub.fault(status=502)
    told.run()
    scene.hub.lift()
    assert ("rolled_back", STAGING) not in told.events()


def test_after_a_restart_without_memory_only_acts_are_told(scene, told):
    old = scene.pinned("shop", STAGING)
    scene.proven()
    scene.set(STAGING, "shop", old, message="Back")
    told.known = None
    assert told.events() == []


def test_memory_survives_being_written_and_read():
    from updater.service.notifier import _read, _written

    known = NotifierState(frozenset({"a", "b"}), {}, 2)
    assert _read(_written(known)) == known


def test_people_are_told_in_the_words_of_the_config(scene):
    templates = {
        "promoted": {"title": "{app}: {old} > {tag}"},
        "proposed": {"body": "{subject} at {url}, from {old} ({instance}, {repository}, {environment})"},
    }
    scene.config["notifications"] = {"templates": templates}
    told, old = Told(scene), scene.pinned("shop", STAGING)
    told.run()
    tag = scene.build()
    (promoted,) = told.run()
    assert (promoted.title, promoted.text) == (f"shop: {old} > {tag}", "shop was promoted in staging")
    scene.soak()
    (proposed,) = told.run()
    title = f"production: shop {tag}"
    assert proposed.title == title
    assert proposed.text == f"{title} at {proposed.url}, from {old} (story, deploy, production)"


def test_a_condition_is_told_when_it_begins_and_when_it_ends(scene, told):
    old = scene.pinned("shop", STAGING)
    tag, pull = scene.proposed()
    scene.merge(pull)
    told.run()
    scene.set(STAGING, "shop", old, message="Back")
    assert ("behind_a_rollback", PRODUCTION) in told.events()
    told.known = _read(json.loads(json.dumps(_written(told.known))))
    assert told.events() == []
    scene.set(PRODUCTION, "shop", old, message="Follow")
    (over,) = [notice for notice in told.run() if notice.event == "ended"]
    assert (over.environment, over.app) == (PRODUCTION, "shop")
    assert "no longer behind a rollback" in over.title
    assert tag in over.text
    assert ("ended", PRODUCTION) not in told.events()


def test_what_nobody_could_read_has_not_ended(scene, told):
    old = scene.pinned("shop", STAGING)
    _, pull = scene.proposed()
    scene.merge(pull)
    told.run()
    scene.set(STAGING, "shop", old, message="Back")
    told.run()
    scene._updaters.clear()  # a process that knows nothing of what was found before
    scene.hub.fault(status=500)
    assert told.events() == []
    scene.hub.lift()
    assert told.events() == []


def test_each_condition_has_its_message():
    assert {kind.event or kind.code for kind in CONDITIONS} <= FORMS.keys()


def test_what_is_verified_is_told_once_it_is_written_and_what_a_newer_one_cut_off_is_not(scene, told):
    placement, at = Placement(PRODUCTION, "shop"), scene.world.clock()
    found = tuple(
        DeploymentVerdict(placement, "20260202-080000", 40 * sha, result, at, at, at, ("2 of 3 were seen",))
        for sha, result in (("a", "verified"), ("b", "unknown"), ("c", "cut"))
    )
    step = PushVerdicts("deploy", RefUpdate("refs/updater/verdicts/main", None, (), None), found)
    report, config = scene.run(), load(scene.configure())
    notices, known = new_notices(
        replace(report, outcomes=(Outcome(step),)), config, told.patience, told.known
    )
    assert [(each.event, each.title) for each in notices] == [
        ("verified", "production: shop 20260202-080000 is verified"),
        ("unverified", "production: shop 20260202-080000 is not verified, as nobody could watch it"),
    ]
    assert "all was well from 2026-02-02 14:" in notices[0].text
    assert "2 of 3 were seen" in notices[1].text
    failed = replace(report, outcomes=(Outcome(step, error="somebody was quicker"),))
    assert new_notices(failed, config, told.patience, known)[0] == []


def test_an_alert_that_no_longer_fires_is_told_in_words():
    assert [adjective_of(kind.code) for kind in CONDITIONS] == [
        "failed", "behind a rollback", "alerting", "moved", "gone", "forbidden"
    ]  # fmt: skip
    assert adjective_of("of_a_newer_version") == "of a newer version"


def test_a_stopped_line_is_told_once_and_its_end_also_after_a_restart(scene, told):
    record(scene, None, None, lambda data: holds.hold(data, Everything(why="incident", by="kim")))
    (stopped,) = told.run()
    assert (stopped.event, stopped.title) == ("line_stopped", "deploy: nothing goes forward")
    assert "the line is stopped by kim: incident; `updater release --all` ends that" in stopped.text
    told.known = _read(json.loads(json.dumps(_written(told.known))))
    assert told.run() == []
    record(scene, None, None, lambda data: holds.lift(data, None, None))
    (released,) = told.run()
    assert (released.event, released.title) == ("line_released", "deploy: the line goes on")
    assert released.text.startswith("it had been said: the line is stopped by kim: incident")
    assert told.run() == []


def test_what_an_older_version_has_kept_says_nothing_of_a_line():
    assert _read({"keys": [], "held": {}, "failed": 0}).line is None
