"""The console script, run to its end, without the second that its imports take.

A process that has imported everything waits here, and becomes a child for each call: one with a number, an
environment and open files of its own, and with the very `main` that the console script calls. Who wants the
script as a shell starts it, imports and all, asks `Scene.start`.

Run as a program, this is what waits: the calls come on its standard input, which is a socket.
"""

import atexit
import gc
import importlib
import json
import os
import pkgutil
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from contextlib import suppress
from functools import cache
from pathlib import Path

SCRIPT = str(Path(sys.executable).with_name("updater"))
_HEAD = 8


class Console:
    def __init__(self):
        self._line, theirs = socket.socketpair()
        with theirs:
            words = [sys.executable, "-P", __file__]
            self._waiting = subprocess.Popen(words, stdin=theirs, stdout=subprocess.DEVNULL)

    def close(self):
        self._line.close()
        self._waiting.wait()

    def run(self, *words, environment=None, timeout=50):
        """What `subprocess.run` answers, of text."""
        call = json.dumps(
            {"words": [SCRIPT, *words], "env": {**os.environ, **(environment or {})}, "cwd": str(Path.cwd())}
        )
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            status = self._status(call.encode(), [out.fileno(), err.fileno()], timeout)
            said = [_whole(each) for each in (out, err)]
        return subprocess.CompletedProcess(words, status, *said)

    def _status(self, call, files, timeout):
        ended, theirs = os.pipe()
        try:
            socket.send_fds(self._line, [len(call).to_bytes(_HEAD, "big")], [*files, theirs])
            self._line.sendall(call)
            os.close(theirs)
            return _told(ended, timeout)
        finally:
            os.close(ended)


@cache
def console():
    made = Console()
    atexit.register(made.close)
    return made


def _told(ended, timeout):
    """The exit status of the child; it tells its number before."""
    said, until = b"", time.monotonic() + timeout
    while said.count(b"\n") < 2:
        if not select.select([ended], [], [], max(0, until - time.monotonic()))[0]:
            os.kill(int(said), signal.SIGKILL)
            raise TimeoutError(f"after {timeout} s it had not ended")
        said += os.read(ended, 100)
    return int(said.split()[1])


def _whole(file):
    file.seek(0)
    return file.read().decode()


# --- the process that waits -----------------------------------------------------------------------------


def wait_for_calls(line):
    """Returns in every child, which has become what was asked for; ends with whoever calls."""
    wake, woken = os.pipe()
    os.set_blocking(woken, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(woken)
    running = {}
    while True:
        ready, _, _ = select.select([line, wake], [], [])
        if wake in ready:
            os.read(wake, 100)
            _tell_who_ended(running)
        if line in ready:
            head, files, _, _ = socket.recv_fds(line, _HEAD, 3)
            if not head:
                os._exit(0)
            call = json.loads(_received(line, int.from_bytes(head, "big")))
            if (child := os.fork()) == 0:
                return _become(call, files, [line.detach(), wake, woken, *running.values()])
            os.write(files[2], b"%d\n" % child)
            running[child] = files.pop()
            for each in files:
                os.close(each)


def _received(line, size):
    got = b""
    while len(got) < size:
        got += line.recv(size - len(got))
    return got


def _tell_who_ended(running):
    while running:
        child, status = os.waitpid(-1, os.WNOHANG)
        if child == 0:
            return
        told = running.pop(child)
        os.write(told, b"%d\n" % os.waitstatus_to_exitcode(status))
        os.close(told)


def _become(call, files, others):
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number, file in enumerate(files[:2], 1):
        os.dup2(file, number)
    for each in [*files, *others]:
        os.close(each)
    os.environ.clear()
    os.environ.update(call["env"])
    time.tzset()
    os.chdir(call["cwd"])
    sys.argv = call["words"]


def import_everything():
    import updater

    for found in pkgutil.walk_packages(updater.__path__, "updater."):
        with suppress(ModuleNotFoundError):  # of an extra that is not installed
            importlib.import_module(found.name)


if __name__ == "__main__":
    line = socket.socket(fileno=os.dup(0))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    with warnings.catch_warnings():
        import_everything()
    gc.freeze()
    wait_for_calls(line)
    from updater.start import main

    main()
