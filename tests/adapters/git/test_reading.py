"""What a clone reads of its remote."""

from pathlib import Path

import pytest

from updater.errors import Refused


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
