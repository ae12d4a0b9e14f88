"""The page on faults promises nothing that no test holds, and each row names its test here."""

import re
from pathlib import Path

import pytest

from updater.adapters import timed_connections
from updater.observe import turns

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs/explanation/faults.md").read_text()
TABLE = PAGE.partition("\n## ")[0]
ROWS = [row.split(" | ") for row in re.findall(r"^\| ([A-Z].*) \|$", TABLE, re.MULTILINE)][1:]
SCHEDULER = "tests/service/test_scheduler.py"
HELD = {
    "full": [("tests/stories/test_disks.py", "test_a_full_disk_is_said")],
    "read-only": [("tests/stories/test_disks.py", "test_a_read_only_disk_is_said")],
    "killed": [("tests/stories/test_disks.py", "test_locks_that_a_killed_git_left_behind")],
    "clock": [
        (SCHEDULER, "test_a_clock_that_jumps_delays_no_poll"),
        ("tests/adapters/test_set_back.py", "test_who_is_left_alone_for_a_while_is_asked_again"),
        ("tests/stories/test_clocks.py", "test_a_hold_does_not_end_by_a_clock_that_is_ahead"),
    ],
    "resolve": [("tests/adapters/test_slow_servers.py", "test_a_name_that_does_not_resolve")],
    "A server is slow": [("tests/adapters/test_slow_servers.py", "test_a_slow_server_is_left_in_time")],
    "A cluster of many": [("tests/test_turns.py", "test_a_place_that_is_slow_keeps_nobody_else")],
    "no end": [("tests/adapters/test_bounded_answers.py", "test_an_answer_without_an_end_is_left_and_said")],
}


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_each_fault_is_whole_and_held_by_a_test(row):
    assert len(row) == 4
    assert all(row)
    (held,) = [tests for word, tests in HELD.items() if word in row[0]]
    for file, test in held:
        assert f"def {test}" in (ROOT / file).read_text()


def test_every_test_that_is_named_holds_a_row():
    assert len(ROWS) == len(HELD)


def test_the_numbers_are_those_of_the_code():
    assert (timed_connections.HEADERS, timed_connections.WHOLE) == (2, 6)
    assert (turns.TOGETHER, turns.EACH, turns.LONGEST) == (32, 8, 60.0)
