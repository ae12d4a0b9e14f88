"""The table of docs/how-to/deploy-repository.md: every section, and only paths that are there."""

import re
from pathlib import Path

import pytest
from tools.scaffold.made import make

ROOT = Path(__file__).parents[3]
SECTIONS = [
    *("1.1", "1.2", "2.1", "2.2", "3.1", "3.1.1", "3.2", "3.3", "3.4", "3.5"),
    *("4.1", "4.2", "4.3", "4.4", "4.5", "5.1", "5.2", "5.3", "5.4", "5.5"),
    *("6.1", "6.2", "6.3", "6.4", "6.5", "7.1", "7.2", "7.3", "7.4", "7.5", "7.6"),
    *("8.1", "8.2", "8.3", "8.4", "8.5", "8.6", "8.7", "A.1", "A.2", "A.3", "A.4"),
    *("B", "C.1", "C.2", "C.3", "C.4"),
]
"""Of the document that the table is about, in its order."""


def rows():
    text = (ROOT / "docs/how-to/deploy-repository.md").read_text()
    table = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith("| section")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


@pytest.fixture(scope="module")
def scaffold(tmp_path_factory):
    folder = tmp_path_factory.mktemp("table") / "deploy-repo"
    make(folder)
    return folder


def paths(cell):
    return [word for word in re.findall(r"`([^`]+)`", cell) if not word.startswith("--")]


def test_every_section_has_its_rows_in_order():
    assert list(dict.fromkeys(section for section, *_ in rows())) == SECTIONS


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row[0]} {row[1][:30]}")
def test_every_path_is_there(row, scaffold):
    section, asked, scaffolded, product = row

    assert asked
    assert scaffolded or product, f"{section} lives nowhere"
    for path in paths(scaffolded):
        assert (scaffold / path).exists(), path
    for path in paths(product):
        assert (ROOT / path).exists(), path


def test_what_is_not_ours_says_why():
    for section, _, scaffolded, _ in rows():
        if "not ours" in scaffolded:
            assert re.search(r"not ours: \w+", scaffolded), section
