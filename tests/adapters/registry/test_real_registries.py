"""Registries nobody here wrote tell the client the same truth as what was pushed to them."""

import json
import os
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import urljoin

import pytest
import requests

from updater.adapters.registry import Host, RegistryClient
from updater.errors import Refused
from updater.model import Image

pytestmark = pytest.mark.real

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
PATH = os.pathsep.join([os.environ.get("PATH", ""), str(Path.home() / "go" / "bin")])
SETTINGS = """\
version: 0.1
log: {{level: error, accesslog: {{disabled: true}}}}
storage: {{filesystem: {{rootdirectory: {folder}/storage}}, delete: {{enabled: true}}}}
http: {{addr: "127.0.0.1:{port}"}}
tags: {{maxtags: 50}}
{auth}
"""
HTPASSWD = "auth: {{htpasswd: {{realm: ours, path: {folder}/htpasswd}}}}"
# The bcrypt of "hush"; these registries read no other kind.
USER = "bot:$2b$04$abcdefghijklmnopqrstuuppZFpU9n.F.R29ic//YRPBUgRHbgy9m\n"
PAGES = {"docker-registry": False, "registry": True}
"""Debian's gives everything at once, whatever it is asked; CNCF's v3 gives at most `maxtags`."""


@dataclass
class RealRegistry:
    """A pusher; a client of its own, that shares nothing with ours."""

    program: str
    port: int
    session: requests.Session

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def blob(self, name, content, kind):
        digest = f"sha256:{sha256(content).hexdigest()}"
        started = self.session.post(f"{self.url}/v2/{name}/blobs/uploads/")
        started.raise_for_status()
        place = urljoin(self.url, started.headers["Location"])
        sent = self.session.put(place, params={"digest": digest}, data=content)
        sent.raise_for_status()
        return {"mediaType": kind, "digest": digest, "size": len(content)}

    def manifest(self, name, reference, manifest):
        body = json.dumps(manifest).encode()
        headers = {"Content-Type": manifest["mediaType"]}
        self.session.put(
            f"{self.url}/v2/{name}/manifests/{reference}", data=body, headers=headers
        ).raise_for_status()
        return {"mediaType": manifest["mediaType"], "digest": _digest(body), "size": len(body)}

    def image(self, name, tag, content=b"shop"):
        config = json.dumps({"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers"}}).encode()
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": self.blob(name, config, CONFIG),
            "layers": [self.blob(name, content, LAYER)],
        }
        return self.manifest(name, tag, manifest)

    def index(self, name, tag, manifests):
        entries = [{**entry, "platform": {"os": "linux", "architecture": "amd64"}} for entry in manifests]
        return self.manifest(name, tag, {"schemaVersion": 2, "mediaType": INDEX, "manifests": entries})

    def delete(self, name, digest):
        self.session.delete(f"{self.url}/v2/{name}/manifests/{digest}").raise_for_status()


def _digest(body):
    return f"sha256:{sha256(body).hexdigest()}"


def _start(program, folder, auth):
    found = shutil.which(program, path=PATH)
    if found is None:
        pytest.skip(f"{program} is not installed")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = folder / "settings.yml"
    settings.write_text(SETTINGS.format(folder=folder, port=port, auth=auth.format(folder=folder)))
    (folder / "htpasswd").write_text(USER)
    log = (folder / "log").open("wb")
    with log:
        process = subprocess.Popen([found, "serve", settings], stdout=log, stderr=log, cwd=folder)
    _wait(port, process, folder / "log")
    return process, port


def _wait(port, process, log):
    for _ in range(200):
        assert process.poll() is None, log.read_text()
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"it does not listen: {log.read_text()}")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Start a registry program and push to it; all are ended with the module."""
    processes, sessions = [], []

    def start(program, auth=""):
        process, port = _start(program, tmp_path_factory.mktemp(program), auth)
        processes.append(process)
        session = requests.Session()
        session.trust_env = False
        session.auth = ("bot", "hush")
        sessions.append(session)
        return RealRegistry(program, port, session)

    yield start
    for session in sessions:
        session.close()
    for process in processes:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="module", params=PAGES)
def registry(request, run):
    return run(request.param)


@pytest.fixture
def client(registry):
    with RegistryClient({"ghcr.io": Host(endpoint=registry.url)}) as client:
        yield client


def image(name):
    return Image("ghcr.io", name)


def test_all_tags_are_listed_over_all_pages(registry, client):
    tags = [f"202602{day:02}-12000{second}" for day in range(1, 29) for second in range(5)]
    single = registry.image("org/many", "single")
    for tag in tags:
        registry.index("org/many", tag, [single])

    one_page = registry.session.get(f"{registry.url}/v2/org/many/tags/list?n=1000")
    assert ("Link" in one_page.headers) is PAGES[registry.program]
    assert sorted(client.tags(image("org/many"))) == [*tags, "single"]


def test_digests_of_images_and_indexes_are_those_that_were_pushed(registry, client):
    single = registry.image("org/shop", "single")
    index = registry.index("org/shop", "index", [single])

    assert client.digest(image("org/shop"), "single") == single["digest"]
    assert client.digest(image("org/shop"), "index") == index["digest"]
    assert client.digest(image("org/shop"), "other") is None


def test_a_tag_that_is_pushed_again_has_the_new_digest(registry, client):
    old, new = (registry.image("org/moved", "1", content)["digest"] for content in (b"old", b"new"))

    assert old != new == client.digest(image("org/moved"), "1")


def test_an_unknown_repository_is_not_found(registry, client):
    with pytest.raises(Refused) as caught:
        client.tags(image("org/unknown"))

    assert caught.value.code == "not_found"
    assert client.digest(image("org/unknown"), "1") is None


def test_a_repository_whose_last_tag_was_deleted_is_empty(registry, client):
    pushed = registry.image("org/empty", "1")
    registry.delete("org/empty", pushed["digest"])

    assert client.tags(image("org/empty")) == ()
    assert client.digest(image("org/empty"), "1") is None


@pytest.mark.parametrize("program", PAGES)
def test_a_registry_that_wants_a_password_is_read_with_it_alone(run, program):
    registry = run(program, HTPASSWD)
    pushed = registry.image("org/private", "1")

    with RegistryClient({"ghcr.io": Host(registry.url, "bot", "hush")}) as client:
        assert client.tags(image("org/private")) == ("1",)
        assert client.digest(image("org/private"), "1") == pushed["digest"]
    for wrong in (Host(registry.url), Host(registry.url, "bot", "wrong")):
        with RegistryClient({"ghcr.io": wrong}) as client, pytest.raises(Refused) as caught:
            client.tags(image("org/private"))
        assert caught.value.code == "unauthorized"
