"""To say a range of Go's Masterminds/semver as ours has it, where both mean the same versions. Pure.

Source: https://pkg.go.dev/github.com/Masterminds/semver/v3; compared with it in versions 3.2.1 and 3.4.0.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from updater.schemes.semver import Semver
from updater.tools.migrate.found import NotCarriedOver

_HYPHEN = re.compile(r"(\S+)\s+-\s+(\S+)")
_TERM = re.compile(r"[^\s,|]*[0-9xX*][^\s,|]*")
_NOT_WHOLE = re.compile(r"!=\s*v?[0-9]+(?:\.[0-9]+)?(?![0-9.])")


class VersionRange(NamedTuple):
    text: str
    prereleases: bool


def version_range(text: str) -> VersionRange:
    """Raises NotCarriedOver where there is none that means the same."""
    plain = _HYPHEN.sub(r">=\1 <=\2", text.strip() or "*").replace("X", "x")
    with_prerelease = ["-" in term for term in _TERM.findall(plain)]
    if any(with_prerelease) and not all(with_prerelease):
        raise NotCarriedOver(
            f"the range {text} takes prereleases in one of its terms only, which tools read in several ways"
        )
    if _NOT_WHOLE.search(plain):
        raise NotCarriedOver(f"the range {text} leaves out more than one version by !=")
    try:
        Semver(range=plain)
    except ValueError:
        raise NotCarriedOver(f"the range {text} is none that is understood here") from None
    return VersionRange(plain, any(with_prerelease))
