"""Which pins of an app are there, in environments that a pattern has made. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from updater.config.models import App
from updater.config.policies import Pin
from updater.manifests import PinRefused, Selector, Value, read_all
from updater.model import File, HeadFiles
from updater.reasons import pin_reasons

_Places: TypeAlias = dict[tuple[str, str], tuple[App, tuple[Pin, ...]]]


@dataclass(slots=True)
class StandingPins:
    """Remembers where an app's pins would be and what texts hold: it changes the cost, not the answer."""

    _places: _Places = field(default_factory=dict)
    """As an app was written, by its name and the environment's."""
    _known: dict[tuple[str, Selector], bool] = field(default_factory=dict)
    """By blob."""

    def places(self, app: App, environment: str, pins: Callable[[], tuple[Pin, ...]]) -> Sequence[Pin]:
        """Where they would be; `pins` says so, once."""
        known = self._places.get((app.app, environment))
        if known is None or known[0] is not app:
            known = self._places[app.app, environment] = (app, pins())
        return known[1]

    def learn(self, asked: Iterable[tuple[HeadFiles, Sequence[Pin]]]) -> None:
        """Parse each text once for all that ask, and forget what nobody asks any more."""
        texts: dict[str, tuple[bytes, set[Selector]]] = {}
        for head, pins in asked:
            for file, selector in _there(pins, head):
                texts.setdefault(file.blob, (file.data, set()))[1].add(selector)
        known = dict[tuple[str, Selector], bool]()
        for blob, (data, selectors) in texts.items():
            known.update((key, self._known[key]) for one in selectors if (key := (blob, one)) in self._known)
            new = [one for one in selectors if (blob, one) not in known]
            known.update(
                ((blob, one), _stands(value)) for one, value in zip(new, read_all(data, new), strict=True)
            )
        self._known = known

    def stand(self, head: HeadFiles, pins: Sequence[Pin]) -> bool:
        """One of them is there, or something that cannot be read is where it would be."""
        unread = (head.files.get(path) for pin in pins for path in pin.files)
        if any(file is not None and not isinstance(file, File) for file in unread):
            return True
        return any(self._known[file.blob, selector] for file, selector in _there(pins, head))


def _there(pins: Iterable[Pin], head: HeadFiles) -> Iterator[tuple[File, Selector]]:
    for pin in pins:
        for path in pin.files:
            if isinstance(file := head.files.get(path), File):
                yield file, pin.selector


def _stands(value: Value | PinRefused) -> bool:
    return not isinstance(value, PinRefused) or value.reason is not pin_reasons.PIN_MISSING
