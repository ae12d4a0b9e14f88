"""To give a pull request of Azure DevOps its labels and reviewers. I/O.

Nothing tells there what one has had and has no more. So what we have given is written into its properties,
which people do not see.
"""

import json
from collections.abc import Iterator
from urllib.parse import quote

from updater.adapters.azure.gateway import AzureGateway
from updater.adapters.azure.people import AzurePeople
from updater.adapters.azure.shapes import pull_request
from updater.errors import Refused
from updater.model import MetadataItem, PullRequestMetadata
from updater.reasons import failure_reasons

_GIVEN = "Updater.Given"
_PATCH = "application/json-patch+json"


class AzureMetadata:
    def __init__(self, gateway: AzureGateway, root: str, people: AzurePeople) -> None:
        self._gateway = gateway
        self._pulls = f"{root}/pullrequests"
        self._people = people

    def read(self, number: int) -> Iterator[MetadataItem]:
        """What it bears, and what it was given."""
        with self._gateway.sense():
            bears = pull_request(self._gateway.read(f"{self._pulls}/{number}"), "").metadata_items
            yield from bears | self._given(number)

    def label(self, number: int, labels: tuple[str, ...]) -> None:
        """One that is not there is made."""
        for name in labels:
            self._gateway.send("POST", f"{self._pulls}/{number}/labels", {"name": name})
        self._note(number, PullRequestMetadata(labels=labels))

    def ask(self, number: int, reviewers: tuple[str, ...]) -> None:
        found = [self._people.identity(name) for name in reviewers]
        for identity in found:
            path = f"{self._pulls}/{number}/reviewers/{quote(identity, safe='')}"
            self._gateway.send("PUT", path, {"vote": 0, "isRequired": False})
        self._note(number, PullRequestMetadata(reviewers=reviewers))

    def assign(self, _number: int, _assignees: tuple[str, ...]) -> None:
        raise _lacking("nobody can be assigned to a pull request")

    def set_milestone(self, _number: int, title: str) -> None:
        raise _lacking(f"a pull request has no milestone, and {title} is left out")

    def _given(self, number: int) -> frozenset[MetadataItem]:
        found = self._gateway.read(f"{self._pulls}/{number}/properties")
        value = (found.get("value") or {}).get(_GIVEN)
        listed = json.loads(value["$value"]) if value else []
        return frozenset((kind, str(name)) for kind, name in listed)

    def _note(self, number: int, given: PullRequestMetadata) -> None:
        """After it was given: who dies in between gives it once more, unless it is there."""
        with self._gateway.sense():
            noted = sorted(self._given(number) | given.as_items)
        change = {"op": "add", "path": f"/{_GIVEN}", "value": json.dumps(noted)}
        self._gateway.send("PATCH", f"{self._pulls}/{number}/properties", [change], kind=_PATCH)


def _lacking(what: str) -> Refused:
    return Refused(f"in Azure DevOps {what}", reason=failure_reasons.NOT_SUPPORTED)
