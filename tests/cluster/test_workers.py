"""Several workers, one PostgreSQL: each as a process of its own, as people start them."""

from contextlib import contextmanager

import pytest
import requests
from world.postgres import DSN
from world.scene import STAGING
from world.service import answers, free_address, within

pytestmark = pytest.mark.real


def shared(scene, **more):
    scene.config["engine"] = {"procrastinate": {"dsn_env": DSN, "dead_after": "3s", **more}}
    scene.config["poll"] = {"every": "1h"}


@contextmanager
def workers(scene, count, **settings):
    """Each with its page; answers process and address of each."""
    started = []
    try:
        for number in range(count):
            address = free_address()
            scene.config["service"] = {"listen": address, **settings}
            started.append((scene.start("worker", cache=f"worker-{number}"), f"http://{address}"))
            within(60, lambda at=started[-1][1]: answers(f"{at}/livez"))
        yield started
    finally:
        for process, _ in started:
            process.kill()
            process.communicate()


def migrated(scene):
    done = scene.command("worker", "--migrate")
    assert done.returncode == 0, done.stderr
    return done.stdout


def done(url):
    """What the last pass has done that is shown there."""
    told = requests.get(f"{url}/api/passes", timeout=5).json()["passes"]
    return told[0]["done"] if told else []


def alive(url):
    """Of the workers it has heard of; a new one says so within two seconds."""
    return [each["alive"] for each in requests.get(f"{url}/api/workers", timeout=5).json()["workers"]]


def test_a_knock_at_one_worker_is_a_pass_that_all_show(scene, dsn):
    shared(scene)
    assert "changes made" in migrated(scene)
    assert "nothing to change" in migrated(scene)
    with workers(scene, 2, token_env="UPDATER_STORY_TOKEN") as [(_, first), (_, second)]:
        for url in (first, second):
            within(60, lambda url=url: answers(f"{url}/readyz"))
        tag = scene.build()
        knocked = requests.post(
            f"{second}/api/poll", headers={"Authorization": f"Bearer {scene.hub.bot_token}"}, timeout=5
        )
        assert knocked.status_code == 202, knocked.text
        within(60, lambda: scene.pinned("shop", STAGING) == tag)
        for url in (first, second):
            within(30, lambda url=url: [step for step in done(url) if tag in step])
            within(20, lambda url=url: alive(url) == [True, True])
            assert requests.get(f"{url}/workers", timeout=5).text.count("is there") == 2
