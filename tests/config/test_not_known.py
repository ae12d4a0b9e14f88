"""What is said to somebody who names what is not there."""

import pytest

from updater.config.not_known import unknown
from updater.near_names import near_name

MANY = [f"team-{team}-service-{number:03}" for team in "abcdefghij" for number in range(1000)]


@pytest.mark.parametrize("word", ["taem-c-service-077", "team-c-servce-077"])
def test_among_ten_thousand_names_the_near_one_is_found(word):
    assert near_name(word, MANY) == near_name(word, MANY[2000:3000]) == "team-c-service-077"


@pytest.mark.parametrize(
    "word", ["", "x", "\N{RIGHT-TO-LEFT OVERRIDE}", "\ud800", "e\N{COMBINING ACUTE ACCENT}" * 9]
)
def test_what_is_like_none_is_like_none_of_many(word):
    assert near_name(word, MANY) is None


def test_only_the_likely_names_are_compared_letter_by_letter(monkeypatch):
    """Anybody may ask for a page that is not there, as often as they like."""
    compared = []
    find = near_name.__globals__["get_close_matches"]

    def counted(word, names, **how):
        compared.append(len(names))
        return find(word, names, **how)

    monkeypatch.setitem(near_name.__globals__, "get_close_matches", counted)
    near_name("team-c-service-07", MANY)
    assert max(compared) <= 200


def test_a_word_of_any_length_is_told_in_one_short_line():
    said = unknown("app", "\N{RIGHT-TO-LEFT OVERRIDE}\x1b[2J\n" + "x" * 10_000, ["shop"])
    assert said.isprintable()
    assert len(said) < 150
