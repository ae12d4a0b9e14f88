"""What the metrics of config say of a deployment in its span. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from updater import promql
from updater.decide.deployment_checks import Checked, DeploymentChecks
from updater.gates._measured import Measured, measure
from updater.model import Metric, Question, Sample, SamplesOf, Unreadable

_SAYS = {
    "inside": "inside its limits",
    "beyond": "beyond its limits",
    "worse": "worse than before",
    "scarce": "of too little to tell",
    "nothing": "without a sample",
}


def questions(checks: DeploymentChecks) -> Iterator[Question]:
    for metric in checks.watched.metrics:
        yield _samples(metric, checks)
        yield from _traffic(metric, checks)
    yield from checks.gap_questions()


def findings(checks: DeploymentChecks) -> Iterator[Checked]:
    """One for each metric; those that only tell fail nothing, and nothing waits for them."""
    away = checks.unwatched()
    for metric in checks.watched.metrics:
        found = _finding(metric, checks)
        if metric.dry_run:
            yield Checked("metrics", "well", f"{found.sentence} (it only tells)")
        elif found.found == "well" and away is not None:
            yield Checked("metrics", "waits", away)
        else:
            yield found


def _samples(metric: Metric, checks: DeploymentChecks) -> SamplesOf:
    """With as long a time before the sync, where that is compared."""
    span = checks.span
    since = span.since - (span.until - span.since) if metric.worse_than_before else span.since
    return SamplesOf(checks.watched.cluster, metric.query, since, span.until)


def _traffic(metric: Metric, checks: DeploymentChecks) -> Iterator[SamplesOf]:
    if metric.needs is not None:
        span = checks.span
        seconds = max(int((span.until - span.since).total_seconds()), 1)
        query = promql.fill(metric.needs.query, {"span": f"{seconds}s"})
        yield SamplesOf(checks.watched.cluster, query, span.until, span.until)


def _finding(metric: Metric, checks: DeploymentChecks) -> Checked:
    answers = checks.situation.answers
    found = answers[_samples(metric, checks)]
    counted = [answers[question] for question in _traffic(metric, checks)]
    unread = next((each for each in (found, *counted) if isinstance(each, Unreadable)), None)
    if unread is not None:
        return Checked("metrics", "waits", f"{metric.name}: {unread.why}")
    traffic = [each.value for answer in counted for each in _in(answer)]
    measured = measure(metric, _in(found), checks.span.since, traffic[-1] if traffic else None)
    return _of(measured, checks)


def _of(measured: Measured, checks: DeploymentChecks) -> Checked:
    """What has been beyond a limit has failed; what is worse than before may yet become better."""
    numbers = measured.numbers or measured.metric.name
    said = f"{numbers}: {_SAYS[measured.state]}"
    over = checks.situation.now >= checks.span.end
    match measured.state:
        case "inside":
            return Checked("metrics", "well", said)
        case "beyond":
            return Checked("metrics", "failed", said)
        case "worse":
            return Checked("metrics", "failed" if over else "waits", said)
        case "scarce":
            return Checked("metrics", "unknown" if over else "waits", said)
        case _:
            return Checked("metrics", "waits", said)


def _in(answer: object) -> list[Sample]:
    found = answer if isinstance(answer, tuple) else ()
    return [each for each in found if isinstance(each, Sample)]
