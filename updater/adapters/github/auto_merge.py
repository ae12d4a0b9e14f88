"""To let GitHub merge a pull request by itself once nothing is missing, or not; also by its merge queue. I/O.

Only GraphQL can do it, and only GraphQL tells what waits in a queue.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Literal

from updater.adapters.cache import BoundedCache
from updater.adapters.github.gateway import GitHubGateway
from updater.errors import Refused
from updater.reasons import failure_reasons

_ON, _OFF, _OUT = "enablePullRequestAutoMerge", "disablePullRequestAutoMerge", "dequeuePullRequest"
_QUEUED = (
    "query($owner: String!, $name: String!, $number: Int!) { repository(owner: $owner, name: $name) "
    "{ pullRequest(number: $number) { mergeQueueEntry { enqueuer { __typename login } } } } }"
)
_BOT = "[bot]"
"""Behind the login of an app, but not in GraphQL: without it a person may be called the same."""


class AutoMerging:
    """What GitHub refuses is told once for a head: it is a setting of the repository, or ready already."""

    def __init__(self, gateway: GitHubGateway, root: str, warn: Callable[[str], None]) -> None:
        self._gateway = gateway
        self._root = root
        self._warn = warn
        self._refused: BoundedCache[tuple[int, str], bool] = BoundedCache()

    def set(self, number: int, sha: str, method: Literal["merge", "squash", "rebase"] | None) -> None:
        """None: off, and out of the queue."""
        if method is None and self.queued_by(number) is not None:
            self._mutate(_OUT, {"id": self._node(number)})
        elif method is None:
            self._mutate(_OFF, {"pullRequestId": self._node(number)})
        elif not self._refused.known((number, sha)):
            self._switch_on(number, sha, method)

    def queued_by(self, number: int) -> str | None:
        """Who put it into the merge queue of its base; None where it waits in none, or GitHub knows none."""
        owner, _, name = self._gateway.place.repository.partition("/")
        asked = {"owner": owner, "name": name, "number": number}
        sent = {"query": _QUEUED, "variables": asked}
        _, _, body = self._gateway.requestJson("POST", self._gateway.graphql_url, input=sent)
        with self._gateway.sense():
            content = json.loads(body)
            if content.get("errors"):  # an older server has no such field: what is locked, git tells
                return None
            entry = content["data"]["repository"]["pullRequest"]["mergeQueueEntry"]
            return entry and _login(entry.get("enqueuer") or {})

    def _switch_on(self, number: int, sha: str, method: str) -> None:
        asked = {"pullRequestId": self._node(number), "mergeMethod": method.upper(), "expectedHeadOid": sha}
        try:
            self._mutate(_ON, asked)
        except Refused as refused:
            self._refused.put((number, sha), True)
            self._warn(f"#{number} is not merged by GitHub itself: {refused.sentence}")

    def _node(self, number: int) -> str:
        _, _, body = self._gateway.requestJson("GET", f"{self._root}/pulls/{number}")
        with self._gateway.sense():
            return str(json.loads(body)["node_id"])

    def _mutate(self, name: str, given: dict[str, str]) -> None:
        kind = f"{name[0].upper()}{name[1:]}Input!"
        query = f"mutation($input: {kind}) {{ {name}(input: $input) {{ clientMutationId }} }}"
        sent = {"query": query, "variables": {"input": given}}
        _, _, body = self._gateway.requestJson("POST", self._gateway.graphql_url, input=sent)
        with self._gateway.sense():
            errors = json.loads(body).get("errors") or []
            said = "; ".join(str(error["message"]) for error in errors)
        if said:
            raise Refused(
                f"GitHub refused it for {self._gateway.place}: {said}",
                reason=failure_reasons.AUTO_MERGE_REFUSED,
            )


def _login(actor: Mapping[str, Any]) -> str:
    """As everything but GraphQL has it."""
    login = str(actor.get("login") or "ghost").removesuffix(_BOT)
    return f"{login}{_BOT}" if actor.get("__typename") == "Bot" else login
