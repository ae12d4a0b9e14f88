"""Files that moved in one commit: each is followed to the one it was, and thousands cost no minutes."""

import time

from hypothesis import given
from hypothesis import strategies as st

from updater.adapters.git.log_parser import FollowedFiles, LogEntry, LogRecord, PathFilter

FIELDS = (b"a" * 40, b"", b"u <u@x>", b"u <u@x>", b"1790000000", b"Move\n")
MANY = 4_000

paths = st.lists(st.sampled_from("abc"), min_size=1, max_size=4).map(lambda parts: "/".join(parts).encode())


def test_thousands_of_files_alike_that_move_at_once_are_told_apart_in_seconds():
    old = [b"apps/app%d/staging/values.yaml" % number for number in range(MANY)]
    new = [path.replace(b"apps/", b"deploy/") for path in old]
    entries = [LogEntry(path, "b" * 40, None) for path in old] + [
        LogEntry(path, None, "b" * 40) for path in new
    ]
    interest = FollowedFiles({*old, *new})
    started = time.monotonic()
    changes = interest.commit(LogRecord(FIELDS, entries)).changes
    assert time.monotonic() - started < 5
    assert all(changes[to.decode()].renamed_from == of.decode() for of, to in zip(old, new, strict=True))


@given(st.lists(paths, min_size=1, max_size=8), paths)
def test_of_files_alike_the_one_whose_path_ends_most_alike_is_meant(places, path):
    found = PathFilter(("b", place) for place in places).closest("b", path)
    assert found == max(sorted(places), key=lambda place: _shared(place.split(b"/"), path.split(b"/")))


def test_another_content_is_no_move():
    assert PathFilter([("b", b"a/x")]).closest("c", b"b/x") is None


def _shared(one, other):
    """How many parts both end in."""
    count = 0
    while count < min(len(one), len(other)) and one[-1 - count] == other[-1 - count]:
        count += 1
    return count
