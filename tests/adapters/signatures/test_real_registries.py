"""Signatures in registries nobody here wrote, pushed as cosign pushes them."""

import pytest
from adapters.signatures.conftest import NAME, SHOP, key_of
from world.registries import INDEX, MANIFEST, REAL, ZOT, Registries
from world.signers import BUNDLE, Signer, payload, statement

from updater.adapters.registry import EndpointHost, RegistryClient
from updater.adapters.signatures import Verifier

SIGNER, OTHER = Signer(), Signer()
EMPTY = "application/vnd.oci.empty.v1+json"
SIMPLE = "application/vnd.dev.cosign.simplesigning.v1+json"


@pytest.fixture(params=[*(pytest.param(program, marks=pytest.mark.real) for program in REAL), ZOT])
def real(request, tmp_path):
    with Registries() as registries:
        yield registries.real(request.param, tmp_path)


def ask(real, digest, signer):
    with RegistryClient({"ghcr.io": EndpointHost(endpoint=real.url)}, timeout=5.0) as client:
        return Verifier(client, {}).signed(SHOP, digest, [key_of(signer)])


def sign_as_cosign_2(real, digest):
    content = payload(digest)
    layer = real._blob(NAME, content, SIMPLE) | {"annotations": SIGNER.annotations(content)}
    config = real._blob(NAME, b"{}", "application/vnd.oci.image.config.v1+json")
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [layer]}
    real._manifest(NAME, f"{digest.replace(':', '-')}.sig", manifest)


def sign_as_cosign_3(real, digest):
    """The index under the tag stands in for the referrers API; where there is one, it does no harm."""
    bundle = real._blob(NAME, SIGNER.enveloped(statement(digest)), BUNDLE)
    empty = real._blob(NAME, b"{}", EMPTY)
    subject = {"mediaType": MANIFEST, "digest": digest, "size": 1}
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "artifactType": BUNDLE,
        "config": empty,
        "layers": [bundle],
        "subject": subject,
    }
    listed = real._manifest(NAME, "bundle", manifest) | {"artifactType": BUNDLE}
    index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [listed]}
    real._manifest(NAME, digest.replace(":", "-"), index)


@pytest.mark.parametrize("sign", [sign_as_cosign_2, sign_as_cosign_3])
def test_a_signature_in_a_real_registry_is_found_and_no_other_s(real, sign):
    digest = real.push(NAME, "20260202-120000")
    assert ask(real, digest, SIGNER).found == "no signature is in the registry"
    sign(real, digest)
    assert ask(real, digest, SIGNER).by == key_of(SIGNER)
    assert ask(real, digest, OTHER).by is None
