"""A real Gitea on loopback, from the program `gitea` on the path or in ~/go/bin.

It is built by `go install -tags sqlite,sqlite_unlock_notify code.gitea.io/gitea@v1.26.0`. Built so, it has no
files of its own and takes them from its module; a released program has them inside.
"""

import os
import shutil
import subprocess
import time
from base64 import b64encode
from contextlib import ExitStack
from getpass import getuser
from pathlib import Path

import pytest
import requests
from swagger import GITEA
from world.registries import free_port

PATH = os.pathsep.join([os.environ.get("PATH", ""), str(Path.home() / "go/bin")])
BOT, HUMAN = "updater-bot", "alice"
SCOPES = {BOT: "write:repository,write:issue,read:user", HUMAN: "all"}
CONFIG = """
APP_NAME = Gitea
RUN_MODE = prod
RUN_USER = {user}
WORK_PATH = {folder}
I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = true

[server]
PROTOCOL = http
HTTP_ADDR = 127.0.0.1
HTTP_PORT = {port}
ROOT_URL = http://127.0.0.1:{port}/
DISABLE_SSH = true
OFFLINE_MODE = true
{files}

[database]
DB_TYPE = sqlite3
PATH = {folder}/gitea.db

[security]
INSTALL_LOCK = true
PASSWORD_HASH_ALGO = pbkdf2_v2
INTERNAL_TOKEN = eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJuYmYiOjE3NjAwMDAwMDB9.x

[service]
DISABLE_REGISTRATION = true

[log]
MODE = console
LEVEL = Warn
"""


class RealGitea(ExitStack):
    """One repository, `acme/deploy`, where the bot may write; `ask` is its API as alice, who may all."""

    repository = "acme/deploy"

    def __init__(self, folder):
        super().__init__()
        self.program = shutil.which("gitea", path=PATH)
        if self.program is None:
            pytest.skip("the program gitea is neither on the path nor in ~/go/bin")
        self.folder, self.port = folder, free_port()
        self.host = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.host}"
        self.api = f"{self.url}/api/v1"
        self._config = folder / "app.ini"
        files = f"STATIC_ROOT_PATH = {GITEA}" if (GITEA / "templates").exists() else ""
        self._config.write_text(CONFIG.format(user=getuser(), folder=folder, port=self.port, files=files))

    def __enter__(self):
        super().__enter__()
        self._run("migrate")
        self.tokens = {login: self._user(login) for login in (HUMAN, BOT)}
        self._session = self.enter_context(requests.Session())
        self._session.trust_env = False
        log = self.enter_context((self.folder / "log").open("wb"))
        self._process = subprocess.Popen([*self._call("web")], stdout=log, stderr=log)
        self.callback(self._end)
        self._wait()
        self._found()
        return self

    def ask(self, method, path, login=HUMAN, **content):
        headers = {"Authorization": f"token {self.tokens[login]}"}
        answer = self._session.request(
            method, f"{self.api}{path}", json=content or None, headers=headers, timeout=30
        )
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content.strip() else None

    def of(self, method, path, login=HUMAN, **content):
        """Of the repository."""
        return self.ask(method, f"/repos/{self.repository}{path}", login, **content)

    def commit(self, branch, path, text, message):
        """A new file on a branch, which is made where it is new; the new head."""
        known = {each["name"] for each in self.of("GET", "/branches")}
        where = {"branch": branch} if branch in known else {"branch": "main", "new_branch": branch}
        content = b64encode(text.encode()).decode()
        made = self.of("POST", f"/contents/{path}", content=content, message=message, **where)
        return made["commit"]["sha"]

    def push(self, source, target):
        """By git, as alice."""
        where = self.url.replace("://", f"://{HUMAN}:{self.tokens[HUMAN]}@") + f"/{self.repository}.git"
        clone = self.folder / f"clone-{time.monotonic_ns()}"
        for words in (
            ["clone", "-q", where, clone],
            ["-C", clone, "push", "-q", "origin", f"origin/{source}:{target}"],
        ):
            subprocess.run(["git", *words], check=True, capture_output=True, timeout=60)

    def head(self, branch):
        return self.of("GET", f"/branches/{branch}")["commit"]["id"]

    def _found(self):
        self.ask("POST", "/orgs", username="acme")
        made = {"name": "deploy", "auto_init": True, "default_branch": "main", "private": True}
        self.ask("POST", "/orgs/acme/repos", **made)
        self.of("PUT", f"/collaborators/{BOT}", permission="write")

    def _user(self, login):
        who = ["--username", login, "--email", f"{login}@acme.example", "--password", "correct-horse-8"]
        may = ["--admin"] if login == HUMAN else []
        self._run("admin", "user", "create", *who, "--must-change-password=false", *may)
        named = ["--username", login, "--token-name", "test", "--scopes", SCOPES[login], "--raw"]
        return self._run("admin", "user", "generate-access-token", *named).split()[-1]

    def _run(self, *words):
        done = subprocess.run(self._call(*words), capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def _call(self, *words):
        # It writes git's settings of the user, which are its own then.
        own = f"GIT_CONFIG_GLOBAL={self.folder / 'gitconfig'}"
        return ["env", own, self.program, "--config", str(self._config), *words]

    def _wait(self):
        for _ in range(600):
            assert self._process.poll() is None, (self.folder / "log").read_text()
            try:
                if self._session.get(f"{self.api}/version", timeout=5).ok:
                    return
            except requests.ConnectionError:
                time.sleep(0.1)
        raise AssertionError(f"it does not answer: {(self.folder / 'log').read_text()}")

    def _end(self):
        self._process.terminate()
        self._process.wait(30)
