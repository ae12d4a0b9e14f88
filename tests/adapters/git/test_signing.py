"""Commits that are signed by keys, as git itself judges them."""

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from updater.adapters.git import GpgSigner, Signer, SshSigner
from updater.errors import Refused
from updater.model import CommitDraft, Placement, RefUpdate

pytestmark = pytest.mark.real

MAIN = "refs/heads/main"
BRANCH = "refs/heads/updater/app/production--shop"
MAIL = "updater@example.org"


@dataclass
class Judge:
    """What a person has to verify commits with."""

    signer: Signer
    settings: tuple[str, ...] = ()
    home: str = ""

    def verify(self, origin, revision):
        """What git says of it, where it says it is good."""
        command = ["git", f"--git-dir={origin.folder}", *self.settings, "verify-commit", revision]
        told = subprocess.run(
            command, capture_output=True, text=True, check=False, env={**os.environ, "GNUPGHOME": self.home}
        )
        assert told.returncode == 0, told.stderr
        return told.stderr


@pytest.fixture(scope="module")
def ssh(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ssh")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / "key")], check=True)
    (folder / "allowed").write_text(f"{MAIL} {(folder / 'key.pub').read_text()}")
    settings = ("-c", f"gpg.ssh.allowedSignersFile={folder / 'allowed'}")
    return Judge(SshSigner(folder / "key"), settings)


class Keyring:
    def __init__(self, folder):
        self.folder = folder

    def gpg(self, *words, given=""):
        command = ["gpg", "--batch", "--quiet", "--pinentry-mode", "loopback", *words]
        done = subprocess.run(
            command,
            input=given,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "GNUPGHOME": self.folder},
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def key(self, mail, passphrase=""):
        what = ("--quick-generate-key", f"updater <{mail}>", "ed25519", "sign", "never")
        self.gpg("--passphrase", passphrase, *what)


@pytest.fixture(scope="module")
def keyring():
    if not shutil.which("gpg"):
        pytest.skip("no gpg here")
    folder = tempfile.mkdtemp(prefix="keyring-")  # its sockets need a short name
    ring = Keyring(folder)
    try:
        ring.key(MAIL)
        ring.key("locked@example.org", passphrase="hush")
        subprocess.run(
            ["gpgconf", "--homedir", folder, "--kill", "all"], check=True
        )  # it forgets the passphrase
        yield ring
    finally:
        subprocess.run(["gpgconf", "--homedir", folder, "--kill", "all"], check=True)
        shutil.rmtree(folder)


@pytest.fixture
def gpg(keyring, monkeypatch):
    monkeypatch.setenv("GNUPGHOME", keyring.folder)
    return Judge(GpgSigner(MAIL), home=keyring.folder)


@pytest.fixture
def gpg_file(keyring, tmp_path, monkeypatch):
    monkeypatch.setenv("GNUPGHOME", "/nowhere")
    (tmp_path / "exported").write_text(keyring.gpg("--armor", "--export-secret-keys", MAIL))
    return Judge(GpgSigner(key_file=tmp_path / "exported"), home=keyring.folder)


@pytest.mark.parametrize("judge", ["ssh", "gpg", "gpg_file"])
def test_every_commit_that_is_pushed_is_signed_and_git_says_it_is_good(
    request, origin, clone_of, bump, judge
):
    judge = request.getfixturevalue(judge)
    base = origin.commit({"app.yaml": "1", "other.yaml": "x"})
    clone = clone_of(origin.url, signer=judge.signer)
    clone.fetch()
    updates = [bump(base, "2", "3"), RefUpdate("refs/updater/main", base, (), None)]
    assert clone.push(updates, atomic=True) == {MAIN: None, "refs/updater/main": None}
    assert clone.push([bump(base, "4", ref=BRANCH, expected=None)], atomic=False) == {BRANCH: None}
    assert "Good" in judge.verify(origin, "main~1")
    for revision in ("main", "updater/app/production--shop"):
        assert MAIL in judge.verify(origin, revision)
    assert (
        origin.git("log", "--format=%an %ae %s", f"{base}..main")
        == f"updater {MAIL} bump\n" * 1 + f"updater {MAIL} bump"
    )
    assert origin.git("rev-parse", "main~2") == base
    assert [origin.read(f"main~{back}", "app.yaml") for back in (1, 0)] == ["2", "3"]
    assert origin.git("diff", "--name-only", base, "main") == "app.yaml"
    assert origin.refs()["refs/updater/main"] == origin.refs()[MAIN] == clone.fetch().refs[MAIN]


def test_a_line_of_its_own_is_signed_from_its_first_commit(origin, clone_of, ssh):
    origin.commit({"app.yaml": "1"})
    clone, ref = clone_of(origin.url, signer=ssh.signer), "refs/updater/verdicts/main"
    clone.fetch()
    draft = CommitDraft(Placement("production", "shop"), "note", {"a": b"1"})
    assert clone.push([RefUpdate(ref, None, (draft,), None)], atomic=False) == {ref: None}
    assert MAIL in ssh.verify(origin, ref)
    assert origin.git("rev-list", "--count", ref) == "1"


def test_a_changed_commit_is_seen(origin, clone_of, bump, ssh):
    """That git says `Good` is worth something."""
    base = origin.commit({"app.yaml": "1"})
    clone = clone_of(origin.url, signer=ssh.signer)
    clone.fetch()
    clone.push([bump(base, "2")], atomic=True)
    text = origin.git("cat-file", "commit", "main").replace("bump", "jump")
    forged = origin.git("hash-object", "-t", "commit", "-w", "--stdin", given=text.encode())
    with pytest.raises(AssertionError, match="incorrect signature"):
        ssh.verify(origin, forged)


def refuses(origin, clone_of, bump, signer):
    base = origin.commit({"app.yaml": "1"})
    clone = clone_of(origin.url, signer=signer)
    clone.fetch()
    with pytest.raises(Refused) as raised:
        clone.push([bump(base, "2")], atomic=True)
    assert origin.refs() == {MAIN: base}
    assert "\n" not in raised.value.sentence
    assert clone.fetch().refs == {MAIN: base}
    return raised.value.sentence


def test_a_passphrase_of_an_ssh_key_is_refused_and_nothing_is_pushed(origin, clone_of, bump, tmp_path):
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "hush", "-f", str(tmp_path / "key")], check=True
    )
    sentence = refuses(origin, clone_of, bump, SshSigner(tmp_path / "key"))
    assert "has a passphrase, and nobody is there to type it" in sentence
    assert "commit.signing.key_file" in sentence


def test_an_ssh_key_that_is_not_there_is_refused(origin, clone_of, bump, tmp_path):
    sentence = refuses(origin, clone_of, bump, SshSigner(tmp_path / "none"))
    assert "cannot be read (No such file or directory)" in sentence


def test_a_passphrase_of_a_gpg_key_is_refused_and_nobody_is_asked(origin, clone_of, bump, gpg):
    sentence = refuses(origin, clone_of, bump, GpgSigner("locked@example.org"))
    assert "nothing is pushed: the key has a passphrase, and nobody is there to type it" in sentence


def test_a_passphrase_of_an_exported_gpg_key_is_refused(origin, clone_of, bump, keyring, tmp_path):
    words = ("--passphrase", "hush", "--armor", "--export-secret-keys", "locked@example.org")
    (tmp_path / "exported").write_text(keyring.gpg(*words))
    sentence = refuses(origin, clone_of, bump, GpgSigner(key_file=tmp_path / "exported"))
    assert "has a passphrase" in sentence


def test_a_gpg_key_that_is_in_no_keyring_is_refused(origin, clone_of, bump, gpg):
    sentence = refuses(origin, clone_of, bump, GpgSigner("nobody@example.org"))
    assert "there is no secret key of that name" in sentence


@pytest.mark.parametrize("content", [None, b"", b"hello\n"])
def test_a_file_without_a_gpg_key_is_refused(origin, clone_of, bump, gpg, content):
    exported = origin.folder / "exported"
    if content is not None:
        exported.write_bytes(content)
    sentence = refuses(origin, clone_of, bump, GpgSigner(key_file=exported))
    assert "commit.signing.key_file" in sentence


def test_no_agent_outlives_the_push_of_an_exported_key(origin, clone_of, bump, gpg_file):
    base = origin.commit({"app.yaml": "1"})
    clone = clone_of(origin.url, signer=gpg_file.signer)
    clone.fetch()
    clone.push([bump(base, "2")], atomic=True)
    commands = [_command(folder) for folder in Path("/proc").glob("[0-9]*")]
    assert not [command for command in commands if b"updater-gpg-" in command]


def _command(folder):
    try:
        return (folder / "cmdline").read_bytes()
    except OSError:
        return b""
