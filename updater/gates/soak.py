"""`soak`: so long has passed since the candidate arrived at the predecessors. Pure.

It arrives when Argo CD deploys it; where config names no Application, when the manifest holds it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from updater import times
from updater.argocd_history import Span, arrival, both, runs, spans
from updater.gates._rollouts import listed, stays_of, why_not_running, why_unread
from updater.gates.after import proven_stay
from updater.gates.gate import Gate
from updater.model import Case, Question, Ruling, Stay, Timeline, Unreadable
from updater.reasons import Reason
from updater.settings import Duration

_LAXER = ("since", "running")
_FEW, _LAST = 2, 5
"""How many stays tell that builds come too fast: at least, and at most."""


@dataclass(frozen=True, slots=True)
class _Soaked:
    """What one predecessor says."""

    at: datetime
    """When it will have soaked there."""
    since: str
    arrivals: tuple[tuple[str, datetime], ...] = ()


@dataclass(frozen=True, slots=True)
class _Start:
    """When a tag began to run in an environment."""

    at: datetime
    by: Literal["git", "argocd", "git, for argocd forgot"]


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

    def weaker_than(self, bound: Self) -> str | None:
        if self.length < bound.length:
            asked = times.format_duration(bound.length)
            return f"{times.format_duration(self.length)} is less than {asked}"
        return "it has to count while it is running" if (self.counts, bound.counts) == _LAXER else None

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
        if (why := _not_running(case, name, stay)) is not None:
            return Ruling(REASON, False, f"it does not soak: {why}", waits=True)
        if self.counts == "running":
            return self._running(case, name, stay) or self._left(case, name)
        start = _start(case, name, _counted(timeline, stay))
        known = ((name, start.at),) if start.by == "argocd" else ()
        return _Soaked(start.at + self.length, _since(case, name, start), known)

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
            known = f", since {when}" if self.counts == "since" else " while it was running"
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


def _unheard(case: Case, name: str) -> str | None:
    """Why Argo CD says nothing of an environment that it runs."""
    rollout = case.rollouts.get(name)
    found = case.answers[rollout.question] if rollout else ()
    if isinstance(found, Unreadable):
        return found.why
    if rollout and not found:
        return f"Argo CD has no Application {rollout.question.applications}, which is to run {name}"
    return why_unread(case, name) if rollout else None


def _not_running(case: Case, name: str, stay: Stay) -> str | None:
    """Why what Git says to run there does not, or never did, as far as Argo CD tells."""
    rollout = case.rollouts.get(name)
    if rollout is None:
        return None
    stays = stays_of(case.predecessors[name], stay.tag)
    for one in listed(case, rollout):
        there = arrival(one, stays, rollout) if stay.until is not None else runs(one, stays, rollout) or None
        if there is None:
            return why_not_running(one, stays, rollout, name)
    return None


def _start(case: Case, name: str, stays: Sequence[Stay]) -> _Start:
    """Never before Git held it. What Argo CD no longer shows, its open pull request may know."""
    held, rollout = stays[0].since, case.rollouts.get(name)
    if rollout is None:
        return _Start(held, "git")
    found = [arrival(one, stays, rollout) for one in listed(case, rollout)]
    known = [each.at for each in found if each is not None and each.at is not None]
    if None in found:  # it ran before Git went away from it and came back, and was never synced anew
        return _Start(max([held, *known]), "git")
    if len(known) == len(found):
        return _Start(max([held, *known]), "argocd")
    remembered, cut = (
        case.arrivals.get(name),
        [each for each in found if each is not None and each.at is None],
    )
    if remembered is not None and remembered >= held and all(each.allows(remembered) for each in cut):
        return _Start(max([remembered, *known]), "argocd")
    return _Start(max([held, *known]), "git, for argocd forgot")


def _spans(case: Case, name: str) -> list[Span]:
    """When it ran there: by Git, and by each of the Applications."""
    stays, rollout = stays_of(case.predecessors[name], case.candidate.tag), case.rollouts.get(name)
    ran = [(stay.since, stay.until or case.now) for stay in stays]
    if rollout is not None:
        for one in listed(case, rollout):
            ran = both(ran, spans(one, stays, rollout, case.now))
    return ran


def _since(case: Case, name: str, start: _Start) -> str:
    when = times.format_time(start.at, case.zone)
    if start.by == "argocd":
        return f"Argo CD deployed it to {name} at {when}"
    forgot = ", and Argo CD no longer tells when it was deployed" if start.by != "git" else ""
    return f"{name}'s manifest has held it since {when}{forgot}"


def _counted(timeline: Timeline, last: Stay) -> list[Stay]:
    """The stays since it came, or came back after it was last left backwards: others in between are fine."""
    counted: list[Stay] = []
    for stay in timeline.stays:
        if stay.tag == last.tag:
            counted = [] if stay.ended in {"backwards", "removed"} else [*counted, stay]
    return counted or [last]
