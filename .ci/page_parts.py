"""What a page of the reference is made of: its examples, and the blocks that `make docs` writes into it.

Examples are fenced blocks whose first line names a file, `# config/updater.yaml`. Blocks stand between the
comments `<!-- made: NAME -->` and `<!-- end -->`; all else is written by hand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from updater.config import Config, Policy, load
from updater.model import Placement

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "docs/reference"
PRODUCTION, STAGING = Placement("production", "shop"), Placement("staging", "shop")
_FILE = re.compile(r"^```[a-z]*\n# (?P<path>[\w./-]+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
_MADE = re.compile(r"<!-- made: (?P<name>[a-z ]+) -->\n.*?<!-- end -->", re.DOTALL)


def text_of(page: str) -> str:
    """Of a page below docs/reference/, such as `gates/soak.md`."""
    assert (REFERENCE / page).exists(), f"write docs/reference/{page}, with the headings of its neighbours"
    return (REFERENCE / page).read_text(encoding="utf-8")


def files_in(text: str) -> Mapping[str, str]:
    """Every file that a page shows, by the path in its first line; that line is no part of it."""
    return {match["path"]: match["text"] for match in _FILE.finditer(text)}


@cache
def config_in(text: str) -> Config:
    """What the page shows as config/, loaded as `updater check` loads it. Raises ConfigError."""
    with TemporaryDirectory() as directory:
        for path, written in files_in(text).items():
            if path.startswith("config/"):
                target = Path(directory) / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(written, encoding="utf-8")
        return load(Path(directory) / "config")


def policy_in(text: str, placement: Placement = PRODUCTION) -> Policy:
    return config_in(text).policies[placement]


def filled(text: str, made: Callable[[str], str]) -> str:
    """The page with each block as it is made now, by its name."""
    return _MADE.sub(lambda match: f"<!-- made: {match[1]} -->\n{made(match[1])}\n<!-- end -->", text)


def blocks_in(text: str) -> tuple[str, ...]:
    return tuple(match["name"] for match in _MADE.finditer(text))


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """In Markdown."""
    lines = [" | ".join(cell.replace("|", chr(92) + "|") for cell in row) for row in rows]
    heads = [" | ".join(head), "|".join("---" for _ in head)]
    return "\n".join([f"| {heads[0]} |", f"|{heads[1]}|", *(f"| {line} |" for line in lines)])


def quoted(text: str) -> str:
    """As a block quote."""
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())
