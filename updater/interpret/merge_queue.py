"""What a merge queue is about to merge into the base. Pure.

GitHub: managing a merge queue: the branch of each group is `gh-readonly-queue/<base>/pr-<number>-<sha>`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from updater.model import QUEUES, Snapshot
from updater.situation import QueuedMerge

_NUMBERED = re.compile(r"pr-([1-9][0-9]{0,17})-[0-9a-f]+")


def queued_merges(snapshot: Snapshot, base: str) -> Iterator[QueuedMerge]:
    """What is in the queue for a pull request that is open."""
    waiting = {pull.number: pull for pull in snapshot.pulls if (pull.state, pull.base) == ("open", base)}
    for ref, sha in snapshot.refs.items():
        named = _NUMBERED.fullmatch(ref.removeprefix(f"{QUEUES}{base}/"))
        if named and int(named[1]) in waiting:
            yield QueuedMerge(waiting[int(named[1])], ref.removeprefix("refs/heads/"), sha)
