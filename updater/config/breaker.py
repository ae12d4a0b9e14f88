"""What a user may write about stopping the line: how many rollbacks halt a whole repository. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, Field

from updater.settings import Duration, Settings

_SHORTEST, _LONGEST = timedelta(minutes=1), timedelta(days=7)
_FEWEST, _MOST = 2, 1000
AUTOMATIC_WAYS_BACK = 3
"""So many apps may go back by themselves within `AUTOMATIC_WITHIN` where no breaker says how many: what fells
more is something else."""
AUTOMATIC_WITHIN = timedelta(hours=1)


def _lasts(length: timedelta) -> timedelta:
    if not _SHORTEST <= length <= _LONGEST:
        raise ValueError("write at least 1m and at most 7d, such as 1h")
    return length


def _apps(number: int) -> int:
    if not _FEWEST <= number <= _MOST:
        raise ValueError(f"write at least {_FEWEST} apps (one alone holds itself) and at most {_MOST}")
    return number


class Breaker(Settings):
    """So many apps that go back close together stop all that would go forward, for so long."""

    rolled_back: Annotated[int, AfterValidator(_apps)] = Field(
        description="how many different apps have to go back, by whomever, such as 3"
    )
    within: Annotated[Duration, AfterValidator(_lasts)] = Field(
        description="how close together they go back, such as 1h"
    )
    lasts: Annotated[Duration, AfterValidator(_lasts)] = Field(
        alias="for",
        description="how long nothing goes forward then, such as 4h; a breaker without an end is none",
    )
