"""One thing that `updater doctor` tried, and how it went. Pure but for what is tried."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Literal, TypeAlias

from updater.errors import UpdaterError
from updater.value_class import value_class

State: TypeAlias = Literal["works", "optional", "look", "broken"]
"""`optional`: it is not set up, and need not be."""


@value_class
class CheckResult:
    what: str
    state: State
    sentence: str


def tried(what: str, attempt: Callable[[], CheckResult]) -> CheckResult:
    """What comes of it, also where that is an error."""
    try:
        return attempt()
    except UpdaterError as error:
        return CheckResult(what, "broken", error.sentence)


def once(found: Sequence[CheckResult]) -> Iterator[CheckResult]:
    """What is said of many alike, such as that the server is away, once."""
    for sentence in dict.fromkeys(finding.sentence for finding in found):
        first, *others = [finding for finding in found if finding.sentence == sentence]
        more = f" and {len(others)} more" if others else ""
        yield replace(first, what=f"{first.what}{more}")
