"""`updater explain APP ENV`: every candidate, what each rule and gate says of it, and the decision."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import tzinfo

from updater import times
from updater.commands.promote import repository_of
from updater.model import Decision, Hold, Placement, Report, Ruling, Stay, Verdict
from updater.reasons import hold_reasons
from updater.runner import Exit, Output, read_before
from updater.terminal import say, say_json, warn
from updater.views.conditions import sentence
from updater.views.effective_config import written_in
from updater.views.explanation import Explanation, explanation
from updater.views.rulings import measured, sentences
from updater.views.shape import as_json
from updater.views.verification import verification_words
from updater.views.ways_back import way_back_by_placement, way_back_words
from updater.wiring import Updater

_LEFT = " (a person may merge it all the same)"


def explain(updater: Updater, placement: Placement, tag: str | None, output: Output) -> Exit:
    repository = repository_of(updater, placement)
    read_before(updater, repository)
    report = updater.run(repository, act=False)
    verdicts = updater.verdicts(repository, placement, tag)
    decision = _with_zone(updater, next(one for one in report.decisions if one.placement == placement))
    if output == "json":
        say_json(as_json(_explained(report, decision, verdicts)))
    else:
        policy = updater.config.policies[placement]
        say(*_as_text(report, decision, verdicts, tag, policy.tags.scheme.zone))
        say(f"its policy is written in {written_in(policy.written_in)}" if policy.written_in else "")
    warn(*(reading.why for reading in report.unreadable))
    warn(*(f"warning: {warning}" for warning in report.warnings))
    return Exit.FAILED if report.failed else Exit.FINE


def _explained(report: Report, decision: Decision, verdicts: tuple[Verdict, ...]) -> Explanation:
    return explanation(
        decision,
        verdicts,
        report.conditions,
        _stay(report, decision),
        verification=report.verifications.get(decision.placement),
        ways_back=report.ways_back,
    )


def _as_text(
    report: Report, decision: Decision, verdicts: tuple[Verdict, ...], tag: str | None, zone: tzinfo
) -> Iterator[str]:
    """Every instant in the zone of the environment: sentences of gates have theirs in it, too."""
    yield f"{decision.placement} runs {decision.current or 'nothing'}{_since(report, decision, zone)}"
    for condition in report.conditions:
        if condition.placement == decision.placement:
            yield f"  {sentence(condition)}"
    if (stands := report.verifications.get(decision.placement)) is not None:
        yield f"  {verification_words(stands, zone)}"
    if (back := way_back_by_placement(report.ways_back).get(decision.placement)) is not None:
        yield f"  {way_back_words(back)}"
    yield from _candidates(verdicts)
    if tag is None:
        yield ""
        yield _conclusion(decision)
        yield from (f"besides, {remark.sentence}" for remark in decision.remarks)


def _candidates(verdicts: tuple[Verdict, ...]) -> Iterator[str]:
    """Where a number is drawn stands on a line of its own, once: such addresses are long."""
    drawn = set[str]()
    for verdict in verdicts:
        yield ""
        yield f"{verdict.tag}: {'no' if verdict.against else 'yes'}"
        for ruling in verdict.rulings:
            yield f"  {_sign(ruling)} {ruling.code}: {measured(ruling)}{_LEFT * ruling.left_to_people}"
            if ruling.link and ruling.link not in drawn:
                drawn.add(ruling.link)
                yield f"      {ruling.link}"


def _since(report: Report, decision: Decision, zone: tzinfo) -> str:
    stay = _stay(report, decision)
    return f" since {times.format_time(stay.since, zone)} (commit {stay.by[:10]})" if stay else ""


def _with_zone(updater: Updater, decision: Decision) -> Decision:
    """With what a pass does not look for: who asks why nothing is newer waits for a few requests more."""
    said = updater.looks_like_utc(updater.config.policies[decision.placement])
    if said is None:
        return decision
    return replace(decision, remarks=(*decision.remarks, Ruling(hold_reasons.LOOKS_LIKE_UTC, False, said)))


def _stay(report: Report, decision: Decision) -> Stay | None:
    timeline = report.timelines.get(decision.placement)
    return timeline.current if timeline else None


def _conclusion(decision: Decision) -> str:
    """Numbers and graphs are with the candidate, above."""
    if isinstance(decision, Hold):
        return f"it holds: {sentences(decision.reasons)}"
    left = sentences(decision.left_to_people)
    return f"it moves to {decision.tag}" + (f", and only a person may merge that: {left}" if left else "")


def _sign(ruling: Ruling) -> str:
    """Passes, holds, or holds only us."""
    return "+" if ruling.passes else "~" if ruling.proposable else "-"
