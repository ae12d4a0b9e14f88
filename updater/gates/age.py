"""`age`: the tag is at least, or at most, so old. Pure."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from updater import times
from updater.model import Case, Question, Ruling
from updater.settings import Duration, Settings


class Age(Settings):
    """`age: {min: 1h, max: 14d}`, one or both; by the stamp of the tag."""

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
            return Ruling("age", False, "its tag does not say when it was built, so its age is not known")
        if self.most is not None and stamp + self.most < case.now:
            return Ruling("age", False, f"it is older than the {times.format_duration(self.most)} allowed")
        if self.least is not None and case.now < stamp + self.least:
            until = stamp + self.least
            when, asked = times.format_time(until, case.zone), times.format_duration(self.least)
            return Ruling(
                "age", False, f"it is old enough at {when} ({asked} asked)", until=until, waits=True
            )
        return Ruling(
            "age", True, f"it was built at {times.format_time(stamp, case.zone)}, an age that is allowed"
        )
