"""Signatures by real keys, in a real registry: of all that lies there only the valid one is believed."""

import json

import pytest
from adapters.signatures.conftest import NAME, key_of
from hypothesis import given
from hypothesis import strategies as st
from world.signers import BUNDLE, IN_TOTO, PROVENANCE, Signer, bundle, payload, statement, text

from updater.adapters.signatures import load_trusted
from updater.errors import Refused
from updater.model import PublicKey, Referrer
from updater.sandbox.paging import DOCKER_HUB, ECR, GHCR, STRICT

OTHER = Signer()
ANOTHER_IMAGE = "a signature there is of another image"
ANOTHER_KEY = "a signature there is by another key, or of something else"


# --- what is valid --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "paging", [GHCR, DOCKER_HUB, ECR, STRICT], ids=["ghcr", "docker hub", "ecr", "strict"]
)
@pytest.mark.parametrize("form", ["signs_as_cosign_2", "signs_as_cosign_3"])
def test_a_signature_is_found_wherever_cosign_has_put_it(place, signers, paging, form):
    shop, signer = place(paging), signers["ecdsa"]
    getattr(signer, form)(shop.registry, NAME, shop.digest)
    assert shop.ask(key_of(signer)).by == key_of(signer)


def test_a_payload_signed_with_any_kind_of_key_is_believed(shop, signer):
    signer.signs_as_cosign_2(shop.registry, NAME, shop.digest)
    assert shop.ask(key_of(signer)).by == key_of(signer)


def test_a_bundle_signed_with_any_kind_of_key_is_believed(shop, signer):
    signer.signs_as_cosign_3(shop.registry, NAME, shop.digest)
    assert shop.ask(key_of(signer)).by == key_of(signer)


@pytest.mark.parametrize("kind", ["ecdsa", "rsa"])
def test_a_signature_of_the_manifest_itself_is_believed(shop, signers, kind):
    signer = signers[kind]
    shop.registry.attach(NAME, shop.digest, signer.message(shop.digest), BUNDLE)
    assert shop.ask(key_of(signer)).by == key_of(signer)


def test_a_provenance_is_believed_and_an_sbom_is_not(shop, signers):
    signer = signers["ecdsa"]
    of_sbom = signer.enveloped(statement(shop.digest, predicate="https://spdx.dev/Document"))
    shop.registry.attach(NAME, shop.digest, of_sbom, BUNDLE)
    assert shop.ask(key_of(signer)).found == "an attestation there is neither a signature nor a provenance"
    shop.registry.attach(
        NAME, shop.digest, signer.enveloped(statement(shop.digest, predicate=PROVENANCE)), BUNDLE
    )
    assert shop.ask(key_of(signer)).by == key_of(signer)


def test_one_of_several_keys_is_enough_and_it_is_named(shop, signers):
    wanted = [key_of(OTHER), key_of(signers["ed25519"])]
    signers["ed25519"].signs_as_cosign_2(shop.registry, NAME, shop.digest)
    assert shop.ask(*wanted).by == wanted[1]


def test_a_valid_signature_is_found_among_those_of_others(shop, signers):
    for who in (OTHER, signers["ecdsa"], OTHER):
        who.signs_as_cosign_2(shop.registry, NAME, shop.digest)
        who.signs_as_cosign_3(shop.registry, NAME, shop.digest)
    assert shop.ask(key_of(signers["ecdsa"])).by


# --- what is not ----------------------------------------------------------------------------------------


def _wrong_payload(signer, digest):
    """Content and annotations of what is no signature of it, each by what is wrong with it."""
    right = payload(digest)
    changed = right.replace(b"shop", b"shut")
    elsewhere = "sha256:" + "0" * 64
    return {
        "by another key": (right, OTHER.annotations(right), ANOTHER_KEY),
        "tampered with": (changed, signer.annotations(right), ANOTHER_KEY),
        "of another digest": (payload(elsewhere), signer.annotations(payload(elsewhere)), ANOTHER_IMAGE),
        "unsigned": (right, {}, ANOTHER_KEY),
        "no base64": (right, {"dev.cosignproject.cosign/signature": "(no)"}, ANOTHER_KEY),
        "of no image": (
            payload(digest, kind="a letter"),
            signer.annotations(payload(digest, kind="a letter")),
            "what is signed there is no image",
        ),
        "of no JSON": (b"{", signer.annotations(b"{"), "what is signed there is no image"),
        "of a list": (b"[]", signer.annotations(b"[]"), "what is signed there is no image"),
    }


@pytest.mark.parametrize("wrong", list(_wrong_payload(OTHER, "")))
def test_a_payload_is_not_believed(shop, signer, wrong):
    content, annotations, why = _wrong_payload(signer, shop.digest)[wrong]
    shop.registry.sign(NAME, shop.digest, content, annotations)
    answer = shop.ask(key_of(signer))
    assert (answer.by, answer.found) == (None, why)


def _wrong_bundle(signer, digest):
    right, elsewhere = signer.enveloped(statement(digest)), "sha256:" + "0" * 64
    document = json.loads(right)
    swapped = json.loads(right)
    swapped["dsseEnvelope"]["payload"] = text(statement(digest).replace(b"predicate", b"predicote"))
    renamed = json.loads(right)
    renamed["dsseEnvelope"]["payloadType"] = "text/plain"
    unsigned = json.loads(right)
    unsigned["dsseEnvelope"]["signatures"] = []
    return {
        "by another key": OTHER.enveloped(statement(digest)),
        "with another payload": json.dumps(swapped).encode(),
        "with another type": json.dumps(renamed).encode(),
        "of another type": signer.enveloped(statement(digest), "text/plain"),
        "of another digest": signer.enveloped(statement(elsewhere)),
        "of another kind of statement": signer.enveloped(statement(digest, kind="https://example.org/v1")),
        "without a signature": json.dumps(unsigned).encode(),
        "without an envelope": bundle(document["verificationMaterial"]),
        "empty": b"{}",
        "no JSON": b"<html>",
        "deeply nested": b"[" * 100_000,
        "of nothing": signer.enveloped(b"null"),
        "a message of another digest": signer.message(elsewhere),
        "a message by another key": OTHER.message(digest),
    }


@pytest.mark.parametrize("wrong", list(_wrong_bundle(OTHER, "sha256:" + "1" * 64)))
def test_a_bundle_is_not_believed(shop, signers, wrong):
    signer = signers["ecdsa"]
    shop.registry.attach(NAME, shop.digest, _wrong_bundle(signer, shop.digest)[wrong], BUNDLE)
    answer = shop.ask(key_of(signer))
    assert answer.by is None
    assert answer.found


@pytest.mark.parametrize("form", ["signs_as_cosign_2", "signs_as_cosign_3"])
def test_a_signature_that_was_copied_from_another_image_is_not_believed(shop, signers, form):
    signer, registry = signers["ecdsa"], shop.registry
    other = registry.push(NAME, "20260202-130000")
    getattr(signer, form)(registry, NAME, shop.digest)
    for suffix in ("", ".sig"):
        tags = registry.tags(NAME)
        before = f"{shop.digest.replace(':', '-')}{suffix}"
        if before in tags:
            registry.tag(NAME, f"{other.replace(':', '-')}{suffix}", registry.digest(NAME, before))
    answer = shop.ask(key_of(signer), digest=other)
    assert (answer.by, answer.found) == (None, ANOTHER_IMAGE)


def test_an_image_without_any_is_said_to_have_none(shop, signers):
    answer = shop.ask(key_of(signers["ecdsa"]))
    assert (answer.by, answer.found) == (None, "no signature is in the registry")


@given(content=st.binary(max_size=300), signature=st.binary(max_size=80))
def test_whatever_lies_there_by_chance_is_no_proof_and_no_crash(signers, content, signature):
    annotations = {"dev.cosignproject.cosign/signature": text(signature)}
    for signer in signers.values():
        trust = load_trusted(key_of(signer), {})
        assert trust.objection(Referrer("payload", content, annotations), "sha256:" + "0" * 64)
        assert trust.objection(Referrer("bundle", content), "sha256:" + "0" * 64)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(payload=JSON, kind=JSON, signatures=JSON, message=JSON)
def test_a_bundle_of_any_shape_is_no_proof_and_no_crash(signers, payload, kind, signatures, message):
    envelope = {"payload": payload, "payloadType": kind, "signatures": signatures}
    for found in ({"dsseEnvelope": envelope}, {"messageSignature": message}, {"dsseEnvelope": message}):
        content = json.dumps(found).encode()
        trust = load_trusted(key_of(signers["ecdsa"]), {})
        assert trust.objection(Referrer("bundle", content), "sha256:" + "0" * 64)


@given(said=JSON, image=JSON)
def test_whatever_its_signer_has_signed_it_is_no_proof_of_another_image(signers, said, image):
    signer, digest = signers["ecdsa"], "sha256:" + "0" * 64
    trust = load_trusted(key_of(signer), {})
    for claimed in (said, {"critical": said}, {"critical": {"type": _OURS, "image": image}}):
        content = json.dumps(claimed).encode()
        assert trust.objection(Referrer("payload", content, signer.annotations(content)), digest)
        assert trust.objection(Referrer("bundle", signer.enveloped(content, IN_TOTO)), digest)


_OURS = "cosign container image signature"


# --- keys -----------------------------------------------------------------------------------------------


def test_a_key_is_read_from_its_file_or_variable_each_time(place, signers, tmp_path):
    environ = {"COSIGN_PUBLIC_KEY": OTHER.pem}
    shop, file = place(environ=environ), tmp_path / "cosign.pub"
    named = [PublicKey(file=str(file)), PublicKey(variable="COSIGN_PUBLIC_KEY")]
    file.write_text(OTHER.pem)
    signers["rsa"].signs_as_cosign_2(shop.registry, NAME, shop.digest)
    assert [shop.ask(key).by for key in named] == [None, None]
    file.write_text(signers["rsa"].pem)
    environ["COSIGN_PUBLIC_KEY"] = signers["rsa"].pem
    assert [shop.ask(key).by for key in named] == named
    file.write_text(OTHER.pem)
    assert shop.ask(named[0]).by is None


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("ssh-ed25519 AAAA", "is no public key: write it as cosign.pub is, in PEM"),
        (OTHER.private_pem, "is a private key, which only the signer needs: name the public one"),
    ],
)
def test_what_is_no_public_key_is_said_to_be_none(shop, tmp_path, content, sentence):
    file = tmp_path / "cosign.pub"
    file.write_text(content)
    with pytest.raises(Refused) as refused:
        shop.ask(PublicKey(file=str(file)))
    assert refused.value.sentence == f"{file} {sentence}"
    assert refused.value.code == "key_unusable"


def test_a_key_that_is_weak_or_of_another_kind_is_refused(shop):
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    signer = Signer()
    weak = rsa.generate_private_key(65537, 1024)  # noqa: S505 - which is what is refused here
    for private in (weak, ec.generate_private_key(ec.SECP384R1())):
        signer.private = private
        with pytest.raises(Refused, match="is no ECDSA P-256, Ed25519 or RSA key of 2048 bits or more"):
            shop.ask(key_of(signer))


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        (PublicKey(file="/nowhere/cosign.pub"), "the file /nowhere/cosign.pub cannot be read"),
        (PublicKey(variable="COSIGN_PUBLIC_KEY"), "the environment variable COSIGN_PUBLIC_KEY is not set"),
    ],
)
def test_a_key_that_is_not_there_is_said_to_be_missing(shop, signers, key, sentence):
    with pytest.raises(Refused, match=sentence):
        shop.ask(key)
    signers["ecdsa"].signs_as_cosign_2(shop.registry, NAME, shop.digest)
    assert shop.ask(key, key_of(signers["ecdsa"])).by == key_of(signers["ecdsa"])
