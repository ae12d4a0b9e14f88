"""To say of each app what to follow where, and to leave out where nothing can be followed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from updater.tools.init.apps import FoundApp
from updater.tools.init.guess import Guess, guess
from updater.tools.init.pins import LeftOut

_UNREAD = "unread"


def own_guesses(app: FoundApp) -> Mapping[str, Guess]:
    """By environment, what its own tags there say."""
    every = {tag for pins in app.environments.values() for pin in pins for tag in pin.tags}
    return {
        name: guess(
            [pin.tag for pin in pins if pin.tag],
            [tag for pin in pins for tag in pin.tags],
            every,
        )
        for name, pins in app.environments.items()
    }


def without_unreadable(apps: Iterable[FoundApp]) -> tuple[list[FoundApp], list[LeftOut]]:
    """A policy that does not read what runs would hold it for ever, and call each deployment foreign."""
    kept: list[FoundApp] = []
    left_out: list[LeftOut] = []
    for app in apps:
        guesses = own_guesses(app)
        left = {name: pins for name, pins in app.environments.items() if not guesses[name].unreadable}
        for name, pins in app.environments.items():
            if name not in left:
                why = guesses[name].doubt or ""
                left_out += (LeftOut(_UNREAD, f"{pin.file}:{pin.line}", str(pin.image), why) for pin in pins)
        if left:
            kept.append(replace(app, environments=left))
    return kept, left_out
