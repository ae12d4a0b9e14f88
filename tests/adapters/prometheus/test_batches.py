"""Many questions in few requests are answered as each by itself; and what nobody has watched is known."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from world.watched_apps import START, connected, in_sandbox

from updater.model import AlertMatch, AlertsOf, ArrivalOf, Gap, GapsOf, LoadedRules, RulesOf, SamplesOf

APPS = ("shop", "shop-api", "blog", "pay.web")
TEMPLATES = ('app="{app}"', 'pod=~"{app}-.*"', 'pod!~"{app}-.*",app!=""', 'namespace="prod"')
QUERIES = (
    'max(errors{app="shop"})',
    'errors{app="none"}',
    "errors{",
    "1",
    'max(errors{pod=~".*"}) # all',
)


@pytest.fixture(scope="module")
def watched():
    """Two hours, in which something happened every few minutes."""
    with in_sandbox() as watched:
        for number in range(24):
            app = APPS[number % 3]
            labels = {"app": app, "pod": f"{app}-{number % 2}", "namespace": "prod"}
            alert = ("AppDown", "AppSlow")[number % 2]
            watched.prometheus.pend(alert, **labels)
            watched.passes(4)
            watched.prometheus.fire(alert, **labels)
            watched.prometheus.set("errors", number / 100, **labels)
            watched.passes(8)
            watched.prometheus.resolve(alert, **labels)
            if number % 5 == 4:
                watched.prometheus.set("errors", None, **labels)
            watched.passes(8)
        watched.alertmanager.silence(("pod", "=~", "shop-[0-9]"), minutes=5)
        yield watched


def spans():
    whole = st.integers(0, 120)
    pairs = st.tuples(whole, whole).filter(lambda pair: pair[0] < pair[1])
    return pairs.map(lambda pair: tuple(START + timedelta(minutes=each) for each in pair))


def questions():
    matches = st.builds(
        AlertMatch,
        st.sampled_from(TEMPLATES),
        st.sampled_from(APPS),
        st.sampled_from([(), ("critical",)]),
    )
    return st.one_of(
        st.builds(lambda match, span: AlertsOf(None, match, *span), matches, spans()),
        st.builds(lambda query, span: SamplesOf(None, query, *span), st.sampled_from(QUERIES), spans()),
        st.builds(lambda query, span: ArrivalOf(None, query, *span), st.sampled_from(QUERIES), spans()),
        st.builds(lambda span: GapsOf(None, "Watchdog", *span), spans()),
        st.just(RulesOf(None)),
    )


def plain(answer):
    """An error by what it says; samples by their values, as a shared span has other minutes."""
    if isinstance(answer, tuple) and answer and hasattr(answer[0], "value"):
        return {sample.value for sample in answer}
    return getattr(answer, "code", answer)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(questions(), min_size=2, max_size=12, unique=True))
def test_together_they_say_what_each_says_alone(watched, asked):
    client = watched.client()
    together = client.ask(asked)
    assert set(together) == set(asked)
    for question in asked:
        alone = client.ask([question])[question]
        if isinstance(question, SamplesOf) and isinstance(alone, tuple):
            within = [question.since <= sample.at <= question.until for sample in together[question]]
            assert all(within)
        else:
            assert plain(together[question]) == plain(alone)
    client.close()


ERRORS = 'max(errors{pod=~".*"})'


@pytest.mark.parametrize("odd", [timedelta(), timedelta(seconds=7), timedelta(microseconds=123)])
def test_what_is_asked_of_an_instant_is_told_whatever_else_is_asked(watched, odd):
    """How much traffic there was, of a span that ended between the samples of another's."""
    ended = START + timedelta(minutes=30) + odd
    traffic = SamplesOf(None, ERRORS, ended, ended)
    beside = SamplesOf(None, ERRORS, ended - timedelta(minutes=9), ended + timedelta(seconds=20))
    answers = watched.client().ask([traffic, beside])
    assert len(answers[traffic]) == 1
    assert len(answers[beside]) == 10


def test_beside_a_long_span_a_short_one_has_a_sample_each_minute(watched):
    until = START + timedelta(minutes=40)
    long = SamplesOf(None, ERRORS, until - timedelta(days=14), until)
    short = SamplesOf(None, ERRORS, until - timedelta(minutes=15), until)
    answers = watched.client().ask([long, short])
    assert len(answers[short]) == 16
    assert answers[long]


def test_many_that_had_none_take_one_request(watched):
    until = watched.now()
    asked = [AlertsOf(None, AlertMatch('app="{app}"', f"x{number}"), START, until) for number in range(400)]
    counted = []
    client = connected(watched.prometheus.url, watched.now, observer=lambda *seen: counted.append(seen))
    assert set(client.ask(asked).values()) == {()}
    assert counted == [(watched.prometheus.host, 200)]


def test_a_server_that_refuses_everything_is_not_asked_for_each(watched):
    until = watched.now()
    asked = [SamplesOf(None, f"errors{{app='x{number}'}}", START, until) for number in range(3000)]
    fault = watched.prometheus.fault("/api/v1/query_range", 422, body='{"status": "error", "error": "no"}')
    before = len(watched.prometheus.requests)
    told = watched.client().ask(asked)
    watched.prometheus.lift(fault)
    assert {error.code for error in told.values()} == {"prometheus_refused"}
    assert len(watched.prometheus.requests) - before < 600


# --- what nobody has seen -------------------------------------------------------------------------------


@pytest.mark.parametrize("days", [2, 4])
def test_i5_when_it_last_fired_stays_so_while_time_goes_on(days):
    """By a grid of another width in each pass it would be another sample that is found last."""
    with in_sandbox() as watched:
        since = watched.now()
        watched.passes(4)
        watched.fire("AppDown", app="shop")
        watched.passes(61)
        watched.resolve("AppDown", app="shop")
        watched.set("running", 1, app="shop")
        watched.now.forward(days=days)
        found, arrived = set(), set()
        for _ in range(4):
            watched.now.forward(seconds=65)
            alerts = AlertsOf(None, AlertMatch('app="{app}"', "shop"), since, watched.now())
            arrival = ArrivalOf(None, 'sum(running{app="shop"})', since, watched.now())
            answers = watched.client().ask([alerts, arrival])
            found |= {alert.until for alert in answers[alerts]}
            arrived.add(answers[arrival])
        assert len(found) == len(arrived) == 1


@pytest.fixture
def fresh():
    with in_sandbox() as watched:
        yield watched


def test_a_crash_of_ten_minutes_is_a_gap_also_where_it_began_before(fresh):
    fresh.passes(8)
    began = fresh.now()
    fresh.restart(40)
    until = fresh.now()
    asked = [
        GapsOf(None, "Watchdog", began - timedelta(minutes=1), until),
        GapsOf(None, "Watchdog", began + timedelta(minutes=7), until),
        GapsOf(None, "Watchdog", until - timedelta(seconds=20), until),
    ]
    told = fresh.client().ask(asked)
    for question in asked[:2]:
        (gap,) = told[question]
        assert gap.until - gap.since > timedelta(minutes=5)
        assert gap.until <= until
    assert told[asked[2]] == ()


def test_a_crash_of_four_minutes_is_none(fresh):
    fresh.passes(8)
    since = fresh.now()
    fresh.restart(16)
    question = GapsOf(None, "Watchdog", since, fresh.now())
    assert fresh.client().ask([question]) == {question: ()}


def test_after_the_loss_of_its_disk_all_before_is_a_gap(fresh):
    fresh.passes(40)
    since = fresh.now() - timedelta(minutes=10)
    fresh.prometheus.forget()
    fresh.passes(2)
    question = GapsOf(None, "Watchdog", since, fresh.now())
    (gap,) = fresh.client().ask([question])[question]
    first = fresh.now() - timedelta(seconds=30)  # as the server has it, in whole milliseconds
    assert gap == Gap(since - timedelta(minutes=5), first.replace(microsecond=123_000))


def test_a_rule_that_is_gone_is_not_loaded_and_what_it_told_has_ended(fresh):
    since = fresh.now()
    fresh.passes(1)
    fresh.fire("AppDown", app="shop")
    fresh.prometheus.unload("AppDown")
    fresh.passes(1)
    question = AlertsOf(None, AlertMatch('app="{app}"', "shop"), since, fresh.now())
    told = fresh.client().ask([question, RulesOf(None)])
    assert told[RulesOf(None)] == LoadedRules(frozenset({"Watchdog", "AppSlow", "AppOdd"}))
    assert [alert.firing for alert in told[question]] == [False]


def test_what_fired_once_more_while_it_was_silenced_had_fired_before(fresh):
    """Each time it fired somebody has to have known."""
    since = fresh.now()
    for silenced in (False, True):
        fresh.passes(30)
        if silenced:
            fresh.alertmanager.silence(("app", "=", "shop"))
        fresh.fire("AppDown", app="shop")
        fresh.passes(2)
        fresh.resolve("AppDown", app="shop")
    question = AlertsOf(None, AlertMatch('app="{app}"', "shop"), since, fresh.now())
    later = AlertsOf(None, question.match, since + timedelta(minutes=10), fresh.now())
    told = fresh.client().ask([question, later])
    assert [alert.silenced for alert in told[question]] == [None]
    assert [alert.silenced for alert in told[later]] == ["ann: known"]
