"""A Sigstore of one's own, offline: a certificate authority, a transparency log for each of its two kinds.

Nothing is spared: certificates carry a signed certificate timestamp, log entries an inclusion proof with a
signed checkpoint and a promise. The library verifies them as it does those of the public instance.
"""

import json
import struct
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from world.signers import IN_TOTO, bundle, enveloped, hashed, text

_SCTS = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
_ISSUER, _ISSUER_V2 = (x509.ObjectIdentifier(f"1.3.6.1.4.1.57264.1.{number}") for number in (1, 8))
GITHUB = "https://token.actions.githubusercontent.com"
START = datetime(2026, 2, 2, 5, tzinfo=UTC)


def der(key):
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


class Instance:
    def __init__(self):
        self._ca, self._ct, self._log = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
        self._root = self._self_signed()

    def trusted_root(self):
        """The JSON that clients are given."""
        authority = {
            "subject": {"organization": "acme", "commonName": "acme"},
            "uri": "https://fulcio.acme.example",
            "certChain": {"certificates": [{"rawBytes": text(self._root.public_bytes(Encoding.DER))}]},
            "validFor": {"start": "2020-01-01T00:00:00Z"},
        }
        return json.dumps(
            {
                "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
                "tlogs": [_logs("https://rekor.acme.example", self._log)],
                "certificateAuthorities": [authority],
                "ctlogs": [_logs("https://ct.acme.example", self._ct)],
                "timestampAuthorities": [],
            }
        )

    def signs(self, identity, content, *, issuer=GITHUB, late=timedelta(0), kind=IN_TOTO):
        """A bundle with an envelope, by a key that lives for ten minutes; `late` is it logged."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._certified(key, identity, issuer)
        signature = key.sign(enveloped(content, kind), ec.ECDSA(SHA256()))
        envelope = {"payload": text(content), "payloadType": kind, "signatures": [{"sig": text(signature)}]}
        verifier = text(certificate.public_bytes(Encoding.PEM))
        body = {
            "envelopeHash": {
                "algorithm": "sha256",
                "value": sha256(json.dumps(envelope).encode()).hexdigest(),
            },
            "payloadHash": {"algorithm": "sha256", "value": sha256(content).hexdigest()},
            "signatures": [{"signature": text(signature), "verifier": verifier}],
        }
        return bundle(self._material(certificate, "dsse", body, late), dsseEnvelope=envelope)

    def signs_message(self, identity, digest, *, issuer=GITHUB):
        """A bundle with a signature of the manifest itself."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._certified(key, identity, issuer)
        signature = key.sign(hashed(digest), ec.ECDSA(Prehashed(SHA256())))
        public = {"content": text(certificate.public_bytes(Encoding.PEM))}
        body = {
            "data": {"hash": {"algorithm": "sha256", "value": hashed(digest).hex()}},
            "signature": {"content": text(signature), "publicKey": public},
        }
        named = {"algorithm": "SHA2_256", "digest": text(hashed(digest))}
        return bundle(
            self._material(certificate, "hashedrekord", body, timedelta(0)),
            messageSignature={"messageDigest": named, "signature": text(signature)},
        )

    # --- certificates -----------------------------------------------------------------------------------

    def _self_signed(self):
        name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "acme")])
        usage = dict.fromkeys(_USAGES, False) | {"key_cert_sign": True, "crl_sign": True}
        public = self._ca.public_key()
        return (
            _certificate(name, name, public, START - timedelta(days=1000), START + timedelta(days=1000))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(x509.KeyUsage(**usage), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .sign(self._ca, SHA256())
        )

    def _certified(self, key, identity, issuer):
        """First without, then with the timestamp of the log of certificates."""
        usage = dict.fromkeys(_USAGES, False) | {"digital_signature": True}
        named = (
            x509.RFC822Name(identity) if "://" not in identity else x509.UniformResourceIdentifier(identity)
        )
        written = bytes([12, len(issuer)]) + issuer.encode()
        builder = (
            _certificate(
                x509.Name([]), self._root.subject, key.public_key(), START, START + timedelta(minutes=10)
            )
            .add_extension(x509.KeyUsage(**usage), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._ca.public_key()), critical=False
            )
            .add_extension(x509.SubjectAlternativeName([named]), critical=True)
            .add_extension(x509.UnrecognizedExtension(_ISSUER, issuer.encode()), critical=False)
            .add_extension(x509.UnrecognizedExtension(_ISSUER_V2, written), critical=False)
        )
        before = builder.sign(self._ca, SHA256()).tbs_certificate_bytes
        stamp = x509.UnrecognizedExtension(_SCTS, self._timestamped(before))
        return builder.add_extension(stamp, critical=False).sign(self._ca, SHA256())

    def _timestamped(self, certificate):
        """As RFC 6962 writes it: a list of one, in an octet string."""
        moment = struct.pack("!Q", int(START.timestamp() * 1000))
        entry = sha256(der(self._ca)).digest() + struct.pack("!I", len(certificate))[1:] + certificate
        signed = b"\0\0" + moment + b"\0\1" + entry + b"\0\0"
        signature = self._ct.sign(signed, ec.ECDSA(SHA256()))
        stamp = b"\0" + sha256(der(self._ct)).digest() + moment + b"\0\0" + b"\4\3"
        stamp += struct.pack("!H", len(signature)) + signature
        listed = struct.pack("!HH", len(stamp) + 2, len(stamp)) + stamp
        return bytes([4, len(listed)]) + listed

    # --- the log ----------------------------------------------------------------------------------------

    def _material(self, certificate, kind, spec, late):
        body = json.dumps({"apiVersion": "0.0.1", "kind": kind, "spec": spec}).encode()
        root, log = sha256(b"\0" + body).digest(), sha256(der(self._log)).digest()
        logged = int((START + timedelta(minutes=1) + late).timestamp())
        promised = {"body": text(body), "integratedTime": logged, "logID": log.hex(), "logIndex": 0}
        note = f"rekor.acme.example - 1\n1\n{text(root)}\n"
        countersigned = f"\u2014 rekor.acme.example {text(log[:4] + self._logs(note.encode()))}"
        entry = {
            "logIndex": "0",
            "logId": {"keyId": text(log)},
            "kindVersion": {"kind": kind, "version": "0.0.1"},
            "integratedTime": str(logged),
            "inclusionPromise": {"signedEntryTimestamp": text(self._logs(_canonical(promised)))},
            "inclusionProof": {
                "logIndex": "0",
                "rootHash": text(root),
                "treeSize": "1",
                "hashes": [],
                "checkpoint": {"envelope": f"{note}\n{countersigned}\n"},
            },
            "canonicalizedBody": text(body),
        }
        return {
            "certificate": {"rawBytes": text(certificate.public_bytes(Encoding.DER))},
            "tlogEntries": [entry],
        }

    def _logs(self, data):
        return self._log.sign(data, ec.ECDSA(SHA256()))


_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


def _certificate(subject, issuer, public, start, end):
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
    )


def _logs(url, key):
    public = {
        "rawBytes": text(der(key)),
        "keyDetails": "PKIX_ECDSA_P256_SHA_256",
        "validFor": {"start": "2020-01-01T00:00:00Z"},
    }
    log = {"keyId": text(sha256(der(key)).digest())}
    return {"baseUrl": url, "hashAlgorithm": "SHA2_256", "publicKey": public, "logId": log}


def _canonical(said):
    return json.dumps(said, sort_keys=True, separators=(",", ":")).encode()


def tampered(content, **changed):
    """The bundle with something in its envelope exchanged."""
    document = json.loads(content)
    document["dsseEnvelope"] |= changed
    return json.dumps(document).encode()
