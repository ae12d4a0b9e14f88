"""What is said of reasons, and of mistakes of our own. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath
from traceback import extract_tb

from updater.messages.commits import one_line
from updater.model import Ruling
from updater.reasons import hold_reasons

_REST = "\n\n… and {} more {}, for which there is no room here."


def shorten(description: str, length: int = 140) -> str:
    """As long as GitHub lets a status's description be."""
    return description if len(description) <= length else description[: max(length - 1, 0)] + "…"[:length]


def folded(text: str, most: int, what: str = "lines") -> str:
    """As many of its first lines as fit, and how many more there are; in the worst case letters are cut."""
    if len(text) <= most:
        return text
    lines, room = text.split("\n"), most - len(_REST.format(len(text), what))
    kept = 0
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            break
        kept += 1
    rest = _REST.format(len(lines) - kept, what)
    return f"{chr(10).join(lines[:kept])}{rest}" if kept else shorten(text, most)


def bug_ruling(error: Exception) -> Ruling:
    """A mistake of ours as a reason to hold, with the place for whoever mends it."""
    frames = extract_tb(error.__traceback__)
    where = f" at {PurePath(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    what = shorten(one_line(f"{type(error).__name__}: {error}").removesuffix(": "))
    return Ruling(
        hold_reasons.BUG,
        False,
        f"a mistake in the updater ({what}{where}): report it; everything else goes on",
    )


def sentences(rulings: Iterable[Ruling]) -> str:
    """Each once: an Argo CD that does not answer is told by soak and by health."""
    return "; ".join(dict.fromkeys(ruling.sentence for ruling in rulings))
