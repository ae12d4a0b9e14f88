"""What is asked of Prometheus, and what it answers: the sandbox's and Debian's say the same."""

import itertools
import re
from datetime import timedelta

import pytest

from updater.errors import Refused, Unavailable
from updater.model import AlertMatch, AlertsOf, ArrivalOf, GapsOf, LoadedRules, RulesOf, SamplesOf

PROD = 'namespace="prod", pod=~"{app}-.*"'
_numbers = itertools.count(1)


@pytest.fixture
def app():
    """Each test its own: Debian's remembers the others'."""
    return f"shop{next(_numbers)}"


def alerts_of(app, since, until, template=PROD, **narrowed):
    return AlertsOf(None, AlertMatch(template, app, **narrowed), since, until)


def told(alerts):
    """Names and pods, and what is true of each."""
    assert isinstance(alerts, tuple), alerts
    words = ("firing", "before", "silenced")
    return [
        (alert.name, dict(alert.labels)["pod"], *(word for word in words if getattr(alert, word)))
        for alert in alerts
    ]


def begins(watched):
    """A span does; what happens next happens in it."""
    since = watched.now()
    watched.passes(2)
    return since


def pod(app, name="1"):
    return {"namespace": "prod", "pod": f"{app}-{name}"}


def test_nothing_fired(watched, ask, app):
    since = begins(watched)
    watched.passes()
    assert ask(alerts_of(app, since, watched.now())) == ()


def test_one_fires_with_all_its_labels(watched, ask, app):
    since = begins(watched)
    watched.fire("AppDown", **pod(app))
    (alert,) = ask(alerts_of(app, since, watched.now()))
    assert alert.name == "AppDown"
    assert alert.labels == (("namespace", "prod"), ("pod", f"{app}-1"), ("severity", "critical"))
    assert alert.firing
    assert not alert.before
    assert since <= alert.since <= watched.now()


def test_one_that_has_resolved_has_fired(watched, ask, app):
    since = begins(watched)
    watched.fire("AppDown", **pod(app))
    watched.resolve("AppDown", **pod(app))
    assert told(ask(alerts_of(app, since, watched.now()))) == [("AppDown", f"{app}-1")]
    over = watched.now()
    watched.passes(3)
    assert ask(alerts_of(app, over, watched.now())) == ()


def test_one_that_flaps_between_two_looks_is_found(watched, ask, app):
    since = begins(watched)
    for _ in range(2):
        watched.fire("AppDown", **pod(app))
        watched.resolve("AppDown", **pod(app))
    over = watched.now()
    watched.passes()
    (alert,) = ask(alerts_of(app, since, watched.now()))
    assert told((alert,)) == [("AppDown", f"{app}-1")]
    assert since < alert.until <= over


def test_one_that_only_pends_has_not_fired(watched, ask, app):
    since = begins(watched)
    watched.pend("AppOdd", **pod(app))
    watched.passes(3)
    assert ask(alerts_of(app, since, watched.now())) == ()


def test_what_burned_before_is_known_also_of_a_new_pod(watched, ask, app):
    watched.fire("AppDown", **pod(app))
    watched.passes(3)
    since = begins(watched)
    watched.fire("AppDown", **pod(app, "2"))
    watched.passes(2)
    watched.resolve("AppDown", **pod(app))
    watched.passes(2)
    assert told(ask(alerts_of(app, since, watched.now()))) == [
        ("AppDown", f"{app}-1", "before"),
        ("AppDown", f"{app}-2", "firing", "before"),
    ]


def test_what_pended_before_is_known_from_its_first_sample(watched, ask, app):
    watched.pend("AppSlow", **pod(app))
    since = begins(watched)
    watched.fire("AppSlow", **pod(app))
    watched.passes(2)
    (alert,) = ask(alerts_of(app, since, watched.now()))
    assert alert.before
    assert alert.since <= since


@pytest.mark.parametrize(
    ("narrowed", "found"),
    [
        ({}, ["AppDown", "AppSlow"]),
        ({"severity": ("critical",)}, ["AppDown"]),
        ({"severity": ("critical", "warning")}, ["AppDown", "AppSlow"]),
        ({"rules": ("AppSlow", "App.own")}, ["AppSlow"]),
    ],
)
def test_only_those_that_are_asked_for(watched, ask, app, narrowed, found):
    since = begins(watched)
    watched.fire("AppDown", **pod(app))
    watched.fire("AppSlow", **pod(app))
    watched.passes(2)
    assert [each.name for each in ask(alerts_of(app, since, watched.now(), **narrowed))] == found


def test_the_name_of_an_app_is_no_expression(watched, ask, app):
    since = begins(watched)
    watched.fire("AppDown", **pod(f"{app}x"))
    watched.passes(2)
    assert ask(alerts_of(f"{app}.", since, watched.now())) == ()
    assert ask(alerts_of(f"{app}x|y", since, watched.now())) == ()
    assert len(ask(alerts_of(f"{app}x", since, watched.now()))) == 1


def test_of_many_apps_each_is_told_its_own(watched, app):
    since = begins(watched)
    watched.fire("AppDown", **pod(f"{app}a"))
    watched.fire("AppDown", **pod(f"{app}b"))
    watched.passes(2)
    questions = [alerts_of(f"{app}{letter}", since, watched.now()) for letter in "abcd"]
    answers = watched.client().ask(questions)
    assert [told(answers[each]) for each in questions] == [
        [("AppDown", f"{app}a-1", "firing")],
        [("AppDown", f"{app}b-1", "firing")],
        [],
        [],
    ]


def test_a_span_that_is_over_is_asked_as_of_its_end(watched, ask, app):
    since = begins(watched)
    watched.passes(3)
    until = watched.now()
    watched.passes(2)
    watched.fire("AppDown", **pod(app))
    watched.passes(3)
    assert ask(alerts_of(app, since, until)) == ()
    assert len(ask(alerts_of(app, until, watched.now()))) == 1


# --- silences -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "matchers",
    [
        [("alertname", "=", "AppDown"), ("pod", "=", "{app}-1")],
        [("pod", "=~", "{app}-.*"), ("severity", "!~", "warn.*"), ("namespace", "!=", "staging")],
        [("pod", "=", "{app}-1"), ("cluster", "=", "seoul")],
        [("pod", "=", "{app}-1"), ("team", "!=", "blue")],
    ],
)
def test_what_is_silenced_is_named(watched, ask, app, matchers):
    since = begins(watched)
    watched.silence(*((name, sign, text.format(app=app)) for name, sign, text in matchers), why="disk $1")
    watched.fire("AppDown", **pod(app))
    watched.passes(2)
    (alert,) = ask(alerts_of(app, since, watched.now()))
    assert alert.silenced == "ann: disk $1"


def test_what_a_label_says_is_no_reference(watched, ask, app):
    since = begins(watched)
    watched.silence(("pod", "=~", rf"{app}-\$1"))
    watched.fire("AppDown", **pod(app, "$1"))
    watched.passes(2)
    assert told(ask(alerts_of(app, since, watched.now()))) == [("AppDown", f"{app}-$1", "firing", "silenced")]


@pytest.mark.parametrize(
    "matchers",
    [
        [("alertname", "=", "AppDow"), ("pod", "=", "{app}-1")],
        [("pod", "=~", "{app}"), ("alertname", "=", "AppDown")],
        [("pod", "=", "{app}-1"), ("cluster", "=", "busan")],
        [("pod", "=", "{app}-1"), ("severity", "!=", "critical")],
    ],
)
def test_what_others_have_silenced_is_not(watched, ask, app, matchers):
    since = begins(watched)
    watched.silence(*((name, sign, text.format(app=app)) for name, sign, text in matchers))
    watched.fire("AppDown", **pod(app))
    watched.passes(2)
    assert told(ask(alerts_of(app, since, watched.now()))) == [("AppDown", f"{app}-1", "firing")]


def test_what_resolved_while_it_was_silenced_stays_so(watched, ask, app):
    since = begins(watched)
    silence = watched.silence(("pod", "=", f"{app}-1"))
    watched.fire("AppDown", **pod(app))
    watched.resolve("AppDown", **pod(app))
    watched.expire(silence)
    watched.passes(2)
    assert told(ask(alerts_of(app, since, watched.now()))) == [("AppDown", f"{app}-1", "silenced")]


def test_what_goes_on_after_its_silence_is_none(watched, ask, app):
    since = begins(watched)
    silence = watched.silence(("pod", "=", f"{app}-1"))
    watched.fire("AppDown", **pod(app))
    watched.expire(silence)
    watched.passes(3)
    assert told(ask(alerts_of(app, since, watched.now()))) == [("AppDown", f"{app}-1", "firing")]


def test_what_is_silenced_while_it_fires_is_known(watched, ask, app):
    since = begins(watched)
    watched.fire("AppDown", **pod(app))
    watched.passes(2)
    watched.silence(("pod", "=", f"{app}-1"))
    assert told(ask(alerts_of(app, since, watched.now()))) == [("AppDown", f"{app}-1", "firing", "silenced")]


# --- samples --------------------------------------------------------------------------------------------


def test_samples_end_now_and_stay_in_their_span(watched, ask, app):
    watched.set("errors", 0.25, app=app)
    watched.passes(2)
    since, until = watched.now() - timedelta(minutes=5), watched.now()
    samples = ask(SamplesOf(None, f'errors{{app="{app}"}}', since, until))
    assert samples[-1].value == 0.25
    assert all(since <= each.at <= until for each in samples)
    assert until - samples[-1].at < timedelta(seconds=1)


def test_at_one_instant_there_is_one_sample(watched, ask, app):
    watched.set("orders", 1530, app=app)
    watched.passes(2)
    now = watched.now().replace(microsecond=992_346)
    (sample,) = ask(SamplesOf(None, f'orders{{app="{app}"}}', now, now))
    assert (sample.at, sample.value) == (now, 1530)


def test_an_instant_that_is_over_is_asked_as_of_then_whatever_else_is_asked(watched, app):
    watched.set("orders", 7, app=app)
    watched.passes(1)
    over, query = watched.now(), f'orders{{app="{app}"}}'
    watched.passes(2)
    watched.set("orders", 8, app=app)
    watched.passes(1)
    then, now = SamplesOf(None, query, over, over), SamplesOf(None, query, watched.now(), watched.now())
    span = SamplesOf(None, query, over - timedelta(minutes=5), watched.now())
    answers = watched.client().ask([then, now, span])
    assert [[each.value for each in answers[one]] for one in (then, now)] == [[7], [8]]
    assert answers[span][-1].value == 8


def test_the_first_sample_of_a_span_is_that_of_its_beginning(watched, ask, app):
    until = watched.now()
    since = until - timedelta(minutes=5)
    samples = ask(SamplesOf(None, "2", since, until))
    assert (len(samples), samples[0].at) == (6, since)


def test_no_data_is_no_sample(watched, ask, app):
    until = watched.now()
    assert ask(SamplesOf(None, f'errors{{app="{app}"}}', until - timedelta(minutes=5), until)) == ()


def test_what_is_no_number_is_left_out(watched, ask, app):
    watched.set("errors", float("nan"), app=app)
    watched.passes(2)
    until = watched.now()
    assert ask(SamplesOf(None, f'errors{{app="{app}"}}', until - timedelta(minutes=5), until)) == ()


def test_a_number_is_a_query(watched, ask):
    until = watched.now()
    samples = ask(SamplesOf(None, "2", until - timedelta(minutes=5), until))
    assert {each.value for each in samples} == {2.0}


def test_several_series_are_refused(watched, ask, app):
    watched.set("errors", 1, app=app, pod="a")
    watched.set("errors", 1, app=app, pod="b")
    watched.passes(2)
    until = watched.now()
    error = ask(SamplesOf(None, f'errors{{app="{app}"}} # all', until - timedelta(minutes=5), until))
    assert error.code == "several_series"
    assert "answers 2 series" in error.sentence


def test_a_bad_query_spoils_no_other(watched, app):
    watched.set("errors", 0.5, app=app)
    watched.passes(2)
    until = watched.now()
    since = until - timedelta(minutes=5)
    good = f'errors{{app="{app}"}}'
    bad = [
        "errors{",
        "nonsense(1)",
        f'{good}, "x", "y", "", "") or label_replace({good}',
        ") or (",
        "errors[5m]",
    ]
    wanted = [SamplesOf(None, query, since, until) for query in (good, *bad, f"sum({good}) # all", "1")]
    answers = watched.client().ask(wanted)
    assert [answers[each][-1].value for each in wanted if isinstance(answers[each], tuple)] == [0.5, 0.5, 1.0]
    for query in wanted[1:6]:
        error = answers[query]
        assert isinstance(error, Refused), query
        assert error.code == "prometheus_query"
        words = "Prometheus cannot read the query: (1:[0-9]+: parse error|invalid expression type)"
        assert re.match(words, error.sentence)


def test_a_query_that_is_two_speaks_in_no_others_name(watched, app):
    watched.set("errors", 0.5, app=app)
    watched.passes(2)
    until = watched.now()
    good = f'errors{{app="{app}"}}'
    two = f'vector(7), "x", "y", "", "") or label_replace({good}'
    asked = [SamplesOf(None, query, until - timedelta(minutes=5), until) for query in (two, good)]
    answers = watched.client().ask(asked)
    assert answers[asked[0]].code == "prometheus_query"
    assert answers[asked[1]][-1].value == 0.5


# --- rules, gaps, arrivals ------------------------------------------------------------------------------


def test_the_rules_that_are_loaded(watched, ask):
    assert ask(RulesOf(None)) == LoadedRules(frozenset({"Watchdog", "AppDown", "AppSlow", "AppOdd"}))


def test_an_arrival_is_when_it_first_answers(watched, ask, app):
    since = begins(watched)
    query = f'running{{app="{app}"}}'
    assert ask(ArrivalOf(None, query, since, watched.now())) is None
    watched.set("running", 1, app=app)
    seen = watched.now()
    watched.passes(5)
    arrived = ask(ArrivalOf(None, query, since, watched.now()))
    assert since < arrived <= seen + timedelta(seconds=watched.tick + 1)


def test_what_was_there_before_arrived_at_the_beginning(watched, ask, app):
    watched.set("running", 1, app=app)
    watched.passes(5)
    since = begins(watched)
    assert ask(ArrivalOf(None, f'running{{app="{app}"}}', since, watched.now())) - since < timedelta(
        seconds=16
    )


def test_an_arrival_by_a_bad_query_is_refused(watched, ask):
    until = watched.now()
    error = ask(ArrivalOf(None, "running{", until - timedelta(minutes=1), until))
    assert error.code == "prometheus_query"


def test_a_heartbeat_that_nobody_has_is_a_gap(watched, ask):
    until = watched.now()
    since = until - timedelta(minutes=10)
    (gap,) = ask(GapsOf(None, "Heartbeat", since, until))
    assert gap.since <= since
    assert gap.until == until


def test_while_it_is_away_nothing_is_known_and_afterwards_all(watched, app):
    since = begins(watched)
    watched.fire("AppDown", **pod(app))
    watched.passes(2)
    question, client = alerts_of(app, since, watched.now()), watched.client()
    with watched.away():
        error = client.ask([question])[question]
        assert isinstance(error, Unavailable)
        assert "see whether it runs" in error.sentence
    watched.passes(12)  # a server that was silent is spared for a while
    assert told(client.ask([question])[question])[0][:2] == ("AppDown", f"{app}-1")


def test_a_restart_forgets_nothing(watched, ask, app):
    since = begins(watched)
    watched.fire("AppDown", **pod(app))
    watched.resolve("AppDown", **pod(app))
    watched.restart(2)
    assert told(ask(alerts_of(app, since, watched.now()))) == [("AppDown", f"{app}-1")]
