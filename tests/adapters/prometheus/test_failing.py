"""What goes wrong on the way to Prometheus is one sentence, and never an answer."""

import json
from datetime import timedelta

import pytest
from world.authority import Authority, over_tls
from world.watched_apps import START, connected, in_sandbox

from updater.adapters.prometheus import MonitoringClient, MonitoringTarget, PrometheusClient
from updater.errors import Refused, Unavailable
from updater.model import AlertMatch, AlertsOf, ArrivalOf, GapsOf, RulesOf, SamplesOf
from updater.sandbox.prometheus import Prometheus

SINCE, UNTIL = START, START + timedelta(minutes=10)
ALERTS = AlertsOf(None, AlertMatch('app="{app}"', "shop"), SINCE, UNTIL)
EVERYTHING = [
    ALERTS,
    AlertsOf(None, AlertMatch('app="{app}"', "blog"), SINCE, UNTIL),
    RulesOf(None),
    GapsOf(None, "Watchdog", SINCE, UNTIL),
    SamplesOf(None, "errors", SINCE, UNTIL),
    ArrivalOf(None, "running", SINCE, UNTIL),
]


@pytest.fixture
def watched():
    with in_sandbox() as watched:
        watched.passes(60)
        yield watched


def errors(client):
    """Each question's, in the order of EVERYTHING."""
    answers = client.ask(EVERYTHING)
    assert set(answers) == set(EVERYTHING)
    return [answers[each] for each in EVERYTHING]


def success(**more):
    return json.dumps({"status": "success", **more})


def vector(*points):
    return {"resultType": "vector", "result": [{"metric": {}, "value": point} for point in points]}


def failure(kind, said):
    return json.dumps({"status": "error", "errorType": kind, "error": said})


LOGIN = (Refused, "prometheus_nonsense", "look for a login page")
BUSY = (Unavailable, "prometheus_unavailable", "it starts, has a fault or is overloaded")
DENIED = (Refused, "prometheus_unauthorized", "check the token or the password")
IN_PARTS = (
    Unavailable,
    "prometheus_unavailable",
    r"could not read all its stores \((store-1: away|isPartial)\)",
)
NOTHING = {**vector(), "groups": []}
FAILURES = {
    "no credentials": (401, "Unauthorized", *DENIED),
    "the wrong ones": (403, "no", *DENIED),
    "no API": (404, "404 page", Refused, "prometheus_nonsense", "check the path in `prometheus.server`"),
    "a redirect": (302, "", Refused, "prometheus_redirected", "is not followed"),
    "a status": (410, "", Refused, "prometheus_refused", "is no answer to this"),
    "too often": (429, "", *BUSY),
    "starting": (503, "Service Unavailable", *BUSY),
    "a page": (200, "<html>log in</html>", *LOGIN),
    "deep JSON": (200, "[" * 100_000, *LOGIN),
    "a list": (200, "[]", *LOGIN),
    "no data": (200, success(), *LOGIN),
    "no points": (
        200,
        success(data={"resultType": "matrix", "result": [{"metric": {}, "values": 5}]}),
        *LOGIN,
    ),
    "no time": (200, success(data=vector([1e300, "1"])), *LOGIN),
    "a time of many digits": (200, success(data=vector([10**4000, "1"])), *LOGIN),
    "half a character": (
        200,
        success(
            data={
                "resultType": "vector",
                "result": [{"metric": {"alertname": "\ud800"}, "value": [1, "1"]}],
                "groups": [{"rules": [{"type": "alerting", "name": "\ud800"}]}],
            }
        ),
        *LOGIN,
    ),
    "no number": (200, success(data=vector([1, "one"])), *LOGIN),
    "a part": (200, success(data=NOTHING, isPartial=True), *IN_PARTS),
    "a part with words": (200, success(data=NOTHING, warnings=["store-1: away"]), *IN_PARTS),
    "too many samples": (
        *(422, failure("execution", "would load too many samples")),
        *(Refused, "prometheus_refused", "does not answer the query: would load too many samples"),
    ),
    "a slow query": (
        *(503, failure("timeout", "query timed out")),
        *(Unavailable, "prometheus_unavailable", "gave a query up: query timed out"),
    ),
}


@pytest.mark.parametrize("failing", FAILURES.values(), ids=FAILURES)
def test_each_failure_is_a_sentence_and_never_an_answer(watched, failing):
    status, body, error, code, says = failing
    watched.prometheus.fault("/api/v1/", status, body=body)
    for told in errors(watched.client()):
        assert isinstance(told, error)
        assert told.code == code
        with pytest.raises(error, match=says):
            raise told


def test_one_that_is_away_is_asked_once_and_comes_back(watched):
    client = watched.client()
    watched.prometheus.go_away()
    for told in errors(client):
        assert isinstance(told, Unavailable)
        assert "see whether it runs" in told.sentence
    assert len(watched.prometheus.requests) <= 8
    watched.prometheus.come_back()
    watched.passes(1)
    assert client.ask([ALERTS]) == {ALERTS: ()}


def test_one_that_was_waited_for_is_spared_for_longer(watched):
    """A pass asks several times; each would wait again, and all apps with it."""
    ticks = iter([0, 15, 15, 40, 40])
    start = watched.now()
    door = MonitoringClient(
        watched.prometheus.url,
        MonitoringTarget("Prometheus", watched.prometheus.host, "prometheus"),
        None,
        clock=lambda: start + timedelta(seconds=next(ticks)),
    )
    watched.prometheus.go_away()
    client = PrometheusClient(door)
    assert isinstance(client.ask([RulesOf(None)])[RulesOf(None)], Unavailable)
    watched.prometheus.come_back()
    assert isinstance(client.ask([RulesOf(None)])[RulesOf(None)], Unavailable)
    assert len(watched.prometheus.requests) == 1


def test_an_answer_beyond_all_bounds_is_refused(watched, monkeypatch):
    monkeypatch.setattr("updater.adapters.prometheus.http_client.LARGEST", 1000)
    watched.prometheus.fault("/api/v1/", 200, body=" " * 5000)
    assert {told.code for told in errors(watched.client())} == {"prometheus_too_large"}


def test_what_takes_too_long_altogether_is_left_unasked(watched, monkeypatch):
    monkeypatch.setattr("updater.adapters.prometheus.client.SECONDS", -1)
    told = watched.client().ask([ALERTS])[ALERTS]
    assert isinstance(told, Unavailable)
    assert "was not asked all" in told.sentence


def test_a_match_that_is_none_is_refused_by_itself(watched):
    bad = AlertsOf(None, AlertMatch("app=shop", "shop"), SINCE, UNTIL)
    answers = watched.client().ask([bad, ALERTS])
    assert answers[ALERTS] == ()
    assert answers[bad].code == "prometheus_query"


# --- Alertmanager ---------------------------------------------------------------------------------------


def test_with_alertmanager_away_nobody_knows_whether_what_fired_counts(watched):
    watched.alertmanager.go_away()
    question = AlertsOf(None, AlertMatch('app="{app}"', "shop"), watched.now(), UNTIL + timedelta(hours=1))
    quiet = AlertsOf(None, AlertMatch('app="{app}"', "blog"), watched.now(), UNTIL + timedelta(hours=1))
    watched.passes(1)
    watched.fire("AppDown", app="shop")
    answers = watched.client().ask([question, quiet])
    assert isinstance(answers[question], Unavailable)
    assert answers[question].sentence.startswith("Alertmanager at 127.0.0.1:")
    assert answers[quiet] == ()


def silence(**odd):
    """As Alertmanager tells one, but for what is odd in it."""
    matcher = {"name": "app", "value": "shop", "isRegex": True, **odd.pop("matcher", {})}
    told = {"startsAt": "2026-01-01T00:00:00Z", "endsAt": "9999-12-31T23:59:59.999999999Z", **odd}
    return {"status": {"state": "active"}, "createdBy": "ops", "comment": "", "matchers": [matcher], **told}


@pytest.mark.parametrize(
    "body",
    [
        "{}",
        "[5]",
        '[{"status": {"state": "active"}}]',
        "<html>",
        pytest.param(json.dumps([silence(startsAt="2026-01-01T00:00:00")]), id="no zone"),
        pytest.param(json.dumps([silence(matcher={"value": "\ud800"})]), id="half a character"),
        pytest.param(json.dumps([silence(matcher={"name": "\ud800"})]), id="in a name"),
    ],
)
def test_silences_that_make_no_sense_are_none(watched, body):
    watched.alertmanager.fault("/api/v2/", 200, body=body)
    question = AlertsOf(None, AlertMatch('app="{app}"', "shop"), watched.now(), UNTIL + timedelta(hours=1))
    watched.passes(1)
    watched.fire("AppDown", app="shop")
    assert watched.client().ask([question])[question].code == "prometheus_nonsense"


def test_a_configuration_of_any_depth_is_no_answer(watched):
    """It is read where a silence names what no alert bears."""
    question = AlertsOf(None, AlertMatch('app="{app}"', "shop"), watched.now(), UNTIL + timedelta(hours=1))
    watched.passes(1)
    watched.fire("AppDown", app="shop")
    told = json.dumps([silence(matcher={"name": "cluster"})])
    watched.alertmanager.fault("/api/v2/", 200, body=told)
    watched.prometheus.fault(
        "/api/v1/status/config", 200, body=success(data={"yaml": "global: " + "[" * 50_000})
    )
    assert watched.client().ask([question])[question].code == "prometheus_nonsense"


def test_of_a_configuration_only_what_is_asked_of_it_is_read(watched):
    """The rest may be megabytes of what is scraped, and a reader of YAML takes seconds for each."""
    question = AlertsOf(None, AlertMatch('app="{app}"', "shop"), watched.now(), UNTIL + timedelta(hours=1))
    watched.passes(1)
    watched.fire("AppDown", app="shop")
    told = json.dumps([silence(matcher={"name": "cluster", "value": "seoul"})])
    watched.alertmanager.fault("/api/v2/", 200, body=told)
    config = "rule_files: &rules\nglobal:\n  external_labels:\n    cluster: seoul\nscrape_configs: *none\n"
    watched.prometheus.fault("/api/v1/status/config", 200, body=success(data={"yaml": config}))
    (alert,) = watched.client().ask([question])[question]
    assert alert.silenced == "ops"


def test_an_alert_whose_labels_have_names_of_any_kind_can_be_silenced(watched):
    """As Prometheus 3 has them, and OpenTelemetry names things; it is told apart from others all the same."""
    question = AlertsOf(None, AlertMatch('app="{app}"', "shop"), watched.now(), UNTIL + timedelta(hours=1))
    watched.passes(1)
    watched.fire("AppDown", app="shop", **{"service.name": "cart"})
    watched.fire("AppDown", app="shop", **{"service.name": "till"})
    told = json.dumps([silence(matcher={"name": "service.name", "value": "cart", "isRegex": False})])
    watched.alertmanager.fault("/api/v2/", 200, body=told)
    alerts = watched.client().ask([question])[question]
    silenced = {dict(each.labels)["service.name"]: each.silenced for each in alerts}
    assert silenced == {"cart": "ops", "till": None}


def test_without_an_alertmanager_nothing_is_silenced(watched):
    since = watched.now()
    watched.passes(1)
    watched.fire("AppDown", app="shop")
    question = AlertsOf(None, AlertMatch('app="{app}"', "shop"), since, watched.now())
    client = connected(watched.prometheus.url, watched.now)
    (alert,) = client.ask([question])[question]
    assert alert.silenced is None


# --- I12 ------------------------------------------------------------------------------------------------


def test_i12_credentials_go_to_prometheus_alone(watched):
    """Neither to its Alertmanager, which has its own, nor to where a redirect leads."""
    watched.prometheus.token = "prometheus-token"
    since = watched.now()
    watched.passes(1)
    watched.fire("AppDown", app="shop")
    question = AlertsOf(None, AlertMatch('app="{app}"', "shop"), since, watched.now())
    target = MonitoringTarget("Prometheus", watched.prometheus.host, "prometheus")
    door = MonitoringClient(
        watched.prometheus.url, target, lambda: "Bearer prometheus-token", clock=watched.now
    )
    other = MonitoringTarget("Alertmanager", watched.alertmanager.host, "prometheus.alertmanager")
    client = PrometheusClient(
        door, MonitoringClient(watched.alertmanager.url, other, None, clock=watched.now)
    )
    (alert,) = client.ask([question])[question]
    assert alert.name == "AppDown"
    assert watched.alertmanager.requests
    elsewhere = f"{watched.alertmanager.url}/api/v1/query"
    watched.prometheus.fault("/api/v1/query", 307, body="", headers={"Location": elsewhere})
    assert client.ask([question])[question].code == "prometheus_redirected"
    assert watched.prometheus.sent_credentials == {"Bearer prometheus-token"}
    assert watched.alertmanager.sent_credentials == set()


def door(watched, sent):
    target = MonitoringTarget("Prometheus", watched.prometheus.host, "prometheus")
    return PrometheusClient(MonitoringClient(watched.prometheus.url, target, lambda: sent, clock=watched.now))


@pytest.mark.parametrize("sent", ["Bearer s3cret-token", "Basic b3BzOnMzY3JldA=="])
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, failure("bad_data", "what is {}?")),
        (422, failure("execution", "{} may not")),
        (200, success(data=NOTHING, warnings=["a store does not take {}"])),
    ],
)
def test_i9_who_echoes_our_credentials_is_not_repeated(watched, sent, status, body):
    watched.prometheus.fault("/api/v1/", status, body=body.replace("{}", sent))
    for told in errors(door(watched, sent)):
        assert sent.partition(" ")[2] not in told.sentence
        assert "***" in told.sentence


def test_a_token_of_any_letters_is_sent(watched):
    answers = door(watched, "Bearer gehe\u00efm\u20ac").ask([RulesOf(None)])
    assert "AppDown" in answers[RulesOf(None)].names


def test_i12_no_credentials_go_in_the_clear_beyond_this_machine():
    target = MonitoringTarget("Prometheus", "prometheus.example.org", "prometheus")
    with pytest.raises(ValueError, match="use https or say insecure"):
        MonitoringClient("http://prometheus.example.org", target, lambda: "x", clock=lambda: START)
    MonitoringClient("http://prometheus.example.org", target, None, clock=lambda: START)


def test_i12_a_stranger_gets_no_credentials(tmp_path):
    """And whoever an authority of one's own vouches for does."""
    authority = Authority(tmp_path / "authority")
    with over_tls(Prometheus(), authority) as prometheus:
        prometheus.token = "prometheus-token"

        def version(**options):
            target = MonitoringTarget("Prometheus", prometheus.host, "prometheus")
            sent = MonitoringClient(
                prometheus.url, target, lambda: "Bearer prometheus-token", clock=lambda: START, **options
            )
            return PrometheusClient(sent).version()

        with pytest.raises(Refused, match=r"name the authority by `prometheus\.ca_file`") as caught:
            version()
        assert caught.value.code == "prometheus_untrusted"
        with pytest.raises(Refused, match=r"nobody\.pem of `prometheus\.ca_file` is not there"):
            version(ca_file=str(tmp_path / "nobody.pem"))
        assert prometheus.sent_credentials == set()
        assert version(ca_file=str(authority.ca_file)) == "2.42.0"
        assert prometheus.sent_credentials == {"Bearer prometheus-token"}


@pytest.mark.parametrize(
    ("matchers", "is_read"),
    [
        pytest.param([("pod", "=", "shop-1")], True, id="by its own labels"),
        pytest.param([("pod", "=", "blog-1"), ("cluster", "=", "seoul")], True, id="of another alert"),
        pytest.param([("pod", "=", "shop-1"), ("cluster", "=", "seoul")], False, id="perhaps of this one"),
    ],
)
def test_without_its_configuration_only_what_may_be_silenced_is_unread(watched, matchers, is_read):
    """As Thanos and Mimir, which show none."""
    watched.prometheus.fault("/api/v1/status/config", 404)
    since = watched.now()
    watched.silence(*matchers)
    watched.fire("AppDown", namespace="prod", pod="shop-1")
    question = AlertsOf(None, AlertMatch('pod=~"{app}-.*"', "shop"), since, watched.now())
    assert isinstance(watched.client().ask([question])[question], tuple) == is_read
