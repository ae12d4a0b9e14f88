"""To turn those who may sign into what verifies their signatures. I/O: reads keys and roots of trust."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from updater.errors import Refused, install_extra
from updater.model import PublicKey, Referrer, Signatory
from updater.reasons import failure_reasons

_LARGEST = 1024 * 1024


class TrustedKeys(Protocol):
    """One who may sign, ready to verify."""

    @property
    def signatory(self) -> Signatory: ...

    @property
    def fingerprint(self) -> str:
        """The same only for what trusts the same: a key that was replaced has another."""

    def objection(self, attached: Referrer, digest: str) -> str | None:
        """Why this does not prove that they signed the manifest, as a clause; None: it does."""


def load_trusted(signatory: Signatory, environ: Mapping[str, str]) -> TrustedKeys:
    """Raise Refused where the key or the root cannot be used, or the libraries are missing."""
    try:
        if isinstance(signatory, PublicKey):
            from updater.adapters.signatures.keys import KeyTrust  # noqa: PLC0415 - of an extra

            return KeyTrust.of(signatory, _text(signatory, environ))
        from updater.adapters.signatures.keyless import IdentityTrust  # noqa: PLC0415 - and slow to import

        root = signatory.trusted_root
        return IdentityTrust(signatory, read(root) if root else None)
    except ImportError:
        sentence = f"signatures by {signatory} cannot be verified here: {install_extra('verify')}"
        raise Refused(sentence, reason=failure_reasons.VERIFY_MISSING) from None


def read(file: str) -> bytes:
    """A file that nobody expects to be large. Raises Refused."""
    try:
        with Path(file).open("rb") as opened:
            content = opened.read(_LARGEST)
    except OSError as error:
        raise Refused(
            f"the file {file} cannot be read ({error.strerror})", reason=failure_reasons.KEY_UNREADABLE
        ) from None
    if not content.strip():
        raise Refused(f"the file {file} is empty", reason=failure_reasons.KEY_UNREADABLE)
    return content


def _text(key: PublicKey, environ: Mapping[str, str]) -> bytes:
    """Read anew each time: mounted keys are replaced while we run."""
    if key.file is not None:
        return read(key.file)
    found = environ.get(key.variable, "") if key.variable is not None else key.pem or ""
    if not found.strip():
        raise Refused(
            f"the environment variable {key.variable} is not set", reason=failure_reasons.KEY_UNREADABLE
        )
    return found.encode(errors="replace")
