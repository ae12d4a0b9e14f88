"""To know the words of a path, and to make names that config takes. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from updater.config.levels import LEVELS
from updater.config.names import LONGEST

_ALSO_OTHER_THINGS = frozenset({"alpha", "beta", "acc", "int", "demo", "local", "review", "integration"})
SHORT_FOR: Mapping[str, str] = MappingProxyType(
    {"prod": "production", "stg": "staging", "stage": "staging", "dev": "development"}
)
_CLUSTER = re.compile(
    r"(?:.*[-_])?(?:cluster|region|site)s?(?:[-_]?[a-z0-9]+)*"
    r"|(?:af|ap|ca|cn|eu|me|sa|us|asia|europe)[-_](?:central|east|north|south|west|northeast|southeast).*"
)


def is_environment(word: str, *, alone: bool = False) -> bool:
    """Is that very word; `alone`: also where nothing around it says that an environment is meant."""
    plain = word.lower()
    return plain in LEVELS and not (alone and plain in _ALSO_OTHER_THINGS)


def is_cluster(word: str) -> bool:
    return _CLUSTER.fullmatch(word.lower()) is not None


def name_of(text: str) -> str:
    """As config takes it; different texts may become the same name."""
    plain = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    return plain[:LONGEST].strip("-") or "unnamed"
