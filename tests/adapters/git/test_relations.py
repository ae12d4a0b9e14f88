"""How two commits get along, and what one changes: by the clone's own git."""

import hashlib

import pytest

from updater.errors import Unavailable
from updater.model import FileChange

BRANCH = "updater/app/production--shop"


@pytest.fixture
def forked(origin, clone_of):
    """A clone, the commit both branches start from, and a function that commits to both."""
    start = origin.commit({"app.yaml": "tag: 1\n", "other.yaml": "a\n"})

    def fork(base, head):
        shas = origin.commit(base), origin.commit(head, branch=BRANCH, parents=[start])
        clone = clone_of(origin.url)
        clone.fetch()
        return clone, *shas

    return fork


def test_two_that_change_the_same_line_conflict(forked):
    clone, base, head = forked({"app.yaml": "tag: 2\n"}, {"app.yaml": "tag: 3\n"})

    assert clone.conflicts(base, head)
    assert clone.conflicts(head, base)


@pytest.mark.parametrize(
    ("base", "head"),
    [
        pytest.param({"other.yaml": "b\n"}, {"app.yaml": "tag: 3\n"}, id="other files"),
        pytest.param({"app.yaml": "tag: 3\n"}, {"app.yaml": "tag: 3\n"}, id="the same change"),
        pytest.param({"app.yaml": "tag: 3\n"}, {}, id="no change"),
    ],
)
def test_others_do_not(forked, base, head):
    clone, base_sha, head_sha = forked(base, head)

    assert not clone.conflicts(base_sha, head_sha)


def test_a_file_that_went_away_conflicts_with_its_change(forked):
    clone, base, head = forked({"app.yaml": None}, {"app.yaml": "tag: 3\n"})

    assert clone.conflicts(base, head)


def test_histories_without_a_common_commit_conflict(origin, clone_of):
    base = origin.commit({"app.yaml": "tag: 1\n"})
    head = origin.commit({"app.yaml": "tag: 1\n"}, branch=BRANCH, parents=[])
    clone = clone_of(origin.url)
    clone.fetch()

    assert clone.conflicts(base, head)


def test_the_answer_is_remembered(forked):
    clone, base, head = forked({"app.yaml": "tag: 2\n"}, {"app.yaml": "tag: 3\n"})
    clone.conflicts(base, head)
    commands = clone._relations.commands
    clone._relations.commands = None

    assert clone.conflicts(base, head)
    clone._relations.commands = commands


def test_a_commit_that_is_not_there_is_said_and_is_no_damage(forked):
    clone, base, head = forked({"app.yaml": "tag: 2\n"}, {"app.yaml": "tag: 3\n"})
    for ask in (lambda: clone.conflicts(base, "1" * 40), lambda: clone.changes(base, "1" * 40)):
        with pytest.raises(Unavailable, match="has not got the commit 111111111111") as caught:
            ask()
        assert caught.value.code == "commit_missing"

    assert clone.conflicts(base, head)


def test_the_files_in_which_two_commits_differ_are_told_with_their_blobs(origin, clone_of):
    first = origin.commit({"app.yaml": "1\n", "folder/ü b.yaml": "1\n"})
    second = origin.commit({"app.yaml": None, "new.yaml": "1\n", "folder/ü b.yaml": "2\n"})
    clone = clone_of(origin.url)
    clone.fetch()

    found = clone.changes(first, second)

    one, two = (
        hashlib.sha1(b"blob 2\0" + text, usedforsecurity=False).hexdigest() for text in (b"1\n", b"2\n")
    )
    assert found == (
        FileChange("app.yaml", one, None),
        FileChange("folder/ü b.yaml", one, two),
        FileChange("new.yaml", None, one),
    ), "and a move is no rename"
    assert clone.changes(first, first) == ()
