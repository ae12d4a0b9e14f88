"""A PostgreSQL of the test's own, on loopback: started, broken, started again."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from world.service import free_address, within

DSN = "UPDATER_TEST_DSN"
"""The variable that configs of tests name."""
PASSWORD = "a-password-of-the-tests"
_FAST = ("fsync=off", "full_page_writes=off", "shared_buffers=16MB", "max_wal_size=64MB")


def binaries():
    """Debian keeps them off the path. Skips where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda each: int(each.parts[-3]))
    if found:
        return found[-1].parent
    if path := shutil.which("initdb"):
        return Path(path).parent
    pytest.skip("there is no PostgreSQL (Debian's postgresql)")


def _dropped():
    """PostgreSQL refuses to run as root: as the account that Debian makes for it, or as nobody."""
    if os.getuid():
        return {}
    for name in ("postgres", "nobody"):
        try:
            account = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    pytest.skip("there is no account that PostgreSQL could run as")


class Postgres:
    """`dsn` is a database of it, as a superuser whose password is a secret."""

    def __init__(self, *settings):
        self._bin, self._as = binaries(), _dropped()
        self._folder = Path(tempfile.mkdtemp(prefix="postgres-"))
        self._settings = [*_FAST, *settings]
        if self._as:
            os.chown(self._folder, self._as["user"], self._as["group"])
        secret = self._folder / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        self._call(
            "initdb",
            "-D",
            self._data,
            "-U",
            "updater",
            "-A",
            "scram-sha-256",
            f"--pwfile={secret}",
            "-N",
            "-E",
            "UTF8",
        )
        self.address = free_address()
        self.dsn = f"postgresql://updater:{PASSWORD}@{self.address}/postgres"
        self._process = None
        self.start()

    @property
    def _data(self):
        return str(self._folder / "data")

    def start(self):
        host, _, port = self.address.partition(":")
        settings = [f"listen_addresses={host}", f"port={port}", f"unix_socket_directories={self._folder}"]
        words = [word for each in (*settings, *self._settings) for word in ("-c", each)]
        with self._folder.with_suffix(".log").open("a") as log:
            self._process = subprocess.Popen(
                [self._bin / "postgres", "-D", self._data, *words],
                stdout=subprocess.DEVNULL,
                stderr=log,
                cwd="/",
                env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
                **self._as,
            )
        within(30, self._answers)

    def stop(self):
        """As a crash does it: at once, and clients are cut off."""
        within(60, self._quits)

    def _quits(self):
        """One signal was not heeded now and then, where the server had just begun to answer."""
        self._process.send_signal(signal.SIGQUIT)
        try:
            return self._process.wait(5) is not None
        except subprocess.TimeoutExpired:
            return False

    def close(self):
        self.stop()
        self._folder.with_suffix(".log").unlink(missing_ok=True)
        shutil.rmtree(self._folder, ignore_errors=True)

    def ask(self, query, *values):
        """The rows it answers."""
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            found = connection.execute(query, values)
            return found.fetchall() if found.description else []

    def database(self, name):
        """Another one in it, empty; its address."""
        self.ask(f'create database "{name}"')
        return self.dsn.removesuffix("postgres") + name

    def log(self):
        return self._folder.with_suffix(".log").read_text()

    def _answers(self):
        try:
            return self.ask("select 1")
        except psycopg.OperationalError:
            return None

    def _call(self, program, *words):
        done = subprocess.run(
            [self._bin / program, *words],
            capture_output=True,
            text=True,
            cwd="/",
            env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
            check=False,
            **self._as,
        )
        assert done.returncode == 0, done.stderr


@contextmanager
def started(*settings):
    server = Postgres(*settings)
    try:
        yield server
    finally:
        server.close()


@contextmanager
def pooled(server, mode):
    """PgBouncer before a server; answers the address of its first database, by way of it."""
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("there is no PgBouncer (Debian's pgbouncer)")
    host, _, port = server.address.partition(":")
    folder, at = Path(tempfile.mkdtemp(prefix="pgbouncer-")), free_address()
    folder.chmod(0o755)
    (folder / "users").write_text(f'"updater" "{PASSWORD}"\n')
    settings = {
        "listen_addr": "127.0.0.1",
        "listen_port": at.partition(":")[2],
        "unix_socket_dir": "",
        "auth_type": "scram-sha-256",
        "auth_file": folder / "users",
        "pool_mode": mode,
    }
    told = "".join(f"{key} = {value}\n" for key, value in settings.items())
    (folder / "ini").write_text(f"[databases]\n* = host={host} port={port}\n[pgbouncer]\n{told}")
    process = subprocess.Popen(
        [program, str(folder / "ini")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **_dropped()
    )
    try:
        dsn = server.dsn.replace(server.address, at)
        within(20, lambda: _reached(dsn))
        yield dsn
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder)


def _reached(dsn):
    try:
        psycopg.connect(dsn).close()
    except psycopg.OperationalError:
        return None
    return True
