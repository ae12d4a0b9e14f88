"""What the command `updater` starts with: it imports nothing of ours, since the first process is in a hurry.

The first process of a container gets no signal that it has not asked for, and inherits every process whose
parent has ended, such as the agents of gpg, for which somebody must wait. So it does only these two things,
from its first moment on, and all the rest goes on in a child, which can be ended like any other process.
"""

import gc
import os
import signal
import sys

_INTERRUPTED = 130
_HANDED_ON = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2}


def main() -> None:
    end_at_once_when_interrupted()
    if os.getpid() == 1:
        stand_before()
    collect_seldom()
    from updater.cli import main as command  # noqa: PLC0415 - after the signals are in good hands

    command()


def end_at_once_when_interrupted() -> None:
    """Until a command is called: nothing has begun, and nobody is there yet to take an exception."""
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:  # as a shell starts what goes on behind it
        signal.signal(signal.SIGINT, lambda *_: os._exit(_INTERRUPTED))


def collect_seldom() -> None:
    """Nearly nothing that a pass makes is garbage, and to look for it so often took a quarter of a pass."""
    gc.set_threshold(50_000, 20, 50)


def stand_before() -> None:
    """Return in a child; here hand on signals and wait for whoever ends, until the child does."""
    watched = {*_HANDED_ON, signal.SIGCHLD}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, watched)  # what comes from now on is kept
    child = os.fork()
    if child == 0:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return
    status = None
    while status is None:
        number = signal.sigwait(watched)
        if number == signal.SIGCHLD:
            status = _reap(child)
        elif not (number == signal.SIGINT and sys.stdin is not None and sys.stdin.isatty()):
            os.kill(child, number)  # a terminal has sent its own to the child, too
    os._exit(status)


def _reap(child: int) -> int | None:
    """Wait for all that have ended; the exit status of the child if it is among them, as shells tell it."""
    found = None
    while True:
        try:
            ended, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return found
        if ended == 0:
            return found
        if ended == child:
            code = os.waitstatus_to_exitcode(status)
            found = code if code >= 0 else 128 - code
