"""What holds, in words."""

import pytest
from small_config import write

from updater.config import load
from updater.model import Placement
from updater.views.policy_words import policy_words


def words(folder, *changes, environment="production"):
    config = load(write(folder, *changes))
    return dict(policy_words(config.policies[Placement(environment, "shop")], config))


def test_a_policy_is_told_in_clauses(tmp_path):
    assert words(tmp_path) == {
        "Which tags": (
            "the newest that the scheme timestamp reads",
            "a person may deploy v[0-9]*.[0-9]*.[0-9]* and sha-*, too",
            "never latest, dev or test",
        ),
        "From where": ("what staging runs, or ran and left for a newer one",),
        "Only if": ("soak: 30m in the environment before, counted since it arrived",),
        "How it is written": ("by a pull request for each app to main of deploy", "merged by a person"),
        "After a step back": ("only what was built after that comes by itself",),
        "Once it is deployed": ("nothing is verified",),
    }
    staging = words(tmp_path, environment="staging")
    assert staging["From where"] == ("the registry: ghcr.io/org/shop",)
    assert staging["Only if"] == ("nothing more is asked",)
    assert staging["How it is written"] == ("pushed to main of deploy, a commit for each app",)


@pytest.mark.parametrize(
    ("gates", "told"),
    [
        (
            "soak: {for: 1h, counts: running}",
            "soak: 1h in the environment before, counted while it is running",
        ),
        (
            'window: [{days: mon-fri, from: "10:00", to: "17:00"}, {days: [sat, sun], zone: UTC}]',
            "window: only mon-fri 10:00-17:00 (Asia/Seoul) or sat, sun 00:00-24:00 (UTC)",
        ),
        ("window: {days: [mon, wed]}", "window: only mon, wed 00:00-24:00 (Asia/Seoul)"),
        ('window: {from: "22:00", to: "06:00"}', "window: only every day 22:00-06:00 (Asia/Seoul)"),
        (
            "freeze: [{from: 2026-12-24, to: 2027-01-01T09:00, why: holidays}]",
            "freeze: nothing from 2026-12-24 to 2027-01-01 09:00 (Asia/Seoul): holidays",
        ),
        ("age: {min: 1h, max: 14d}", "age: built at least 1h and at most 14d ago"),
        (
            "platforms: [linux/amd64]",
            "platforms: every image has to run on all required platforms (linux/amd64)",
        ),
    ],
)
def test_each_gate_says_what_it_asks(tmp_path, gates, told):
    assert words(tmp_path, ("soak: 30m", gates))["Only if"] == (told,)


def test_lists_are_read_out(tmp_path):
    tags = "tags: {follow: timestamp, allow: [v1, v2, v3], forbid: [latest, dev]}"
    told = words(tmp_path, ("deliver: push", f"{tags}\n    deliver: none"), environment="staging")
    assert told["Which tags"][1:] == ("a person may deploy v1, v2 and v3, too", "never latest or dev")
    assert told["How it is written"] == ("others write to main of deploy; it is only read here",)
