"""Production gets what is signed: it holds until then, and while nobody can say."""

import json

import pytest
from world.scene import PRODUCTION, STAGING, decided, reason, well
from world.signers import BUNDLE, Signer, statement

from updater.model import Hold, Placement

NAME = "acme/shop"


@pytest.fixture
def signer(scene):
    """Whose signature production wants."""
    signer, key = Signer(), scene.folder / "cosign.pub"
    key.write_text(signer.pem)
    scene.config["environments"][PRODUCTION]["gates"]["signature"] = {"keys": [str(key)]}
    return signer


@pytest.fixture
def clockless(scene, signer):
    """No gate goes by the time: a command's clock is not the scene's."""
    del scene.config["environments"][PRODUCTION]["gates"]["soak"]


@pytest.fixture
def sign(scene, signer):
    return lambda tag: signer.signs_as_cosign_3(scene.registry, NAME, scene.registry.digest(NAME, tag))


def test_production_holds_until_the_image_is_signed_and_then_gets_its_proposal(scene, sign):
    tag = scene.proven()
    code, sentence = reason(well(scene.run()), PRODUCTION)
    assert code == "signature"
    assert sentence == (
        f"ghcr.io/acme/shop is not signed by {scene.folder}/cosign.pub: no signature is in the registry"
    )
    assert not scene.pulls()
    assert scene.pinned("shop", STAGING) == tag
    sign(tag)
    well(scene.run())
    pull = scene.pull()
    assert pull.title == f"production: shop {tag}"
    assert f"ghcr.io/acme/shop is signed by {scene.folder}/cosign.pub (`signature`)" in pull.body


def test_a_signature_by_somebody_else_is_none(scene, signer):
    tag = scene.proven()
    Signer().signs_as_cosign_2(scene.registry, NAME, scene.registry.digest(NAME, tag))
    code, sentence = reason(well(scene.run()), PRODUCTION)
    assert (code, "by another key" in sentence) == ("signature", True)
    assert not scene.pulls()


@pytest.mark.parametrize("fault", ["manifests/sha256-", "blobs/"])
def test_a_registry_that_is_silent_about_signatures_holds_and_hides_nothing(scene, sign, fault):
    builds = []
    for _ in range(2):
        builds.append(scene.build())
        scene.run()
        sign(builds[-1])
    scene.soak()
    scene.registry.fault(f"GET /v2/acme/shop/{fault}", 503)
    report = scene.run()
    hold = decided(report)[Placement(PRODUCTION, "shop")]
    assert isinstance(hold, Hold)
    assert (hold.candidate, hold.reasons[-1].unread) == (builds[-1], True)  # no older one takes its place
    assert not scene.pulls()
    assert [failed.port for failed in report.unreadable] == ["registry"]


def test_of_proven_builds_the_newest_that_is_signed_is_proposed(scene, sign):
    signed = scene.proven()
    scene.proven()
    sign(signed)
    well(scene.run())
    assert scene.pull().title == f"production: shop {signed}"


def test_of_many_builds_that_nobody_has_signed_it_is_still_said_that_they_are_not(scene, signer):
    for _ in range(5):
        tag = scene.build()
        scene.run()
    scene.soak()
    report = well(scene.run())
    assert reason(report, PRODUCTION)[0] == "signature"
    assert decided(report)[Placement(PRODUCTION, "shop")].candidate == tag


def test_an_open_proposal_costs_no_more_than_without_signatures(scene, sign):
    tag = scene.proven()
    sign(tag)
    scene.run()
    scene.run()
    scene.registry.requests.clear()
    well(scene.run())
    asked = [(each.method, "/tags/list" in each.path) for each in scene.registry.requests]
    assert sorted(asked) == [("GET", True), ("GET", True), ("HEAD", False)]


def test_a_key_that_is_gone_holds_and_says_so(scene, sign):
    tag = scene.proven()
    sign(tag)
    (scene.folder / "cosign.pub").unlink()
    _, sentence = reason(scene.run(), PRODUCTION)
    assert sentence.startswith(f"the file {scene.folder}/cosign.pub cannot be read")
    assert not scene.pulls()


def test_a_way_back_is_open_to_what_nobody_has_signed(scene, signer):
    tag = scene.build()
    scene.run()
    scene.set(PRODUCTION, "shop", tag)
    done = scene.command("rollback", "shop", "production", "--why", "it was better")
    assert done.returncode == 0, done.stderr
    assert "production" in scene.pull().title


def test_a_person_passes_over_the_gate_by_its_code_and_with_a_reason(scene, clockless):
    tag = scene.proven()
    done = scene.command(
        "promote", "shop", "production", "--override", "signature", "--why", "the signer is away"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert tag in scene.pull().title
    assert "the signer is away" in scene.pull().body


def test_explain_says_why_it_is_not_there_yet(scene, clockless):
    scene.proven()
    done = scene.command("explain", "shop", "production")
    assert "is not signed by" in done.stdout


def test_a_signature_of_the_image_that_staging_has_is_no_other_s(scene, sign, signer):
    """The tag moves after it was signed: what is there now nobody has signed."""
    tag = scene.proven()
    sign(tag)
    other = scene.registry.push(NAME, tag)
    content = signer.enveloped(statement("sha256:" + "0" * 64))
    scene.registry.attach(NAME, other, content, BUNDLE)
    code, _ = reason(scene.run(), PRODUCTION)
    assert code in {"digest", "signature"}
    assert not scene.pulls()


def explained(scene):
    done = scene.command("explain", "shop", "production", "--output", "json")
    return {each["tag"]: each for each in json.loads(done.stdout)["candidates"]}


def test_explain_names_the_gates_that_no_pass_has_asked(scene, clockless):
    """What holds it holds it all the same: nothing is looked up for that, and it does not look passed."""
    tag = scene.build()
    told = scene.command("explain", "shop", "production").stdout
    assert f"{tag}: no\n  - after: staging has not run {tag}\n" in told
    assert (
        "  + digest: staging does not run it, so no digest of ghcr.io/acme/shop is there to compare\n" in told
    )
    assert "  ? signature: not asked in this pass\n\nit holds" in told
    candidate = explained(scene)[tag]
    assert (candidate["passes"], candidate["unasked"]) == (False, ["signature"])


def test_what_is_older_than_the_newest_that_passes_is_neither_yes_nor_no(scene, clockless, sign):
    older, newer = scene.proven(), scene.proven()
    sign(newer)
    told = scene.command("explain", "shop", "production").stdout
    assert f"{newer}: yes\n" in told
    assert f"{older}: not asked\n" in told
    assert "? digest, signature: not asked in this pass" in told
    assert {tag: each["passes"] for tag, each in explained(scene).items()} == {newer: True, older: False}
