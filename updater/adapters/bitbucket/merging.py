"""To merge a pull request of Bitbucket. I/O."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from updater.adapters.bitbucket.commit_ids import CommitIds
from updater.adapters.bitbucket.errors import not_merged
from updater.adapters.bitbucket.gateway import BitbucketGateway
from updater.adapters.cache import BoundedCache
from updater.errors import Refused
from updater.model import MergePullRequest
from updater.reasons import failure_reasons
from updater.times import lasts

_STRATEGIES = {"merge": "merge_commit", "squash": "squash", "rebase": "rebase_fast_forward"}


_PATIENCE = timedelta(minutes=10)
"""What it did not merge it is not told to merge again at once: what hinders it is mostly a person's to do."""


class BitbucketMerging:
    def __init__(
        self, gateway: BitbucketGateway, root: str, commits: CommitIds, clock: Callable[[], datetime]
    ) -> None:
        self._gateway = gateway
        self._root = root
        self._commits = commits
        self._clock = clock
        self._refused: BoundedCache[tuple[int, str], datetime] = BoundedCache()

    def was_refused(self, number: int, head: str) -> bool:
        """Lately, at that head, of which the beginning is known. Only trying tells."""
        refused = self._refused.known((number, self._commits.whole(head)))
        return refused is not None and lasts(refused, refused + _PATIENCE, self._clock())

    def merge(self, step: MergePullRequest) -> None:
        """Bitbucket takes no lease for it: the head is looked at just before.

        Refused with the code `not_mergeable` and Bitbucket's words where it does not want to.
        """
        path = f"{self._root}/pullrequests/{step.number}"
        fields = self._fields(path, step)
        self._check_head(path, step.sha)
        try:
            found = self._gateway.send("POST", f"{path}/merge", fields)
        except Refused as refused:
            self._refused.put((step.number, step.sha), self._clock())
            raise not_merged(refused) from refused
        if found.get("state") != "MERGED":  # it takes its time, and would tell elsewhere when it is done
            raise self._gateway.place.unavailable(f"has not merged #{step.number} yet")

    def _check_head(self, path: str, sha: str) -> None:
        pull = self._gateway.read(path)
        with self._gateway.sense():
            there, state = self._commits.whole(str(pull["source"]["commit"]["hash"])), pull["state"]
        if there != sha or state != "OPEN":
            what = "its head has moved" if state == "OPEN" else f"it is {str(state).lower()}"
            raise Refused(f"Bitbucket is not asked to merge it: {what}", reason=failure_reasons.NOT_MERGEABLE)

    def _fields(self, path: str, step: MergePullRequest) -> Mapping[str, Any]:
        fields = {
            "type": "pullrequest",
            "merge_strategy": _STRATEGIES[step.method],
            "close_source_branch": False,
        }
        return fields | ({"message": self._message(path, step.number)} if step.method == "squash" else {})

    def _message(self, path: str, number: int) -> str:
        """What our commits say, trailers and all, where a squash makes one of them."""
        with self._gateway.sense():
            found = self._gateway.listed(f"{path}/commits")
            messages = [str(each["message"]).strip() for each in reversed(found)]
            pull = self._gateway.read(path) if len(messages) != 1 else None
        if pull is not None:
            return f"{pull['title']} (pull request #{number})\n\n" + "\n\n".join(messages)
        title, _, text = messages[0].partition("\n")
        return f"{title} (pull request #{number})\n{text}"
