"""`updater explain APP [ENV]`: every candidate, what each rule and gate says of it, and the decision."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import tzinfo

from updater import times
from updater.config.not_known import not_known
from updater.errors import ConfigError
from updater.model import Decision, Hold, Placement, Report, Ruling, Stay, Verdict
from updater.reasons import hold_reasons
from updater.runner import Exit, Output, read_those
from updater.terminal import say, say_json, warn
from updater.value_class import value_class
from updater.views.conditions import sentence
from updater.views.effective_config import written_in
from updater.views.explanation import Explanation, Explanations, explanation
from updater.views.rulings import is_up_to_date, measured, sentences
from updater.views.shape import VERSION, as_json
from updater.views.verification import verification_words
from updater.views.ways_back import way_back_by_placement, way_back_words
from updater.wiring import Updater

_ANSWERS = {"no": "no", "unasked": "not asked", "yes": "yes"}
_LEFT = " (a person may merge it all the same)"


@value_class
class _Told:
    """What is said of one app in one environment, for programs and for people."""

    shape: Explanation
    lines: tuple[str, ...]


def explain(updater: Updater, app: str, environment: str | None, tag: str | None, output: Output) -> Exit:
    """In that environment, or in each of the app's, in the order of the config. Raises ConfigError."""
    placements = _placements(updater, app, environment)
    wanted = {updater.config.policies[each].repository for each in placements}
    reports = list(read_those(updater, wanted))
    told = {
        decision.placement: _tell(updater, report, decision, tag)
        for report in reports
        for decision in report.decisions
        if decision.placement in placements
    }
    _show([told[each] for each in placements], app, output, alone=environment is not None)
    for report in reports:
        warn(*(reading.why for reading in report.unreadable))
        warn(*(f"warning: {warning}" for warning in report.warnings))
    return Exit.FAILED if any(report.failed for report in reports) else Exit.FINE


def _placements(updater: Updater, app: str, environment: str | None) -> list[Placement]:
    """Raises ConfigError where the config has none of that."""
    known = updater.config.policies
    found = [each for each in known if each.app == app and environment in {None, each.environment}]
    if not found:
        raise ConfigError(not_known(app, environment, known))
    return found


def _show(told: Sequence[_Told], app: str, output: Output, *, alone: bool) -> None:
    shapes = [each.shape for each in told]
    if output == "json":
        say_json(as_json(shapes[0] if alone else Explanations(VERSION, app, shapes)))
        return
    for number, each in enumerate(told):
        say(*([""] * bool(number)), *each.lines)


def _tell(updater: Updater, report: Report, decision: Decision, tag: str | None) -> _Told:
    verdicts = updater.verdicts(report.repository, decision.placement, tag)
    decision, policy = _with_zone(updater, decision), updater.config.policies[decision.placement]
    lines = [*_as_text(report, decision, verdicts, tag, policy.tags.scheme.zone)]
    lines += [f"its policy is written in {written_in(policy.written_in)}"] if policy.written_in else []
    return _Told(_explained(report, decision, verdicts), tuple(lines))


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
    yield from _candidates(verdicts, decision.current)
    if tag is None:
        yield ""
        yield _conclusion(decision)
        yield from (f"besides, {remark.sentence}" for remark in decision.remarks)


def _candidates(verdicts: tuple[Verdict, ...], current: str | None) -> Iterator[str]:
    """Where a number is drawn stands on a line of its own, once: such addresses are long.

    Of the tag that runs nobody asks why it may not come; what else is said of it is worth a look.
    """
    drawn = set[str]()
    for verdict in verdicts:
        runs = verdict.tag == current
        yield ""
        yield f"{verdict.tag}: {'runs now' if runs else _ANSWERS[verdict.answer]}"
        for ruling in verdict.rulings:
            if runs and ruling.reason == hold_reasons.NOT_NEWER:
                continue
            yield f"  {_sign(ruling)} {ruling.code}: {measured(ruling)}{_LEFT * ruling.left_to_people}"
            if ruling.link and ruling.link not in drawn:
                drawn.add(ruling.link)
                yield f"      {ruling.link}"
        if verdict.unasked and not runs:
            yield f"  ? {', '.join(verdict.unasked)}: not asked in this pass"


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
        stands = "is up to date" if is_up_to_date(decision) else "holds"
        return f"it {stands}: {sentences(decision.reasons)}"
    left = sentences(decision.left_to_people)
    return f"it moves to {decision.tag}" + (f", and only a person may merge that: {left}" if left else "")


def _sign(ruling: Ruling) -> str:
    """Passes, holds, or holds only us."""
    return "+" if ruling.passes else "~" if ruling.proposable else "-"
