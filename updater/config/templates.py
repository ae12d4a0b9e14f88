"""What a user may word otherwise, and by which names the rest is filled in. Pure.

A template is text with `{name}` in it, of the names its place knows; `{{` and `}}` are braces. There are no
attributes, no indexes, no formats: a template can say nothing that it was not given.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from string import Formatter
from typing import Annotated

from pydantic import AfterValidator, Field

from updater.settings import Settings
from updater.strict_yaml.faults import unknown_word

_LONGEST_LINE = 200
_LONGEST_TEXT = 10_000
_OURS = re.compile(r"<!--|\bUpdater-[A-Za-z]+ *:", re.IGNORECASE)
_NAME = re.compile(r"\{\w+\}")
"""What is filled in may be empty: then what stands around it meets."""
_EMPTY = re.compile(r"\n{3,}")

COMMON = ("app", "environment", "tag", "old")
SECTIONS = ("headline", "table", "evidence", "commits", "choices")
SUBJECT = "chore({app}): bump {environment} to {tag}"
SUBJECT_BACK = "revert({app}): roll {environment} back to {tag}"
TITLE = "{environment}: {app} {tag}"
TITLE_BACK = "{environment}: roll {app} back from {old} to {tag}"
BODY = "{headline}\n\n{table}\n\n{evidence}\n\n{commits}\n\n{choices}"
COMMENTS: Mapping[str, tuple[str, ...]] = {
    "edited": ("app", "environment"),
    "withdrawn": ("app", "environment", "tag", "reasons"),
    "newer": ("app", "environment", "tag"),
    "retargeted": ("app", "environment", "base"),
}
"""What is said in comments, and the names each knows."""


def fill_in(template: str, values: Mapping[str, str]) -> str:
    """Where a value is empty, no gap is left."""
    return _EMPTY.sub("\n\n", template.format_map(values)).strip()


def text_of(*names: str) -> Callable[[str], str]:
    """Checks a template that may have many lines and knows these names; raises ValueError."""

    def checked(text: str) -> str:
        _check_names(text, names)
        if not text.strip() or len(text) > _LONGEST_TEXT:
            raise ValueError(f"write between 1 and {_LONGEST_TEXT} characters")
        if ours := _OURS.search(text) or _OURS.search(_NAME.sub("", text)):
            raise ValueError(f"{ours[0]} is what the updater reads its own words by: leave it out")
        return text

    return checked


def line_of(*names: str) -> Callable[[str], str]:
    """Checks a template of one line that knows these names; raises ValueError."""

    def checked(text: str) -> str:
        text_of(*names)(text)
        if not text.isprintable() or text != text.strip() or len(text) > _LONGEST_LINE:
            raise ValueError(
                f"write one line of at most {_LONGEST_LINE} characters, without blanks around it"
            )
        return text

    return checked


def _check_names(text: str, names: tuple[str, ...]) -> None:
    try:
        parsed = list(Formatter().parse(text))
    except ValueError:
        raise ValueError("a brace stands alone: {name} is filled in, {{ and }} are braces") from None
    for _, name, form, conversion in parsed:
        if name is None:
            continue
        if name not in names:
            raise ValueError(unknown_word("field", name, names))
        if form or conversion:
            raise ValueError(f"write {{{name}}} and nothing else between the braces")


Subject = Annotated[str, AfterValidator(line_of(*COMMON))]
CommitBody = Annotated[str, AfterValidator(text_of(*COMMON))]
Title = Annotated[str, AfterValidator(line_of(*COMMON))]
Body = Annotated[str, AfterValidator(text_of(*COMMON, *SECTIONS))]


class CommentTemplates(Settings):
    """What is said in comments, where it is to be worded otherwise."""

    edited: Annotated[str, AfterValidator(text_of(*COMMENTS["edited"]))] | None = Field(
        default=None, description="somebody pushed to the branch"
    )
    withdrawn: Annotated[str, AfterValidator(text_of(*COMMENTS["withdrawn"]))] | None = Field(
        default=None, description="the evidence is lost"
    )
    newer: Annotated[str, AfterValidator(text_of(*COMMENTS["newer"]))] | None = Field(
        default=None, description="a newer tag waits behind an approved one"
    )
    retargeted: Annotated[str, AfterValidator(text_of(*COMMENTS["retargeted"]))] | None = Field(
        default=None, description="somebody aimed it at another branch"
    )
