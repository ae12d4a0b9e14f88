"""Those who sign images, with real keys, in the formats of cosign 2, cosign 3 and GitHub's attestations."""

import json
from base64 import b64encode
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from nacl.bindings import (
    crypto_sign_ed25519ph_final_create,
    crypto_sign_ed25519ph_state,
    crypto_sign_ed25519ph_update,
)

BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
SIGNED = "https://sigstore.dev/cosign/sign/v1"
PROVENANCE = "https://slsa.dev/provenance/v1"
IN_TOTO = "application/vnd.in-toto+json"
KINDS = {
    "ecdsa": lambda: ec.generate_private_key(ec.SECP256R1()),
    "rsa": lambda: rsa.generate_private_key(65537, 2048),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
    "ed25519ph": ed25519.Ed25519PrivateKey.generate,
}


def text(data):
    return b64encode(data).decode()


def hashed(digest):
    return bytes.fromhex(digest.removeprefix("sha256:"))


def payload(digest, *, kind="cosign container image signature", reference="ghcr.io/org/shop"):
    """What cosign 2 signs."""
    image = {"docker-manifest-digest": digest}
    critical = {"identity": {"docker-reference": reference}, "image": image, "type": kind}
    return json.dumps({"critical": critical, "optional": None}).encode()


def statement(digest, *, predicate=SIGNED, kind="https://in-toto.io/Statement/v1"):
    """What cosign 3 signs, and what GitHub attests."""
    subject = [{"name": "", "digest": {"sha256": digest.removeprefix("sha256:")}}]
    said = {"_type": kind, "subject": subject, "predicateType": predicate, "predicate": {}}
    return json.dumps(said).encode()


def enveloped(content, kind=IN_TOTO):
    return f"DSSEv1 {len(kind)} {kind} {len(content)} ".encode() + content


def bundle(material, **content):
    return json.dumps({"mediaType": BUNDLE, "verificationMaterial": material, **content}).encode()


class Signer:
    """Somebody with a key pair."""

    def __init__(self, kind="ecdsa"):
        self.private, self._kind = KINDS[kind](), kind

    @property
    def pem(self):
        public = self.private.public_key()
        return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    @property
    def private_pem(self):
        return self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    def signature(self, data):
        return self._signature(data, SHA256())

    def _signature(self, data, algorithm):
        if isinstance(self.private, ec.EllipticCurvePrivateKey):
            return self.private.sign(data, ec.ECDSA(algorithm))
        if isinstance(self.private, rsa.RSAPrivateKey):
            return self.private.sign(data, padding.PKCS1v15(), algorithm)
        return self._signature_of_hash(data) if self._kind == "ed25519ph" else self.private.sign(data)

    def _signature_of_hash(self, data):
        """As cosign 3 has it."""
        hashed = crypto_sign_ed25519ph_state()
        crypto_sign_ed25519ph_update(hashed, data)
        secret = self.private.private_bytes_raw() + self.private.public_key().public_bytes_raw()
        return crypto_sign_ed25519ph_final_create(hashed, secret)

    # --- what lies in a registry ------------------------------------------------------------------------

    def annotations(self, content):
        """Of the layer that holds the payload."""
        return {"dev.cosignproject.cosign/signature": text(self.signature(content))}

    def enveloped(self, content, kind=IN_TOTO):
        """A bundle with an envelope."""
        signature = self.signature(enveloped(content, kind))
        envelope = {"payload": text(content), "payloadType": kind, "signatures": [{"sig": text(signature)}]}
        return bundle(self._material, dsseEnvelope=envelope)

    def message(self, digest):
        """A bundle with a signature of the manifest itself."""
        signature = self._signature(hashed(digest), Prehashed(SHA256()))
        named = {"algorithm": "SHA2_256", "digest": text(hashed(digest))}
        return bundle(self._material, messageSignature={"messageDigest": named, "signature": text(signature)})

    @property
    def _material(self):
        hint = sha256(self.pem.encode()).hexdigest()
        return {"publicKey": {"hint": hint}, "tlogEntries": []}

    # --- pushed -----------------------------------------------------------------------------------------

    def signs_as_cosign_2(self, registry, name, digest):
        content = payload(digest)
        registry.sign(name, digest, content, self.annotations(content))

    def signs_as_cosign_3(self, registry, name, digest):
        registry.attach(name, digest, self.enveloped(statement(digest)), BUNDLE)
