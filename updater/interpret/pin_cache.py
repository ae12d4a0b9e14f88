"""What blobs say of pins, each read once. Pure but for its memory, which never changes an answer."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterator, Mapping, Sequence

from updater.interpret.changed_lines import ChangedPins, changed_pins
from updater.manifests import PinRefused, Selector, Value, read_all
from updater.model import Ruling
from updater.reasons import failure_reasons

_SPARE = 100
"""So many more may stay: to forget costs a look at all."""


class PinCache:
    """Remembers by blob id, which names content: what it said once it says for ever."""

    def __init__(self) -> None:
        self._said: dict[str, dict[Selector, Value | Ruling]] = {}
        self._texts: dict[str, bytes] = {}
        self._touched: dict[tuple[str, str], ChangedPins | None] = {}

    @property
    def known(self) -> Container[str]:
        """Blobs whose text need not be read again."""
        return self._texts

    def learn(self, blobs: Mapping[str, bytes]) -> None:
        self._texts.update(blobs)

    def keep(self, blobs: Collection[str]) -> None:
        """Forget all others, once they are as many again: a service lives longer than its history reaches."""
        if len(self._said.keys() | self._texts.keys()) <= 2 * len(blobs) + _SPARE:
            return
        self._said = {blob: said for blob, said in self._said.items() if blob in blobs}
        self._texts = {blob: text for blob, text in self._texts.items() if blob in blobs}
        self._touched = {
            (old, new): told for (old, new), told in self._touched.items() if old in blobs and new in blobs
        }

    def text(self, blob: str) -> bytes | None:
        """None where it was too large to be read."""
        return self._texts.get(blob)

    def of(self, blob: str, selector: Selector) -> Value | Ruling:
        """What the pin says in this blob, or why that cannot be said: a sentence to put behind its path."""
        return self.all(blob, (selector,))[selector]

    def all(self, blob: str, selectors: Collection[Selector]) -> Mapping[Selector, Value | Ruling]:
        """What several pins say in this blob, which is parsed once at most."""
        said = self._said.setdefault(blob, {})
        missing = [selector for selector in selectors if selector not in said]
        if missing:
            said.update(zip(missing, self._read(blob, missing), strict=True))
        return said

    def touched(self, old: str, new: str) -> ChangedPins | None:
        """The lines in which two versions differ, if only by their values; None: read both."""
        pair = (old, new)
        if pair not in self._touched:
            texts = self._texts.get(old), self._texts.get(new)
            self._touched[pair] = changed_pins(texts[0], texts[1]) if texts[0] and texts[1] else None
        return self._touched[pair]

    def _read(self, blob: str, selectors: Sequence[Selector]) -> Iterator[Value | Ruling]:
        if blob not in self._texts:
            yield from (
                Ruling(failure_reasons.TOO_LARGE, False, ": was too large to be read") for _ in selectors
            )
            return
        for value in read_all(self._texts[blob], selectors):
            yield _refused(value) if isinstance(value, PinRefused) else value


def _refused(why: PinRefused) -> Ruling:
    return Ruling(why.reason, False, f"{'' if why.line is None else f':{why.line}'}: {why.sentence}")
