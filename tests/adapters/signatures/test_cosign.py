"""What the tests sign is verified by cosign itself.

`make soak` runs these where it is found; tests/soak/test_real_cosign.py is the other way round.
"""

import os
import shutil
import subprocess

import pytest
from adapters.signatures.conftest import ISSUER, NAME, WORKFLOW
from world.registries import PATH
from world.signers import BUNDLE, Signer, statement

FORMS = {
    "cosign 2": ["--new-bundle-format=false"],
    "cosign 3": ["--new-bundle-format=true"],
}
PLAIN = ["--allow-insecure-registry", "--allow-http-registry"]


@pytest.fixture
def cosign(tmp_path):
    """Run it; skips where it is missing."""
    program = shutil.which("cosign", path=PATH)
    if program is None:
        pytest.skip("cosign is not installed")
    environment = {**os.environ, "COSIGN_PASSWORD": "", "HOME": str(tmp_path)}

    def run(*words, well=True):
        done = subprocess.run(
            [program, *words],
            check=False,
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert (done.returncode == 0) is well, done.stderr

    return run


@pytest.mark.soak
@pytest.mark.real
@pytest.mark.parametrize("form", FORMS)
def test_what_the_tests_sign_with_a_key_cosign_believes(cosign, shop, tmp_path, form):
    signer, keys = Signer(), {"ours": tmp_path / "ours.pub", "theirs": tmp_path / "theirs.pub"}
    keys["ours"].write_text(signer.pem)
    keys["theirs"].write_text(Signer().pem)
    sign = signer.signs_as_cosign_2 if form == "cosign 2" else signer.signs_as_cosign_3
    sign(shop.registry, NAME, shop.digest)
    for name, well in (("ours", True), ("theirs", False)):
        words = ["verify", "--key", str(keys[name]), "--insecure-ignore-tlog", *FORMS[form], *PLAIN]
        cosign(*words, _image(shop), well=well)


@pytest.mark.soak
@pytest.mark.real
def test_what_the_sigstore_of_the_tests_signs_cosign_believes(cosign, shop, instance, tmp_path):
    root = tmp_path / "trusted_root.json"
    root.write_text(instance.trusted_root())
    shop.registry.attach(NAME, shop.digest, instance.signs(WORKFLOW, statement(shop.digest)), BUNDLE)
    for identity, well in ((WORKFLOW, True), (f"{WORKFLOW}x", False)):
        named = ["--certificate-identity", identity, "--certificate-oidc-issuer", ISSUER]
        cosign("verify", "--trusted-root", str(root), *named, *PLAIN, _image(shop), well=well)


def _image(shop):
    return f"{shop.registry.url.removeprefix('http://')}/{NAME}@{shop.digest}"
