"""To tell a program something and hear all it says, so far as anybody needs that. I/O.

As `Popen.communicate`; but what is heard is bounded, for the other side of a fetch may talk for ever.
"""

import os
import select
import selectors
import subprocess
from io import BytesIO
from time import monotonic

from updater.model import TextExcerpt

LARGEST = 32 << 20
"""Bytes of an answer on standard output; a hundred thousand refs have less."""
_COMPLAINTS = 1 << 18
"""Bytes of what is said beside that and kept as it is."""
_CHUNK = 1 << 16


def communicate(process: subprocess.Popen[bytes], given: bytes, seconds: float) -> tuple[bytes, bytes]:
    """What it said on both ways out when it has ended; of long complaints the beginning and the end.

    Raises TimeoutError, and OverflowError where the answer is too long.
    """
    talk = _Conversation(process, memoryview(given))
    until = monotonic() + seconds
    with talk.waiting:
        while talk.waiting.get_map():
            ready = talk.waiting.select(max(until - monotonic(), 0))
            if not ready or monotonic() > until:
                raise TimeoutError
            for key, _ in ready:
                talk.go_on(key)
    try:
        process.wait(max(until - monotonic(), 0))
    except subprocess.TimeoutExpired:
        raise TimeoutError from None
    return talk.output.getvalue(), talk.errors.kept()


class _Conversation:
    def __init__(self, process: subprocess.Popen[bytes], given: memoryview) -> None:
        self.output, self.errors = BytesIO(), TextExcerpt(_COMPLAINTS)
        self.waiting = selectors.DefaultSelector()
        self._given = given
        assert process.stdin is not None
        for pipe in (process.stdout, process.stderr):
            assert pipe is not None
            self.waiting.register(pipe, selectors.EVENT_READ, pipe is process.stdout)
        if given:
            self.waiting.register(process.stdin, selectors.EVENT_WRITE)
        else:
            process.stdin.close()

    def go_on(self, key: selectors.SelectorKey) -> None:
        if key.events == selectors.EVENT_WRITE:
            self._tell(key)
            return
        said = os.read(key.fd, _CHUNK)
        if not said:
            self.waiting.unregister(key.fileobj)
        elif not key.data:
            self.errors.add(said)
        elif self.output.tell() + len(said) > LARGEST:
            raise OverflowError(f"more than {LARGEST >> 20} MiB were said, which is more than is read")
        else:
            self.output.write(said)

    def _tell(self, key: selectors.SelectorKey) -> None:
        """So little at once that it never blocks; who does not want to hear the rest is not told."""
        try:
            told = os.write(key.fd, self._given[: select.PIPE_BUF])
        except BrokenPipeError:
            told = len(self._given)
        self._given = self._given[told:]
        if not self._given:
            self.waiting.unregister(key.fileobj)
            key.fileobj.close()  # type: ignore[union-attr]  # it is a pipe
