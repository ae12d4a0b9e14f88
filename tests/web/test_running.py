"""The page and the API of `updater run`, a process of its own with real passes."""

import json
import socket
import threading
from contextlib import closing

import pytest
import requests
from world.scene import TOKEN, Scene
from world.service import answers, ended, free_address, running, within

from updater.image_labels import REVISION, SOURCE
from updater.sandbox.world import FIRST_TAG, PRODUCTION, STAGING

POLL_TOKEN = "UPDATER_STORY_POLL_TOKEN"


@pytest.fixture
def scene(tmp_path, monkeypatch):
    """On today's clock, as the process has no other; a pass an hour, unless somebody asks for one."""
    scene = Scene(tmp_path, ["shop"], start=None)
    del scene.config["environments"][PRODUCTION]["gates"]
    scene.config["poll"] = {"every": "1h"}
    monkeypatch.setenv(TOKEN, scene.hub.bot_token)
    monkeypatch.setenv(POLL_TOKEN, "a secret of the tests")
    yield scene
    scene.close()


def cells(url):
    return {cell["environment"]: cell for cell in answers(f"{url}/api/status").json()["placements"]}


def poll(url):
    headers = {"Authorization": "Bearer a secret of the tests"}
    assert requests.post(f"{url}/api/poll", headers=headers, timeout=5).status_code == 202


def test_who_asks_for_a_pass_sees_the_bump_then_the_pull_request_then_the_merge(scene):
    with running(scene, token_env=POLL_TOKEN) as (_, url):
        within(20, lambda: answers(f"{url}/readyz"))
        for path in ("/", "/apps/shop", "/livez", "/readyz", "/metrics"):
            asked = requests.head(f"{url}{path}", timeout=5)
            assert (asked.status_code, asked.content) == (200, b""), path
        assert cells(url)[STAGING]["tag"] == FIRST_TAG
        source = {SOURCE: "https://github.com/acme/shop", REVISION: "d" * 40}
        tag = scene.world.build("shop", labels=source)
        poll(url)
        within(20, lambda: scene.pinned("shop", STAGING) == tag)
        poll(url)
        within(20, lambda: cells(url)[PRODUCTION]["condition"] == "proposed")
        pull = scene.pull()
        (proposal,) = cells(url)[PRODUCTION]["proposals"]
        assert (proposal["number"], proposal["tag"]) == (pull.number, tag)
        page = answers(url).text
        assert f'href="{proposal["url"]}"' in page
        assert tag in page
        scene.merge(pull)
        poll(url)
        within(20, lambda: cells(url)[PRODUCTION]["tag"] == tag)
        assert cells(url)[PRODUCTION]["proposals"] == []
        stays = answers(f"{url}/api/apps/shop").json()["environments"][PRODUCTION]["stays"]
        assert [stay["tag"] for stay in stays] == [FIRST_TAG, tag]
        built = answers(f"{url}/api/apps/shop").json()["environments"][PRODUCTION]["builds"][tag]
        assert built["url"] == "https://github.com/acme/shop/commit/" + "d" * 40
        page = answers(f"{url}/apps/shop").text
        assert f"{scene.hub.url}/{scene.repository}/commit/{stays[-1]['by']}" in page


def test_the_api_tells_what_the_commands_tell(scene):
    with running(scene) as (_, url):
        within(20, lambda: answers(f"{url}/readyz"))
        told = answers(f"{url}/api/status").json()
        reason = answers(f"{url}/api/apps/shop/production").json()
    status = json.loads(scene.command("status", "--output", "json").stdout)
    explained = json.loads(scene.command("explain", "shop", PRODUCTION, "--output", "json").stdout)
    for cell in (*told["placements"], *status["placements"]):
        assert cell.pop("age")
    assert told == status
    assert reason == explained


def test_an_open_page_does_not_keep_it_from_ending(scene):
    with running(scene) as (process, url):
        within(20, lambda: answers(f"{url}/readyz"))
        heard = []

        def listen():
            with requests.get(f"{url}/events", stream=True, timeout=20) as stream:
                heard.extend(stream.iter_lines())

        pages = [threading.Thread(target=listen, daemon=True) for _ in range(3)]
        for page in pages:
            page.start()
        within(10, lambda: heard.count(b"event: board") == 3)
        status, lines, seconds = ended(process)
        for page in pages:
            page.join(5)
    assert heard.count(b"event: board") >= 3
    assert status == 0
    assert lines[-1]["event"] == "service_stopped"
    assert seconds < 10


def test_probes_and_metrics_have_an_address_of_their_own_where_config_gives_them_one(scene):
    probes = free_address()
    with running(scene, metrics_listen=probes) as (process, url):
        within(20, lambda: answers(f"http://{probes}/readyz"))
        assert answers(f"http://{probes}/livez").text == "ok\n"
        assert "updater_passes_total" in answers(f"http://{probes}/metrics").text
        assert answers(url).ok
        for address in (f"{url}/livez", f"{url}/metrics", f"http://{probes}/", f"http://{probes}/api/status"):
            assert requests.get(address, timeout=5).status_code == 404
        _, lines, _ = ended(process)
    (started,) = [line for line in lines if line["event"] == "service_started"]
    assert started["metrics_listen"] == probes


def test_an_address_for_probes_that_is_taken_is_told_before_any_pass(scene):
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        taken = f"127.0.0.1:{other.getsockname()[1]}"
        scene.config["service"] = {"listen": free_address(), "metrics_listen": taken}
        done = scene.command("run")
    assert done.returncode == 2
    assert (
        done.stderr
        == f"service.metrics_listen: cannot listen on {taken} (address already in use): name another\n"
    )


def test_a_page_is_shown_only_by_the_names_that_config_gives_it(scene):
    with running(scene, hosts=["updater.example.org"]) as (_, url):
        within(20, lambda: answers(f"{url}/readyz"))  # Kubernetes asks by the address of the pod

        def asked(host, path="/"):
            return requests.get(f"{url}{path}", headers={"Host": host}, timeout=5).status_code

        assert asked("updater.example.org") == 200
        assert asked("Updater.example.org:8080") == 200
        for stranger in ("evil.example.org", "updater.example.org.evil.org", "127.0.0.1", "[::1", ""):
            assert asked(stranger) == 421, stranger
            assert asked(stranger, "/api/status") == 421, stranger
