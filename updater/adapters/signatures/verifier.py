"""To say who has signed an image, of those who may. I/O through what finds signatures."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from threading import Lock

from updater.adapters.signatures.trusted_keys import TrustedKeys, load_trusted
from updater.errors import UpdaterError
from updater.model import Image, Referrer, Signatory, Signed
from updater.ports import ReferrerReader

_REMEMBERED = 4_096
_TOLD = 2
"""How many different objections a sentence has room for."""


class Verifier:
    """For any number of threads. What was proven of a digest stays true: only that is remembered."""

    def __init__(self, attachments: ReferrerReader, environ: Mapping[str, str]) -> None:
        self._attachments, self._environ = attachments, environ
        self._proven: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._lock = Lock()

    def signed(self, image: Image, digest: str, by: Sequence[Signatory]) -> Signed:
        """One valid signature is enough; that there is none is said only where everything could be read."""
        trusts, failures = self._trusts(by)
        known = next((trust for trust in trusts if self._is_proven(digest, trust)), None)
        if known is not None:
            return Signed(digest, known.signatory)
        objections = dict[str, None]()
        for found in self._attachments.attached(image, digest) if trusts else ():
            if isinstance(found, UpdaterError):
                failures.append(found)
                continue
            signer = _signer(found, digest, trusts, objections)
            if signer is not None:
                self._remember(digest, signer)
                return Signed(digest, signer.signatory)
        if failures:
            raise failures[0]
        return Signed(digest, None, _said(objections))

    def _trusts(self, by: Iterable[Signatory]) -> tuple[list[TrustedKeys], list[UpdaterError]]:
        trusts, failures = list[TrustedKeys](), list[UpdaterError]()
        for signatory in by:
            try:
                trusts.append(load_trusted(signatory, self._environ))
            except UpdaterError as error:
                failures.append(error)
        return trusts, failures

    def _is_proven(self, digest: str, trust: TrustedKeys) -> bool:
        with self._lock:
            return (digest, trust.fingerprint) in self._proven

    def _remember(self, digest: str, trust: TrustedKeys) -> None:
        with self._lock:
            self._proven[digest, trust.fingerprint] = None
            while len(self._proven) > _REMEMBERED:
                self._proven.popitem(last=False)


def _signer(
    found: Referrer, digest: str, trusts: Iterable[TrustedKeys], objections: dict[str, None]
) -> TrustedKeys | None:
    """Whose signature it is; else what is said against each goes to the objections."""
    for trust in trusts:
        objection = trust.objection(found, digest)
        if objection is None:
            return trust
        objections.setdefault(objection)
    return None


def _said(objections: Iterable[str]) -> str:
    told = list(objections)[:_TOLD]
    return "; ".join(told) or "no signature is in the registry"
