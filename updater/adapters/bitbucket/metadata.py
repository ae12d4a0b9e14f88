"""To ask people to review a pull request of Bitbucket, which bears nothing else. I/O."""

from collections.abc import Iterator

from updater.adapters.bitbucket.activity import BitbucketActivity
from updater.adapters.bitbucket.gateway import BitbucketGateway
from updater.adapters.bitbucket.shapes import reference, references
from updater.errors import Refused
from updater.model import MetadataItem
from updater.reasons import failure_reasons

_TEAM = "team:"


class BitbucketMetadata:
    """The plan asks for no label, assignee or milestone; whoever does is refused."""

    def __init__(self, gateway: BitbucketGateway, root: str, activity: BitbucketActivity) -> None:
        self._gateway = gateway
        self._root = root
        self._activity = activity

    def read(self, number: int) -> Iterator[MetadataItem]:
        return self._activity.reviewers(number)

    def ask(self, number: int, reviewers: tuple[str, ...]) -> None:
        """They are set as a whole: those who are there stay."""
        if teams := [name for name in reviewers if name.startswith(_TEAM)]:
            raise _unknown(f"{', '.join(teams)} cannot be asked to review: on Bitbucket only people can")
        path = f"{self._root}/pullrequests/{number}"
        with self._gateway.sense():
            pull = self._gateway.read(path)
            there, title = references(pull["reviewers"]), str(pull["title"])
        people = [*there, *(reference(name) for name in reviewers)]
        self._gateway.send("PUT", path, {"type": "pullrequest", "title": title, "reviewers": people})

    def label(self, _number: int, _labels: tuple[str, ...]) -> None:
        raise _unknown("a pull request of Bitbucket has no labels")

    def assign(self, _number: int, _assignees: tuple[str, ...]) -> None:
        raise _unknown("a pull request of Bitbucket has no assignees")

    def set_milestone(self, _number: int, _title: str) -> None:
        raise _unknown("a pull request of Bitbucket has no milestone")


def _unknown(sentence: str) -> Refused:
    return Refused(sentence, reason=failure_reasons.NOT_SUPPORTED)
