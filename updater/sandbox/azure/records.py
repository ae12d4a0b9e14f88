"""To hold what Azure DevOps knows of pull requests beside what all embedded hosts do. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

from updater.sandbox.github.state import Pull, Status


@dataclass(frozen=True, slots=True)
class PullStatus:
    """Of an iteration, or of all of them where it says none."""

    status: Status
    iteration: int | None


@dataclass(slots=True)
class Record:
    heads: list[str] = field(default_factory=list)
    """Of its iterations, from the first on."""
    statuses: list[PullStatus] = field(default_factory=list)
    """Oldest first."""
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    properties: dict[str, str] = field(default_factory=dict)
    options: dict[str, object] = field(default_factory=dict)
    """How it shall be completed."""

    def green(self) -> set[str]:
        """The contexts whose last word on the newest iteration is success."""
        last: dict[str, str] = {}
        for each in self.statuses:
            if each.iteration in (None, len(self.heads)):
                last[each.status.context] = each.status.state
        return {context for context, state in last.items() if state == "success"}


class Records:
    """By pull request."""

    def __init__(self) -> None:
        self._kept: dict[int, Record] = {}

    def of(self, pull: Pull) -> Record:
        """A push to the head branch begins an iteration."""
        record = self._kept.setdefault(pull.id, Record())
        if pull.head_sha not in record.heads[-1:]:
            record.heads.append(pull.head_sha)
        return record
