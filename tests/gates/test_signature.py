"""What the signature gate says of what was found out about signatures, and what may be written of it."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from updater.gates.signature import Signature
from updater.model import (
    Case,
    Chart,
    DigestOf,
    Image,
    Placement,
    PublicKey,
    SignatureOf,
    Signed,
    SignerIdentity,
    Timeline,
    Unreadable,
    Version,
)

SHOP, WORKER = Image("ghcr.io", "org/shop"), Image("ghcr.io", "org/worker")
NOTHING = Timeline((), frozenset(), {}, None, None, None)
TAG, DIGEST = "20260202-120000", "sha256:" + "1" * 64
KEY = PublicKey(file="cosign.pub")
GATE = Signature.model_validate({"keys": ["cosign.pub"]})
PEM = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"
WORKFLOW = {"identity": "https://github.com/org/**@refs/heads/main", "issuer": "https://issuer.example"}


def case(*said, digest=DIGEST, images=(SHOP,), gate=GATE):
    answers = {DigestOf(image, TAG): digest for image in images}
    asked = (SignatureOf(image, TAG, gate.signatories) for image in images)
    answers |= dict(zip(asked, said, strict=False))
    return Case(
        placement=Placement("production", "shop"),
        candidate=Version((TAG,), TAG),
        images=images,
        now=datetime(2026, 2, 2, tzinfo=UTC),
        zone=UTC,
        own=NOTHING,
        predecessors={},
        rolled_back={},
        answers=answers,
    )


# --- what it says ---------------------------------------------------------------------------------------


def test_what_is_signed_passes_and_says_by_whom():
    ruling = GATE.judge(case(Signed(DIGEST, KEY)))
    assert (ruling.passes, ruling.sentence) == (True, "ghcr.io/org/shop is signed by cosign.pub")


def test_a_chart_of_an_index_can_bear_none_and_passes_only_where_none_is_asked():
    charts = (Chart.parse("https://charts.example.org/shop"),)
    ruling = GATE.judge(case(Signed(DIGEST, KEY), images=charts))
    assert not ruling.passes
    assert ruling.sentence.startswith(
        "https://charts.example.org/shop is in no registry, where signatures are"
    )
    assert Signature.model_validate([]).judge(case(images=charts)).passes
    assert GATE.judge(case(Signed(DIGEST, KEY), images=(Chart.parse("oci://ghcr.io/org/shop"),))).passes


def test_what_is_not_signed_says_who_should_have_and_what_there_is_instead():
    gate = Signature.model_validate([{"keys": ["cosign.pub", "NEXT_KEY"]}, WORKFLOW])
    ruling = gate.judge(case(Signed(DIGEST, None, "no signature is in the registry"), gate=gate))
    assert (ruling.passes, ruling.waits, ruling.unread) == (False, False, False)
    assert ruling.sentence == (
        "ghcr.io/org/shop is not signed by cosign.pub or NEXT_KEY or "
        "https://github.com/org/**@refs/heads/main: no signature is in the registry"
    )


def test_every_image_has_to_be_signed():
    answers = Signed(DIGEST, KEY), Signed(DIGEST, None, "no signature is in the registry")
    ruling = GATE.judge(case(*answers, images=(SHOP, WORKER)))
    assert not ruling.passes
    assert "org/worker is not signed" in ruling.sentence
    both = GATE.judge(case(*(Signed(DIGEST, KEY),) * 2, images=(SHOP, WORKER)))
    assert (
        both.sentence
        == "ghcr.io/org/shop is signed by cosign.pub; ghcr.io/org/worker is signed by cosign.pub"
    )


def test_it_asks_for_what_nobody_has_looked_up():
    assert GATE.judge(case(Signed(DIGEST, KEY), images=(SHOP, WORKER))) == {SignatureOf(WORKER, TAG, (KEY,))}


def test_where_nobody_has_to_sign_nothing_is_looked_up():
    assert Signature.model_validate([]).judge(case()).passes


def test_gates_with_other_keys_ask_other_questions():
    other = Signature.model_validate({"keys": ["other.pub"]})
    assert other.judge(case(Signed(DIGEST, KEY))) == {SignatureOf(SHOP, TAG, (PublicKey(file="other.pub"),))}


@pytest.mark.parametrize("transient", [True, False])
@pytest.mark.parametrize("of_digest", [True, False])
def test_a_failed_reading_is_a_hold_never_a_pass(transient, of_digest):
    failed = Unreadable("ghcr.io is away", transient=transient)
    asked = case(Signed(DIGEST, KEY), digest=failed) if of_digest else case(failed)
    ruling = GATE.judge(asked)
    assert (ruling.passes, ruling.waits, ruling.unread) == (False, transient, True)
    assert ruling.sentence == "ghcr.io is away"


def test_a_signature_of_what_the_tag_pointed_to_before_is_no_pass():
    ruling = GATE.judge(case(Signed("sha256:" + "0" * 64, KEY)))
    assert (ruling.passes, ruling.waits, ruling.unread) == (False, True, True)
    assert "moved to another digest" in ruling.sentence


def test_an_image_that_is_not_there_yet_is_a_hold():
    ruling = GATE.judge(case(None, digest=None))
    assert (ruling.passes, ruling.waits) == (False, True)


# --- what may be written --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ({"keys": ["/etc/updater/cosign.pub"]}, [PublicKey(file="/etc/updater/cosign.pub")]),
        ({"keys": ["COSIGN_KEY", "b.pub"]}, [PublicKey(variable="COSIGN_KEY"), PublicKey(file="b.pub")]),
        ({"keys": [f"{PEM}\n"]}, [PublicKey(pem=PEM)]),
        (WORKFLOW, [SignerIdentity(WORKFLOW["identity"], WORKFLOW["issuer"])]),
        (
            [{"keys": ["a.pub"]}, {"keys": ["a.pub"]}, {**WORKFLOW, "trusted_root": "root.json"}],
            [PublicKey(file="a.pub"), SignerIdentity(WORKFLOW["identity"], WORKFLOW["issuer"], "root.json")],
        ),
    ],
)
def test_keys_and_identities_are_read(written, meant):
    assert Signature.model_validate(written).signatories == tuple(meant)


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ({}, "name those who may sign: either keys, or an identity with its issuer"),
        ({"keys": []}, "name those who may sign"),
        ({"keys": ["a.pub"], **WORKFLOW}, "either keys, or an identity"),
        ({"identity": "https://github.com/org/shop"}, "an identity is two: identity and issuer"),
        ({"keys": ["a.pub"], "issuer": "https://issuer.example"}, "an identity is two"),
        ({"keys": ["a.pub"], "trusted_root": "root.json"}, "a trusted_root belongs to an identity"),
        ({**WORKFLOW, "identity": "**"}, "is anybody: name at least the organisation"),
        ({**WORKFLOW, "identity": "*@*"}, "is anybody"),
        ({**WORKFLOW, "identity": ""}, "is anybody"),
        ({**WORKFLOW, "identity": "a b\n"}, "has blanks or line breaks"),
        ({**WORKFLOW, "issuer": "github"}, "is no issuer: write its address"),
        ({**WORKFLOW, "issuer": "https://*"}, "is no issuer"),
        ({"keys": [7]}, "a public key is expected here"),
        ({"keys": [""]}, "a public key is expected here"),
        ({"key": ["a.pub"]}, "Extra inputs are not permitted"),
        ("cosign.pub", "valid dictionary"),
    ],
)
def test_what_names_nobody_is_refused(written, sentence):
    with pytest.raises(ValidationError, match=sentence):
        Signature.model_validate(written)


def test_i9_a_private_key_in_its_place_is_refused_and_not_repeated():
    private = "-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\nsecret\n"
    with pytest.raises(ValidationError) as refused:
        Signature.model_validate({"keys": [private]})
    said = [error["msg"] for error in refused.value.errors()]
    assert "name the public one" in said[0]
    assert not [sentence for sentence in said if "secret" in sentence]
