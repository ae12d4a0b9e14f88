"""What has fired about an app, where a tag was and where it is to go."""

from dataclasses import replace
from datetime import timedelta

import pytest
from monitored import HERE, MATCH, PLACES, STAGING, answers, case, fired, judged, minutes
from pydantic import ValidationError

from updater.gates.alerts import Alerts
from updater.gates.soak import Soak
from updater.model import AlertsOf, Gap, GapsOf, RulesOf, Unreadable
from updater.reasons import failure_reasons

EVER, QUIET = Alerts(), Alerts.model_validate({"quiet": "30m"})
BOTH = {**PLACES, "production": HERE}
NAMED = {"staging": replace(STAGING, alerts=replace(MATCH, rules=("Errors", "Latency")))}
BEATING = {"staging": replace(STAGING, heartbeat="Watchdog")}
DOWN = Unreadable("Prometheus does not answer", transient=True, reason=failure_reasons.ARGOCD_UNAVAILABLE)


def row(gate, asked, answer, code, sentence, *, until=None, name):
    return pytest.param(gate, asked, answer, (code, until), sentence, id=name)


POD_OLD, POD_NEW = (("pod", "shop-1"), ("team", "a")), (("pod", "shop-2"), ("team", "a"))
CAME = "2026-02-02 12:00:00 KST"
ROWS = [
    row(
        EVER,
        case(),
        answers(),
        None,
        f"no alert about it has fired in staging since {CAME}",
        name="nothing fired",
    ),
    row(QUIET, case(), answers(), None, f"since {CAME}, nor in the last 30m", name="nor lately"),
    row(
        EVER,
        case(),
        answers(fired()),
        "alerts",
        f"Errors fires in staging since 2026-02-02 12:10:00 KST, and 20260202-115900 arrived there at {CAME}",
        name="it fires since it came",
    ),
    row(
        EVER,
        case(now=6000),
        answers(fired(until=12)),
        "alerts",
        "Errors has fired in staging, the last time at 2026-02-02 12:12:00 KST",
        name="it fired once, long ago, and since it came",
    ),
    row(
        EVER,
        case(),
        answers(fired(until=12, silenced="kim: a known one")),
        None,
        f"since {CAME}; Errors is silenced (kim: a known one)",
        name="what somebody has silenced is named",
    ),
    row(
        EVER,
        case(),
        answers(fired("Slow", silenced="kim"), fired("Errors")),
        "alerts",
        "; Slow is silenced (kim)",
        name="silence of one is none of another",
    ),
    row(
        EVER,
        case(),
        answers(fired(since=-30, before=True)),
        "unknown_alerts",
        f"Errors burned in staging already when it arrived at {CAME}, so nobody can tell whether it is well",
        name="it burned before it came, and does",
    ),
    row(
        EVER,
        case(),
        answers(fired(since=None, before=True)),
        "unknown_alerts",
        "burned in staging already",
        name="since when nobody knows",
    ),
    row(
        EVER,
        case(),
        answers(fired(since=-1)),
        "unknown_alerts",
        "burned in staging already",
        name="it was pending when it came",
    ),
    row(
        EVER,
        case(),
        answers(fired(since=-30, until=5, before=True)),
        None,
        "; Errors burned there when it arrived, and stopped",
        name="it burned before it came, and has stopped since",
    ),
    row(
        QUIET,
        case(),
        answers(fired(since=-30, until=50, before=True)),
        "unknown_alerts",
        "burned in staging already",
        until=80,
        name="and not for long enough",
    ),
    row(
        EVER,
        case(),
        answers(fired(since=-30, until=None, firing=False, before=True)),
        "unknown_alerts",
        "burned in staging already",
        name="and nobody knows when",
    ),
    row(
        EVER,
        case(),
        answers(fired("Old", since=-30, before=True), fired("New")),
        "alerts",
        "New fires in staging",
        name="what is new counts beside what burned",
    ),
    row(
        QUIET,
        case(now=10),
        answers(fired(since=-15, until=-10)),
        "alerts",
        "Errors has fired in staging, the last time at 2026-02-02 11:50:00 KST, before it arrived, "
        "and it has to be quiet there for 30m",
        until=20,
        name="it fired shortly before it came",
    ),
    row(
        QUIET, case(now=21), answers(fired(since=-15, until=-10)), None, "no alert", name="and is quiet since"
    ),
    row(
        QUIET,
        case(now=10),
        answers(fired(since=-5, until=2, labels=POD_OLD), fired(since=3, labels=POD_NEW)),
        "unknown_alerts",
        "Errors burned in staging already",
        name="it burned, of a pod that the tag has replaced",
    ),
    row(
        QUIET,
        case(now=10),
        answers(fired(since=-9, until=-5, labels=POD_OLD), fired(since=3, labels=POD_NEW)),
        "alerts",
        "Errors fires in staging since",
        name="it had stopped, and is back",
    ),
    row(
        QUIET,
        case(now=10),
        answers(fired("Old", since=-15, until=-10), fired("Errors", since=-5, until=2)),
        "unknown_alerts",
        "Errors, Old burned in staging already",
        until=32,
        name="of two that burned one was over when it came",
    ),
    row(
        QUIET,
        case(),
        answers(fired(since=-30, until=30, before=True)),
        None,
        "; Errors burned there when it arrived, and stopped",
        name="it burned before it came, and is quiet for just so long",
    ),
    row(
        EVER,
        case(),
        answers(fired(since=0)),
        "alerts",
        "Errors fires in staging since 2026-02-02 12:00:00 KST",
        name="it began in the instant in which it came",
    ),
    # where nobody can say
    row(
        EVER, case(), lambda _: DOWN, "monitoring_unreadable", "Prometheus does not answer", name="it is away"
    ),
    row(
        EVER,
        case(watched=NAMED),
        answers(rules=["Errors"]),
        "no_rules",
        "the Prometheus of staging has loaded no rule Latency, so that could not fire",
        name="a rule is not loaded",
    ),
    row(
        EVER,
        case(watched=NAMED),
        lambda question: DOWN if isinstance(question, RulesOf) else (),
        "monitoring_unreadable",
        "Prometheus does not answer",
        name="nobody says which rules are loaded",
    ),
    row(
        EVER,
        case(watched=BEATING),
        lambda question: DOWN if isinstance(question, GapsOf) else (),
        "monitoring_unreadable",
        "Prometheus does not answer",
        name="nobody says whether somebody watched",
    ),
    row(
        EVER,
        case(watched=NAMED),
        answers(rules=["Errors", "Latency"]),
        None,
        "no alert",
        name="all are loaded",
    ),
    row(
        EVER,
        case(watched=BEATING),
        answers(gaps=(Gap(minutes(10), minutes(20)),)),
        "monitoring_unreadable",
        "nobody has watched staging from 2026-02-02 12:10:00 KST on until 2026-02-02 12:20:00 KST: "
        "Watchdog was not there",
        name="monitoring was away",
    ),
    row(
        EVER,
        case(watched=BEATING),
        answers(gaps=(Gap(minutes(40), minutes(60)),)),
        "monitoring_unreadable",
        "from 2026-02-02 12:40:00 KST on: Watchdog was not there",
        name="monitoring is away",
    ),
    row(EVER, case(watched=BEATING), answers(), None, "no alert", name="monitoring was there"),
    row(
        EVER,
        case(watched={}),
        answers(),
        "monitoring_unreadable",
        "config says of no alerts in staging that they are about it",
        name="nobody says which they are",
    ),
    # where it is to go
    row(
        EVER,
        case(watched=BOTH),
        answers(here=(fired(since=-90),)),
        "alerts",
        f"no alert about it has fired in staging since {CAME}; "
        "Errors fires in production since 2026-02-02 10:30:00 KST",
        name="it fires where it is to go",
    ),
    row(EVER, case(watched=BOTH), answers(here=(fired(until=58),)), None, "no alert", name="it fired there"),
    row(
        QUIET,
        case(watched=BOTH),
        answers(here=(fired(until=40),)),
        "alerts",
        "Errors has fired in production, the last time at 2026-02-02 12:40:00 KST",
        name="it fired there lately",
    ),
    row(
        EVER,
        case(watched=BOTH),
        answers(here=(fired(silenced="kim"),)),
        None,
        "no alert",
        name="what is silenced there blocks nothing",
    ),
    row(
        EVER,
        case(watched=BOTH, predecessors=()),
        answers(),
        None,
        "no alert about it fires in production",
        name="nothing comes before",
    ),
    row(
        EVER,
        case(watched=BOTH, predecessors=()),
        answers(here=(fired(),)),
        "alerts",
        "Errors fires in production since",
        name="nothing comes before, and it fires here",
    ),
]


@pytest.mark.parametrize(("gate", "asked", "answer", "expected", "sentence"), ROWS)
def test_what_alerts_say(gate, asked, answer, expected, sentence):
    (code, until), (ruling, _) = expected, judged(gate, asked, answer)
    assert (None if ruling.passes else ruling.code) == code, ruling.sentence
    assert sentence in ruling.sentence
    assert ruling.until == (None if until is None else minutes(until))
    assert ruling.waits or "config says of no alerts" in ruling.sentence
    assert ruling.proposable is ("production" in ruling.sentence and not ruling.passes)


def test_an_unreadable_answer_about_where_it_is_to_go_keeps_only_us():
    def answer(question):
        return DOWN if question.match == HERE.alerts else ()

    ruling, _ = judged(EVER, case(watched=BOTH), answer)
    assert (ruling.code, ruling.passes, ruling.proposable) == ("monitoring_unreadable", False, True)
    assert ruling.sentence.endswith("; of production nobody can say: Prometheus does not answer")


def test_it_asks_of_all_the_time_since_it_came_and_of_all_that_has_to_be_quiet():
    _, long = judged(QUIET, case(now=60), answers())
    _, short = judged(QUIET, case(now=10), answers())
    assert long == {AlertsOf(None, MATCH, minutes(0), minutes(60))}
    assert short == {AlertsOf(None, MATCH, minutes(-20), minutes(10))}


def test_it_asks_of_no_more_than_prometheus_keeps_and_says_so():
    ruling, (asked,) = judged(EVER, case(now=60 * 24 * 20), answers())
    assert asked.until - asked.since == timedelta(days=14)
    assert "in the last 14d" in ruling.sentence
    burning, _ = judged(EVER, case(now=60 * 24 * 20), answers(fired(since=None, before=True)))
    assert burning.code == "alerts", "it came before that, so nobody says that it burned then"


def test_all_is_asked_at_once():
    asked = {"staging": replace(NAMED["staging"], heartbeat="Watchdog"), "production": HERE}
    first = EVER.judge(case(watched=asked))
    assert {type(each) for each in first} == {AlertsOf, RulesOf, GapsOf}
    assert len(first) == 4


def test_the_graph_is_the_apps_own():
    ruling, _ = judged(EVER, case(), answers())
    assert ruling.link.startswith(
        "http://graphs.example.org/graph?g0.expr=ALERTS%7Bpod%3D~%22shop-.%2A%22%7D&"
    )


def test_of_several_environments_all_are_named():
    two = case(watched={"staging": STAGING, "canary": STAGING}, predecessors=("staging", "canary"))
    ruling, _ = judged(EVER, two, answers())
    assert "in staging since" in ruling.sentence
    assert "in canary since" in ruling.sentence


def test_settings():
    assert Alerts.model_validate(True) == EVER
    assert Alerts.model_validate("30m") == QUIET
    assert EVER.weaker_than(QUIET) == "quiet is less than 30m"
    assert QUIET.weaker_than(EVER) is None
    with pytest.raises(ValidationError, match="asked of 14d at most"):
        Alerts.model_validate({"quiet": "15d"})


# --- a soak that starts anew when something fires -----------------------------------------------------------


STILL = Soak.model_validate({"for": "30m", "counts": "quiet"})


@pytest.mark.parametrize(
    ("now", "answer", "passes", "until"),
    [
        pytest.param(29, answers(), False, 30, id="nothing fired: since it came"),
        pytest.param(30, answers(), True, None, id="long enough"),
        pytest.param(40, answers(fired(until=12)), False, 42, id="since it last fired"),
        pytest.param(42, answers(fired(until=12)), True, None, id="long enough since it last fired"),
        pytest.param(90, answers(fired()), False, None, id="it fires"),
        pytest.param(90, answers(fired(silenced="kim")), True, None, id="silenced, it does not count"),
        pytest.param(
            42,
            answers(fired("Slow", silenced="kim"), fired(until=12)),
            True,
            None,
            id="what is silenced may fire beside it",
        ),
        pytest.param(25, answers(fired(since=-15, until=-10)), False, 30, id="it fired before it came"),
        pytest.param(90, lambda _: DOWN, False, None, id="nobody can say"),
    ],
)
def test_a_soak_starts_anew_whenever_something_fires(now, answer, passes, until):
    ruling, _ = judged(STILL, case(now=now), answer)
    assert ruling.passes is passes, ruling.sentence
    assert ruling.until == (None if until is None else minutes(until))


def test_a_quiet_soak_says_what_fired():
    ruling, _ = judged(STILL, case(now=40), answers(fired(until=12)))
    assert ruling.sentence == (
        "it soaks until 2026-02-02 12:42:00 KST "
        "(30m asked; Errors last fired in staging at 2026-02-02 12:12:00 KST)"
    )
    burning, _ = judged(STILL, case(now=40), answers(fired()))
    assert burning.sentence == "it does not soak while Errors fires in staging"


def test_what_counts_is_no_less_than_is_asked():
    since, running = Soak.model_validate("30m"), Soak.model_validate({"for": "30m", "counts": "running"})
    assert since.weaker_than(STILL) == "it has to count since something last fired"
    assert since.weaker_than(running) == "it has to count while it is running"
    assert STILL.weaker_than(since) is None
    assert STILL.excludes(running)
    assert not STILL.excludes(since)
