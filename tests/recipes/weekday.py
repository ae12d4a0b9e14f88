"""A gate as a contributor would write it: one module, and one line in the table."""

from typing import ClassVar, Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from updater.gates.gate import Gate
from updater.model import Case, Question, Ruling
from updater.reasons import Reason

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Weekday(Gate):
    """`weekday: {days: [tue, wed]}`, in Korean time."""

    reason: ClassVar[Reason] = Reason(
        "weekday", "time", "Today has to be one of some days.", overridable=True, asked_of_rollback=False
    )
    days: tuple[str, ...] = Field(description="the days, such as tue")

    @model_validator(mode="after")
    def _are_days(self) -> Self:
        if unknown := set(self.days) - set(DAYS):
            raise ValueError(f"{unknown.pop()} is no day: write {', '.join(DAYS)}")
        return self

    def judge(self, case: Case) -> Ruling | frozenset[Question]:
        today = DAYS[case.now.astimezone(ZoneInfo("Asia/Seoul")).weekday()]
        if today in self.days:
            return Ruling(self.reason, True, f"{today} is a day for promotions")
        return Ruling(self.reason, False, f"{today} is no day for promotions", waits=True)
