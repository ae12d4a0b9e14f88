"""Secrets are only named in the config, read late, and shown nowhere."""

from __future__ import annotations

import pytest

from updater.config import private_key, secret, unset_secrets
from updater.errors import ConfigError

ALL = {"GITHUB_TOKEN": "t", "GHCR_USERNAME": "u", "GHCR_TOKEN": "p"}


def test_a_secret_comes_from_the_environment_and_is_masked():
    found = secret(env="TOKEN", file=None, environ={"TOKEN": "ghp_secret\n"})
    assert found.get_secret_value() == "ghp_secret"
    assert "ghp_secret" not in f"{found!r} {found}"


def test_a_secret_comes_from_a_file_without_its_line_break(tmp_path):
    (tmp_path / "token").write_text("ghp_secret\n")
    found = secret(env=None, file=str(tmp_path / "token"), environ={})
    assert found.get_secret_value() == "ghp_secret"


def test_where_nothing_is_named_there_is_no_secret():
    assert secret(env=None, file=None, environ=ALL) is None


@pytest.mark.parametrize("value", ["", "  \n"])
def test_an_empty_variable_is_not_set(value):
    with pytest.raises(ConfigError, match=r"^the environment variable TOKEN is not set$"):
        secret(env="TOKEN", file=None, environ={"TOKEN": value})


def test_a_secret_of_two_lines_is_refused_without_showing_it():
    with pytest.raises(ConfigError) as caught:
        secret(env="TOKEN", file=None, environ={"TOKEN": "ghp_secret\r\nX-Evil: 1"})
    assert str(caught.value) == "the environment variable TOKEN holds more than one line"


def test_a_secret_file_that_cannot_be_read_is_a_fault(tmp_path):
    cases = {"gone": "cannot be read (No such file or directory)", "empty": "is empty", "bytes": "is no text"}
    (tmp_path / "empty").touch()
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    for name, why in cases.items():
        with pytest.raises(ConfigError) as caught:
            secret(env=None, file=str(tmp_path / name), environ={})
        assert str(caught.value) == f"the file {tmp_path / name} {why}"


def test_unset_secrets_are_named_with_who_needs_them(load_with):
    config = load_with(("  ghcr.io: {", "  quay.io: {}\n  ghcr.io: {"))
    assert unset_secrets(config, ALL) == ()
    assert unset_secrets(config, {"GHCR_TOKEN": "p"}) == (
        "forges.github.com: the environment variable GITHUB_TOKEN is not set",
        "registries.ghcr.io: the environment variable GHCR_USERNAME is not set",
    )


def test_the_key_of_an_app_has_many_lines_and_is_named_where_it_is_missing(load_with, tmp_path):
    file = tmp_path / "key.pem"
    app = f"{{app_id: 1, installation_id: 2, private_key_file: {file}}}"
    config = load_with(("{token_env: GITHUB_TOKEN}", app))
    assert unset_secrets(config, ALL) == (
        f"forges.github.com: the file {file} cannot be read (No such file or directory)",
    )

    file.write_text("")
    assert unset_secrets(config, ALL) == (f"forges.github.com: the file {file} is empty",)

    file.write_text("one\ntwo\n")
    assert unset_secrets(config, ALL) == ()
    assert private_key(str(file)).get_secret_value() == "one\ntwo"
    assert "one" not in repr(private_key(str(file)))


def test_a_config_shows_no_secret_because_it_has_none(load_with, monkeypatch):
    for name in ALL:
        monkeypatch.setenv(name, "ghp_secret")
    assert "ghp_secret" not in repr(load_with())


def test_what_a_registry_needs_beside_secrets_is_named_where_it_is_missing(load_with, tmp_path):
    mounted = tmp_path / ".dockerconfigjson"
    config = load_with(
        (
            "  ghcr.io: {username_env: GHCR_USERNAME, password_env: GHCR_TOKEN}",
            f"  ghcr.io: {{docker_config: {mounted}}}\n  quay.io/org: {{credential_helper: none-such}}",
        ),
    )
    missing = (
        f"registries.ghcr.io: the file {mounted} cannot be read (No such file or directory)",
        "registries.quay.io/org: the program docker-credential-none-such is not on the path",
    )
    assert unset_secrets(config, ALL) == missing

    mounted.write_text('{\n  "auths": {}\n}')
    assert unset_secrets(config, ALL) == missing[1:]
