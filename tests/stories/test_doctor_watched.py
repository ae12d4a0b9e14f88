"""`updater doctor` tells what the alerts and queries of the config find, and what they never could."""

import pytest
from world.scene import PRODUCTION, STAGING

from updater.commands.doctor.watched import watched_findings

MATCH = 'namespace="{environment}", pod=~"{app}-.*"'
ERRORS = {
    "query": 'app_errors{app="{app}"}',
    "max": 0.01,
    "needs": {"query": 'app_errors{app="{app}"}', "min": 1},
}


@pytest.fixture
def prometheus(scene):
    prometheus, _ = scene.with_prometheus()
    watch(scene, alerts={"match": MATCH})
    return prometheus


def watch(scene, **watched):
    scene.config["environments"][STAGING] |= watched


def told(scene):
    updater = scene.updater()
    found = watched_findings(updater.config, updater.ask_monitoring, scene.world.clock())
    return [(each.what, each.state, each.sentence) for each in found]


def where(scene, key):
    lines = (scene.configure() / "updater.yaml").read_text().splitlines()
    return f"updater.yaml:{next(number for number, line in enumerate(lines, 1) if key in line)}"


def test_what_fired_in_the_last_month(scene, prometheus):
    prometheus.fire("AppDown", ago=86400 * 20, namespace=STAGING, pod="shop-1")
    prometheus.resolve("AppDown", namespace=STAGING, pod="shop-1")
    prometheus.set("kube_pod_info", 1, ago=60, namespace=STAGING, pod="blog-1")
    assert told(scene) == [
        ("alerts staging", "works", "in 30 days AppDown fired about shop"),
        ("alerts staging", "works", "in 30 days nothing fired about blog, of which series are there"),
    ]


def test_that_nothing_ever_could(scene, prometheus):
    ((what, state, sentence),) = told(scene)
    assert (what, state) == ("alerts staging", "look")
    assert sentence.startswith("no series has the labels by which alerts are about blog, shop; unless")
    assert where(scene, '"match"') in sentence


def test_rules_that_are_not_loaded(scene, prometheus):
    watch(scene, alerts={"match": MATCH, "rules": ["AppDown", "Watchdog"]})
    prometheus.set("kube_pod_info", 1, ago=60, namespace=STAGING, pod="blog-1")
    said = [sentence for _, state, sentence in told(scene) if state == "broken"]
    assert len(said) == 1
    assert said[0].startswith("no rule AppDown is loaded, so it cannot fire: no gate passes by it (")


def test_queries_in_the_words_of_prometheus(scene, prometheus):
    prometheus.set("app_errors", 0.001, ago=7200, app="shop", pod="a")
    prometheus.set("app_errors", 0.001, ago=7200, app="shop", pod="b")
    prometheus.set("app_errors", 0.001, ago=7200, app="blog")
    watch(scene, metrics={"errors": ERRORS, "odd": {"query": "up +", "max": 1}})
    found = {what: (state, sentence) for what, state, sentence in told(scene)}
    state, sentence = found["metric errors in staging, shop"]
    assert state == "broken"
    assert "2 series" in sentence
    assert where(scene, '"query": "app_errors') in sentence
    assert found["metric errors in staging"] == ("works", "it measures blog")
    state, sentence = found["metric odd in staging, blog, shop"]
    assert state == "broken"
    assert where(scene, '"query": "up +') in sentence


def test_a_query_that_measures_nothing(scene, prometheus):
    watch(scene, metrics={"errors": ERRORS})
    found = {what: (state, sentence) for what, state, sentence in told(scene)}
    state, sentence = found["metric errors in staging"]
    assert state == "look"
    assert sentence.startswith(
        "it has measured nothing of blog, shop in an hour: then no gate passes by it ("
    )


@pytest.mark.parametrize(("name", "state"), [("Watchdog", "works"), ("Wachdog", "broken")])
def test_whether_anybody_watches(scene, prometheus, name, state):
    watch(scene, heartbeat=name)
    found = {what: (state, sentence) for what, state, sentence in told(scene)}
    assert found["heartbeat staging"][0] == state
    assert name in found["heartbeat staging"][1]


def test_monitoring_that_is_away_is_said_once(scene, prometheus):
    watch(scene, metrics={"errors": ERRORS})
    prometheus.go_away()
    found = told(scene)
    assert [state for _, state, _ in found] == ["broken", "broken"]
    assert all("blog, shop" in what for what, _, _ in found)


def test_an_environment_that_names_nothing_is_not_asked_about(scene, prometheus):
    assert not any(PRODUCTION in what for what, _, _ in told(scene))


def test_a_heartbeat_says_what_is_the_matter(scene, prometheus):
    watch(scene, heartbeat="Wachdog")
    found = {what: (state, sentence) for what, state, sentence in told(scene)}
    assert found["heartbeat staging"][1].startswith(
        "no rule is called Wachdog, so nobody watches: did you mean Watchdog? ("
    )


def test_a_heartbeat_that_came_back_needs_no_help(scene, prometheus):
    watch(scene, heartbeat="Watchdog")
    prometheus.crash()
    scene.world.clock.forward(minutes=20)
    prometheus.restart()
    scene.world.clock.forward(minutes=3)
    state, sentence = {what: (state, sentence) for what, state, sentence in told(scene)}["heartbeat staging"]
    assert state == "look"
    assert sentence.startswith("Watchdog is there again for 2m45s; what ran before that, nobody has watched")
    prometheus.resolve("Watchdog")
    scene.world.clock.forward(minutes=10)
    state, sentence = {what: (state, sentence) for what, state, sentence in told(scene)}["heartbeat staging"]
    assert (state, sentence.partition(" (")[0]) == (
        "broken",
        "Watchdog does not fire, so nobody watches",
    )
