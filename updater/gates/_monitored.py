"""What `alerts`, `metrics` and `soak` ask Prometheus alike, and how it is told. Pure.

It is asked about a time, never about now only: so nothing falls between two passes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from urllib.parse import urlencode

from updater import times
from updater.gates._arrivals import Start, arrived, rollout_questions
from updater.model import (
    AlertsOf,
    Case,
    FiredAlert,
    Gap,
    GapsOf,
    LoadedRules,
    Question,
    RulesOf,
    Ruling,
    Unreadable,
    Watched,
)
from updater.reasons import Reason, hold_reasons

LONGEST = timedelta(days=14)
"""So far back is asked at most: Prometheus keeps 15 days unless told otherwise."""
_NAMED = 5


def begun_asked(begun: Start, now: datetime, quiet: timedelta = timedelta()) -> datetime:
    """From when on it is asked: the arrival, or earlier where it has to have been quiet for longer."""
    return max(min(begun.at, now - quiet), now - LONGEST)


def is_cut(begun: Start, now: datetime) -> bool:
    """It arrived before what is asked about."""
    return begun.at < now - LONGEST


def questions_since(case: Case, reason: Reason, quiet: timedelta = timedelta()) -> frozenset[Question]:
    """What has to be known of the alerts of all predecessors, once Argo CD has answered."""
    if not rollout_questions(case) <= case.answers.keys():
        return rollout_questions(case)
    found = set[Question]()
    for name in case.predecessors:
        watched, begun = case.watched.get(name), arrived(case, name, reason)
        if isinstance(begun, Start) and watched is not None:
            found |= set(alert_questions(watched, begun_asked(begun, case.now, quiet), case.now))
    return rollout_questions(case) | found


def alert_questions(watched: Watched, since: datetime, until: datetime) -> Iterator[Question]:
    if watched.alerts is not None:
        yield AlertsOf(watched.cluster, watched.alerts, since, until)
        if watched.alerts.rules:
            yield RulesOf(watched.cluster)
        yield from heartbeat_questions(watched, since, until)


def heartbeat_questions(watched: Watched, since: datetime, until: datetime) -> Iterator[GapsOf]:
    if watched.heartbeat is not None:
        yield GapsOf(watched.cluster, watched.heartbeat, since, until)


def fired_since(
    case: Case, name: str, begun: Start, quiet: timedelta = timedelta()
) -> tuple[FiredAlert, ...] | Ruling:
    """What has fired about it there since it arrived, or in that time; or why nobody can say."""
    watched = case.watched.get(name)
    if watched is None or watched.alerts is None:
        said = f"config says of no alerts in {name} that they are about it: write alerts: {{match: …}} there"
        return Ruling(hold_reasons.MONITORING_UNREADABLE, False, said)
    since = begun_asked(begun, case.now, quiet)
    against = unwatched(case, name, watched, since) or _without_rules(case, name, watched)
    found = case.answers[AlertsOf(watched.cluster, watched.alerts, since, case.now)]
    if isinstance(found, Unreadable):
        return unreadable(found)
    return against or fired_in(found)


def fired_in(answer: object) -> tuple[FiredAlert, ...]:
    found = answer if isinstance(answer, tuple) else ()
    return tuple(each for each in found if isinstance(each, FiredAlert))


def unreadable(reading: Unreadable) -> Ruling:
    return Ruling.unreadable(hold_reasons.MONITORING_UNREADABLE, reading)


def unwatched(case: Case, name: str, watched: Watched, since: datetime) -> Ruling | None:
    """By its heartbeat, monitoring was away for a part of that time."""
    for question in heartbeat_questions(watched, since, case.now):
        found = case.answers[question]
        if isinstance(found, Unreadable):
            return unreadable(found)
        gap = found[-1] if isinstance(found, tuple) and found else None
        if isinstance(gap, Gap):
            return Ruling(
                hold_reasons.MONITORING_UNREADABLE, False, _away(gap, name, watched, case), waits=True
            )
    return None


def _away(gap: Gap, name: str, watched: Watched, case: Case) -> str:
    since = times.format_time(gap.since, case.zone)
    until = "" if gap.until >= case.now else f" until {times.format_time(gap.until, case.zone)}"
    return f"nobody has watched {name} from {since} on{until}: {watched.heartbeat} was not there"


def _without_rules(case: Case, name: str, watched: Watched) -> Ruling | None:
    if watched.alerts is None or not watched.alerts.rules:
        return None
    loaded = case.answers[RulesOf(watched.cluster)]
    if isinstance(loaded, Unreadable):
        return unreadable(loaded)
    known = loaded.names if isinstance(loaded, LoadedRules) else frozenset()
    missing = [rule for rule in watched.alerts.rules if rule not in known]
    if not missing:
        return None
    said = f"the Prometheus of {name} has loaded no rule {_listed(missing)}, so that could not fire"
    return Ruling(hold_reasons.NO_RULES, False, said, waits=True)


def last_fired(found: Iterable[FiredAlert], now: datetime) -> datetime | None:
    """When any of those last fired that nobody has silenced; None: none did."""
    ends = (now if each.firing else each.until or now for each in found if not each.silenced)
    return max(ends, default=None)


def named(alerts: Iterable[FiredAlert]) -> str:
    return _listed(sorted({each.name for each in alerts}))


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def silenced_words(alerts: Iterable[FiredAlert]) -> str:
    """What somebody has silenced blocks nothing, and is named."""
    told = dict.fromkeys(f"{each.name} is silenced ({each.silenced})" for each in alerts if each.silenced)
    return "".join(f"; {each}" for each in list(told)[:_NAMED])


def graph(page: str | None, *queries: str) -> str | None:
    """Where people see them drawn, on the page of Prometheus; None: nobody knows that page."""
    if page is None or not queries:
        return None
    panels = [
        pair
        for number, query in enumerate(queries[:_NAMED])
        for pair in ((f"g{number}.expr", query), (f"g{number}.tab", "0"), (f"g{number}.range_input", "1d"))
    ]
    return f"{page.rstrip('/')}/graph?{urlencode(panels)}"
