"""To say of every app in every environment which tag it should hold, and why. Pure: no clock, no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from updater.decide.asked import asked
from updater.decide.candidates import candidates, nothing_newer
from updater.decide.doubts import doubts
from updater.decide.judging import case_of, judge, unread
from updater.facts import Facts, State
from updater.model import (
    Case,
    Decision,
    DigestOf,
    Hold,
    Needs,
    Placement,
    Promote,
    Request,
    Ruling,
    Verdict,
    Version,
)


def decide(facts: Facts, request: Request | None = None) -> Mapping[Placement, Decision | Needs]:
    """One answer for each app in each environment, nothing skipped; a person's request is about one."""
    if request is not None:
        return {request.placement: asked(request, facts, _decide_one)}
    return {placement: _decide_one(state, facts) for placement, state in facts.states.items()}


def unanswered(answer: Decision | Needs, facts: Facts) -> Decision:
    """A decision that has asked too often: it holds until the next pass."""
    if not isinstance(answer, Needs):
        return answer
    reason = Ruling(
        "still_asking", False, "more had to be looked up than one pass may; the next goes on", waits=True
    )
    return Hold(answer.placement, facts.states[answer.placement].current, (reason,))


def limited(decisions: Iterable[Decision], facts: Facts, limit: int) -> Iterator[Decision]:
    """At most so many promotions in one pass, proposals that stand not counted; the others hold."""
    for decision in decisions:
        if isinstance(decision, Promote) and not _stands(decision, facts.states[decision.placement]):
            limit -= 1
            if limit < 0:
                reason = Ruling("limit", False, "this pass has promoted as many apps as it may", waits=True)
                yield Hold(decision.placement, decision.current, (reason,), decision.tag, decision.considered)
                continue
        yield decision


def _stands(decision: Promote, state: State) -> bool:
    return state.proposal is not None and state.proposal.marker.tag == decision.tag


def _decide_one(state: State, facts: Facts) -> Decision | Needs:
    placement = state.policy.placement
    against = doubts(state, facts)
    if against:
        return Hold(placement, state.current, against)
    found = candidates(state, facts)
    if not found:
        return Hold(placement, state.current, (nothing_newer(state, facts),))
    return _choose(found, state, facts)


def _choose(found: Sequence[Version], state: State, facts: Facts) -> Decision | Needs:
    """Of the candidates, newest first, the first that nothing is said against."""
    considered = list[Verdict]()
    for candidate in found:
        case = case_of(candidate, state, facts)
        rulings = judge(case, state)
        if isinstance(rulings, frozenset):
            return Needs(state.policy.placement, rulings)
        verdict = Verdict(candidate.tag, rulings)
        if not verdict.against:
            skipped = sum(other < candidate for other in found)
            return _promote(case, verdict, state, skipped, tuple(considered))
        considered.append(verdict)
        if unread(case, state):  # a failed reading must not make an older one the newest that passes
            return _hold(verdict, state, considered)
    return _hold(considered[0], state, considered)


def _promote(
    case: Case, verdict: Verdict, state: State, skipped: int, considered: tuple[Verdict, ...]
) -> Promote:
    digests = {image: str(case.answers[DigestOf(image, verdict.tag)]) for image in case.images}
    return Promote(
        state.policy.placement, state.current, verdict.tag, digests, verdict.rulings, skipped, considered
    )


def _hold(verdict: Verdict, state: State, considered: Sequence[Verdict]) -> Hold:
    return Hold(state.policy.placement, state.current, verdict.against, verdict.tag, tuple(considered))
