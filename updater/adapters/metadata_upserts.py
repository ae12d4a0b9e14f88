"""To give a pull request its labels, reviewers, assignees and milestone, each of them once.

What it once had and has no more, a person has taken away, and it stays away. A forge keeps what happened: so
that is known even where we died between opening and labelling.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Protocol

from updater.adapters.cache import BoundedCache
from updater.errors import Refused, UpdaterError
from updater.model import MetadataItem, PullRequestMetadata


class MetadataHost(Protocol):
    """A forge's ways. Raises `Unavailable` and `Refused`."""

    def read(self, number: int) -> Iterable[MetadataItem]:
        """Everything it ever had, in lower case."""

    def label(self, number: int, labels: tuple[str, ...]) -> None: ...

    def ask(self, number: int, reviewers: tuple[str, ...]) -> None:
        """Ask them to review; a team is `team:` and its name."""

    def assign(self, number: int, assignees: tuple[str, ...]) -> None: ...

    def set_milestone(self, number: int, title: str) -> None: ...


class MetadataUpserts:
    """What fails does not lose the pull request: it is said."""

    def __init__(self, host: MetadataHost, warn: Callable[[str], None]) -> None:
        self._host = host
        self._warn = warn
        self._known: BoundedCache[int, frozenset[MetadataItem]] = BoundedCache()

    def of(self, number: int) -> frozenset[MetadataItem]:
        """Everything it ever had, and what the forge has refused to give it."""
        return self._known.get(number, lambda: frozenset(self._host.read(number)))

    def note_new(self, number: int) -> None:
        """It was opened just now, and has nothing."""
        self._known.put(number, frozenset())

    def set(self, number: int, wanted: PullRequestMetadata) -> None:
        """Set what it never had."""
        new = wanted.without(self.of(number))
        if new.labels:
            self._try(
                number,
                PullRequestMetadata(labels=new.labels),
                lambda: self._host.label(number, new.labels),
            )
        self._try_all(
            number, new.reviewers, lambda names: PullRequestMetadata(reviewers=names), self._host.ask
        )
        self._try_all(
            number, new.assignees, lambda names: PullRequestMetadata(assignees=names), self._host.assign
        )
        if title := new.milestone:
            self._try(
                number,
                PullRequestMetadata(milestone=title),
                lambda: self._host.set_milestone(number, title),
            )

    def _try_all(
        self,
        number: int,
        people: tuple[str, ...],
        given: Callable[[tuple[str, ...]], PullRequestMetadata],
        act: Callable[[int, tuple[str, ...]], None],
    ) -> None:
        """One whom the forge refuses must not keep the others out."""
        refused = people and self._try(number, given(people), lambda: act(number, people))
        if refused and len(people) > 1:
            for name in people:
                self._try(number, given((name,)), partial(act, number, (name,)))

    def _try(self, number: int, given: PullRequestMetadata, act: Callable[[], None]) -> bool:
        """What is refused is not asked for again in every pass; what failed for now is. If refused."""
        refused = False
        try:
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
