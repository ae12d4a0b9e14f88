"""A service's hooks on loopback, and somebody to deliver to them."""

import base64
import hashlib
import hmac
import json
import threading
import time

import pytest
import requests
import uvicorn
from fastapi import FastAPI

from updater.web.hooks import WebhookReceiver, routes

SECRET = "It's a Secret to Everybody"


class Woken:
    """What the hooks have named, in order."""

    def __init__(self):
        self.named = []
        self.passes = 1

    def wake(self, named):
        self.named.append(named)
        return self.passes


class Post:
    """Delivers what GitHub and registries would."""

    def __init__(self, url, woken, counted):
        self.url, self.woken, self.counted = url, woken, counted
        self.session = requests.Session()
        self.session.trust_env = False

    def send(self, path, body, **headers):
        return self.session.post(self.url + path, data=body, headers=headers, timeout=10)

    def github(self, payload, event="package", *, secret=SECRET, delivery=None, **headers):
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        headers |= {"X-GitHub-Event": event, "X-Hub-Signature-256": signature(secret, body)}
        headers |= {"X-GitHub-Delivery": delivery} if delivery else {}
        return self.send("/webhooks/github", body, **headers)

    def gitea(self, payload, event="package", *, secret=SECRET, delivery=None, forgejo=False):
        body = json.dumps(payload).encode()
        signed = signature(secret, body).removeprefix("sha256=")
        headers = {"X-Gitea-Event": event, "X-Gitea-Signature": signed, "X-GitHub-Event": event}
        headers |= {"X-Forgejo-Event": event, "X-Forgejo-Signature": signed} if forgejo else {}
        headers |= {"X-Gitea-Delivery": delivery} if delivery else {}
        return self.send("/webhooks/gitea", body, **headers)

    def bitbucket(self, payload, event="repo:push", *, secret=SECRET, delivery=None):
        body = json.dumps(payload).encode()
        headers = {"X-Event-Key": event, "X-Hub-Signature": signature(secret, body)}
        headers |= {"X-Request-UUID": delivery} if delivery else {}
        return self.send("/webhooks/bitbucket", body, **headers)

    def azure(self, payload, *, secret=SECRET, user="updater"):
        shown = base64.b64encode(f"{user}:{secret}".encode()).decode()
        headers = {"Authorization": f"Basic {shown}"} if secret else {}
        return self.send("/webhooks/azure", json.dumps(payload), **headers)

    def registry(self, kind, payload, *, secret=SECRET):
        headers = {"Authorization": f"Bearer {secret}"} if secret else {}
        return self.send(f"/webhooks/registry/{kind}", json.dumps(payload), **headers)


def signature(secret, body):
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


@pytest.fixture(scope="module")
def served():
    """One server for the module; `door` is another one for each test."""
    web, doors = FastAPI(), {}
    server = uvicorn.Server(uvicorn.Config(web, port=0, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield web, doors, f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def post_of(served):
    web, _, url = served

    def make(secret=SECRET):
        woken, counted = Woken(), []
        web.router.routes.clear()
        web.include_router(routes(WebhookReceiver(woken, lambda: secret, lambda *what: counted.append(what))))
        return Post(url, woken, counted)

    return make


@pytest.fixture
def post(post_of):
    return post_of()
