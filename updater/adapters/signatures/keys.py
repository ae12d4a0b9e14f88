"""To verify signatures with a public key: cosign's payloads, and Sigstore's bundles. Pure.

The transparency log is not asked: who has the private key has signed.
"""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, TypeAlias

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from nacl.bindings import (
    crypto_sign_ed25519ph_final_verify,
    crypto_sign_ed25519ph_state,
    crypto_sign_ed25519ph_update,
)
from nacl.exceptions import CryptoError

from updater.adapters.signatures.claims import (
    ANOTHER_IMAGE,
    objection_to_payload,
    objection_to_statement,
    parse_claim,
)
from updater.errors import Refused
from updater.model import PublicKey, Referrer
from updater.reasons import failure_reasons
from updater.value_class import value_class

_SIGNATURE = "dev.cosignproject.cosign/signature"
_ANOTHER_KEY = "a signature there is by another key, or of something else"
_UNREADABLE = "a signature there cannot be read"
_SHORTEST = 2048
_MOST = 16
"""Signatures in one envelope."""
_Key: TypeAlias = EllipticCurvePublicKey | RSAPublicKey | Ed25519PublicKey


@value_class
class KeyTrust:
    signatory: PublicKey
    fingerprint: str
    key: _Key

    @classmethod
    def of(cls, signatory: PublicKey, pem: bytes) -> KeyTrust:
        """Raise Refused where it is no key we verify with."""
        key = _loaded(signatory, pem)
        written = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return cls(signatory, sha256(written).hexdigest(), key)

    def objection(self, attached: Referrer, digest: str) -> str | None:
        if attached.kind == "payload":
            signature = _decoded(attached.annotations.get(_SIGNATURE))
            if not self._verifies(signature, attached.content):
                return _ANOTHER_KEY
            return objection_to_payload(attached.content, digest)
        bundle = parse_claim(attached.content) or {}
        envelope, message = bundle.get("dsseEnvelope"), bundle.get("messageSignature")
        if isinstance(envelope, dict):
            return self._objection_to_envelope(envelope, digest)
        return self._objection_to_message(message, digest) if isinstance(message, dict) else _UNREADABLE

    def _objection_to_envelope(self, envelope: Mapping[str, Any], digest: str) -> str | None:
        kind, payload = envelope.get("payloadType"), _decoded(envelope.get("payload"))
        listed = envelope.get("signatures")
        if not isinstance(kind, str) or payload is None or not isinstance(listed, list):
            return _UNREADABLE
        signatures = [_decoded(one.get("sig")) for one in listed[:_MOST] if isinstance(one, dict)]
        signed = _enveloped(kind, payload)
        if not any(self._verifies(signature, signed) for signature in signatures):
            return _ANOTHER_KEY
        return objection_to_statement(kind, payload, digest)

    def _objection_to_message(self, message: Mapping[str, Any], digest: str) -> str | None:
        """What is signed is the manifest itself, of which the digest is the hash."""
        hashed, named = bytes.fromhex(digest.removeprefix("sha256:")), message.get("messageDigest")
        if isinstance(named, dict) and _decoded(named.get("digest")) != hashed:
            return ANOTHER_IMAGE
        if isinstance(self.key, Ed25519PublicKey):
            return "a signature there is of a kind that Ed25519 keys cannot be asked about"
        return (
            None if self._verifies(_decoded(message.get("signature")), hashed, hashed=True) else _ANOTHER_KEY
        )

    def _verifies(self, signature: bytes | None, data: bytes, *, hashed: bool = False) -> bool:
        algorithm = Prehashed(SHA256()) if hashed else SHA256()
        try:
            match self.key:
                case _ if signature is None:
                    return False
                case EllipticCurvePublicKey():
                    self.key.verify(signature, data, ECDSA(algorithm))
                case RSAPublicKey():
                    self.key.verify(signature, data, PKCS1v15(), algorithm)
                case Ed25519PublicKey():
                    return _verifies_ed25519(self.key, signature, data)
        except InvalidSignature:
            return False
        return True


def _verifies_ed25519(key: Ed25519PublicKey, signature: bytes, data: bytes) -> bool:
    """Of the text itself, or of its hash (Ed25519ph of RFC 8032), which cosign 3 writes."""
    try:
        key.verify(signature, data)
    except InvalidSignature:
        return _verifies_ed25519ph(key, signature, data)
    return True


def _verifies_ed25519ph(key: Ed25519PublicKey, signature: bytes, data: bytes) -> bool:
    """The cryptography library has no such thing."""
    hashed = crypto_sign_ed25519ph_state()
    crypto_sign_ed25519ph_update(hashed, data)
    try:
        return crypto_sign_ed25519ph_final_verify(hashed, signature, key.public_bytes_raw())
    except CryptoError:
        return False


def _loaded(signatory: PublicKey, pem: bytes) -> _Key:
    if b"PRIVATE KEY" in pem:
        raise _unusable(f"{signatory} is a private key, which only the signer needs: name the public one")
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        raise _unusable(f"{signatory} is no public key: write it as cosign.pub is, in PEM") from None
    match key:
        case EllipticCurvePublicKey(curve=SECP256R1()) | Ed25519PublicKey():
            return key
        case RSAPublicKey() if key.key_size >= _SHORTEST:
            return key
    raise _unusable(f"{signatory} is no ECDSA P-256, Ed25519 or RSA key of {_SHORTEST} bits or more: use one")


def _unusable(sentence: str) -> Refused:
    return Refused(sentence, reason=failure_reasons.KEY_UNUSABLE)


def _enveloped(kind: str, payload: bytes) -> bytes:
    """What DSSE signs: type and payload, each behind its length."""
    name = kind.encode()
    return b"DSSEv1 %d %s %d %s" % (len(name), name, len(payload), payload)


def _decoded(text: object) -> bytes | None:
    try:
        return b64decode(text, validate=True) if isinstance(text, str) else None
    except (NotBase64, ValueError):
        return None
