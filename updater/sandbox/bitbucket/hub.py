"""To serve an embedded Bitbucket Cloud. I/O.

Git, branches, merging and what people do are those of the embedded GitHub; the API, its words and some of its
rules are Bitbucket's own.
"""

import json
from dataclasses import replace

from updater.sandbox.bitbucket import rest
from updater.sandbox.exchange import Answer, Request
from updater.sandbox.github import GitHub
from updater.sandbox.github.protection import Protection
from updater.sandbox.server import Clock, utc_now


class Bitbucket(GitHub):
    """As the embedded GitHub, with Bitbucket's API. What has lost its branch stays open."""

    def __init__(self, *, port: int = 0, clock: Clock = utc_now) -> None:
        super().__init__(port=port, clock=clock)
        self.forge.keeps_empty, self.forge.closes_headless = True, False
        self.api = f"{self.url}{rest.PREFIX}"

    def protect(self, repo: str, branch: str, protection: Protection | None = None) -> None:
        """Pushes are refused in Bitbucket's words."""
        super().protect(repo, branch, replace(protection or Protection(), kind="bitbucket"))

    def limit_rate(self, n: int = 1, *, matching: str = "", retry_after: int | None = None) -> None:
        body = {"type": "error", "error": {"message": "Rate limit for this resource has been exceeded"}}
        headers = {"Retry-After": str(retry_after)} if retry_after is not None else {}
        self.fail_next(n, 429, matching=matching, body=json.dumps(body), headers=headers)

    def act_by_access_token(self) -> None:
        """The bot's token may not ask whose it is from now on, nor see what the branches demand."""
        for path, scope in (("/2.0/user$", "account"), ("/branch-restrictions", "repository:admin")):
            detail = {"granted": ["repository:write", "pullrequest:write"], "required": [scope]}
            message = "Your credentials lack one or more required privilege scopes."
            body = json.dumps({"type": "error", "error": {"message": message, "detail": detail}})
            self.fault(path, 403, body=body)

    def answer(self, request: Request) -> Answer:
        if request.path.startswith(f"{rest.PREFIX}/"):
            with self.lock:
                return rest.serve(self.forge, request)
        if request.path.startswith("/api/"):
            return Answer(404, b"Not Found", "text/plain")
        return super().answer(request)
