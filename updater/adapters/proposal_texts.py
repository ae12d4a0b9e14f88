"""To write title, body and end of pull requests where they differ, and never over what people did. Pure.

No forge knows a lease on them: what is read again just before is the best there is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Protocol

from updater.adapters.upserts import check_unchanged, same_text
from updater.model import PullRequest


class TextHost(Protocol):
    """A forge's pull requests. Raises `Unavailable` and `Refused`."""

    def read_pull(self, number: int) -> PullRequest: ...

    def send_texts(self, number: int, texts: Mapping[str, str], known: PullRequest | None) -> str:
        """Set `title` and `body`; its URL. `known` is what was read last."""

    def send_closing(self, number: int) -> str:
        """Its URL."""


class ProposalTexts:
    """What was read and written last is known; what did not change is not sent."""

    def __init__(self, host: TextHost) -> None:
        self._host = host
        self._known: dict[int, PullRequest] = {}
        self.newest: int | None = None
        """The highest number, when they were read last."""

    def learn(self, found: Iterable[PullRequest]) -> tuple[PullRequest, ...]:
        """By number. One that was closed between two readings is in both: the later one is right."""
        self._known = {each.number: each for each in sorted(found, key=lambda each: each.number)}
        self.newest = max(self._known, default=0)
        return tuple(self._known.values())

    def adopt(self, found: PullRequest, *, title: str, body: str) -> str:
        """Give one that is open these texts; its URL."""
        self._known[found.number] = found
        return self.edit(found.number, title=title, body=body)

    def known(self, number: int) -> PullRequest | None:
        return self._known.get(number)

    def url(self, number: int, otherwise: str) -> str:
        known = self._known.get(number)
        return known.url if known else otherwise

    def note(self, number: int, **fields: str) -> None:
        if known := self._known.get(number):
            self._known[number] = replace(known, **fields)  # type: ignore[arg-type]  # names of PullRequest's fields

    def edit(self, number: int, **texts: str) -> str:
        """Send only what differs from what was read last; its URL."""
        known = self._known.get(number)
        changed = {
            key: text for key, text in texts.items() if not known or not same_text(getattr(known, key), text)
        }
        if known and not changed:
            return known.url
        self._check_unchanged(number)
        url = self._host.send_texts(number, changed, self._known.get(number))
        self.note(number, **changed)
        return url

    def close(self, number: int, body: str) -> str:
        """Write the body with its reason first: killed in between, the next pass closes it."""
        url = self.edit(number, body=body)
        known = self._known.get(number)
        if known is None or known.state == "open":
            url = self._host.send_closing(number)
            self.note(number, state="closed")
        return url

    def _check_unchanged(self, number: int) -> None:
        """What was merged, closed or edited since it was read is not written over."""
        now = self._host.read_pull(number)
        check_unchanged(self._known.get(number), now)
        self._known[number] = now
