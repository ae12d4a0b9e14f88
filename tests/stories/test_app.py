"""From a tag to a merged pull request as a GitHub App, for git as for the API."""

from base64 import b64decode

import pytest
from cryptography.hazmat.primitives import serialization as pem
from cryptography.hazmat.primitives.asymmetric import rsa
from world.scene import Scene, well

from updater.sandbox.world import PRODUCTION


@pytest.fixture
def scene(tmp_path):
    scene = Scene(tmp_path, ["shop"])
    key = rsa.generate_private_key(65537, 2048)
    public = key.public_key().public_bytes(pem.Encoding.PEM, pem.PublicFormat.SubjectPublicKeyInfo)
    app = scene.hub.add_app("updater", public.decode())
    file = tmp_path / "key.pem"
    file.write_bytes(
        key.private_bytes(pem.Encoding.PEM, pem.PrivateFormat.TraditionalOpenSSL, pem.NoEncryption())
    )
    scene.config["forges"][scene.hub.host] = {
        "app_id": app.id,
        "installation_id": app.installation,
        "private_key_file": str(file),
        "api": scene.hub.api,
    }
    yield scene
    scene.close()


def minted(scene):
    return [each for each in scene.hub.requests if "access_tokens" in each.path]


def test_an_app_pushes_proposes_and_goes_on_when_its_token_ends(scene):
    tag = scene.build()
    well(scene.run())
    scene.soak()
    well(scene.run())

    (pull,) = scene.pulls()
    assert pull.user.login == "updater[bot]"
    assert len(minted(scene)) == 1

    scene.world.clock.forward(hours=2)
    scene.merge(pull)
    well(scene.run())

    assert scene.pinned("shop", PRODUCTION) == tag
    assert len(minted(scene)) == 2


def test_i12_the_signature_goes_to_the_api_and_the_token_to_api_and_git(scene):
    scene.build()
    well(scene.run())

    basic = {each.partition(" ")[2] for each in scene.hub.sent_credentials if each.startswith("Basic ")}
    bearer = {each.partition(" ")[2] for each in scene.hub.sent_credentials if each.startswith("Bearer ")}
    (password,) = {b64decode(each).decode() for each in basic}
    token = password.removeprefix("x-access-token:")
    assert token.startswith("ghs_")
    assert token in bearer
    assert not [each for each in bearer - {token} if not each.startswith("eyJ")]


def test_i8_an_app_that_is_not_let_in_changes_nothing_and_is_named(scene):
    scene.hub.forge.apps.clear()
    scene.build()

    report = scene.run()

    (why,) = {each.why for each in report.unreadable if "app" in each.why}
    assert "check app_id and installation_id" in why
    sent = [each.path for each in scene.hub.requests if each.write]
    assert not [path for path in sent if not path.endswith("/access_tokens")]
