"""To give a pull request of GitHub its labels, reviewers, assignees and milestone. I/O."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from github.PullRequest import PullRequest

from updater.adapters.github.gateway import GitHubGateway
from updater.adapters.github.lists import Lists
from updater.errors import Refused
from updater.model import MetadataItem
from updater.reasons import failure_reasons

_TEAM = "team:"


class GitHubMetadata:
    def __init__(self, gateway: GitHubGateway, root: str, warn: Callable[[str], None]) -> None:
        self._gateway = gateway
        self._root = root
        self._warn = warn
        self._lists = Lists(gateway, _given)
        self._milestones = Lists(gateway, _milestone)

    def read(self, number: int) -> Iterator[MetadataItem]:
        events = self._lists.whole(f"{self._root}/issues/{number}/events", {})
        return (piece for piece in events if piece)

    def label(self, number: int, labels: tuple[str, ...]) -> None:
        """PyGithub sends a bare list, which is not documented (any more)."""
        given = {"labels": list(labels)}
        self._gateway.requestJson("POST", f"{self._root}/issues/{number}/labels", input=given)

    def ask(self, number: int, reviewers: tuple[str, ...]) -> None:
        teams = [name.removeprefix(_TEAM) for name in reviewers if name.startswith(_TEAM)]
        people = [name for name in reviewers if not name.startswith(_TEAM)]
        places = {"url": f"{self._root}/pulls/{number}"}
        with self._gateway.sense():
            PullRequest(self._gateway, {}, places, completed=True).create_review_request(people, teams)

    def assign(self, number: int, assignees: tuple[str, ...]) -> None:
        """GitHub leaves out, without a word, who may not be assigned: then it is for us to say."""
        given = {"assignees": list(assignees)}
        _, _, body = self._gateway.requestJson("POST", f"{self._root}/issues/{number}/assignees", input=given)
        with self._gateway.sense():
            has = {str(user["login"]).lower() for user in json.loads(body)["assignees"]}
        left = [name for name in assignees if name.lower() not in has]
        if left:
            self._warn(f"#{number} did not get {', '.join(left)}: GitHub assigns nobody without access")

    def set_milestone(self, number: int, title: str) -> None:
        open_ones = dict(self._milestones.whole(f"{self._root}/milestones", {"state": "open"}))
        found = next((each for name, each in open_ones.items() if name.lower() == title.lower()), None)
        if found is None:
            raise Refused(
                f"there is no open milestone called {title}", reason=failure_reasons.MILESTONE_MISSING
            )
        given = {"milestone": found}
        self._gateway.requestJson("PATCH", f"{self._root}/issues/{number}", input=given)


def _given(event: Mapping[str, Any]) -> MetadataItem | None:
    """What this event gave the pull request; None where it is about something else."""
    match event["event"]:
        case "labeled":
            return "label", str(event["label"]["name"]).lower()
        case "assigned":
            return "assignee", str(event["assignee"]["login"]).lower()
        case "milestoned":
            return "milestone", str(event["milestone"]["title"]).lower()
        case "review_requested":
            return _asked(event.get("requested_team"), event.get("requested_reviewer"))
    return None


def _asked(team: Mapping[str, Any] | None, person: Mapping[str, Any] | None) -> MetadataItem | None:
    name = f"{_TEAM}{team['slug']}" if team else str(person["login"]) if person else None
    return ("reviewer", name.lower()) if name else None


def _milestone(content: Mapping[str, Any]) -> tuple[str, int]:
    return str(content["title"]), int(content["number"])
