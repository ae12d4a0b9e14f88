"""Nobody who answers us can make us hold more than we read: it is left where it is, and said."""

import json
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from world.endless import Endless

from updater.adapters import bounded_answers
from updater.adapters.argocd import ArgoCDClient, HttpClient, ServerBackend
from updater.adapters.azure import AzureForge
from updater.adapters.bitbucket import BitbucketForge
from updater.adapters.gitea import GiteaForge
from updater.adapters.github import GitHubForge
from updater.adapters.gitlab import GitLabForge
from updater.adapters.registry import EndpointHost, RegistryClient
from updater.errors import Refused, UpdaterError
from updater.model import Applications, Image
from updater.sandbox.exchange import Answer
from updater.sandbox.server import Server

MIB = 1 << 20
SHOP = Image.parse("ghcr.io/org/shop")
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"


def now():
    return datetime.now(UTC)


def github(url):
    return GitHubForge("org/deploy", api=url, token=lambda: "t", clock=now).pull_requests()


def gitlab(url):
    return GitLabForge("org/deploy", api=f"{url}/api/v4", token=lambda: "t", clock=now).pull_requests()


def gitea(url):
    return GiteaForge("org/deploy", api=f"{url}/api/v1", token=lambda: "t", clock=now).pull_requests()


def bitbucket(url):
    return BitbucketForge("org/deploy", api=f"{url}/2.0", token=lambda: "t", clock=now).pull_requests()


def azure(url):
    return AzureForge("org/_git/deploy", api=url, token=lambda: "t", clock=now).pull_requests()


def argocd(url):
    client = ArgoCDClient(HttpClient(url, lambda: "t", clock=now), ServerBackend(), clock=now)
    return client.applications(Applications(("shop",)))


def registry(url):
    with RegistryClient({"ghcr.io": EndpointHost(endpoint=url)}) as client:
        return client.tags(SHOP)


@pytest.mark.parametrize(
    ("ask", "tries", "most", "says"),
    [
        (
            github,
            3,
            8,
            "GitHub for org/deploy at .* more than 8 MiB to GET /repos/org/deploy/pulls, and at most",
        ),
        (
            gitlab,
            3,
            8,
            "GitLab for org/deploy at .* more than 8 MiB to GET /api/v4/projects/.*merge_requests",
        ),
        (gitea, 3, 8, "Gitea for org/deploy at .* more than 8 MiB to GET /api/v1/repos/org/deploy/pulls"),
        (
            bitbucket,
            3,
            8,
            "Bitbucket for org/deploy at .* more than 8 MiB to GET /2.0/repositories/org/deploy",
        ),
        (
            azure,
            3,
            8,
            "Azure DevOps for org/deploy/_git/deploy at .* more than 8 MiB to GET /org/deploy/_apis/",
        ),
        (
            argocd,
            1,
            16,
            "Argo CD at .* more than 16 MiB at once for the Application shop, and at most 16 MiB",
        ),
        (registry, 1, 32, "more than 32 MiB when asked for the tags of ghcr.io/org/shop, and at most 32 MiB"),
    ],
)
def test_an_answer_without_an_end_is_left_and_said(ask, tries, most, says):
    with Endless() as server:
        with pytest.raises(Refused, match=says):
            ask(server.url)
        assert server.asked == tries, "a page of a forge is tried in smaller parts"
        assert server.sent < tries * (most + 8) * MIB, "no more was read than what the sockets hold"


def test_what_was_announced_is_told():
    class Huge(Server):
        def answer(self, request):
            return Answer(200, b"[" + b" " * (9 * MIB))

    with Huge() as server, pytest.raises(Refused, match="answered 9 MiB to GET"):
        github(server.url)


def test_an_answer_that_drips_comes_to_an_end(monkeypatch):
    monkeypatch.setattr(bounded_answers, "_WHOLE", 0)
    with Endless() as server, pytest.raises(UpdaterError, match="did not answer in time"):
        github(server.url)


class OddRegistry(Server):
    """One image, of which any part may be padded, and a token that is asked for."""

    def __init__(self, *, token=0, manifest=0, config=0, listing=0):
        super().__init__()
        self.config = b'{"os": "linux", "architecture": "amd64"}' + b" " * config
        parts = {"mediaType": CONFIG, "digest": digest(self.config), "size": 40}
        self.manifest = json.dumps({"mediaType": MANIFEST, "config": parts}).encode() + b" " * manifest
        self.token = json.dumps({"token": "x"}).encode() + b" " * token
        self.listing = json.dumps({"manifests": []}).encode() + b" " * listing

    def answer(self, request):
        if request.path == "/token":
            return Answer(200, self.token)
        if "authorization" not in request.headers:
            asks = f'Bearer realm="{self.url}/token",service="x"'
            return Answer(401, b"", headers={"WWW-Authenticate": asks})
        if "/blobs/" in request.path:
            return Answer(200, self.config)
        if "/referrers/" in request.path:
            return Answer(200, self.listing)
        if request.path.endswith(("/manifests/1", digest(self.manifest))):
            return Answer(200, self.manifest, MANIFEST, {"Docker-Content-Digest": digest(self.manifest)})
        return Answer(404)


@contextmanager
def asked(server):
    with server, RegistryClient({"ghcr.io": EndpointHost(endpoint=server.url)}) as client:
        yield client


def digest(content):
    return f"sha256:{sha256(content).hexdigest()}"


@pytest.mark.parametrize(
    ("padded", "says"),
    [
        (
            {"token": 1 * MIB},
            "answered more than 1 MiB when asked for a token for ghcr.io/org/shop, and at most 1 MiB",
        ),
        ({"manifest": 4 * MIB}, "answered more than 4 MiB when asked for a manifest of ghcr.io/org/shop"),
        ({"config": 4 * MIB}, "answered more than 4 MiB when asked for what is said of ghcr.io/org/shop"),
    ],
)
def test_each_part_of_an_image_has_its_bound(padded, says):
    with asked(OddRegistry()) as client:
        assert client.image(SHOP, "1").platforms == ("linux/amd64",)
    with asked(OddRegistry(**padded)) as client, pytest.raises(Refused, match=says):
        client.image(SHOP, "1")


def test_of_what_is_attached_to_an_image_no_more_is_read():
    with asked(OddRegistry(listing=4 * MIB)) as client:
        said = list(client.attached(SHOP, client.digest(SHOP, "1")))
    assert "answered more than 4 MiB when asked for what is attached to ghcr.io/org/shop" in said[0].sentence


def test_of_a_failure_the_beginning_is_enough():
    """Its status decides, and what stands at the end of eight megabytes is nothing to anybody."""

    class Failing(Server):
        def answer(self, request):
            return Answer(403, b'{"message": "' + b"no " * (3 * MIB))

    with Failing() as server:
        with pytest.raises(UpdaterError, match="GitHub forbids this"):
            github(server.url)
        with pytest.raises(UpdaterError, match="answered 403"):
            registry(server.url)
