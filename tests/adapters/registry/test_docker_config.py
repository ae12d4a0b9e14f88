"""The file that `docker login` writes, and that a cluster mounts as an imagePullSecret."""

import json
from base64 import b64encode
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from updater.adapters.registry import DockerConfig, Helpers
from updater.adapters.registry.credentials import RegistryLogin
from updater.adapters.registry.docker_config import _most_specific
from updater.errors import Refused


def auth(text):
    return {"auth": b64encode(text.encode()).decode()}


@pytest.fixture
def read(tmp_path):
    """The login that a config gives for a server and an image."""
    path = tmp_path / "config.json"

    def login(content, server="ghcr.io", name="org/shop"):
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return DockerConfig(path, Helpers()).login(server, name)

    return login


@pytest.mark.parametrize(
    ("entry", "login"),
    [
        (auth("bot:hush"), RegistryLogin("bot", "hush")),
        (auth("bot:a:b"), RegistryLogin("bot", "a:b")),
        (auth("bot:hush\0\0"), RegistryLogin("bot", "hush")),
        ({"username": "bot", "password": "hush"}, RegistryLogin("bot", "hush")),
        ({"username": "other", "password": "old", **auth("bot:hush")}, RegistryLogin("bot", "hush")),
        ({"identitytoken": "refresh"}, RegistryLogin(identity="refresh")),
        ({**auth("00000000:"), "identitytoken": "refresh"}, RegistryLogin("00000000", "", "refresh")),
        ({"registrytoken": "ready"}, RegistryLogin(bearer="ready")),
        ({}, None),
        ({"email": "a@b"}, None),
    ],
)
def test_an_entry_is_read(read, entry, login):
    assert read({"auths": {"ghcr.io": entry}}) == login


@pytest.mark.parametrize(
    ("server", "name", "expected"),
    [
        ("ghcr.io", "org/shop", "host"),
        ("ghcr.io", "org-a/shop", "org-a"),
        ("ghcr.io", "org-a/team/shop", "team"),
        ("ghcr.io", "org-ab/shop", "host"),
        ("ghcr.io:8443", "org/shop", None),
        ("registry-1.docker.io", "library/nginx", "hub"),
        ("1.dkr.ecr.eu-west-1.amazonaws.com", "shop", "ecr"),
        ("dkr.ecr.eu-west-1.amazonaws.com", "shop", None),
        ("far.example", "v2/shop", "https"),
        ("127.0.0.1:5000", "shop", "port"),
    ],
)
def test_the_most_specific_entry_wins(read, server, name, expected):
    keys = {
        "GHCR.io": "host",
        "ghcr.io/org-a": "org-a",
        "https://ghcr.io/org-a/team/": "team",
        "https://index.docker.io/v1/": "hub",
        "*.dkr.ecr.*.amazonaws.com": "ecr",
        "https://far.example:443/v2/": "https",
        "127.0.0.1:5000": "port",
    }
    login = read({"auths": {key: auth(f"{user}:x") for key, user in keys.items()}}, server, name)

    assert (login and login.username) == expected


def test_a_pattern_gives_way_to_a_host_that_is_spelled_out(read):
    auths = {"a.example": auth("plain:x"), "*.example": auth("pattern:x")}

    assert read({"auths": auths}, "a.example").username == "plain"
    assert read({"auths": dict(reversed(auths.items()))}, "a.example").username == "plain"


def test_an_empty_entry_does_not_hide_the_next_best(read):
    assert read({"auths": {"ghcr.io/org": {}, "ghcr.io": auth("bot:x")}}).username == "bot"


@pytest.mark.parametrize("key", ["docker.io", "index.docker.io", "registry-1.docker.io", "https://docker.io"])
def test_docker_hub_goes_by_many_names(read, key):
    assert read({"auths": {key: auth("bot:x")}}, "registry-1.docker.io").username == "bot"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is no JSON"),
        ("hush", "is no JSON"),
        ("[" * 100_000, "is no JSON"),
        ("[]", "is no docker config"),
        ({"auths": {"ghcr.io": {"auth": "hush!"}}}, "is no base64"),
        ({"auths": {"ghcr.io": {"auth": b64encode(b"hush").decode()}}}, "has no colon"),
        ({"auths": {"ghcr.io": {"auth": b64encode(b"\xff:hush").decode()}}}, "is no base64"),
        ({"auths": {"ghcr.io": {"password": ["hush"]}}}, "something else than text"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_sentence_without_a_secret(read, content, words, tmp_path):
    with pytest.raises(Refused, match=words) as caught:
        read(content)

    assert caught.value.code == "credentials"
    assert str(tmp_path / "config.json") in caught.value.sentence
    assert "hush" not in caught.value.sentence


def test_a_file_that_is_missing_is_one_sentence(tmp_path):
    with pytest.raises(Refused, match="cannot be read"):
        DockerConfig(tmp_path / "none", Helpers()).login("ghcr.io", "org/shop")


@given(
    st.recursive(
        st.none() | st.text() | st.booleans(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.sampled_from(["auths", "auth", "credsStore", "credHelpers", "a.b"]), inner)
        ),
    )
)
def test_any_json_is_read_or_refused(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_text(json.dumps(content))
    with suppress(Refused):
        DockerConfig(path, Helpers()).login("a.b", "org/shop")


def test_a_mounted_secret_that_is_swapped_is_read_anew(tmp_path):
    """Kubernetes replaces a symlink to a folder, so the file's own path never changes."""
    for version, user in (("one", "old"), ("two", "new")):
        (tmp_path / version).mkdir()
        (tmp_path / version / "config.json").write_text(json.dumps({"auths": {"ghcr.io": auth(f"{user}:x")}}))
    (tmp_path / "..data").symlink_to("one")
    (tmp_path / "config.json").symlink_to("..data/config.json")
    config = DockerConfig(tmp_path / "config.json", Helpers())
    assert config.login("ghcr.io", "org/shop").username == "old"

    (tmp_path / "..new").symlink_to("two")
    (tmp_path / "..new").rename(tmp_path / "..data")

    assert config.login("ghcr.io", "org/shop").username == "new"


def test_what_is_found_does_not_depend_on_the_order_of_the_entries():
    auths = {
        "ghcr.io/a": auth("a:x"),
        "ghcr.io": auth("b:x"),
        "*.io": auth("c:x"),
        "ghcr.io/a/b": auth("d:x"),
    }
    for turned in (auths, dict(reversed(auths.items()))):
        assert _most_specific({"auths": turned}, "ghcr.io", "a/b/c") == auth("d:x")
