"""What is measured of an app where a tag was."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from monitored import PLACES, STAGING, answers, case, judged, minutes

from updater.gates._measured import measure, shown
from updater.gates.metrics import MetricLimits
from updater.model import Gap, GapsOf, Metric, Sample, SamplesOf, TrafficNeeded, Unreadable
from updater.reasons import failure_reasons

RATIO = 'sum(rate(failed{app="shop"}[5m])) / sum(rate(all{app="shop"}[5m]))'
ERRORS = Metric("errors", RATIO, max=0.01)
DOWN = Unreadable("Prometheus does not answer", transient=True, reason=failure_reasons.ARGOCD_UNAVAILABLE)
AT = "2026-02-02 12:00:00 KST"


def watched(*metrics, **more):
    return {"staging": replace(STAGING, metrics=metrics, **more)}


def samples(now=(), before=(), traffic=None):
    """A sample each ten minutes: since a minute after it came, and before."""
    since = [Sample(minutes(10 * number + 1), value) for number, value in enumerate(now)]
    earlier = [Sample(minutes(-10 * number), value) for number, value in enumerate(before, 1)]

    def answer(question):
        if "increase" in question.query:
            return () if traffic is None else (Sample(question.until, traffic),)
        return tuple(
            each for each in (*reversed(earlier), *since) if question.since <= each.at <= question.until
        )

    return answers(samples=answer)


def row(metric, answer, code, sentence, measured, *, now=60, name, **more):
    return pytest.param(
        case(now=now, watched=watched(metric, **more)), answer, code, sentence, measured, id=name
    )


ERRORS_GATE = MetricLimits.model_validate("errors")
WORSE = replace(ERRORS, worse_than_before=1.5)
BUSY = replace(WORSE, needs=TrafficNeeded("sum(increase(all[{span}]))", 200))
ONLY = Metric("load", "load", worse_than_before=2)
ROWS = [
    row(
        ERRORS,
        samples([0.002] * 3),
        None,
        f"errors kept within limits in staging since {AT}",
        "errors 0.2 %",
        name="inside",
    ),
    row(
        ERRORS,
        samples([0.002, 0.02, 0.002]),
        "metrics",
        f"errors was beyond its limits (at most 1 %) in staging since {AT}",
        "errors 0.8 %, 1 of 3 samples beyond",
        name="beyond, once",
    ),
    row(
        replace(ERRORS, failures=2),
        samples([0.002, 0.02, 0.002]),
        None,
        "kept within limits",
        "errors 0.8 %, 1 of 3 samples beyond",
        name="beyond, and not often enough",
    ),
    row(
        replace(ERRORS, failures=2),
        samples([0.002, 0.02, 0.02]),
        "metrics",
        "(at most 1 %, fewer than 2 times otherwise)",
        "2 of 3 samples beyond",
        name="beyond, often enough",
    ),
    row(
        Metric("success", "up", min=0.99),
        samples([0.5]),
        "metrics",
        "success was beyond its limits (at least 0.99)",
        "success 0.5",
        name="below its least",
    ),
    row(
        Metric("success", "up", min=0.99),
        samples([0.99]),
        None,
        "success kept within limits",
        "success 0.99",
        name="just at its least",
    ),
    row(
        WORSE,
        samples([0.002] * 3, [0.003] * 3),
        None,
        "kept within limits",
        "errors 0.2 %, before 0.3 %",
        name="better than before",
    ),
    row(
        WORSE,
        samples([0.003] * 3, [0.001] * 3),
        "metrics",
        f"errors is more than 1.5 times as bad as before in staging since {AT}",
        "errors 0.3 %, before 0.1 %",
        name="worse than before",
    ),
    row(
        WORSE,
        samples([0.003], [0.002]),
        None,
        "kept",
        "errors 0.3 %, before 0.2 %",
        name="worse by less than that",
    ),
    row(
        WORSE,
        samples([0.003], [0.0]),
        None,
        "kept",
        "before 0 %",
        name="nothing before is no measure beside a limit",
    ),
    row(
        ONLY,
        samples([1], [0]),
        "metrics",
        "load is more than 2 times as bad as before",
        "load 1, before 0",
        name="but where it is all there is",
    ),
    row(
        WORSE,
        samples([0.003]),
        None,
        "kept within limits",
        "errors 0.3 %",
        name="nothing was measured before",
    ),
    row(
        ONLY,
        samples([1]),
        "inconclusive",
        "load had nothing before to be compared with",
        "load 1",
        name="nothing to compare with, and nothing else to go by",
    ),
    row(
        Metric("up", "up", min=1, worse_than_before=2),
        samples([4], [10]),
        "metrics",
        "up is more than 2 times as bad as before",
        "up 4, before 10",
        name="of what has a least, less is worse",
    ),
    row(
        Metric("up", "up", min=1, worse_than_before=2),
        samples([5], [10]),
        None,
        "kept within limits",
        "up 5, before 10",
        name="of what has a least, just so much less is not",
    ),
    row(
        BUSY,
        samples([0.002], [0.003], traffic=1840),
        None,
        "kept within limits",
        "errors 0.2 %, before 0.3 %, of 1,840 requests",
        name="with enough traffic",
    ),
    row(
        BUSY,
        samples([0.002], [0.003], traffic=200),
        None,
        "kept within limits",
        "of 200 requests",
        name="with just enough traffic",
    ),
    row(
        BUSY,
        samples([0.5], traffic=12),
        "inconclusive",
        "errors had fewer than the 200 requests that it needs in staging",
        "errors 50 %, 1 of 1 samples beyond, of 12 requests",
        name="with too little it says nothing, good or bad",
    ),
    row(
        BUSY,
        samples([0.002]),
        "inconclusive",
        "fewer than the 200 requests that it needs",
        "errors 0.2 %",
        name="with none, either",
    ),
    row(
        ERRORS,
        samples(),
        "monitoring_unreadable",
        "errors has measured nothing",
        None,
        name="an empty answer",
    ),
    row(ERRORS, samples([float("nan")]), "monitoring_unreadable", "measured nothing", None, name="no number"),
    row(
        ERRORS,
        samples(),
        "inconclusive",
        "measured nothing",
        None,
        now=4,
        name="nothing yet, as it has just come",
    ),
    row(
        ERRORS,
        samples(),
        "monitoring_unreadable",
        "measured nothing",
        None,
        now=5,
        name="nothing for as long as may be missing",
    ),
    row(ERRORS, lambda _: DOWN, "monitoring_unreadable", "does not answer", None, name="Prometheus is away"),
    row(
        ERRORS,
        answers(gaps=(Gap(minutes(10), minutes(20)),), samples=(Sample(minutes(5), 0.0),)),
        "monitoring_unreadable",
        "nobody has watched staging",
        None,
        heartbeat="Watchdog",
        name="monitoring was away",
    ),
    row(
        ERRORS,
        samples([0.002, float("inf"), float("inf")]),
        "metrics",
        "errors was beyond its limits",
        "errors inf %, 2 of 3 samples beyond",
        name="without an end",
    ),
    row(
        ONLY,
        samples([1, float("inf")], [1]),
        "metrics",
        "load is more than 2 times as bad as before",
        "load inf, before 1",
        name="worse without an end",
    ),
    row(
        WORSE,
        samples([0.002, 0.003], [0.002, float("inf")]),
        None,
        "kept within limits",
        "before 0.2 %",
        name="before without an end is no measure",
    ),
    row(
        Metric("up", "up", min=1, max=9, failures=3),
        samples([float("-inf"), float("inf")]),
        "monitoring_unreadable",
        "measured nothing",
        "2 of 2 samples beyond",
        name="both ways it is no number",
    ),
    row(
        replace(ERRORS, dry_run=True),
        samples([0.5]),
        None,
        "errors was beyond its limits (at most 1 %), which only tells",
        "errors 50 %",
        name="it only tells",
    ),
    row(
        replace(ERRORS, dry_run=True),
        lambda _: DOWN,
        None,
        "errors has measured nothing, which only tells",
        None,
        name="what only tells holds nothing, whatever is the matter",
    ),
]


@pytest.mark.parametrize(("asked", "answer", "code", "sentence", "measured"), ROWS)
def test_what_metrics_say(asked, answer, code, sentence, measured):
    names = [metric.name for metric in asked.watched["staging"].metrics]
    ruling, _ = judged(MetricLimits.model_validate(names), asked, answer)
    assert (None if ruling.passes else ruling.code) == code, ruling.sentence
    assert sentence in ruling.sentence
    assert measured in ruling.measured if measured else not ruling.measured
    assert ruling.waits


def test_no_sentence_has_a_number_that_ticks():
    gate, metric = MetricLimits.model_validate("errors"), watched(BUSY)
    one, _ = judged(gate, case(watched=metric), samples([0.002] * 3, [0.003], traffic=1840))
    other, _ = judged(gate, case(now=61, watched=metric), samples([0.004] * 6, [0.003], traffic=1841))
    assert one.measured != other.measured
    assert replace(one, measured=None) == replace(other, measured=None)


def test_it_asks_of_as_long_before_as_since_only_where_it_compares():
    _, asked = judged(
        MetricLimits.model_validate("errors"), case(watched=watched(BUSY)), samples([0], [0], 300)
    )
    assert asked == {
        SamplesOf(None, RATIO, minutes(-60), minutes(60)),
        SamplesOf(None, "sum(increase(all[3600s]))", minutes(60), minutes(60)),
    }
    _, asked = judged(
        MetricLimits.model_validate("errors"),
        case(watched=watched(ERRORS, heartbeat="Watchdog")),
        samples([0]),
    )
    assert asked == {
        SamplesOf(None, RATIO, minutes(0), minutes(60)),
        GapsOf(None, "Watchdog", minutes(0), minutes(60)),
    }


def test_only_what_is_asked_for_is_measured():
    other = Metric("latency", "p99", max=1)
    ruling, _ = judged(
        MetricLimits.model_validate(["errors"]), case(watched=watched(ERRORS, other)), samples([0])
    )
    assert "latency" not in ruling.sentence
    both, _ = judged(
        MetricLimits.model_validate(["errors", "latency"]), case(watched=watched(ERRORS, other)), samples([0])
    )
    assert both.sentence.startswith("errors, latency kept within limits in staging")
    assert both.link == (
        "http://graphs.example.org/graph?"
        "g0.expr=sum%28rate%28failed%7Bapp%3D%22shop%22%7D%5B5m%5D%29%29+%2F+sum%28rate%28all%7Bapp%3D%22shop%22%7D%5B5m%5D%29%29"
        "&g0.tab=0&g0.range_input=1d&g1.expr=p99&g1.tab=0&g1.range_input=1d"
    )


def test_what_is_beyond_is_told_before_what_is_scarce():
    scarce = replace(BUSY, name="orders")
    ruling, _ = judged(
        MetricLimits.model_validate(["orders", "errors"]),
        case(watched=watched(scarce, ERRORS)),
        samples([0.5], (), 3),
    )
    assert (ruling.code, ruling.measured) == ("metrics", "errors 50 %, 1 of 1 samples beyond")


def test_a_metric_that_nobody_defines_never_passes():
    ruling, _ = judged(MetricLimits.model_validate("orders"), case(watched=PLACES), samples([0]))
    assert (ruling.passes, ruling.code) == (False, "monitoring_unreadable")


def test_a_guardrail_asks_for_all_of_its_metrics():
    bound = MetricLimits.model_validate(["errors", "latency"])
    assert MetricLimits.model_validate("errors").weaker_than(bound) == "latency is missing"
    assert bound.weaker_than(MetricLimits.model_validate("errors")) is None


@pytest.mark.parametrize(
    ("metric", "value", "text"),
    [
        (ERRORS, 0.00234, "0.23 %"),
        (ERRORS, 0.0, "0 %"),
        (Metric("latency", "histogram_quantile(0.9, sum(rate(a)) / b)", max=0.5), 0.234, "0.23"),
        (Metric("latency", "sum(a_seconds_sum) / sum(a_seconds_count)", max=0.5), 0.234, "0.23"),
        (Metric("latency", "p99", max=0.5, unit="s"), 0.234, "0.23 s"),
        (Metric("busy", "busy", max=1, unit="percent"), 0.5, "50 %"),
        (Metric("rate", "a / b", max=20), 3.14159, "3.1"),
        (Metric("queue", "queue", max=9000), 1234.5, "1,234"),
        (Metric("queue", "queue", max=9000), 123.4, "123"),
    ],
)
def test_numbers_have_two_digits_and_a_ratio_is_a_percentage(metric, value, text):
    assert shown(value, metric) == text


@pytest.mark.parametrize(
    ("values", "came", "state"),
    [
        pytest.param([0.2, 0.1, 0, 0], 0.2, "inside", id="the first look back on what was gone back from"),
        pytest.param([0.2, 0, 0.2, 0], 0.2, "beyond", id="once well it may fail by itself"),
        pytest.param([0.2, 0.2], 0.2, "ill", id="as ill as what ran before says nothing of it"),
        pytest.param([0.2, 0], 0.01, "beyond", id="what ran before was just within the limit"),
        pytest.param([0.2, 0], None, "beyond", id="of what ran before nothing is known"),
        pytest.param([], 0.2, "nothing", id="there is no sample yet"),
    ],
)
def test_what_was_ill_when_it_came_counts_once_it_was_well(values, came, state):
    found = [Sample(minutes(number), value) for number, value in enumerate(values)]
    assert measure(ERRORS, found, minutes(0), None, came).state == state


def test_whether_it_came_ill_is_asked_only_of_what_is_beyond_a_limit():
    asked = []

    def answered(values):
        def answer(question):
            asked.append(question)
            if question.since == question.until:
                return (Sample(question.until, 0.3),)
            return tuple(Sample(minutes(10 * number), value) for number, value in enumerate(values))

        return answers(samples=answer)

    ruling, _ = judged(ERRORS_GATE, case(watched=watched(ERRORS)), answered([0.001, 0.001]))
    assert (ruling.passes, len(asked)) == (True, 1)
    ruling, _ = judged(ERRORS_GATE, case(watched=watched(ERRORS)), answered([0.3, 0.001]))
    assert ruling.passes
    assert (minutes(0), minutes(0)) in {(each.since, each.until) for each in asked}  # a set, in any order
    ruling, _ = judged(ERRORS_GATE, case(watched=watched(ERRORS)), answered([0.3, 0.3]))
    assert ruling.code == "inconclusive"
    assert (
        "errors has kept beyond its limits (at most 1 %), as before it came, in staging since"
        in ruling.sentence
    )


@given(st.lists(st.floats(0, 1), max_size=8), st.floats(0, 1), st.integers(1, 4))
def test_it_is_inside_just_where_fewer_samples_are_beyond_than_fail_it(values, most, failures):
    metric = Metric("errors", RATIO, max=most, failures=failures)
    found = measure(
        metric, [Sample(minutes(number), value) for number, value in enumerate(values)], minutes(0)
    )
    expected = (
        "nothing" if not values else "beyond" if sum(v > most for v in values) >= failures else "inside"
    )
    assert found.state == expected
