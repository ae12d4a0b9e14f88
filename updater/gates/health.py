"""`health`: Argo CD shows the candidate synced at the predecessors, and healthy. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

from pydantic import model_validator

from updater import times
from updater.argocd_history import LASTS, SICK, arrived_at, carries, is_lasting, was_taken_back
from updater.gates.after import proven_stay
from updater.gates.gate import Gate
from updater.model import Application, Case, Lineage, Question, Ruling, Stay, Unreadable
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
    without_predecessor: ClassVar[str | None] = (
        "a tag is healthy in the environment before this one, and there is none: write after:"
    )

    required: bool = True

    @model_validator(mode="before")
    @classmethod
    def _from_a_word(cls, value: Any) -> Any:  # noqa: ANN401 - whatever the YAML holds
        return {"required": value} if isinstance(value, bool) else value

    def judge(self, case: Case) -> Ruling | frozenset[Question]:
        if not self.required:
            return _yes("config does not ask for its health here")
        questions = frozenset[Question](rollout.question for rollout in case.rollouts.values())
        if not questions <= case.answers.keys():
            return questions
        said = [_judge_one(case, name) for name in case.predecessors]
        against = next((ruling for ruling in said if not ruling.passes), None)
        return against or _yes("; ".join(ruling.sentence for ruling in said))


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
    applications = [one for one in _listed(found) if isinstance(one, Application)]
    if not applications:
        return _no(f"Argo CD has no Application {rollout.question.applications}, which is to run {name}")
    judged = _judge_current if stay.until is None else _judge_left
    said = [judged(case, name, one, stay, rollout.lineage) for one in applications]
    against = next((ruling for ruling in said if not ruling.passes), None)
    return against or _all_well(name, applications, stay)


def _listed(found: object) -> tuple[object, ...]:
    return found if isinstance(found, tuple) else ()


def _all_well(name: str, applications: list[Application], stay: Stay) -> Ruling:
    names = ", ".join(one.name for one in applications)
    if stay.until is None:
        return _yes(f"Argo CD has it synced and Healthy in {name} ({names})")
    return _yes(f"Argo CD had it synced in {name} ({names})")


def _judge_current(case: Case, name: str, one: Application, stay: Stay, lineage: Lineage) -> Ruling:
    tag = case.candidate.tag
    if one.sync != "Synced":
        return _no(f"{one.name} is {one.sync or 'not compared'}: {_instead(one, stay, lineage, tag)}")
    if not carries(one.revisions, stay, lineage):
        return _no(f"{one.name} is synced to {_short(one.revisions)}, where {name} does not hold {tag}")
    if one.phase != "Succeeded" or one.finished is None:
        return _no(f"the last sync of {one.name} is not done well: {one.phase or 'there was none'}")
    if one.reconciled is None or one.reconciled < one.finished:
        return _no(f"Argo CD has not looked at the health of {one.name} since it synced")
    return _judge_health(case, one)


def _instead(one: Application, stay: Stay, lineage: Lineage, tag: str) -> str:
    """What it runs, where that is not the tag."""
    last = one.history[-1].revisions if one.history else ()
    if last and not carries(last, stay, lineage):
        return f"what it deployed last is {_short(last)}, without {tag}"
    return f"what runs is not what Git says, and {tag} may not be all of it"


def _judge_health(case: Case, one: Application) -> Ruling:
    if one.health == "Healthy":
        return _yes("")
    if one.health not in SICK or one.health_since is None:
        return _no(f"{one.name} is {one.health or 'of unknown health'}")
    since = times.format_time(one.health_since, case.zone)
    if is_lasting(one, case.now):
        return _no(f"{one.name} is {one.health} since {since}")
    counts = times.format_time(one.health_since + LASTS, case.zone)
    return _no(f"{one.name} has turned {one.health} at {since}; from {counts} on that is its state")


def _judge_left(case: Case, name: str, one: Application, stay: Stay, lineage: Lineage) -> Ruling:
    tag = case.candidate.tag
    if arrived_at(one, [stay], lineage) is None:
        return _no(f"the history of {one.name} does not show that {tag} was ever synced in {name}")
    if was_taken_back(one, stay, lineage):
        return _no(f"{one.name} was rolled back from {tag} inside Argo CD")
    return _yes("")


def _short(revisions: tuple[str, ...]) -> str:
    return ", ".join(revision[:10] for revision in revisions) or "nothing"


def _yes(sentence: str) -> Ruling:
    return Ruling(REASON, True, sentence, waits=True)


def _no(sentence: str) -> Ruling:
    return Ruling(REASON, False, sentence, waits=True)
