"""What a person orders by name: promote, and roll back. Pure.

A name lifts the bars that keep a tag from coming back by itself. It never lifts `forbid`, and gates only
where the person overrides each by its code and says why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from updater.decide.evaluation import candidate_questions, case_of, judge_fully, unanswered_questions
from updater.decide.preconditions import aimed_elsewhere, asked_already, not_ours_to_write, unknown_before
from updater.model import (
    Answer,
    Case,
    ClosedPullRequestsOf,
    Decision,
    DigestOf,
    Hold,
    Needs,
    Promote,
    Question,
    Request,
    Ruling,
    Unreadable,
    Version,
)
from updater.reasons import Reason, hold_reasons
from updater.situation import PlacementState, Situation

_NAMED = 3
"""Tags that a sentence names."""
_BY_NAME = "; asked for by name"


def decide_request(
    request: Request,
    usual: Callable[[PlacementState, Situation], Decision | Needs],
    state: PlacementState,
    situation: Situation,
) -> Decision | Needs:
    """Decide about one placement as a person asked; `usual` finds the tag where they named none."""
    against = (
        state.trouble
        or not_ours_to_write(state)
        or ((state.refused,) if state.refused and request.kind != "rollback" else ())
        or (_silent_forge(state, situation) if request.tag or request.kind == "rollback" else state.unheard)
        or tuple(unknown_before(state, situation))
        or aimed_elsewhere(state)
    )
    if against:
        return Hold(request.placement, state.current, against)
    tag = request.tag or _usual_tag(request, state, situation, usual)
    if isinstance(tag, Hold | Needs):
        return tag
    if state.asked is not None and state.asked.marker.tag != tag:
        return Hold(request.placement, state.current, asked_already(state), tag)
    return _judged(tag, request, state, situation)


def _silent_forge(state: PlacementState, situation: Situation) -> tuple[Ruling, ...]:
    """A tag that is named, or was held, needs no list: only its manifest has to be there."""
    listings = (situation.listings[image] for image in state.policy.images)
    silent = {listing.why for listing in listings if isinstance(listing, Unreadable)}
    heard = (ruling for ruling in state.unheard if ruling not in state.unordered)
    return tuple(ruling for ruling in heard if ruling.sentence not in silent)


def _usual_tag(
    request: Request,
    state: PlacementState,
    situation: Situation,
    usual: Callable[[PlacementState, Situation], Decision | Needs],
) -> str | Hold | Needs:
    if request.kind == "rollback":
        return _way_back(state) or Hold(request.placement, state.current, (_no_way_back(state),))
    answer = usual(state, situation)
    if isinstance(answer, Needs):
        return answer
    tag = answer.tag if isinstance(answer, Promote) else answer.candidate
    return tag or Hold(request.placement, state.current, answer.reasons if isinstance(answer, Hold) else ())


def _way_back(state: PlacementState) -> str | None:
    """The newest earlier tag that was never left backwards; one that may run here, if there is one."""
    bad = {
        stay.tag for stay in state.timeline.stays if stay.ended == "backwards"
    } | state.timeline.rolled_back.keys()
    good = [tag for tag in _earlier(state) if tag not in bad]
    return next((tag for tag in good if _may_run(tag, state)), good[0] if good else None)


def _no_way_back(state: PlacementState) -> Ruling:
    """By name a tag may come back that does not by itself, so say which there are."""
    known = [tag for tag in dict.fromkeys(_earlier(state)) if _may_run(tag, state)]
    sentence = "it has run nothing before this"
    if known:
        named = ", ".join(known[:_NAMED])
        sentence = (
            f"nothing it has run before comes back by itself: name what to go back to, by --to ({named})"
        )
    return Ruling(hold_reasons.NO_WAY_BACK, False, sentence)


def _earlier(state: PlacementState) -> Iterator[str]:
    """What it has run before, the newest first."""
    placeholders = state.policy.tags.placeholders
    return (
        stay.tag
        for stay in reversed(state.timeline.stays)
        if stay.tag != state.current and stay.tag not in placeholders
    )


def _may_run(tag: str, state: PlacementState) -> bool:
    tags = state.policy.tags
    return tags.forbidden(tag) is None and (tags.scheme.read(tag) is not None or tags.allowed(tag))


def _judged(tag: str, request: Request, state: PlacementState, situation: Situation) -> Decision | Needs:
    if tag == state.current:
        return _refused(request, state, Ruling(hold_reasons.UP_TO_DATE, False, f"it runs {tag} already"))
    version = state.policy.tags.scheme.read(tag)
    if (pattern := state.policy.tags.forbidden(tag)) is not None:
        return _refused(request, state, _forbidden(tag, pattern, state))
    if version is None and not state.policy.tags.allowed(tag):
        return _refused(request, state, _not_allowed(tag, state))
    case = case_of(version or Version((), tag), state, situation)
    unasked = frozenset(
        question for question in unanswered_questions(case, state) if _is_asked(question, request)
    )
    if unasked:
        return Needs(request.placement, unasked)
    return _weighed(case, request, state)


def _is_asked(question: Question, request: Request) -> bool:
    """What was closed does not matter to what is asked by name; nor do gates to a way back."""
    return isinstance(question, DigestOf if request.kind == "rollback" else object) and not isinstance(
        question, ClosedPullRequestsOf
    )


def _weighed(case: Case, request: Request, state: PlacementState) -> Decision:
    known = replace(case, answers={**case.answers, **_nobody_asked(case, state)})
    rulings = [_as_ordered(ruling, request) for ruling in judge_fully(known, state)]
    if state.held is not None:
        rulings.insert(0, _as_ordered(state.held, request))
    against = tuple(ruling for ruling in rulings if ruling.holds) or _offered(case, rulings, state)
    if against:
        return Hold(request.placement, state.current, against, case.candidate.tag)
    return _ordered(case, request, state, rulings)


def _offered(case: Case, rulings: Sequence[Ruling], state: PlacementState) -> tuple[Ruling, ...]:
    """An open pull request of ours brings it, and a second one would bring nothing else.

    Unless the person passes something over: that one stays red, and theirs says what was passed over.
    """
    shown = state.proposal if state.policy.deliver == "pull-request" and state.asked is None else None
    if shown is None or shown.edited or shown.marker.tag != case.candidate.tag:
        return ()
    if any(ruling.overridden or ruling.sentence.endswith(_BY_NAME) for ruling in rulings):
        return ()
    sentence = f"{shown.pull_request.url} offers {case.candidate.tag} already: merge that one"
    return (Ruling(hold_reasons.OFFERED, False, sentence),)


def _nobody_asked(case: Case, state: PlacementState) -> dict[Question, Answer]:
    """What was closed does not matter to what is asked by name."""
    return {
        question: ()
        for question in candidate_questions(case, state)
        if isinstance(question, ClosedPullRequestsOf)
    }


def _as_ordered(ruling: Ruling, request: Request) -> Ruling:
    """The ruling as it counts for this order, with the reason it is passed over."""
    if ruling.passes:
        return ruling
    if ruling.code in request.overrides and ruling.reason.overridable:
        return replace(
            ruling,
            passes=True,
            overridden=True,
            sentence=f"{ruling.sentence}; overridden: {request.overrides[ruling.code]}",
        )
    if _is_passed_over(ruling.reason, request):
        return replace(ruling, passes=True, sentence=f"{ruling.sentence}{_BY_NAME}")
    return ruling


def _is_passed_over(reason: Reason, request: Request) -> bool:
    """A way back has to be open at any hour; a hold and `forbid` still stand."""
    goes_back = request.kind == "rollback"
    by_name = bool(request.tag) or goes_back
    return (reason.lifted_by_name and by_name) or (goes_back and not reason.asked_of_rollback)


def _ordered(case: Case, request: Request, state: PlacementState, rulings: Sequence[Ruling]) -> Decision:
    digests = {image: case.answers[DigestOf(image, case.candidate.tag)] for image in case.images}
    known = {image: digest for image, digest in digests.items() if isinstance(digest, str)}
    assert not any(isinstance(digest, Unreadable) for digest in digests.values()), "judged above"
    return Promote(
        placement=request.placement,
        current=state.current,
        tag=case.candidate.tag,
        digests=known,
        rulings=tuple(rulings),
        skipped=0,
        request=request,
    )


def _forbidden(tag: str, pattern: str, state: PlacementState) -> Ruling:
    where = state.policy.placement.environment
    return Ruling(hold_reasons.FORBIDDEN, False, f"{where} forbids tags like {pattern}, and {tag} is one")


def _not_allowed(tag: str, state: PlacementState) -> Ruling:
    tags = state.policy.tags
    allowed = f"a {tags.follow} tag" + (f" or one like {', '.join(tags.allow)}" if tags.allow else "")
    return Ruling(hold_reasons.NOT_ALLOWED, False, f"{tag} is not {allowed}, so it may not run here")


def _refused(request: Request, state: PlacementState, ruling: Ruling) -> Hold:
    return Hold(request.placement, state.current, (ruling,), request.tag)
