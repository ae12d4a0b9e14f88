"""How a clone is kept between passes: locks, crashes, damage, another URL."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Thread

import pytest

from updater.adapters.git import CommitIdentity
from updater.adapters.git.clone import Waits
from updater.errors import Refused, Unavailable

MAIN = "refs/heads/main"
ROOT = Path(__file__).resolve().parents[3]

DIES = """
import os, shutil, signal
from datetime import datetime, UTC
from pathlib import Path
from updater.adapters.git import Access, Clone, CommitIdentity
left, clone = {removals}, Clone({url!r}, "main", Path({folder!r}),
    identity=CommitIdentity("u", "u@x"), access=Access(), clock=lambda: datetime.now(UTC))
def dying(remove):
    def removed(*arguments, **named):
        global left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        return remove(*arguments, **named)
    return removed
os.unlink, os.rmdir = dying(os.unlink), dying(os.rmdir)
clone.fetch()
"""


def test_a_second_clone_of_the_same_folder_waits_and_then_gives_up(origin, clone_of):
    origin.commit({"a": "1"})
    first = clone_of(origin.url, folder="same")
    second = clone_of(origin.url, folder="same", waits=Waits(lock=0.2))
    with first.locked():
        first.fetch()
        with pytest.raises(Unavailable, match="Another updater"):
            second.fetch()
    second.fetch()


@pytest.mark.parametrize("harm", ["a file for the folder", "a folder for the lock"])
def test_where_nothing_can_be_locked_it_says_so(origin, clone_of, tmp_path, harm):
    origin.commit({"a": "1"})
    clone = clone_of(origin.url, folder="same")
    if harm == "a file for the folder":
        (tmp_path / "cache").touch()
    else:
        (tmp_path / "cache" / "same.lock").mkdir(parents=True)
    with (
        pytest.raises(Unavailable, match=r"The clone same cannot be locked in .*cache: ") as raised,
        clone.locked(),
    ):
        pass
    assert raised.value.code == "clone_unusable"


def test_the_lock_serves_all_threads_of_a_pass(origin, clone_of):
    origin.commit({"a": "1"})
    clone = clone_of(origin.url, waits=Waits(lock=0.2))
    seen = []
    with clone.locked():
        reader = Thread(target=lambda: seen.append(clone.fetch()))
        reader.start()
        reader.join()
    assert MAIN in seen[0].refs


def test_what_a_killed_process_left_behind_does_not_hinder_the_next_one(origin, clone_of, bump, tmp_path):
    base = origin.commit({"app.yaml": "1"})
    clone_of(origin.url, folder="same").fetch()
    folder = tmp_path / "cache" / "same"
    for name in ("packed-refs", "HEAD", "config", "shallow", "refs/mirror/heads/main"):
        (folder / f"{name}.lock").touch()
    (folder / "refs" / "drafts").mkdir()
    (folder / "refs" / "drafts" / "0").write_text(f"{base}\n")
    (folder / "objects" / "pack" / "tmp_pack_XYZ").write_bytes(b"half")
    clone = clone_of(origin.url, folder="same")
    assert clone.push([bump(clone.fetch().refs[MAIN], "2")], atomic=True) == {MAIN: None}
    clone.fetch()
    assert [*folder.rglob("*.lock"), *folder.rglob("tmp_*"), *folder.glob("refs/drafts/*")] == []


def test_a_process_killed_in_the_middle_of_a_push_leaves_a_clone_that_works(origin, clone_of, tmp_path):
    base = origin.commit({"app.yaml": "1"})
    origin.hook("pre-receive", "touch reached; sleep 1.5")
    script = f"""
from datetime import datetime, UTC
from pathlib import Path
from updater.adapters.git import Access, Clone, CommitIdentity
from updater.model import CommitDraft, Placement, RefUpdate
clone = Clone({origin.url!r}, "main", Path({str(tmp_path / "cache" / "same")!r}),
    identity=CommitIdentity("u", "u@x"), access=Access(), clock=lambda: datetime.now(UTC))
base = clone.fetch().refs["refs/heads/main"]
draft = CommitDraft(Placement("s", "a"), "bump", {{"app.yaml": b"2"}})
clone.push([RefUpdate("refs/heads/main", base, (draft,), base)], atomic=True)
"""
    process = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT)
    while not (origin.folder / "reached").exists():
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    hasty = clone_of(origin.url, folder="same", waits=Waits(lock=0.1))
    with pytest.raises(Unavailable, match="Another updater"):  # its git is still at work, and holds the lock
        hasty.fetch()
    refs = clone_of(origin.url, folder="same").fetch().refs
    assert set(refs) == {MAIN}
    assert refs[MAIN] == origin.refs()[MAIN] != base
    assert not list((tmp_path / "cache" / "same").glob("refs/drafts/*"))


@pytest.mark.parametrize("harm", ["HEAD", "objects", "config", "refs", "updater-origin", "half"])
def test_a_damaged_clone_is_made_anew(origin, clone_of, tmp_path, harm):
    head = origin.commit({"a": "1"})
    clone = clone_of(origin.url)
    clone.fetch()
    folder = tmp_path / "cache" / "clone-0"
    if harm == "half":
        for pack in folder.rglob("objects/??/*"):
            pack.chmod(0o600)
            pack.write_bytes(b"")
    elif (folder / harm).is_dir():
        shutil.rmtree(folder / harm)
    else:
        (folder / harm).write_bytes(b"\0\xff\0")
    origin.commit({"b": "1"})
    assert clone.fetch().refs == origin.refs()
    assert clone.files(head, ["a"])["a"].data == b"1"


def test_one_killed_while_it_throws_a_clone_away_leaves_none_that_seems_anothers(origin, clone_of, tmp_path):
    origin.commit({"a": "1"})
    folder = tmp_path / "cache" / "same"
    for removals in range(1, 100, 3):
        clone_of(origin.url, folder="same").fetch()
        (folder / "HEAD").write_bytes(b"")
        script = DIES.format(url=origin.url, folder=str(folder), removals=removals)
        if subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False).returncode == 0:
            break
        assert clone_of(origin.url, folder="same").fetch().refs == origin.refs()
    assert removals > 5, "it threw nothing away"


def test_damage_that_a_reading_finds_is_mended_by_the_next_fetch(origin, clone_of, tmp_path):
    head = origin.commit({"a": "1"})
    clone = clone_of(origin.url)
    clone.fetch()
    blob = clone.files(head, ["a"])["a"].blob
    clone.close()
    (tmp_path / "cache" / "clone-0" / "objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(Unavailable) as raised:
        clone.files(head, ["a"])
    assert raised.value.code == "clone_damaged"
    clone.fetch()
    assert clone.files(head, ["a"])["a"].data == b"1"


def test_a_folder_whose_repository_changed_in_config_is_made_anew(origin, clone_of, tmp_path):
    origin.commit({"a": "1"})
    origin.commit({"a": "1"}, branch="updater/app/a--b")
    clone_of(origin.url, folder="same").fetch()
    moved = tmp_path / "moved.git"
    shutil.move(origin.folder, moved)
    origin.folder = moved
    origin.git("update-ref", "-d", "refs/heads/updater/app/a--b")
    other = clone_of(moved.as_uri(), folder="same")
    assert other.fetch().refs == origin.refs()


def test_a_folder_that_holds_something_else_is_not_emptied(origin, clone_of, tmp_path):
    origin.commit({"a": "1"})
    (tmp_path / "cache" / "mine").mkdir(parents=True)
    (tmp_path / "cache" / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(Refused, match="holds something else"):
        clone_of(origin.url, folder="mine").fetch()
    assert (tmp_path / "cache" / "mine" / "thesis.txt").exists()


def test_variables_of_the_surroundings_do_not_turn_git_elsewhere(origin, tmp_path):
    origin.commit({"a": "1"})
    script = f"""
from datetime import datetime, UTC
from pathlib import Path
from updater.adapters.git import Access, Clone, CommitIdentity
clone = Clone({origin.url!r}, "main", Path({str(tmp_path / "clone")!r}),
    identity=CommitIdentity("u", "u@x"), access=Access(), clock=lambda: datetime.now(UTC))
print(clone.fetch().refs["refs/heads/main"])
"""
    stray = {
        "GIT_DIR": "/nowhere",
        "GIT_OBJECT_DIRECTORY": "/nowhere",
        "GIT_CONFIG_PARAMETERS": "'url.https://evil.example/.insteadOf=file://'",
        "GIT_TRACE": "1",
        "LC_ALL": "de_DE.UTF-8",
    }
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**os.environ, **stray},
        capture_output=True,
        check=False,
    )
    assert done.stdout.decode().strip() == origin.refs()[MAIN], done.stderr.decode()


@pytest.mark.parametrize("name", ["a<b", "a\nb"])
def test_an_identity_that_would_break_a_commit_is_no_identity(name):
    with pytest.raises(ValueError, match="cannot sign"):
        CommitIdentity(name, "a@x")


def test_many_pushes_do_not_pile_up_without_end(origin, clone_of, bump, tmp_path):
    origin.commit({"app.yaml": "0"})
    clone = clone_of(origin.url)
    clone.fetch()
    folder = tmp_path / "cache" / "clone-0" / "objects"
    for name in range(40):
        (folder / "17").mkdir(exist_ok=True)
        (folder / "17" / f"{name:038x}").write_bytes(b"")
    clone._mirror._moves = 48
    for number in range(3):
        clone.push([bump(origin.refs()[MAIN], str(number))], atomic=True)
    assert list((folder / "pack").glob("*.pack"))
    assert clone.fetch().refs == origin.refs()


@pytest.mark.parametrize("what", ["file", "dangling link", "link"])
def test_what_stands_in_the_place_of_a_clone_is_thrown_away(origin, clone_of, tmp_path, what):
    base = origin.commit({"app.yaml": "1"})
    place, other = tmp_path / "cache" / "ours", tmp_path / "elsewhere"
    place.parent.mkdir(parents=True)
    if what == "file":
        place.write_text("no clone")
    else:
        place.symlink_to(other)
    if what == "link":
        other.mkdir()
    clone = clone_of(origin.url, folder="ours")
    assert clone.fetch().refs["refs/heads/main"] == base
    assert place.is_dir()


@pytest.mark.parametrize(
    "setting",
    [
        ("url.file:///nowhere/.insteadOf", "file:///"),
        ("url.https://evil.example/.pushInsteadOf", "file:///"),
        ("http.proxy", "http://evil.example:8080"),
        ("http.https://github.com/.proxy", "http://evil.example"),
        ("include.path", "/etc/evil"),
        ("core.sshCommand", "evil"),
    ],
)
def test_a_clone_whose_config_somebody_has_changed_is_made_anew(origin, clone_of, tmp_path, bump, setting):
    base = origin.commit({"app.yaml": "1"})
    clone = clone_of(origin.url, folder="ours")
    clone.fetch()
    config = tmp_path / "cache" / "ours" / "config"
    before = config.read_bytes()
    origin.git("config", "--file", str(config), *setting)
    assert clone.fetch().refs["refs/heads/main"] == base
    assert config.read_bytes() == before
    assert clone.push([bump(base, "2")], atomic=True) == {"refs/heads/main": None}
    assert config.read_bytes() == before, "and git writes nothing there by itself"
