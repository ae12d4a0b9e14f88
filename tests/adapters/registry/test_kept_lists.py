"""A list that has not changed is neither read nor doubted anew, also by the next process; all else is."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from updater.adapters.registry import EndpointHost, RegistryClient
from updater.adapters.registry.listing_cache import KnownListing, ListedWhen, ListingCache, assess_listing
from updater.adapters.registry.tally import Tally
from updater.errors import Unavailable
from updater.model import STEADY, Image
from updater.sandbox.exchange import Answer, answer_json
from updater.sandbox.server import Server

SHOP = Image("ghcr.io", "org/shop")
NOON = datetime(2026, 2, 2, 12, 0, tzinfo=UTC)


def tags(*numbers):
    return [f"t{number:04}" for number in numbers]


class Listed(Server):
    """Lists `tags`, as asked by `n` and `last`, with an ETag that never changes; `asked` counts."""

    def __init__(self):
        super().__init__()
        self.tags, self.asked = [], 0

    def answer(self, request):
        self.asked += 1
        last = request.query.get("last", "")
        left = [tag for tag in sorted(self.tags) if tag > last][: int(request.query["n"])]
        return answer_json({"tags": left}, headers={"ETag": '"same"'})


@pytest.fixture(scope="module")
def server():
    with Listed() as listed:
        yield listed


def client_of(server, cache=None):
    return RegistryClient({"ghcr.io": EndpointHost(endpoint=server.url)}, cache=cache)


def heard(client):
    """What it lists; None where that is in doubt."""
    try:
        return client.listing(SHOP).tags
    except Unavailable:
        return None


@settings(max_examples=25)
@given(st.lists(st.tuples(st.frozensets(st.integers(0, 3)), st.booleans()), min_size=1, max_size=8))
def test_i8_what_is_kept_changes_no_answer(server, story):
    known = None
    with TemporaryDirectory() as folder:
        client = client_of(server, folder_of(folder))
        for numbers, restarts in story:
            if restarts:
                client.save()
                client.close()
                client = client_of(server, folder_of(folder))
            server.tags = tags(*sorted(numbers))
            known = assess_listing(known, SHOP, Tally.of(server.tags), 1, ListedWhen(NOON))
            assert heard(client) == (None if known.shrunken else known.listing.tags)
        client.close()


def folder_of(name):
    from pathlib import Path

    return Path(name) / "cache"


def test_a_body_that_changes_under_the_same_etag_is_read(server):
    with client_of(server) as client:
        for many in (tags(1), tags(1), tags(1, 2), tags(1, 2)):
            server.tags = many
            assert client.listing(SHOP).tags == tuple(many)


def test_the_next_process_takes_one_request_for_what_fills_a_page(server, tmp_path):
    server.tags = tags(*range(1000))
    for run in range(STEADY + 2):
        with client_of(server, tmp_path) as client:
            server.asked = 0
            assert len(client.listing(SHOP, lambda found: tuple(sorted(found)[-2:]))) == 1000
            client.save()
        assert server.asked == 1 or run < STEADY


@pytest.mark.parametrize(
    "spoiled",
    [
        lambda _: b"",
        lambda _: b"hush",
        lambda told: told[:-1],
        lambda told: told.replace(b"t0001", b"t0009"),
        lambda told: told.replace(b'"version": 1', b'"version": 2'),
        lambda told: told.replace(b"org/shop", b"org/blog"),
        lambda told: json.dumps({**json.loads(told.split(b"\n")[0]), "pages": "x"}).encode() + b"\n",
        lambda told: b"[" * 100_000 + told,
    ],
)
def test_a_file_that_is_damaged_is_as_none(server, tmp_path, spoiled):
    server.tags = tags(1, 2)
    with client_of(server, tmp_path) as client:
        client.listing(SHOP)
        client.save()
    (kept,) = (tmp_path / "listings").iterdir()
    kept.write_bytes(spoiled(kept.read_bytes()))

    with client_of(server, tmp_path) as client:
        assert client.listing(SHOP).tags == ("t0001", "t0002")


def test_a_file_of_another_time_than_the_counts_is_as_none(server, tmp_path):
    server.tags = tags(1, 2, 3)
    with client_of(server, tmp_path) as client:
        client.listing(SHOP)
        client.save()
    counts = (tmp_path / "registry.json").read_text()
    server.tags = tags(1)
    with client_of(server, tmp_path) as client:
        with suppress(Unavailable):
            client.listing(SHOP)
        client.save()
    (tmp_path / "registry.json").write_text(counts)

    with client_of(server, tmp_path) as client:
        assert heard(client) is None
        assert heard(client) is None
        assert heard(client) == ("t0001",)


def test_two_processes_with_one_cache_list_what_is_there(server, tmp_path):
    server.tags = tags(1)
    with client_of(server, tmp_path) as one, client_of(server, tmp_path) as other:
        for number in range(2, 6):
            for client in (one, other):
                assert client.listing(SHOP).tags == tuple(server.tags)
                client.save()
            server.tags = [*server.tags, *tags(number)]
    with client_of(server, tmp_path) as third:
        assert third.listing(SHOP).tags == tuple(server.tags)


def test_a_page_that_says_the_same_as_another_kind_is_refused(serve, client_for):
    server = serve(lambda _: answer_json({"tags": ["1"]}))
    client = client_for(server)
    client.listing(SHOP)
    server.script = lambda _: Answer(200, b'{"tags": ["1"]}', {"Content-Type": "text/html"})

    with pytest.raises(Exception, match="HTML"):
        client.listing(SHOP)


def test_two_processes_that_save_at_once_have_drafts_of_their_own(tmp_path, monkeypatch):
    """Of one draft, half of what the other writes would be put in place, and a shorter list be believed."""
    file, replace, drafts = tmp_path / "registry.json", Path.replace, []
    one, other = ListingCache(file), ListingCache(file)
    one.keep(SHOP, KnownListing(1, "one", 1))
    other.keep(SHOP, KnownListing(2, "other", 1))

    def late(draft, target):
        drafts.append(draft)
        if len(drafts) == 1:
            other.save()  # and is killed before it puts its draft in place
        return replace(draft, target) if draft == drafts[0] or len(set(drafts)) == 1 else draft

    monkeypatch.setattr(Path, "replace", late)
    one.save()
    assert json.loads(file.read_text())["images"] == {str(SHOP): [1, "one", 1]}
    assert len(set(drafts)) == 2
