"""What is counted of passes over the embedded world."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from updater.engine import Outage
from updater.sandbox.world import PRODUCTION, STAGING
from updater.service.metrics import Metrics


class Counted:
    def __init__(self, scene):
        self.scene, self.metrics = scene, Metrics()

    def run(self):
        self.metrics.record(self.scene.run())

    def __call__(self, name, **labels):
        return self.metrics.registry.get_sample_value(f"updater_{name}", labels)


@pytest.fixture
def counted(scene):
    return Counted(scene)


def test_a_bump_and_how_old_its_image_was(scene, counted):
    scene.build()
    scene.world.clock.forward(seconds=40)
    counted.run()
    assert counted("promotions_total", environment=STAGING, delivery="push") == 1
    assert counted("image_to_bump_seconds_count") == 1
    assert 40 <= counted("image_to_bump_seconds_sum") < 60


def test_an_open_proposal_is_seen_until_it_is_merged(scene, counted):
    scene.proven()
    counted.run()
    counted.run()
    assert counted("proposals_open", environment=PRODUCTION) == 1
    assert counted("proposals_open", environment=STAGING) == 0
    scene.merge(scene.pull())
    counted.run()
    assert counted("proposals_open", environment=PRODUCTION) == 0


def test_a_repository_nobody_can_read_keeps_what_was_known_of_its_proposals(scene, counted):
    scene.proven()
    counted.run()
    counted.run()
    scene.hub.fault(status=502)
    counted.run()
    assert counted("proposals_open", environment=PRODUCTION) == 1
    assert counted("readings_failed_total", port="repository") >= 1
    assert counted("passes_total", repository="deploy", result="failed") == 1


def test_a_silent_registry_is_told_from_a_silent_forge(scene, counted):
    counted.run()
    scene.registry.fault(status=500)
    counted.run()
    assert counted("readings_failed_total", port="registry") == 1
    assert counted("readings_failed_total", port="forge") is None


def test_every_stage_is_timed(counted):
    counted.run()
    for stage in ("observe", "interpret", "decide", "plan", "apply"):
        assert counted("stage_seconds_count", stage=stage) == 1


def test_labels_are_bounded_whatever_an_error_says(scene, counted):
    """Codes and names come from the config and from us, never from what a server writes."""
    scene.registry.fault(status=500, body="x" * 100)
    counted.run()
    samples = [sample for metric in counted.metrics.registry.collect() for sample in metric.samples]
    assert not any("xxx" in value for sample in samples for value in sample.labels.values())


def test_since_when_the_oldest_pull_request_waits_and_nothing_where_none_does(scene, counted):
    scene.proven()
    counted.run()
    counted.run()
    opened = counted("oldest_proposal_timestamp_seconds", environment=PRODUCTION)
    assert opened == scene.pull().created_at.replace(microsecond=0).timestamp()
    assert counted("oldest_proposal_timestamp_seconds", environment=STAGING) is None
    scene.merge(scene.pull())
    counted.run()
    assert counted("oldest_proposal_timestamp_seconds", environment=PRODUCTION) is None


def test_lost_races_are_counted_and_none_is_zero(scene, counted):
    report = scene.run()
    counted.metrics.record(report)
    assert counted("lost_races_total", repository="deploy") == 0
    counted.metrics.record(replace(report, races=3))
    assert counted("lost_races_total", repository="deploy") == 3


def test_of_several_apps_each_has_a_budget_and_the_host_the_sum():
    metrics = Metrics()
    metrics.budget("api.github.example", 4000, app_id="1")
    metrics.budget("api.github.example", 3000, app_id="2")
    metrics.budget("registry.example", 70)
    metrics.writes_left({("api.github.example", "1"): 400})

    def value(name, **labels):
        return metrics.registry.get_sample_value(f"updater_{name}", labels)

    assert value("budget_remaining", host="api.github.example") == 7000
    assert value("budget_remaining", host="registry.example") == 70
    assert value("app_budget_remaining", host="api.github.example", app_id="2") == 3000
    assert value("app_budget_remaining", host="registry.example", app_id="") is None
    assert value("writes_remaining", host="api.github.example", app_id="1") == 400


def test_what_the_apps_of_an_old_config_had_left_is_no_budget_of_the_new_one():
    metrics, host = Metrics(), "api.github.example"
    metrics.budget(host, 4999)
    metrics.writes_left({(host, ""): 500})

    def value(name, **labels):
        return metrics.registry.get_sample_value(f"updater_{name}", {"host": host, **labels})

    metrics.config(valid=False)
    assert value("writes_remaining", app_id="") == 500
    metrics.config(valid=True)
    metrics.budget(host, 10, app_id="1")
    assert value("budget_remaining") == 10
    assert value("writes_remaining", app_id="") is None


def test_since_when_no_pass_begins_is_told_and_zero_while_they_do():
    metrics = Metrics()

    def since():
        return metrics.registry.get_sample_value("updater_outage_timestamp_seconds")

    assert since() == 0
    metrics.outage(Outage(datetime(2026, 2, 2, 5, tzinfo=UTC), "the database does not answer", "look"))
    assert since() == datetime(2026, 2, 2, 5, tzinfo=UTC).timestamp()
    metrics.outage(None)
    assert since() == 0
