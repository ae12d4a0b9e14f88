"""To say in our own words why no answer came: those of the libraries may quote URLs and proxies. Pure."""

from __future__ import annotations

from collections.abc import Iterator

UNTRUSTED = "has a certificate that cannot be verified"
NO_TLS = "is asked over https and does not answer in TLS"
REMEDY = "nobody we trust vouches for it: name who does by `tls: {ca_file: …}`"
_NOT_TLS = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "UNKNOWN_PROTOCOL"})
"""What OpenSSL calls a first answer that is none, such as plain HTTP; which one goes by its version."""
MALFORMED = dict.fromkeys(
    range(80, 95),
    "it or its authority is not made as RFC 5280 asks, which Python 3.13 and newer want: issue it anew",
)
"""What OpenSSL finds only where it is to be strict, by its numbers."""
_DOUBTS = {
    10: "it has run out: renew it",
    62: "it is for another name",
    64: "it is for another name",
    **MALFORMED,
}
"""What is wrong with a certificate, by the number that OpenSSL has for it."""
_WORDS = {
    "NameResolutionError": "has an address that does not resolve",
    "Proxy": "cannot be reached through the configured proxy",
    "SSL": UNTRUSTED,
    "ConnectTimeout": "cannot be reached in time",
    "ReadTimeout": "did not answer in time",
    "NewConnectionError": "cannot be reached",
    "InvalidSchema": "cannot be reached in the configured way",
}
"""By what the names of the exceptions have in them; the first that fits."""


def why_no_answer(error: BaseException) -> str:
    """The verb of a sentence whose subject is the host."""
    if (doubt := untrusted(error)) is not None:
        return f"{UNTRUSTED} ({_DOUBTS.get(doubt, REMEDY)})"
    if any(getattr(cause, "reason", None) in _NOT_TLS for cause in causes_of(error)):
        return NO_TLS
    causes = " ".join(type(cause).__name__ for cause in causes_of(error))
    return next((words for name, words in _WORDS.items() if name in causes), "broke off its answer")


def untrusted(error: BaseException) -> int | None:
    """OpenSSL's number for what is wrong with a certificate; None where that is not what failed."""
    doubts = (each for each in causes_of(error) if type(each).__name__ == "SSLCertVerificationError")
    return next((getattr(doubt, "verify_code", 0) for doubt in doubts), None)


def causes_of(error: BaseException | None) -> Iterator[BaseException]:
    """The error, and what it came of, also where a library hides that."""
    while error is not None:
        yield error
        reason = getattr(error.args[0], "reason", None) if error.args else None
        if isinstance(reason, BaseException):
            yield reason
            yield from (each for each in reason.args[:1] if isinstance(each, BaseException))
        error = error.__cause__ or error.__context__
