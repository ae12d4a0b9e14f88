"""What the metrics of config say of a deployment in its span. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from updater import promql
from updater.decide.deployment_checks import Checked, DeploymentChecks
from updater.gates._measured import Measured, limits, measure
from updater.model import Metric, Question, Sample, SamplesOf, Unreadable


def questions(checks: DeploymentChecks) -> Iterator[Question]:
    for metric in checks.watched.metrics:
        yield _samples(metric, checks)
        yield from _traffic(metric, checks)
        yield from _arrival(metric, checks)
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


def _arrival(metric: Metric, checks: DeploymentChecks) -> Iterator[SamplesOf]:
    """Only where it is beyond a limit: it may have been so already when the tag came."""
    found, since = checks.situation.answers.get(_samples(metric, checks)), checks.span.since
    if measure(metric, _in(found), since).beyond >= metric.failures:
        yield SamplesOf(checks.watched.cluster, metric.query, since, since)


def _finding(metric: Metric, checks: DeploymentChecks) -> Checked:
    answers = checks.situation.answers
    found = answers[_samples(metric, checks)]
    counted = [answers[question] for question in _traffic(metric, checks)]
    came = [answers[question] for question in _arrival(metric, checks)]
    unread = next((each for each in (found, *counted, *came) if isinstance(each, Unreadable)), None)
    if unread is not None:
        return Checked("metrics", "waits", f"{metric.name}: {unread.why}")
    traffic = [each.value for answer in counted for each in _in(answer)]
    then = [each.value for answer in came for each in _in(answer)]
    last, first = traffic[-1] if traffic else None, then[-1] if then else None
    return _of(measure(metric, _in(found), checks.span.since, last, first), checks)


def _of(measured: Measured, checks: DeploymentChecks) -> Checked:
    """What has been beyond a limit has failed; what is worse than before may yet become better."""
    said = f"{measured.numbers or measured.metric.name}: {_words(measured)}"
    over = checks.situation.now >= checks.span.end
    match measured.state:
        case "inside":
            return Checked("metrics", "well", said)
        case "beyond":
            return Checked("metrics", "failed", said)
        case "worse":
            return Checked("metrics", "failed" if over else "waits", said)
        case "scarce" | "ill":
            return Checked("metrics", "unknown" if over else "waits", said)
        case _:
            return Checked("metrics", "waits", said)


def _words(measured: Measured) -> str:
    metric = measured.metric
    needed = metric.needs and f"{metric.needs.least:,.0f} {metric.needs.of}"
    words = {
        "inside": "inside its limits",
        "beyond": f"its limit is {limits(metric)}",
        "worse": f"more than {metric.worse_than_before or 1:g} times as bad as before",
        "scarce": f"too little, it needs {needed}",
        "nothing": "without a sample",
        "alone": "nothing before to compare it with",
        "ill": f"beyond its limit ({limits(metric)}) already before it came, and not inside since",
    }
    return words[measured.state]


def _in(answer: object) -> list[Sample]:
    found = answer if isinstance(answer, tuple) else ()
    return [each for each in found if isinstance(each, Sample)]
