"""`updater probe`: what a container's health check asks, and what it hears."""

import json
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from world.scene import TOKEN, Scene
from world.service import answers, ended, free_address, running, within

from updater.service import probe_address


@pytest.fixture
def scene(tmp_path, monkeypatch):
    scene = Scene(tmp_path, ["shop"], start=None)
    monkeypatch.setenv(TOKEN, scene.hub.bot_token)
    yield scene
    scene.close()


def probe(cache, *words):
    command = [str(Path(sys.executable).with_name("updater")), "probe", "--cache-dir", str(cache), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def test_a_service_is_alive_until_it_has_ended(scene):
    cache = scene.folder / "first"
    with running(scene) as (process, url):
        within(20, lambda: answers(f"{url}/readyz"))
        assert probe(cache) == (0, "ok\n", "")
        assert probe(cache, "--ready") == (0, "ok\n", "")
        ended(process)
    assert probe(cache) == (1, "", f"{url}/livez does not answer (Connection refused)\n")


def test_it_is_asked_where_it_listens_whatever_the_config_says_since(scene):
    probes = free_address()
    with running(scene, metrics_listen=probes):
        within(20, lambda: answers(f"http://{probes}/readyz"))
        scene.config["service"] = {"listen": free_address()}
        (scene.configure() / "updater.yaml").write_text("no config any more")
        assert probe(scene.folder / "first") == (0, "ok\n", "")


def test_a_port_that_the_system_chose_is_known(scene):
    with running(scene, listen="0.0.0.0:0") as (process, _):
        started = json.loads(process.stderr.readline())
        port = started["listen"].rpartition(":")[2]
        assert probe(scene.folder / "first") == (0, "ok\n", "")
        assert probe_address.find(scene.folder / "first") == f"http://127.0.0.1:{port}"


def test_where_no_service_has_begun_it_says_what_to_name(tmp_path):
    said = f"no service has told in {tmp_path} where it listens: name the --cache-dir of `updater run`\n"
    assert probe(tmp_path) == (1, "", said)


def test_a_service_that_says_what_is_wrong_is_quoted(tmp_path):
    answer = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 17\r\n\r\nno pass for 9 min\n"
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
        probe_address.keep(tmp_path, "127.0.0.1", port)
        asking = subprocess.Popen(
            [str(Path(sys.executable).with_name("updater")), "probe", "--cache-dir", str(tmp_path)],
            stderr=subprocess.PIPE,
            text=True,
        )
        client, _ = server.accept()
        with client:
            client.recv(1000)
            client.sendall(answer)
        _, err = asking.communicate(timeout=20)
    assert (asking.returncode, err) == (1, f"http://127.0.0.1:{port}/livez: 503, no pass for 9 min\n")


def test_a_folder_that_holds_something_else_by_that_name_is_no_service(tmp_path):
    (tmp_path / "probe-address").write_bytes(b"\xff\xfe")
    assert probe(tmp_path)[0] == 1


@pytest.mark.parametrize(
    ("listens", "asked"),
    [
        ("0.0.0.0", "http://127.0.0.1:8080"),  # noqa: S104 - told, not listened at
        ("::", "http://[::1]:8080"),
        ("10.0.0.7", "http://10.0.0.7:8080"),
        ("fd00::7", "http://[fd00::7]:8080"),
    ],
)
def test_who_listens_everywhere_is_asked_at_loopback(tmp_path, listens, asked):
    probe_address.keep(tmp_path, listens, 8080)
    assert probe_address.find(tmp_path) == asked
