"""To serve an embedded GitHub. I/O."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import RLock
from typing import Literal
from uuid import uuid4

from updater.sandbox.exchange import Answer, Request
from updater.sandbox.github import git_http, rest
from updater.sandbox.github.acting import BOT, HUMAN
from updater.sandbox.github.browsing import Browsing
from updater.sandbox.github.git import Git
from updater.sandbox.github.limits import Limits
from updater.sandbox.github.protection import Protection
from updater.sandbox.github.routing import DOCUMENTATION
from updater.sandbox.github.settling import settle
from updater.sandbox.github.state import ENOUGH_PERMISSIONS, App, Forge, Repository
from updater.sandbox.server import Clock, Server, utc_now


class GitHub(Browsing, Server):
    """`api` is the base of the REST calls, `clone_url` where git goes; a repository is named "owner/name"."""

    bot_login, human_login = BOT, HUMAN

    def __init__(self, *, port: int = 0, clock: Clock = utc_now) -> None:
        super().__init__(port=port, clock=clock)
        self._folder = TemporaryDirectory(prefix="updater-github-")
        self.lock = RLock()
        self.forge = Forge(url=self.url, clock=clock)
        self.bot_token = self.add_user(BOT, f"ghp_{uuid4().hex}")
        self.human_token = self.add_user(HUMAN, f"ghp_{uuid4().hex}")
        self.api = self.forge.api

    def stop(self) -> None:
        super().stop()
        self._folder.cleanup()

    def add_user(self, login: str, token: str, kind: Literal["User", "Bot"] = "User") -> str:
        self.forge.tokens[token] = self.forge.user(login, kind)
        return token

    def add_app(
        self,
        slug: str,
        public_key: str,
        permissions: Mapping[str, str] = ENOUGH_PERMISSIONS,
        *,
        owner: str = "",
    ) -> App:
        """A GitHub App that is installed for all repositories, or all of one owner; `public_key` is a PEM."""
        user = self.forge.user(f"{slug}[bot]", "Bot")
        app = App(next(self.forge.ids), slug, user, public_key, next(self.forge.ids), permissions, owner)
        self.forge.apps[app.id] = app
        return app

    def clone_url(self, repo: str) -> str:
        return f"{self.url}/{repo}.git"

    def path(self, repo: str) -> Path:
        """Where the bare repository lies; call `settle` after writing to it directly."""
        return self.find(repo).git.path

    def create_repository(
        self,
        owner: str,
        name: str,
        files: Mapping[str, bytes | str] | None = None,
        *,
        branch: str = "main",
        private: bool = True,
        date: datetime | None = None,
    ) -> str:
        """Answer its "owner/name"."""
        full_name = f"{owner}/{name}"
        self._add(full_name, Git(Path(self._folder.name) / owner / f"{name}.git"), branch, private=private)
        self.find(full_name).git.initialize(branch)
        if files:
            self.commit(full_name, branch, dict(files), "Start", date=date)
        return full_name

    def fork(self, repo: str, owner: str) -> str:
        parent = self.find(repo)
        name = f"{owner}/{parent.name}"
        git = Git(Path(self._folder.name) / owner / f"{parent.name}.git")
        git.initialize(parent.default_branch)
        git.run("fetch", "--quiet", str(parent.git.path), "+refs/heads/*:refs/heads/*")
        self._add(name, git, parent.default_branch, private=parent.private, parent=parent)
        return name

    def protect(self, repo: str, branch: str, protection: Protection | None = None) -> None:
        """Pushes are refused with GH006, or GH013 where the protection is a ruleset."""
        with self.lock:
            protections = self.find(repo).protections.setdefault(branch, [])
            protections.append(protection or Protection())

    def protect_by_ruleset(self, repo: str, branch: str, protection: Protection | None = None) -> None:
        self.protect(repo, branch, replace(protection or Protection(), kind="ruleset"))

    def unprotect(self, repo: str, branch: str) -> None:
        with self.lock:
            self.find(repo).protections.pop(branch, None)

    def delete_branch_on_merge(self, repo: str) -> None:
        self.find(repo).delete_branch_on_merge = True

    def limit_rate(self, n: int = 1, *, matching: str = "", retry_after: int | None = None) -> None:
        """The primary limit until an hour from now, or the secondary one for `retry_after` seconds."""
        if retry_after is None:
            reset = str(int(self.forge.now.timestamp()) + 3600)
            headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}
            message = "API rate limit exceeded for user ID 1."
        else:
            headers = {"Retry-After": str(retry_after)}
            message = "You have exceeded a secondary rate limit."
        body = json.dumps({"message": message, "documentation_url": DOCUMENTATION})
        self.fail_next(n, 403, matching=matching, body=body, headers=headers)

    def enforce_limits(self, *, requests: int | None = None, writes: int | None = None) -> None:
        """So many an hour for each login, from now on; None: as many as it likes."""
        with self.lock:
            self.forge.limits = Limits(requests=requests, writes=writes)

    def archive(self, repo: str, *, archived: bool = True) -> None:
        """Read-only from now on, until it is taken back."""
        self.find(repo).archived = archived

    def allow_auto_merge(self, repo: str) -> None:
        self.find(repo).allow_auto_merge = True

    def answer(self, request: Request) -> Answer:
        if request.path.startswith((f"{rest.PREFIX}/", rest.GRAPHQL)):
            with self.lock:
                return rest.serve(self.forge, request)
        asking = git_http.asked(self.forge, request)
        if asking is None:
            return self.page(request) or Answer(404, b"Not Found", "text/plain")
        if isinstance(asking, Answer):
            return asking
        return self._serve_git(asking, request)

    def _serve_git(self, asking: git_http.Asked, request: Request) -> Answer:
        answer = git_http.serve(self.forge, asking, request)
        # On a connection used before, curl asks again by itself where a fault cuts it.
        answer = replace(answer, headers={**answer.headers, "Connection": "close"})
        if asking.is_push and asking.user:
            with self.lock:
                settle(self.forge, asking.repository, asking.user)
        return answer

    def _add(
        self, full_name: str, git: Git, branch: str, *, private: bool, parent: Repository | None = None
    ) -> None:
        owner, _, name = full_name.partition("/")
        repository = Repository(
            id=next(self.forge.ids),
            owner=self.forge.user(owner, "Organization"),
            name=name,
            git=git,
            default_branch=branch,
            private=private,
            created_at=self.forge.now,
            parent=parent,
        )
        with self.lock:
            self.forge.repositories[full_name.lower()] = repository
