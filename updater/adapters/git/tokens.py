"""To split what git says at NUL while it comes; of an endless token only a part is kept. Pure."""

from collections.abc import Iterable, Iterator

from updater.model import LONGEST_TEXT, TextExcerpt


def tokens(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Names and ids are as they were; what is longer than those (a commit's message) is an excerpt."""
    begun: TextExcerpt | None = None
    for chunk in chunks:
        *ended, rest = chunk.split(b"\0")
        if begun is not None and ended:
            begun.add(ended[0])
            yield begun.kept()
            begun, ended = None, ended[1:]
        yield from (token if len(token) <= LONGEST_TEXT else _kept(token) for token in ended)
        if rest:
            begun = begun or TextExcerpt()
            begun.add(rest)
    if begun is not None:
        yield begun.kept()


def _kept(token: bytes) -> bytes:
    excerpt = TextExcerpt()
    excerpt.add(token)
    return excerpt.kept()
