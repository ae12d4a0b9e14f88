"""What of a base branch's head completes the config: files by name, and the patterns that find them. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import field
from functools import lru_cache
from typing import TypeAlias

from updater.errors import UpdaterError
from updater.model.observed import File
from updater.value_class import value_class

MOST_FILES = 5_000
"""So many of one pattern are read: there are not as many teams."""

PathPatterns: TypeAlias = Mapping[str, int]
"""Which files, and of each how many bytes at most. `*` and `?` stand for what is no `/`, and at the beginning
of a name for no dot, as in a shell."""


@value_class
class HeadFiles:
    """The files of one commit that match, by path; an error where something is there and cannot be read."""

    commit: str
    files: Mapping[str, File | UpdaterError] = field(default_factory=dict)
    earlier: Mapping[str, tuple[bytes, ...]] = field(default_factory=dict)
    """What some of them said before, the newest first: only of those where somebody asked."""
    cut: frozenset[str] = frozenset()
    """The patterns that more files match than are read."""


def literal_folder(pattern: str) -> str:
    """The folder below which all that matches stands; empty for the root."""
    before = re.split(r"[*?]", pattern, maxsplit=1)[0]
    return before.rpartition("/")[0]


@lru_cache(maxsize=256)
def path_matcher(pattern: str) -> re.Pattern[str]:
    """What a whole path has to be."""
    return re.compile("/".join(map(_segment, pattern.split("/"))))


def matches_any(path: str, patterns: Collection[str]) -> bool:
    return any(path_matcher(pattern).fullmatch(path) for pattern in patterns)


def _segment(segment: str) -> str:
    words = {"*": "[^/]*", "?": "[^/]"}
    hidden = r"(?!\.)" if segment[:1] in words else ""
    return hidden + "".join(words.get(char) or re.escape(char) for char in segment)
