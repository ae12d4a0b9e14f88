"""`updater init` on the sandbox's repository: what it writes is a config to plan with."""

import json

from commands.calling import call
from world.scene import HOST, TOKEN

from updater.config import load


def test_a_plan_can_be_made_with_what_init_wrote_for_the_sandbox(scene):
    repository, config = scene.world.url, scene.folder / "written"
    status, out, err = call("init", repository, "--output", config, "--token-env", TOKEN)
    assert (status, err) == (0, "")
    assert "production: 2 apps, by pull-request, after staging" in out
    _tell_where_the_sandbox_stands_in(config / "updater.yaml", scene)
    tag = scene.build()
    words = ("--config", config, "--cache-dir", scene.folder / "cache", "--output", "json")
    status, out, err = call("plan", *words)
    assert (status, err) == (0, "")
    decisions = json.loads(out)["repositories"][0]["decisions"]
    assert {
        (one["app"], one["environment"]): one.get("tag") or one["reasons"][0]["code"] for one in decisions
    } == {
        ("shop", "staging"): tag,
        ("blog", "staging"): "up_to_date",
        ("shop", "production"): "after",
        ("blog", "production"): "up_to_date",
    }
    assert load(config).mode == "observe"


def _tell_where_the_sandbox_stands_in(file, scene):
    """The real world needs no such lines: its registry and its API are where their names say."""
    text = file.read_text()
    token = f"token_env: {TOKEN}}}"
    assert token in text
    with_api = text.replace(token, f"token_env: {TOKEN}, api: '{scene.hub.api}'}}")
    file.write_text(f"{with_api}\nregistries: {{{HOST}: {{endpoint: '{scene.registry.url}'}}}}\n")
