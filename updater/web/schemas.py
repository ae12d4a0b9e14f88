"""The shapes the API answers in, for its OpenAPI document. What fills them is rendered elsewhere."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from updater.views.status import Condition

Instant = Annotated[str, Field(examples=["2026-02-02T05:35:12Z"], json_schema_extra={"format": "date-time"})]


class Shape(BaseModel):
    """Nothing is answered that is not described."""

    model_config = ConfigDict(extra="forbid")


class Problem(Shape):
    error: str = Field(description="one sentence: what, where, what to do")


class Heard(Shape):
    message: str = Field(description="how many passes it lets come now, or that it was heard before")


class ProposalShape(Shape):
    """An open pull request of ours."""

    number: int
    url: str
    tag: str | None
    kind: Literal["candidate", "asked"] = Field(description="`asked`: by a person, by name")


class CellShape(Shape):
    """One app in one environment."""

    app: str
    environment: str
    tag: str | None = Field(description="what it runs; null: nothing, or its pins disagree")
    since: Instant | None
    age: str | None = Field(
        description="how long it has run that, to the two largest units", examples=["3h12m"]
    )
    state: Literal["hold", "promote"]
    code: str | None = Field(description="the stable code of the first reason to hold", examples=["soak"])
    why: str | None = Field(description="that reason, as a sentence")
    codes: list[str] = Field(description="the codes of all reasons to hold")
    candidate: str | None = Field(description="the tag it is held from, or goes to")
    condition: Condition = Field(description="what a person has to know first; of several, the worst")
    until: Instant | None = Field(description="when it goes on by itself")
    seen: Instant | None = Field(
        description="when that was read, if the repository cannot be read any more; null: in the last pass"
    )
    error: str | None = Field(description="why a step about it failed")
    proposals: list[ProposalShape]
    repository: str


class Status(Shape):
    """The same as `updater status --output json`."""

    version: int
    placements: list[CellShape]


class RulingShape(Shape):
    code: str
    sentence: str
    until: Instant | None


class JudgedShape(RulingShape):
    passes: bool


class CandidateShape(Shape):
    tag: str
    passes: bool
    rulings: list[JudgedShape]


class Explanation(Shape):
    """The same as `updater explain --output json`."""

    version: int
    environment: str
    app: str
    current: str | None
    decision: Literal["hold", "promote"]
    tag: str | None = Field(description="the candidate that is held, or promoted")
    reasons: list[RulingShape]
    candidates: list[CandidateShape]


class StayShape(Shape):
    """One tag's time in one environment."""

    tag: str
    since: Instant
    until: Instant | None
    ended: Literal["still", "newer", "backwards", "removed"]
    by: str = Field(description="the commit that brought it")
    ended_by: str | None = Field(description="the commit that ended it")
    ours: bool = Field(description="brought by the updater")


class StandstillShape(Shape):
    """A time in which a person had recorded that it may not move."""

    since: Instant
    until: Instant | None = Field(description="null: it is on")
    why: str
    by: str | None


class PlacedShape(Shape):
    cell: CellShape | None = Field(description="null: no pass has decided about it yet")
    stays: list[StayShape] = Field(description="oldest first")
    rolled_back: dict[str, str] = Field(description="tags, and the commits that moved back from them")
    holds: list[StandstillShape] = Field(description="recorded by people, past ones too; oldest first")


class AppShape(Shape):
    version: int
    app: str
    environments: dict[str, PlacedShape]


class Policies(Shape):
    """The same as `updater check --effective --output json` says of each app in each environment."""

    version: int
    policies: list[dict[str, Any]]


class PassShape(Shape):
    repository: str
    started: Instant
    finished: Instant
    seconds: float
    base: str | None = Field(description="the commit that was read; null: it could not be")
    result: Literal["ok", "failed", "broke"]
    to_promote: int
    held: int
    done: list[str]
    failed: list[dict[str, str]]
    unreadable: list[dict[str, str]]


class Passes(Shape):
    version: int
    passes: list[PassShape] = Field(description="the latest first")


class Polled(Shape):
    version: int
    repositories: list[str] = Field(description="a pass over these comes at once")
