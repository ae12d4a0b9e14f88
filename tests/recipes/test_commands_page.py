"""The page that lists every command is made from its help: there has to be one."""

import re
from pathlib import Path

from updater.runner import Exit

PAGE = (Path(__file__).parents[2] / "docs/reference/commands.md").read_text(encoding="utf-8")
ROWS = [re.split(r" (?<!\\)\| ", row.strip("| ")) for row in re.findall(r"^\|.*\|$", PAGE, re.MULTILINE)]


def test_every_argument_and_option_says_what_it_is():
    told = [row for row in re.findall(r"^\| `.*$", PAGE, re.MULTILINE) if row.endswith("|  |")]
    assert told == []


def test_no_word_of_pythons_types_is_left():
    assert re.findall(r"<(?:str|int|path|bool|list\[.*?)>", PAGE) == []


def test_every_exit_status_is_told():
    assert re.findall(r"^\| (\d) \|", PAGE, re.MULTILINE) == [str(each.value) for each in Exit]


def test_a_default_and_a_variable_are_told_apart_from_the_help():
    assert [
        "`--config PATH`",
        "`config`",
        "The folder with updater.yaml and apps/. Or set `UPDATER_CONFIG`.",
    ] in ROWS
    assert ["`--why TEXT`", "required", "Shown wherever it holds."] in ROWS
