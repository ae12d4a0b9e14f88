"""To read what happened to a pull request: what it was given, and whether Gitea is to merge it. I/O."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from updater.adapters.gitea.gateway import GiteaGateway
from updater.adapters.gitea.shapes import TEAM, login
from updater.model import MetadataItem

_ON, _OFF = "pull_scheduled_merge", "pull_cancel_scheduled_merge"


class _LastRead(NamedTuple):
    changed: datetime | None
    settled: bool
    """It was read again after that change: nothing of the same second is missing."""
    by: str | None


class GiteaTimeline:
    """Asked without a page it comes whole."""

    def __init__(self, gateway: GiteaGateway, root: str) -> None:
        self._gateway = gateway
        self._root = root
        self._seen: dict[int, _LastRead] = {}

    def items(self, number: int) -> Iterator[MetadataItem]:
        """Everything it ever had, in lower case."""
        for event in self._read(number):
            if (item := _given(event)) is not None:
                yield item

    def merges_by(self, number: int, changed: datetime | None) -> str | None:
        """Who has scheduled it to be merged; None: nobody. Read only where it `changed` since."""
        seen = self._seen.get(number)
        if seen is None or seen.changed != changed or not seen.settled:
            settled = seen is not None and seen.changed == changed
            self._seen[number] = seen = _LastRead(changed, settled, self._scheduled_by(number))
        return seen.by

    def forget_all_but(self, numbers: frozenset[int]) -> None:
        self._seen = {number: seen for number, seen in self._seen.items() if number in numbers}

    def _scheduled_by(self, number: int) -> str | None:
        by = None
        for event in self._read(number):
            if event["type"] in {_ON, _OFF}:
                by = login(event["user"]) if event["type"] == _ON else None
        return by

    def _read(self, number: int) -> Iterator[Mapping[str, Any]]:
        with self._gateway.sense():
            yield from self._gateway.whole(f"{self._root}/issues/{number}/timeline")


def _given(event: Mapping[str, Any]) -> MetadataItem | None:
    """What this event gave it, or took; None where it is about something else."""
    match event["type"]:
        case "label" if event.get("label"):
            return "label", str(event["label"]["name"]).lower()
        case "assignees" if event.get("assignee"):
            return "assignee", login(event["assignee"]).lower()
        case "milestone" if milestone := event.get("milestone") or event.get("old_milestone"):
            return "milestone", str(milestone["title"]).lower()
        case "review_request" if team := event.get("assignee_team"):
            return "reviewer", f"{TEAM}{team['name']}".lower()
        case "review_request" if event.get("assignee"):
            return "reviewer", login(event["assignee"]).lower()
    return None
