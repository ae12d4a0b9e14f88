"""To say of every app in every environment which tag it should hold, and why. Pure: no clock, no I/O."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from updater.config import Limits
from updater.decide.automatic_rollback import promotion, ways_back
from updater.decide.candidates import (
    awaits_its_date,
    candidates,
    cut_listings,
    not_followed,
    nothing_newer,
    undated_remarks,
)
from updater.decide.cases import Surroundings, case_of
from updater.decide.evaluation import (
    has_unread,
    judge,
    judge_fully,
    remarks,
    unanswered_questions,
)
from updater.decide.kept_decisions import KeptDecisions
from updater.decide.known_objections import known_objections
from updater.decide.manual_requests import decide_request
from updater.decide.open_proposal import with_gone_tags
from updater.decide.preconditions import (
    incomplete_listings,
    unknown_before,
    unmet_preconditions,
    unread_verdicts,
)
from updater.messages import bug_ruling
from updater.model import (
    Case,
    Decision,
    DigestOf,
    Hold,
    Listing,
    Needs,
    Placement,
    Promote,
    Question,
    Request,
    Ruling,
    Verdict,
    Version,
    WayBack,
)
from updater.reasons import Reason, hold_reasons
from updater.situation import PlacementState, Situation

_ONE_BY_ONE = 3
"""Candidates that are asked about one after the other: nearly always one of these passes."""
_Decide = Callable[[PlacementState, Situation], Decision | Needs]


def decide(
    situation: Situation, request: Request | None = None, kept: KeptDecisions | None = None
) -> Mapping[Placement, Decision | Needs]:
    """One answer for each app in each environment, nothing skipped; a person's request is about one.

    `kept` remembers decisions: it changes the cost, not the answer.
    """
    kept = kept or KeptDecisions()
    if request is not None:
        mine, usual = situation.states[request.placement], partial(_decide_one, kept)
        return {request.placement: _contained(mine, situation, partial(decide_request, request, usual))}
    ways, heard = ways_back(situation), kept.rounds.begin(situation)
    usual = partial(_decide_anew, kept)
    return {
        placement: _contained(state, heard, partial(_decide_or_go_back, ways.get(placement), usual))
        for placement, state in situation.states.items()
    }


def _decide_or_go_back(
    way: WayBack | frozenset[Question] | None,
    decide_usual: _Decide,
    state: PlacementState,
    situation: Situation,
) -> Decision | Needs:
    """What goes back goes nowhere else in that pass; all that its pull request shows is judged as ever."""
    usual = decide_usual(state, situation)
    if isinstance(way, frozenset):
        more = usual.questions if isinstance(usual, Needs) else frozenset[Question]()
        return Needs(state.policy.placement, way | more)
    if way is None or not way.moves:
        return usual
    back = promotion(way, state)
    return usual if isinstance(usual, Needs) else replace(back, shown=usual.shown)


def _contained(
    state: PlacementState,
    situation: Situation,
    answer: _Decide,
) -> Decision | Needs:
    """A mistake of ours about one app in one environment holds that one, and nobody else."""
    try:
        return answer(state, situation)
    except Exception as error:  # noqa: BLE001 - whatever it is
        return Hold(state.policy.placement, state.current, (bug_ruling(error),))


def give_up(answer: Decision | Needs, situation: Situation) -> Decision:
    """A decision that has asked too often: it holds for what is known of the newest candidate."""
    if not isinstance(answer, Needs):
        return answer
    if answer.considered:
        return _hold_for_best(answer.considered, situation.states[answer.placement], situation)
    reason = Ruling(
        hold_reasons.STILL_ASKING,
        False,
        "more had to be looked up than one pass may: many newer candidates do not pass",
        waits=True,
    )
    return Hold(answer.placement, situation.states[answer.placement].current, (reason,))


def apply_limits(
    decisions: Iterable[Decision], situation: Situation, limits: Limits, idle: Collection[Placement] = ()
) -> Iterator[Decision]:
    """At most so many promotions in one pass and so many open proposals; what stands is not counted anew.

    Nor are the `idle`, for which nothing is written: they would take the turn of others in every pass.
    """
    left = limits.promotions_per_pass
    proposals = (each for state in situation.states.values() for each in (state.proposal, state.group))
    opened = {proposal.pull_request.branch for proposal in proposals if proposal is not None}
    room = limits.open_proposals - len(opened)
    for decision in decisions:
        state = situation.states[decision.placement]
        free = decision.placement in idle
        if free or not isinstance(decision, Promote) or decision.request or _stands(decision, state):
            yield decision
            continue
        opens = state.policy.deliver == "pull-request" and state.branch not in opened
        if left <= 0 or (opens and room <= 0):
            yield _beyond(decision, hold_reasons.LIMIT if left <= 0 else hold_reasons.OPEN_PROPOSALS)
            continue
        left, room = left - 1, room - opens
        opened.add(state.branch)
        yield decision


def is_limited(decision: Decision) -> bool:
    """It waits for nothing but its turn."""
    reasons = decision.reasons if isinstance(decision, Hold) else ()
    return any(ruling.reason in _SAYS for ruling in reasons)


_SAYS = {
    hold_reasons.LIMIT: "this pass has promoted as many apps as it may (limits.promotions_per_pass)",
    hold_reasons.OPEN_PROPOSALS: "as many pull requests are open as may be (limits.open_proposals)",
}


def _beyond(decision: Promote, reason: Reason) -> Hold:
    ruling = Ruling(reason, False, _SAYS[reason], waits=True)
    return Hold(
        decision.placement,
        decision.current,
        (ruling,),
        decision.tag,
        decision.considered,
        decision.shown,
        decision.remarks,
    )


def _stands(decision: Promote, state: PlacementState) -> bool:
    return state.proposal is not None and state.proposal.marker.tag == decision.tag


def _decide_anew(kept: KeptDecisions, state: PlacementState, situation: Situation) -> Decision | Needs:
    """Only where an answer has come that the last round looked for."""
    known = kept.rounds.of(state)
    return known or kept.rounds.keep(_decide_one(kept, state, situation), state)


def _decide_one(kept: KeptDecisions, state: PlacementState, situation: Situation) -> Decision | Needs:
    """The decision, with what is said now of the tag that our pull request shows."""
    answer, shown = kept.of(state, situation) or _decided(kept, state, situation), _shown(state, situation)
    if isinstance(shown, frozenset) or isinstance(answer, Needs):
        asked_for = answer if isinstance(answer, Needs) else Needs(state.policy.placement, frozenset())
        more = shown if isinstance(shown, frozenset) else frozenset[Question]()
        return replace(asked_for, questions=asked_for.questions | more)
    return answer if shown is None else replace(answer, shown=shown)


def _shown(state: PlacementState, situation: Situation) -> Verdict | frozenset[Question] | None:
    if state.proposal is None or state.trouble or any(unknown_before(state, situation)):
        return None
    tag, tags = state.proposal.marker.tag, state.policy.tags
    version = tags.scheme.read(tag)
    if version is None and not tags.allowed(tag) and not awaits_its_date(tag, tags.scheme):
        return Verdict(tag, (not_followed(tags),), partial=_is_unheard(state, situation))
    case = case_of(version or Version((), tag), state, situation)
    judged = known_objections if _is_unheard(state, situation) else _all_of
    return judged(case, state, situation)


def _is_unheard(state: PlacementState, situation: Situation) -> bool:
    """The lists or the record of verdicts are not whole: nobody can say that all is well."""
    unheard = state.unheard or incomplete_listings(state, situation)
    return bool(unheard) or any(unread_verdicts(state, situation))


def _all_of(case: Case, state: PlacementState, situation: Situation) -> Verdict | frozenset[Question] | None:
    unasked = unanswered_questions(case, state)
    if unasked:
        return unasked
    rulings = _certain(judge_fully(case, state), situation)
    if rulings is None:
        return None
    if has_unread(case, state, rulings):
        return known_objections(case, state, situation)
    return with_gone_tags(Verdict(case.candidate.tag, rulings), state, situation)


def _certain(rulings: tuple[Ruling, ...], situation: Situation) -> tuple[Ruling, ...] | None:
    """By a clock that is wrong nobody can say what the time makes of it; what is so is so."""
    if situation.skew is None or all(ruling.reason.about != "time" for ruling in rulings):
        return rulings
    facts = tuple(ruling for ruling in rulings if ruling.reason.about != "time")
    return facts if any(not ruling.passes for ruling in facts) else None


def _decided(kept: KeptDecisions, state: PlacementState, situation: Situation) -> Decision | Needs:
    placement = state.policy.placement
    against = unmet_preconditions(state, situation)
    if against:
        return Hold(placement, state.current, against)
    found = candidates(state, situation)
    if not found:
        return kept.keep(_nothing(state, situation), state, situation)
    decision = _choose(found, state, situation)
    if isinstance(decision, Needs):
        return decision
    return replace(decision, remarks=(*decision.remarks, *cut_listings(found, state, situation)))


def _nothing(state: PlacementState, situation: Situation) -> Hold:
    none = nothing_newer(state, situation)
    besides = (ruling for ruling in undated_remarks(state, situation) if ruling != none)
    return Hold(state.policy.placement, state.current, (none,), remarks=tuple(besides))


def _choose(found: Sequence[Version], state: PlacementState, situation: Situation) -> Decision | Needs:
    """Of the candidates, newest first, the first that nothing is said against."""
    considered, around = list[Verdict](), Surroundings.of(state, situation)
    for candidate in found:
        case = around.case_of(candidate)
        rulings = judge(case, state)
        if isinstance(rulings, frozenset):
            older = found[len(considered) + 1 :][: _ahead(considered, state, situation)]
            more = [judge(around.case_of(each), state) for each in older]
            asked = rulings.union(*(each for each in more if isinstance(each, frozenset)))
            return Needs(state.policy.placement, asked, tuple(considered))
        verdict = Verdict(candidate.tag, rulings)
        if not verdict.against:
            skipped = sum(other < candidate for other in found)
            return _promote(case, verdict, state, skipped, tuple(considered))
        considered.append(verdict)
        if has_unread(
            case, state, rulings
        ):  # a failed reading must not make an older one the newest that passes
            return _hold(verdict, state, considered)
    return _shown_early(found, considered, state, situation) or _hold_for_best(considered, state, situation)


def _ahead(considered: Sequence[Verdict], state: PlacementState, situation: Situation) -> int:
    """How many older candidates are asked about beside one: as many as were in vain, after a few.

    One by one a pass would end before it comes to one that passes, and the next would begin anew.
    """
    first = state.policy.images[0]
    in_vain = sum(DigestOf(first, verdict.tag) in situation.answers for verdict in considered)
    return in_vain if in_vain > _ONE_BY_ONE else 0


def _shown_early(
    found: Sequence[Version], considered: Sequence[Verdict], state: PlacementState, situation: Situation
) -> Decision | Needs | None:
    """Where config says `open: early`: the newest that only time keeps away may be shown already."""
    if state.policy.pull_request.open != "early" or state.policy.deliver != "pull-request":
        return None
    for candidate, verdict in zip(found, considered, strict=True):
        if not all(ruling.waits for ruling in verdict.against) or not _may_show(candidate, state):
            continue
        case = case_of(candidate, state, situation)
        unasked = unanswered_questions(case, state)
        if unasked:
            return Needs(state.policy.placement, unasked)
        full = Verdict(candidate.tag, judge_fully(case, state))
        if all(ruling.waits for ruling in full.against) and not has_unread(case, state, full.rulings):
            skipped = sum(other < candidate for other in found)
            return replace(_promote(case, full, state, skipped, tuple(considered)), early=True)
    return None


def _may_show(candidate: Version, state: PlacementState) -> bool:
    """What is shown stays until a newer one passes every gate."""
    return state.proposal is None or state.proposal.marker.tag == candidate.tag


def _promote(
    case: Case, verdict: Verdict, state: PlacementState, skipped: int, considered: tuple[Verdict, ...]
) -> Promote:
    digests = {image: str(case.answers[DigestOf(image, verdict.tag)]) for image in case.images}
    return Promote(
        state.policy.placement,
        state.current,
        verdict.tag,
        digests,
        verdict.rulings,
        skipped,
        considered,
        remarks=remarks(considered),
    )


def _hold_for_best(considered: Sequence[Verdict], state: PlacementState, situation: Situation) -> Hold:
    """For the newest that is one: a tag of tomorrow, or of a chart, decides nothing."""
    best = next((verdict for verdict in considered if not remarks([verdict])), None)
    if best is not None:
        return _hold(best, state, considered)
    none = _nothing_else(state, _without({verdict.tag for verdict in considered}, state, situation))
    return Hold(
        state.policy.placement,
        state.current,
        (none,),
        considered=tuple(considered),
        remarks=remarks(considered),
    )


def _nothing_else(state: PlacementState, situation: Situation) -> Ruling:
    """What the scheme reads there is, and none of it can run."""
    none = nothing_newer(state, situation)
    if none.reason != hold_reasons.NO_CANDIDATE:
        return none
    said = f"it runs {state.current or 'nothing'}: nothing newer is there that could run"
    return Ruling(hold_reasons.NOT_NEWER, False, said)


def _without(tags: Collection[str], state: PlacementState, situation: Situation) -> Situation:
    """As if the registry did not list them."""
    listed = ((image, situation.listings[image]) for image in state.policy.images)
    left = {
        image: replace(listing, text="\n".join(tag for tag in listing.tags if tag not in tags))
        for image, listing in listed
        if isinstance(listing, Listing)
    }
    return replace(situation, listings={**situation.listings, **left})


def _hold(verdict: Verdict, state: PlacementState, considered: Sequence[Verdict]) -> Hold:
    return Hold(
        state.policy.placement,
        state.current,
        verdict.against,
        verdict.tag,
        tuple(considered),
        remarks=remarks(considered),
    )
