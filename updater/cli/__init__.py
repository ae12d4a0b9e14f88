"""The command line. A command is imported only when it is called, so that `--help` is quick."""

import os
import signal
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from updater.cli import (
    manifest_commands,
    read_commands,
    run_commands,
    scaffold_commands,
    write_commands,
)
from updater.errors import ConfigError, UpdaterError
from updater.terminal import say, warn, warn_at_once

__all__ = ["main"]
_INTERRUPTED = 130


def _say_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        say(version("updater"))
        raise typer.Exit


class _Commands(TyperGroup):
    """What was typed is refused in the words of the command line, not in those of a library behind it."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - of a class that typer keeps to itself
        _be_interrupted_in_order()
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            error.message = error.message.removeprefix("Value error, ")
            raise


app = typer.Typer(
    cls=_Commands,
    help="Keeps the image tags of a GitOps deploy repository right, environment by environment.",
    epilog="Exit codes: 0 fine, whatever holds; 1 something failed, or was refused; 2 the config or the call "
    "is wrong; 3 found what --check or audit looks for.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def root(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", help="Say which version this is.", is_eager=True, callback=_say_version),
    ] = False,
) -> None:
    pass


for group in (run_commands, read_commands, write_commands, manifest_commands):
    app.registered_commands += group.app.registered_commands
app.add_typer(scaffold_commands.app, name="scaffold")


def main() -> None:
    try:
        app()
    except ConfigError as error:
        _fail(error.sentence, 2)
    except UpdaterError as error:
        _fail(error.sentence, 1)


def _be_interrupted_in_order() -> None:
    """From when a command is called on, and not before: until then nobody would take the exception."""
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:  # as a shell starts what goes on behind it
        signal.signal(signal.SIGINT, _interrupted)


def _interrupted(_number: int, _frame: object) -> NoReturn:
    """What waits for an answer in a thread cannot be told to stop: a server may be silent for long."""
    signal.signal(signal.SIGINT, lambda *_: os._exit(_INTERRUPTED))
    warn_at_once("interrupted: it ends when what it has asked is answered; Ctrl-C once more ends it now")
    raise KeyboardInterrupt


def _fail(sentence: str, status: int) -> NoReturn:
    warn(*sentence.split("\n"))
    raise SystemExit(status)
