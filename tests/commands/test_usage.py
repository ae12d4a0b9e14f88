"""How a wrong call is answered, and what --help shows: words of the command line, none of Python's."""

import pytest
from commands.calling import call

COMMANDS = ["audit", "hold", "init", "plan", "promote", "release", "set-image", "tags"]


def test_a_wrong_value_is_refused_without_a_word_of_the_library_behind():
    status, out, err = call("plan", "--output", "yaml")
    assert (status, out) == (2, "")
    assert err.endswith("Invalid value for '--output': 'yaml' is not one of 'text', 'json'.\n")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_brackets_what_may_be_left_out_once_and_names_no_list(command):
    status, out, _ = call(command, "--help")
    assert status == 0
    assert "[[" not in out
    assert "list[" not in out
