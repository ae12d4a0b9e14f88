"""`age`: the tag is at least, or at most, so old. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self

from pydantic import Field, model_validator

from updater import times
from updater.gates import build_time
from updater.gates.build_time import BuildTime
from updater.gates.gate import Gate
from updater.model import Case, Question, Ruling
from updater.reasons import Reason
from updater.settings import Duration

REASON = Reason(
    "age",
    "time",
    "The tag has to be at least, or at most, so old.",
    overridable=True,
    asked_of_rollback=False,
    ends="it is old enough",
)


class Age(Gate):
    """`age: {min: 1h, max: 14d}`, one or both; by the stamp of the tag, or by its images."""

    reason: ClassVar[Reason] = REASON

    least: Duration | None = Field(
        default=None, alias="min", description="how old a tag has to be at least, such as 1h"
    )
    most: Duration | None = Field(
        default=None, alias="max", description="how old a tag may be at most, such as 14d"
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.least is None and self.most is None:
            raise ValueError("say how old a tag has to be, by min, max or both")
        if self.least is not None and self.most is not None and self.least >= self.most:
            raise ValueError("min is not below max, so no tag can pass")
        return self

    @property
    def words(self) -> str:
        bounds = {"at least": self.least, "at most": self.most}
        told = [f"{name} {times.format_duration(one)}" for name, one in bounds.items() if one is not None]
        return f"built {' and '.join(told)} ago"

    def weaker_than(self, bound: Self) -> str | None:
        if bound.least is not None and (self.least is None or self.least < bound.least):
            return f"min has to be at least {times.format_duration(bound.least)}"
        if bound.most is not None and (self.most is None or self.most > bound.most):
            return f"max has to be at most {times.format_duration(bound.most)}"
        return None

    def excludes(self, other: Self) -> str | None:
        for one, two in ((self, other), (other, self)):
            if one.least is not None and two.most is not None and one.least >= two.most:
                return "the min of one is not below the max of the other, so no tag can pass"
        return None

    def judge(self, case: Case) -> Ruling | frozenset[Question]:
        found = build_time.told(case, lambda one: self._is_clear(one, case.now))
        if isinstance(found, frozenset):
            return found
        if found is None:
            said = "neither its tag nor its images say when it was built, so its age is not known"
            return Ruling(REASON, False, said)
        if self.most is not None and found.earliest + self.most < case.now:
            return Ruling(REASON, False, f"it is older than the {times.format_duration(self.most)} allowed")
        if self.least is not None and case.now < found.latest + self.least:
            until = found.latest + self.least
            when, asked = times.format_time(until, case.zone), times.format_duration(self.least)
            return Ruling(
                REASON, False, f"it is old enough at {when} ({asked} asked)", until=until, waits=True
            )
        when = times.format_span(found.earliest, found.latest - found.earliest, case.zone)
        return Ruling(REASON, True, f"it was built at {when}, an age that is allowed")

    def _is_clear(self, found: BuildTime, now: datetime) -> bool:
        """Whenever it was built within that, it is as old as asked, or it is not."""
        limits = (limit for limit in (self.least, self.most) if limit is not None)
        return all((now < found.earliest + limit) == (now < found.latest + limit) for limit in limits)
