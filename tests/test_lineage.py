"""Which commit contains which, on any shape of history."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from updater.model import Commit, Lineage

NOON = datetime(2026, 2, 2, 12, tzinfo=UTC)


@st.composite
def histories(draw):
    """Parents by number: each commit has up to two, all older."""
    return [
        draw(st.lists(st.integers(0, number - 1), max_size=2, unique=True)) if number else []
        for number in range(draw(st.integers(1, 9)))
    ]


def ancestry(parents, number):
    return {number}.union(*(ancestry(parents, parent) for parent in parents[number]))


@given(histories(), st.data())
def test_it_agrees_with_the_definition(parents, data):
    commits = {
        str(number): Commit(str(number), tuple(map(str, those)), "", "", NOON, "")
        for number, those in enumerate(parents)
    }
    numbers = st.integers(0, len(parents) - 1)
    head, one, other = data.draw(numbers), data.draw(numbers), data.draw(numbers)
    lineage = Lineage(commits, str(head))
    for _ in range(2):
        assert lineage.contains(str(one), str(other)) == (other in ancestry(parents, one))
    assert not lineage.contains("unknown", str(one))
    assert not lineage.contains(str(one), "unknown")


@given(histories(), st.data())
def test_what_a_commit_brought_is_what_the_line_had_not(parents, data):
    commits = {
        str(number): Commit(str(number), tuple(map(str, those)), "", "", NOON, "")
        for number, those in enumerate(parents)
    }
    head = data.draw(st.integers(0, len(parents) - 1))
    line, at = [head], head
    while parents[at]:
        at = parents[at][0]
        line.append(at)
    one = data.draw(st.sampled_from(line))
    found = [int(commit.sha) for commit in Lineage(commits, str(head)).brought_by(str(one))]
    assert found[0] == one
    assert len(found) == len(set(found))
    assert not set(found[1:]) & set(line)
    assert set(found) <= ancestry(parents, one)
    assert list(Lineage(commits, str(head)).brought_by("unknown")) == []
