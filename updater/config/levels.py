"""To know by an environment's name how near to the users it is. Pure."""

from __future__ import annotations

import re
from enum import IntEnum


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
LEVELS = {word: level for level, words in _WORDS.items() for word in words.split()}


def level(name: str) -> Level | None:
    """Of an environment with that name, or with that word in it; None where no word is known."""
    plain = name.lower().replace("_", "-").replace(".", "-")
    if plain in LEVELS:
        return LEVELS[plain]
    long = [word for word in LEVELS if "-" in word and re.search(rf"(?:^|-){word}(?:-|$)", plain)]
    short = [word for word in reversed(plain.split("-")) if word in LEVELS]
    return next((LEVELS[word] for word in (*long, *short)), None)
