"""A pattern that names the parts of a tag: plain text, `{date}-{time}-{sha}`, or a regular expression. Pure.

Both become one value, and each part has one role. What can never order a tag, or match one, is a ValueError.
"""

from __future__ import annotations

import re
from functools import lru_cache

from updater.schemes.parts import DIRECTIVES, PARTS, names
from updater.schemes.patterns.expressions import expression, named_groups
from updater.schemes.patterns.pattern import Pattern, words_of
from updater.schemes.patterns.pieces import Field
from updater.schemes.patterns.plain import plain
from updater.schemes.patterns.refusals import refuse_doubles, refuse_gaps
from updater.schemes.patterns.units import names_a_date

__all__ = [
    "Field",
    "Pattern",
    "expression",
    "has_directives",
    "has_groups",
    "is_plain",
    "names_a_date",
    "ordering",
    "pattern_of",
    "words_of",
]

_NAMED = re.compile(r"\{[A-Za-z_]")


def is_plain(text: str) -> bool:
    """It names parts in braces, and is no regular expression."""
    return _NAMED.search(text) is not None and "(?P<" not in text


def has_directives(text: str) -> bool:
    return any(directive in text for directive in DIRECTIVES)


def has_groups(text: str) -> bool:
    return "(?P<" in text


@lru_cache(maxsize=256)
def pattern_of(text: str) -> Pattern:
    """Raises ValueError in one sentence."""
    found = plain(text) if is_plain(text) or not has_groups(text) else named_groups(text)
    refuse_doubles(found)
    refuse_gaps(found)
    return found


def ordering(text: str) -> Pattern:
    """One that orders tags. Raises ValueError."""
    found = pattern_of(text)
    if found.follows is None:
        those = names(part for part in PARTS.values() if part.role in {"version", "time", "number"})
        what = f"nothing in {text!r}"
        if not found.fields and found.regex.groupindex:
            unknown = next(iter(found.regex.groupindex))
            what = f"{text!r} names a part {unknown!r}, which nobody knows here, and nothing in it"
        raise ValueError(
            f"{what} orders tags: name a part that grows ({those}), "
            "or follow `created`, which goes by when their images were created"
        )
    return found
