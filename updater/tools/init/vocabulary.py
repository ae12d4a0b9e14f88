"""To know an environment by its name, and to make names that config takes. Pure."""

from __future__ import annotations

import re
from enum import IntEnum

from updater.config.names import LONGEST


class Level(IntEnum):
    """How near to the users; what is apart takes no part in any order."""

    APART = 0
    DEVELOPMENT = 1
    TEST = 2
    STAGING = 3
    ACCEPTANCE = 4
    PREPRODUCTION = 5
    PRODUCTION = 6


_WORDS = {
    Level.APART: "local preview previews sandbox demo ephemeral review",
    Level.DEVELOPMENT: "dev develop development alpha",
    Level.TEST: "test testing tst qa int integration nonprod non-prod nonproduction non-production",
    Level.STAGING: "stage staging stg beta",
    Level.ACCEPTANCE: "uat acc acceptance",
    Level.PREPRODUCTION: "preprod pre-prod preproduction pre-production",
    Level.PRODUCTION: "prod production prd live",
}
_LEVELS = {word: level for level, words in _WORDS.items() for word in words.split()}
_ALSO_OTHER_THINGS = frozenset({"alpha", "beta", "acc", "int", "demo", "local", "review", "integration"})
_CLUSTER = re.compile(
    r"(?:.*[-_])?(?:cluster|region|site)s?(?:[-_]?[a-z0-9]+)*"
    r"|(?:af|ap|ca|cn|eu|me|sa|us|asia|europe)[-_](?:central|east|north|south|west|northeast|southeast).*"
)


def level(name: str) -> Level | None:
    """Of an environment with that name, or with that word in it; None where no word is known."""
    plain = name.lower().replace("_", "-").replace(".", "-")
    if plain in _LEVELS:
        return _LEVELS[plain]
    long = [word for word in _LEVELS if "-" in word and re.search(rf"(?:^|-){word}(?:-|$)", plain)]
    short = [word for word in reversed(plain.split("-")) if word in _LEVELS]
    return next((_LEVELS[word] for word in (*long, *short)), None)


def is_environment(word: str, *, alone: bool = False) -> bool:
    """Is that very word; `alone`: also where nothing around it says that an environment is meant."""
    plain = word.lower()
    return plain in _LEVELS and not (alone and plain in _ALSO_OTHER_THINGS)


def is_cluster(word: str) -> bool:
    return _CLUSTER.fullmatch(word.lower()) is not None


def name_of(text: str) -> str:
    """As config takes it; different texts may become the same name."""
    plain = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    return plain[:LONGEST].strip("-") or "unnamed"
