"""The web, served on loopback as the service serves it, from reports that a test hands to it."""

import socket
import threading
import time
from contextlib import contextmanager

import requests
import uvicorn
from prometheus_client import CollectorRegistry
from web import company

from updater.web.application import WebDependencies, web_application
from updater.web.live_updates import Broadcast

TOKEN = "a-token-of-the-tests"


class Healthy:
    def alive(self):
        return None

    def ready(self):
        return None


class Web:
    """`keeper` takes reports; `url` is where they are shown; `polled` is what was ordered."""

    def __init__(self, store, **more):
        self.store, self.polled, self.token = store, [], TOKEN
        self.served_names = ("deploy",)
        self.broadcast = Broadcast(store)
        self.app = web_application(
            WebDependencies(
                Healthy(), CollectorRegistry(), store, self.broadcast, self._poll, lambda: self.token, **more
            )
        )

    def _poll(self, repository):
        names = [name for name in self.served_names if repository in {None, name}]
        self.polled += names
        return names

    def get(self, path, **more):
        return requests.get(f"{self.url}{path}", timeout=10, **more)

    @contextmanager
    def served(self):
        listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        settings = uvicorn.Config(self.app, log_config=None, access_log=False, timeout_graceful_shutdown=1)
        server = uvicorn.Server(settings)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield self
        self.broadcast.end()
        server.should_exit = True
        thread.join(10)


@contextmanager
def serving(folder, apps, *, config=None, **told):
    config = company.config(folder / "config", apps, **(config or {}))
    store = company.store(config)
    store.keep(company.report(config, **told))
    with Web(store).served() as web:
        web.config = config
        yield web
