"""What the handbook says of a new deploy repository is so."""

import re
import shlex
from pathlib import Path

import pytest
from commands.calling import call

from updater.tools.scaffold.parts import OPTIONAL

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def section():
    return (ROOT / "docs/how-to/new-deploy-repository.md").read_text()


def test_its_commands_do_what_it_says_and_its_tree_is_there(section, tmp_path):
    commands = [
        shlex.split(line, comments=True)[1:]
        for block in re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
        for line in block.splitlines()
        if line.startswith("updater ")
    ]
    assert len(commands) == 4
    assert call(*commands[0], folder=tmp_path)[0] == 0
    for words in commands[1:]:
        assert call(*words, folder=tmp_path / "deploy-repo")[0] == 0

    tree = re.findall(r"^  (\S+/) ", section, re.MULTILINE)
    assert len(tree) > 10
    for folder in tree:
        assert (tmp_path / "deploy-repo" / folder).is_dir(), folder


def test_it_names_every_part_that_may_be_left_out(section):
    (row,) = [line for line in section.splitlines() if line.startswith("| `--without")]
    assert re.findall(r"`(\w+)`", row.partition("leaves")[2]) == [*OPTIONAL]


def test_its_options_are_those_of_the_command(section):
    said = set(re.findall(r"--[a-z]+", section)) - {"--config", "--strict"}
    _, out, _ = call("scaffold", "repository", "--help")
    assert said == set(re.findall(r"--[a-z]+", out)) - {"--help"}
