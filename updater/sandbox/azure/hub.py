"""To serve an embedded Azure DevOps. I/O.

Git, branches, merging and what people do are those of the embedded GitHub; the API, its words and some of its
rules are its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from urllib.parse import quote

from updater.sandbox.azure import rest
from updater.sandbox.azure.calls import PROJECT
from updater.sandbox.azure.records import PullStatus, Records
from updater.sandbox.exchange import Answer, Request
from updater.sandbox.github import GitHub
from updater.sandbox.github.protection import Protection
from updater.sandbox.server import Clock, utc_now

_GIT = "/_git/"


class Azure(GitHub):
    """As the embedded GitHub: the owner of `owner/name` is the organization, and has one project."""

    def __init__(self, *, port: int = 0, clock: Clock = utc_now) -> None:
        super().__init__(port=port, clock=clock)
        self.forge.keeps_empty, self.forge.closes_headless = True, False
        self.forge.sees_merges = False
        self.records = Records()
        self.api = self.url

    def address(self, repo: str) -> str:
        """The path of a repository."""
        owner, _, name = repo.partition("/")
        return f"{owner}/{quote(PROJECT)}{_GIT}{name}"

    def clone_url(self, repo: str) -> str:
        return f"{self.url}/{self.address(repo)}"

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
        """Pushes of several refs are not atomic there."""
        made = super().create_repository(owner, name, files, branch=branch, private=private, date=date)
        self.find(made).git.run("config", "receive.advertiseAtomic", "false")
        return made

    def protect(self, repo: str, branch: str, protection: Protection | None = None) -> None:
        """Pushes are refused in the words of Azure DevOps."""
        super().protect(repo, branch, replace(protection or Protection(), kind="azure"))

    def set_status(self, repo: str, sha: str, context: str, state: str, description: str = "") -> None:
        """Of the pull requests, too, whose head it is: policies look at theirs."""
        with self.lock:
            super().set_status(repo, sha, context, state, description)
            said = self.find(repo).statuses[sha][0]
            for pull in self.find(repo).pulls:
                if pull.state == "open" and pull.head_sha == sha:
                    record = self.records.of(pull)
                    record.statuses.append(PullStatus(said, len(record.heads)))

    def limit_rate(self, n: int = 1, *, matching: str = "", retry_after: int | None = None) -> None:
        headers = {"Retry-After": str(retry_after or 60), "X-RateLimit-Remaining": "0"}
        body = "TF400733: The request has been canceled: Request was blocked due to exceeding usage.\n"
        self.fail_next(n, 429, matching=matching, body=body, headers=headers)

    def answer(self, request: Request) -> Answer:
        if rest.MARK in request.path:
            with self.lock:
                return rest.serve(self.forge, self.records, request)
        if request.path.startswith("/api/"):
            return Answer(404, b"<html>The resource cannot be found.</html>", "text/html")
        return super().answer(_of_git(request))


def _of_git(request: Request) -> Request:
    """As the embedded GitHub addresses repositories: without a project."""
    before, mark, after = request.target.partition(_GIT)
    return replace(request, target=f"{before.rpartition('/')[0]}/{after}") if mark else request
