"""To give a pull request of Gitea its labels, reviewers, assignees and milestone. I/O."""

from collections.abc import Iterator
from urllib.parse import quote

from updater.adapters.gitea.gateway import GiteaGateway
from updater.adapters.gitea.shapes import TEAM, login
from updater.adapters.gitea.timeline import GiteaTimeline
from updater.errors import Refused
from updater.model import MetadataItem
from updater.reasons import failure_reasons

_GREY = "#ededed"
"""Of a label that is made because it is not there, as GitHub makes it."""


class GiteaMetadata:
    """Labels and milestones go by their numbers."""

    def __init__(self, gateway: GiteaGateway, root: str, timeline: GiteaTimeline) -> None:
        self._gateway = gateway
        self._root = root
        self._timeline = timeline

    def read(self, number: int) -> Iterator[MetadataItem]:
        return self._timeline.items(number)

    def label(self, number: int, labels: tuple[str, ...]) -> None:
        ids = self._label_ids(labels)
        self._gateway.send("POST", f"{self._root}/issues/{number}/labels", {"labels": ids})

    def ask(self, number: int, reviewers: tuple[str, ...]) -> None:
        asked = {
            "reviewers": [name for name in reviewers if not name.startswith(TEAM)],
            "team_reviewers": [name.removeprefix(TEAM) for name in reviewers if name.startswith(TEAM)],
        }
        self._gateway.send("POST", f"{self._root}/pulls/{number}/requested_reviewers", asked)

    def assign(self, number: int, assignees: tuple[str, ...]) -> None:
        """They are set as a whole: those who are there stay."""
        path = f"{self._root}/pulls/{number}"
        with self._gateway.sense():
            there = [login(user) for user in self._gateway.read(path)["assignees"] or ()]
        self._gateway.send("PATCH", path, {"assignees": list(dict.fromkeys([*there, *assignees]))})

    def set_milestone(self, number: int, title: str) -> None:
        query = {"state": "open", "name": title}
        with self._gateway.sense():
            listed = self._gateway.pages(f"{self._root}/milestones", query)
            same = (each for each in listed if str(each["title"]).lower() == title.lower())
            found = next((int(each["id"]) for each in same), None)
        if found is None:
            raise Refused(
                f"there is no open milestone called {title}", reason=failure_reasons.MILESTONE_MISSING
            )
        self._gateway.send("PATCH", f"{self._root}/pulls/{number}", {"milestone": found})

    def _label_ids(self, names: tuple[str, ...]) -> list[int]:
        """Of the repository, else of its organization; one that neither has is made."""
        known = self._labels(f"{self._root}/labels")
        if any(name.lower() not in known for name in names):
            known = {**self._labels_of_owner(), **known}
        return [known.get(name.lower()) or self._make(name) for name in names]

    def _labels(self, path: str) -> dict[str, int]:
        with self._gateway.sense():
            return {str(each["name"]).lower(): int(each["id"]) for each in self._gateway.pages(path, {})}

    def _labels_of_owner(self) -> dict[str, int]:
        owner = self._gateway.place.repository.partition("/")[0]
        try:
            return self._labels(f"/orgs/{quote(owner, safe='')}/labels")
        except Refused:  # a person's repository, or a token that may not read organizations
            return {}

    def _make(self, name: str) -> int:
        with self._gateway.sense():
            made = self._gateway.send("POST", f"{self._root}/labels", {"name": name, "color": _GREY})
            return int(made["id"])
