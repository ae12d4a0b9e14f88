"""A list that is suddenly shorter is doubted until it has lasted. I8."""

import json
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from updater.adapters.registry.listing_cache import ListedWhen, ListingCache, assess_listing
from updater.adapters.registry.tally import Tally
from updater.errors import Unavailable
from updater.model import STEADY, Image
from updater.sandbox.exchange import answer_json

SHOP = Image("ghcr.io", "org/shop")
NOON = datetime(2026, 2, 2, 12, 0, tzinfo=UTC)


def tags(*numbers):
    return [f"t{number:04}" for number in numbers]


def weighed(*lists, before=None):
    """What is known after these lists."""
    for each in lists:
        before = assess_listing(before, SHOP, Tally.of(each), 1, ListedWhen(NOON))
    return before


def test_the_first_list_is_believed_as_it_is():
    known = weighed(tags(1, 2))

    assert not known.shrunken
    assert known.listing.tags == ("t0001", "t0002")
    assert known.steady == 1


@pytest.mark.parametrize("rest", [(), (1,), (1, 2), (4, 5)])
def test_a_shorter_list_is_believed_at_the_third_time_in_a_row(rest):
    shorter = tags(*rest)
    doubts = [weighed(tags(1, 2, 3), *[shorter] * times).shrunken for times in (1, 2, 3, 4)]

    assert doubts == [True, True, False, False]


def test_what_grows_meanwhile_counts_on_and_what_loses_more_begins_anew():
    shorter, grown, less = tags(1, 2), tags(1, 2, 7), tags(1)
    assert not weighed(tags(1, 2, 3, 4), shorter, grown, grown).shrunken
    assert weighed(tags(1, 2, 3, 4), shorter, shorter, less).shrunken
    assert not weighed(tags(1, 2, 3, 4), shorter, shorter, less, less, less).shrunken


def test_a_list_that_comes_back_is_believed_at_once():
    assert not weighed(tags(1, 2, 3), tags(), tags(1, 2, 3)).shrunken


def test_a_list_that_is_pruned_at_one_end_and_grows_at_the_other_is_believed_but_not_steady():
    known = weighed(tags(1, 2, 3), tags(1, 2, 3), tags(2, 3, 4))

    assert not known.shrunken
    assert known.steady == 1


@given(st.lists(st.frozensets(st.integers(0, 5)), min_size=1, max_size=12))
def test_i8_nothing_is_believed_that_is_shorter_and_has_not_lasted(lists):
    known, believed = None, 0
    for number, each in enumerate(lists):
        known = assess_listing(known, SHOP, Tally.of(tags(*sorted(each))), 1, ListedWhen(NOON))
        last = lists[max(0, number - STEADY + 1) : number + 1]
        lasted = len(last) == STEADY and all(a <= b for a, b in pairwise(last))
        if not known.shrunken:
            assert number == 0 or len(each) >= believed or lasted
            believed = len(each)
        assert known.count == believed or known.shrunken


@given(st.lists(st.tuples(st.frozensets(st.integers(0, 5)), st.booleans()), min_size=1, max_size=14))
def test_i8_lists_that_do_not_count_make_none_true(lists):
    """Among any of them, what is believed is what the others alone have shown, or had more tags."""
    known, in_a_row = assess_listing(None, SHOP, Tally.of(tags(*range(6))), 1, ListedWhen(NOON)), 1
    for each, counts in lists:
        before = known
        known = assess_listing(known, SHOP, Tally.of(tags(*sorted(each))), 1, ListedWhen(NOON, counts))
        lost = not set(before.listing.tags) <= set(known.listing.tags)
        in_a_row = counts if lost else min(in_a_row + counts, STEADY)
        assert known.steady == known.listing.steady == in_a_row
        if len(each) < before.count:
            assert known.shrunken == (in_a_row < STEADY)


def test_the_same_page_over_and_over_makes_no_short_list_true_where_it_does_not_count(serve, client_for):
    server = serve(None)
    serving(server, tags(1, 2, 3), *[tags(1)] * 9)
    client = client_for(server)
    client.listing(SHOP)
    for _ in range(5):
        with pytest.raises(Unavailable, match=r"\(0 so far\)"):
            client.listing(SHOP, counts=False)
    for times in (1, 2):
        with pytest.raises(Unavailable, match=rf"\({times} so far\)"):
            client.listing(SHOP)
    with pytest.raises(Unavailable, match=r"\(2 so far\)"):
        client.listing(SHOP, counts=False)
    assert client.listing(SHOP).tags == ("t0001",)


def serving(server, *lists):
    """The client's answers to these lists, one after the other."""
    remaining = list(lists)
    server.script = lambda _: answer_json({"tags": remaining.pop(0)})


def test_the_client_doubts_in_a_sentence(serve, client_for):
    server = serve(None)
    serving(server, tags(1, 2, 3), tags(1), tags(1), tags(1), [], tags(1))
    client = client_for(server)
    assert client.listing(SHOP).tags == tuple(tags(1, 2, 3))

    for times in (1, 2):
        with pytest.raises(Unavailable) as caught:
            client.listing(SHOP)
        assert caught.value.code == "listing_shrunken"
        assert "lists 1 tag for ghcr.io/org/shop, where it listed 3" in caught.value.sentence
        assert f"({times} so far)" in caught.value.sentence
    assert client.listing(SHOP).tags == ("t0001",)

    with pytest.raises(Unavailable) as caught:
        client.listing(SHOP)
    assert caught.value.code == "listing_empty"
    assert client.listing(SHOP).tags == ("t0001",)


def test_what_was_listed_is_remembered_over_a_restart(serve, client_for, tmp_path):
    server, folder = serve(None), tmp_path / "cache"
    serving(server, tags(1, 2, 3), tags(1), tags(1), tags(1))
    first = client_for(server, cache=folder)
    first.listing(SHOP)
    first.save()

    for _ in range(2):
        with pytest.raises(Unavailable):
            client_for(server, cache=folder).listing(SHOP)
        client = client_for(server, cache=folder)
        server.script = lambda _: answer_json({"tags": tags(1)})
        with pytest.raises(Unavailable):
            client.listing(SHOP)
        client.save()
    assert client_for(server, cache=folder).listing(SHOP).tags == ("t0001",)


def test_the_file_is_small_and_written_only_when_something_changed(tmp_path):
    path = tmp_path / "registry.json"
    memory = ListingCache(path)
    many = tags(*range(1000))
    known = weighed(many, many, many)
    memory.keep(SHOP, known)
    memory.save()
    assert path.stat().st_size < 300
    path.unlink()

    memory.keep(SHOP, weighed(many, before=known))
    memory.save()
    assert not path.exists()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hush",
        "[]",
        "{}",
        '{"version": 2, "images": {}}',
        '{"version": 1, "images": []}',
        '{"version": 1, "images": {"a": [1]}}',
        '{"version": 1, "images": {"a": ["x", "y", "z"]}}',
        '{"version": 1, "images": {"a": null}}',
        '{"version": 1, "images": {"a": [1e999, "x", 1]}}',
        "[" * 100_000,
    ],
)
def test_a_file_that_is_broken_is_as_none(tmp_path, text):
    path = tmp_path / "registry.json"
    path.write_text(text)

    assert ListingCache(path).of(SHOP) is None


def test_a_folder_that_cannot_be_written_is_done_without(tmp_path):
    (tmp_path / "file").touch()
    memory = ListingCache(tmp_path / "file" / "registry.json")
    memory.keep(SHOP, weighed(tags(1)))

    memory.save()

    assert memory.of(SHOP).count == 1


def test_the_file_says_what_it_is(tmp_path):
    path = tmp_path / "registry.json"
    memory = ListingCache(path)
    memory.keep(SHOP, weighed(tags(1, 2)))
    memory.save()

    content = json.loads(path.read_text())
    assert content["version"] == 1
    assert content["images"]["ghcr.io/org/shop"][::2] == [2, 1]


def test_a_list_that_says_the_same_is_not_kept_a_second_time():
    known = weighed(tags(*range(50)))
    again = weighed(tags(*range(50)), before=known)
    assert again.listing.text is known.listing.text
    assert (known.listing.steady, again.listing.steady) == (1, 2)
    assert weighed(tags(*range(51)), before=again).listing.tags == tuple(tags(*range(51)))
