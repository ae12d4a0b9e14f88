"""What a clone reads of its remote."""

import os
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from updater.errors import Refused

PATHS = ("a", "b.asc", "x", "x/a", "x/y/a", "x/y/b.asc", "z/a", "z/b.asc")
FIRST_ODD = 15
"""Commits; before that there are plain files alone."""


def test_a_fetch_sees_the_base_branch_and_our_refs_and_no_others(origin, clone_of):
    base = origin.commit({"a": "1"})
    ours = origin.commit({"a": "2"}, branch="updater/app/production--shop")
    origin.commit({"a": "3"}, branch="feature")
    origin.git("update-ref", "refs/updater/main", base)
    heads = clone_of(origin.url).fetch()
    assert heads.refs == {
        "refs/heads/main": base,
        "refs/heads/updater/app/production--shop": ours,
        "refs/updater/main": base,
    }


def test_a_branch_that_is_gone_is_gone_after_the_next_fetch(origin, clone_of):
    base = origin.commit({"a": "1"})
    origin.commit({"a": "2"}, branch="updater/app/x--y")
    clone = clone_of(origin.url)
    clone.fetch()
    origin.git("update-ref", "-d", "refs/heads/updater/app/x--y")
    origin.commit({"a": "2"}, branch="updater/app/x--y/z", parents=[base])
    assert set(clone.fetch().refs) == {"refs/heads/main", "refs/heads/updater/app/x--y/z"}


def test_a_base_branch_moved_back_by_force_is_followed(origin, clone_of):
    first = origin.commit({"a": "1"})
    origin.commit({"a": "2"})
    clone = clone_of(origin.url)
    clone.fetch()
    origin.git("update-ref", "refs/heads/main", first)
    assert clone.fetch().refs["refs/heads/main"] == first


def test_files_are_read_as_of_a_commit_with_their_bytes_and_modes(origin, clone_of):
    old = origin.commit({"deep/앱.yaml": "a: 1\r\n", "tab\there": "x"}, mode="100755")
    origin.commit({"deep/앱.yaml": "a: 2\n"})
    clone = clone_of(origin.url)
    clone.fetch()
    files = clone.files(old, ["deep/앱.yaml", "missing.yaml", "deep/missing"])
    file = files["deep/앱.yaml"]
    assert (file.data, file.mode, file.path) == (b"a: 1\r\n", "100755", "deep/앱.yaml")
    assert clone.blobs([file.blob]) == {file.blob: b"a: 1\r\n"}
    assert files["missing.yaml"] is None
    assert files["deep/missing"] is None


def test_a_path_asked_for_later_is_found_at_the_same_commit(origin, clone_of):
    head = origin.commit({"a": "1", "b": "2"})
    clone = clone_of(origin.url)
    clone.fetch()
    assert clone.files(head, ["a"])["a"].data == b"1"
    assert clone.files(head, ["b", "a"])["b"].data == b"2"


def test_what_is_also_asked_for_is_told_where_it_is_there(origin, clone_of):
    head = origin.commit({"a": "1", "deep/a.asc": "2", "deep/b": "3"})
    clone = clone_of(origin.url)
    clone.fetch()
    assert clone.files(head, ["a"]).keys() == {"a"}
    files = clone.files(head, ["a", "no"], {"deep/a.asc", "nowhere"})
    assert (files["deep/a.asc"].data, files["no"]) == (b"2", None)
    assert files.keys() == {"a", "no", "deep/a.asc"}
    assert clone.files(head, ["a"]).keys() == {"a"}
    assert clone.files(head, ["a", "deep/b"], {"deep/a.asc"}).keys() == {"a", "deep/b", "deep/a.asc"}


@pytest.mark.parametrize(
    ("path", "code"),
    [("link", "symlink"), ("linked/app.yaml", "symlink"), ("folder", "folder"), ("module", "submodule")],
)
def test_what_is_no_plain_file_is_refused_with_its_kind(origin, clone_of, path, code):
    origin.commit({"folder/app.yaml": "1"})
    commit = origin.commit({"link": "../../etc/passwd", "linked": "folder"}, mode="120000")
    tree = origin.git(
        "mktree",
        given=(origin.git("ls-tree", commit) + f"\n160000 commit {commit}\tmodule\n").encode(),
    )
    odd = origin.git(
        "-c", "user.name=h", "-c", "user.email=h@x", "commit-tree", tree, "-p", commit, "-m", "odd"
    )
    origin.git("update-ref", "refs/heads/main", odd)
    clone = clone_of(origin.url)
    clone.fetch()
    error = clone.files(odd, [path, "folder/app.yaml"])[path]
    assert isinstance(error, Refused)
    assert error.code == code
    assert "name" in error.sentence or "inside" in error.sentence


def test_a_file_too_large_for_a_manifest_is_refused_beside_others_that_are_read(origin, clone_of):
    head = origin.commit({"big": "x" * (9 << 20), "small": "1", "z": "2"})
    clone = clone_of(origin.url)
    clone.fetch()
    files = clone.files(head, ["big", "small", "z"])
    assert files["big"].code == "too_large"
    assert (files["small"].data, files["z"].data) == (b"1", b"2")


def grown(origin, seed):
    """Commits that each set, take away or turn into something else what stands at a path or two."""
    chance, commits = random.Random(seed), []
    for number in range(40):
        paths = chance.sample(PATHS, chance.choice([1, 1, 2]))
        mode = chance.choice(["100644", "100644", "100755", "120000"] if number > FIRST_ODD else ["100644"])
        texts = {path: chance.choice([None, "1", "2", str(number)]) for path in paths}
        commits.append(origin.commit(texts, mode=mode))
    return commits


def told(files):
    """Refusals by what they say."""
    return {path: file.sentence if isinstance(file, Refused) else file for path, file in files.items()}


@pytest.mark.parametrize("seed", range(6))
def test_from_commit_to_commit_a_clone_that_read_the_last_one_says_what_a_new_one_says(
    origin, clone_of, seed
):
    commits, also = grown(origin, seed), {"b.asc", "x/y/b.asc", "z/b.asc"}
    clone, chance = clone_of(origin.url, folder="one"), random.Random(seed)
    clone.fetch()
    asked = ["a", "x", "x/a", "x/y/a", "nowhere"]
    for commit in [*commits, *chance.sample(commits, 10)]:
        if chance.random() < 0.2:
            clone.files(chance.choice(commits), ["z/a"])  # another question in between
        mine = clone.files(commit, asked, also)
        assert told(mine) == told(clone_of(origin.url, folder="one").files(commit, asked, also))


def test_a_folder_that_takes_the_name_of_a_seal_is_refused_by_who_has_read_the_commit_before_too(
    origin, clone_of
):
    commits = [
        origin.commit({"x/a": "1"}),
        origin.commit({"x/a.asc/key": "1"}),
        origin.commit({"x/a.asc/key": "2"}),
        origin.commit({"x/a.asc/key": None, "x/a.asc": "3"}),
        origin.commit({"x/a.asc": None, "x/a.asc/key": "3"}),
    ]
    clone = clone_of(origin.url, folder="one")
    clone.fetch()
    for commit in commits:
        anew = clone_of(origin.url, folder="one").files(commit, ["x/a"], {"x/a.asc"})
        assert told(clone.files(commit, ["x/a"], {"x/a.asc"})) == told(anew)
    assert clone.files(commit, ["x/a"], {"x/a.asc"})["x/a.asc"].code == "folder"


def test_a_commit_that_git_threw_away_is_no_start_for_the_next(origin, clone_of, tmp_path):
    first = origin.commit({"a": "1", "b": "1"})
    clone = clone_of(origin.url, folder="one")
    clone.fetch()
    assert clone.files(first, ["a"])["a"].data == b"1"
    second = origin.commit({"a": "2"}, parents=[])
    clone.fetch()
    git = ["git", f"--git-dir={tmp_path / 'cache/one'}"]
    subprocess.run([*git, "gc", "--quiet", "--prune=now"], check=True)
    assert subprocess.run([*git, "cat-file", "-e", first], check=False, capture_output=True).returncode
    assert clone.files(second, ["a"])["a"].data == b"2"


@pytest.mark.parametrize("cut", [":100644 10", f":100644 100644 {'1' * 40} {'2' * 40} M\\0"])
def test_where_git_breaks_off_while_it_tells_what_changed_all_is_listed(
    origin, clone_of, tmp_path, monkeypatch, cut
):
    first, second = origin.commit({"a": "1"}), origin.commit({"a": "2"})
    clone = clone_of(origin.url)
    clone.fetch()
    assert clone.files(first, ["a"])["a"].data == b"1"
    breaks_off = f"case \"$*\" in *diff-tree*) printf '{cut}'; kill -9 $$;; esac"
    git = tmp_path / "bin/git"
    git.parent.mkdir()
    git.write_text(f'#!/bin/sh\n{breaks_off}\nexec {shutil.which("git")} "$@"\n')
    git.chmod(0o755)
    monkeypatch.setenv("PATH", f"{git.parent}:{os.environ['PATH']}")
    assert clone.files(second, ["a"])["a"].data == b"2"


def test_reading_leaves_no_process_and_no_open_file_behind(origin, clone_of):
    head = origin.commit({"a": "1"})
    before = len([*Path("/proc/self/fd").iterdir()])
    with clone_of(origin.url) as clone:
        for _ in range(5):
            clone.fetch()
            clone.files(head, ["a"])
    children = Path("/proc/self/task").glob("*/children")
    assert [child for task in children for child in task.read_text().split() if _is_git(child)] == []
    assert len([*Path("/proc/self/fd").iterdir()]) == before


def _is_git(pid):
    return b"git" in Path(f"/proc/{pid}/cmdline").read_bytes()
