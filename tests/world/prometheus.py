"""Debian's Prometheus on loopback, which scrapes one service every second."""

import json
import subprocess
from contextlib import contextmanager

import requests
from world.service import answers, free_address, within

LABELS = {"namespace": "delivery", "job": "updater"}
"""As a ServiceMonitor of the release `updater` makes them."""


class Prometheus:
    def __init__(self, url):
        self.url = url

    def ask(self, path, **query):
        answer = requests.get(f"{self.url}/api/v1/{path}", params=query, timeout=10)
        told = answer.json()
        assert told["status"] == "success", (query, told)
        return told["data"]

    def samples(self, expression):
        """What an instant query finds: labels and value."""
        found = self.ask("query", query=expression)["result"]
        return [(sample["metric"], float(sample["value"][1])) for sample in found]


@contextmanager
def scraping(folder, target):
    """`target` is host and port of a `/metrics`."""
    address = free_address()
    static = {"targets": [target], "labels": {"namespace": LABELS["namespace"]}}
    jobs = [{"job_name": LABELS["job"], "scrape_interval": "1s", "static_configs": [static]}]
    folder.mkdir()
    (folder / "prometheus.yml").write_text(json.dumps({"scrape_configs": jobs}))
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                "prometheus",
                f"--config.file={folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address={address}",
            ],
            stdout=log,
            stderr=log,
        )
        try:
            within(30, lambda: answers(f"http://{address}/-/ready"))
            yield Prometheus(f"http://{address}")
        finally:
            process.kill()
            process.wait()
