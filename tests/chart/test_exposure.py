"""What is reached from outside: hooks without the page, the page only by its own value, and by whom."""

import http.client
import re
from contextlib import closing

import pytest
from chart.rendering import combination, everything, example, merged, notes, of_kind, render
from helm_python.errors import HelmRenderError
from prometheus_client import CollectorRegistry
from web.serving import serving

from updater.web.application import WebDependencies, web_application
from updater.web.hooks import WebhookReceiver
from updater.web.hooks.payloads import REGISTRIES

pytestmark = pytest.mark.real

HOST = "updater.example.org"
INGRESS = {"enabled": True, "hosts": [HOST]}
ROUTE = {"enabled": True, "hostnames": [HOST], "parentRefs": [{"name": "public"}]}


def paths(values):
    """What each Ingress and HTTPRoute opens, by its name."""
    opened = {}
    for name, ingress in of_kind("Ingress", values).items():
        rules = ingress["spec"]["rules"]
        opened[name] = {(path["path"], path["pathType"]) for each in rules for path in each["http"]["paths"]}
    for name, route in of_kind("HTTPRoute", values).items():
        matches = [match["path"] for rule in route["spec"]["rules"] for match in rule["matches"]]
        opened[name] = {(match["value"], match["type"].removeprefix("Path")) for match in matches}
    return opened


def served():
    """The paths of the page's port with their methods, as the service describes them."""
    hooks = WebhookReceiver(None, lambda: None)
    needs = WebDependencies(None, CollectorRegistry(), None, None, None, lambda: None, hooks)
    return web_application(needs).openapi()["paths"]


def test_nothing_is_reached_from_outside_unless_somebody_says_so():
    assert paths({}) == {}
    assert of_kind("Service")["updater"]["spec"]["type"] == "ClusterIP"


@pytest.mark.parametrize("values", [{"ingress": {"hooks": INGRESS}}, {"httpRoute": {"hooks": ROUTE}}])
def test_who_opens_the_hooks_opens_nothing_else(values):
    assert paths(values) == {"updater-hooks": {("/webhooks", "Prefix")}}
    assert "WARNING" not in notes(values)


def test_below_that_path_there_are_only_hooks_and_all_of_them():
    below = {path: methods.keys() for path, methods in served().items() if path.startswith("/webhooks")}

    hooks = (
        "/webhooks/github",
        "/webhooks/gitea",
        "/webhooks/bitbucket",
        "/webhooks/azure",
        "/webhooks/registry/{kind}",
    )
    assert below == {path: {"post"} for path in hooks}
    assert {"/api/status", "/api/poll"} <= served().keys() - below.keys()


@pytest.mark.parametrize("values", [{"ingress": {"hooks": INGRESS}}, {"httpRoute": {"hooks": ROUTE}}])
def test_who_opens_the_hooks_is_told_the_address_of_each(values):
    told = set(re.findall(rf"https://{HOST}(/webhooks/\S+)", notes(values)))
    kinds = {f"/webhooks/registry/{kind}" for kind in REGISTRIES}
    fixed = {path for path in served() if path.startswith("/webhooks") and "{" not in path}

    assert told == fixed | kinds
    assert "/webhooks/" not in notes()


@pytest.mark.parametrize(
    ("hosts", "told"),
    [([HOST], True), (HOST, True), ([HOST, "localhost"], False), ([], False), (None, False)],
)
def test_a_page_that_is_not_called_localhost_is_said_not_to_answer_a_forwarded_port(hosts, told):
    said = notes({"config": {"service": {"hosts": hosts}}})

    assert ("service.hosts of the config has no localhost" in said) is told
    assert (f'curl --header "Host: {HOST}" http://localhost:8080' in said) is told


def test_where_the_config_cannot_be_read_the_forwarded_port_is_a_question():
    said = render(combination("existing-config-maps"))["NOTES.txt"]

    assert "where the config has service.hosts without localhost" in said


@pytest.mark.parametrize("values", [{"ingress": {"page": INGRESS}}, {"httpRoute": {"page": ROUTE}}])
def test_the_page_is_an_object_of_its_own_and_comes_with_a_warning(values):
    assert paths(values) == {"updater-page": {("/", "Prefix")}}
    assert "opens the page, which asks nobody for a password" in notes(values)


def test_below_a_path_they_open_that_and_the_probes_stay():
    ways = {"ingress": {"page": INGRESS}, "httpRoute": {"hooks": ROUTE}}
    for path in ("/updater", "updater/"):
        values = ways | {"config": {"service": {"base_path": path}}}
        assert paths(values) == {
            "updater-page": {("/updater", "Prefix")},
            "updater-hooks": {("/updater/webhooks", "Prefix")},
        }
        assert f"https://{HOST}/updater/webhooks/github" in notes(values)
    (container,) = of_kind("Deployment", values)["updater"]["spec"]["template"]["spec"]["containers"]
    assert container["livenessProbe"]["httpGet"]["path"] == "/livez"


def test_where_the_chart_cannot_read_the_config_a_value_says_the_path():
    values = combination("existing-config-maps") | {"basePath": "/updater", "ingress": {"page": INGRESS}}
    assert "path: /updater\n" in render(values)["ingress.yaml"]


def test_a_login_before_the_page_does_not_stand_before_the_hooks():
    login = {"nginx.ingress.kubernetes.io/auth-url": "https://login.example.org"}
    found = of_kind("Ingress", {"ingress": {"hooks": INGRESS, "page": INGRESS | {"annotations": login}}})

    assert found["updater-page"]["metadata"]["annotations"] == login
    assert "annotations" not in found["updater-hooks"]["metadata"]


def test_they_lead_to_the_page_s_port_of_the_service_and_never_to_the_metrics():
    values = {"ingress": {"hooks": INGRESS}, "httpRoute": {"hooks": ROUTE}, "service": {"port": 80}}
    (rule,) = of_kind("Ingress", values)["updater-hooks"]["spec"]["rules"]
    (way,) = of_kind("HTTPRoute", values)["updater-hooks"]["spec"]["rules"]

    assert rule["host"] == HOST
    assert rule["http"]["paths"][0]["backend"] == {"service": {"name": "updater", "port": {"name": "http"}}}
    assert way["backendRefs"] == [{"name": "updater", "port": 80}]


@pytest.mark.parametrize(
    ("values", "why"),
    [
        (
            {"ingress": {"hooks": {"enabled": True}}},
            "ingress.hooks.hosts: name the host that it is reached by",
        ),
        ({"ingress": {"page": {"enabled": True}}}, "ingress.page.hosts: name the host that it is reached by"),
        ({"httpRoute": {"hooks": ROUTE | {"hostnames": []}}}, "httpRoute.hooks.hostnames: name"),
        ({"httpRoute": {"page": ROUTE | {"parentRefs": []}}}, "httpRoute.page.parentRefs: name the Gateway"),
        (
            {"ingress": {"hooks": INGRESS}, "config": {"service": {"webhook_secret_env": None}}},
            "config: ingress.hooks is enabled and service names no webhook_secret_env",
        ),
        ({"basePath": "/other"}, "basePath: it is /other, and config has service.base_path nowhere"),
        (
            {"httpRoute": {"page": ROUTE}, "config": {"service": {"hosts": ["localhost"]}}},
            f"config: service.hosts has no {HOST}, which httpRoute.page opens to",
        ),
    ],
)
def test_a_way_in_that_would_lead_nowhere_is_refused(values, why):
    with pytest.raises(HelmRenderError, match=re.escape(why)):
        render(example(values))


# --- the network ----------------------------------------------------------------------

PEER = {"podSelector": {"matchLabels": {"app": "a"}}}


def policy(**values):
    return of_kind("NetworkPolicy", {"networkPolicy": {"enabled": True, **values}})["updater"]["spec"]


def test_without_a_peer_nobody_reaches_the_pod_and_the_way_out_is_open():
    assert policy()["policyTypes"] == ["Ingress"]
    assert "ingress" not in policy(), "an empty list of peers would let in everybody"


def test_a_peer_reaches_its_own_port_only():
    rules = policy(httpFrom=[PEER], metricsFrom=[{"namespaceSelector": {}}])["ingress"]

    assert rules == [
        {"ports": [{"port": 8080, "protocol": "TCP"}], "from": [PEER]},
        {"ports": [{"port": 8081, "protocol": "TCP"}], "from": [{"namespaceSelector": {}}]},
    ]


def test_metrics_without_a_port_of_their_own_are_at_the_page_s():
    values = {"config": {"service": {"metrics_listen": None}}}
    spec = of_kind("NetworkPolicy", values | {"networkPolicy": {"enabled": True, "metricsFrom": [PEER]}})

    assert spec["updater"]["spec"]["ingress"][0]["ports"] == [{"port": 8080, "protocol": "TCP"}]


def test_the_way_out_is_closed_but_for_what_is_listed_and_dns():
    spec = policy(egressPorts=[443], egressRules=[{"to": [PEER]}])

    assert spec["policyTypes"] == ["Ingress", "Egress"]
    assert spec["egress"] == [
        {"ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]},
        {"ports": [{"port": 443, "protocol": "TCP"}]},
        {"to": [PEER]},
    ]


def test_the_policy_is_for_this_release_s_pod():
    found = everything(merged(combination("hooks-ingress"), {}), name="prod")
    kinds = {each["kind"]: each for each in found}
    labels = kinds["Deployment"]["spec"]["template"]["metadata"]["labels"]

    assert kinds["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"].items() <= labels.items()


# --- paths that only look as if they were below the hooks ---------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/webhooks/../",
        "/webhooks/..",
        "/webhooks/../api/status",
        "/webhooks/%2e%2e/api/status",
        "/webhooks/..%2fapi/status",
        "/webhooks/%2e%2e%2f",
        "/webhooks//",
        "/webhooks/..;/",
        "/webhooks/registry/../../",
    ],
)
def test_no_path_below_the_hooks_leads_to_the_page(tmp_path, path):
    """An Ingress passes on what begins so, as it was written."""
    with serving(tmp_path, 1) as web:
        host = web.url.removeprefix("http://")
        with closing(http.client.HTTPConnection(host, timeout=10)) as connection:
            connection.request("GET", path)
            answer = connection.getresponse()
            assert answer.status == 404, path
            assert b"<html" not in answer.read()
        assert web.get("/").ok
