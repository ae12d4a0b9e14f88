"""One `ca_file` is believed by everything that speaks TLS, beside those that the system believes."""

import os
import ssl
from contextlib import ExitStack
from pathlib import Path

import pytest
from world.authority import Authority, over_tls

from updater.adapters.api_connection import ApiConnection
from updater.adapters.argocd.errors import Remedies
from updater.adapters.argocd.http_client import Ask, HttpClient
from updater.adapters.azure import AzureForge
from updater.adapters.bitbucket import BitbucketForge, BitbucketSourceCommits
from updater.adapters.flux import FluxReceivers, Receiver
from updater.adapters.forge_probe import recognized
from updater.adapters.git import Access, Clone, CommitIdentity
from updater.adapters.gitea import GiteaForge, GiteaSourceCommits
from updater.adapters.github import GitHubForge, GitHubSourceCommits
from updater.adapters.gitlab import GitLabForge
from updater.adapters.limits import RateLimits
from updater.adapters.registry import EndpointHost, RegistryClient
from updater.adapters.trust import Bundles
from updater.errors import UpdaterError
from updater.forges import FORGES
from updater.model import Image
from updater.sandbox import Azure, Bitbucket, Gitea, GitHub, GitLab, Registry
from updater.sandbox.exchange import Answer
from updater.sandbox.server import Server, utc_now

SHOP = Image("registry.example.org", "org/shop")
IDENTITY = CommitIdentity("updater", "updater@example.org")


@pytest.fixture(autouse=True)
def nothing_named(monkeypatch):
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "GIT_SSL_CAINFO"):
        monkeypatch.delenv(name, raising=False)


class Receiving(Server):
    def answer(self, request):
        return Answer(200)


@pytest.fixture
def ours(tmp_path):
    return Authority(tmp_path / "ours")


@pytest.fixture
def bundle(ours, tmp_path):
    return Bundles(tmp_path / "trust").of(str(ours.ca_file))


@pytest.fixture
def start(ours):
    with ExitStack() as stack:
        yield lambda server: stack.enter_context(over_tls(server, ours))


# --- each that speaks TLS: without, and with it ---------------------------------------------------------


def tags(server, ca_file):
    server.push("org/shop", "1")
    hosts = {SHOP.registry: EndpointHost(endpoint=server.url, ca_file=ca_file)}
    with RegistryClient(hosts) as client:
        return client.tags(SHOP)


def tags_by_default(server, ca_file):
    server.push("org/shop", "1")
    hosts = {SHOP.registry: EndpointHost(endpoint=server.url)}
    with RegistryClient(hosts, ca_file=ca_file) as client:
        return client.tags(SHOP)


def login(server, ca_file):
    kinds = {GitLab: GitLabForge, Gitea: GiteaForge, Bitbucket: BitbucketForge, Azure: AzureForge}
    kind = kinds.get(type(server), GitHubForge)
    api = server.url + server.api.partition(server.host)[2]
    repository = server.clone_url("acme/deploy").partition(f"{server.host}/")[2].removesuffix(".git")
    forge = kind(
        repository, api=api, token=lambda: server.bot_token, connection=ApiConnection(ca_file=ca_file)
    )
    try:
        return forge.login()
    finally:
        forge.disconnect()


def source(server, ca_file):
    api = server.url + server.api.partition(server.host)[2]
    sha = server.head("acme/deploy", "main")
    limits = RateLimits(server.host, utc_now)
    kinds = {Gitea: GiteaSourceCommits, Bitbucket: BitbucketSourceCommits}
    kind = kinds.get(type(server), GitHubSourceCommits)
    origins = kind(api, lambda: server.bot_token, limits=limits, connection=ApiConnection(ca_file=ca_file))
    try:
        return origins.checks("acme/deploy", sha) == {}
    finally:
        origins.disconnect()


def push(server, ca_file):
    url, folder = f"{server.url}/acme/deploy.git", Path(os.environ["CLONES"]) / f"{bool(ca_file)}.git"
    access = Access(lambda: server.bot_token, ca_file=ca_file)
    clone = Clone(url, "main", folder, identity=IDENTITY, access=access, clock=utc_now)
    try:
        clone.fetch()
        clone.try_push()
        return True
    finally:
        clone.close()


def call(server, ca_file):
    FluxReceivers({"FLUX": Receiver(lambda: f"{server.url}/hook/hush")}, ca_file).call("FLUX")
    return True


ALL = {
    "registry": (Registry, tags),
    "registry without an entry": (Registry, tags_by_default),
    "github": (GitHub, login),
    "gitlab": (GitLab, login),
    "gitea": (Gitea, login),
    "bitbucket": (Bitbucket, login),
    "azure": (Azure, login),
    "source commits": (GitHub, source),
    "source commits on gitea": (Gitea, source),
    "source commits on bitbucket": (Bitbucket, source),
    "git": (GitHub, push),
    "flux": (Receiving, call),
}


@pytest.mark.parametrize("who", ALL)
def test_each_believes_the_authority_and_names_the_setting_without_it(
    who, start, bundle, tmp_path, monkeypatch
):
    monkeypatch.setenv("CLONES", str(tmp_path))
    kind, ask = ALL[who]
    server = start(kind())
    if kind in (GitHub, GitLab, Gitea, Bitbucket, Azure):
        server.create_repository("acme", "deploy", {"tag": "1"})
    with pytest.raises(UpdaterError, match="has a certificate that cannot be verified") as caught:
        ask(server, None)
    assert "`tls: {ca_file: …}`" in caught.value.sentence
    assert server.sent_credentials == set()
    assert ask(server, bundle)


def test_doctor_hears_who_a_host_is(start, bundle):
    server, signs = start(GitLab()), [kind.sign for kind in FORGES.values() if kind.sign is not None]
    assert recognized(server.url, signs) is None
    assert recognized(server.url, signs, bundle) is not None


def test_git_believes_the_setting_before_its_own_variable(start, bundle, tmp_path, monkeypatch):
    monkeypatch.setenv("CLONES", str(tmp_path))
    monkeypatch.setenv("GIT_SSL_CAINFO", str(Authority(tmp_path / "other").ca_file))
    server = start(GitHub())
    server.create_repository("acme", "deploy", {"tag": "1"})
    assert push(server, bundle)


# --- the bundle -----------------------------------------------------------------------------------------


def test_it_adds_to_what_the_environment_names(ours, start, tmp_path, monkeypatch):
    other = Authority(tmp_path / "other")
    monkeypatch.setenv("SSL_CERT_FILE", str(ours.ca_file))
    both = Bundles(tmp_path / "trust").of(str(other.ca_file))
    assert tags(start(Registry()), both) == ("1",)


def test_it_adds_to_what_the_system_believes(bundle):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(bundle)
    assert len(context.get_ca_certs()) > 20


def test_a_key_in_the_same_file_is_not_copied(ours, tmp_path):
    made = Path(Bundles(tmp_path / "trust").of(str(ours.certify())))
    assert "PRIVATE" not in made.read_text()


def test_nothing_is_made_where_nothing_is_named(tmp_path):
    assert Bundles(tmp_path / "trust").of(None) is None
    assert not (tmp_path / "trust").exists()


def test_a_renewed_file_counts_and_one_that_is_gone_for_a_while_takes_nothing_away(ours, tmp_path):
    file, bundles = tmp_path / "mounted.pem", Bundles(tmp_path / "trust")
    made, text = Path(bundles.of(str(file))), ours.ca_file.read_text().strip()
    assert text not in made.read_text()
    file.write_text(text)
    bundles.renew()
    assert text in made.read_text()
    file.unlink()
    made.unlink()
    bundles.renew()
    assert text in made.read_text()


# --- proxies --------------------------------------------------------------------------------------------


class Proxy(Server):
    """Takes notes of where it is asked to go, and answers that it does not."""

    def __init__(self):
        super().__init__()
        self.asked = []

    def answer(self, request):
        self.asked.append(f"{request.method} {request.target}")
        return Answer(502)


def through_registry(host, _):
    with RegistryClient({}, timeout=2) as client:
        client.tags(Image(host, "org/shop"))


def through_git(host, folder):
    url, access = f"https://{host}/org/deploy.git", Access()
    clone = Clone(url, "main", folder / host, identity=IDENTITY, access=access, clock=utc_now)
    try:
        clone.fetch()
    finally:
        clone.close()


def through_github(host, _):
    GitHubForge("acme/deploy", api=f"https://{host}/api/v3", token=lambda: "t").login()


def through_gitlab(host, _):
    GitLabForge("acme/deploy", api=f"https://{host}/api/v4", token=lambda: "t").login()


def through_gitea(host, _):
    GiteaForge("acme/deploy", api=f"https://{host}/api/v1", token=lambda: "t").login()


def through_bitbucket(host, _):
    BitbucketForge("acme/deploy", api=f"https://{host}/2.0", token=lambda: "t").login()


def through_azure(host, _):
    AzureForge("acme/deploy/_git/deploy", api=f"https://{host}", token=lambda: "t").login()


def through_argocd(host, _):
    HttpClient(f"https://{host}", lambda: "t", clock=utc_now).ask(
        Ask("GET", "/", "it", Remedies("it", "", "", ""))
    )


def through_flux(host, _):
    FluxReceivers({"FLUX": Receiver(lambda: f"https://{host}/hook/hush")}).call("FLUX")


@pytest.mark.parametrize(
    "ask",
    [
        through_registry,
        through_git,
        through_github,
        through_gitlab,
        through_gitea,
        through_bitbucket,
        through_azure,
        through_argocd,
        through_flux,
    ],
    ids=lambda ask: ask.__name__.removeprefix("through_"),
)
def test_each_goes_through_the_proxy_unless_the_host_is_an_exception(ask, tmp_path, monkeypatch):
    for name in ("https_proxy", "NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with Proxy() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", "near.invalid")
        for host in ("far.invalid", "near.invalid"):
            with pytest.raises(UpdaterError):
                ask(host, tmp_path)
    assert set(proxy.asked) == {"CONNECT far.invalid:443"}
