"""The tables of Flux's image policies, as far as a scheme here can say the same."""

import json
import re
from pathlib import Path

import pytest

from updater.schemes.numeric import Numeric
from updater.schemes.timestamp import Timestamp

CASES = Path(__file__).resolve().parents[2] / ".." / "shared" / "cases" / "flux"
pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="needs ../shared/cases/flux")
SHUFFLED = re.compile(r'"([^"]*)"')
BY_STAMP = {
    "With Timestamps": Numeric(),
    "With Unix Timestamps prefix": Numeric(pattern="rel-(?P<number>[0-9]+)"),
    "With RFC3339": Timestamp(pattern="%Y-%m-%dT%H-%M-%SZ"),
}
"""Alphabetical order is none of ours: what people use it for is."""
FILTERS = {
    "valid pattern with capture group": (r"ver(?P<number>\d+)", ["ver1", "ver2", "ver3"]),
    "valid pattern (complex regex 1)": (
        r"(?P<number>123)-[0-9]+\.[0-9]+\.[a-z0-9]+-debug",
        ["123-123.123.abcd123-debug", "123-123.123.abcd456-debug"],
    ),
    "valid pattern with capture group (complex regex 3)": (
        r"(?P<number>123)-[0-9]+\.[0-9]+\.[a-z0-9]+",
        ["123-123.123.abcd123", "123-123.123.abcd456"],
    ),
}
"""Our patterns have to match the whole tag and name their number; the rest of the idea is the same."""


def cases(file, function):
    content = json.loads((CASES / file).read_text())
    return next(table["cases"] for table in content if table["func"] == function)


def newest(scheme, tags):
    found = max((version for tag in tags if (version := scheme.read(tag))), default=None)
    return found and found.tag


def test_whole_numbers_are_ordered_as_there():
    seen = 0
    for case in cases("numerical_test.json", "TestNumerical_Latest"):
        versions = case["versions"]
        tags = SHUFFLED.findall(versions["$go"]) if isinstance(versions, dict) else versions
        if "order" in case or not all(tag.isdigit() for tag in tags):
            continue  # nothing here wants the oldest; minus and fractions are no build numbers
        assert newest(Numeric(), tags) == case.get("expectedVersion"), case["label"]
        seen += 1
    assert seen >= 2


def test_an_invalid_number_is_left_out_where_others_fail():
    (case,) = (
        case
        for case in cases("numerical_test.json", "TestNumerical_Latest")
        if case["label"] == "With invalid numerical value"
    )
    assert newest(Numeric(), case["versions"]) == "0"


@pytest.mark.parametrize("label", BY_STAMP)
def test_stamps_are_ordered_as_there(label):
    (case,) = (
        case for case in cases("alphabetical_test.json", "TestAlphabetical_Latest") if case["label"] == label
    )

    assert newest(BY_STAMP[label], case["versions"]) == case["expectedVersion"]


@pytest.mark.parametrize("label", FILTERS)
def test_a_pattern_picks_the_tags_it_picks_there(label):
    (case,) = (case for case in cases("filter_test.json", "TestRegexFilter") if case["label"] == label)
    pattern, picked = FILTERS[label]
    scheme = Numeric(pattern=pattern)

    assert [tag for tag in case["tags"] if scheme.read(tag)] == picked
    assert len(picked) == len(case["expected"])
