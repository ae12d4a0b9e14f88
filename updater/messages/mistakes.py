"""What is said of reasons, and of mistakes of our own. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath
from traceback import extract_tb

from updater.messages.commits import one_line
from updater.model import Ruling
from updater.reasons import hold_reasons


def shorten(description: str, length: int = 140) -> str:
    """As long as GitHub lets a status's description be."""
    return description if len(description) <= length else description[: length - 1] + "…"


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
