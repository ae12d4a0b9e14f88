"""`soak`: so long has passed since the candidate arrived at the predecessors. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import Field, model_validator

from updater import instants
from updater.gates.after import proven
from updater.model import Case, Fact, Ruling, Stay, Timeline
from updater.settings import Duration, Settings

_FEW, _LAST = 2, 5
"""How many stays tell that builds come too fast: at least, and at most."""


class Soak(Settings):
    """`soak: 30m`, or `soak: {for: 30m, counts: running}`."""

    length: Duration = Field(alias="for")
    counts: Literal["since", "running"] = "since"
    """`since` it arrived, whatever came after; or only while it was `running` there."""

    @model_validator(mode="before")
    @classmethod
    def _from_a_bare_duration(cls, value: Any) -> Any:  # noqa: ANN401 - whatever the YAML holds
        return value if isinstance(value, dict) else {"for": value}

    def judge(self, case: Case) -> Ruling | frozenset[Fact]:
        waits = [self._passes_at(case, timeline) for timeline in case.predecessors.values()]
        if not waits:
            return Ruling("soak", True, "there is no environment before this one to soak in")
        missing = [name for name, at in zip(case.predecessors, waits, strict=True) if at is None]
        if missing:
            return Ruling("soak", False, self._never(case, missing) + self._too_quick(case))
        return self._ruling(case, max(at for at in waits if at is not None))

    def _passes_at(self, case: Case, timeline: Timeline) -> datetime | None:
        """When it will have soaked there; None if it will not by waiting."""
        stay = proven(timeline, case.candidate.tag)
        if stay is None:
            return None
        if self.counts == "since":
            return _arrived(timeline, case.candidate.tag, stay) + self.length
        stays = [s for s in timeline.stays if s.tag == stay.tag]
        ran = sum(((s.until or case.now) - s.since for s in stays), timedelta())
        if ran >= self.length:
            return case.now
        return case.now + (self.length - ran) if stay.until is None else None

    def _ruling(self, case: Case, at: datetime) -> Ruling:
        asked, when = instants.spoken(self.length), instants.written(at, case.zone)
        if at <= case.now:
            return Ruling(
                "soak", True, f"it has soaked for the {asked} asked" + self._since(when), waits=True
            )
        sentence = f"it soaks until {when} ({asked} asked)" + self._too_quick(case)
        return Ruling("soak", False, sentence, until=at, waits=True)

    def _never(self, case: Case, missing: Sequence[str]) -> str:
        tag, where = case.candidate.tag, ", ".join(missing)
        if any(proven(case.predecessors[name], tag) is None for name in missing):
            return f"{where} does not run {tag}, so it soaks nowhere"
        return f"{where} left {tag} before it had run there for the {instants.spoken(self.length)} asked"

    def _too_quick(self, case: Case) -> str:
        """Where builds come faster than they soak, no tag ever will have: that has to be said."""
        for name, timeline in case.predecessors.items() if self.counts == "running" else ():
            ran = [s.until - s.since for s in timeline.stays if s.until and s.ended == "newer"][-_LAST:]
            if len(ran) >= _FEW and max(ran) < self.length:
                longest = instants.spoken(max(ran))
                said = f"of the last {len(ran)} tags that {name} left for a newer one none ran longer than"
                return f"; {said} {longest}: soak shorter, or write `counts: since`"
        return ""

    def _since(self, when: str) -> str:
        """The instant it passed: known, and the same in every pass, only where it counts from its arrival."""
        return f", since {when}" if self.counts == "since" else " while it was running"


def _arrived(timeline: Timeline, tag: str, last: Stay) -> datetime:
    """When it came, or came back after it was last left backwards: others in between do not count."""
    arrived: datetime | None = None
    for stay in timeline.stays:
        if stay.tag == tag:
            arrived = None if stay.ended in {"backwards", "removed"} else arrived or stay.since
    return arrived or last.since
