"""The files of a commit whose paths match, which is how teams' files are found."""

import pytest

from updater.model import File, path_matcher

PATTERN = {"teams/*/updater.yaml": 64}


def read(clone, patterns=PATTERN):
    return head(clone, patterns).files


def head(clone, patterns=PATTERN):
    return clone.matching(clone.fetch().refs["refs/heads/main"], patterns)


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("teams/*/updater.yaml", "teams/shop/updater.yaml", True),
        ("teams/*/updater.yaml", "teams/a/b/updater.yaml", False),
        ("teams/*/updater.yaml", "teams/.git/updater.yaml", False),
        ("teams/*/updater.yaml", "teams/shop/updater.yaml.orig", False),
        ("*/updater.yaml", ".updater/updater.yaml", False),
        ("apps/*-app.yaml", "apps/shop-app.yaml", True),
        ("apps/?.yaml", "apps/ab.yaml", False),
        ("a.b/*", "axb/c", False),
    ],
)
def test_a_star_stops_at_a_slash_and_hides_what_a_dot_hides(pattern, path, matches):
    assert bool(path_matcher(pattern).fullmatch(path)) is matches


def test_all_that_match_are_read_and_what_is_no_file_is_refused(origin, clone_of):
    origin.commit({"teams/link/updater.yaml": "../shop/updater.yaml"}, mode="120000")
    origin.commit({"teams/shop/updater.yaml": "shop", "teams/huge/updater.yaml": "#" * 65, "README.md": "x"})
    found = read(clone_of(origin.url))

    assert sorted(found) == ["teams/huge/updater.yaml", "teams/link/updater.yaml", "teams/shop/updater.yaml"]
    assert isinstance(found["teams/shop/updater.yaml"], File)
    assert found["teams/shop/updater.yaml"].data == b"shop"
    assert found["teams/link/updater.yaml"].code == "symlink"
    assert found["teams/huge/updater.yaml"].code == "too_large"


def test_what_has_not_changed_is_not_read_again(origin, clone_of):
    origin.commit({f"teams/{name}/updater.yaml": name for name in ("shop", "blog")})
    clone = clone_of(origin.url)
    before = read(clone)
    assert read(clone) is before, "the commit is the same"

    origin.commit({"teams/shop/updater.yaml": "more"})
    after = read(clone)
    assert after["teams/blog/updater.yaml"] is before["teams/blog/updater.yaml"]
    assert after["teams/shop/updater.yaml"].data == b"more"


def test_more_than_there_can_be_are_cut_off(origin, clone_of, monkeypatch):
    monkeypatch.setattr("updater.adapters.git.matching.MOST_FILES", 2)
    origin.commit({f"teams/app-{number}/updater.yaml": "x" for number in range(5)})
    found = head(clone_of(origin.url), PATTERN | {"teams/app-?/updater.yaml": 64, "teams/app-[01]/*": 64})
    assert sorted(found.files) == ["teams/app-0/updater.yaml", "teams/app-1/updater.yaml"]
    assert found.cut == {"teams/*/updater.yaml", "teams/app-?/updater.yaml"}


def test_all_together_have_a_bound_and_what_was_read_before_keeps_its_room(origin, clone_of, monkeypatch):
    monkeypatch.setattr("updater.adapters.git.matching.MOST_BYTES", 100)
    origin.commit({"teams/shop/updater.yaml": "s" * 60})
    clone = clone_of(origin.url)
    read(clone)
    origin.commit({"teams/a/updater.yaml": "a" * 50, "teams/b/updater.yaml": "b" * 40})
    found = read(clone)
    assert found["teams/a/updater.yaml"].code == "too_large"
    assert [len(found[f"teams/{name}/updater.yaml"].data) for name in ("b", "shop")] == [40, 60]


def test_as_many_as_there_can_be_are_all(origin, clone_of, monkeypatch):
    monkeypatch.setattr("updater.adapters.git.matching.MOST_FILES", 2)
    origin.commit({f"teams/app-{number}/updater.yaml": "x" for number in range(2)})
    assert not head(clone_of(origin.url)).cut


def test_what_files_said_before_is_told_newest_first(origin, clone_of):
    for text in ("one", "two", None, "three", "four"):
        origin.commit({"teams/a*b/updater.yaml": text, "teams/axb/updater.yaml": f"not {text}"})
    clone = clone_of(origin.url)
    path = "teams/a*b/updater.yaml"
    earlier = clone.earlier(clone.fetch().refs["refs/heads/main"], {path, "nowhere.yaml"})
    assert earlier == {path: (b"three", b"two", b"one"), "nowhere.yaml": ()}
