"""The page that lists every key of the config."""

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from updater.config import schema
from updater.config.chart_settings import ChartSettings
from updater.config.environments import Override
from updater.config.models import App, Main
from updater.config.teams.keys import by_teams
from updater.views.config_reference import keys_of, page, sections

CONFIG = Path(__file__).parents[2] / "config"
REFERENCE = Path(__file__).parents[2] / "docs/reference"
FILES = {"updater.yaml": Main, "apps/shop.yaml": App}
WRITTEN_AS_LISTS = {"openings", "spans"}
"""`window: [{…}]` and `freeze: [{…}]`: nobody writes the key in between."""
TOLD = sections("updater.yaml", Main) + sections("apps/*.yaml", App)


@pytest.mark.parametrize("file", ["updater.yaml", "apps/*.yaml"])
def test_every_setting_says_what_it_is(file):
    document = schema()[file]
    models = {file: document, **document["$defs"]}
    silent = [
        f"{name}.{key}"
        for name, model in models.items()
        for key, setting in model.get("properties", {}).items()
        if not setting.get("description")
    ]
    assert silent == []


def test_what_it_says_is_a_clause():
    told = {
        f"{each.paths[0]}: {key}": field.description for each in TOLD for key, field in keys_of(each.model)
    }
    assert {key: said for key, said in told.items() if not said or said.endswith(".")} == {}


def test_every_key_is_in_the_annotated_example():
    text = "".join((CONFIG / file).read_text(encoding="utf-8") for file in FILES)
    written = set(re.findall(r"[\w-]+", text)) | WRITTEN_AS_LISTS
    keys = {(each.paths[0], key) for each in TOLD for key, _ in keys_of(each.model)}
    assert {(path, key) for path, key in keys if key not in written} == set()


def paths_in(value, steps=()):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield (*steps, key)
            yield from paths_in(inner, (*steps, key))
    elif isinstance(value, list):
        for inner in value:
            yield from paths_in(inner, steps)


@pytest.mark.parametrize("file", FILES)
def test_every_key_of_the_annotated_example_is_in_the_page(file):
    listed = {key for section in TOLD for key, _ in keys_of(section.model)}
    listed |= {"deploy", "github.com", "ghcr.io", "staging", "production"}
    written = YAML(typ="safe").load(CONFIG / file)
    assert {path for path in paths_in(written) if path[-1] not in listed} == set()


def test_every_link_leads_somewhere():
    text = page()
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    anchors = [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]
    assert len(set(anchors)) == len(anchors)
    assert set(re.findall(r"\]\(#([^)]*)\)", text)) <= set(anchors)
    pages = {link.partition("#")[0] for link in re.findall(r"\]\(([a-z.][^)]*)\)", text)}
    assert {link for link in pages if not (REFERENCE / link).is_file()} == set()


def test_a_table_has_as_many_cells_in_each_row_as_its_head():
    tables = re.findall(r"(?:^\|.*\n)+", page(), re.MULTILINE)
    wide = [{len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()} for table in tables]
    assert [number for number, widths in enumerate(wide) if len(widths) > 1] == []


@pytest.mark.parametrize("model", [App, Override])
def test_what_a_team_may_write_is_marked(model):
    section = next(each for each in TOLD if each.model is model)
    _, _, behind = page().partition(f"\n{section.heading}\n")
    rows = re.findall(r"^\| `(\w+)` .*\| (yes|no) \|", behind.partition("\n###")[0], re.MULTILINE)
    assert dict(rows) == {name: "yes" if by_teams(model, name) else "no" for name in model.model_fields}


@pytest.mark.parametrize(
    "row",
    [
        "| `for` | duration | **required** |",
        "| `every` | duration | `1m` |",
        "| `zone` | time zone | `Asia/Seoul` |",
        "| `manifest_size` | size | `256KiB` |",
        "| `counts` | one of `since`, `running`, `quiet` | `since` |",
        "| `images` | list of images, or patterns of them |",
        "| `to` | time of day | `24:00` |",
        '| `placeholders` | list of texts | `[latest, placeholder, ""]` |',
        "| `signature` | [mapping](#environmentsnamegatessignature), or in short |  |  | no |",
        "| `token_env` | environment variable |  |",
    ],
)
def test_types_and_defaults_are_told_in_plain_words(row):
    assert f"\n{row}" in page()


def test_settings_of_charts_are_listed_as_such():
    assert "environments.NAME.chart" in {each.paths[0] for each in TOLD if each.model is ChartSettings}
