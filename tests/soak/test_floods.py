"""I16: whoever reaches the page, the hooks or the API can neither stop nor slow the passes."""

import json
import sys
import time

import pytest
from soak.flooded import EVERY, Passes, asked, end, flooded, serving
from world.floods import OPEN, flooding
from world.scene import TOKEN, Scene
from world.service import within


@pytest.fixture
def scene(tmp_path, monkeypatch):
    scene = Scene(tmp_path, start=None)
    monkeypatch.setenv(TOKEN, scene.hub.bot_token)
    yield scene
    scene.close()


def test_i16_passes_and_probes_go_on_under_every_flood_and_it_ends_in_time(scene):
    answered = []
    with serving(scene, "ours", poll={"every": EVERY}) as (process, page, probes):
        passes = Passes(scene.folder / "ours.log")
        for kind in OPEN:
            before = len(passes.all())
            with flooding(kind, page):
                for _ in range(4):
                    time.sleep(0.3)
                    answered.append(asked(f"{probes}/livez"))
                within(20, lambda before=before: len(passes.all()) > before + 1)
                if kind == "storm":
                    took = end(process)
    assert None not in answered
    assert {each["result"] for each in passes.all()} == {"ok"}
    assert took < 10
    lines = [json.loads(line) for line in (scene.folder / "ours.log").read_text().splitlines()]
    assert {each["event"] for each in lines} <= {
        "service_started",
        "pass_finished",
        "app_held",
        "app_promoted",
        "proposal_opened",
        "service_stopped",
    }


@pytest.mark.soak
@pytest.mark.parametrize("kind", OPEN)
def test_i16_a_flood_of_two_minutes_does_not_slow_the_passes(scene, kind):
    told = flooded(scene, kind, 30, turns=4)
    sys.stdout.write(f"{kind}: {told}\n")
    assert told.failed == []
    assert None not in told.livez
    assert told.end < 10
    assert told.lines < 1_000
    assert told.slower <= 1.2
