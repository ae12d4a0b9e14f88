"""When a tag arrived in an environment, as `soak`, `alerts` and `metrics` count it. Pure.

It arrives when Argo CD deploys it; where config names no Application, when the manifest holds it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from updater import times
from updater.argocd_history import arrival, runs
from updater.gates._rollouts import listed, stays_of, why_not_running, why_unread
from updater.gates.after import proven_stay
from updater.model import Case, Question, Ruling, Stay, Timeline, Unreadable
from updater.reasons import Reason
from updater.value_class import value_class


@value_class
class Start:
    """When a tag began to run in an environment."""

    at: datetime
    by: Literal["git", "argocd", "git, for argocd forgot"]


def rollout_questions(case: Case) -> frozenset[Question]:
    """What Argo CD has to be asked first."""
    return frozenset[Question](rollout.question for rollout in case.rollouts.values())


def arrived(case: Case, name: str, reason: Reason) -> Start | Ruling:
    """When the candidate arrived there; or, by that reason, why nobody can say that it has."""
    timeline, tag = case.predecessors[name], case.candidate.tag
    stay = proven_stay(timeline, tag)
    if stay is None:
        return Ruling(reason, False, f"{name} does not run {tag}")
    if (why := unheard(case, name)) is not None:
        return Ruling(reason, False, why, waits=True, unread=True)
    if (why := not_running(case, name, stay)) is not None:
        return Ruling(reason, False, f"it has not arrived in {name}: {why}", waits=True)
    return start(case, name, counted(timeline, stay))


def unheard(case: Case, name: str) -> str | None:
    """Why Argo CD says nothing of an environment that it runs."""
    rollout = case.rollouts.get(name)
    found = case.answers[rollout.question] if rollout else ()
    if isinstance(found, Unreadable):
        return found.why
    if rollout and not found:
        return f"Argo CD has no Application {rollout.question.applications}, which is to run {name}"
    return why_unread(case, name) if rollout else None


def not_running(case: Case, name: str, stay: Stay) -> str | None:
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


def start(case: Case, name: str, stays: Sequence[Stay]) -> Start:
    """Never before Git held it. What Argo CD no longer shows, its open pull request may know."""
    held, rollout = stays[0].since, case.rollouts.get(name)
    if rollout is None:
        return Start(held, "git")
    found = [arrival(one, stays, rollout) for one in listed(case, rollout)]
    known = [each.at for each in found if each is not None and each.at is not None]
    if None in found:  # it ran before Git went away from it and came back, and was never synced anew
        return Start(max([held, *known]), "git")
    if len(known) == len(found):
        return Start(max([held, *known]), "argocd")
    remembered, cut = (
        case.arrivals.get(name),
        [each for each in found if each is not None and each.at is None],
    )
    if remembered is not None and remembered >= held and all(each.allows(remembered) for each in cut):
        return Start(max([remembered, *known]), "argocd")
    return Start(max([held, *known]), "git, for argocd forgot")


def since_words(case: Case, name: str, begun: Start) -> str:
    when = times.format_time(begun.at, case.zone)
    if begun.by == "argocd":
        return f"Argo CD deployed it to {name} at {when}"
    forgot = ", and Argo CD no longer tells when it was deployed" if begun.by != "git" else ""
    return f"{name}'s manifest has had it since {when}{forgot}"


def counted(timeline: Timeline, last: Stay) -> list[Stay]:
    """The stays since it came, or came back after it was last left backwards: others in between are fine."""
    found: list[Stay] = []
    for stay in timeline.stays:
        if stay.tag == last.tag:
            found = [] if stay.ended in {"backwards", "removed"} else [*found, stay]
    return found or [last]


def remembered(name: str, begun: Start) -> tuple[tuple[str, datetime], ...]:
    """What Argo CD may forget, for the marker of a pull request."""
    return ((name, begun.at),) if begun.by == "argocd" else ()
