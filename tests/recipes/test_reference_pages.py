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
from updater.errors import ConfigError  # noqa: E402
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
    gates = FAMILIES["gates"]
    changed = text_of("gates", "window").replace('from: "10:00"', 'from: "11:30"')
    monkeypatch.setattr(gates, "text_of", lambda _: changed)
    assert "the window for promotions opens at 2026-02-09 11:30:00 KST" in gates.page("window")


SERVED = '    argocd: {application: "{app}-staging"}\n'
MATCHED = """    alerts: {match: 'namespace="{app}-staging"', rules: [AppHighErrorRate, AppCrashLooping]}\n"""
ON_MONDAY = "  production: {gates: {window: {days: mon}}}\n"
ON_TUESDAY = "  prod*: {gates: {window: {days: tue}}}\n"
IMAGES = "images: [ghcr.io/org/shop]"
REFUSED = {
    "gates/after": [
        ("environments: [staging, production]", "environments: [production]", "shop is not in staging"),
        ("    deliver: push\n", "    deliver: push\n    after: production\n", "in a circle"),
    ],
    "gates/soak": [("    after: staging\n", "", "there is none: write after:")],
    "gates/health": [(SERVED, "", "staging names no Application to ask")],
    "gates/alerts": [
        (MATCHED, "", "staging does not say which alerts are about an app"),
        ("quiet: 30m", "quiet: 15d", "Prometheus is asked of 14d at most"),
    ],
    "gates/metrics": [
        ("metrics: [errors]", "metrics: [error]", "did you mean errors?"),
        ("    after: staging\n", "", "there is none: write after:"),
    ],
    "gates/window": [
        (
            "environments:\n",
            f"guardrails:\n{ON_MONDAY}{ON_TUESDAY}environments:\n",
            "they are never open at the same time",
        )
    ],
    "gates/freeze": [("to: 2027-01-01", "to: 2026-12-23", "it ends before it starts")],
    "gates/age": [("min: 1h", "min: 15d", "min is not below max")],
    "gates/platforms": [("linux/amd64, linux/arm64", "linux/x86_64", "images call it linux/amd64")],
    "gates/source_checks": [
        ('required: [ci/test], source: "org/{app}"', "required: []", "this asks for nothing")
    ],
    "gates/signature": [
        ("/etc/updater/cosign.pub", "'-----BEGIN PRIVATE KEY-----'", "this is a private key"),
        ("https://github.com/org/*/.github/workflows/release.yaml@refs/heads/main", "'*'", "is anybody"),
    ],
    "schemes/semver": [(">=1.0 <2", ">2 <1", "holds no version at all")],
    "schemes/numeric": [("build-{number}", "(?P<number>([0-9]+)+)", "could take for ever to read")],
    "schemes/created": [("follow: created", "follow: {created: '[a-z]+'}", "moves from image to image")],
    "schemes/digest": [
        ("    pin: tag+digest\n", "", "write pin: tag+digest, or pin: digest"),
        (IMAGES, "images: [ghcr.io/org/shop, ghcr.io/org/b]", "this app has 2 images"),
    ],
}
"""What the pages say that `check` refuses: what stands in the example, what instead, and the sentence."""
WARNED = {
    "gates/soak": [("soak: 30m", "soak: 200d", "longer than the 180d of history")],
    "gates/alerts": [("    heartbeat: Watchdog\n", "", "without a heartbeat")],
    "gates/window": [
        (
            "      window:",
            "      freeze: {from: 2026-01-01, to: 2030-01-01}\n      window:",
            "leave no moment",
        )
    ],
    "gates/freeze": [("from: 2026-12-24, to: 2027-01-01", "from: 2025-12-24, to: 2026-01-01", "delete it")],
}


def rows(said):
    return [pytest.param(page, *row, id=f"{page}: {row[2]}") for page, found in said.items() for row in found]


def with_something_else(page, old, new):
    text = (REFERENCE / f"{page}.md").read_text()
    assert old in text
    return text.replace(old, new)


@pytest.mark.parametrize(("page", "old", "new", "sentence"), rows(REFUSED))
def test_what_a_page_says_is_refused_is_refused(page, old, new, sentence):
    with pytest.raises(ConfigError) as refused:
        config_in(with_something_else(page, old, new))
    assert sentence in str(refused.value)


@pytest.mark.parametrize(("page", "old", "new", "sentence"), rows(WARNED))
def test_what_a_page_says_is_warned_of_is_warned_of(page, old, new, sentence):
    warnings = config_warnings(config_in(with_something_else(page, old, new)), WRITTEN)
    assert sentence in "\n".join(warnings)
