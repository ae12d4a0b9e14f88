"""`soak`: so long has passed since the candidate arrived at the predecessors. Pure.

It arrives when Argo CD deploys it; where config names no Application, when the manifest holds it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from updater import times
from updater.argocd_history import Span, both, spans
from updater.gates._arrivals import (
    Start,
    counted,
    not_running,
    remembered,
    rollout_questions,
    since_words,
    start,
    unheard,
)
from updater.gates._monitored import fired_since, last_fired, named, questions_since
from updater.gates._rollouts import listed, stays_of
from updater.gates.after import proven_stay
from updater.gates.gate import Gate
from updater.model import Case, Question, Ruling, Stay
from updater.reasons import Reason
from updater.settings import Duration
from updater.value_class import value_class

_COUNTS = {"running": "while it is running", "quiet": "since something last fired"}
"""Each is stricter than `since` it arrived."""
_FEW, _LAST = 2, 5
"""How many stays tell that builds come too fast: at least, and at most."""


@value_class
class _Soaked:
    """What one predecessor says."""

    at: datetime
    """When it will have soaked there."""
    since: str
    arrivals: tuple[tuple[str, datetime], ...] = ()


REASON = Reason(
    "soak",
    "time",
    "So long has to pass since the tag arrived in the environments before this one.",
    overridable=True,
    asked_of_rollback=False,
    said_before=True,
    ends="the soak ends",
)


class Soak(Gate):
    """`soak: 30m`, or `soak: {for: 30m, counts: running}`."""

    reason: ClassVar[Reason] = REASON
    without_predecessor: ClassVar[str | None] = (
        "a tag soaks in the environment before this one, and there is none: write after:"
    )

    length: Duration = Field(alias="for", description="how long it has to soak, such as 30m")
    counts: Literal["since", "running", "quiet"] = Field(
        default="since",
        description="since it arrived; only while it was running there; or since an alert about it "
        "last fired there (quiet)",
    )
    """`since` it arrived, whatever came after; or only while it was `running` there; or `quiet`: since
    something about it last fired there."""

    @model_validator(mode="before")
    @classmethod
    def _from_a_bare_duration(cls, value: Any) -> Any:  # noqa: ANN401 - whatever the YAML holds
        return value if isinstance(value, dict) else {"for": value}

    @property
    def words(self) -> str:
        counts = _COUNTS.get(self.counts, "since it arrived")
        return f"{times.format_duration(self.length)} in the environment before, counted {counts}"

    def weaker_than(self, bound: Self) -> str | None:
        if self.length < bound.length:
            asked = times.format_duration(bound.length)
            return f"{times.format_duration(self.length)} is less than {asked}"
        if bound.counts not in {"since", self.counts}:
            return f"it has to count {_COUNTS[bound.counts]}"
        return None

    def excludes(self, other: Self) -> str | None:
        if {self.counts, other.counts} == _COUNTS.keys():
            return f"one counts {_COUNTS['running']}, the other {_COUNTS['quiet']}"
        return None

    def judge(self, case: Case) -> Ruling | frozenset[Question]:
        questions = rollout_questions(case)
        if questions <= case.answers.keys() and self.counts == "quiet":
            questions = questions_since(case, REASON)
        if not questions <= case.answers.keys():
            return questions
        if not case.predecessors:
            return Ruling(REASON, True, "there is no environment before this one to soak in")
        said = [self._judge_one(case, name) for name in case.predecessors]
        against = next((each for each in said if isinstance(each, Ruling)), None)
        return against or self._ruling(case, [each for each in said if isinstance(each, _Soaked)])

    def _judge_one(self, case: Case, name: str) -> _Soaked | Ruling:
        tag, timeline = case.candidate.tag, case.predecessors[name]
        stay = proven_stay(timeline, tag)
        if stay is None:
            sentence = f"{name} does not run {tag}, so it soaks nowhere"
            return Ruling(REASON, False, sentence + self._too_quick(case))
        if (why := unheard(case, name)) is not None:
            return Ruling(REASON, False, why, waits=True, unread=True)
        if (why := not_running(case, name, stay)) is not None:
            return Ruling(REASON, False, f"it does not soak: {why}", waits=True)
        if self.counts == "running":
            return self._running(case, name, stay) or self._left(case, name)
        begun = start(case, name, counted(timeline, stay))
        if self.counts == "quiet":
            return self._quiet(case, name, begun)
        return _Soaked(begun.at + self.length, since_words(case, name, begun), remembered(name, begun))

    def _quiet(self, case: Case, name: str, begun: Start) -> _Soaked | Ruling:
        """It starts anew whenever something fires."""
        found = fired_since(case, name, begun)
        if isinstance(found, Ruling):
            return found
        known, last = remembered(name, begun), last_fired(found, case.now)
        if last is None or last < begun.at:
            return _Soaked(begun.at + self.length, since_words(case, name, begun), known)
        names = named(each for each in found if not each.silenced)
        if any(each.firing and not each.silenced for each in found):
            return Ruling(REASON, False, f"it does not soak while {names} fires in {name}", waits=True)
        fired = f"{names} last fired in {name} at {times.format_time(last, case.zone)}"
        return _Soaked(last + self.length, fired, known)

    def _left(self, case: Case, name: str) -> Ruling:
        asked = times.format_duration(self.length)
        sentence = f"{name} left {case.candidate.tag} before it had run there for the {asked} asked"
        return Ruling(REASON, False, sentence + self._too_quick(case))

    def _running(self, case: Case, name: str, last: Stay) -> _Soaked | None:
        """None: it has left too early."""
        ran = sum((until - since for since, until in _spans(case, name)), timedelta())
        if ran >= self.length:
            return _Soaked(case.now, "")
        return _Soaked(case.now + (self.length - ran), "") if last.until is None else None

    def _ruling(self, case: Case, said: Sequence[_Soaked]) -> Ruling:
        at = max(each.at for each in said)
        asked, when = times.format_duration(self.length), times.format_time(at, case.zone)
        since = "; ".join(each.since for each in said if each.since)
        if at <= case.now:
            known = " while it was running" if self.counts == "running" else f", until {when}"
            told = f" ({since})" if since else ""
            arrivals = tuple(arrival for each in said for arrival in each.arrivals)
            sentence = f"it has soaked for the {asked} asked{known}{told}"
            return Ruling(REASON, True, sentence, waits=True, arrivals=arrivals)
        told = f"; {since}" if since else ""
        sentence = f"it soaks until {when} ({asked} asked{told})" + self._too_quick(case)
        arrivals = tuple(arrival for each in said for arrival in each.arrivals)
        return Ruling(REASON, False, sentence, until=at, waits=True, arrivals=arrivals)

    def _too_quick(self, case: Case) -> str:
        """Where builds come faster than they soak, no tag ever will have: that has to be said."""
        for name, timeline in case.predecessors.items() if self.counts == "running" else ():
            ran = [s.until - s.since for s in timeline.stays if s.until and s.ended == "newer"][-_LAST:]
            if len(ran) >= _FEW and max(ran) < self.length:
                longest = times.format_duration(max(ran))
                said = f"of the last {len(ran)} tags that {name} left for a newer one none ran longer than"
                return f"; {said} {longest}: soak shorter, or write `counts: since`"
        return ""


def _spans(case: Case, name: str) -> list[Span]:
    """When it ran there: by Git, and by each of the Applications."""
    stays, rollout = stays_of(case.predecessors[name], case.candidate.tag), case.rollouts.get(name)
    ran = [(stay.since, stay.until or case.now) for stay in stays]
    if rollout is not None:
        for one in listed(case, rollout):
            ran = both(ran, spans(one, stays, rollout, case.now))
    return ran
