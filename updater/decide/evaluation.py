"""What rules and gates say of one candidate. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from updater import times
from updater.decide import rules
from updater.decide.open_proposal import digest_rulings
from updater.decide.rounds import look
from updater.decide.rules import clock_skew_rulings
from updater.gates import after, reversible
from updater.gates.digest import Digest
from updater.messages import candidate_branches
from updater.model import (
    APP_VERSION,
    Answer,
    Case,
    Chart,
    ClosedPullRequestsOf,
    DigestOf,
    Image,
    ImageConfig,
    ImageOf,
    Question,
    Ruling,
    Unreadable,
    Verdict,
)
from updater.reasons import hold_reasons
from updater.situation import PlacementState

_ALWAYS = {"digest": Digest()}
"""Gates nobody has to configure."""


def judge(case: Case, state: PlacementState) -> tuple[Ruling, ...] | frozenset[Question]:
    """Dear things last: what has to be looked up is asked for only where nothing else speaks against."""
    said = _said_for_free(case, state)
    if any(ruling.holds for ruling in said):
        return (*said, *(ruling for ruling in _no_images(case) if not ruling.unread))
    unasked = unanswered_questions(case, state)
    return unasked or (*said, *_said_of_answers(case, state))


def judge_fully(case: Case, state: PlacementState) -> tuple[Ruling, ...]:
    """All that can be said, for people who ask why; what nobody has looked up is left out."""
    return (*_said_for_free(case, state), *_said_of_answers(case, state))


def unasked_gates(case: Case, state: PlacementState, rulings: Iterable[Ruling]) -> tuple[str, ...]:
    """Those that have to look something up, which no pass does while something else holds the candidate.

    Of one that is held all the same, only those that config names.
    """
    gates = state.policy.gates if any(said.holds for said in rulings) else {**_ALWAYS, **state.policy.gates}
    return tuple(name for name, gate in gates.items() if isinstance(gate.judge(case), frozenset))


def remarks(considered: Iterable[Verdict]) -> tuple[Ruling, ...]:
    """What is to be said of those that are no tags (yet) that anybody could get, each with its name."""
    return tuple(
        replace(ruling, sentence=f"{verdict.tag}: {ruling.sentence}")
        for verdict in considered
        for ruling in verdict.against
        if ruling.reason.remark
    )


def candidate_questions(case: Case, state: PlacementState) -> frozenset[Question]:
    """What must be known of any candidate: that its images are there and are images, and not rejected."""
    asked: set[Question] = {DigestOf(image, case.candidate.tag) for image in case.images}
    asked.update(ImageOf(image, case.candidate.tag) for image in case.images)
    if _is_new_to_people(case, state):
        asked |= _closed_questions(state)
    return frozenset(asked)


def _closed_questions(state: PlacementState) -> frozenset[ClosedPullRequestsOf]:
    """Also from where it would be proposed if config said otherwise, as it may have."""
    return frozenset(map(ClosedPullRequestsOf, candidate_branches(state.policy.placement)))


def _is_new_to_people(case: Case, state: PlacementState) -> bool:
    """What an open proposal shows nobody has rejected; of all else only the forge knows, however long ago."""
    shown = state.proposal.marker.tag if state.proposal is not None else None
    return state.policy.deliver == "pull-request" and shown != case.candidate.tag


def unanswered_questions(case: Case, state: PlacementState) -> frozenset[Question]:
    """What nobody has looked up yet, of what has to be known and of what gates ask for."""
    asked = candidate_questions(case, state) | _asked_by_gates(case, state)
    return frozenset(question for question in asked if question not in case.answers)


def is_unread(answer: Answer | None) -> bool:
    return isinstance(answer, Unreadable)


def has_unread(case: Case, state: PlacementState, rulings: Iterable[Ruling]) -> bool:
    """Something that had to be looked up could not be read."""
    asked = candidate_questions(case, state)
    unread = any(look(is_unread, question, case.answers) for question in asked)
    return unread or any(said.unread and said.holds for said in rulings)


def _said_for_free(case: Case, state: PlacementState) -> tuple[Ruling, ...]:
    gates = (gate.judge(case) for name, gate in state.policy.gates.items() if name not in _ALWAYS)
    rulings = (ruling for ruling in gates if isinstance(ruling, Ruling))
    told = (_as_delivered(ruling, state) for ruling in rulings)
    return (*rules.objections(case, state), *after.judge(case), *told, *clock_skew_rulings(case, state))


def _as_delivered(ruling: Ruling, state: PlacementState) -> Ruling:
    """What is left to people holds where no person has a say: what is pushed nobody merges."""
    asks_nobody = ruling.proposable and state.policy.deliver != "pull-request"
    return replace(ruling, proposable=False) if asks_nobody else ruling


def _asked_by_gates(case: Case, state: PlacementState) -> frozenset[Question]:
    asked = (gate.judge(case) for gate in state.policy.gates.values())
    return frozenset[Question]().union(*(each for each in asked if isinstance(each, frozenset)))


def _said_of_answers(case: Case, state: PlacementState) -> Iterator[Ruling]:
    """What nobody has looked up is left out."""
    against = [
        *_not_there(case),
        *_no_images(case),
        *_unheard(case, state),
        *digest_rulings(case, state),
    ] or [*_stamp_ahead(case, state)]
    yield from against
    if not against:
        gates = {**_ALWAYS, **state.policy.gates}
        yield from (ruling for name in _ALWAYS if isinstance(ruling := gates[name].judge(case), Ruling))
        yield from _said_of_charts(case)
        yield from reversible.told(case) if "reversible" not in state.policy.gates else ()


def _not_there(case: Case) -> Iterator[Ruling]:
    for image in case.images:
        question = DigestOf(image, case.candidate.tag)
        digest = case.answers.get(question)
        if isinstance(digest, Unreadable):
            yield Ruling.unreadable(digest.reason, digest)
        elif digest is None and question in case.answers:
            yield _not_there_yet(image, case.candidate.tag)
    yield from _moved(case)


def _no_images(case: Case) -> Iterator[Ruling]:
    """Whatever its name: a chart or a signature may stand under it, beside the images."""
    for image in case.images:
        found = look(_instead, ImageOf(image, case.candidate.tag), case.answers)
        if isinstance(found, Unreadable):
            yield Ruling.unreadable(found.reason, found)
        elif found is not None:
            chart = isinstance(image, Chart)
            kind = "Helm chart" if chart else "container image"
            said = f"{case.candidate.tag} of {image} is {found}, and no {kind}"
            yield Ruling(hold_reasons.CHART if chart else hold_reasons.NOT_AN_IMAGE, False, said)


def _instead(answer: Answer | None) -> Unreadable | str | None:
    """What it is in place of what was asked for."""
    if isinstance(answer, ImageConfig):
        return answer.artifact
    return answer if isinstance(answer, Unreadable) else None


def _said_of_charts(case: Case) -> Iterator[Ruling]:
    """What a chart says of itself is evidence for people, and nothing to judge."""
    for image in case.images:
        answer = case.answers.get(ImageOf(image, case.candidate.tag))
        if isinstance(image, Chart) and isinstance(answer, ImageConfig) and answer.artifact is None:
            runs = answer.labels.get(APP_VERSION)
            made = f", made at {times.format_time(answer.created, case.zone)}" if answer.created else ""
            of = f" of {runs}" if runs else ""
            said = f"{case.candidate.tag} of {image} is a Helm chart{of}{made}"
            yield Ruling(hold_reasons.CHART, True, said)


def _moved(case: Case) -> Iterator[Ruling]:
    """Its order rests on what it pointed to when it was looked at."""
    seen = case.candidate.digest
    now = case.answers.get(DigestOf(case.images[0], case.candidate.tag))
    if seen is not None and isinstance(now, str) and now != seen:
        said = f"{case.candidate.tag} of {case.images[0]} was just moved: the next pass reads it anew"
        yield Ruling(hold_reasons.MOVED, False, said, waits=True, unread=True)


def _stamp_ahead(case: Case, state: PlacementState) -> Iterator[Ruling]:
    """A stamp from another zone does not become right by waiting until it has passed."""
    ahead, stamp = state.policy.tags.scheme.ahead, case.candidate.stamp
    if ahead is None or stamp is None:
        return
    for image in case.images:
        answer = case.answers.get(ImageOf(image, case.candidate.tag))
        created = answer.created if isinstance(answer, ImageConfig) else None
        if created and stamp > created + ahead:
            yield _ahead_of(created, stamp, case)


def _ahead_of(created: datetime, stamp: datetime, case: Case) -> Ruling:
    said, made = times.format_time(stamp, case.zone), times.format_time(created, case.zone)
    return Ruling(
        hold_reasons.STAMP_AHEAD,
        False,
        f"its stamp says {said}, and its image was created at {made}, before that: was it stamped by a "
        "clock in another zone, or is it an old build with a new tag?",
    )


def _not_there_yet(image: Image, tag: str) -> Ruling:
    """Some registries list a tag seconds before its manifest can be read."""
    return Ruling(hold_reasons.NOT_THERE_YET, False, f"{image} has no manifest for {tag} (yet)", waits=True)


def _unheard(case: Case, state: PlacementState) -> Iterator[Ruling]:
    """A forge that would not say what was closed: then nobody knows whether this was rejected."""
    answers = (case.answers.get(question) for question in _closed_questions(state))
    silent = next((answer for answer in answers if isinstance(answer, Unreadable)), None)
    if silent is not None and _is_new_to_people(case, state):
        yield Ruling.unreadable(silent.reason, silent)
