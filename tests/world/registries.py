"""Registries to hold the client against: programs nobody here wrote, and the embedded one in its profiles.

Each subject has the same verbs: `push`, `push_index`, `push_many`, `push_described`, and `delete` of a tag.
"""

import json
import os
import shutil
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from urllib.parse import urljoin

import pytest
import requests

from updater.sandbox import Registry
from updater.sandbox.paging import DOCKER_HUB, ECR, GHCR, QUAY, STRICT

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
PATH = os.pathsep.join([os.environ.get("PATH", ""), str(Path.home() / "go" / "bin")])
USER, PASSWORD = "bot", "hush"
# The bcrypt of the password; these registries read no other kind.
HTPASSWD = "bot:$2b$04$abcdefghijklmnopqrstuuppZFpU9n.F.R29ic//YRPBUgRHbgy9m\n"
SETTINGS = """\
version: 0.1
log: {{level: error, accesslog: {{disabled: true}}}}
storage: {{filesystem: {{rootdirectory: {folder}/storage}}, delete: {{enabled: true}}}}
http: {{addr: "127.0.0.1:{port}"}}
tags: {{maxtags: 50}}
{auth}
"""
HTPASSWD_AUTH = "auth: {{htpasswd: {{realm: ours, path: {folder}/htpasswd}}}}"
TOKEN_AUTH = (
    "auth: {{token: {{realm: {realm}, service: registry, issuer: ours, rootcertbundle: {folder}/token.pem}}}}"
)

REAL = ("docker-registry", "registry", "crane")
"""Debian's distribution 2.8 (pages nothing, sorts nothing), CNCF's 3 (pages), and go-containerregistry's
(cuts a list off at `n` and says nothing)."""
ZOT = pytest.param("zot", marks=pytest.mark.soak)
"""Has the referrers API. `git clone --depth 1 --branch v2.1.20 https://github.com/project-zot/zot; cd zot;
CGO_ENABLED=0 GOEXPERIMENT=jsonv2 go build -o ~/go/bin/zot ./cmd/zot`: not quite four minutes of a core."""
PROFILES = {
    "ghcr": replace(GHCR, cap=40),
    "docker-hub": DOCKER_HUB,
    "quay": replace(QUAY, cap=40),
    "ecr": replace(ECR, cap=40),
    "strict": replace(STRICT, cap=40),
    "silent": replace(STRICT, cap=None, link="none"),
}
"""Small pages, so that a few tags are many pages."""


@dataclass
class Real:
    """A pusher of its own, that shares nothing with our client."""

    program: str
    url: str
    session: requests.Session

    def push(self, name, tag, content=b"shop"):
        return self._manifest(name, tag, self._single(name, content))["digest"]

    def push_index(self, name, tag):
        single = self._manifest(name, "single", self._single(name, b"shop"))
        entry = {**single, "platform": {"os": "linux", "architecture": "amd64"}}
        index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [entry]}
        return self._manifest(name, tag, index)["digest"]

    def push_many(self, name, tags):
        manifest = self._single(name, b"shop")
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda tag: self._manifest(name, tag, manifest), tags))

    def push_described(self, name, tag, labels, created, platforms):
        """An image with its labels; of several platforms an index, with an attestation as buildx adds."""
        entries = []
        for platform in platforms:
            system, _, architecture = platform.partition("/")
            said = {"os": system, "architecture": architecture}
            config = {**said, "created": created, "config": {"Labels": labels}, "rootfs": {"type": "layers"}}
            single = self._single(name, b"shop")
            single["config"] = self._blob(name, json.dumps(config).encode(), CONFIG)
            entries.append((single, said))
        if len(entries) == 1:
            return self._manifest(name, tag, entries[0][0])["digest"]
        attestation = self._manifest(name, "attestation", self._single(name, b"proof"))
        unknown = {**attestation, "platform": {"os": "unknown", "architecture": "unknown"}}
        images = [
            {**self._manifest(name, f"single-{number}", single), "platform": said}
            for number, (single, said) in enumerate(entries)
        ]
        index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [unknown, *images]}
        return self._manifest(name, tag, index)["digest"]

    def delete(self, name, tag):
        """By its digest: the specification knows no deleting of a tag alone that all would do."""
        found = self.session.head(f"{self.url}/v2/{name}/manifests/{tag}", headers={"Accept": MANIFEST})
        reference = tag if self.program == "crane" else found.headers["Docker-Content-Digest"]
        self.session.delete(f"{self.url}/v2/{name}/manifests/{reference}").raise_for_status()

    def _single(self, name, content):
        config = json.dumps({"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers"}}).encode()
        return {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": self._blob(name, config, CONFIG),
            "layers": [self._blob(name, content, LAYER)],
        }

    def _blob(self, name, content, kind):
        digest = _digest(content)
        started = self.session.post(f"{self.url}/v2/{name}/blobs/uploads/")
        started.raise_for_status()
        place = urljoin(self.url, started.headers["Location"])
        self.session.put(place, params={"digest": digest}, data=content).raise_for_status()
        return {"mediaType": kind, "digest": digest, "size": len(content)}

    def _manifest(self, name, reference, manifest):
        body, kind = json.dumps(manifest).encode(), manifest["mediaType"]
        url = f"{self.url}/v2/{name}/manifests/{reference}"
        self.session.put(url, data=body, headers={"Content-Type": kind}).raise_for_status()
        return {"mediaType": kind, "digest": _digest(body), "size": len(body)}


@dataclass
class Embedded:
    """The sandbox's, in one of its profiles."""

    program: str
    registry: Registry

    @property
    def url(self):
        return self.registry.url

    def push(self, name, tag, content=b"shop"):
        return self.registry.push(name, tag, content=content.decode())

    def push_index(self, name, tag):
        return self.registry.push(name, tag, platforms=("linux/amd64", "linux/arm64"))

    def push_described(self, name, tag, labels, created, platforms):
        more = ("unknown/unknown",) if len(platforms) > 1 else ()
        return self.registry.push(name, tag, labels=labels, created=created, platforms=(*platforms, *more))

    def push_many(self, name, tags):
        digest = self.registry.push(name, tags[0])
        for tag in tags:
            self.registry.tag(name, tag, digest)

    def delete(self, name, tag):
        self.registry.delete(name, tag)


def _digest(body):
    return f"sha256:{sha256(body).hexdigest()}"


class Registries(ExitStack):
    """Starts them; all end with the stack."""

    def embedded(self, profile):
        return Embedded(profile, self.enter_context(Registry(PROFILES[profile])))

    def real(self, program, folder, *, auth=False, tokens=None):
        """On a free port of loopback, with its state in this folder; skips where it is missing.

        `auth` wants a password, `tokens` is the service whose tokens it wants.
        """
        found = shutil.which(program, path=PATH)
        if found is None:
            pytest.skip(f"{program} is not installed")
        port = free_port()
        (folder / "htpasswd").write_text(HTPASSWD)
        (folder / "token.pem").write_text(tokens.certificate if tokens else "")
        call = CALLS.get(program, _distribution)(found, port, folder, auth, tokens)
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(call, stdout=log, stderr=log, cwd=folder)
        self.callback(_end, process)
        _wait(port, process, folder / "log")
        session = self.enter_context(requests.Session())
        session.trust_env = False
        session.auth = (USER, PASSWORD) if auth else None
        return Real(program, f"http://127.0.0.1:{port}", session)


def _crane(found, port, _folder, _auth, _tokens):
    """It keeps everything in memory."""
    return [found, "registry", "serve", "--address", f"127.0.0.1:{port}"]


def _distribution(found, port, folder, auth, tokens):
    settings = folder / "settings.yml"
    chosen = HTPASSWD_AUTH if auth else TOKEN_AUTH if tokens else ""
    chosen = chosen.format(folder=folder, realm=tokens.realm if tokens else "")
    settings.write_text(SETTINGS.format(folder=folder, port=port, auth=chosen))
    return [found, "serve", settings]


def _zot(found, port, folder, auth, tokens):
    http = {"address": "127.0.0.1", "port": str(port)}
    if auth:
        http["auth"] = {"htpasswd": {"path": str(folder / "htpasswd")}}
        every = {"policies": [{"users": [USER], "actions": ["read", "create", "update", "delete"]}]}
        public = {**every, "anonymousPolicy": ["read"]}
        http["accessControl"] = {"repositories": {"**": every, "public/**": public}}
    if tokens:
        cert = str(folder / "token.pem")
        http["auth"] = {"bearer": {"realm": tokens.realm, "service": "registry", "cert": cert}}
    # Docker's own media types are refused without it.
    http["compat"] = ["docker2s2"]
    settings = folder / "settings.json"
    storage = {"rootDirectory": str(folder / "storage")}
    said = {"distSpecVersion": "1.1.1", "storage": storage, "http": http, "log": {"level": "error"}}
    settings.write_text(json.dumps(said))
    return [found, "serve", settings]


CALLS = {"crane": _crane, "zot": _zot}


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def _wait(port, process, log):
    for _ in range(200):
        assert process.poll() is None, log.read_text()
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"it does not listen: {log.read_text()}")


def _end(process):
    process.terminate()
    process.wait(10)
