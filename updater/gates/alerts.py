"""`alerts`: no alert about the app has fired at the predecessors since the candidate arrived there. Pure.

Nor in the last `quiet`. What fires where the candidate is to go keeps only us from deploying it: it may be
the cure, so a person can merge it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, Field, model_validator

from updater import label_matchers, times
from updater.gates._arrivals import Start, arrived, remembered, rollout_questions
from updater.gates._monitored import (
    LONGEST,
    fired_in,
    fired_since,
    graph,
    is_cut,
    named,
    questions_since,
    silenced_words,
    unreadable,
)
from updater.gates.gate import Gate
from updater.model import GAP, AlertsOf, Case, FiredAlert, Question, Ruling, Unreadable, Watched
from updater.reasons import Reason, hold_reasons
from updater.settings import Duration

_EXACT = timedelta(minutes=1)
"""When an alert last fired is known to the minute."""
REASON = Reason(
    "alerts",
    "time",
    "No alert about the app may have fired in the environments before this one since the tag arrived there; "
    "and what fires here keeps the updater, though no person, from deploying it.",
    overridable=True,
    asked_of_rollback=False,
    ends="it was quiet for long enough",
)


def _quiet(length: timedelta) -> timedelta:
    if length > LONGEST:
        raise ValueError(f"Prometheus is asked of {times.format_duration(LONGEST)} at most: write less")
    return length


class Alerts(Gate):
    """`alerts: true`, or `alerts: {quiet: 30m}`; which they are, `alerts:` of each environment says."""

    reason: ClassVar[Reason] = REASON

    quiet: Annotated[Duration, AfterValidator(_quiet)] = Field(
        default=timedelta(), description="for how long nothing may have fired, whenever the tag arrived"
    )
    """For so long nothing has fired, whenever it arrived."""

    @model_validator(mode="before")
    @classmethod
    def _from_a_word(cls, value: Any) -> Any:  # noqa: ANN401 - whatever the YAML holds
        return {} if value is True else {"quiet": value} if isinstance(value, str) else value

    def weaker_than(self, bound: Self) -> str | None:
        if self.quiet >= bound.quiet:
            return None
        return f"quiet is less than {times.format_duration(bound.quiet)}"

    def judge(self, case: Case) -> Ruling | frozenset[Question]:
        if not rollout_questions(case) <= case.answers.keys():
            return rollout_questions(case)
        begun = {name: arrived(case, name, REASON) for name in case.predecessors}
        missing = next((each for each in begun.values() if isinstance(each, Ruling)), None)
        if missing is not None:
            return missing
        questions = questions_since(case, REASON, self.quiet) | frozenset(self._of_target(case))
        if not questions <= case.answers.keys():
            return questions
        starts = {name: each for name, each in begun.items() if isinstance(each, Start)}
        said = [self._judge_one(case, name, each) for name, each in starts.items()]
        against = next((ruling for ruling in said if not ruling.passes), None)
        return against or self._together(case, said, starts)

    # --- what has fired before ----------------------------------------------------------------------------

    def _judge_one(self, case: Case, name: str, begun: Start) -> Ruling:
        found = fired_since(case, name, begun, self.quiet)
        if isinstance(found, Ruling):
            return found
        link = _drawn(case.watched.get(name))
        loud = [each for each in found if not each.silenced]
        burned_then = {each.lasting for each in found if _burned_then(each, begun, case.now)}
        fired = [
            each
            for each in loud
            if not _burned_before(each, begun, case.now) and each.lasting not in burned_then
        ]
        if fired:
            said = (
                f"{_fires(fired, name, case)}, and {case.candidate.tag} arrived there at {_at(begun, case)}"
            )
            return Ruling(REASON, False, said + silenced_words(found), waits=True, link=link)
        burned = [each for each in loud if each.firing or self._over(each, case.now) > case.now]
        if burned:
            return self._after_burning(case, name, begun, burned, link)
        said = f"no alert about it has fired in {name} {self._since(case, begun)}"
        past = f"; {named(loud)} burned there when it arrived, and stopped" if loud else ""
        return Ruling(REASON, True, said + past + silenced_words(found), waits=True, link=link)

    def _after_burning(
        self, case: Case, name: str, begun: Start, burned: list[FiredAlert], link: str | None
    ) -> Ruling:
        """It says nothing of the tag, and so nothing says that it is well."""
        goes_on = any(each.firing or each.until is None for each in burned)
        until = None if goes_on else max(self._over(each, case.now) for each in burned)
        if all(_was_over(each, begun) for each in burned):
            said = f"{_fires(burned, name, case)}, before it arrived, and it has to be quiet there"
            asked = f" for {times.format_duration(self.quiet)}"
            return Ruling(REASON, False, said + asked, until=until, waits=True, link=link)
        said = f"{named(burned)} burned in {name} already when it arrived at {_at(begun, case)}"
        why = ", so nobody can tell whether it is well there"
        return Ruling(hold_reasons.UNKNOWN_ALERTS, False, said + why, until=until, waits=True, link=link)

    def _over(self, alert: FiredAlert, now: datetime) -> datetime:
        """Until when it counts; what nobody knows the end of counts for longer than now."""
        return now + GAP if alert.until is None else alert.until + self.quiet

    def _since(self, case: Case, begun: Start) -> str:
        cut = is_cut(begun, case.now)
        since = f"in the last {times.format_duration(LONGEST)}" if cut else f"since {_at(begun, case)}"
        return since + (f", nor in the last {times.format_duration(self.quiet)}" if self.quiet else "")

    # --- what fires where it is to go ---------------------------------------------------------------------

    def _of_target(self, case: Case) -> Iterator[AlertsOf]:
        watched = case.watched.get(case.placement.environment)
        if watched is not None and watched.alerts is not None:
            since = case.now - max(self.quiet, GAP)
            yield AlertsOf(watched.cluster, watched.alerts, since, case.now)

    def _together(self, case: Case, said: list[Ruling], starts: dict[str, Start]) -> Ruling:
        here, sentence = case.placement.environment, "; ".join(each.sentence for each in said)
        known = tuple(pair for name, begun in starts.items() for pair in remembered(name, begun))
        link = next((each.link for each in said if each.link), None)
        front = f"{sentence}; " if sentence else ""
        for question in self._of_target(case):
            found = case.answers[question]
            if isinstance(found, Unreadable):
                unread = unreadable(found)
                said_of = f"{front}of {here} nobody can say: {unread.sentence}"
                return Ruling(unread.reason, False, said_of, waits=True, unread=True, proposable=True)
            loud = [each for each in fired_in(found) if self._is_loud(each, case.now)]
            if loud:
                link = _drawn(case.watched.get(here))
                fires = f"{front}{_fires(loud, here, case)}"
                return Ruling(REASON, False, fires, waits=True, proposable=True, link=link, arrivals=known)
        nothing = sentence or f"no alert about it fires in {here}"
        return Ruling(REASON, True, nothing, waits=True, link=link, arrivals=known)

    def _is_loud(self, alert: FiredAlert, now: datetime) -> bool:
        return not alert.silenced and (alert.firing or (bool(self.quiet) and self._over(alert, now) > now))


def _was_over(alert: FiredAlert, begun: Start) -> bool:
    """It had stopped when the tag came, as exactly as that is looked at."""
    return not alert.firing and alert.until is not None and alert.until < begun.at - _EXACT


def _burned_then(alert: FiredAlert, begun: Start, now: datetime) -> bool:
    """It burned when the tag came, perhaps of a pod that the tag has replaced."""
    return _burned_before(alert, begun, now) and not _was_over(alert, begun)


def _burned_before(alert: FiredAlert, begun: Start, now: datetime) -> bool:
    """What began before the tag came says nothing of it."""
    if alert.since is not None and alert.since < begun.at:
        return True
    return alert.before and not is_cut(begun, now)


def _fires(alerts: list[FiredAlert], name: str, case: Case) -> str:
    """Instants that stay: since when it fires, or when it last did."""
    now = [each for each in alerts if each.firing]
    if now:
        known = [each.since for each in now if each.since is not None]
        since = f" since {times.format_time(min(known), case.zone)}" if len(known) == len(now) else ""
        return f"{named(now)} fires in {name}{since}"
    ends = [each.until for each in alerts if each.until is not None]
    at = f" at {times.format_time(max(ends), case.zone)}" if ends else ""
    return f"{named(alerts)} has fired in {name}{', the last time' if at else ''}{at}"


def _at(begun: Start, case: Case) -> str:
    return times.format_time(begun.at, case.zone)


def _drawn(watched: Watched | None) -> str | None:
    if watched is None or watched.alerts is None:
        return None
    match = label_matchers.filled(label_matchers.parse(watched.alerts.template), watched.alerts.app)
    return graph(watched.page, f"ALERTS{{{', '.join(map(str, match))}}}")
