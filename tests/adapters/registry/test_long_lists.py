"""Lists longer than anybody needs: what is kept of them is bounded, and what is said of them stays true."""

import json
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from updater.adapters.registry.large_json import split_list
from updater.adapters.registry.listing import LARGE
from updater.adapters.registry.listing_cache import ListedWhen, assess_listing, merge_tags
from updater.adapters.registry.tally import WHOLE, Tally
from updater.model import STEADY, Image, Listing
from updater.observe.listings import KEPT, orders_of
from updater.ports import TagOrder
from updater.sandbox.exchange import Answer, answer_json
from updater.schemes.semver import Semver
from updater.schemes.timestamp import Timestamp

SHOP = Image("ghcr.io", "org/shop")
NOON = datetime(2026, 2, 2, 12, tzinfo=UTC)
START = datetime(2001, 1, 1, tzinfo=UTC)
NUMBERS = TagOrder(lambda tag: int(tag) if tag.isdecimal() else None, by_text=False, most=10)
TEXTS = TagOrder(lambda tag: tag if tag.isdecimal() else None, by_text=True, most=10)


def stamps(count):
    return [f"{START + timedelta(minutes=number):%Y%m%d-%H%M%S}" for number in range(count)]


def shuffled(tags):
    mixed = list(tags)
    Random(7).shuffle(mixed)
    return mixed


def test_of_a_long_list_the_newest_are_kept_and_of_all_it_is_known_that_they_are_there():
    tags = shuffled([str(number) for number in range(5_000)] + ["latest", "main"])
    listing = Tally.of(tags, [NUMBERS]).listing(SHOP, STEADY)
    assert {int(tag) for tag in listing.tags if tag.isdecimal()} == set(range(4_990, 5_000))
    assert len(listing) == 5_002
    assert listing.is_cut
    assert all(tag in listing for tag in tags)
    assert "5000" not in listing
    assert "" not in listing


def test_each_way_to_read_tags_keeps_its_own_newest():
    listing = Tally.of([str(number) for number in range(2_000)], [NUMBERS, TEXTS]).listing(SHOP, STEADY)
    assert {"1999", "1990", "999", "998"} <= set(listing.tags)
    assert len(listing.tags) == 20


@pytest.mark.parametrize("odd", [[""], ["b\nc"], ["b\nc", ""], ["", ""], ["\n"]])
def test_what_no_tag_can_be_is_left_out_of_a_list_and_leaves_no_line(odd):
    found = Listing.of(SHOP, ["a", *odd, "d"])
    assert (found.tags, len(found)) == (("a", "d"), 2)
    assert "b" not in found
    assert "c" not in found


def test_a_short_list_is_kept_as_it_is():
    tags = [str(number) for number in range(WHOLE)]
    assert Tally.of(tags, [NUMBERS]).listing(SHOP, STEADY) == Listing.of(SHOP, tags)


@given(st.lists(st.integers(0, 3_000).map(str), max_size=60), st.integers(0, 9))
def test_however_it_comes_it_counts_the_same(more, seed):
    tags = [str(number) for number in range(1_500)] + more
    Random(seed).shuffle(tags)
    listing = Tally.of(tags, [NUMBERS]).listing(SHOP, STEADY)
    assert len(listing) == len(set(tags))
    assert {tag in listing for tag in tags} == {True}
    assert sorted(map(int, listing.tags)) == sorted(map(int, set(tags)))[-10:]


def test_a_long_list_that_loses_a_tag_is_doubted_and_one_that_gains_is_not():
    def known(before, tags):
        return assess_listing(before, SHOP, Tally.of(tags, [NUMBERS]), 1, ListedWhen(NOON))

    tags = [str(number) for number in range(3_000)]
    first = known(None, tags)
    assert known(first, [*tags, "3000"]).steady == 2
    for fewer in (tags[1:], tags[:-1], tags[:900]):
        lost = known(known(first, tags), fewer)
        assert (lost.steady, lost.shrunken) == (1, True)


def test_what_is_added_to_a_long_list_is_there_and_the_newest():
    before = assess_listing(None, SHOP, Tally.of(stamps(3_000), [TEXTS]), 2, ListedWhen(NOON))
    one = TagOrder(lambda tag: tag, by_text=True, most=10)
    after = merge_tags(before, ["20990101-000000", "29990101-000000"], [one]).listing
    assert len(after) == 3_002
    assert "20990101-000000" in after.tags
    assert stamps(1)[0] in after


@given(
    st.lists(st.lists(st.integers(0, 9_000).map(str) | st.sampled_from(["main", "a", "z-1"]), min_size=1)),
    st.sampled_from([NUMBERS, TEXTS]),
)
def test_a_few_that_are_added_are_kept_as_if_all_had_come_at_once(added, order):
    """Though what is kept is not read again."""
    first = ["latest", *map(str, range(3_000, 5_000))]
    known = assess_listing(None, SHOP, Tally.of(first, [order]), 2, ListedWhen(NOON))
    for news in added:
        known = merge_tags(known, news, [order])
    whole = Tally.of([*first, *(tag for news in added for tag in news)], [order]).listing(SHOP, STEADY)
    assert [tag for tag in known.listing.tags if tag.isdecimal()] == [*filter(str.isdecimal, whole.tags)]
    assert {"latest", *whole.tags} <= {*known.listing.tags}, "and some that nobody reads"
    assert len(known.listing) == len(whole)


def test_what_is_kept_is_read_again_only_where_it_is_told_otherwise_which_are_the_newest():
    read = []

    def rank(tag):
        read.append(tag)
        return tag

    order = TagOrder(rank, by_text=True, most=1_000)
    another = TagOrder(lambda tag: rank(tag)[::-1], by_text=False, most=1_000)
    known = assess_listing(None, SHOP, Tally.of(stamps(3_000), [order]), 2, ListedWhen(NOON))
    read.clear()
    known = merge_tags(known, ["20990101-000000"], [order])
    assert read == ["20990101-000000"]
    merge_tags(known, ["29990101-000000"], [another])
    assert len(read) > 1_000


def test_the_real_schemes_of_an_image_tell_which_are_the_newest(serve, client_for, shop):
    tags = shuffled(stamps(3_000))
    client = client_for(serve(lambda _: answer_json({"tags": tags})))
    listing = client.listing(shop, orders_of((Timestamp(), Semver())))
    assert sorted(listing.tags) == stamps(3_000)[-KEPT:]
    assert len(listing) == 3_000


def test_a_large_page_is_read_like_a_small_one_and_broken_ones_are_told(serve, client_for, shop):
    tags = [f"{number:0100}" for number in range(LARGE // 100)]
    for indent in (None, 1):
        body = json.dumps({"name": "org/shop", "tags": tags}, indent=indent).encode()
        assert len(body) > LARGE
        assert split_list(body, "tags") is not None
        assert client_for(serve(lambda _, body=body: Answer(200, body))).tags(shop) == tuple(tags)


def test_only_a_list_of_plain_texts_at_the_top_is_split():
    assert list(split_list(b'{"a": [1], "tags" : [ "x" , "y" ], "b": 2}', "tags").texts()) == ["x", "y"]
    assert list(split_list(b'{"tags": []}', "tags").texts()) == []
    for body in (
        b'{"tags": ["x", 1]}',
        b'{"tags": ["x",]}',
        b'{"tags": ["x"',
        b'{"tags": null}',
        b'{"tags": ["\\u0041"]}',
        b'{"in": {"tags": ["x"]}}',
        b'{"tags": ["x"], "tags": ["y"]}',
        b'{"tags": ["x"]} and more',
        b'["tags"]',
    ):
        assert split_list(body, "tags") is None, body
