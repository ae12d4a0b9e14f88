"""A disk that is full, or that nobody may write to: it is said, nothing is lost, and it goes on later."""

import os
import re
import subprocess

import pytest
from world.scene import reason, well

from updater.errors import Unavailable
from updater.sandbox.world import STAGING


@pytest.fixture
def disk(scene):
    """The cache directory as a disk of its own, which a test fills or makes read-only."""
    folder = scene.folder / "first"
    folder.mkdir()
    asked = ["mount", "-t", "tmpfs", "-o", "size=8m", "none", str(folder)]
    mounted = subprocess.run(asked, capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip(f"no disk of a test's own can be mounted: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(disk):
    with (disk / "filler").open("wb", buffering=0) as filler:
        try:
            while filler.write(b"x" * os.sysconf("SC_PAGE_SIZE")):
                pass
        except OSError:
            return


def settled(scene, tag):
    well(scene.run())
    assert scene.pinned("shop", STAGING) == tag
    before = scene.everything()
    well(scene.run())
    assert scene.everything() == before


@pytest.mark.parametrize("known", [False, True], ids=["no clone yet", "a clone"])
def test_a_full_disk_is_said_and_what_waited_is_written_once_there_is_room(scene, disk, known):
    if known:
        well(scene.run())
    tag, before = scene.build(), scene.everything()
    fill(disk)
    report = scene.run()
    failed = [outcome.error for outcome in report.outcomes if outcome.error]
    said = failed if known else [reason(report, STAGING)[1]]
    assert re.search("no space left|out of diskspace", said[0].lower()), said
    assert scene.everything() == before, "nothing half was written"
    (disk / "filler").unlink()
    settled(scene, tag)


@pytest.mark.parametrize("known", [False, True], ids=["no clone yet", "a clone"])
def test_a_read_only_disk_is_said_and_what_waited_is_written_once_it_is_not(scene, disk, known):
    if known:
        well(scene.run())
    tag, before = scene.build(), scene.everything()
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    with pytest.raises(
        Unavailable, match=r"cannot be locked in .*: Read-only file system; it needs a disk with room"
    ):
        scene.run()
    assert scene.everything() == before
    subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
    settled(scene, tag)


LEFT = ["index.lock", "packed-refs.lock", "config.lock", "shallow.lock", "refs/heads/main.lock", "gc.pid"]


def test_locks_that_a_killed_git_left_behind_are_cleared(scene):
    well(scene.run())
    (clone,) = (scene.folder / "first" / "clones").glob("*.git")
    for name in LEFT:
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        (clone / name).touch()
    (clone.parent / f"{clone.name}.lock").touch()  # a file that nobody holds is no lock
    settled(scene, scene.build())
    assert not [name for name in LEFT if (clone / name).exists()]
