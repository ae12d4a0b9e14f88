"""What blobs say of pins, each read once. Pure but for its memory, which never changes an answer."""

from __future__ import annotations

from collections.abc import Container, Mapping

from updater.manifests import PinRefused, Selector, Value, read
from updater.model import Ruling


class Values:
    """Remembers by blob id, which names content: what it said once it says for ever."""

    def __init__(self) -> None:
        self._said: dict[str, dict[Selector, Value | Ruling]] = {}
        self._texts: dict[str, bytes] = {}

    @property
    def known(self) -> Container[str]:
        """Blobs whose text need not be read again."""
        return self._texts

    def learn(self, blobs: Mapping[str, bytes]) -> None:
        self._texts.update(blobs)

    def text(self, blob: str) -> bytes | None:
        """None where it was too large to be read."""
        return self._texts.get(blob)

    def of(self, blob: str, selector: Selector) -> Value | Ruling:
        """What the pin says in this blob, or why that cannot be said."""
        said = self._said.setdefault(blob, {})
        if selector not in said:
            said[selector] = self._read(blob, selector)
        return said[selector]

    def _read(self, blob: str, selector: Selector) -> Value | Ruling:
        if blob not in self._texts:
            return Ruling("too_large", False, "was too large to be read")
        try:
            return read(self._texts[blob], selector)
        except PinRefused as refusal:
            return Ruling(refusal.code, False, refusal.sentence)
