"""To read how a pull request stands with its reviewers and with Azure DevOps. I/O."""

from collections.abc import Mapping
from typing import Any

from updater.adapters.azure.gateway import AzureGateway
from updater.adapters.azure.policies import AzurePolicies
from updater.model import ReviewState

_APPROVED_WITH_SUGGESTIONS = 5
"""The least of the votes that approve; those below zero want it to be changed."""
_STANDINGS = {
    "notSet": "unknown",
    "queued": "unknown",
    "conflicts": "dirty",
    "failure": "blocked",
    "rejectedByPolicy": "blocked",
}


class AzureReviews:
    def __init__(self, gateway: AzureGateway, root: str, policies: AzurePolicies) -> None:
        self._gateway = gateway
        self._root = root
        self._policies = policies

    def of(self, number: int) -> ReviewState:
        pull = self._gateway.read(f"{self._root}/pullrequests/{number}")
        with self._gateway.sense():
            return ReviewState(_is_approved(pull), self._standing(pull))

    def _standing(self, pull: Mapping[str, Any]) -> str:
        tried = str(pull.get("mergeStatus") or "notSet")
        if tried != "succeeded":
            return _STANDINGS[tried]
        if pull.get("isDraft"):
            return "draft"
        return "blocked" if self._policies.missing(pull) else "clean"


def _is_approved(pull: Mapping[str, Any]) -> bool:
    """A team's vote is that of its members; what an author says of his own is none."""
    author = pull["createdBy"]["id"]
    people = [each for each in pull.get("reviewers") or () if not each.get("isContainer")]
    votes = [int(each["vote"]) for each in people if each["id"] != author]
    return max(votes, default=0) >= _APPROVED_WITH_SUGGESTIONS and min(votes) >= 0
