"""What cosign itself pushes, in its old form and its new one, to registries nobody here wrote.

`go install github.com/sigstore/cosign/v3/cmd/cosign@v3.1.3` builds it in four and a half minutes of a core.
How zot is built, tests/world/registries.py says; how ORAS is, .ci/run. What is missing is skipped.
"""

import pytest
from world.real_clients import Cosign, Oras
from world.registries import REAL, Registries
from world.signers import Signer

from updater.adapters.registry import EndpointHost, RegistryClient
from updater.adapters.signatures import Verifier
from updater.model import Image, PublicKey

pytestmark = pytest.mark.soak

NAME = "org/shop"
SHOP = Image("ghcr.io", NAME)
OLD = "--new-bundle-format=false"
IN_REFERRERS = "--registry-referrers-mode=oci-1-1"
FORMS = {
    "bundle": ([], {}),
    "payload under a tag": ([OLD], {}),
    "payload that refers": ([OLD, IN_REFERRERS], {"COSIGN_EXPERIMENTAL": "1"}),
}


class Place:
    """A registry, cosign with two keys, and what the updater makes of it; each image is another."""

    def __init__(self, registry, folder):
        self.registry = registry
        self.cosign = Cosign(folder, registry)
        self.keys = {name: self.cosign.key(name) for name in ("ours", "other")}
        self._pushed = 0

    def push(self):
        self._pushed += 1
        return self.registry.push(NAME, f"{self._pushed}", f"shop {self._pushed}".encode())

    def by(self, digest, *keys):
        """Who of those has signed it; or what is said instead."""
        with RegistryClient({"ghcr.io": EndpointHost(self.registry.url)}, timeout=5.0) as client:
            said = Verifier(client, {}).signed(SHOP, digest, [PublicKey(str(self.keys[key])) for key in keys])
        return said.by.file.rpartition("/")[2] if said.by else said.found

    def artifacts(self):
        """What stands under the tags that are not ours."""
        with RegistryClient({"ghcr.io": EndpointHost(self.registry.url)}, timeout=5.0) as client:
            beside = [tag for tag in client.tags(SHOP) if tag.startswith("sha256-")]
            return {tag: client.image(SHOP, tag).artifact for tag in beside}


@pytest.fixture(scope="module")
def registries():
    with Registries() as registries:
        yield registries


@pytest.fixture(scope="module", params=[*REAL, "zot"])
def place(request, registries, tmp_path_factory):
    registry = registries.real(request.param, tmp_path_factory.mktemp(request.param))
    return Place(registry, tmp_path_factory.mktemp("cosign"))


@pytest.fixture(params=FORMS.values(), ids=FORMS)
def form(request):
    return request.param


def test_it_is_verified_with_its_key_and_with_no_other(place, form):
    options, environment = form
    digest, another = place.push(), place.push()
    place.cosign.sign(NAME, digest, "ours", *options, **environment)
    assert place.by(digest, "ours") == "ours.pub"
    assert place.by(digest, "other") == "a signature there is by another key, or of something else"
    assert place.by(another, "ours") == "no signature is in the registry"


def test_of_two_signatures_either_is_enough(place, form):
    options, environment = form
    digest = place.push()
    for key in ("other", "ours"):
        place.cosign.sign(NAME, digest, key, *options, **environment)
        assert place.by(digest, key) == f"{key}.pub"
    assert place.by(digest, "other") == "other.pub"


def test_both_forms_at_one_image_are_read(place):
    digest = place.push()
    place.cosign.sign(NAME, digest, "other")
    place.cosign.sign(NAME, digest, "ours", OLD)
    assert place.by(digest, "ours") == "ours.pub"
    assert place.by(digest, "other") == "other.pub"


def test_a_signature_of_another_image_is_none(place, tmp_path):
    """Whoever may push can put it there."""
    signed, unsigned = place.push(), place.push()
    place.cosign.sign(NAME, signed, "ours", OLD)
    place.cosign.sign(NAME, signed, "ours")
    beside = place.artifacts()
    oras = Oras(tmp_path, place.registry)
    for ending in ("", ".sig"):
        of, to = (f"{digest.replace(':', '-')}{ending}" for digest in (signed, unsigned))
        if of in beside:
            oras.tag(NAME, of, to)
    assert place.by(unsigned, "ours") == "a signature there is of another image"


@pytest.mark.parametrize("kind", ["ecdsa", "rsa", "ed25519"])
@pytest.mark.parametrize("options", [[], [OLD]], ids=["bundle", "payload"])
def test_keys_of_every_kind_are_known(place, kind, options):
    digest, signer = place.push(), Signer(kind)
    place.cosign.write("imported.pem", signer.private_pem)
    place.cosign.run("import-key-pair", "--yes", "--key", "imported.pem", "--output-key-prefix", kind)
    place.keys[kind] = place.keys["ours"].with_name(f"{kind}.pub")
    place.cosign.sign(NAME, digest, kind, *options)
    assert place.by(digest, "ours", kind) == f"{kind}.pub"


def test_an_index_is_signed_as_a_whole(place):
    digest = place.registry.push_index(NAME, "0")
    place.cosign.sign(NAME, digest, "ours")
    assert place.by(digest, "ours") == "ours.pub"


@pytest.mark.parametrize(("kind", "counts"), [("slsaprovenance1", True), ("spdxjson", False)])
def test_a_provenance_counts_and_an_sbom_does_not(place, kind, counts):
    digest = place.push()
    place.cosign.attest(NAME, digest, "ours", kind)
    assert (place.by(digest, "ours") == "ours.pub") == counts


def test_where_there_are_referrers_no_tag_stands_in_for_them(place):
    digest = place.push()
    place.cosign.sign(NAME, digest, "ours")
    assert (digest.replace(":", "-") in place.artifacts()) == (place.registry.program != "zot")
    assert place.cosign.verifies(NAME, digest, "ours")


def test_no_tag_of_a_signature_is_an_image(place, form):
    options, environment = form
    digest = place.push()
    place.cosign.sign(NAME, digest, "ours", *options, **environment)
    assert set(place.artifacts().values()) <= {"a signature", "an attestation"}
