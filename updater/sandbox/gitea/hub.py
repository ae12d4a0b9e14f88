"""To serve an embedded Gitea. I/O.

Git, branches, merging and what people do are those of the embedded GitHub; the API, its words and some of its
rules are Gitea's own.
"""

from dataclasses import replace

from updater.sandbox.exchange import Answer, Request
from updater.sandbox.gitea import rest
from updater.sandbox.github import GitHub
from updater.sandbox.github.acting import HUMAN
from updater.sandbox.github.protection import Protection
from updater.sandbox.server import Clock, utc_now


class Gitea(GitHub):
    """As the embedded GitHub, with Gitea's API."""

    def __init__(self, *, port: int = 0, clock: Clock = utc_now) -> None:
        super().__init__(port=port, clock=clock)
        self.forge.keeps_empty, self.forge.sees_merges = True, False
        self.api = f"{self.url}{rest.PREFIX}"

    def protect(self, repo: str, branch: str, protection: Protection | None = None) -> None:
        """Pushes are refused in Gitea's words."""
        super().protect(repo, branch, replace(protection or Protection(), kind="gitea"))

    def set_auto_merge(self, repo: str, number: int, login: str = HUMAN) -> None:
        """Only what happened tells of it."""
        super().set_auto_merge(repo, number, login)
        with self.lock:
            self.forge.happen(self.pull(repo, number), "merge_scheduled", self.forge.user(login), "")

    def limit_rate(self, n: int = 1, *, matching: str = "", retry_after: int | None = None) -> None:
        headers = {"Retry-After": str(retry_after or 60)}
        self.fail_next(n, 429, matching=matching, body="Too many requests\n", headers=headers)

    def answer(self, request: Request) -> Answer:
        if request.path.startswith(f"{rest.PREFIX}/"):
            with self.lock:
                return rest.serve(self.forge, request)
        if request.path.startswith("/api/"):
            return Answer(404, b'{"errors":null,"message":"not found"}', "application/json")
        return super().answer(request)
