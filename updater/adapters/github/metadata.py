"""To give a pull request its labels, reviewers, assignees and milestone, each of them once. I/O."""

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from github.PullRequest import PullRequest

from updater.adapters.cache import BoundedCache
from updater.adapters.github.gateway import GitHubGateway
from updater.adapters.github.lists import Lists
from updater.errors import Refused, UpdaterError
from updater.model import MetadataItem, PullRequestMetadata
from updater.reasons import failure_reasons

_TEAM = "team:"


class GitHubMetadata:
    """What a pull request once had and has no more, a person has taken away, and it stays away.

    GitHub keeps what happened: so we know that even where we died between opening and labelling.
    """

    def __init__(self, gateway: GitHubGateway, root: str, warn: Callable[[str], None]) -> None:
        self._gateway = gateway
        self._root = root
        self._warn = warn
        self._lists = Lists(gateway, _given)
        self._milestones = Lists(gateway, _milestone)
        self._known: BoundedCache[int, frozenset[MetadataItem]] = BoundedCache()

    def of(self, number: int) -> frozenset[MetadataItem]:
        """Everything it ever had, and what GitHub has refused to give it."""
        return self._known.get(number, lambda: self._read(number))

    def note_new(self, number: int) -> None:
        """It was opened just now, and has nothing."""
        self._known.put(number, frozenset())

    def set(self, number: int, wanted: PullRequestMetadata) -> None:
        """Set what it never had. What fails does not lose the pull request: it is said."""
        new = wanted.without(self.of(number))
        if new.labels:
            self._try(number, PullRequestMetadata(labels=new.labels), lambda: self._label(number, new.labels))
        if new.reviewers:
            self._ask_all(number, new.reviewers)
        if new.assignees:
            self._try(
                number,
                PullRequestMetadata(assignees=new.assignees),
                lambda: self._assign(number, new.assignees),
            )
        if title := new.milestone:
            self._try(
                number, PullRequestMetadata(milestone=title), lambda: self._set_milestone(number, title)
            )

    def _read(self, number: int) -> frozenset[MetadataItem]:
        events = self._lists.whole(f"{self._root}/issues/{number}/events", {})
        return frozenset(piece for piece in events if piece)

    def _label(self, number: int, labels: tuple[str, ...]) -> None:
        """PyGithub sends a bare list, which is not documented (any more)."""
        given = {"labels": list(labels)}
        self._gateway.requestJson("POST", f"{self._root}/issues/{number}/labels", input=given)

    def _ask_all(self, number: int, reviewers: tuple[str, ...]) -> None:
        """One whom GitHub refuses must not keep the others from being asked."""
        refused = self._try(
            number, PullRequestMetadata(reviewers=reviewers), lambda: self._ask(number, reviewers)
        )
        if refused and len(reviewers) > 1:
            for name in reviewers:
                self._try(number, PullRequestMetadata(reviewers=(name,)), partial(self._ask, number, (name,)))

    def _ask(self, number: int, reviewers: tuple[str, ...]) -> None:
        teams = [name.removeprefix(_TEAM) for name in reviewers if name.startswith(_TEAM)]
        people = [name for name in reviewers if not name.startswith(_TEAM)]
        places = {"url": f"{self._root}/pulls/{number}"}
        PullRequest(self._gateway, {}, places, completed=True).create_review_request(people, teams)

    def _assign(self, number: int, assignees: tuple[str, ...]) -> None:
        """GitHub leaves out, without a word, who may not be assigned: then it is for us to say."""
        given = {"assignees": list(assignees)}
        _, _, body = self._gateway.requestJson("POST", f"{self._root}/issues/{number}/assignees", input=given)
        has = {str(user["login"]).lower() for user in json.loads(body)["assignees"]}
        left = [name for name in assignees if name.lower() not in has]
        if left:
            self._warn(f"#{number} did not get {', '.join(left)}: GitHub assigns nobody without access")

    def _set_milestone(self, number: int, title: str) -> None:
        open_ones = dict(self._milestones.whole(f"{self._root}/milestones", {"state": "open"}))
        found = next((each for name, each in open_ones.items() if name.lower() == title.lower()), None)
        if found is None:
            raise Refused(
                f"there is no open milestone called {title}", reason=failure_reasons.MILESTONE_MISSING
            )
        given = {"milestone": found}
        self._gateway.requestJson("PATCH", f"{self._root}/issues/{number}", input=given)

    def _try(self, number: int, given: PullRequestMetadata, act: Callable[[], None]) -> bool:
        """What GitHub refuses is not asked for again in every pass; what failed for now is. If refused."""
        refused = False
        try:
            with self._gateway.sense():
                act()
        except UpdaterError as error:
            names = ", ".join(name for _, name in sorted(given.as_items))
            self._warn(f"#{number} did not get {names}: {error.sentence}")
            if not isinstance(error, Refused):
                self._known.drop(number)  # it may have been done all the same
                return False
            refused = True
        self._known.put(number, self.of(number) | given.as_items)
        return refused


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
