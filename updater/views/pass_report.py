"""A pass as people and programs read it: decisions, and the steps with their whole texts. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from updater import times
from updater.model import (
    Condition,
    Decision,
    Degraded,
    Hold,
    Narrowed,
    Outcome,
    Placement,
    Proposal,
    Report,
    Ruling,
    Verification,
)
from updater.views import conditions, shared_failures
from updater.views.rulings import all_told, is_up_to_date, told
from updater.views.shape import VERSION
from updater.views.shape import as_json as shape_json
from updater.views.steps import step_json, step_lines, titles
from updater.views.stopped_line import line_sentence, stopped_lines
from updater.views.verification import verification_words
from updater.views.ways_back import way_back_shape


def as_json(reports: Sequence[Report]) -> dict[str, Any]:
    return {"version": VERSION, "repositories": [_report(report) for report in reports]}


def as_text(report: Report, *, done: bool) -> Iterator[str]:
    """Lines for people. `done`: the steps were performed, so their outcomes are told and not their texts."""
    yield f"{report.repository} at {report.base or 'an unknown head'}"
    if report.narrowed is not None:
        yield f"  {_narrowed_line(report.narrowed)}"
    if report.line is not None:
        yield f"  {line_sentence(report.line)}"
    yield from (f"  {line}" for line in _decision_lines(report))
    yield from (f"  warning: {warning}" for warning in report.warnings)
    yield from (f"  {line}" for line in _unread_lines(report))
    yield from (f"  {_degraded_line(each)}" for each in report.degraded)
    yield from (f"  {each.placement}: {conditions.sentence(each)}" for each in report.conditions)
    yield from (f"  {line}" for line in _verification_lines(report))
    yield from (f"  {line}" for line in _way_back_lines(report))
    if done:
        yield from (f"  {line}" for outcome in report.outcomes for line in _outcome_lines(outcome))
    else:
        yield from (line for step in report.steps for line in step_lines(step))
    if report.races:
        yield f"  somebody else pushed first, {report.races} time{'s' if report.races > 1 else ''}"
    if not report.steps:
        yield "  nothing to do"


def of_an_order(report: Report) -> Report:
    """Without how others stand: who orders something for one app did not ask about them."""
    about = {decision.placement for decision in report.decisions}
    return replace(
        report,
        conditions=tuple(each for each in report.conditions if each.placement in about),
        ways_back=tuple(each for each in report.ways_back if each.placement in about),
        verifications={name: each for name, each in report.verifications.items() if name in about},
    )


def _listed(narrowed: Narrowed) -> list[str]:
    return sorted(map(str, narrowed.images))


def _narrowed_line(narrowed: Narrowed) -> str:
    return f"listed anew: {', '.join(_listed(narrowed))}; all others: {times.to_iso(narrowed.since)}"


def _narrowed(narrowed: Narrowed) -> dict[str, Any]:
    return {"images": _listed(narrowed), "since": times.to_iso(narrowed.since)}


# --- text -----------------------------------------------------------------------------------------------


def _decision_lines(report: Report) -> Iterator[str]:
    """One for each app in each environment; what many are held for alike is said of the first."""
    hit = shared_failures.shared_failures(report)
    for decision in report.decisions:
        those = hit.get(decision.placement)
        if those is None or not isinstance(decision, Hold):
            yield f"{_decision_line(decision)}{_open(decision, report)}"
            yield from _remark_lines(decision)
        elif those[0] == decision.placement:
            yield shared_failures.sentence(those, decision)


def _decision_line(decision: Decision) -> str:
    current = decision.current or "nothing"
    if isinstance(decision, Hold):
        why, candidate = all_told(decision.reasons), decision.candidate
        more = "" if candidate is None or candidate in why else f" (of {candidate})"
        stands = "up to date" if is_up_to_date(decision) else "holds"
        return f"{decision.placement}: {current}, {stands}: {why}{more}"
    why = all_told(ruling for ruling in decision.rulings if ruling.passes)
    left = all_told(decision.left_to_people)
    moves = f"{decision.placement}: {current} -> {decision.tag}" + (f": {why}" if why else "")
    return moves + (f"; only a person may merge it: {left}" if left else "")


def _unread_lines(report: Report) -> Iterator[str]:
    """What no decision was held for, too: it fails the pass."""
    holds = (decision for decision in report.decisions if isinstance(decision, Hold))
    said = {ruling.sentence for hold in holds for ruling in hold.reasons}
    yield from (f"could not be read: {each.why}" for each in report.unreadable if each.why not in said)


def _degraded_line(one: Degraded) -> str:
    tag = "" if one.tag in one.sentence else f"{one.tag}: "
    return f"{one.placement}: {tag}{one.sentence}; {one.command} ({one.url})"


def _remark_lines(decision: Decision) -> Iterator[str]:
    """Of newer tags that are none (yet)."""
    yield from (f"{decision.placement}: besides, {told(remark)}" for remark in decision.remarks)


def _way_back_lines(report: Report) -> Iterator[str]:
    for each in report.ways_back:
        back = f" -> {each.target.tag}" if each.target else ""
        said = f"{each.sentence} ({each.by}, {each.result}); {each.command}"
        yield f"{each.placement}: {each.failed.tag}{back} failed: {said}"


def _verification_lines(report: Report) -> Iterator[str]:
    for placement, each in report.verifications.items():
        yield f"{placement}: {each.tag}: {verification_words(each)}"


def _open(decision: Decision, report: Report) -> str:
    """The pull requests it has, whether or not this pass has anything to do there."""
    found = report.proposals.get(decision.placement, ())
    named = ", ".join(f"#{each.pull_request.number}" for each in found)
    return f" ({named} {'is' if len(found) == 1 else 'are'} open)" if found else ""


def _outcome_lines(outcome: Outcome) -> Iterator[str]:
    for title in titles(outcome.step):
        said = [outcome.error, outcome.url] if outcome.error or outcome.url else ["done"]
        yield f"{title}: {', '.join(each for each in said if each)}"
    yield from (f"  warning: {remark}" for remark in outcome.remarks)


# --- JSON -----------------------------------------------------------------------------------------------


def _report(report: Report) -> dict[str, Any]:
    return {
        "repository": report.repository,
        "base": report.base,
        "started": times.to_iso(report.started),
        "finished": times.to_iso(report.finished),
        "narrowed": _narrowed(report.narrowed) if report.narrowed else None,
        "decisions": [_decision(decision, report) for decision in report.decisions],
        "steps": [step_json(step) for step in report.steps],
        "outcomes": [_outcome(outcome) for outcome in report.outcomes],
        "degraded": [_degraded(each) for each in report.degraded],
        "conditions": [_condition(each) for each in report.conditions],
        "ways_back": [
            {**each.placement._asdict(), **shape_json(way_back_shape(each))} for each in report.ways_back
        ],
        "stopped_line": next(map(shape_json, stopped_lines([report])), None),
        "verifications": [_verification(*each) for each in report.verifications.items()],
        "unreadable": [{"code": reading.code, "why": reading.why} for reading in report.unreadable],
        "warnings": list(report.warnings),
        "lost_races": report.races,
    }


def _degraded(one: Degraded) -> dict[str, Any]:
    return {
        **one.placement._asdict(),
        "tag": one.tag,
        "pull_request": one.url,
        "sentence": one.sentence,
        "command": one.command,
    }


def _condition(one: Condition) -> dict[str, Any]:
    return {
        **one.placement._asdict(),
        "condition": one.kind.code,
        "tag": one.tag,
        "sentence": one.sentence,
        "command": one.command,
    }


def _verification(placement: Placement, one: Verification) -> dict[str, Any]:
    return {
        **placement._asdict(),
        "tag": one.tag,
        "commit": one.commit,
        "state": one.state,
        "since": times.to_iso(one.since) if one.since else None,
        "until": times.to_iso(one.until) if one.until else None,
        "sentences": list(one.sentences),
    }


def _decision(decision: Decision, report: Report) -> dict[str, Any]:
    common: dict[str, Any] = {
        "environment": decision.placement.environment,
        "app": decision.placement.app,
        "current": decision.current,
        "remarks": [_ruling(ruling) for ruling in decision.remarks],
        "proposals": [_proposal(each) for each in report.proposals.get(decision.placement, ())],
    }
    if isinstance(decision, Hold):
        reasons = [_ruling(ruling) for ruling in decision.reasons]
        return {**common, "decision": "hold", "candidate": decision.candidate, "reasons": reasons}
    digests = {str(image): digest for image, digest in decision.digests.items()}
    rulings = [_evidence(ruling) for ruling in decision.rulings]
    return {**common, "decision": "promote", "tag": decision.tag, "digests": digests, "evidence": rulings}


def _proposal(proposal: Proposal) -> dict[str, Any]:
    """As it was before the steps."""
    pull, marker = proposal.pull_request, proposal.marker
    return {"number": pull.number, "url": pull.url, "tag": marker.tag, "kind": marker.kind}


def _ruling(ruling: Ruling) -> Mapping[str, Any]:
    until = times.to_iso(ruling.until) if ruling.until else None
    more = {"measured": ruling.measured, "link": ruling.link}
    return {"code": ruling.code, "sentence": ruling.sentence, "until": until, **more}


def _evidence(ruling: Ruling) -> Mapping[str, Any]:
    """`proposable`: it does not pass, and keeps only the updater from deploying it."""
    return {**_ruling(ruling), "proposable": ruling.left_to_people}


def _outcome(outcome: Outcome) -> dict[str, Any]:
    told = {
        "step": type(outcome.step).__name__,
        "code": outcome.code,
        "error": outcome.error,
        "url": outcome.url,
        "remarks": list(outcome.remarks),
    }
    return {**told, "titles": list(titles(outcome.step))}
