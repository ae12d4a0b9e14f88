"""Run as a process of its own: a new gate is registered before anything else, and then works everywhere."""

import io
import json
import os
import sys
from contextlib import redirect_stdout
from pathlib import Path

import pytest
from recipes.weekday import Weekday

from updater.gates import GATES

GATES["weekday"] = Weekday  # the one line

from world.scene import PASSWORD, TOKEN, USERNAME, Scene, reason  # noqa: E402

from updater.commands.check import check  # noqa: E402
from updater.config import load, schema  # noqa: E402
from updater.errors import ConfigError  # noqa: E402
from updater.model import Placement, Promote, Request  # noqa: E402
from updater.sandbox.world import PRODUCTION, STAGING  # noqa: E402
from updater.views import reason_codes  # noqa: E402

PLACE = Placement(PRODUCTION, "shop")


def printed(call):
    with redirect_stdout(io.StringIO()) as out:
        call()
    return out.getvalue()


def ordered(scene, kind, **more):
    request = Request(kind, PLACE, None, "kim", **more)
    (decision,) = scene.updater().run("deploy", act=False, request=request).decisions
    return decision


def main(folder):
    scene = Scene(folder)
    os.environ |= {TOKEN: scene.hub.bot_token, USERNAME: "", PASSWORD: ""}
    production = scene.config["environments"][PRODUCTION]
    production["gates"]["weekday"] = {"days": ["mon", "tues"]}
    with pytest.raises(ConfigError, match=r"updater.yaml:\d+: .*tues is no day: write mon, tue"):
        load(scene.configure())
    production["gates"]["weekday"] = {"days": ["tue"]}  # the story begins on a Monday

    effective = printed(lambda: check(load(scene.configure()), "text", effective=True))
    assert "weekday" in effective, effective
    assert "weekday" in json.dumps(schema()), "the schema for editors lacks it"
    assert "`weekday`" in reason_codes.page(), "the page of codes lacks it"

    scene.proven()
    report = scene.run()
    assert reason(report, PRODUCTION) == ("weekday", "mon is no day for promotions")
    (newest, *_) = scene.updater().verdicts("deploy", PLACE, None)
    assert "mon is no day for promotions" in [ruling.sentence for ruling in newest.against]

    assert not isinstance(ordered(scene, "promote"), Promote)
    assert isinstance(ordered(scene, "promote", overrides={"weekday": "a hotfix"}), Promote)

    scene.world.clock.forward(hours=24)
    scene.run()
    assert "* tue is a day for promotions (`weekday`)" in scene.pull().body
    scene.merge(scene.pull())
    scene.world.clock.forward(hours=24)
    way_back = ordered(scene, "rollback")
    assert isinstance(way_back, Promote), way_back
    assert scene.pinned("shop", STAGING) == scene.pinned("shop", PRODUCTION)
    scene.close()


main(Path(sys.argv[1]))
