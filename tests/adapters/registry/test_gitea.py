"""The registry of Gitea and Forgejo, as its source has it (routers/api/packages/container/container.go)."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest

TAGS = ["20261127t090000z", "20261128t090000z", "v1.2.3-rc1", "v1.2.3"]
"""Listed in lower case, however they were pushed; asked for in any."""
PAGE = 3
DIGEST = "sha256:" + "a" * 64


class Gitea(BaseHTTPRequestHandler):
    """Two challenges in two headers, and a link to the next page also after the last one."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
        self.server.asked.append(self.path)
        if path == "/v2/token":
            self.say(200, {"token": "eyJ.t.t"})
        elif self.headers.get("Authorization") != "Bearer eyJ.t.t":
            self.say(401, {"errors": [{"code": "UNAUTHORIZED"}]}, *self.challenges())
        elif path == "/v2/org/shop/tags/list":
            self.list(query.get("last", [""])[0])
        else:
            self.say(404, {"errors": [{"code": "NAME_UNKNOWN"}]})

    def do_HEAD(self):
        self.server.asked.append(self.path)
        known = self.headers.get("Authorization") == "Bearer eyJ.t.t"
        there = self.path.rpartition("/")[2].lower() in TAGS
        self.send_response(200 if known and there else 404 if known else 401)
        for name, value in (("Docker-Content-Digest", DIGEST),) if known else self.challenges():
            self.send_header(name, value)
        self.send_header("Content-Length", "2")
        self.end_headers()

    def challenges(self):
        realm = f'Bearer realm="{self.server.url}/v2/token",service="container_registry",scope="*"'
        return ("WWW-Authenticate", realm), ("WWW-Authenticate", 'Basic realm="Gitea Container Registry"')

    def list(self, last):
        left = TAGS[TAGS.index(last) + 1 :] if last else TAGS
        shown = left[:PAGE]
        link = f'</v2/org/shop/tags/list?last={shown[-1]}&n={PAGE}>; rel="next"' if shown else None
        headers = [("Link", link)] if link else []
        self.say(200, {"name": "org/shop", "tags": shown or None}, *headers)

    def say(self, status, content, *headers):
        body = json.dumps(content).encode()
        self.send_response(status)
        for name, value in (*headers, ("Content-Type", "application/json"), ("Content-Length", len(body))):
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """It is a test."""


@pytest.fixture
def registry():
    with ThreadingHTTPServer(("127.0.0.1", 0), Gitea) as server:
        server.url, server.asked = f"http://127.0.0.1:{server.server_port}", []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_a_list_ends_with_an_empty_page_behind_a_link(registry, client_for, shop):
    assert client_for(SimpleNamespace(url=registry.url)).tags(shop) == tuple(TAGS)
    pages = [path for path in registry.asked if "tags/list" in path and "last=" in path]
    assert pages[-1].partition("last=")[2].startswith("v1.2.3&"), "the last one is asked for, and is empty"


def test_of_two_challenges_the_token_is_taken(registry, client_for, shop):
    client_for(SimpleNamespace(url=registry.url)).tags(shop)
    assert [urlsplit(path).path for path in registry.asked].count("/v2/token") == 1


def test_a_tag_that_was_pushed_in_capitals_is_still_there(registry, client_for, shop):
    client = client_for(SimpleNamespace(url=registry.url))
    assert client.digest(shop, "20261128T090000Z") == client.digest(shop, "20261128t090000z") == DIGEST
