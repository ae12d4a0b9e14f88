"""What commands print, and the only way there: text from outside is made fit to be shown on it."""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress

from updater.printable import printable, printable_json


def say(*lines: str) -> None:
    """To standard output, what was asked for: each a line, whatever it holds."""
    sys.stdout.write("".join(f"{printable(line)}\n" for line in lines))
    sys.stdout.flush()


def say_json(document: object) -> None:
    """To standard output, as a program reads it."""
    sys.stdout.write(f"{printable_json(json.dumps(document, indent=2, ensure_ascii=False))}\n")


def warn_at_once(line: str) -> None:
    """To standard error, whatever is being written there: for who handles a signal. Nobody need be there."""
    with suppress(AttributeError, OSError, ValueError):
        os.write(sys.stderr.fileno(), f"{printable(line)}\n".encode())


def warn(*lines: str) -> None:
    """To standard error, what is to be known beside it."""
    sys.stderr.write("".join(f"{printable(line)}\n" for line in lines))
