"""What a clone tells of the past."""

import os
import shutil
from datetime import UTC, datetime, timedelta

import pytest

NOW = datetime(2026, 6, 1, tzinfo=UTC)
EARLY = datetime(2020, 1, 1, tzinfo=UTC)


def opened(clone_of, origin):
    clone = clone_of(origin.url)
    return clone, clone.fetch().refs["refs/heads/main"]


def test_every_commit_is_told_with_its_changes_of_the_files_asked_for(origin, clone_of):
    first = origin.commit({"a": "1", "b": "1"}, message="first\n\nbody 한글\n\n\n")
    second = origin.commit({"b": "2"})
    third = origin.commit({"a": "2"})
    clone, head = opened(clone_of, origin)
    history = clone.history([head], ["a"], since=EARLY)
    assert list(history.commits) == [third, second, first]
    assert history.complete
    assert history.commits[first].message == "first\n\nbody 한글\n\n\n"
    assert history.commits[first].parents == ()
    assert history.commits[first].author == "Human <human@example.org>"
    assert history.commits[first].time == datetime(2026, 1, 1, 0, 1, tzinfo=UTC)
    assert history.commits[second].changes == {}
    changes = [history.commits[sha].changes["a"] for sha in (first, third)]
    assert changes[0].old is None
    assert changes[0].new == changes[1].old
    assert clone.blobs([change.new for change in changes]) == {changes[0].new: b"1", changes[1].new: b"2"}


def test_a_deletion_is_a_change_to_nothing(origin, clone_of):
    origin.commit({"a": "1", "b": "1"})
    gone = origin.commit({"a": None})
    clone, head = opened(clone_of, origin)
    assert clone.history([head], ["a"], since=EARLY).commits[gone].changes["a"].new is None


def test_a_merge_tells_what_it_changed_against_its_first_parent_and_hides_no_branch(origin, clone_of):
    base = origin.commit({"a": "1", "b": "1"})
    ours = origin.commit({"a": "2"})
    theirs = origin.commit({"b": "2"}, parents=[base], branch="side")
    merge = origin.commit({"a": "2"}, parents=[theirs, ours])
    clone, head = opened(clone_of, origin)
    history = clone.history([head], ["a", "b"], since=EARLY)
    assert set(history.commits) == {base, ours, theirs, merge}
    assert history.commits[merge].parents == (theirs, ours)
    assert set(history.commits[merge].changes) == {"a"}
    assert set(history.commits[theirs].changes) == {"b"}


def test_a_file_is_followed_through_a_moved_folder(origin, clone_of):
    texts = {f"overlays/{name}/kustomization.yaml": "same" for name in ("production", "staging")}
    first = origin.commit(texts)
    second = origin.commit({"overlays/staging/kustomization.yaml": "2"})
    third = origin.commit({"overlays/staging/kustomization.yaml": "same"})
    moves = dict.fromkeys(texts) | {path.replace("overlays", "envs"): "same" for path in texts}
    moved = origin.commit(moves)
    clone, head = opened(clone_of, origin)
    history = clone.history([head], ["envs/staging/kustomization.yaml"], since=EARLY)
    change = history.commits[moved].changes["envs/staging/kustomization.yaml"]
    assert change.renamed_from == "overlays/staging/kustomization.yaml"
    assert history.commits[moved].changes["overlays/staging/kustomization.yaml"].new is None
    assert set(history.commits[second].changes) == {"overlays/staging/kustomization.yaml"}
    assert [bool(history.commits[sha].changes) for sha in (first, third)] == [True, True]
    assert "overlays/production/kustomization.yaml" not in history.commits[first].changes


def test_a_change_beside_a_rename_is_not_missed_though_it_is_newer(origin, clone_of):
    base = origin.commit({"old": "1"})
    moved = origin.commit({"old": None, "new": "1"})
    side = origin.commit({"old": "2"}, parents=[base], branch="side")
    origin.commit({"new": "2"}, parents=[moved, side])
    clone, head = opened(clone_of, origin)
    history = clone.history([head], ["new"], since=EARLY)
    assert history.commits[side].changes["old"].new is not None


def test_a_file_is_followed_to_where_a_line_that_was_lost_had_moved_it(origin, clone_of):
    kept = origin.commit({"overlays/staging/a": "1", "overlays/production/a": "1"})
    gone = {"overlays/staging/a": None, "overlays/production/a": None}
    origin.commit({**gone, "envs/staging/a": "1", "envs/production/a": "1"})
    lost = origin.commit({"envs/staging/a": "2"})
    origin.git("update-ref", "refs/updater/main", lost)
    origin.git("update-ref", "refs/heads/main", kept)
    clone, head = opened(clone_of, origin)
    history = clone.history([head, lost], ["overlays/staging/a"], since=EARLY)
    assert set(history.commits[lost].changes) == {"envs/staging/a"}
    assert "envs/production/a" not in {path for each in history.commits.values() for path in each.changes}


def test_what_is_new_is_added_to_what_was_read_before(origin, clone_of):
    origin.commit({"a": "1"})
    clone, head = opened(clone_of, origin)
    before = clone.history([head], ["a"], since=EARLY)
    new = origin.commit({"a": "2"})
    head = clone.fetch().refs["refs/heads/main"]
    after = clone.history([head], ["a"], since=EARLY)
    assert set(after.commits) == {*before.commits, new}
    assert after.complete
    assert clone._historian._last.first == 1, "only the new commit was walked"
    assert after.commits == clone_of(origin.url, folder="clone-0").history([head], ["a"], since=EARLY).commits


def test_a_rename_that_is_new_is_followed_into_what_was_read_before(origin, clone_of):
    first = origin.commit({"old": "1"})
    clone, head = opened(clone_of, origin)
    assert not clone.history([head], ["new"], since=EARLY).commits[first].changes
    origin.commit({"old": None, "new": "1"})
    head = clone.fetch().refs["refs/heads/main"]
    assert clone.history([head], ["new"], since=EARLY).commits[first].changes["old"].old is None


def test_commits_a_force_push_has_lost_are_told_only_where_a_tip_still_holds_them(origin, clone_of):
    kept = origin.commit({"a": "1"})
    lost = origin.commit({"a": "2"})
    origin.git("update-ref", "refs/updater/main", lost)
    clone, head = opened(clone_of, origin)
    clone.history([head], ["a"], since=EARLY)
    origin.git("update-ref", "refs/heads/main", kept)
    new = origin.commit({"a": "3"})
    refs = clone.fetch().refs
    assert set(clone.history([refs["refs/heads/main"]], ["a"], since=EARLY).commits) == {kept, new}
    assert set(clone.history(list(refs.values()), ["a"], since=EARLY).commits) == {kept, new, lost}


def test_a_commit_that_is_read_again_is_the_object_that_it_was(origin, clone_of):
    """Also where a history that has grown is read from its beginning: what was understood of it stays."""
    first = origin.commit({"a": "1"})
    clone = clone_of(origin.url)
    clone.fetch()
    known = clone.history([first], ["a"], since=EARLY).commits[first]
    for number in range(150):
        head = origin.commit({"a": str(number)})
        if number == 110:
            clone.fetch()
            clone.history([head], ["a"], since=EARLY)
    clone.fetch()
    history = clone.history([head], ["a"], since=EARLY)
    assert len(history.commits) == 151
    assert history.commits[first] is known


def test_other_paths_are_read_anew(origin, clone_of):
    first = origin.commit({"a": "1", "b": "1"})
    clone, head = opened(clone_of, origin)
    clone.history([head], ["a"], since=EARLY)
    assert set(clone.history([head], ["a", "b"], since=EARLY).commits[first].changes) == {"a", "b"}


def long_past(origin, *, changes):
    """Three hundred commits, a day apart; `a` changes in the first ones only."""
    start = NOW - timedelta(days=300)
    texts = [{"a": str(day)} if day < changes else {"b": str(day)} for day in range(1, 300)]
    origin.daily([{"a": "0", "b": "0"}, *texts], start)


def test_the_walk_ends_soon_after_since_where_every_file_has_three_changes(origin, clone_of):
    long_past(origin, changes=0)
    clone, head = opened(clone_of, origin)
    history = clone.history([head], ["b"], since=NOW - timedelta(days=50))
    assert not history.complete
    assert 100 < len(history.commits) < 200


def test_the_walk_goes_further_for_a_file_that_changed_long_ago(origin, clone_of):
    long_past(origin, changes=20)
    clone, head = opened(clone_of, origin)
    history = clone.history([head], ["a", "b"], since=NOW - timedelta(days=50))
    assert sum("a" in commit.changes for commit in history.commits.values()) >= 3
    assert not history.complete
    assert len(history.commits) < 300


def test_a_file_that_is_nowhere_does_not_prolong_the_walk(origin, clone_of):
    long_past(origin, changes=0)
    clone, head = opened(clone_of, origin)
    history = clone.history([head], ["b", "never-there"], since=NOW - timedelta(days=50))
    assert len(history.commits) < 200


def test_a_walk_asked_to_go_further_back_than_before_does_so(origin, clone_of):
    long_past(origin, changes=0)
    clone, head = opened(clone_of, origin)
    clone.history([head], ["b"], since=NOW - timedelta(days=50))
    history = clone.history([head], ["b"], since=EARLY)
    assert history.complete
    assert len(history.commits) == 300


def test_the_history_of_a_shallow_remote_is_not_complete(origin, clone_of, tmp_path):
    import subprocess

    origin.commit({"a": "1"})
    origin.commit({"a": "2"})
    shallow = tmp_path / "shallow.git"
    subprocess.run(["git", "clone", "-q", "--bare", "--depth=1", origin.url, str(shallow)], check=True)
    clone = clone_of(shallow.as_uri())
    head = clone.fetch().refs["refs/heads/main"]
    history = clone.history([head], ["a"], since=EARLY)
    assert len(history.commits) == 1
    assert not history.complete


@pytest.mark.parametrize(
    "message", ["", "\n", ":000000 100644\nlooks like a change", "a\x01b", "한글 🚀\r\n\r\n"]
)
def test_a_strange_message_confuses_nothing(origin, clone_of, message):
    origin.commit({":a": "1", "a": "1"})
    odd = origin.commit({":a": "2"}, message=message)
    last = origin.commit({"a": "2"})
    clone, head = opened(clone_of, origin)
    history = clone.history([head], ["a", ":a"], since=EARLY)
    assert history.commits[odd].message == message
    assert set(history.commits[odd].changes) == {":a"}
    assert set(history.commits[last].changes) == {"a"}


def test_what_was_told_is_told_again_of_the_same_tips_only(origin, clone_of):
    one, two = origin.commit({"a": "1"}), origin.commit({"a": "2"})
    clone, head = opened(clone_of, origin)
    told = clone.history([head], ["a"], since=EARLY)
    assert clone.history([head], ["a"], since=EARLY) is told
    assert set(clone.history([one], ["a"], since=EARLY).commits) == {one}
    assert told.ancestry(two) == {one, two}
    assert told.ancestry(one) == {one}
    assert told.ancestry("0" * 40) == frozenset()


@pytest.fixture
def asked(tmp_path, monkeypatch):
    """The words that git is called with from now on, a call a line."""
    calls, program = tmp_path / "calls", tmp_path / "bin" / "git"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$@" >> {calls}\nexec {shutil.which("git")} "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    return lambda: calls.read_text().splitlines()


def test_of_many_branches_one_is_listed(origin, clone_of, asked):
    base = origin.commit({"a": "1", "b": "1"})
    for number in range(5):
        origin.commit({"a": "2"}, parents=[base], branch=f"updater/{number}")
    clone = clone_of(origin.url)
    tips = list(clone.fetch().refs.values())
    history = clone.history(tips, ["a", "b", "nowhere"], since=EARLY)
    assert len(history.commits) == 6
    assert sum(" ls-tree " in call for call in asked()) == 1


@pytest.mark.parametrize("name", ["only", "ta\tb", "../outside", "./here", "folder/한글 'quoted'"])
def test_a_file_of_one_branch_alone_is_followed_to_its_beginning(origin, clone_of, name):
    """However long ago that is, and whatever it is called."""
    where = name.removeprefix("../").removeprefix("./")
    origin.daily([{"a": "1"}, {where: "1"}, *({"b": f"{day}"} for day in range(150))], EARLY)
    side = origin.refs()["refs/heads/main"]
    base, first, *_ = origin.git("rev-list", "--reverse", "main").splitlines()
    origin.git("update-ref", "refs/heads/updater/side", side)
    origin.git("update-ref", "refs/heads/main", base)
    clone = clone_of(origin.url)
    tips = list(clone.fetch().refs.values())
    history = clone.history(tips, ["a", name, where, "nowhere"], since=NOW)
    assert history.commits[first].changes[where].new
    assert history.complete
