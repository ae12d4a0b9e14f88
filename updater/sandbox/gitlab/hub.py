"""To serve an embedded GitLab. I/O.

Git, branches, merging and what people do are those of the embedded GitHub; the API, its words and some of its
rules are GitLab's own.
"""

from dataclasses import replace

from updater.sandbox.exchange import Answer, Request
from updater.sandbox.github import GitHub
from updater.sandbox.github.protection import Protection
from updater.sandbox.gitlab import rest
from updater.sandbox.server import Clock, utc_now


class GitLab(GitHub):
    """As the embedded GitHub; a pull request of a verb is a merge request of the API."""

    def __init__(self, *, port: int = 0, clock: Clock = utc_now) -> None:
        super().__init__(port=port, clock=clock)
        self.forge.keeps_empty, self.forge.closes_headless = True, False
        self.api = f"{self.url}{rest.PREFIX}"

    def protect(self, repo: str, branch: str, protection: Protection | None = None) -> None:
        """Pushes are refused in GitLab's words."""
        super().protect(repo, branch, replace(protection or Protection(), kind="gitlab"))

    def limit_rate(self, n: int = 1, *, matching: str = "", retry_after: int | None = None) -> None:
        headers = {"Retry-After": str(retry_after or 60), "RateLimit-Remaining": "0"}
        self.fail_next(n, 429, matching=matching, body="Retry later\n", headers=headers)

    def answer(self, request: Request) -> Answer:
        if request.path.startswith(f"{rest.PREFIX}/"):
            with self.lock:
                return rest.serve(self.forge, request)
        if request.path.startswith("/api/"):
            return Answer(404, b'{"error":"404 Not Found"}', "application/json")
        return super().answer(request)
