"""Who watches what runs: asked by the updater as config names them, and tried by `updater doctor`."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from world.scene import TOKEN, Scene, well

from updater.model import AlertMatch, AlertsOf, LoadedRules, RulesOf
from updater.wiring.prometheuses import Prometheuses

CREDENTIAL = "UPDATER_STORY_PROMETHEUS_TOKEN"


@pytest.fixture
def scene(tmp_path, monkeypatch):
    scene = Scene(tmp_path, start=datetime.now(UTC))
    monkeypatch.setenv(TOKEN, scene.hub.bot_token)
    yield scene
    scene.close()


def told(scene, *, status=0):
    asked = scene.command("doctor", "--output", "json")
    assert asked.returncode == status, asked.stdout + asked.stderr
    found = json.loads(asked.stdout)["findings"]
    return [tuple(each.values()) for each in found if "prometheus" in each["what"]]


def test_doctor_says_that_it_is_reached_which_it_is_and_what_it_has(scene):
    prometheus, alertmanager = scene.with_prometheus()
    prometheus.load("AppDown", severity="critical")
    alertmanager.silence(("alertname", "=", "AppDown"))
    assert told(scene) == [
        ("prometheus", "works", "it is 2.42.0, with 2 alerting rules"),
        ("prometheus.alertmanager", "works", "it shows 1 silence, of now and of late"),
    ]


def test_doctor_says_what_is_amiss(scene):
    prometheus, alertmanager = scene.with_prometheus()
    alertmanager.go_away()
    prometheus.unload("Watchdog")
    (first, second) = told(scene, status=1)
    assert first[1:] == (
        "look",
        "it is 2.42.0, and has no alerting rules: nothing there ever fires, and nobody learns from alerts",
    )
    assert second[:2] == ("prometheus.alertmanager", "broken")
    assert "`prometheus.alertmanager.server`" in second[2]
    prometheus.go_away()
    ((_, state, sentence),) = told(scene, status=1)
    assert state == "broken"
    assert sentence.startswith(f"Prometheus at {prometheus.host} ")


def test_each_cluster_is_asked_by_itself_with_its_own_credentials(scene, monkeypatch):
    monkeypatch.setenv(CREDENTIAL, "seoul-token")
    shared, _ = scene.with_prometheus()
    seoul, _ = scene.with_prometheus(token_env=CREDENTIAL)
    seoul.token = "seoul-token"
    scene.config["clusters"] = {"seoul": {"prometheus": scene.config["prometheus"]}}
    scene.config["prometheus"] = {"server": shared.url}
    seoul.load("AppDown")
    since = scene.world.clock()
    scene.world.clock.forward(seconds=30)
    seoul.fire("AppDown", app="shop")
    until = scene.world.clock() + timedelta(seconds=5)
    questions = [
        AlertsOf(cluster, AlertMatch('app="{app}"', "shop"), since, until) for cluster in (None, "seoul")
    ]
    sources = scene.updater()._pass("deploy").sources
    answers = sources.monitoring.ask([*questions, RulesOf("seoul")])
    assert answers[questions[0]] == ()
    assert [alert.name for alert in answers[questions[1]]] == ["AppDown"]
    assert answers[RulesOf("seoul")] == LoadedRules(frozenset({"Watchdog", "AppDown"}))
    assert shared.sent_credentials == set()
    assert seoul.sent_credentials == {"Bearer seoul-token"}


class Odd:
    """A mistake of ours comes to light."""

    def ask(self, questions):
        raise TypeError("of all things")


def test_i8_a_mistake_at_one_cluster_is_an_answer_to_those_who_asked_there(scene):
    scene.with_prometheus()
    well_known = scene.updater()._pass("deploy").sources.monitoring
    both = Prometheuses({**well_known._by_cluster, "odd": Odd()})
    answers = both.ask([RulesOf("odd"), RulesOf(None)])
    assert "TypeError: of all things" in answers[RulesOf("odd")].sentence
    assert isinstance(answers[RulesOf(None)], LoadedRules)


def test_a_quiet_pass_asks_nothing_where_nothing_watches(scene):
    prometheus, _ = scene.with_prometheus()
    scene.build()
    well(scene.run())
    well(scene.run())
    assert prometheus.requests == []
