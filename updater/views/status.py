"""Apps x environments as programs read them: `status --output json`, the API and the page. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import Field

from updater import times
from updater.model import (
    CallReceiver,
    ClosePullRequest,
    Decision,
    DeleteBranch,
    Hold,
    MergePullRequest,
    OpenPullRequest,
    Outcome,
    Placement,
    Promote,
    Proposal,
    PushBase,
    PushBranches,
    PushVerdicts,
    RefreshApplications,
    Report,
    Ruling,
    Stay,
    Step,
    UpdatePullRequest,
    Verification,
)
from updater.reasons import Reason
from updater.value_class import value_class
from updater.views.conditions import ConditionShape, by_placement
from updater.views.explanation import RulingShape
from updater.views.shape import VERSION, Instant, Shape, read_off
from updater.views.shared_failures import failed_readings
from updater.views.stopped_line import StoppedLineShape, stopped_lines
from updater.views.verification import VerificationShape, verification_shape
from updater.views.ways_back import WayBackShape, way_back_by_placement

CellState: TypeAlias = Literal["failing", "blocked", "held", "proposed", "waiting", "moving", "current"]
URGENT: tuple[CellState, ...] = ("failing", "blocked")
"""Neither time nor a merge mends it: somebody has to."""

_ENDS = (ClosePullRequest, MergePullRequest)


@value_class
class ProposalShape(Shape):
    """An open pull request of ours."""

    number: int
    url: str
    tag: str | None
    kind: Literal["candidate", "asked"]
    """`asked`: by a person, by name"""
    opened: Instant | None
    """null: the forge does not say"""


@value_class
class NextShape(Shape):
    """Something that happens by itself, as the last pass knew it."""

    at: Instant
    code: Annotated[str, Field(examples=["soak"])]
    """of the reason that ends then; `verification`: its span is over"""
    what: Annotated[str, Field(examples=["the soak ends"])]


@value_class
class CellShape(Shape):
    """One app in one environment."""

    app: str
    environment: str
    tag: str | None
    """what it runs; null: nothing, or its pins disagree"""
    since: Instant | None
    age: Annotated[str | None, Field(examples=["3h12m"])]
    """how long it has run that, to the two largest units"""
    state: Literal["hold", "promote"]
    code: Annotated[str | None, Field(examples=["soak"])]
    """the stable code of the first reason to hold"""
    why: str | None
    """that reason, as a sentence"""
    codes: Sequence[str]
    """the codes of all reasons to hold"""
    candidate: str | None
    """the tag it is held from, or goes to"""
    condition: CellState
    """what a person has to know first; of several, the worst"""
    until: Instant | None
    """when it goes on by itself"""
    next: Sequence[NextShape]
    """what happens by itself, the soonest first"""
    seen: Instant | None
    """when that was read, if the repository cannot be read any more; null: in the last pass"""
    error: str | None
    """why a step about it failed"""
    remarks: Sequence[RulingShape]
    """of newer tags that are none (yet): worth a look, and no reason"""
    conditions: Sequence[ConditionShape]
    """what is true of what it runs, whatever is decided: then it is at least `blocked`"""
    verification: VerificationShape | None
    """how the deployment of what it runs stands; null: nothing is verified there"""
    way_back: WayBackShape | None
    """what becomes of it, where it failed its verification"""
    proposals: Sequence[ProposalShape]
    repository: str

    @property
    def placement(self) -> Placement:
        return Placement(self.environment, self.app)


@value_class
class Status(Shape):
    """The same as `updater status --output json`."""

    version: int
    placements: Sequence[CellShape]
    stopped_lines: Sequence[StoppedLineShape]
    """repositories in which nothing goes forward"""


def status(reports: Sequence[Report]) -> Status:
    return Status(VERSION, [cell for report in reports for cell in cells(report)], stopped_lines(reports))


def cells(report: Report, read: Report | None = None) -> list[CellShape]:
    """One for each app in each environment.

    `read` is the last pass that could read the repository: where this one could not, what it saw is shown.
    """
    seen, told = read if report.base is None else None, ReportCells.of(report)
    return [told.cell(decision, seen) for decision in report.decisions]


@value_class
class ReportCells:
    """One report, with what became of its steps by whom they were about."""

    report: Report
    outcomes: Mapping[Placement, Sequence[Outcome]]
    unread: Collection[Reason]
    """Of failed readings."""
    conditions: Mapping[Placement, Sequence[ConditionShape]]
    """Of those that have any."""
    ways_back: Mapping[Placement, WayBackShape]

    @classmethod
    def of(cls, report: Report) -> ReportCells:
        runs = by_placement(report.conditions)
        back = way_back_by_placement(report.ways_back)
        return cls(report, _by_placement(report.outcomes), failed_readings(report), runs, back)

    def is_plain(self, placement: Placement) -> bool:
        """All was read, and of it there is nothing but a decision and a timeline."""
        report = self.report
        others = (self.outcomes, self.conditions, self.ways_back, report.proposals, report.verifications)
        return not report.unreadable and not any(placement in each for each in others)

    def cell(self, decision: Decision, read: Report | None) -> CellShape:
        stay, seen = _stay(self.report, decision.placement), None
        if read is not None and (stay := _stay(read, decision.placement)) is not None:
            seen = read.finished
        reasons = decision.reasons if isinstance(decision, Hold) else ()
        proposals = list(self._proposals(decision))
        error = self._error(decision.placement)
        conditions = self.conditions.get(decision.placement, ())
        return CellShape(
            app=decision.placement.app,
            environment=decision.placement.environment,
            tag=decision.current or (stay.tag if stay and seen else None),
            since=stay.since if stay else None,
            age=age_of(stay.since, self.report.finished) if stay else None,
            state="hold" if reasons else "promote",
            code=reasons[0].code if reasons else None,
            why=reasons[0].sentence if reasons else None,
            codes=[each.code for each in reasons],
            candidate=_tag(decision),
            condition=self._worst(decision, failed=bool(error), proposed=bool(proposals)),
            until=_until(reasons),
            next=_next(reasons, self.report.verifications.get(decision.placement), self.report.finished),
            seen=seen,
            error=error,
            remarks=[read_off(RulingShape, ruling) for ruling in decision.remarks],
            conditions=conditions,
            verification=verification_shape(self.report.verifications.get(decision.placement)),
            way_back=self.ways_back.get(decision.placement),
            proposals=proposals,
            repository=self.report.repository,
        )

    def _error(self, placement: Placement) -> str | None:
        outcomes = self.outcomes.get(placement, ())
        return next((outcome.error for outcome in outcomes if outcome.error is not None), None)

    def _worst(self, decision: Decision, *, failed: bool, proposed: bool) -> CellState:
        found = "failing" if failed else self._condition(decision, proposed=proposed)
        return "blocked" if found != "failing" and decision.placement in self.conditions else found

    def _condition(self, decision: Decision, *, proposed: bool) -> CellState:
        """What a person has to know first; of several, the worst."""
        reasons = {ruling.reason for ruling in decision.reasons} if isinstance(decision, Hold) else set()
        if not reasons.isdisjoint(self.unread):
            return "failing"
        if not isinstance(decision, Hold):
            return "proposed" if proposed else "moving"
        if any(reason.about == "people" for reason in reasons):
            return "held"
        if all(reason.nothing_to_do for reason in reasons):
            return "proposed" if proposed else "current"
        waits = all(ruling.waits or ruling.reason.said_before for ruling in decision.reasons)
        return "waiting" if waits else "blocked"

    def _proposals(self, decision: Decision) -> Iterator[ProposalShape]:
        """Those that are open when the pass is over."""
        done = [outcome for outcome in self.outcomes.get(decision.placement, ()) if outcome.error is None]
        ended, updated = set(_numbers(done, _ENDS)), set(_numbers(done, UpdatePullRequest))
        for proposal in self.report.proposals.get(decision.placement, ()):
            number = proposal.pull_request.number
            if number not in ended:
                yield _proposal(proposal, _tag(decision) if number in updated else proposal.marker.tag)
        for outcome in done:
            if isinstance(outcome.step, OpenPullRequest):
                yield from _opened(outcome, decision, self.report.finished)


def _by_placement(outcomes: Iterable[Outcome]) -> Mapping[Placement, Sequence[Outcome]]:
    found = defaultdict[Placement, list[Outcome]](list)
    for outcome in outcomes:
        for placement in _about(outcome.step):
            found[placement].append(outcome)
    return found


def _about(step: Step) -> set[Placement]:
    match step:
        case PushBase(update=update):
            return {draft.placement for draft in update.drafts}
        case PushBranches(updates=updates):
            return {draft.placement for update in updates for draft in update.drafts}
        case PushVerdicts(verdicts=verdicts):
            return {verdict.placement for verdict in verdicts}
        case DeleteBranch() | RefreshApplications() | CallReceiver():
            return set()
        case _:
            return {step.placement}


def _numbers(outcomes: Iterable[Outcome], kinds: type[Step] | tuple[type[Step], ...]) -> Iterator[int]:
    """The pull requests such steps were about."""
    steps = (outcome.step for outcome in outcomes)
    return (step.number for step in steps if isinstance(step, kinds) and hasattr(step, "number"))


def _tag(decision: Decision) -> str | None:
    """The one it would go to."""
    return decision.candidate if isinstance(decision, Hold) else decision.tag


def _stay(report: Report, placement: Placement) -> Stay | None:
    timeline = report.timelines.get(placement)
    return timeline.current if timeline else None


def _until(reasons: Sequence[Ruling]) -> datetime | None:
    """When it will go on by itself; None where waiting alone does not help, or nobody knows."""
    untils = [reason.until for reason in reasons if reason.until is not None]
    return max(untils) if untils and len(untils) == len(reasons) else None


def _next(reasons: Sequence[Ruling], verification: Verification | None, now: datetime) -> list[NextShape]:
    """What has an instant of its own; nothing is made up for what has none."""
    found = [
        NextShape(one.until, one.code, one.reason.ends or f"{one.code.replace('_', ' ')} is asked again")
        for one in reasons
        if one.until is not None
    ]
    if verification is not None and verification.state == "verifying" and verification.until is not None:
        found.append(NextShape(verification.until, "verification", "its verification ends"))
    return sorted({one for one in found if one.at > now}, key=lambda one: (one.at, one.code))


def _proposal(proposal: Proposal, tag: str | None) -> ProposalShape:
    pull = proposal.pull_request
    return ProposalShape(pull.number, pull.url, tag, proposal.marker.kind, pull.created)


def _opened(outcome: Outcome, decision: Decision, now: datetime) -> Iterator[ProposalShape]:
    """The forge's answer is but a URL, whose last word is the number."""
    url = outcome.url or ""
    last = urlsplit(url).path.rpartition("/")[2]
    if last.isascii() and last.isdigit():
        kind: Literal["candidate", "asked"] = (
            "asked" if isinstance(decision, Promote) and decision.request else "candidate"
        )
        yield ProposalShape(int(last), url, _tag(decision), kind, now)


def age_of(since: datetime, now: datetime) -> str:
    """The two largest units are enough for a glance."""
    words = times.format_duration(max(now - since, now - now))
    units = [index for index, letter in enumerate(words) if letter.isalpha()]
    return words[: units[min(1, len(units) - 1)] + 1]
