"""What the handbook's answers tell people to type exists, and so do the codes and files that they name."""

import re
import shlex
from pathlib import Path

import pytest
import typer

from updater.cli import app

ROOT = Path(__file__).parents[2]
NAMES = [
    "docs/troubleshooting.md",
    "docs/explanation/strange-behaviour.md",
    "docs/explanation/faq.md",
    "docs/explanation/security-model.md",
    "docs/explanation/comparison.md",
    *(str(path.relative_to(ROOT)) for path in sorted((ROOT / "docs/contribute").glob("*.md"))),
]
CODES = set((ROOT / "tests/recipes/published_codes.txt").read_text().split())
COMMANDS = typer.main.get_command(app).commands


def commands_in(text):
    """Whatever begins with `updater`, in a block or in a sentence."""
    blocks = re.findall(r"^```(?:sh|text|console)?\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [line.partition("  #")[0] for block in blocks for line in block.splitlines()]
    spoken = re.findall(
        r"`(updater [^`]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    )
    typed = [line.removeprefix("$ ") for line in (*lines, *spoken)]
    return [line for line in typed if re.match(r"updater [a-z]", line)]


def why_not(typed):
    """Why nobody could type that; None where they can."""
    _, name, *words = shlex.split(typed.replace("…", "x"))
    command = COMMANDS.get(name)
    if command is None:
        return f"there is no command {name}"
    if hasattr(command, "commands"):
        command, words = command.commands[words[0]], words[1:]
    options = {option: one for one in command.params for option in one.opts}
    unknown = [word for word in words if word.startswith("--") and word.partition("=")[0] not in options]
    return f"it has no {unknown}" if unknown else None


@pytest.mark.parametrize("name", NAMES)
def test_what_a_page_tells_people_to_type_can_be_typed(name):
    typed = commands_in((ROOT / name).read_text(encoding="utf-8"))
    assert [(line, why) for line in typed if (why := why_not(line))] == []


@pytest.mark.parametrize("name", NAMES)
def test_the_files_that_a_page_names_are_there(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    named = re.findall(r"`((?:tests|updater|charts|docs|config)/[\w./-]+)`", text)
    named = [path for path in named if not re.search("NAME|VERB|PART", path)]
    places = (ROOT, ROOT / "updater")
    assert [path for path in named if not any((place / path).exists() for place in places)] == []


def test_every_code_in_the_tables_of_the_troubleshooting_is_published():
    text = (ROOT / "docs/troubleshooting.md").read_text(encoding="utf-8")
    cells = re.findall(r"^\| (`[a-z_]+`(?:, `[a-z_]+`)*) \|", text.partition("## The page")[0], re.MULTILINE)
    told = {code for cell in cells for code in re.findall(r"`([a-z_]+)`", cell)}
    results = {"heard", "unsigned", "ignored", "closed", "unknown"}
    assert told - results - CODES == set()
    assert len(told) > 20


def test_the_gate_that_contributors_are_shown_is_the_one_that_is_tried():
    shown = (ROOT / "docs/contribute/a-new-gate.md").read_text(encoding="utf-8")
    assert f"```python\n{(ROOT / 'tests/recipes/weekday.py').read_text(encoding='utf-8')}```" in shown
