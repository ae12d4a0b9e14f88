"""Progress bars, for who waits in a terminal: on standard error, and gone when the work is done."""

from __future__ import annotations

import atexit
import os
import sys
from threading import Lock
from typing import TYPE_CHECKING

from updater.progress import Done, Progress, no_progress

if TYPE_CHECKING:
    from rich.progress import Progress as Drawing
    from rich.progress import TaskID


def progress_for(output: str) -> Progress:
    """None in a pipe, and none beside JSON, which is for programs."""
    if output == "json" or not sys.stderr.isatty() or os.environ.get("TERM", "dumb") == "dumb":
        return no_progress
    return Bars()


class Bars:
    """One bar for each work under way. Nothing is drawn, and rich is not imported, before there is any."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._drawing: Drawing | None = None
        self._left: dict[TaskID, int] = {}

    def __call__(self, what: str, parts: int, /) -> Done:
        if parts < 1:
            return lambda: None
        with self._lock:
            if self._drawing is None:
                self._drawing = _drawing()
                atexit.register(self._drawing.stop)  # an interrupted terminal is left without a bar
                self._drawing.start()
                self._drawing.console.show_cursor(True)  # hidden it would stay so, were we killed
            task = self._drawing.add_task(what, total=parts if parts > 1 else None)
            self._left[task] = parts
        return lambda: self._advance(task)

    def _advance(self, task: TaskID) -> None:
        """The last one takes the whole drawing with it: what is printed next stands alone."""
        with self._lock:
            if self._drawing is None or task not in self._left:
                return
            self._drawing.advance(task)
            self._left[task] -= 1
            if not self._left[task]:
                self._drawing.remove_task(task)
                del self._left[task]
            if not self._left:
                self._drawing.stop()
                atexit.unregister(self._drawing.stop)
                self._drawing = None


def _drawing() -> Drawing:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Drawing

    return Drawing(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
        # What is printed meanwhile goes where it is meant to go, which may be a pipe.
        redirect_stdout=False,
        redirect_stderr=False,
    )
