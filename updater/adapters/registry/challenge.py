"""To read what a WWW-Authenticate header asks for. Pure."""

from __future__ import annotations

import re
from typing import TypeAlias

from updater.value_class import value_class

_PART = re.compile(
    r'[\s,]*(?:(?P<key>[\w!#$%&\'*+.^`|~-]+)\s*=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>[^\s,"]+))'
    r"|(?P<scheme>[\w-]+)(?=\s|,|$))"
)


@value_class
class Bearer:
    realm: str
    service: str | None = None


@value_class
class Basic:
    pass


Challenge: TypeAlias = Bearer | Basic


def parse_challenge(header: str | None) -> Challenge | None:
    """The challenge we can meet, a token before a password; None where there is none."""
    challenges = _split(header or "")
    for scheme, values in challenges:
        if scheme == "bearer" and values.get("realm"):
            return Bearer(values["realm"], values.get("service"))
    return Basic() if any(scheme == "basic" for scheme, _ in challenges) else None


def _split(header: str) -> list[tuple[str, dict[str, str]]]:
    challenges: list[tuple[str, dict[str, str]]] = []
    position = 0
    while (match := _PART.match(header, position)) is not None:
        position = match.end()
        if match["scheme"]:
            challenges.append((match["scheme"].lower(), {}))
        elif challenges:
            challenges[-1][1].setdefault(match["key"].lower(), _value(match))
    return challenges


def _value(match: re.Match[str]) -> str:
    if match["quoted"] is None:
        return match["plain"]
    return re.sub(r"\\(.)", r"\1", match["quoted"])
