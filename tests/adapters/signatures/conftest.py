"""A registry that holds signatures, and who verifies them."""

from contextlib import ExitStack
from types import SimpleNamespace

import pytest
from world.private_sigstore import Instance
from world.signers import KINDS, Signer

from updater.adapters.registry import EndpointHost, RegistryClient
from updater.adapters.signatures import Verifier
from updater.model import Image, PublicKey, SignerIdentity
from updater.sandbox import Registry

NAME, SHOP = "org/shop", Image("ghcr.io", "org/shop")
WORKFLOW = "https://github.com/org/shop/.github/workflows/release.yaml@refs/heads/main"
ISSUER = "https://token.actions.githubusercontent.com"


@pytest.fixture
def open_ones():
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def place(open_ones):
    """Make a registry of that paging, with an image in it, and a verifier that asks there."""

    def make(*paging, environ=None):
        registry = open_ones.enter_context(Registry(*paging))
        client = RegistryClient({"ghcr.io": EndpointHost(endpoint=registry.url)}, timeout=5.0)
        verifier = Verifier(open_ones.enter_context(client), environ or {})
        digest = registry.push(NAME, "20260202-120000")

        def ask(*by, digest=digest):
            return verifier.signed(SHOP, digest, by)

        return SimpleNamespace(registry=registry, verifier=verifier, digest=digest, ask=ask, name=NAME)

    return make


@pytest.fixture
def shop(place):
    return place()


@pytest.fixture(scope="session")
def signers():
    """One of each kind of key: RSA takes its time."""
    return {kind: Signer(kind) for kind in KINDS}


@pytest.fixture(params=list(KINDS))
def signer(request, signers):
    return signers[request.param]


@pytest.fixture(scope="session")
def instance():
    return Instance()


@pytest.fixture
def workflow(instance, tmp_path):
    """Whoever that workflow is, by the certificates of our own Sigstore."""
    root = tmp_path / "trusted_root.json"
    root.write_text(instance.trusted_root())

    def make(name=WORKFLOW, issuer=ISSUER):
        return SignerIdentity(name, issuer, str(root))

    return make


def key_of(signer):
    return PublicKey(pem=signer.pem)
