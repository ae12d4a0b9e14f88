"""`age`: the tag is at least, or at most, so old. Pure."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import Field, model_validator

from updater import times
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
)


class Age(Gate):
    """`age: {min: 1h, max: 14d}`, one or both; by the stamp of the tag."""

    reason: ClassVar[Reason] = REASON

    least: Duration | None = Field(default=None, alias="min")
    most: Duration | None = Field(default=None, alias="max")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.least is None and self.most is None:
            raise ValueError("say how old a tag has to be, by min, max or both")
        if self.least is not None and self.most is not None and self.least >= self.most:
            raise ValueError("min is not below max, so no tag can pass")
        return self

    def judge(self, case: Case) -> Ruling | frozenset[Question]:
        stamp = case.candidate.stamp
        if stamp is None:
            return Ruling(REASON, False, "its tag does not say when it was built, so its age is not known")
        if self.most is not None and stamp + self.most < case.now:
            return Ruling(REASON, False, f"it is older than the {times.format_duration(self.most)} allowed")
        if self.least is not None and case.now < stamp + self.least:
            until = stamp + self.least
            when, asked = times.format_time(until, case.zone), times.format_duration(self.least)
            return Ruling(
                REASON, False, f"it is old enough at {when} ({asked} asked)", until=until, waits=True
            )
        return Ruling(
            REASON, True, f"it was built at {times.format_time(stamp, case.zone)}, an age that is allowed"
        )
