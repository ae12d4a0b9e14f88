"""Whatever stands in the files: a config, or sentences."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from updater.config import Config, load
from updater.errors import ConfigError

EXAMPLE = Path(__file__).resolve().parents[2] / "config"
MAIN, SHOP = ((EXAMPLE / name).read_text() for name in ("updater.yaml", "apps/shop.yaml"))
LINES = [line for line in MAIN.splitlines() if line.strip() and not line.strip().startswith("#")]
SCRAPS = [
    "",
    "\t",
    "{",
    "}",
    "[",
    "]",
    ":",
    " : ",
    "- ",
    "&a ",
    "*a",
    "<<: ",
    "!!x ",
    "'",
    '"',
    "|",
    "\n",
    "\0",
    "# ",
]
SCRAPS += [
    "\ufeff",
    "{}",
    "[]",
    "null",
    "true",
    "-1",
    "1e999",
    ".nan",
    "9" * 5000,
    "\\ud800",
    '"\\ud800"',
    "../",
    "é",
]
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(SCRAPS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def outcome(main: str, shop: str) -> Config | tuple[str, ...]:
    with tempfile.TemporaryDirectory() as folder:
        apps = Path(folder) / "apps"
        apps.mkdir()
        (apps.parent / "updater.yaml").write_bytes(main.encode(errors="replace"))
        (apps / "shop.yaml").write_bytes(shop.encode(errors="replace"))
        try:
            return load(Path(folder))
        except ConfigError as error:
            return checked(error.faults, folder)


def checked(faults: tuple[str, ...], folder: str) -> tuple[str, ...]:
    assert faults
    assert all(fault.startswith(folder) and "\n" not in fault for fault in faults), faults
    assert len(set(faults)) == len(faults)
    return faults


def mutated(text: str, chance: random.Random) -> str:
    for _ in range(chance.randint(1, 3)):
        start = chance.randrange(len(text) + 1)
        cut = chance.choice([0, 0, 1, 5, 40])
        text = text[:start] + chance.choice(SCRAPS) + text[start + cut :]
    return text


@pytest.mark.parametrize("seed", range(4))
def test_a_mutated_text_is_a_config_or_sentences(seed):
    chance, main = random.Random(seed), "\n".join(LINES) + "\n"
    results = [outcome(mutated(main, chance), mutated(SHOP, chance)) for _ in range(60)]
    assert any(isinstance(result, tuple) for result in results)


@settings(max_examples=150, deadline=None)
@given(st.randoms(use_true_random=False), values)
def test_a_value_of_any_type_anywhere_is_a_config_or_sentences(chance, value):
    """Flow style, so that what a mutation breaks is a setting and not the YAML around it."""
    main: Any = YAML(typ="safe").load(MAIN)
    app: Any = YAML(typ="safe").load(SHOP)
    app["environments"] = {
        "staging": {"pins": [{"path": "x"}]},
        "production": {"gates": {"soak": {"for": "1h"}, "age": {"min": "1h"}}},
    }
    replace_somewhere(chance.choice([main, app]), value, chance)
    outcome(written(main), written(app))


def replace_somewhere(node: Any, value: Any, chance: random.Random) -> None:
    while True:
        keys = list(node) if isinstance(node, dict) else range(len(node))
        key = chance.choice(list(keys))
        if not isinstance(node[key], dict | list) or not node[key] or chance.random() < 0.3:
            node[key] = value
            return
        node = node[key]


def written(value: Any) -> str:
    """YAML in one line, with the escapes of JSON."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{written(key)}: {written(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    if isinstance(value, str):
        return (
            '"'
            + "".join(
                f"\\U{ord(character):08x}" if not character.isalnum() else character for character in value
            )
            + '"'
        )
    return {None: "null", True: "true", False: "false"}.get(value, str(value))
