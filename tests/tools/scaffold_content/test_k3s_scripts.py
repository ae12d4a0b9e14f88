"""The scripts for nodes: what they call, what they keep to themselves, and what a second run does."""

import hashlib
import re
import sqlite3
import stat

import pytest
from tools.scaffold_content.programs import owner_only, tree

RELEASE = "v1.36.1+k3s1"
URL = "https://server.example.org:6443"
TOKEN = "K10ab::server:secret-of-the-cluster"
INSTALLER = (
    '#!/bin/sh\nprintf "installer %s %s %s\\n" "$INSTALL_K3S_VERSION" "${K3S_TOKEN_FILE-unset}" "$*"\n'
)


@pytest.fixture
def node(programs, tmp_path):
    """Where k3s is not installed yet: `curl` loads an installer that says how it was called."""
    etc = tmp_path / "etc"
    programs.answer("systemctl", status=3)
    programs.add("k3s")
    (programs.folder / "k3s").rename(programs.folder / "later-k3s")
    curl = programs.folder / "curl"
    curl.write_text(
        '#!/bin/sh\nwhile [ $# -gt 0 ]; do if [ "$1" = --output ]; then file=$2; fi; shift; done\n'
        f"cat > \"$file\" <<'END'\n{_installer(programs)}END\n"
    )
    curl.chmod(0o755)
    return {"INSTALL_K3S_VERSION": RELEASE, "K3S_ETC": str(etc), "READY_TIMEOUT": "10"}


def _installer(programs):
    return f"{INSTALLER}mv {programs.folder}/later-k3s {programs.folder}/k3s 2>&-\n"


def installed(programs, release, unit):
    programs.answer("k3s", "--version", out=f"k3s version {release} (abc)\ngo version go1.26\n")
    programs.answer("systemctl", unit, status=0, out="\n")


def token(tmp_path):
    return owner_only(tmp_path / "token", TOKEN)


def test_a_server_is_installed_with_what_stands_in_its_config(programs, scripts, node, tmp_path):
    status, out, err = programs.run(
        scripts / "k3s/install.sh", **node, K3S_TLS_SAN="api.example.org,10.0.0.7"
    )

    assert (status, err) == (0, "")
    assert f"installer {RELEASE} unset server" in out
    config = tmp_path / "etc/config.yaml"
    assert config.read_text().splitlines() == [
        'write-kubeconfig-mode: "0600"',
        "secrets-encryption: true",
        "tls-san:",
        '  - "api.example.org"',
        '  - "10.0.0.7"',
    ]
    assert stat.S_IMODE(config.stat().st_mode) == 0o600
    assert programs.calls("k3s")[0][1:4] == ["kubectl", "wait", "--for=condition=Ready"]


def test_a_further_server_joins_by_a_token_that_no_command_line_shows(programs, scripts, node, tmp_path):
    status, out, err = programs.run(
        scripts / "k3s/install.sh", **node, K3S_URL=URL, K3S_TOKEN_FILE=str(token(tmp_path))
    )

    assert (status, err) == (0, "")
    assert f'server: "{URL}"' in (tmp_path / "etc/config.yaml").read_text()
    kept = tmp_path / "etc/cluster-token"
    assert kept.read_text() == TOKEN
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert TOKEN not in out + str(programs.calls())
    assert "unset" in out


def test_an_agent_takes_its_token_from_standard_input(programs, scripts, node, tmp_path):
    status, out, err = programs.run(
        scripts / "k3s/join-agent.sh", **node, K3S_URL=URL, K3S_TOKEN_FILE="-", given=TOKEN
    )

    assert (status, err) == (0, "")
    assert f"installer {RELEASE} unset agent" in out
    assert (tmp_path / "etc/cluster-token").read_text() == TOKEN
    assert TOKEN not in out + str(programs.calls())


@pytest.mark.parametrize(("script", "unit"), [("install.sh", "k3s"), ("join-agent.sh", "k3s-agent")])
def test_what_runs_already_is_left_alone(programs, scripts, node, script, unit):
    tmp_path = programs.folder.parent
    installed(programs, RELEASE, unit)
    before = tree(tmp_path)
    status, out, err = programs.run(
        scripts / "k3s" / script, **node, K3S_URL=URL, K3S_TOKEN_FILE=str(token(tmp_path))
    )

    assert (status, err) == (0, "")
    assert f"{RELEASE} runs here already" in out
    assert not (tmp_path / "etc").exists()
    assert len(tree(tmp_path)) == len(before) + 2  # the token, and the list of calls


@pytest.mark.parametrize("script", ["install.sh", "join-agent.sh"])
def test_another_release_is_left_alone_unless_an_upgrade_is_asked_for(
    programs, scripts, node, tmp_path, script
):
    installed(programs, "v1.35.2+k3s1", "none")
    call = {**node, "K3S_URL": URL, "K3S_TOKEN_FILE": str(token(tmp_path))}
    status, _, err = programs.run(scripts / "k3s" / script, **call)

    assert status == 1
    assert f"k3s v1.35.2+k3s1 is installed, not {RELEASE}" in err
    assert err.endswith("then say --upgrade\n")
    status, _, err = programs.run(scripts / "k3s" / script, "--upgrade", **call)
    assert status == 1
    assert "write the flags of its unit there first, or they are lost" in err
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/config.yaml").write_text("disable: [traefik]\n")
    status, out, _ = programs.run(scripts / "k3s" / script, "--upgrade", **call)
    assert status == 0
    assert f"installer {RELEASE}" in out


@pytest.mark.parametrize("script", ["install.sh", "join-agent.sh"])
def test_a_dry_run_on_a_node_installs_nothing_and_needs_no_root(programs, scripts, node, tmp_path, script):
    programs.answer("id", "-u", out="1000\n")
    (tmp_path / "token").write_text(TOKEN)
    before = tree(tmp_path)
    status, out, err = programs.run(
        scripts / "k3s" / script, "--dry-run", **node, K3S_URL=URL, K3S_TOKEN_FILE=str(tmp_path / "token")
    )

    assert (status, err) == (0, "")
    assert f"would install k3s {RELEASE}" in out
    (programs.folder / "calls").unlink(missing_ok=True)
    assert tree(tmp_path) == before


def test_a_config_that_is_there_stays(programs, scripts, node, tmp_path):
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/config.yaml").write_text("disable: [traefik]\n")
    status, out, _ = programs.run(scripts / "k3s/install.sh", **node)

    assert status == 0
    assert "is there already, and stays as it is" in out
    assert (tmp_path / "etc/config.yaml").read_text() == "disable: [traefik]\n"


def test_an_installer_that_is_not_the_expected_one_is_not_run(programs, scripts, node):
    status, out, err = programs.run(scripts / "k3s/install.sh", **node, INSTALLER_SHA256="0" * 64)

    assert status == 1
    assert "the installer is not what INSTALLER_SHA256 says: nothing was installed" in err
    assert "installer v1" not in out


def test_the_expected_installer_is_run(programs, scripts, node):
    text = _installer(programs)
    status, _, err = programs.run(
        scripts / "k3s/install.sh", **node, INSTALLER_SHA256=hashlib.sha256(text.encode()).hexdigest()
    )

    assert (status, err) == (0, "")


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (("install.sh", {"INSTALL_K3S_VERSION": ""}), "the variable INSTALL_K3S_VERSION is not set"),
        (("install.sh", {"K3S_CLUSTER_INIT": "yes"}), "K3S_CLUSTER_INIT is 'yes': expected true or false"),
        (("install.sh", {"K3S_URL": "http://a"}), "K3S_URL is 'http://a': expected https://server:6443"),
        (("install.sh", {"K3S_URL": URL}), "the variable K3S_TOKEN_FILE is not set"),
        (("install.sh", {"K3S_TOKEN": TOKEN}), "K3S_TOKEN is set: give the token as a file, K3S_TOKEN_FILE"),
        (("join-agent.sh", {}), "the variable K3S_URL is not set"),
        (("join-agent.sh", {"K3S_URL": URL}), "the variable K3S_TOKEN_FILE is not set"),
        (
            ("join-agent.sh", {"K3S_URL": URL, "K3S_TOKEN": TOKEN}),
            "K3S_TOKEN is set: give the token as a file",
        ),
        (("backup.sh", {}), "the variable BACKUP_DIR is not set"),
        (
            ("backup.sh", {"BACKUP_DIR": "/none", "BACKUP_KEEP": "0"}),
            "BACKUP_KEEP is '0': expected a number from 1",
        ),
    ],
)
def test_what_is_missing_or_wrong_is_one_sentence(programs, scripts, node, call, why):
    script, variables = call
    status, out, err = programs.run(scripts / "k3s" / script, **{**node, **variables})

    assert (status, out) == (2, "")
    assert err.startswith(f"{script}: {why}")
    assert err.count("\n") == 1
    assert TOKEN not in err
    assert not (programs.folder.parent / "etc").exists()


@pytest.mark.parametrize("script", ["install.sh", "join-agent.sh", "backup.sh"])
def test_only_root_may(programs, scripts, node, tmp_path, script):
    programs.answer("id", "-u", out="1000\n")
    call = {"K3S_URL": URL, "K3S_TOKEN_FILE": str(token(tmp_path)), "BACKUP_DIR": str(tmp_path / "backups")}
    status, _, err = programs.run(scripts / "k3s" / script, **node, **call)

    assert status == 2
    assert "use sudo" in err


def test_a_token_that_others_can_read_is_refused(programs, scripts, node, tmp_path):
    (tmp_path / "token").write_text(TOKEN)
    status, _, err = programs.run(
        scripts / "k3s/join-agent.sh", **node, K3S_URL=URL, K3S_TOKEN_FILE=str(tmp_path / "token")
    )

    assert status == 1
    assert err == f"join-agent.sh: {tmp_path}/token is readable by others: chmod 600 it\n"


@pytest.fixture
def server(programs, tmp_path):
    """What a server has on its disk, without a datastore."""
    (tmp_path / "k3s/server/db").mkdir(parents=True)
    owner_only(tmp_path / "k3s/server/token", TOKEN)
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/config.yaml").write_text("cluster-init: true\n")
    programs.add("k3s")
    return {
        "BACKUP_DIR": str(tmp_path / "backups"),
        "K3S_DATA_DIR": str(tmp_path / "k3s"),
        "K3S_ETC": str(tmp_path / "etc"),
    }


def backups(tmp_path):
    return sorted(path.name for path in (tmp_path / "backups").iterdir())


def test_a_backup_of_etcd_is_a_snapshot_with_the_token(programs, scripts, server, tmp_path):
    (tmp_path / "k3s/server/db/etcd").mkdir()
    status, out, err = programs.run(scripts / "k3s/backup.sh", **server)

    assert (status, err) == (0, "")
    (made,) = backups(tmp_path)
    assert re.fullmatch(r"k3s-\d{8}T\d{6}Z", made)
    assert out == f"wrote {tmp_path}/backups/{made}\n"
    assert programs.calls("k3s") == [
        [
            "k3s",
            "etcd-snapshot",
            "save",
            "--name",
            "snapshot",
            "--etcd-snapshot-dir",
            f"{tmp_path}/backups/{made}.partial",
        ]
    ]
    assert (tmp_path / "backups" / made / "token").read_text() == TOKEN
    assert stat.S_IMODE((tmp_path / "backups" / made).stat().st_mode) == 0o700


def test_a_snapshot_that_fails_leaves_nothing_that_looks_like_a_backup(programs, scripts, server, tmp_path):
    (tmp_path / "k3s/server/db/etcd").mkdir()
    programs.answer("k3s", "save", status=1)
    status, _, _ = programs.run(scripts / "k3s/backup.sh", **server)

    assert status == 1
    assert all(name.endswith(".partial") for name in backups(tmp_path))


@pytest.mark.real
def test_a_backup_of_sqlite_holds_what_was_written_while_it_is_open(programs, scripts, server, tmp_path):
    import shutil

    if shutil.which("sqlite3") is None:
        pytest.skip("sqlite3 is not installed")
    (programs.folder / "sqlite3").symlink_to(shutil.which("sqlite3"))
    with sqlite3.connect(tmp_path / "k3s/server/db/state.db") as database:
        database.execute("pragma journal_mode=wal")
        database.execute("create table kine (value text)")
        database.execute("insert into kine values ('written')")
        database.commit()
        status, _, err = programs.run(scripts / "k3s/backup.sh", **server)

    assert (status, err) == (0, "")
    (made,) = backups(tmp_path)
    with sqlite3.connect(tmp_path / "backups" / made / "state.db") as copy:
        assert copy.execute("select value from kine").fetchall() == [("written",)]


def test_old_backups_go_and_nothing_else(programs, scripts, server, tmp_path):
    (tmp_path / "k3s/server/db/etcd").mkdir()
    for name in (
        "k3s-20260101T000000Z",
        "k3s-20260102T000000Z",
        "k3s-20260103T000000Z",
        "k3s-mine",
        "others",
    ):
        (tmp_path / "backups" / name).mkdir(parents=True)
    status, out, _ = programs.run(scripts / "k3s/backup.sh", **server, BACKUP_KEEP="2")

    assert status == 0
    assert backups(tmp_path)[0] == "k3s-20260103T000000Z"
    assert {"k3s-mine", "others"} < {*backups(tmp_path)}
    assert len(backups(tmp_path)) == 4
    assert out.count("removed ") == 2


def test_a_dry_run_of_a_backup_says_what_would_go_and_keeps_it(programs, scripts, server, tmp_path):
    (tmp_path / "k3s/server/db/etcd").mkdir()
    (tmp_path / "backups/k3s-20260101T000000Z").mkdir(parents=True)
    status, out, _ = programs.run(scripts / "k3s/backup.sh", "--dry-run", **server, BACKUP_KEEP="1")

    assert status == 0
    assert f"would remove {tmp_path}/backups/k3s-20260101T000000Z\n" in out
    assert programs.calls("k3s") == []
    assert backups(tmp_path) == ["k3s-20260101T000000Z"]


def test_a_machine_without_a_datastore_is_no_server(programs, scripts, server):
    status, _, err = programs.run(scripts / "k3s/backup.sh", **server)

    assert status == 1
    assert "holds neither etcd nor SQLite" in err
