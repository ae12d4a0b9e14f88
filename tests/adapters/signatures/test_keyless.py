"""Signatures by identity: a Sigstore of our own signs, the library verifies as it does the public one's."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from adapters.signatures.conftest import ISSUER, NAME, WORKFLOW
from hypothesis import given
from hypothesis import strategies as st
from world.private_sigstore import Instance, tampered
from world.signers import BUNDLE, PROVENANCE, Signer, payload, statement, text

from updater.adapters.signatures import load_trusted
from updater.errors import Refused
from updater.model import Referrer, SignerIdentity

LATER = timedelta(hours=1)
DIGEST = "sha256:" + "1" * 64


@pytest.fixture
def attach(shop):
    return lambda content: shop.registry.attach(NAME, shop.digest, content, BUNDLE)


# --- what is valid --------------------------------------------------------------------------------------


def test_what_the_workflow_has_signed_is_believed(shop, instance, workflow, attach):
    attach(instance.signs(WORKFLOW, statement(shop.digest)))
    assert shop.ask(workflow()).by == workflow()


def test_a_provenance_by_the_workflow_is_believed_as_github_attests_it(shop, instance, workflow, attach):
    attach(instance.signs(WORKFLOW, statement(shop.digest, predicate=PROVENANCE)))
    assert shop.ask(workflow()).by == workflow()


def test_a_signature_of_the_manifest_itself_is_believed(shop, instance, workflow, attach):
    attach(instance.signs_message(WORKFLOW, shop.digest))
    assert shop.ask(workflow()).by == workflow()


def test_a_person_is_known_by_mail_address(shop, instance, workflow, attach):
    attach(instance.signs("ann@acme.example", statement(shop.digest), issuer="https://accounts.acme.example"))
    person = workflow("ann@acme.example", "https://accounts.acme.example")
    assert shop.ask(person).by == person


@pytest.mark.parametrize(
    ("wanted", "signed", "fits"),
    [
        ("https://github.com/org/*/.github/workflows/release.yaml@refs/heads/main", WORKFLOW, True),
        ("https://github.com/org/**@refs/heads/main", WORKFLOW, True),
        ("https://github.com/org/shop/.github/workflows/*@refs/tags/*", WORKFLOW, False),
        ("https://github.com/org/*@refs/heads/main", WORKFLOW, False),
        ("https://github.com/org/**", WORKFLOW, False),
        ("https://github.com/org/**@refs/heads/main", WORKFLOW.replace("@", "@refs/heads/x@"), False),
        ("https://github.com/or", WORKFLOW, False),
        ("https://github.com/org/shop/.github/workflows/release.yaml", WORKFLOW, False),
        (WORKFLOW.replace(".", "x", 1), WORKFLOW, False),
        ("*@acme.example", "ann@acme.example", True),
        ("*@acme.example", "ann@acme.example.org", False),
        ("*@acme.example", "@acme.example", False),
    ],
)
def test_a_star_stands_for_one_part_and_two_for_all_before_the_branch(
    instance, workflow, wanted, signed, fits
):
    content = instance.signs(signed, statement(DIGEST))
    objection = load_trusted(workflow(wanted), {}).objection(Referrer("bundle", content), DIGEST)
    assert (objection is None) is fits


# --- what is not ----------------------------------------------------------------------------------------


def test_another_identity_is_not_believed_and_is_named(shop, instance, workflow, attach):
    attach(instance.signs(WORKFLOW.replace("main", "feature"), statement(shop.digest)))
    answer = shop.ask(workflow())
    assert (answer.by, answer.found) == (
        None,
        f"a signature there is by {WORKFLOW.replace('main', 'feature')}",
    )


def test_the_same_name_of_another_issuer_is_not_believed(shop, instance, workflow, attach):
    attach(instance.signs(WORKFLOW, statement(shop.digest), issuer="https://issuer.evil.example"))
    assert shop.ask(workflow()).found == "a signature there is by that name, of another issuer"


def test_a_signature_that_was_logged_when_its_certificate_had_expired_is_not_believed(
    shop, instance, workflow, attach
):
    attach(instance.signs(WORKFLOW, statement(shop.digest), late=LATER))
    answer = shop.ask(workflow())
    assert answer.by is None
    assert "cert is not valid at validation time" in answer.found


def test_a_certificate_of_another_sigstore_is_not_believed(shop, workflow, attach):
    attach(Instance().signs(WORKFLOW, statement(shop.digest)))
    assert shop.ask(workflow()).by is None


def test_a_signature_of_another_image_is_not_believed(shop, instance, workflow, attach):
    attach(instance.signs(WORKFLOW, statement("sha256:" + "0" * 64)))
    assert shop.ask(workflow()).found == "a signature there is of another image"


def test_a_message_about_another_image_is_not_believed(shop, instance, workflow, attach):
    attach(instance.signs_message(WORKFLOW, "sha256:" + "0" * 64))
    assert "Bundle message digest mismatch" in shop.ask(workflow()).found


def test_an_envelope_with_another_payload_is_not_believed(shop, instance, workflow, attach):
    about_another = instance.signs(WORKFLOW, statement("sha256:" + "0" * 64))
    attach(tampered(about_another, payload=text(statement(shop.digest))))
    assert shop.ask(workflow()).by is None


def _without(path, content):
    document = json.loads(content)
    inner = document["verificationMaterial"]["tlogEntries"][0]
    for key in path[:-1]:
        inner = inner[key]
    del inner[path[-1]]
    return json.dumps(document).encode()


@pytest.mark.parametrize("path", [["inclusionProof"], ["inclusionPromise"], ["inclusionProof", "checkpoint"]])
def test_what_is_not_provably_in_the_log_is_not_believed(shop, instance, workflow, attach, path):
    attach(_without(path, instance.signs(WORKFLOW, statement(shop.digest))))
    assert shop.ask(workflow()).by is None


def test_a_promise_or_a_time_of_another_entry_is_not_believed(shop, instance, workflow, attach):
    """Who moves an entry's time into the life of a certificate has no promise for it."""
    late = json.loads(instance.signs(WORKFLOW, statement(shop.digest), late=LATER))
    entry = late["verificationMaterial"]["tlogEntries"][0]
    entry["integratedTime"] = str(int(entry["integratedTime"]) - int(LATER.total_seconds()))
    attach(json.dumps(late).encode())
    answer = shop.ask(workflow())
    assert answer.by is None
    assert "SET" in answer.found


def test_a_key_is_no_identity_and_an_identity_is_no_key(shop, instance, workflow, attach):
    signer = Signer()
    attach(signer.enveloped(statement(shop.digest)))
    assert "expected certificate in bundle" in shop.ask(workflow()).found


def test_cosign_2_s_old_form_is_not_verified_and_the_sentence_says_what_to_do(shop, workflow):
    content = payload(shop.digest)
    shop.registry.sign(NAME, shop.digest, content, Signer().annotations(content))
    assert "sign with cosign 3, or with --new-bundle-format" in shop.ask(workflow()).found


@pytest.mark.parametrize("content", [b"", b"{}", b"null", b"<html>", b"[" * 100_000, b'{"mediaType": 7}'])
def test_what_is_no_bundle_is_no_proof_and_no_crash(shop, workflow, attach, content):
    attach(content)
    answer = shop.ask(workflow())
    assert (answer.by, answer.found[:36]) == (None, "a signature there cannot be read (fa")


@given(data=st.data())
def test_a_bundle_with_any_part_exchanged_is_no_proof_and_no_crash(instance, tmp_path_factory, data):
    root = tmp_path_factory.getbasetemp() / "any_trusted_root.json"
    root.write_text(instance.trusted_root())
    trust = load_trusted(SignerIdentity(WORKFLOW, ISSUER, str(root)), {})
    document = json.loads(instance.signs(WORKFLOW, statement(DIGEST)))
    assert trust.objection(Referrer("bundle", json.dumps(document).encode()), DIGEST) is None
    inner, keys = document, list(document)
    while True:
        key = data.draw(st.sampled_from(keys))
        if not isinstance(inner[key], dict | list) or not inner[key]:
            break
        inner = inner[key]
        keys = list(inner) if isinstance(inner, dict) else list(range(len(inner)))
    before = inner[key]
    inner[key] = data.draw(
        (st.none() | st.integers() | st.text() | st.lists(st.none())).filter(lambda new: new != before)
    )
    found = trust.objection(Referrer("bundle", json.dumps(document).encode()), DIGEST)
    assert found is None or found.startswith("a signature there")
    if key in _BINDING:
        assert found


_BINDING = frozenset(
    {"rawBytes", "payload", "payloadType", "sig", "rootHash", "canonicalizedBody", "signedEntryTimestamp"}
)


# --- the root of trust ----------------------------------------------------------------------------------


def test_without_a_root_of_its_own_the_public_one_is_trusted_as_the_library_ships_it(shop, instance, attach):
    attach(instance.signs(WORKFLOW, statement(shop.digest)))
    answer = shop.ask(SignerIdentity(WORKFLOW, ISSUER))
    assert answer.by is None
    assert "a signature there does not hold" in answer.found


@pytest.mark.parametrize("content", ["{}", "[]", "<html>", '{"mediaType": "text/plain"}'])
def test_a_root_that_is_none_is_refused(shop, tmp_path, content):
    root = tmp_path / "trusted_root.json"
    root.write_text(content)
    with pytest.raises(
        Refused, match=r"trusted_root\.json cannot be used .*: write the JSON of a trusted root"
    ):
        shop.ask(SignerIdentity(WORKFLOW, ISSUER, str(root)))


def test_a_root_that_is_replaced_counts_at_once(shop, instance, workflow, attach):
    attach(instance.signs(WORKFLOW, statement(shop.digest)))
    wanted = workflow()
    assert shop.ask(wanted).by
    Path(wanted.trusted_root).write_text(Instance().trusted_root())
    assert shop.ask(wanted).by is None


def test_without_the_extra_the_sentence_says_what_to_install(shop, workflow, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "updater.adapters.signatures.keyless", None)
    with pytest.raises(Refused, match=r"the extra `verify` of this package \(`pip install '\.\[verify\]'`"):
        shop.ask(workflow())
