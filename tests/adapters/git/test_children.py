"""Every program we start gets what it needs of our surroundings, by name, and no secret (I9, I12)."""

import os
import shutil
import stat

import pytest

from updater.adapters.git import GpgSigner, SshSigner
from updater.adapters.git.access import assert_usable
from updater.adapters.registry import Helper, Helpers
from updater.errors import UpdaterError

SECRET = "s3cr3t-of-the-house"
LURES = {
    "GITHUB_TOKEN": SECRET,
    "UPDATER_WEBHOOK_SECRET": SECRET,
    "SLACK_URL": f"https://hooks.example/{SECRET}",
    "KUBERNETES_PORT": "tcp://10.0.0.1:443",
    "GIT_TRACE_CURL": "1",
    "GIT_CONFIG_PARAMETERS": "'http.proxy=http://evil.example'",
    "GIT_SSH_COMMAND": "false",
    "XDG_CONFIG_HOME": "/nowhere",
}


@pytest.fixture
def seen(tmp_path, monkeypatch):
    """What each program on a path of ours was given; they do their work all the same."""
    folder, told = tmp_path / "bin", tmp_path / "told"
    folder.mkdir()
    told.mkdir()
    real = os.environ["PATH"]
    for name in ("git", "ssh", "ssh-keygen", "gpg", "gpgconf", "docker-credential-ours"):
        where = shutil.which(name)
        then = f'exec {where} "$@"' if where else "exit 3"
        program = folder / name
        program.write_text(f"#!/bin/sh\nenv -0 >> {told}/{name}; {then}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{real}")
    for name, value in LURES.items():
        monkeypatch.setenv(name, value)

    def names(program):
        assert (told / program).exists(), f"{program} was not started"
        lines = (told / program).read_bytes().decode().split("\0")
        assert not [line for line in lines if SECRET in line], "a secret"
        return {line.partition("=")[0] for line in lines if line} - {"_", "PWD", "SHLVL", "OLDPWD"}

    return names


CERTIFICATES = {"SSL_CERT_FILE", "SSL_CERT_DIR"}
GIT = {"PATH", "HOME", "LANGUAGE", "LC_ALL", "TMPDIR", "TZ", "LD_LIBRARY_PATH", "MALLOC_TRIM_THRESHOLD_"}


def of_git(names):
    return {name for name in names if not name.startswith("GIT_")}


def tried(work, *arguments):
    """It may fail, as long as it was started."""
    try:
        return work(*arguments)
    except UpdaterError as error:
        return error


def test_git_gets_a_surrounding_made_for_it(seen, origin, clone_of, bump):
    base = origin.commit({"app.yaml": "1"})
    clone = clone_of(origin.url)
    clone.fetch()
    clone.push([bump(base, "2")], atomic=True)
    names = seen("git")
    assert of_git(names) <= GIT | CERTIFICATES
    assert not names & LURES.keys()


def test_proxies_are_for_git_that_goes_over_the_web_and_agents_for_ssh(seen, clone_of, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("SSH_AUTH_SOCK", "/nowhere/agent")
    tried(clone_of("https://127.0.0.1:9/org/deploy.git").fetch)
    assert "HTTPS_PROXY" in seen("git")
    assert "SSH_AUTH_SOCK" not in seen("git")
    tried(clone_of("ssh://git@127.0.0.1:9/org/deploy.git").fetch)
    names = seen("ssh")
    assert "SSH_AUTH_SOCK" in names
    assert not names & {"HTTPS_PROXY", *LURES}


def test_ssh_keygen_and_gpg_get_none_of_it(seen, tmp_path):
    key = tmp_path / "key"
    key.write_text("no key")
    key.chmod(0o600)
    tried(assert_usable, key, "ssh_key_file")
    for signer in (SshSigner(key), GpgSigner(key_file=key), GpgSigner("nobody")):
        tried(lambda signer=signer: sign(signer))
    for program in ("ssh-keygen", "gpg"):
        assert seen(program) <= GIT | {"USER", "LOGNAME", "GNUPGHOME"}


def sign(signer):
    with signer.ready() as work:
        work(b"bytes")


def test_a_helper_gets_its_clouds_variables_and_those_that_the_config_names(seen, monkeypatch):
    monkeypatch.setenv("AWS_ROLE_ARN", "arn")
    monkeypatch.setenv("OURS_PROFILE", "blue")
    monkeypatch.delenv("XDG_CONFIG_HOME")
    tried(Helper("ours", Helpers()).login, "ghcr.io", "org/shop")
    names = seen("docker-credential-ours")
    assert "HOME" in names
    assert not names & {"OURS_PROFILE", "AWS_ROLE_ARN", *LURES}
    tried(Helper("ours", Helpers(), ("OURS_PROFILE",)).login, "ghcr.io", "org/shop")
    assert "OURS_PROFILE" in seen("docker-credential-ours")


def test_the_helper_of_a_cloud_gets_what_that_cloud_calls_its_own(tmp_path, monkeypatch):
    program = tmp_path / "docker-credential-ecr-login"
    program.write_text(f"#!/bin/sh\nenv > {tmp_path}/told\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("AWS_ROLE_ARN", "arn")
    monkeypatch.setenv("GITHUB_TOKEN", SECRET)
    tried(Helper("ecr-login", Helpers()).login, "1.dkr.ecr.eu-west-1.amazonaws.com", "shop")
    told = (tmp_path / "told").read_text()
    assert "AWS_ROLE_ARN=arn" in told
    assert SECRET not in told
