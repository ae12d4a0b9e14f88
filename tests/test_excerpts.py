"""Of an endless text a bounded part is kept, and it says all that anybody reads of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from updater import messages
from updater.adapters.git.tokens import tokens
from updater.messages import read_trailers
from updater.model import LONGEST_TEXT, TextExcerpt, excerpt_of

PIN = "Updater-Pin: production app-{} ghcr.io/org/app-{}:20260202-143512@sha256:{}"


def pin(number):
    return PIN.format(number, number, f"{number:064x}")


def kept(*pieces):
    excerpt = TextExcerpt()
    for piece in pieces:
        excerpt.add(piece)
    return excerpt.kept()


LINES = st.one_of(
    st.integers(0, 99).map(pin),
    st.just("Asked for by Kim (promote): they need it"),
    st.just("  Updater-Pin: indented"),
    st.integers(0, 5_000).map("x".__mul__),
    st.text(max_size=30),
)
MESSAGES = st.tuples(st.text(max_size=40), st.lists(LINES, max_size=40)).map(
    lambda parts: "\n".join([parts[0], "", *parts[1]])
)


@given(MESSAGES)
def test_what_is_read_of_a_message_is_read_of_its_excerpt(message):
    message = message.encode(errors="replace").decode()
    excerpt = excerpt_of(message)
    assert read_trailers(excerpt) == read_trailers(message)
    assert messages.was_asked_for(excerpt) == messages.was_asked_for(message)
    assert excerpt[:500].partition("\n")[0] == message[:500].partition("\n")[0]
    if len(message.encode()) <= LONGEST_TEXT:
        assert excerpt == message


@given(MESSAGES, st.lists(st.integers(1, 9_000), max_size=12))
def test_it_is_the_same_in_whatever_pieces_it_comes(message, lengths):
    whole = message.encode(errors="replace")
    pieces, rest = [], whole
    for length in lengths:
        pieces, rest = [*pieces, rest[:length]], rest[length:]
    assert kept(*pieces, rest) == kept(whole)


@given(MESSAGES, st.integers(1, 3))
def test_the_line_breaks_that_a_host_adds_or_takes_make_no_difference(message, breaks):
    message = message.encode(errors="replace").decode().strip()
    assert excerpt_of(message + "\n" * breaks).strip() == excerpt_of(message).strip()


@given(st.lists(st.binary(max_size=12), max_size=12), st.integers(1, 9))
def test_short_tokens_are_split_at_nul_whatever_chunks_they_come_in(words, size):
    words = [word.replace(b"\0", b"") for word in words]
    text = b"".join(word + b"\0" for word in words)
    chunks = [text[at : at + size] for at in range(0, len(text), size)]
    assert list(tokens(chunks)) == words


@pytest.mark.parametrize("letter", ["x", "x\n", "Updater-Pin: a b c:d\n", "\n", "한\n"])
def test_of_whatever_is_endless_little_is_kept(letter):
    excerpt = TextExcerpt()
    piece = (letter * 4_000).encode()
    for _ in range(500):
        excerpt.add(piece)
    assert len(excerpt.kept()) < 300_000


def test_a_squash_merge_of_a_thousand_apps_keeps_each_of_their_pins():
    message = "Promote production (#12)\n\n" + "\n\n".join(
        f"* chore(app-{number}): bump production\n\nWhy it is safe, at length: {'x' * 400}\n\n{pin(number)}"
        for number in range(1_000)
    )
    excerpt = excerpt_of(message)
    assert read_trailers(excerpt) == read_trailers(message)
    assert len(excerpt) < len(message) / 3
