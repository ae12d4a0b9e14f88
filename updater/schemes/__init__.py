"""How tags are read and ordered: one module a scheme, one line in the table. Pure."""

from __future__ import annotations

from updater.schemes.by_pattern import ByPattern
from updater.schemes.created import Created
from updater.schemes.digest import MovingTag
from updater.schemes.numeric import Numeric
from updater.schemes.patterns import has_groups, is_plain, ordering
from updater.schemes.scheme import NeedsDates, Scheme, SchemeSettings, needs_dates, reads_only_dated
from updater.schemes.semver import Semver
from updater.schemes.timestamp import Timestamp

__all__ = [
    "SCHEMES",
    "NeedsDates",
    "Scheme",
    "SchemeSettings",
    "is_expression",
    "is_pattern",
    "needs_dates",
    "reads_only_dated",
    "scheme_of",
]

SCHEMES: dict[str, type[SchemeSettings]] = {
    "timestamp": Timestamp,
    "semver": Semver,
    "numeric": Numeric,
    "created": Created,
    "digest": MovingTag,
}
"""By the name that `tags: {follow: …}` uses; the settings of a scheme are the scheme."""
_BY_ROLE: dict[str | None, str] = {"time": "timestamp", "version": "semver", "number": "numeric"}


def is_pattern(text: str) -> bool:
    """It names parts of a tag, and no scheme."""
    return is_plain(text) or has_groups(text) or "%" in text


def is_expression(scheme: Scheme) -> bool:
    """It goes by a regular expression that somebody has written."""
    return isinstance(scheme, ByPattern) and scheme.is_expression


def scheme_of(pattern: str) -> str:
    """The name of the scheme that goes by what the pattern names first. Raises ValueError."""
    return _BY_ROLE[ordering(pattern).follows]
