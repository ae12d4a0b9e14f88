"""The command line. A command is imported only when it is called, so that `--help` is quick."""

from updater.cli.root import main

__all__ = ["main"]
