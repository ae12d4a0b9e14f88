"""What becomes of signatures when the registry is away, hostile, or asked again."""

import json
from hashlib import sha256

import pytest
from adapters.signatures.conftest import NAME, key_of
from world.signers import BUNDLE, Signer, payload, statement

from updater.adapters.registry import referrers
from updater.errors import Refused, Unavailable
from updater.model import PublicKey
from updater.sandbox.images import INDEX
from updater.sandbox.paging import GHCR, STRICT

SIGNER, OTHER = Signer(), Signer()
KEY = key_of(SIGNER)


def requests(shop):
    return [request.path for request in shop.registry.requests if "/v2/" in request.path]


# --- weather --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [500, 503, 429, 403])
@pytest.mark.parametrize("what", ["referrers", "manifests/sha256-", r"\.sig", "blobs"])
def test_where_something_cannot_be_read_nobody_says_it_is_not_signed(shop, status, what):
    OTHER.signs_as_cosign_2(shop.registry, NAME, shop.digest)
    shop.registry.fail_next(9, status, matching=what)
    with pytest.raises((Unavailable, Refused)):
        shop.ask(KEY)


def test_a_signature_that_is_found_counts_although_another_place_is_silent(place):
    shop = place(GHCR)
    SIGNER.signs_as_cosign_2(shop.registry, NAME, shop.digest)
    shop.registry.fail_next(9, 500, matching="referrers|sha256-[0-9a-f]{64}$")
    assert shop.ask(KEY).by


def test_a_part_that_is_missing_is_bad_weather(shop):
    tag = shop.digest.replace(":", "-")
    gone = {"mediaType": BUNDLE, "digest": "sha256:" + "0" * 64, "size": 5}
    index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [gone]}
    shop.registry.put_manifest(NAME, tag, json.dumps(index).encode(), INDEX)
    with pytest.raises(Unavailable, match=r"has a part of ghcr\.io/org/shop not"):
        shop.ask(KEY)


@pytest.mark.parametrize("body", [b"<html>", b"{", b"[]", b""])
def test_an_answer_that_makes_no_sense_is_no_absence(shop, body):
    shop.registry.put_manifest(NAME, shop.digest.replace(":", "-"), body, INDEX)
    with pytest.raises((Unavailable, Refused)):
        shop.ask(KEY)


def test_a_page_of_referrers_that_is_gone_by_its_turn_is_no_absence(shop):
    """What was on it nobody knows: it is no registry without referrers."""
    link = {"Link": f'</v2/{NAME}/referrers/{shop.digest}?page=2>; rel="next"'}
    index = json.dumps({"schemaVersion": 2, "manifests": []})
    shop.registry.fail_next(1, 200, matching=r"referrers/sha256:[0-9a-f]*$", body=index, headers=link)
    shop.registry.fail_next(1, 404, matching="page=2")
    with pytest.raises(Refused):
        shop.ask(KEY)


# --- asked again ----------------------------------------------------------------------------------------


def test_what_was_proven_is_not_asked_again(shop):
    SIGNER.signs_as_cosign_2(shop.registry, NAME, shop.digest)
    shop.ask(KEY)
    before = requests(shop)
    assert shop.ask(key_of(OTHER), KEY).by == KEY
    assert requests(shop) == before


def test_what_was_not_proven_is_asked_again(shop):
    assert shop.ask(KEY).by is None
    SIGNER.signs_as_cosign_3(shop.registry, NAME, shop.digest)
    assert shop.ask(KEY).by


def test_what_holds_no_signature_is_read_once(shop):
    """SBOMs and results of scans, attached to an image that nobody has signed yet."""
    for number in range(5):
        shop.registry.attach(NAME, shop.digest, b"%d" % number, "application/spdx+json")
    assert shop.ask(KEY).by is None
    before = len(requests(shop))
    assert shop.ask(KEY).by is None
    assert len(requests(shop)) - before <= 3
    SIGNER.signs_as_cosign_3(shop.registry, NAME, shop.digest)
    assert shop.ask(KEY).by


def test_more_than_are_looked_at_at_once_are_looked_at_in_turn(shop):
    """So many SBOMs keep nobody from seeing, later on, that there is no signature."""
    for number in range(referrers.MOST + 3):
        shop.registry.attach(NAME, shop.digest, b"%d" % number, "application/spdx+json")
    with pytest.raises(Refused, match="so much is attached"):
        shop.ask(KEY)
    assert shop.ask(KEY).found == "no signature is in the registry"


def test_what_one_key_has_proven_is_not_proven_by_another(shop):
    SIGNER.signs_as_cosign_2(shop.registry, NAME, shop.digest)
    assert shop.ask(KEY).by
    assert shop.ask(key_of(OTHER)).by is None


def test_what_is_proven_of_a_digest_is_not_of_another(shop):
    SIGNER.signs_as_cosign_2(shop.registry, NAME, shop.digest)
    assert shop.ask(KEY).by
    assert shop.ask(KEY, digest=shop.registry.push(NAME, "20260202-130000")).by is None


def test_an_unsigned_image_costs_three_requests(place):
    shop = place(STRICT)
    with pytest.raises(Refused):
        shop.ask(PublicKey(file="/nowhere"))
    assert not requests(shop)  # nobody to verify for: nothing is asked
    shop.ask(KEY)
    shop.registry.requests.clear()
    shop.ask(KEY)
    assert len(requests(shop)) == 3


# --- hostile --------------------------------------------------------------------------------------------


def test_of_very_many_signatures_a_bounded_number_is_read_and_nobody_says_it_is_not_signed(shop):
    content = payload(shop.digest)
    empty = shop.registry.put_blob(NAME, content, "application/octet-stream")
    layer = {"mediaType": _SIMPLE, "digest": empty, "size": len(content), "annotations": {}}
    config = {"mediaType": "application/json", "digest": empty, "size": len(content)}
    manifest = {"schemaVersion": 2, "config": config, "layers": [layer] * 5_000}
    shop.registry.put_manifest(NAME, f"{shop.digest.replace(':', '-')}.sig", json.dumps(manifest).encode())
    with pytest.raises(Refused, match="not all of it was looked at"):
        shop.ask(KEY)
    assert len([path for path in requests(shop) if "/blobs/" in path]) <= 64


def test_of_very_many_referrers_a_bounded_number_is_read(place):
    shop = place(STRICT)
    many = [
        {"mediaType": BUNDLE, "digest": f"sha256:{sha256(bytes([n >> 8, n & 255])).hexdigest()}", "size": 1}
        for n in range(5_000)
    ]
    shop.registry.put_manifest(
        NAME, shop.digest.replace(":", "-"), json.dumps({"manifests": many}).encode(), INDEX
    )
    with pytest.raises((Unavailable, Refused)):
        shop.ask(KEY)
    assert len(requests(shop)) < 80


def test_pages_of_referrers_are_followed_and_bounded(place):
    from dataclasses import replace

    shop = place(replace(STRICT, page_size=2))
    SIGNER.signs_as_cosign_3(shop.registry, NAME, shop.digest)
    for _ in range(3):
        OTHER.signs_as_cosign_3(shop.registry, NAME, shop.digest)
    assert shop.ask(KEY).by
    other = shop.registry.push(NAME, "20260202-130000")
    for _ in range(20):
        OTHER.signs_as_cosign_3(shop.registry, NAME, other)
    with pytest.raises(Refused, match="not all of it was looked at"):
        shop.ask(KEY, digest=other)


def test_a_signature_that_is_larger_than_any_is_not_read(shop):
    content = statement(shop.digest) + b" " * (5 * 1024 * 1024)
    shop.registry.attach(NAME, shop.digest, content, BUNDLE)
    with pytest.raises(Refused, match="says more of itself than 4 MiB"):
        shop.ask(KEY)


def test_what_is_no_signature_is_not_read(shop):
    shop.registry.attach(NAME, shop.digest, b"{}", "application/spdx+json")
    assert shop.ask(KEY).found == "no signature is in the registry"
    assert not [path for path in requests(shop) if "/blobs/" in path]


_SIMPLE = "application/vnd.dev.cosign.simplesigning.v1+json"
