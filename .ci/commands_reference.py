"""The page of the documentation that lists every command, made from what `--help` says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import typer

from updater.cli import app
from updater.runner import Exit

_EXITS = {
    Exit.FINE: "fine; to hold is fine, whatever the reason",
    Exit.FAILED: "something could not be read or written, or an order was refused; of `doctor` and "
    "`probe`, what they ask about is not well; with `--strict`, also: an app is blocked or failing",
    Exit.USAGE: "the config or the call is wrong: an unknown key, app, environment or option",
    Exit.DIFFERS: "found what was asked for: `plan --check` something to write, `audit` something wrong, "
    "`set-image --check` a difference",
}
_HEAD = (
    "# Commands",
    "",
    "What `updater COMMAND --help` says, on one page. `updater --version` says which version this is.",
    "",
    "This page is made from the code (`make docs`).",
    "",
    "## Exit status",
    "",
    "| status | what it means |",
    "|---|---|",
    *(f"| {each.value} | {_EXITS[each]} |" for each in Exit),
    "",
    "An interrupted command ends with 130. [Which command ends how](exit-codes.md), line by line.",
)


def commands_page() -> str:
    """In Markdown, in the order of `updater --help`."""
    found = typer.main.get_command(app)
    return "\n".join([*_HEAD, *_told("updater", found, None), ""])


def _told(name: str, command: Any, above: Any) -> Iterator[str]:  # noqa: ANN401 - of classes typer keeps
    context = command.context_class(command, info_name=name, parent=above)
    inner = getattr(command, "commands", {})
    if not inner:
        yield from _section(command, context)
    for each, under in inner.items():
        yield from _told(each, under, context)


def _section(command: Any, context: Any) -> Iterator[str]:  # noqa: ANN401 - as above
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    yield from ("", f"## {context.command_path}", "", command.help or "", "", "```text", usage, "```")
    for kind in ("argument", "option"):
        params = [one for one in command.params if one.param_type_name == kind]
        if records := [one for one in (each.get_help_record(context) for each in params) if one]:
            yield from ("", f"| {kind} | default | what it says |", "|---|---|---|")
            yield from (_row(kind, *record) for record in records)


def _row(kind: str, head: str, text: str) -> str:
    """Told apart: the help, and what stands in brackets behind it, a default or that it is required."""
    said, _, behind = " ".join(text.split()).partition(" [") if text[:1] != "[" else ("", "", text[1:])
    extra = dict(each.partition(": ")[::2] for each in behind.removesuffix("]").split("; "))
    default = f"`{extra['default'].strip('()')}`" if "default" in extra else ""
    if "required" in extra:
        default = "required"
    variable = f" Or set `{extra['env var']}`." if "env var" in extra else ""
    shown = (
        _PYTHONS.sub("", head) if kind == "argument" else _PYTHONS.sub(lambda found: _TYPES[found[1]], head)
    )
    return f"| `{_cell(shown)}` | {_cell(default)} | {_cell(said + variable)} |"


_TYPES = {"str": " TEXT", "list[str]": " TEXT", "path": " PATH", "int": " NUMBER"}
_PYTHONS = re.compile(r" <(str|list\[str\]|path|int)>")
"""What Python calls what may be said."""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
