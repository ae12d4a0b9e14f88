"""From a pushed image's acknowledgement to the commit on the base branch, with hooks on. Prints figures.

    python tests/benchmarks/latency.py [IMAGES]

One real `updater run` beside an embedded registry and an embedded GitHub; images are pushed one by one.
"""

import hashlib
import hmac
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import requests

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from world.scene import TOKEN, Scene
from world.service import answers, running, within

IMAGES = 50
SECRET = "of the benchmark"


def main(images):
    os.environ["UPDATER_BENCH_HOOK"] = SECRET
    with tempfile.TemporaryDirectory() as folder:
        scene = Scene(Path(folder))
        os.environ[TOKEN] = scene.hub.bot_token
        scene.config["poll"] = {"every": "1h"}
        with running(scene, webhook_secret_env="UPDATER_BENCH_HOOK") as (_, url):
            within(30, lambda: answers(f"{url}/readyz"))
            seconds = sorted(_one(scene, url) for _ in range(images))
        scene.close()
    p95 = seconds[int(len(seconds) * 0.95) - 1]
    print(f"{images} images pushed one by one, hooks on: from acknowledgement to commit on the base branch")  # noqa: T201
    print(f"  median {statistics.median(seconds):.3f} s, p95 {p95:.3f} s, longest {seconds[-1]:.3f} s")  # noqa: T201


def _one(scene, url):
    scene.world.clock.forward(seconds=1)
    head = scene.hub.head(scene.repository, "main")
    scene.build("shop")
    began = time.monotonic()
    body = json.dumps({"package": {"name": "shop", "owner": {"login": "acme"}}}).encode()
    signature = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-GitHub-Event": "package", "X-Hub-Signature-256": signature}
    requests.post(f"{url}/webhooks/github", data=body, headers=headers, timeout=5).raise_for_status()
    while scene.hub.head(scene.repository, "main") == head:
        assert time.monotonic() < began + 30, "it never came"
        time.sleep(0.005)
    return time.monotonic() - began


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else IMAGES)
