"""To verify who has signed an image: with public keys, or by identity through Sigstore. I/O: reads keys."""

from updater.adapters.signatures.trusted_keys import TrustedKeys, load_trusted
from updater.adapters.signatures.verifier import Verifier

__all__ = ["TrustedKeys", "Verifier", "load_trusted"]
