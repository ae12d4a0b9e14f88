"""To call the command line: in this process, which is quick, or in one of its own."""

import os
import subprocess
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from io import BytesIO, TextIOWrapper
from pathlib import Path
from unittest.mock import patch

from updater.cli import main

UPDATER = str(Path(sys.executable).with_name("updater"))


def call(*words, given="", folder=None):
    """Exit status, standard output and standard error of the very `main` that the console script calls."""
    out, err = TextIOWrapper(BytesIO(), encoding="utf-8"), TextIOWrapper(BytesIO(), encoding="utf-8")
    given = TextIOWrapper(BytesIO(given.encode()))
    with (
        chdir(folder or Path.cwd()),
        patch.object(sys, "argv", ["updater", *map(str, words)]),
        patch.object(sys, "stdin", given),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        status = _status()
    return status, _text(out), _text(err)


def start(*words, given="", **environment):
    """The same, as a shell calls it."""
    done = subprocess.run(
        [UPDATER, *map(str, words)],
        input=given.encode(),
        capture_output=True,
        check=False,
        env={**os.environ, **environment},
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def _status():
    try:
        main()
    except SystemExit as error:
        return error.code
    return 0


def _text(stream):
    stream.flush()
    return stream.buffer.getvalue().decode()
