"""`freeze`: now is outside every span in which nothing may be promoted. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, ClassVar, Self
from zoneinfo import ZoneInfo

from pydantic import Field, PlainSerializer, PlainValidator, WithJsonSchema, model_validator

from updater import times
from updater.gates.gate import Gate
from updater.model import Case, Question, Ruling
from updater.reasons import Reason
from updater.settings import Settings, Zone


def _moment(value: Any) -> datetime | date:  # noqa: ANN401 - whatever the YAML holds
    if isinstance(value, datetime | date):
        return value
    try:
        return date.fromisoformat(value) if len(value) == len("2026-12-24") else datetime.fromisoformat(value)
    except (ValueError, TypeError):
        raise ValueError(f"{value!r} is no moment: write it like 2026-12-24 or 2026-12-24T18:00") from None


Moment = Annotated[
    datetime | date,
    PlainValidator(_moment),
    PlainSerializer(lambda moment: moment.isoformat(), return_type=str),
    WithJsonSchema({"type": "string", "examples": ["2026-12-24", "2026-12-24T18:00"]}),
]


def _moment_words(moment: datetime | date) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if isinstance(moment, datetime) else f"{moment:%Y-%m-%d}"


class Span(Settings):
    """From one moment to another; a bare date begins or ends with that day, which belongs to the freeze."""

    start: Moment = Field(
        alias="from",
        description="when it begins, such as 2026-12-24 (that day from midnight) or 2026-12-24T18:00",
    )
    end: Moment = Field(
        alias="to",
        description="when it ends, such as 2027-01-01 (with the end of that day) or 2027-01-01T09:00",
    )
    zone: Zone = Field(default=ZoneInfo("Asia/Seoul"), description="the time zone of both")
    why: str = Field(default="", description="what people are told while it holds, such as holidays")

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        try:
            backwards = self.ends.timestamp() <= self.starts.timestamp()
        except OverflowError:
            raise ValueError("it lies beyond all dates there are: write a nearer one") from None
        if backwards:
            raise ValueError("it ends before it starts: exchange `from` and `to`")
        return self

    @property
    def words(self) -> str:
        """`from 2026-12-24 to 2027-01-01 (Asia/Seoul): holidays`."""
        why = f": {self.why}" if self.why else ""
        return f"from {_moment_words(self.start)} to {_moment_words(self.end)} ({self.zone}){why}"

    @property
    def starts(self) -> datetime:
        return self._instant(self.start, days=0)

    @property
    def ends(self) -> datetime:
        return self._instant(self.end, days=1)

    def _instant(self, moment: datetime | date, *, days: int) -> datetime:
        if isinstance(moment, datetime):
            return moment if moment.tzinfo else moment.replace(tzinfo=self.zone)
        return datetime.combine(moment + timedelta(days=days), time.min, self.zone)


REASON = Reason(
    "freeze",
    "time",
    "Promotions may not happen in certain spans.",
    overridable=True,
    asked_of_rollback=False,
    ends="the freeze ends",
)


class Freeze(Gate):
    """`freeze: [{from: 2026-12-24, to: 2027-01-01, zone: Asia/Seoul, why: holidays}]`."""

    reason: ClassVar[Reason] = REASON
    drawn: ClassVar[str | None] = "frozen"

    spans: tuple[Span, ...] = Field(description="the spans in which nothing is promoted")

    @model_validator(mode="before")
    @classmethod
    def _from_a_list(cls, value: Any) -> Any:  # noqa: ANN401 - whatever the YAML holds
        if isinstance(value, dict) and "spans" in value:
            return value
        return {"spans": value if isinstance(value, list) else [value]}

    @property
    def words(self) -> str:
        return f"nothing {'; nothing '.join(each.words for each in self.spans)}"

    def weaker_than(self, bound: Self) -> str | None:
        for span in bound.spans:
            if not any(own.starts <= span.starts and span.ends <= own.ends for own in self.spans):
                return f"the freeze until {times.format_time(span.ends, span.zone)} is missing"
        return None

    def judge(self, case: Case) -> Ruling | frozenset[Question]:
        frozen = [span for span in self.spans if span.starts <= case.now < span.ends]
        if not frozen:
            return Ruling(REASON, True, "no freeze is on", waits=True)
        longest = max(frozen, key=lambda span: span.ends)
        until, why = times.format_time(longest.ends, case.zone), f" ({longest.why})" if longest.why else ""
        return Ruling(
            REASON, False, f"promotions are frozen until {until}{why}", until=longest.ends, waits=True
        )

    def stretches(self, since: datetime, until: datetime) -> list[tuple[datetime, datetime]]:  # noqa: ARG002
        return [(span.starts.astimezone(UTC), span.ends.astimezone(UTC)) for span in self.spans]
