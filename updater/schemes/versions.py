"""Numbers with dots, and what may follow them: `1.10`, `1.9.7.4460`, `2026.01.0`, `1.2.3-rc10`. Pure."""

from __future__ import annotations

import re
from typing import Any

from updater.schemes.parts import STAGES
from updater.value_class import value_class

_NUMBERS = 6
_VERSION = re.compile(
    rf"v?(?P<numbers>[0-9]{{1,18}}(?:\.[0-9]{{1,18}}){{0,{_NUMBERS - 1}}})"
    rf"(?:-(?P<behind>[0-9A-Za-z.-]+)|[.]?(?P<stage>(?i:{'|'.join(sorted(STAGES, key=len, reverse=True))})"
    r"[0-9A-Za-z.-]*))?"
)
_CHUNK = re.compile(r"([^0-9]*)([0-9]*)")


@value_class
class VersionNumber:
    numbers: tuple[int, ...]
    """As many as are written."""
    prerelease: str

    @property
    def key(self) -> tuple[Any, ...]:
        """Zeros at the end say nothing: 1.10 and 1.10.0 are one version."""
        said = len(self.numbers)
        while said > 1 and not self.numbers[said - 1]:
            said -= 1
        return self.numbers[:said], prerelease_key(self.prerelease)

    @property
    def release(self) -> tuple[int, int, int]:
        """Major, minor and patch."""
        major, minor, patch = (*self.numbers, 0, 0)[:3]
        return major, minor, patch


def parse_version(text: str) -> VersionNumber | None:
    """Leading zeros are fine, as calendars have them; None where it is no version."""
    match = _VERSION.fullmatch(text)
    if match is None:
        return None
    numbers = tuple(int(number) for number in match["numbers"].split("."))
    return VersionNumber(numbers, match["behind"] or match["stage"] or "")


def prerelease_key(prerelease: str) -> tuple[Any, ...]:
    """A release stands above its prereleases; numbers count as numbers, also in a word: rc10 follows rc9.

    The specification orders words letter by letter, and puts rc10 below rc9: nobody means that.
    """
    if not prerelease:
        return (1,)
    parts = prerelease.split(".")
    return 0, tuple((0, int(part), ()) if part.isdigit() else (1, 0, _natural(part)) for part in parts)


def _natural(word: str) -> tuple[tuple[str, int], ...]:
    """`rc10` as letters and a number, `alpine3-2` as two such pairs; letters alone come first."""
    chunks = (match.groups() for match in _CHUNK.finditer(word) if match[0])
    return tuple((letters, int(digits or -1)) for letters, digits in chunks)
