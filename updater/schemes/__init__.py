"""How tags are read and ordered: one module a scheme, one line in the table. Pure."""

from __future__ import annotations

from updater.schemes.created import Created
from updater.schemes.digest import MovingTag
from updater.schemes.numeric import Numeric
from updater.schemes.scheme import NeedsDates, Scheme, SchemeSettings, needs_dates, reads_only_dated
from updater.schemes.semver import Semver
from updater.schemes.timestamp import Timestamp

__all__ = ["SCHEMES", "NeedsDates", "Scheme", "SchemeSettings", "needs_dates", "reads_only_dated"]

SCHEMES: dict[str, type[SchemeSettings]] = {
    "timestamp": Timestamp,
    "semver": Semver,
    "numeric": Numeric,
    "created": Created,
    "digest": MovingTag,
}
"""By the name that `tags: {follow: …}` uses; the settings of a scheme are the scheme."""
