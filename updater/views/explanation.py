"""Why an app is where it is, as programs read it: `explain --output json` and the API. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from updater.model import Condition, Decision, Hold, Stay, Verdict, Verification, WayBack
from updater.value_class import value_class
from updater.views.conditions import ConditionShape, by_placement
from updater.views.shape import VERSION, Instant, Shape, read_off
from updater.views.verification import VerificationShape, verification_shape
from updater.views.ways_back import WayBackShape, way_back_by_placement


@value_class
class RulingShape(Shape):
    code: str
    sentence: str
    until: Instant | None
    measured: str | None
    """what was measured, another with each minute"""
    link: str | None
    """where that is drawn"""


@value_class
class JudgedShape(RulingShape):
    passes: bool
    proposable: bool
    """where it does not pass: that keeps only the updater from deploying it; a person may merge it"""


@value_class
class CandidateShape(Shape):
    tag: str
    runs: bool
    """it is what runs there now"""
    passes: bool
    """every rule and gate was asked, and none holds it"""
    unasked: Sequence[str]
    """gates that this pass had no need to ask"""
    rulings: Sequence[JudgedShape]


@value_class
class Explanation(Shape):
    """The same as `updater explain --output json`."""

    version: int
    environment: str
    app: str
    current: str | None
    since: Instant | None
    """since when it runs that"""
    commit: str | None
    """which brought it"""
    decision: Literal["hold", "promote"]
    tag: str | None
    """the candidate that is held, or promoted"""
    reasons: Sequence[RulingShape]
    remarks: Sequence[RulingShape]
    """of newer tags that are none (yet): worth a look, and no reason"""
    conditions: Sequence[ConditionShape]
    """what is true of what it runs, whatever is decided"""
    verification: VerificationShape | None
    """how the deployment of what runs stands; null: nothing is verified there"""
    way_back: WayBackShape | None
    """what becomes of it, where it failed its verification"""
    candidates: Sequence[CandidateShape]


@value_class
class Explanations(Shape):
    """An app in all its environments: `updater explain APP --output json`."""

    version: int
    app: str
    environments: Sequence[Explanation]


def explanation(
    decision: Decision,
    verdicts: Sequence[Verdict],
    conditions: Iterable[Condition],
    stay: Stay | None,
    *,
    verification: Verification | None,
    ways_back: Iterable[WayBack],
) -> Explanation:
    environment, app = decision.placement
    reasons = decision.reasons if isinstance(decision, Hold) else ()
    return Explanation(
        version=VERSION,
        environment=environment,
        app=app,
        current=decision.current,
        since=stay.since if stay else None,
        commit=stay.by if stay else None,
        decision="hold" if isinstance(decision, Hold) else "promote",
        tag=decision.candidate if isinstance(decision, Hold) else decision.tag,
        reasons=[read_off(RulingShape, ruling) for ruling in reasons],
        remarks=[read_off(RulingShape, ruling) for ruling in decision.remarks],
        conditions=by_placement(conditions).get(decision.placement, ()),
        verification=verification_shape(verification),
        way_back=way_back_by_placement(ways_back).get(decision.placement),
        candidates=[_candidate(verdict, decision.current) for verdict in verdicts],
    )


def _candidate(verdict: Verdict, current: str | None) -> CandidateShape:
    rulings = [read_off(JudgedShape, ruling) for ruling in verdict.rulings]
    passes = verdict.answer == "yes"
    return CandidateShape(verdict.tag, verdict.tag == current, passes, list(verdict.unasked), rulings)
