"""One page a gate, a scheme and a kind of manifest, in one shape; what it quotes is what the code says."""

import re
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / ".ci"))  # at the end: one of its modules is called as one of Python's

from gate_scenes import SCENES  # noqa: E402
from manifest_pages import kinds_in  # noqa: E402
from page_parts import config_in, files_in, policy_in  # noqa: E402
from reference_pages import FAMILIES, PAGES  # noqa: E402

from updater.commands.check import check  # noqa: E402
from updater.gates import GATES  # noqa: E402
from updater.manifests import KINDS  # noqa: E402
from updater.runner import Exit  # noqa: E402
from updater.schemes import SCHEMES  # noqa: E402
from updater.views.config_warnings import config_warnings  # noqa: E402

REFERENCE = ROOT / "docs/reference"
OWN = [(folder, name) for folder, family in FAMILIES.items() for name in family.NAMES]
WRITTEN = datetime(2026, 2, 2, tzinfo=UTC)
"""When the examples were written: a freeze in one of them is over some day."""


def text_of(folder, name):
    return (REFERENCE / folder / f"{name}.md").read_text()


def test_every_entry_of_a_table_has_its_page_and_every_page_is_made():
    assert set(FAMILIES["gates"].NAMES) == {"after", *GATES}
    assert set(FAMILIES["schemes"].NAMES) == set(SCHEMES)
    shown = [kind for name in FAMILIES["manifests"].NAMES for kind in kinds_in(text_of("manifests", name))]
    assert set(shown) == set(KINDS)
    found = {
        f"docs/reference/{folder}/{path.name}"
        for folder in FAMILIES
        for path in (REFERENCE / folder).iterdir()
    }
    assert found == set(PAGES)


@pytest.mark.parametrize(("folder", "name"), OWN)
def test_every_page_has_the_one_shape(folder, name):
    text = text_of(folder, name)
    sections = re.split(r"^## ", text, flags=re.MULTILINE)
    assert re.match(r"# \S", sections[0]), "it begins with its name"
    titles, bodies = zip(*(section.split("\n", 1) for section in sections[1:]), strict=True)
    assert titles == FAMILIES[folder].HEADINGS
    assert all(body.strip() for body in bodies)
    assert "](" in bodies[-1], "related pages are links"


@pytest.mark.parametrize(("folder", "name"), OWN)
def test_every_example_passes_check_and_nothing_is_wrong_with_it(folder, name, capsys):
    config = config_in(text_of(folder, name))
    assert check(config, "text") is Exit.FINE
    assert "fine: 1 app in 2 environments" in capsys.readouterr().out
    assert config_warnings(config, WRITTEN) == ()


@pytest.mark.parametrize("name", GATES)
def test_the_example_of_a_gate_asks_it(name):
    assert list(policy_in(text_of("gates", name)).gates) == [name]
    assert {scene.kind for scene in SCENES[name]} == {"passes", "holds", "unknown"}


@pytest.mark.parametrize("name", SCHEMES)
def test_the_example_of_a_scheme_follows_it(name):
    assert policy_in(text_of("schemes", name)).tags.follow == name


@pytest.mark.parametrize("name", FAMILIES["manifests"].NAMES)
def test_the_example_of_a_kind_shows_its_files(name):
    assert [path for path in files_in(text_of("manifests", name)) if not path.startswith("config/")]


@pytest.mark.parametrize("path", PAGES)
def test_what_a_page_quotes_is_what_the_code_says_of_its_own_example(path):
    assert (ROOT / path).read_text() == PAGES[path](), "run `make docs`"


def test_a_sentence_that_somebody_writes_by_hand_does_not_stay(monkeypatch):
    soak = FAMILIES["gates"]
    changed = text_of("gates", "soak").replace(
        "it has soaked for the 30m asked", "it was there for half an hour"
    )
    monkeypatch.setattr(soak, "text_of", lambda _: changed)
    assert soak.page("soak") == text_of("gates", "soak") != changed


def test_another_example_makes_other_sentences(monkeypatch):
    soak = FAMILIES["gates"]
    changed = text_of("gates", "soak").replace("      soak: 30m\n", "      soak: 45m\n")
    monkeypatch.setattr(soak, "text_of", lambda _: changed)
    assert "it has soaked for the 45m asked, since 2026-02-02 15:21:40 KST" in soak.page("soak")
