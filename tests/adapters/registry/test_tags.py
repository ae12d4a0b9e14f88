import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count
from time import monotonic, sleep

import pytest

from updater.adapters.registry import listing
from updater.adapters.registry.endpoint import Endpoint
from updater.adapters.registry.errors import RegistryAnswer
from updater.adapters.registry.objects import Objects
from updater.adapters.registry.referrers import Referrers
from updater.adapters.registry.tally import Tally
from updater.errors import Refused, Unavailable
from updater.model import Image
from updater.sandbox.exchange import Answer, answer_json
from updater.sandbox.paging import DOCKER_HUB, ECR, GHCR, STRICT

SMALL = replace(GHCR, page_size=3, cap=3)


def asked(server):
    return [f"{recorded.method} {recorded.path}" for recorded in server.requests]


def page(*tags, link=None):
    return answer_json({"name": "org/shop", "tags": list(tags)}, headers={"Link": link} if link else {})


@pytest.mark.parametrize("paging", [SMALL, replace(SMALL, link="absolute"), replace(STRICT, cap=3)])
def test_every_page_is_read_to_the_end(start, client_for, shop, paging):
    registry = start(paging)
    tags = [f"20260202-1435{second:02}" for second in range(10)]
    for tag in tags:
        registry.push("org/shop", tag)

    assert client_for(registry).tags(shop) == tuple(tags)


@pytest.mark.parametrize("paging", [DOCKER_HUB, ECR])
def test_registries_with_other_ways_are_read_too(start, client_for, shop, paging):
    registry = start(paging)
    registry.push("org/shop", "b")
    registry.push("org/shop", "a")

    assert client_for(registry).tags(shop) == ("a", "b")


def test_tags_keep_the_order_of_the_server(registry, client, shop):
    for tag in ("latest", "0.1.0", "0.1", "0"):
        registry.push("org/shop", tag)

    assert client.tags(shop) == ("latest", "0.1.0", "0.1", "0")


def test_an_image_without_tags_has_none(registry, client, shop):
    registry.create("org/shop")

    assert client.tags(shop) == ()


@pytest.mark.parametrize("body", [b'{"tags": []}', b'{"tags": null}'])
def test_an_empty_list_is_empty(serve, client_for, shop, body):
    assert client_for(serve(lambda _: Answer(200, body))).tags(shop) == ()


def test_a_quiet_pass_is_one_request_per_image(registry, client):
    images = [Image.parse(f"ghcr.io/org/app-{number}") for number in range(3)]
    for image in images:
        registry.push(image.name, "1")
        client.tags(image)
    registry.requests.clear()

    for image in images:
        assert client.tags(image) == ("1",)

    assert asked(registry) == [f"GET /v2/org/app-{number}/tags/list?n=1000" for number in range(3)]


def test_only_the_very_first_image_of_a_host_waits_for_the_challenge(registry, client):
    for number in range(2):
        registry.push(f"org/app-{number}", "1")
        client.tags(Image.parse(f"ghcr.io/org/app-{number}"))

    statuses = [(recorded.path.partition("?")[0], recorded.status) for recorded in registry.requests]
    assert statuses == [
        ("/v2/org/app-0/tags/list", 401),
        ("/token", 200),
        ("/v2/org/app-0/tags/list", 200),
        ("/token", 200),
        ("/v2/org/app-1/tags/list", 200),
    ]


def test_many_threads_exchange_once_per_scope(serve, client_for, shop):
    def script(request):
        if request.path == "/token":
            sleep(0.05)
            return answer_json({"token": "t"})
        header = {"WWW-Authenticate": f'Bearer realm="{server.url}/token"'}
        return page("1") if request.bearer() == "t" else Answer(401, headers=header)

    server = serve(script)
    client = client_for(server)
    with ThreadPoolExecutor(16) as pool:
        listings = list(pool.map(lambda _: client.tags(shop), range(32)))

    assert set(listings) == {("1",)}
    assert sum(recorded.path.startswith("/token") for recorded in server.requests) == 1


def test_a_page_size_the_registry_refuses_is_left_out_from_then_on(serve, client_for, shop):
    def script(request):
        return answer_json({"errors": []}, 400) if "n" in request.query else page("1")

    server = serve(script)
    client = client_for(server)

    assert client.tags(shop) == client.tags(shop) == ("1",)
    assert [recorded.status for recorded in server.requests] == [400, 200, 200]


def test_the_next_page_is_found_among_other_links(serve, client_for, shop):
    link = '</v2/a,b>; rel="prev", <?last=1>; title="x, rel=next"; rel="last next", <?last=9>; rel=next'

    def script(request):
        return page("2") if request.query.get("last") == "1" else page("1", link=link)

    assert client_for(serve(script)).tags(shop) == ("1", "2")


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/v2/org/shop/tags/list",
        "//evil.example/v2/org/shop/tags/list",
        "https://127.0.0.1/v2/org/shop/tags/list",
        "http://127.0.0.1:1/v2/org/shop/tags/list",
        "http://user:hush@127.0.0.1/v2/",
        "http://[/v2/",
        "file:///etc/passwd",
    ],
)
def test_a_page_on_another_host_or_scheme_is_refused(serve, client_for, shop, target):
    client = client_for(serve(lambda _: page("1", link=f'<{target}>; rel="next"')))

    with pytest.raises(Refused) as caught:
        client.tags(shop)

    assert caught.value.code == "foreign_link"
    assert "hush" not in caught.value.sentence


def test_a_page_that_names_itself_ends_in_an_error(serve, client_for, shop):
    server = serve(lambda _: page("1", link='</v2/org/shop/tags/list?n=1000>; rel="next"'))

    with pytest.raises(Unavailable, match="in circles") as caught:
        client_for(server).tags(shop)

    assert caught.value.code == "endless_listing"
    assert len(server.requests) == 1


def test_pages_that_only_repeat_tags_end_in_an_error(serve, client_for, shop):
    numbers = count()
    server = serve(lambda _: page("1", "2", link=f'<?page={next(numbers)}>; rel="next"'))

    with pytest.raises(Unavailable, match="in circles"):
        client_for(server).tags(shop)

    assert len(server.requests) == 2


def test_pages_without_an_end_are_refused(serve, client_for, shop):
    numbers = count()
    server = serve(lambda _: page(str(next(numbers)), link=f'<?page={next(numbers)}>; rel="next"'))

    with pytest.raises(Refused, match="without an end") as caught:
        client_for(server).tags(shop)

    assert caught.value.code == "endless_listing"
    assert len(server.requests) == listing.PAGES == 1000


def test_a_tag_that_stands_on_two_pages_is_there_once(serve, client_for, shop):
    def script(request):
        return page("2", "3") if "last" in request.query else page("1", "2", "1", link="<?last=2>; rel=next")

    assert client_for(serve(script)).tags(shop) == ("1", "2", "3")


def test_a_last_page_that_only_repeats_tags_is_the_end(serve, client_for, shop):
    def script(request):
        return page("2") if "last" in request.query else page("1", "2", link="<?last=2>; rel=next")

    assert client_for(serve(script)).tags(shop) == ("1", "2")


def test_a_full_page_without_a_link_may_not_be_the_last(start, client_for, shop):
    registry = start(replace(STRICT, cap=None, link="none"))
    tags = [f"a_{number}" for number in range(1000, 3000)]
    registry.push("org/shop", tags[0])
    for tag in tags:
        registry.tag("org/shop", tag, registry.digest("org/shop", tags[0]))

    assert client_for(registry).tags(shop) == tuple(tags)
    paths = [path.partition("?")[2] for path in asked(registry) if "/tags/" in path]
    assert paths == ["n=1000", "n=1000", "n=1", "n=1000&last=a_1999", "n=1000&last=a_2999"]


def test_a_full_page_of_a_registry_that_gives_everything_at_once_is_all(serve, client_for, shop):
    server = serve(lambda _: page(*(f"t{number}" for number in range(1000))))
    client = client_for(server)

    for _ in range(3):
        assert len(client.tags(shop)) == 1000
    assert [path.partition("?")[2] for path in asked(server)] == ["n=1000", "n=1", "n=1000", "n=1000"]


def test_a_page_that_fails_fails_the_listing(start, client_for, shop):
    registry = start(SMALL)
    for number in range(7):
        registry.push("org/shop", str(number))
    registry.fault("last=5", 502)

    with pytest.raises(Unavailable):
        client_for(registry).tags(shop)


def test_a_page_that_is_gone_by_its_turn_is_bad_weather(serve, client_for, shop):
    """As with zot, where the tag that the link goes by was deleted meanwhile: the image itself is there."""
    pages = count()
    link = '</v2/org/shop/tags/list?last=a&n=1>; rel="next"'
    server = serve(lambda _: Answer(404) if next(pages) else page("a", link=link))

    with pytest.raises(Unavailable, match=r"has one of them no longer \(404\); nothing changes"):
        client_for(server).tags(shop)


def test_an_image_of_docker_hub_is_asked_for_in_its_library(serve, client_for):
    server = serve(lambda _: page("1"))
    client = client_for(server, hosts={"docker.io": client_for(server)._hosts["ghcr.io"]})

    client.tags(Image.parse("docker.io/nginx"))
    client.tags(Image.parse("docker.io/org/shop"))

    assert asked(server) == ["GET /v2/library/nginx/tags/list?n=1000", "GET /v2/org/shop/tags/list?n=1000"]


def test_many_tags_in_one_page_are_read(serve, client_for, shop):
    tags = [f"sha-{number:07x}" for number in range(100_000)]
    server = serve(lambda _: Answer(200, json.dumps({"tags": tags}).encode()))

    assert client_for(server).tags(shop) == tuple(tags)


# --- what somebody hostile may answer -------------------------------------------------------------------


def test_a_link_header_of_brackets_costs_nothing_and_is_a_reason(serve, client_for, shop):
    server = serve(lambda _: page("1", link="<" * 60_000))
    began = monotonic()

    with pytest.raises(Unavailable, match="a Link header of 60000 characters") as caught:
        client_for(server).tags(shop)

    assert caught.value.code == "long_link"
    assert monotonic() - began < 2


def test_a_link_header_below_the_bound_is_read_at_once():
    answer = RegistryAnswer("https://ghcr.io/v2/", 200, {"link": "<" * 8_000}, b"{}")
    began = monotonic()

    for _ in range(20):
        assert listing.next_page(Endpoint.of(Image.parse("ghcr.io/org/shop"), {}), answer) is None

    assert monotonic() - began < 1


def test_a_tag_that_no_registry_can_hold_makes_no_list(serve, client_for, shop):
    assert client_for(serve(lambda _: page("a" * 128))).tags(shop) == ("a" * 128,)

    with pytest.raises(Refused, match="a tag of more than 128 characters"):
        client_for(serve(lambda _: page("1", "a" * 129))).tags(shop)


def pages(size=0):
    """Ever another page of one tag and so many blanks."""
    numbers = count()

    def fetch(url):
        number = next(numbers)
        headers = {"link": f'</v2/org/shop/tags/list?page={number}>; rel="next"'}
        return RegistryAnswer(url, 200, headers, json.dumps({"tags": [str(number)]}).encode() + b" " * size)

    return fetch


def test_all_pages_together_are_bounded_in_bytes(shop):
    place = Endpoint.of(shop, {})
    with pytest.raises(Refused, match="more than 32 MiB; delete old tags there"):
        listing.walk(place, place.url("tags/list"), pages(8 << 20), Tally())


def test_all_pages_together_are_bounded_in_time(shop):
    place, seconds = Endpoint.of(shop, {}), count(0, 50)
    with pytest.raises(Unavailable, match=r"took more than 120 s to list ghcr\.io/org/shop"):
        listing.walk(place, place.url("tags/list"), pages(), Tally(), clock=lambda: next(seconds))
    assert next(seconds) == 200


def test_all_that_may_be_signatures_is_looked_at_within_one_deadline(shop):
    place, seconds, asked_for = Endpoint.of(shop, {}), count(0, 50), []

    def ask(_place, _method, url, _accept):
        asked_for.append(url)
        return RegistryAnswer(url, 404, {}, b"")

    found = Referrers(ask, Objects(ask), clock=lambda: next(seconds)).find(place, "sha256:" + "0" * 64)

    (late,) = found
    assert isinstance(late, Unavailable)
    assert "took more than 120 s" in late.sentence
    assert len(asked_for) == 2
