"""To give a merge request its labels, reviewers, assignees and milestone, each of them once. I/O."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from updater.adapters.cache import BoundedCache
from updater.adapters.gitlab.gateway import GitLabGateway
from updater.adapters.gitlab.people import People
from updater.errors import Refused, UpdaterError
from updater.model import MetadataItem, PullRequestMetadata

_REVIEW = re.compile(r"^(?:requested review from|removed review request for) ")
_ASSIGNED = re.compile(r"^(?:un)?assigned |^removed assignee ")
_PERSON = re.compile(r"@([\w.-]*\w)")


class GitLabMetadata:
    """What a merge request once had and has no more, a person has taken away, and it stays away.

    It is opened with all of it at once. GitLab keeps what was given and taken since.
    """

    def __init__(self, gateway: GitLabGateway, root: str, warn: Callable[[str], None]) -> None:
        self._gateway = gateway
        self._root = root
        self._warn = warn
        self._people = People(gateway, root, warn)
        self._known: BoundedCache[int, frozenset[MetadataItem]] = BoundedCache()

    def of(self, number: int) -> frozenset[MetadataItem]:
        """Everything it ever had, and what we have tried to give it in vain."""
        return self._known.get(number, lambda: frozenset(self._read(number)))

    def note_new(self, number: int, metadata: PullRequestMetadata) -> None:
        """It was opened just now, with what of this there is."""
        self._known.put(number, metadata.as_items)

    def fields(self, metadata: PullRequestMetadata) -> dict[str, Any]:
        """In GitLab's words; who is not there is said and left out."""
        found: dict[str, Any] = {
            "labels": list(metadata.labels),
            "reviewer_ids": self._people.ids(metadata.reviewers),
            "assignee_ids": self._people.ids(metadata.assignees),
            "milestone_id": self._people.milestone(metadata.milestone),
        }
        return {key: value for key, value in found.items() if value}

    def set(self, number: int, wanted: PullRequestMetadata) -> None:
        """Set what it never had. What fails does not lose the merge request: it is said."""
        new = wanted.without(self.of(number))
        if new == PullRequestMetadata():
            return
        try:
            self._add(number, self.fields(new))
        except UpdaterError as error:
            names = ", ".join(name for _, name in sorted(new.as_items))
            self._warn(f"!{number} did not get {names}: {error.sentence}")
            if not isinstance(error, Refused):
                self._known.drop(number)  # it may have been done all the same
                return
        self._known.put(number, self.of(number) | new.as_items)

    def _add(self, number: int, fields: dict[str, Any]) -> None:
        """People are set as a whole: those who are there stay."""
        path = f"{self._root}/merge_requests/{number}"
        with self._gateway.sense():
            now = self._gateway.read(path) if {"reviewer_ids", "assignee_ids"} & fields.keys() else {}
            for key, people in (("reviewer_ids", "reviewers"), ("assignee_ids", "assignees")):
                if key in fields:
                    there = [int(each["id"]) for each in now[people]]
                    fields[key] = list(dict.fromkeys([*there, *fields[key]]))
            if labels := fields.pop("labels", None):
                fields["add_labels"] = ",".join(labels)
            if fields:
                self._gateway.http_put(path, post_data=fields)

    def _read(self, number: int) -> Iterator[MetadataItem]:
        path = f"{self._root}/merge_requests/{number}"
        with self._gateway.sense():
            for event in self._gateway.pages(f"{path}/resource_label_events", {}):
                if label := event["label"]:
                    yield "label", str(label["name"]).lower()
            for event in self._gateway.pages(f"{path}/resource_milestone_events", {}):
                if milestone := event["milestone"]:
                    yield "milestone", str(milestone["title"]).lower()
            for note in self._gateway.pages(f"{path}/notes", {"sort": "asc", "order_by": "created_at"}):
                yield from _people_in(note)


def _people_in(note: Mapping[str, Any]) -> Iterator[MetadataItem]:
    """Whom GitLab itself says to have been asked or assigned, or not any more."""
    if not note.get("system"):
        return
    text = str(note["body"] or "")
    for name in _PERSON.findall(text):
        if _REVIEW.match(text):
            yield "reviewer", name.lower()
        elif _ASSIGNED.match(text):
            yield "assignee", name.lower()
