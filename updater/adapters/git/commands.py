"""To run git commands on one bare repository, each with an end. I/O."""

import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Timer
from typing import IO, BinaryIO, NamedTuple, cast

from updater.adapters.git import environment
from updater.adapters.git.conversation import communicate
from updater.adapters.git.tokens import tokens
from updater.errors import Refused
from updater.reasons import failure_reasons

try:
    import git
except ImportError as error:  # GitPython looks for the program as it is imported
    raise Refused(
        "git is not on the path: install git 2.39 or newer", reason=failure_reasons.GIT_MISSING
    ) from error

_CHUNK = 1 << 18


class GitFailed(Exception):
    """A git command that ended badly, with what it said. Stays inside this package."""

    def __init__(self, said: str, *, output: str = "", timed_out: bool = False, status: int = 0) -> None:
        super().__init__(said)
        self.said = said
        self.output = output
        self.timed_out = timed_out
        self.status = status
        self.without_token = False
        """A host was asked that takes one, and none is configured."""


class CommandOutput(NamedTuple):
    output: str
    errors: str


@dataclass(slots=True)
class RunningCommand:
    """A command whose output is read while it runs."""

    output: IO[bytes]
    stopped: bool = False

    def stop(self) -> None:
        """Enough was read: how the command ends does not matter any more."""
        self.stopped = True

    def tokens(self) -> Iterator[bytes]:
        """The output, split at NUL; of what is longer than any name only an excerpt."""
        return tokens(iter(lambda: self.output.read(_CHUNK), b""))


@dataclass(slots=True)
class Commands:
    folder: Path
    inherited: Callable[[], tuple[int, ...]]
    """File descriptors a child keeps open: the lock outlives us as long as a child of ours works."""
    _git: git.Git = field(init=False)

    def __post_init__(self) -> None:
        self._git = git.Git(str(self.folder.parent))

    def run(
        self,
        *arguments: str,
        given: bytes = b"",
        seconds: float,
        settings: Mapping[str, str] | None = None,
        needs: Collection[str] = (),
    ) -> CommandOutput:
        """`needs`: the variables of our surroundings it gets beside those that all get. Raises GitFailed."""
        process = self._start(arguments, subprocess.PIPE, settings or {}, needs)
        try:
            said = CommandOutput(*map(_text, communicate(process, given, seconds)))
        except TimeoutError:
            raise GitFailed(f"no answer within {seconds:g} s", timed_out=True) from None
        except OverflowError as large:
            raise GitFailed(str(large)) from None
        finally:
            _end(process)
        if process.returncode:
            raise GitFailed(said.errors, output=said.output, status=process.returncode)
        return said

    @contextmanager
    def stream(self, *arguments: str, given: bytes = b"", seconds: float) -> Iterator[RunningCommand]:
        """Raises GitFailed at the end, unless the reader has stopped it."""
        with tempfile.TemporaryFile() as asked:
            asked.write(given)
            asked.seek(0)
            process = self._start(arguments, asked, {})
            assert process.stdout is not None
            assert process.stderr is not None
            timer = Timer(seconds, _kill, [process])
            timer.start()
            try:
                running = RunningCommand(process.stdout)
                yield running
                if not running.stopped:
                    _check(process, seconds)
            finally:
                timer.cancel()
                _end(process)

    def _start(
        self,
        arguments: tuple[str, ...],
        given: int | IO[bytes],
        settings: Mapping[str, str],
        needs: Collection[str] = (),
    ) -> subprocess.Popen[bytes]:
        """GitPython adds to our surroundings, so `env` takes from them; no value is among its arguments."""
        ours = environment.variables(settings)
        without = [word for name in environment.withheld(os.environ, ours, needs) for word in ("-u", name)]
        started = self._git.execute(
            ["env", *without, "git", f"--git-dir={self.folder}", *arguments],
            istream=cast("BinaryIO", given),  # Popen takes more than the annotation says
            as_process=True,
            env=ours,
            start_new_session=True,
            pass_fds=self.inherited(),
        )
        process, started.proc = started.proc, None  # we end it ourselves, with its children
        assert process is not None
        return process


def _check(process: subprocess.Popen[bytes], seconds: float) -> None:
    assert process.stderr is not None
    errors = process.stderr.read()
    if status := process.wait():
        killed = status == -signal.SIGKILL
        raise GitFailed(f"no answer within {seconds:g} s" if killed else _text(errors), timed_out=killed)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        _kill(process)
        process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            _close(pipe)


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)


def _close(pipe: IO[bytes]) -> None:
    try:
        pipe.close()
    except BrokenPipeError:
        return


def _text(output: bytes) -> str:
    return output.decode(errors="replace")
