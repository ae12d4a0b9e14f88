"""To say in our own words why no answer came: those of the libraries may quote URLs and proxies. Pure."""

from __future__ import annotations

from collections.abc import Iterator

_WORDS = {
    "NameResolutionError": "has an address that does not resolve",
    "Proxy": "cannot be reached through the configured proxy",
    "SSL": "has a certificate that cannot be verified",
    "ConnectTimeout": "cannot be reached in time",
    "ReadTimeout": "did not answer in time",
    "NewConnectionError": "cannot be reached",
    "InvalidSchema": "cannot be reached in the configured way",
}
"""By what the names of the exceptions have in them; the first that fits."""


def why_no_answer(error: BaseException) -> str:
    """The verb of a sentence whose subject is the host."""
    causes = " ".join(type(cause).__name__ for cause in causes_of(error))
    return next((words for name, words in _WORDS.items() if name in causes), "broke off its answer")


def causes_of(error: BaseException | None) -> Iterator[BaseException]:
    """The error, and what it came of, also where a library hides that."""
    while error is not None:
        yield error
        reason = getattr(error.args[0], "reason", None) if error.args else None
        if isinstance(reason, BaseException):
            yield reason
        error = error.__cause__ or error.__context__
