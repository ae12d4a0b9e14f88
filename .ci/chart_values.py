"""The table of the chart's values in its README: what each is by the schema, its default by values.yaml."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

CHART = Path(__file__).parents[1] / "charts" / "updater"
BEGIN = "<!-- values: this table is made from values.yaml and values.schema.json (make docs) -->\n"
END = "<!-- end of values -->\n"

Schema = Mapping[str, Any]


def chart_page() -> str:
    """The README as it stands, with the table between its two marks made anew."""
    page = (CHART / "README.md").read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{_table()}{END}{after}"


def _table() -> str:
    schema = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
    defaults = YAML(typ="safe", pure=True).load(CHART / "values.yaml")
    lines = ["| value | type | default | what it is |", "|---|---|---|---|"]
    for name, entry, default in _entries("", schema, defaults, schema["definitions"]):
        said = entry["description"].replace("|", "\\|")
        lines.append(f"| `{name}` | {_kind(entry)} | {default} | {said} |")
    return "\n".join([*lines, ""])


def _entries(
    above: str, schema: Schema, defaults: object, definitions: Mapping[str, Schema]
) -> Iterator[tuple[str, Schema, str]]:
    """Every value with a description, depth first; what has properties is told by them."""
    for key, written in schema["properties"].items():
        entry = _resolved(written, definitions)
        name = f"{above}{key}"
        default = defaults.get(key) if isinstance(defaults, dict) else None
        if "properties" in entry:
            yield from _entries(f"{name}.", entry, default, definitions)
            continue
        yield name, entry, _shown(default)
        items = _resolved(entry.get("items", {}), definitions)
        if any("description" in each for each in items.get("properties", {}).values()):
            yield from _entries(f"{name}[].", items, None, definitions)


def _resolved(written: Schema, definitions: Mapping[str, Schema]) -> dict[str, Any]:
    reference = written.get("$ref", "").rpartition("/")[2]
    return {**definitions[reference], **written} if reference else dict(written)


def _kind(entry: Schema) -> str:
    """`null` is not told: it takes a default away, wherever it is allowed."""
    if "enum" in entry:
        return " or ".join(f"`{each}`" for each in entry["enum"] if each)
    kinds = entry["type"] if isinstance(entry["type"], list) else [entry["type"]]
    return " or ".join(kind for kind in kinds if kind != "null")


def _shown(default: object) -> str:
    if default in ("", None):
        return ""
    return f"`{default if isinstance(default, str) else json.dumps(default, ensure_ascii=False)}`"
