"""What the commits have touched by which a branch moved on: also what came back, and on whatever line."""

import pytest


@pytest.fixture
def read(origin, clone_of):
    def touched(old, new):
        with clone_of(origin.url) as clone:
            clone.fetch()
            return clone.touched(old, new)

    return touched


def tree_of(origin, sha):
    return {path: origin.read(sha, path) for path in origin.git("ls-tree", "-r", "--name-only", sha).split()}


def merged(origin, parents, like):
    """A merge whose files are all as in one of its parents."""
    files = dict.fromkeys(tree_of(origin, parents[0])) | tree_of(origin, like)
    return origin.commit(files, message="merge", parents=parents)


def test_every_path_of_every_commit_is_told_also_of_one_that_came_back(origin, read):
    old = origin.commit({"a": "1", "b": "1"})
    origin.commit({"a": "2"})
    origin.commit({"a": "1", "docs/c": "1"})
    new = origin.commit({"docs/c": None})
    assert read(old, new) == {"a", "docs/c"}
    assert read(old, old) == frozenset()


def test_a_rename_touches_both_names(origin, read):
    old = origin.commit({"a": "1"})
    assert read(old, origin.commit({"a": None, "moved/a": "1"})) == {"a", "moved/a"}


def test_a_merged_branch_that_forked_before_tells_what_it_changed_and_nothing_of_the_base(origin, read):
    fork = origin.commit({"pin": "1", "docs": "1"})
    side = origin.commit({"docs": "2"}, branch="side", parents=[fork])
    old = origin.commit({"pin": "2"})
    new = origin.commit({"docs": "2"}, parents=[old, side])
    assert read(old, new) == {"docs"}


def test_what_came_and_went_on_a_side_branch_is_told(origin, read):
    old = origin.commit({"pin": "1"})
    side = origin.commit({"pin": "2"}, branch="side", parents=[old])
    side = origin.commit({"pin": "1", "docs": "2"}, branch="side", parents=[side])
    assert read(old, origin.commit({"docs": "2"}, parents=[old, side])) == {"pin", "docs"}


def test_a_merge_that_takes_the_bases_change_back_is_told(origin, read):
    fork = origin.commit({"pin": "1"})
    side = origin.commit({"docs": "2"}, branch="side", parents=[fork])
    old = origin.commit({"pin": "2"})
    undone = merged(origin, [old, side], like=side)
    again = merged(origin, [undone, old], like=old)
    assert read(old, undone) == {"pin", "docs"}
    assert read(old, again) >= {"pin"}


@pytest.mark.parametrize("way", ["back", "beside", "from beside"])
def test_nothing_is_said_where_the_branch_has_not_gone_on_from_there(way, origin, read):
    start = origin.commit({"pin": "1"})
    old = origin.commit({"pin": "2"})
    side = origin.commit({"docs": "1"}, branch="side", parents=[start])
    if way == "back":
        new = start
    elif way == "beside":
        new = side
    else:  # its own line, of first parents, is the other one
        new = origin.commit({"pin": "2"}, branch="main", parents=[side, old])
    origin.git("update-ref", "refs/heads/main", new)
    origin.git("update-ref", "refs/heads/updater/old", old)
    assert read(old, new) is None


def test_a_line_without_a_common_past_that_is_merged_in_is_looked_at_whole(origin, read):
    old = origin.commit({"pin": "1"})
    other = origin.commit({"pin": "0", "other": "1"}, branch="other", parents=[])
    assert read(old, origin.commit({"other": "1"}, parents=[old, other])) == {"pin", "other"}
