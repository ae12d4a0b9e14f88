"""A config that changes while a pass runs."""

import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from structlog.testing import capture_logs
from world.scene import HOST, OWNER
from world.service import within

from updater.config import load, repository_address
from updater.config.watch import ConfigWatcher
from updater.engine import Outage
from updater.service.worker import Worker
from updater.web.hooks import WebhookTarget
from updater.wiring import Updater


def changing(scene, tmp_path, patience):
    """Rounds whose first pass ends only when it is let go."""
    folder = scene.configure()
    rounds = Worker(
        load(folder),
        lambda settings: Updater(settings, Path(tmp_path / "cache"), clock=scene.world.clock),
        watch=ConfigWatcher(folder),
        patience=patience,
    )
    let_go, passes = threading.Event(), []
    real = rounds._pass

    def slow(name, images=()):
        passes.append(rounds.config.mode)
        if len(passes) == 1:
            let_go.wait(60)
        real(name, images)

    rounds._pass = slow
    rounds._take(rounds.config, *rounds._built(rounds.config))
    return rounds, let_go, passes


def look(rounds):
    config = rounds.watch.changed()
    if config is not None:
        rounds._change(config)


def test_a_pass_that_does_not_end_keeps_the_old_config_and_passes_go_on(scene, tmp_path):
    rounds, let_go, passes = changing(scene, tmp_path, patience=0.2)
    rounds._engine.start()
    within(30, lambda: passes)
    scene.config["mode"] = "observe"
    scene.configure()
    for _ in range(2):
        look(rounds)
    assert rounds.alive() is None
    assert rounds.config.mode == "act"
    let_go.set()
    within(30, lambda: len(passes) > 2)
    within(30, lambda: look(rounds) or passes[-1] == "observe")  # each look may meet a pass that lasts
    rounds.stop()


def test_who_waits_for_a_pass_to_change_the_config_is_alive(scene, tmp_path):
    rounds, let_go, passes = changing(scene, tmp_path, patience=60)
    rounds._engine.start()
    within(30, lambda: passes)
    scene.config["mode"] = "observe"
    scene.configure()
    rounds.watch.changed()
    waiting = threading.Thread(target=look, args=(rounds,))
    waiting.start()
    within(30, lambda: not rounds._engine.alive())
    assert rounds.alive() is None
    let_go.set()
    waiting.join(60)
    assert rounds.config.mode == "observe"
    assert rounds.alive() is None
    rounds.stop()


def test_what_is_asked_of_the_candidates_is_answered_by_who_made_the_pass_that_is_shown(scene, tmp_path):
    """Another worker's report is shown while a pass of ours ends."""
    worker = Worker(load(scene.configure()), lambda settings: Updater(settings, tmp_path / "cache"))
    placement = next(iter(worker.config.policies))
    worker._pass("deploy")
    theirs = worker.reports.snapshot().last["deploy"]
    decisions = tuple(replace(each, considered=()) for each in theirs.decisions)
    show = worker.metrics.show

    def showing(report):
        worker.metrics.show = show
        worker._pass("deploy")
        show(report)

    worker.metrics.show = showing
    worker._hear(replace(theirs, decisions=decisions))
    assert worker.reports.snapshot().last["deploy"].decisions == decisions
    assert worker._verdicts("deploy", placement, None) == ()
    worker._updater.close()


def test_a_config_that_cannot_be_built_leaves_the_old_one_at_work(scene, tmp_path):
    rounds, let_go, passes = changing(scene, tmp_path, patience=60)
    let_go.set()
    rounds._engine.start()
    within(30, lambda: passes)

    def broken(_settings):
        raise RuntimeError("no room")

    rounds.make = broken
    scene.config["mode"] = "observe"
    scene.configure()
    rounds.watch.changed()
    try:
        look(rounds)
    except RuntimeError:
        count = len(passes)
        within(30, lambda: len(passes) > count)
    else:
        raise AssertionError("it was not even tried")
    assert rounds.config.mode == "act"
    rounds.stop()


def test_a_config_that_wants_no_database_ends_its_outage_in_the_metrics_too(scene, tmp_path):
    rounds, let_go, _ = changing(scene, tmp_path, patience=60)
    let_go.set()
    rounds._engine.start()
    rounds._tell_outage(Outage(datetime(2026, 2, 2, tzinfo=UTC), "the database does not answer", "look"))
    assert rounds.metrics.registry.get_sample_value(OUTAGE) > 0
    scene.config["mode"] = "observe"
    scene.configure()
    within(30, lambda: look(rounds) or rounds.config.mode == "observe")
    rounds.stop()
    assert rounds.reports.snapshot().outage is None
    assert rounds.metrics.registry.get_sample_value(OUTAGE) == 0


def test_only_an_address_that_is_not_listened_on_is_said_to_need_a_restart(scene, tmp_path):
    rounds, let_go, passes = changing(scene, tmp_path, patience=60)
    let_go.set()
    rounds._engine.start()
    within(30, lambda: passes)
    said = []
    for listen in ("127.0.0.1:8081", "127.0.0.1:8080"):
        scene.config["service"] = {"listen": listen}
        scene.configure()
        rounds.watch.changed()
        with capture_logs() as logs:
            look(rounds)
        said.append([log["event"] for log in logs if log["event"] == "listen_unchanged"])
    assert rounds.config.service.listen == "127.0.0.1:8080"
    assert said == [["listen_unchanged"], []]
    rounds.stop()


def test_a_secret_that_cannot_be_read_is_logged_once_while_it_lasts(scene, tmp_path):
    """Anybody may knock, and each knock reads the file anew."""
    file = tmp_path / "secret"
    scene.config["service"] = {"webhook_secret_file": str(file)}
    folder = scene.configure()
    rounds = Worker(
        load(folder), lambda settings: Updater(settings, tmp_path / "cache", clock=scene.world.clock)
    )
    door = rounds.door()
    with capture_logs() as logs:
        assert [door.secret() for _ in range(50)] == [None] * 50
        file.write_text("hush")
        assert door.secret() == "hush"
        file.unlink()
        assert [door.secret() for _ in range(50)] == [None] * 50
    told = [each for each in logs if each["event"] == "webhook_secret_unreadable"]
    assert len(told) == 2
    assert "secret" in told[0]["why"]


def test_an_app_that_a_team_adds_is_shown_and_woken_without_a_restart(scene, tmp_path):
    scene.apps.clear()
    scene.config["apps"] = {"from": "repository", "path": "teams/{app}/updater.yaml"}
    rounds, let_go, _ = changing(scene, tmp_path, patience=60)
    let_go.set()
    rounds._pass("deploy")
    assert not rounds.reports.snapshot().cells

    text = f"images: [{HOST}/{OWNER}/shop]\nenvironments: [staging]\n"
    scene.hub.commit(scene.repository, "main", {"teams/shop/updater.yaml": text}, "We want it so")
    rounds._pass("deploy")
    assert [str(placement) for placement in rounds.reports.snapshot().cells] == ["shop in staging"]
    assert f"{HOST}/{OWNER}/shop" in rounds._names["deploy"]

    scene.hub.commit(scene.repository, "main", {"teams/shop/updater.yaml": None}, "No more")
    rounds._pass("deploy")
    assert not rounds.reports.snapshot().cells


def test_a_new_config_leaves_the_apps_of_teams_where_they_are(scene, tmp_path):
    scene.apps.clear()
    scene.config["apps"] = {"from": "repository", "path": "teams/{app}/updater.yaml"}
    text = f"images: [{HOST}/{OWNER}/shop]\nenvironments: [staging]\n"
    scene.hub.commit(scene.repository, "main", {"teams/shop/updater.yaml": text}, "We want it so")
    rounds, let_go, _ = changing(scene, tmp_path, patience=60)
    let_go.set()
    rounds._engine.start()
    within(30, lambda: rounds.reports.snapshot().cells)
    shown = []
    rounds.reports.listen(lambda: shown.append(bool(rounds.reports.snapshot().cells)))
    scene.config["mode"] = "observe"
    scene.configure()
    within(30, lambda: look(rounds) or rounds.config.mode == "observe")
    rounds.stop()
    assert shown
    assert all(shown)


OUTAGE = "updater_outage_timestamp_seconds"
SHOP = f"{HOST}/{OWNER}/shop"


def test_a_hook_that_names_an_image_is_a_knock_for_it_alone_and_one_for_a_branch_for_all(scene, tmp_path):
    rounds, let_go, _ = changing(scene, tmp_path, patience=60)
    let_go.set()
    knocked = []
    rounds._engine.trigger = lambda name, images=(): knocked.append((name, set(images)))
    deploy = repository_address(scene.config["repositories"]["deploy"]["url"])

    assert rounds.wake(WebhookTarget(images=frozenset({SHOP, "ghcr.io/else/where"}))) == 1
    assert rounds.wake(WebhookTarget(images=frozenset({SHOP}), repositories=frozenset({deploy}))) == 1
    assert rounds.wake(WebhookTarget(images=frozenset({"ghcr.io/else/where"}))) == 0
    assert rounds.poll("deploy") == ["deploy"]
    assert knocked == [("deploy", {SHOP}), ("deploy", set()), ("deploy", set())]


def test_a_pass_for_an_image_lists_that_one_and_is_no_poll(scene, tmp_path):
    rounds, let_go, _ = changing(scene, tmp_path, patience=60)
    let_go.set()
    rounds._pass("deploy")
    before = {app: scene.pinned(app, "staging") for app in ("shop", "blog")}
    ended = rounds.metrics.registry.get_sample_value(LAST, {"repository": "deploy"})
    following = rounds.reports.snapshot().next_passes
    built = {app: scene.build(app) for app in ("shop", "blog")}

    rounds._pass("deploy", {SHOP})
    shown = rounds.reports.snapshot()
    assert scene.pinned("shop", "staging") == built["shop"]
    assert scene.pinned("blog", "staging") == before["blog"]
    assert [list(each.images) for each in shown.latest_passes] == [[SHOP], []]
    assert len(shown.cells) == len(rounds.config.policies)
    assert shown.next_passes == following
    assert rounds.metrics.registry.get_sample_value(LAST, {"repository": "deploy"}) == ended

    rounds._pass("deploy")
    assert scene.pinned("blog", "staging") == built["blog"]


LAST = "updater_last_success_timestamp_seconds"


def test_of_two_passes_that_end_at_once_what_was_read_last_is_shown(scene, tmp_path):
    """Each completes the config by what its repository says: nobody would show the last of it again."""
    scene.apps.clear()
    scene.config["apps"] = {"from": "repository", "path": "teams/{app}/updater.yaml"}
    rounds, let_go, _ = changing(scene, tmp_path, patience=60)
    let_go.set()
    shown, others = rounds.reports.complete, []

    def slowly(config):
        if not others:
            rounds._updater._config.config = replace(config)
            others.append(threading.Thread(target=rounds._complete))
            others[0].start()
            others[0].join(0.5)
        shown(config)

    rounds.reports.complete = slowly
    text = f"images: [{HOST}/{OWNER}/shop]\nenvironments: [staging]\n"
    scene.hub.commit(scene.repository, "main", {"teams/shop/updater.yaml": text}, "We want it so")
    rounds._pass("deploy")
    others[0].join(10)
    assert rounds.config is rounds.reports.snapshot().config is rounds._updater.config
