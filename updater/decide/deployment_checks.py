"""What health and alerts say of a deployment in its span. Pure.

What began before the sync does not count against it, and what cannot be told apart counts for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from updater import times
from updater.argocd_history import LASTS, SICK, arrival, is_lasting, runs, sick_since
from updater.config.verifying import Check
from updater.decide.deployment_sync import applications_in
from updater.model import (
    AlertsOf,
    Application,
    FiredAlert,
    Gap,
    GapsOf,
    LoadedRules,
    Question,
    Rollout,
    RulesOf,
    Stay,
    Unreadable,
    Watched,
)
from updater.situation import PlacementState, Situation
from updater.value_class import value_class

TRIES = timedelta(minutes=20)
"""So long after its end it is asked again what could not be read."""
_EARLIER = timedelta(hours=1)
"""So long before its own commit one of another app may have come that the same sync brings."""
_NAMED = 5

Found: TypeAlias = Literal["well", "failed", "waits", "unknown"]
"""All is well so far; it failed; it cannot be said yet; it cannot be said of this span."""


@value_class
class Checked:
    check: Check
    found: Found
    sentence: str


@value_class
class WatchedSpan:
    """The time in which a deployment has to be well."""

    stay: Stay
    since: datetime
    """The sync."""
    end: datetime
    until: datetime
    """As far as it has gone: now, its end, or the end of the stay."""


@value_class
class DeploymentChecks:
    """One deployment of an app in an environment, and what is known of it."""

    span: WatchedSpan
    state: PlacementState
    situation: Situation

    @property
    def watched(self) -> Watched:
        return self.state.policy.watched or Watched()

    def at(self, instant: datetime) -> str:
        return times.format_time(instant, self.state.policy.tags.scheme.zone)

    # --- monitoring ---------------------------------------------------------------------------------------

    def gap_questions(self) -> Iterator[Question]:
        if self.watched.heartbeat is not None:
            span = self.span
            yield GapsOf(self.watched.cluster, self.watched.heartbeat, span.since, span.until)

    def unwatched(self) -> str | None:
        """Why nobody has watched all of the span so far, by the heartbeat."""
        for question in self.gap_questions():
            answer = self.situation.answers[question]
            if isinstance(answer, Unreadable):
                return answer.why
            gaps = [each for each in answer if isinstance(each, Gap)] if isinstance(answer, tuple) else []
            if gaps:
                when = f"from {self.at(gaps[0].since)} to {self.at(gaps[0].until)}"
                return f"nobody watched {when}: {self.watched.heartbeat} was not there"
        return None

    # --- alerts -------------------------------------------------------------------------------------------

    def alert_questions(self) -> Iterator[Question]:
        watched, span = self.watched, self.span
        if watched.alerts is not None:
            yield AlertsOf(watched.cluster, watched.alerts, span.since, span.until)
            yield from self.gap_questions()
            if watched.alerts.rules:
                yield RulesOf(watched.cluster)

    def alerts(self) -> Checked:
        watched, span = self.watched, self.span
        assert watched.alerts is not None, "config names what is verified only where it can be asked"
        answer = self.situation.answers[AlertsOf(watched.cluster, watched.alerts, span.since, span.until)]
        if isinstance(answer, Unreadable):
            return Checked("alerts", "waits", answer.why)
        fired = [each for each in answer if isinstance(each, FiredAlert)] if isinstance(answer, tuple) else []
        new = [each for each in fired if not each.silenced and not self._is_older(each)]
        if new:
            return Checked("alerts", "failed", self._fired(new))
        if (why := self.unwatched()) is not None:
            return Checked("alerts", "waits", why)
        if (missing := self._missing_rules()) is not None:
            return missing
        return Checked("alerts", "well", f"no alert fired since {self.at(span.since)}{self._besides(fired)}")

    def _is_older(self, alert: FiredAlert) -> bool:
        return alert.before or (alert.since is not None and alert.since < self.span.since)

    def _fired(self, alerts: Sequence[FiredAlert]) -> str:
        since = min((each.since for each in alerts if each.since is not None), default=None)
        names = list(dict.fromkeys(each.name for each in alerts))
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        return f"{', '.join(names[:_NAMED])}{more} fired" + (f" from {self.at(since)} on" if since else "")

    def _missing_rules(self) -> Checked | None:
        match = self.watched.alerts
        if match is None or not match.rules:
            return None
        answer = self.situation.answers[RulesOf(self.watched.cluster)]
        if isinstance(answer, Unreadable):
            return Checked("alerts", "waits", answer.why)
        loaded = answer.names if isinstance(answer, LoadedRules) else frozenset()
        missing = [name for name in match.rules if name not in loaded]
        if not missing:
            return None
        named = ", ".join(missing[:_NAMED])
        return Checked("alerts", "unknown", f"no rule {named} is loaded, so that could not fire")

    def _besides(self, fired: Sequence[FiredAlert]) -> str:
        silenced = dict.fromkeys(f"{each.name} ({each.silenced})" for each in fired if each.silenced)
        older = dict.fromkeys(each.name for each in fired if self._is_older(each) and not each.silenced)
        told = [f"silenced: {each}" for each in silenced] + [f"{each} fired before, too" for each in older]
        return "".join(f"; {each}" for each in told[:_NAMED])

    # --- health -------------------------------------------------------------------------------------------

    def health(self) -> Checked:
        rollout, now = self.state.rollout, self.situation.now
        assert rollout is not None, "as for alerts"
        if self.span.stay.until is not None:
            return Checked("health", "unknown", "Argo CD tells only how what runs now is")
        answer = self.situation.answers[rollout.question]
        said = [self._health_of(one, rollout, now) for one in applications_in(answer)]
        for found in ("failed", "unknown", "waits"):
            against = next((each for each in said if each.found == found), None)
            if against is not None:
                return against
        return said[0]

    def _health_of(self, one: Application, rollout: Rollout, now: datetime) -> Checked:
        if not runs(one, [self.span.stay], rollout):
            return Checked("health", "unknown", f"{one.label} runs something else")
        if one.health in SICK:
            return self._sick(one, now)
        if one.health != "Healthy":
            return Checked("health", "waits", f"{one.label} is {one.health or 'of unknown health'}")
        if one.phase != "Succeeded" or one.finished is None:
            said = f"the last sync of {one.label} is not done well: {one.phase or 'there was none'}"
            return Checked("health", "waits", said)
        if one.reconciled is None or one.reconciled < one.finished:
            said = f"Argo CD has not looked at {one.label} since it synced"
            return Checked("health", "waits", said)
        return self._healthy(one, now)

    def _healthy(self, one: Application, now: datetime) -> Checked:
        """How it was meanwhile Argo CD does not tell those who come too late to have looked."""
        turned = one.health_since
        if now > self.span.end + TRIES and (turned is None or turned > self.span.since + LASTS):
            return Checked("health", "unknown", f"nobody looked at {one.label} while it had to be well")
        return Checked("health", "well", f"{one.label} is Healthy")

    def _sick(self, one: Application, now: datetime) -> Checked:
        since = sick_since(one)
        if since is None:
            return Checked("health", "waits", f"{one.label} is {one.health}, and nobody knows since when")
        told = f"{one.label} is {one.health} since {self.at(since)}"
        if since < self.span.since:
            return Checked("health", "unknown", f"{told}, before it was synced")
        if since > self.span.end:
            return Checked("health", "well", f"{told}, after its time was over")
        if not is_lasting(one, now):
            return Checked("health", "waits", f"{told}; that counts once it has lasted")
        if (other := self._moved_with_it(one)) is not None:
            return Checked("health", "unknown", f"{told}, and {other} moved in it, too: it may be either")
        return Checked("health", "failed", told)

    def _moved_with_it(self, one: Application) -> str | None:
        """Another app that the same Application brought in that time: the sickness may be its own."""
        own = self.state.policy.health
        for placement, other in self.situation.states.items():
            health = other.policy.health
            if other is self.state or own is None or health is None:
                continue
            if health.applications.cluster != own.applications.cluster:
                continue
            answer = self.situation.answers.get(health)
            if any(_same(one, its) for its in applications_in(answer)) and self._came(one, other):
                return str(placement)
        return None

    def _came(self, one: Application, other: PlacementState) -> bool:
        if other.rollout is None:
            return False
        for stay in reversed(other.timeline.stays):
            if stay.since < self.span.stay.since - _EARLIER:
                return False
            there = arrival(one, [stay], other.rollout)
            at = (there.at or there.latest) if there is not None else None
            if at is not None and self.span.since <= at <= self.span.until:
                return True
        return False


def _same(one: Application, other: Application) -> bool:
    return (one.name, one.namespace) == (other.name, other.namespace)
