"""What a person orders by name: promote, and roll back. Pure.

A name lifts the bars that keep a tag from coming back by itself. It never lifts `forbid`, and gates only
where the person overrides each by its code and says why; of a way back they are not asked (`way_back.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from updater.decide.cases import case_of
from updater.decide.evaluation import candidate_questions, judge_fully, unanswered_questions
from updater.decide.preconditions import aimed_elsewhere, asked_already, not_ours_to_write, unknown_before
from updater.decide.rollback_floors import judge_way_back
from updater.decide.way_back import (
    is_asked,
    is_forward,
    no_way_back,
    passed_over,
    silent_forge,
    unmet_of_way_back,
    way_back,
)
from updater.model import (
    Answer,
    Case,
    ClosedPullRequestsOf,
    Decision,
    DigestOf,
    Hold,
    Needs,
    Promote,
    Proposal,
    Question,
    Request,
    Ruling,
    Unreadable,
    Version,
)
from updater.reasons import hold_reasons
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
    goes_back = request.kind == "rollback"
    against = unmet_of_way_back(state, situation) if goes_back else _unmet(request, state, situation)
    if against:
        return Hold(request.placement, state.current, against)
    tag = request.tag or _usual_tag(request, state, situation, usual)
    if isinstance(tag, Hold | Needs):
        return tag
    if state.asked is not None and state.asked.marker.tag != tag and not (goes_back and _yields(state.asked)):
        return Hold(request.placement, state.current, asked_already(state), tag)
    return _judged(tag, request, state, situation)


def _yields(asked: Proposal) -> bool:
    """Nobody has ordered it: a person's way back takes its place."""
    return not asked.is_of_people


def _unmet(request: Request, state: PlacementState, situation: Situation) -> tuple[Ruling, ...]:
    return (
        state.trouble
        or not_ours_to_write(state)
        or ((state.refused,) if state.refused else ())
        or (silent_forge(state, situation) if request.tag else state.unheard)
        or tuple(unknown_before(state, situation))
        or aimed_elsewhere(state)
    )


def _usual_tag(
    request: Request,
    state: PlacementState,
    situation: Situation,
    usual: Callable[[PlacementState, Situation], Decision | Needs],
) -> str | Hold | Needs:
    if request.kind == "rollback":
        return way_back(state) or Hold(request.placement, state.current, (no_way_back(state),))
    answer = usual(state, situation)
    if isinstance(answer, Needs):
        return answer
    tag = answer.tag if isinstance(answer, Promote) else answer.candidate
    return tag or Hold(request.placement, state.current, answer.reasons if isinstance(answer, Hold) else ())


def _judged(tag: str, request: Request, state: PlacementState, situation: Situation) -> Decision | Needs:
    if tag == state.current:
        return _refused(request, state, Ruling(hold_reasons.UP_TO_DATE, False, f"it runs {tag} already"))
    version = state.policy.tags.scheme.read(tag)
    if request.kind == "rollback" and is_forward(tag, state):
        said = f"{tag} is newer than what runs and never ran there: that is no way back, but a promotion"
        return _refused(request, state, Ruling(hold_reasons.NO_WAY_BACK, False, said))
    if (pattern := state.policy.tags.forbidden(tag)) is not None:
        return _refused(request, state, _forbidden(tag, pattern, state))
    if version is None and not state.policy.tags.allowed(tag) and request.kind != "rollback":
        return _refused(request, state, _not_allowed(tag, state))
    case = case_of(version or Version((), tag), state, situation)
    unasked = _unasked(case, request, state)
    return Needs(request.placement, unasked) if unasked else _weighed(case, request, state)


def _unasked(case: Case, request: Request, state: PlacementState) -> frozenset[Question]:
    """What was closed does not matter to what is asked by name; nor do gates to a way back."""
    questions = unanswered_questions(case, state)
    if request.kind != "rollback":
        return frozenset(each for each in questions if not isinstance(each, ClosedPullRequestsOf))
    floors = judge_way_back(case.candidate.tag, state, case.answers)
    digests = frozenset(each for each in questions if isinstance(each, DigestOf))
    return digests | (floors if isinstance(floors, frozenset) else frozenset())


def _weighed(case: Case, request: Request, state: PlacementState) -> Decision:
    known = replace(case, answers={**case.answers, **_nobody_asked(case, state)})
    rulings = [
        *_as_recorded(request, state),
        *(_as_ordered(ruling, request) for ruling in judge_fully(known, state) if _counts(ruling, request)),
        *_floors(case, request, state),
    ]
    against = tuple(ruling for ruling in rulings if ruling.holds) or _offered(case, request, rulings, state)
    if against:
        return Hold(request.placement, state.current, against, case.candidate.tag)
    return _ordered(case, request, state, rulings)


def _counts(ruling: Ruling, request: Request) -> bool:
    """What passes and is asked of no way back is not said of one: it would read as if it had been asked."""
    return request.kind != "rollback" or not ruling.passes or is_asked(ruling.reason)


def _as_recorded(request: Request, state: PlacementState) -> Iterator[Ruling]:
    """What people have written that would hold it, whether or not it can be read."""
    if request.kind == "rollback":
        said = (state.refused, state.held, state.line)
        yield from (passed_over(each) for each in said if each is not None)
    else:
        yield from (_as_ordered(each, request) for each in (state.held, state.line) if each is not None)


def _floors(case: Case, request: Request, state: PlacementState) -> Iterator[Ruling]:
    """One that could not be read is told, and keeps nobody from going."""
    if request.kind != "rollback":
        return
    said = judge_way_back(case.candidate.tag, state, case.answers)
    if isinstance(said, Ruling):
        yield passed_over(said) if said.unread else _as_ordered(said, request)


def _offered(
    case: Case, request: Request, rulings: Sequence[Ruling], state: PlacementState
) -> tuple[Ruling, ...]:
    """An open pull request of ours brings it, and a second one would bring nothing else.

    Unless the person passes something over: that one stays red, and theirs says what was passed over.
    """
    shown = state.proposal if state.policy.deliver == "pull-request" and state.asked is None else None
    if request.kind == "rollback" or shown is None or shown.edited:
        return ()
    if shown.marker.tag != case.candidate.tag:
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
    goes_back = request.kind == "rollback"
    if ruling.reason.lifted_by_name and (request.tag or goes_back):
        return replace(ruling, passes=True, sentence=f"{ruling.sentence}{_BY_NAME}")
    return passed_over(ruling) if goes_back and not is_asked(ruling.reason) else ruling


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
