"""`service: {base_path: /updater}`: the same below a path, through proxies that strip it and that do not."""

import re

import pytest
import requests
from web import company
from web.serving import Web, serving

from updater.config.models import SERVED
from updater.web.hooks import WebhookReceiver

BASE = "/updater"
SERVICE = {"service": {"base_path": BASE}}
PAGES = ("/", "/apps/app-0005", "/policies", "/passes", "/workers", "/apps/nobody")
HTML = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def below(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("below"), 6, config=SERVICE) as web:
        yield web


def asked(web, path, **how):
    """What a browser gets through a proxy that leaves the path as it is, and through one that strips it."""
    kept, stripped = (requests.get(web.url + each, timeout=10, **how) for each in (BASE + path, path))
    assert (kept.status_code, kept.content) == (stripped.status_code, stripped.content)
    return kept


@pytest.mark.parametrize("path", PAGES)
def test_every_address_of_a_page_is_below_it_and_there(below, path):
    page = asked(below, path, headers=HTML).text
    assert f'data-base="{BASE}"' in page
    found = set(re.findall(r'(?:href|src|action)="([^"#:]+)"', page)) - {"#main"}
    local = {url for url in found if not url.startswith("?")}
    assert local
    for url in sorted(local):
        assert url.startswith(f"{BASE}/"), url
        assert requests.get(below.url + url, timeout=10).status_code == 200, url


def test_the_path_alone_is_the_matrix(below):
    alone = requests.get(below.url + BASE, timeout=10)
    assert alone.text == requests.get(f"{below.url}{BASE}/", timeout=10).text
    assert alone.history == []


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics", "/api/status", "/static/page.css"])
def test_programs_are_answered_at_both(below, path):
    assert asked(below, path).status_code == 200


def test_the_document_of_the_api_says_where_it_is(below):
    document = requests.get(f"{below.url}/api/openapi.json", timeout=10).json()
    assert document["servers"] == [{"url": BASE}]
    assert "/api/status" in document["paths"]


def test_an_error_of_the_api_is_json_there_too(below):
    (error,) = asked(below, "/api/apps/nobody").json().values()
    assert error.startswith("the config has no app nobody")


def test_a_path_that_only_begins_alike_is_not_below_it(below):
    assert requests.get(f"{below.url}{BASE}s/", timeout=10).status_code == 404


def test_hooks_and_orders_are_heard_there_too(tmp_path):
    class Woken(list):
        def wake(self, named):
            self.append(named)
            return 1

    woken = Woken()
    config = company.config(tmp_path, 1, **SERVICE)
    with Web(company.store(config), hooks=WebhookReceiver(woken, lambda: "s")).served() as web:
        for base in (BASE, ""):
            said = {"docker_url": "quay.io/acme/shop"}
            url, known = f"{web.url}{base}/webhooks/registry/quay", {"Authorization": "Bearer s"}
            assert requests.post(url, json=said, headers=known, timeout=10).status_code == 202
            order = {"Authorization": f"Bearer {web.token}"}
            assert requests.post(f"{web.url}{base}/api/poll", headers=order, timeout=10).status_code == 202
    assert len(woken) == 2


def test_another_path_of_a_changed_config_counts_from_then_on(tmp_path):
    with serving(tmp_path, 2) as web:
        assert 'href="/apps/app-0001"' in web.get("/").text
        assert web.get(f"{BASE}/").status_code == 404
        web.store.configure(company.config(tmp_path / "config", 2, **SERVICE))
        assert f'href="{BASE}/apps/app-0001"' in web.get("/").text
        assert web.get(f"{BASE}/").status_code == 200


def test_names_of_hosts_are_asked_for_below_it_and_probes_are_not(tmp_path):
    config = company.config(tmp_path, 1, **SERVICE)
    with Web(company.store(config), hosts=frozenset({"updater.example.org"})).served() as web:
        assert web.get(f"{BASE}/livez").status_code == 200
        assert web.get(f"{BASE}/").status_code == 421


def test_the_words_that_no_path_may_begin_with_are_those_that_are_served(below):
    found = [
        below.app,
        *(each.original_router for each in below.app.routes if hasattr(each, "original_router")),
    ]
    paths = {one.path for each in found for one in each.routes if hasattr(one, "path")}
    served = {path.split("/")[1] for path in paths} - {""}
    assert served | {"webhooks"} == set(SERVED)
