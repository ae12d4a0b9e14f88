"""To say of an app's tags what to follow: first of all what reads the tag that runs. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from updater.config.tag_settings import Tags
from updater.tools.init.tag_shapes import (
    MAY_BE_A_COMMIT,
    Followed,
    default_schemes,
    examples,
    followed_by_shape,
    question_of,
    tag_shapes,
)

PLACEHOLDERS = frozenset(Tags().placeholders)
NO_TAG = "there is no tag yet that says what to follow"


class Guess(NamedTuple):
    """`doubt` is a sentence for a person, where something has to be looked at."""

    follow: Followed | None
    doubt: str | None
    unreadable: bool = False
    """There are tags, and nothing reads them: such an app cannot be followed there."""


def guess(running: Collection[str], past: Collection[str] = (), elsewhere: Collection[str] = ()) -> Guess:
    """What reads the running tags, and the most of those before; `elsewhere` are the app's other tags."""
    now, real = _real(running), _real([*running, *past])
    if not real:
        return Guess(None, NO_TAG)
    telling = [tag for tag in real if not MAY_BE_A_COMMIT.fullmatch(tag)]

    def worth(one: Followed) -> tuple[bool, int, int, int]:
        counts = (sum(map(one.reads, tags)) for tags in (telling, _real(elsewhere), real))
        return (all(map(one.reads, now)), *counts)  # type: ignore[return-value]  # three of them

    best = max(_possible([*real, *_real(elsewhere)]), key=worth)
    unread = [tag for tag in real if not best.reads(tag)]
    if len(unread) == len(real):
        return Guess(None, tag_shapes(unread), unreadable=True)
    return Guess(best, _doubt(best, real, unread))


def _real(tags: Collection[str]) -> list[str]:
    return sorted(set(tags) - PLACEHOLDERS)


def _possible(tags: Sequence[str]) -> list[Followed]:
    """Of equals the first is taken: a date counts before a number, what needs no setting before the rest."""
    default = list(default_schemes())
    by_shape = [found for tag in tags if (found := followed_by_shape(tag)) is not None]
    stamped = [one for one in by_shape if one.name == "timestamp"]
    return list(dict.fromkeys((*default[:1], *stamped, *default[1:], *by_shape)))


def _doubt(best: Followed, real: Sequence[str], unread: Sequence[str]) -> str | None:
    said = []
    if best.settings or any(MAY_BE_A_COMMIT.fullmatch(tag) for tag in real if best.name == "numeric"):
        example = next(tag for tag in real if best.reads(tag))
        said.append(f"tags like {examples([example])}: {_question(best, real)}")
    if unread:
        said.append(
            f"of {len(real)} tags {best.name} does not read {len(unread)}: {_passed_over(unread, best)}"
        )
    return "; ".join(said) or None


def _question(best: Followed, tags: Sequence[str]) -> str:
    """Of the tag by whose shape it was found."""
    shaped = (tag for tag in tags if followed_by_shape(tag) == best)
    return question_of(next(shaped, next(tag for tag in tags if best.reads(tag)))) or f"{best} reads them"


def _passed_over(tags: Sequence[str], best: Followed) -> str:
    others: dict[str, str] = {}
    rest = []
    for tag in tags:
        reads = (one.name for one in default_schemes() if one.name != best.name and one.reads(tag))
        name = next(reads, None)
        if name is None:
            rest.append(tag)
        else:
            others.setdefault(name, f"{tag[:60]} (which {name} reads)")
    return ", ".join([*others.values(), *([examples(rest)] if rest else [])])
