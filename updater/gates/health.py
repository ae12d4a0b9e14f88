"""`health`: Argo CD shows the candidate synced at the predecessors, and healthy. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar, Self

from pydantic import Field, model_validator

from updater import times
from updater.argocd_history import LASTS, SICK, Arrival, arrival, deployed_at, is_lasting, runs
from updater.gates._rollouts import listed, stays_of, why_not_running, why_unread
from updater.gates.after import proven_stay
from updater.gates.gate import Gate
from updater.model import Application, Case, Question, Rollout, Ruling, Stay, Unreadable
from updater.reasons import Reason

REASON = Reason(
    "health",
    "time",
    "Argo CD has to show the tag synced in the environments before this one, and healthy.",
    overridable=True,
    asked_of_rollback=False,
)


class Health(Gate):
    """`health: true`; an app may say `health: false` where its environment asks for it."""

    reason: ClassVar[Reason] = REASON
    needs_image: ClassVar[str | None] = (
        "the history of an Application that applies a chart names versions and no commits"
    )
    without_predecessor: ClassVar[str | None] = (
        "a tag is healthy in the environment before this one, and there is none: write after:"
    )

    required: bool = Field(default=True, description="false leaves the gate out")

    @model_validator(mode="before")
    @classmethod
    def _from_a_word(cls, value: Any) -> Any:  # noqa: ANN401 - whatever the YAML holds
        return {"required": value} if isinstance(value, bool) else value

    def weaker_than(self, bound: Self) -> str | None:
        return "it has to be required" if bound.required and not self.required else None

    def judge(self, case: Case) -> Ruling | frozenset[Question]:
        if not self.required:
            return _yes("config does not ask for its health here")
        questions = frozenset[Question](rollout.question for rollout in case.rollouts.values())
        if not questions <= case.answers.keys():
            return questions
        said = [_judge_one(case, name) for name in case.predecessors]
        against = next((ruling for ruling in said if not ruling.passes), None)
        known = tuple(arrival for ruling in said for arrival in ruling.arrivals)
        return against or replace(_yes("; ".join(ruling.sentence for ruling in said)), arrivals=known)


def _judge_one(case: Case, name: str) -> Ruling:
    rollout, stay = case.rollouts.get(name), proven_stay(case.predecessors[name], case.candidate.tag)
    if rollout is None or stay is None:
        why = (
            "config names no Application there" if rollout is None else f"it has not run {case.candidate.tag}"
        )
        return _no(f"Argo CD can say nothing of {name}: {why}")
    found = case.answers[rollout.question]
    if isinstance(found, Unreadable):
        return replace(_no(found.why), unread=True)
    applications = listed(case, rollout)
    if not applications:
        return _no(f"Argo CD has no Application {rollout.question.applications}, which is to run {name}")
    if (unread := why_unread(case, name)) is not None:
        return replace(_no(unread), unread=True)
    judged = _judge_current if stay.until is None else _judge_left
    said = [judged(case, name, one, rollout) for one in applications]
    against = next((ruling for ruling in said if not ruling.passes), None)
    return against or _all_well(case, name, applications, stay, rollout)


def _all_well(case: Case, name: str, applications: list[Application], stay: Stay, rollout: Rollout) -> Ruling:
    names = ", ".join(one.label for one in applications)
    at = deployed_at(applications, [stay], rollout) or case.arrivals.get(name)
    how = "has it synced and Healthy" if stay.until is None else "had it synced"
    said = _yes(f"Argo CD {how} in {name} ({names})")
    return replace(said, arrivals=((name, at),) if at else ())


def _judge_current(case: Case, name: str, one: Application, rollout: Rollout) -> Ruling:
    stays = stays_of(case.predecessors[name], case.candidate.tag)
    if one.last is None or not runs(one, stays, rollout):
        return _no(why_not_running(one, stays, rollout, name))
    if one.sync != "Synced":
        what = f"what runs is not what Git says, and {case.candidate.tag} may not be all of it"
        return _no(f"{one.label} is {one.sync or 'not compared'}: {what}")
    if one.phase != "Succeeded" or one.finished is None:
        return _no(f"the last sync of {one.label} is not done well: {one.phase or 'there was none'}")
    if one.reconciled is None or one.reconciled < one.finished:
        return _no(f"Argo CD has not looked at the health of {one.label} since it synced")
    return _judge_health(case, one)


def _judge_health(case: Case, one: Application) -> Ruling:
    if one.health == "Healthy":
        return _yes("")
    if one.health not in SICK or one.health_since is None:
        return _no(f"{one.label} is {one.health or 'of unknown health'}")
    since = times.format_time(one.health_since, case.zone)
    if is_lasting(one, case.now):
        return _no(f"{one.label} is {one.health} since {since}")
    counts = times.format_time(one.health_since + LASTS, case.zone)
    return _no(f"{one.label} has turned {one.health} at {since}; from {counts} on that is its state")


def _judge_left(case: Case, name: str, one: Application, rollout: Rollout) -> Ruling:
    """It was synced there; what was seen of that once is remembered, for Argo CD cuts its history."""
    tag, stays = case.candidate.tag, stays_of(case.predecessors[name], case.candidate.tag)
    arrived = arrival(one, stays, rollout)
    if arrived is None:
        return _no(why_not_running(one, stays, rollout, name))
    if not (arrived.shown or _is_remembered(case, name, stays, arrived)):
        return _no(
            f"the history of {one.label} is cut, and no longer shows whether {tag} was synced in {name}"
        )
    return _yes("")


def _is_remembered(case: Case, name: str, stays: list[Stay], arrived: Arrival) -> bool:
    """The pull request that shows it knows that it had arrived; people may have written that there.

    So it is believed for a time when Git says that it ran and what Argo CD still shows says nothing else.
    """
    at = case.arrivals.get(name)
    return at is not None and at >= stays[0].since and arrived.allows(at)


def _yes(sentence: str) -> Ruling:
    return Ruling(REASON, True, sentence, waits=True)


def _no(sentence: str) -> Ruling:
    return Ruling(REASON, False, sentence, waits=True)
