"""To give a pull request its labels and reviewers, each of them once. I/O."""

from collections.abc import Callable, Mapping
from typing import Any

from github.PullRequest import PullRequest

from updater.adapters.github.gateway import Gateway
from updater.adapters.github.lists import Lists
from updater.adapters.github.memory import Memory
from updater.errors import Refused, UpdaterError

_TEAM = "team:"


class Dressing:
    """What a pull request once had and has no more, a person has taken away, and it stays away.

    GitHub keeps what happened: so we know that even where we died between opening and labelling.
    """

    def __init__(self, gateway: Gateway, root: str, warn: Callable[[str], None]) -> None:
        self._gateway = gateway
        self._root = root
        self._warn = warn
        self._lists = Lists(gateway, _given)
        self._known: Memory[int, frozenset[str]] = Memory()

    def of(self, number: int) -> frozenset[str]:
        """Every label it ever had and everybody ever asked to review it, in lower case, teams as `team:…`."""
        return self._known.get(number, lambda: self._read(number))

    def note_new(self, number: int) -> None:
        """It was opened just now, and has nothing."""
        self._known.put(number, frozenset())

    def dress(self, number: int, labels: tuple[str, ...], reviewers: tuple[str, ...]) -> None:
        """Set what it never had. What fails does not lose the pull request: it is said."""
        had = self.of(number)
        new = [name for name in labels if name.lower() not in had]
        asked = [name for name in reviewers if name.lower() not in had]
        if new:
            self._try(number, "labels", new, lambda: self._label(number, new))
        if asked:
            self._try(number, "reviewers", asked, lambda: self._ask(number, asked))

    def _read(self, number: int) -> frozenset[str]:
        events = self._lists.whole(f"{self._root}/issues/{number}/events", {})
        return frozenset(name.lower() for name in events if name)

    def _label(self, number: int, labels: list[str]) -> None:
        """PyGithub sends a bare list, which is not documented (any more)."""
        self._gateway.requestJson("POST", f"{self._root}/issues/{number}/labels", input={"labels": labels})

    def _ask(self, number: int, reviewers: list[str]) -> None:
        teams = [name.removeprefix(_TEAM) for name in reviewers if name.startswith(_TEAM)]
        people = [name for name in reviewers if not name.startswith(_TEAM)]
        places = {"url": f"{self._root}/pulls/{number}"}
        PullRequest(self._gateway, {}, places, completed=True).create_review_request(people, teams)

    def _try(self, number: int, what: str, names: list[str], act: Callable[[], None]) -> None:
        """What GitHub refuses is not asked for again in every pass; what failed for now is."""
        try:
            with self._gateway.sense():
                act()
        except UpdaterError as error:
            self._warn(f"The {what} of #{number} could not be set: {error.sentence}")
            if not isinstance(error, Refused):
                return
        self._known.put(number, self.of(number) | {name.lower() for name in names})


def _given(event: Mapping[str, Any]) -> str | None:
    """What this event gave the pull request; None where it is about something else."""
    if event["event"] == "labeled":
        return str(event["label"]["name"])
    if event["event"] != "review_requested":
        return None
    team, person = event.get("requested_team"), event.get("requested_reviewer")
    return f"{_TEAM}{team['slug']}" if team else str(person["login"]) if person else None
