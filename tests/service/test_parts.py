"""`updater run --repository`: one process for each part of the repositories, and no database."""

from contextlib import contextmanager
from pathlib import Path

from world.scene import PRODUCTION, SOAK, STAGING
from world.service import within

from updater.config import load
from updater.sandbox.world import FIRST_TAG, HOST, OWNER
from updater.service.worker import Worker
from updater.wiring import Updater

MANIFEST = f"images:\n  - name: {HOST}/{OWNER}/shop\n    newTag: {FIRST_TAG}\n"


def in_two_repositories(scene):
    """Staging stays where it is; production has a repository of its own, and is pushed to."""
    scene.hub.create_repository(OWNER, "live", {"kustomization.yaml": MANIFEST}, date=scene.world.clock())
    scene.config["repositories"]["live"] = {"url": scene.hub.clone_url(f"{OWNER}/live")}
    scene.config["environments"][PRODUCTION] |= {"repository": "live", "path": ".", "deliver": "push"}
    scene.config["poll"] = {"every": "5s"}
    del scene.apps["blog"]


def live(scene):
    return scene.hub.read(f"{OWNER}/live", "main", "kustomization.yaml").decode()


@contextmanager
def part(scene, *only):
    worker = Worker(
        load(scene.configure()),
        lambda settings: Updater(settings, Path(scene.folder / "-".join(only)), clock=scene.world.clock),
        only=only,
    )
    worker.start()
    try:
        yield worker
    finally:
        worker.stop()


def test_a_part_makes_passes_over_its_own_and_reads_what_they_come_after(scene):
    in_two_repositories(scene)
    tag = scene.build()
    before = scene.hub.find(scene.repository).git.text("rev-parse", "main")
    with part(scene, "live") as worker:
        within(60, lambda: worker.ready() is None)
        assert worker.poll(None) == ["live"]
        assert worker.poll("deploy") == []
        assert worker.reports.snapshot().last.keys() == {"live"}
        assert scene.hub.find(scene.repository).git.text("rev-parse", "main") == before  # it only reads there
        with part(scene, "deploy"):
            within(60, lambda: scene.pinned("shop", STAGING) == tag)
        scene.world.clock.forward(minutes=SOAK + 1)
        worker.poll(None)
        within(60, lambda: tag in live(scene))


def test_a_part_that_the_config_does_not_have_is_refused(scene):
    done = scene.command("run", "--repository", "deploy", "--repository", "nobody")
    assert done.returncode == 2
    assert "the config has no deploy repository nobody" in done.stderr
