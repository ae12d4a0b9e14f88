"""A server nobody here wrote, reached by ssh: who may be trusted, and who is."""

import os
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from updater.adapters.git import Access
from updater.adapters.git.inspect import inspect_repository
from updater.errors import Refused, Unavailable
from updater.model import RefUpdate

pytestmark = pytest.mark.real

MAIN = "refs/heads/main"
SSHD = shutil.which("sshd", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"]))
USER = subprocess.run(["id", "-un"], check=True, capture_output=True, text=True).stdout.strip()
SETTINGS = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
AuthorizedKeysFile {folder}/authorized
PidFile none
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
UsePAM no
StrictModes no
LogLevel ERROR
"""


@dataclass
class Server:
    folder: Path
    port: int
    origin: object

    @property
    def url(self):
        return f"ssh://{USER}@127.0.0.1:{self.port}{self.origin.folder}"

    def access(self, key="key", known="known"):
        return Access(key_file=self.folder / key, known_hosts=self.folder / known)


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """Of the server, of somebody it knows, of somebody it does not, and one with a passphrase."""
    folder = tmp_path_factory.mktemp("keys")
    for name, passphrase in {"host": "", "key": "", "stranger": "", "locked": "hush"}.items():
        _keygen("-q", "-t", "ed25519", "-N", passphrase, "-C", name, "-f", str(folder / name))
    return folder


@pytest.fixture
def server(tmp_path, keys, origin):
    if SSHD is None:
        pytest.skip("no sshd here")
    folder = tmp_path / "a folder with blanks, 100%"
    shutil.copytree(keys, folder)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (folder / "authorized").write_text((folder / "key.pub").read_text())
    (folder / "known").write_text(f"[127.0.0.1]:{port} {(folder / 'host.pub').read_text()}")
    # sshd_config has no way to quote a blank in AuthorizedKeysFile.
    bare = tmp_path / "sshd"
    bare.symlink_to(folder)
    (bare / "config").write_text(SETTINGS.format(port=port, folder=bare))
    process = subprocess.Popen([SSHD, "-D", "-e", "-f", str(bare / "config")], start_new_session=True)
    try:
        _await(port, process)
        origin.commit({"app.yaml": "1"})
        yield Server(folder, port, origin)
    finally:
        process.terminate()
        process.wait()


def _await(port, process):
    for _ in range(200):
        assert process.poll() is None, "sshd does not start"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError("sshd does not listen")


def _keygen(*words):
    subprocess.run(["ssh-keygen", *words], check=True, capture_output=True)


def refused(server, clone_of, **access):
    before = server.origin.refs()
    with pytest.raises(Refused) as raised:
        clone_of(server.url, access=server.access(**access)).fetch()
    assert server.origin.refs() == before
    assert "\n" not in raised.value.sentence
    return raised.value


def test_a_repository_is_read_and_written_by_ssh_and_its_config_knows_nothing_of_it(
    server, clone_of, bump, tmp_path
):
    clone = clone_of(server.url, access=server.access())
    base = clone.fetch().refs[MAIN]
    record = RefUpdate("refs/updater/main", base, (), None)
    assert clone.push([bump(base, "2"), record], atomic=True) == {MAIN: None, "refs/updater/main": None}
    assert server.origin.read("main", "app.yaml") == "2"
    config = (tmp_path / "cache" / "clone-0" / "config").read_text()
    assert "ssh" not in config
    assert str(server.port) not in config


def test_a_repository_is_surveyed_by_ssh(server, tmp_path):
    seen = inspect_repository(server.url, tmp_path / "surveyed", server.access())
    assert [file.path for file in seen.files] == ["app.yaml"]


def test_a_host_that_is_not_known_gets_nothing(server, clone_of):
    (server.folder / "known").write_text("")
    error = refused(server, clone_of)
    assert error.code == "host_key"
    assert "known hosts does not have" in error.sentence
    assert "ssh-keyscan" in error.sentence


def test_a_host_with_another_key_gets_nothing(server, clone_of, bump):
    clone = clone_of(server.url, access=server.access())
    base = clone.fetch().refs[MAIN]
    other = (server.folder / "stranger.pub").read_text()
    (server.folder / "known").write_text(f"[127.0.0.1]:{server.port} {other}")
    with pytest.raises(Refused, match="another host key than the one in known hosts") as raised:
        clone.push([bump(base, "2")], atomic=True)
    assert raised.value.code == "host_key"
    assert server.origin.refs() == {MAIN: base}


def test_a_key_the_host_does_not_know_is_refused_and_no_other_is_tried(server, clone_of, monkeypatch):
    started = subprocess.run(["ssh-agent", "-s"], check=True, capture_output=True, text=True).stdout
    agent = dict(word.split("=", 1) for word in started.replace("\n", " ").split("; ") if "=" in word)
    try:
        monkeypatch.setenv("SSH_AUTH_SOCK", agent["SSH_AUTH_SOCK"])
        subprocess.run(["ssh-add", "-q", str(server.folder / "key")], check=True, capture_output=True)
        error = refused(server, clone_of, key="stranger")
    finally:
        os.kill(int(agent["SSH_AGENT_PID"]), 15)
    assert error.code == "repository_refused"
    assert "gives this ssh key no access" in error.sentence
    assert "Permission denied (publickey)" in error.sentence
    assert "ssh_key_file" in error.sentence


def test_a_repository_that_is_not_there_is_refused(server, clone_of):
    with pytest.raises(Refused, match="does not exist or gives this ssh key no access"):
        clone_of(f"{server.url}-not", access=server.access()).fetch()


def test_a_host_that_does_not_listen_is_unavailable(server, clone_of):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(Unavailable, match="Connection refused"):
        clone_of(f"ssh://git@127.0.0.1:{port}/x.git", access=server.access()).fetch()


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (
            lambda key: key.chmod(0o640),
            "may be read by others (mode 0640), which ssh does not accept: chmod 600",
        ),
        (lambda key: key.unlink(), "cannot be read (No such file or directory)"),
        (lambda key: key.write_text("hello\n"), "is no private key that ssh-keygen can read"),
        (lambda key: key.write_text(""), "holds no key"),
        (lambda key: key.with_name("locked").rename(key), "has a passphrase"),
    ],
    ids=["open", "gone", "no key", "empty", "locked"],
)
def test_a_key_that_cannot_be_used_is_named_with_what_is_wrong(server, clone_of, spoil, says):
    spoil(server.folder / "key")
    error = refused(server, clone_of)
    assert error.code == "key_unusable"
    assert says in error.sentence
    assert str(server.folder / "key") in error.sentence


def test_known_hosts_that_are_not_there_are_named(server, clone_of):
    error = refused(server, clone_of, known="none")
    assert "known_hosts_file" in error.sentence


def test_a_command_of_the_surroundings_does_not_take_the_place_of_ours(server, clone_of, monkeypatch):
    monkeypatch.setenv("GIT_SSH_COMMAND", "false")
    monkeypatch.setenv("GIT_SSH", "/bin/false")
    assert MAIN in clone_of(server.url, access=server.access()).fetch().refs
