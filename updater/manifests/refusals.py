"""To say why a pin is left alone: one reason, one sentence, one line. Pure."""

from collections.abc import Iterable

from updater.errors import UpdaterError
from updater.printable import excerpt
from updater.reasons import Reason, failure_reasons

LONGEST = 400
"""Letters of a sentence, which quotes the file."""


class PinRefused(UpdaterError):
    """A pin that cannot be read or written without doubt; whoever shows it puts the file's path in front."""

    def __init__(self, reason: Reason, sentence: str, line: int | None = None) -> None:
        sentence = excerpt(sentence, LONGEST)
        super().__init__(sentence if line is None else f"line {line}: {sentence}", reason=reason)
        self.sentence = sentence
        self.line = line


def too_large(limit: int) -> PinRefused:
    """`limit` in bytes."""
    return PinRefused(
        failure_reasons.TOO_LARGE,
        f"is larger than {limit:,} bytes; name a smaller file, or raise `limits.manifest_size`",
    )


def list_few(lines: Iterable[object]) -> str:
    """Name the first few, however many there are."""
    words = [str(line) for line in lines]
    return " and ".join(words if len(words) <= 3 else [*words[:2], f"{len(words) - 2} more"])  # noqa: PLR2004  # few
