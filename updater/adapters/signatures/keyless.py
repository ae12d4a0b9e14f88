"""To verify who an issuer says has signed: certificate, log and time, by Sigstore's own library. Pure.

Offline: what is needed besides the bundle is the root of trust, of a file or as the library ships it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import sha256
from importlib.resources import as_file, files
from urllib.parse import quote

from cryptography.x509 import Certificate, RFC822Name, SubjectAlternativeName, UniformResourceIdentifier
from sigstore.errors import Error, VerificationError
from sigstore.hashes import Hashed
from sigstore.models import Bundle, InvalidBundle, TrustedRoot
from sigstore.verify import Verifier
from sigstore.verify.policy import AnyOf, OIDCIssuer, OIDCIssuerV2
from sigstore_models.common.v1 import HashAlgorithm
from sigstore_models.trustroot import v1 as roots

from updater.adapters.signatures.claims import objection_to_statement, parse_claim
from updater.errors import Refused
from updater.model import Referrer, SignerIdentity
from updater.reasons import failure_reasons

_PUBLIC = "https://tuf-repo-cdn.sigstore.dev"
_WORDS = {"**": "[^@]+", "*": "[^/@]+"}
_LONGEST = 2_048
_OLD = (
    "a signature there is of cosign 2's form without a proof of its place in the log, which is not verified: "
    "sign with cosign 3, or with --new-bundle-format"
)


class IdentityTrust:
    def __init__(self, signatory: SignerIdentity, root: bytes | None) -> None:
        """Raise Refused where the root of trust is none."""
        self.signatory = signatory
        content = _shipped() if root is None else root
        self._verifier = _verifier(content, signatory.trusted_root or "that sigstore ships")
        self._policy = _Named(signatory)
        hashed = sha256(content).hexdigest()
        self.fingerprint = f"{signatory.name}\n{signatory.issuer}\n{hashed}"

    def objection(self, attached: Referrer, digest: str) -> str | None:
        if attached.kind == "payload":
            return _OLD
        try:
            return self._verified(attached.content, digest)
        except _Otherwise as other:
            return str(other)
        except InvalidBundle as error:
            return f"a signature there cannot be read ({_plain(error)})"
        except VerificationError as error:
            return f"a signature there does not hold ({_plain(error)})"
        except Exception as error:  # noqa: BLE001 - whatever a hostile bundle provokes, it is no proof
            return f"a signature there cannot be read ({type(error).__name__})"

    def _verified(self, content: bytes, digest: str) -> str | None:
        """Raise what the library raises."""
        bundle = Bundle.from_json(content)
        if isinstance((parse_claim(content) or {}).get("dsseEnvelope"), dict):
            kind, payload = self._verifier.verify_dsse(bundle, self._policy)
            return objection_to_statement(kind, payload, digest)
        hashed = bytes.fromhex(digest.removeprefix("sha256:"))
        manifest = Hashed(algorithm=HashAlgorithm.SHA2_256, digest=hashed)
        self._verifier.verify_artifact(manifest, bundle, self._policy)
        return None


class _Otherwise(VerificationError):
    """It is signed, by somebody else."""


class _Named:
    """The issuer is exactly that; one of the names fits."""

    def __init__(self, identity: SignerIdentity) -> None:
        self._issuer = AnyOf([OIDCIssuerV2(identity.issuer), OIDCIssuer(identity.issuer)])
        parts = re.split(r"(\*\*|\*)", identity.name)
        self._name = re.compile("".join(_WORDS.get(part) or re.escape(part) for part in parts))

    def verify(self, cert: Certificate) -> None:
        names = _names(cert)
        if not any(self._name.fullmatch(name) for name in names if len(name) <= _LONGEST):
            raise _Otherwise(f"a signature there is by {_plain(', '.join(names) or 'nobody by name')}")
        try:
            self._issuer.verify(cert)
        except VerificationError:
            raise _Otherwise("a signature there is by that name, of another issuer") from None


def _names(cert: Certificate) -> list[str]:
    found = cert.extensions.get_extension_for_class(SubjectAlternativeName).value
    return [*found.get_values_for_type(UniformResourceIdentifier), *found.get_values_for_type(RFC822Name)]


@lru_cache(maxsize=8)
def _verifier(root: bytes, name: str) -> Verifier:
    try:
        return Verifier(trusted_root=_root(root))
    except (Error, ValueError) as error:
        sentence = (
            f"the root of trust {name} cannot be used ({_plain(error)}): write the JSON of a trusted root"
        )
        raise Refused(sentence, reason=failure_reasons.KEY_UNUSABLE) from None


def _root(content: bytes) -> TrustedRoot:
    return TrustedRoot(roots.TrustedRoot.from_json(content))


def _shipped() -> bytes:
    with as_file(files("sigstore._store") / quote(_PUBLIC, safe="") / "trusted_root.json") as file:
        return file.read_bytes()


def _plain(said: object) -> str:
    """What a certificate or a library says, without what a page or a pull request could take for markup."""
    line = str(said).partition("\n")[0].partition(" (encountered")[0]
    return re.sub(r"[^A-Za-z0-9 .,:/@_=+-]+", " ", line)[:200].strip()
