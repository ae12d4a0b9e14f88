"""`soak`: so long has passed since the candidate arrived at the predecessors. Pure.

It arrives when Argo CD deploys it; where config names no Application, when the manifest holds it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal, TypeAlias

from pydantic import Field, model_validator

from updater import times
from updater.argocd_history import deployed_at
from updater.gates.after import proven_stay
from updater.gates.gate import Gate
from updater.model import Application, Case, Question, Ruling, Stay, Timeline, Unreadable
from updater.reasons import Reason
from updater.settings import Duration

_FEW, _LAST = 2, 5
"""How many stays tell that builds come too fast: at least, and at most."""
Start: TypeAlias = Callable[[Sequence[Stay]], datetime | None]
"""When what these stays held began to run."""


@dataclass(frozen=True, slots=True)
class _Soaked:
    """What one predecessor says."""

    at: datetime | None
    """When it will have soaked there; None if it will not by waiting."""
    since: str


REASON = Reason(
    "soak",
    "time",
    "So long has to pass since the tag arrived in the environments before this one.",
    overridable=True,
    asked_of_rollback=False,
    said_before=True,
)


class Soak(Gate):
    """`soak: 30m`, or `soak: {for: 30m, counts: running}`."""

    reason: ClassVar[Reason] = REASON
    without_predecessor: ClassVar[str | None] = (
        "a tag soaks in the environment before this one, and there is none: write after:"
    )

    length: Duration = Field(alias="for")
    counts: Literal["since", "running"] = "since"
    """`since` it arrived, whatever came after; or only while it was `running` there."""

    @model_validator(mode="before")
    @classmethod
    def _from_a_bare_duration(cls, value: Any) -> Any:  # noqa: ANN401 - whatever the YAML holds
        return value if isinstance(value, dict) else {"for": value}

    def judge(self, case: Case) -> Ruling | frozenset[Question]:
        questions = frozenset[Question](rollout.question for rollout in case.rollouts.values())
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
        if (why := _unheard(case, name)) is not None:
            return Ruling(REASON, False, why, waits=True, unread=True)
        start = _starts(case, name)
        began = start(_counted(timeline, stay))
        if began is None:
            sentence = f"Argo CD has not deployed {tag} to {name} as far as it tells, so it does not soak"
            return Ruling(REASON, False, sentence, waits=True)
        if self.counts == "since":
            return _Soaked(began + self.length, _since(case, name, began))
        return self._running(case, timeline, stay, start) or self._left(case, name)

    def _left(self, case: Case, name: str) -> Ruling:
        asked = times.format_duration(self.length)
        sentence = f"{name} left {case.candidate.tag} before it had run there for the {asked} asked"
        return Ruling(REASON, False, sentence + self._too_quick(case))

    def _running(self, case: Case, timeline: Timeline, last: Stay, start: Start) -> _Soaked | None:
        stays = [stay for stay in timeline.stays if stay.tag == last.tag]
        spans = ((start([stay]), stay.until or case.now) for stay in stays)
        ran = sum((max(until - began, timedelta()) for began, until in spans if began), timedelta())
        if ran >= self.length:
            return _Soaked(case.now, "")
        return _Soaked(case.now + (self.length - ran), "") if last.until is None else None

    def _ruling(self, case: Case, said: Sequence[_Soaked]) -> Ruling:
        at = max(each.at for each in said if each.at is not None)
        asked, when = times.format_duration(self.length), times.format_time(at, case.zone)
        since = "; ".join(each.since for each in said if each.since)
        if at <= case.now:
            known = f", since {when}" if self.counts == "since" else " while it was running"
            told = f" ({since})" if since else ""
            return Ruling(REASON, True, f"it has soaked for the {asked} asked{known}{told}", waits=True)
        told = f"; {since}" if since else ""
        sentence = f"it soaks until {when} ({asked} asked{told})" + self._too_quick(case)
        return Ruling(REASON, False, sentence, until=at, waits=True)

    def _too_quick(self, case: Case) -> str:
        """Where builds come faster than they soak, no tag ever will have: that has to be said."""
        for name, timeline in case.predecessors.items() if self.counts == "running" else ():
            ran = [s.until - s.since for s in timeline.stays if s.until and s.ended == "newer"][-_LAST:]
            if len(ran) >= _FEW and max(ran) < self.length:
                longest = times.format_duration(max(ran))
                said = f"of the last {len(ran)} tags that {name} left for a newer one none ran longer than"
                return f"; {said} {longest}: soak shorter, or write `counts: since`"
        return ""


def _unheard(case: Case, name: str) -> str | None:
    """Why Argo CD says nothing of an environment that it runs."""
    rollout = case.rollouts.get(name)
    found = case.answers[rollout.question] if rollout else ()
    if isinstance(found, Unreadable):
        return found.why
    if rollout and not found:
        return f"Argo CD has no Application {rollout.question.applications}, which is to run {name}"
    return None


def _starts(case: Case, name: str) -> Start:
    rollout = case.rollouts.get(name)
    if rollout is None:
        return lambda stays: stays[0].since
    found = case.answers[rollout.question]
    applications = [one for one in found if isinstance(one, Application)] if isinstance(found, tuple) else []

    def began(stays: Sequence[Stay]) -> datetime | None:
        """Never before Git held it."""
        at = deployed_at(applications, stays, rollout.lineage)
        return max(stays[0].since, at) if at else None

    return began


def _since(case: Case, name: str, began: datetime) -> str:
    when = times.format_time(began, case.zone)
    if name in case.rollouts:
        return f"Argo CD deployed it to {name} at {when}"
    return f"{name}'s manifest has held it since {when}"


def _counted(timeline: Timeline, last: Stay) -> list[Stay]:
    """The stays since it came, or came back after it was last left backwards: others in between are fine."""
    counted: list[Stay] = []
    for stay in timeline.stays:
        if stay.tag == last.tag:
            counted = [] if stay.ended in {"backwards", "removed"} else [*counted, stay]
    return counted or [last]
