"""`tls: {ca_file: …}` at the top of updater.yaml, or at a host, is all that anybody has to write."""

import pytest
from small_config import MAIN, SHOP
from world.authority import Authority, over_tls

from updater.config import load, unset_secrets
from updater.errors import ConfigError, UpdaterError
from updater.forges.gitlab import GITLAB
from updater.model import Applications, Image
from updater.sandbox import ArgoCD, GitLab, Registry
from updater.wiring import Updater, registry_reader

IMAGE = Image("ghcr.io", "org/shop")
NO_CERTIFICATE = "holds no certificate: it has to be PEM, as -----BEGIN CERTIFICATE-----"
SECRETS = {"GITHUB_TOKEN": "t", "GHCR_USERNAME": "u", "GHCR_TOKEN": "p"}


@pytest.fixture(autouse=True)
def nothing_named(monkeypatch):
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "GIT_SSL_CAINFO"):
        monkeypatch.delenv(name, raising=False)


def written(folder, top, of_forge="", of_registry="", **address):
    """A config whose hosts are at these addresses; each `tls` is written there."""
    address = {"forge": "https://git.example.org", "registry": "https://ghcr.io", **address}
    host = address["forge"].removeprefix("https://")
    main = (
        MAIN.replace("https://github.com/org/deploy.git", f"{address['forge']}/acme/deploy.git")
        .replace(
            "  github.com: {",
            f"  '{host}': {{kind: gitlab, api: '{address['forge']}/api/v4', {of_forge}",
        )
        .replace("  ghcr.io: {", f"  ghcr.io: {{endpoint: '{address['registry']}', {of_registry}")
    )
    if "argocd" in address:
        main += f"argocd: {{server: '{address['argocd']}', token_env: ARGOCD_TOKEN}}\n"
    (folder / "config" / "apps").mkdir(parents=True)
    (folder / "config" / "updater.yaml").write_text(main + top)
    (folder / "config" / "apps" / "shop.yaml").write_text(SHOP)
    return load(folder / "config")


def tls(authority):
    return f"tls: {{ca_file: '{authority.ca_file}'}}"


@pytest.mark.parametrize("where", ["top", "host"])
def test_registry_forge_git_and_argocd_are_believed_by_it(where, tmp_path, monkeypatch):
    ours, theirs = Authority(tmp_path / "ours"), Authority(tmp_path / "theirs")
    hub, registry = over_tls(GitLab(), ours), over_tls(Registry(), ours)
    argocd = over_tls(ArgoCD(hub), ours if where == "top" else theirs)
    with hub, registry, argocd:
        for name, value in (SECRETS | {"GITHUB_TOKEN": hub.bot_token, "ARGOCD_TOKEN": argocd.token}).items():
            monkeypatch.setenv(name, value)
        hub.create_repository("acme", "deploy", {"tag": "1"})
        registry.push("org/shop", "1")
        argocd.add("shop", "acme/deploy", "apps/shop/staging")
        at = {"forge": hub.url, "registry": registry.url, "argocd": argocd.url}
        own = {} if where == "top" else {"of_forge": f"{tls(ours)}, ", "of_registry": f"{tls(ours)}, "}
        config = written(tmp_path, tls(ours if where == "top" else theirs), **own, **at)
        with Updater(config, tmp_path / "cache") as updater:
            assert updater.listing(IMAGE).tags == ("1",)
            assert "refs/heads/main" in updater.heads("deploy").refs
            updater.try_push("deploy")
            assert updater.branch_rules("deploy") is not None
            assert updater.forge_sign("deploy") == GITLAB.sign
            assert [one.name for one in updater.applications(Applications(("shop",)))] == ["shop"]
        with registry_reader(config) as client:
            assert client.tags(IMAGE) == ("1",)


def test_without_it_nobody_is_asked_anything(tmp_path, monkeypatch):
    with over_tls(GitLab(), Authority(tmp_path / "ours")) as hub:
        monkeypatch.setenv("GITHUB_TOKEN", hub.bot_token)
        hub.create_repository("acme", "deploy", {"tag": "1"})
        with Updater(written(tmp_path, "", forge=hub.url), tmp_path / "cache") as updater:
            for ask in (updater.heads, updater.branch_rules):
                with pytest.raises(UpdaterError, match=r"`tls: \{ca_file: …\}`"):
                    ask("deploy")
        assert hub.sent_credentials == set()


def test_a_file_that_vouches_for_nobody_is_named_with_who_names_it(tmp_path):
    (tmp_path / "key.pem").write_text("-----BEGIN PRIVATE KEY-----\n")
    config = written(
        tmp_path,
        f"tls: {{ca_file: {tmp_path}/gone.pem}}",
        of_forge=f"tls: {{ca_file: {tmp_path}/key.pem}}, ",
        of_registry=f"tls: {{ca_file: {tmp_path}}}, ",
    )
    assert unset_secrets(config, SECRETS) == (
        f"tls.ca_file: the file {tmp_path}/gone.pem cannot be read (No such file or directory)",
        f"forges.git.example.org.tls.ca_file: the file {tmp_path}/key.pem {NO_CERTIFICATE}",
        f"registries.ghcr.io.tls.ca_file: the file {tmp_path} cannot be read (Is a directory)",
    )


def test_a_path_in_a_registry_has_no_authority_of_its_own(tmp_path):
    with pytest.raises(ConfigError, match=r"updater.yaml:\d+: .*this is of the whole host"):
        written(tmp_path, "", of_registry="}\n  ghcr.io/org: {tls: {ca_file: /ca.pem}, ")
