"""To fill templates in, and to keep paths inside the repository. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from updater.config.wildcards import STAR
from updater.model import Placement
from updater.strict_yaml.faults import unknown_word

_TEMPLATE = re.compile(r"\{([^{}]*)\}")


def fill_path(template: str, placement: Placement) -> str:
    """`{app}`, `{environment}`, `{cluster}`. Raises ValueError."""
    values = _values(placement)
    for word in _TEMPLATE.findall(template):
        if word == "cluster" and word not in values:
            raise ValueError(f"{{cluster}} needs an environment named cluster/…, not {placement.environment}")
        if word not in values:
            raise ValueError(unknown_word("template", word, values))
    text = _TEMPLATE.sub(lambda match: values[match[1]], template)
    if "{" in text or "}" in text:
        raise ValueError(f"{template!r} has a lone brace: write templates like {{app}}")
    return text


def leads_to(template: str, environment: str) -> bool:
    """Whether a path says which of a pattern's environments it is of."""
    words = _TEMPLATE.findall(template)
    return "environment" in words or ("cluster" in words and STAR in environment.partition("/")[0])


def path_expression(template: str, environment: str, app: str) -> re.Pattern[str]:
    """What such a path looks like. Environment and app may have a star; the group `match` is the former's.

    The same star stands for the same everywhere. Below a folder, its files match, too.
    """
    words = {"environment": environment, "cluster": environment.partition("/")[0], "app": app}
    parts, known = list[str](), set[str]()
    for number, part in enumerate(_TEMPLATE.split(normalise_path(template))):
        group = "app" if part == "app" else "match"
        text = words[part] if number % 2 else None
        parts.append(re.escape(part) if text is None else _starred(text, group, known))
    return re.compile("".join(parts) + "(?:/[^/]+)?")


def _starred(text: str, group: str, known: set[str]) -> str:
    before, star, behind = text.partition(STAR)
    if not star:
        return re.escape(text)
    stands_for = f"(?P={group})" if group in known else f"(?P<{group}>[^/]+)"
    known.add(group)
    return re.escape(before) + stands_for + re.escape(behind)


def normalise_path(path: str) -> str:
    """Without `./`, `//` and a trailing `/`. Raises ValueError where it is none inside the repository."""
    parts = [part for part in path.split("/") if part not in {"", "."}]
    if path.startswith("/") or ".." in parts:
        raise ValueError(f"{path!r} leaves the repository: write it from the repository's root, without ..")
    if not path.isprintable() or "\\" in path or any(part != part.strip() for part in path.split("/")):
        raise ValueError(f"{path!r} is no path: write plain names with / between them")
    if not path or ".git" in [part.lower() for part in parts]:
        raise ValueError(f"{path!r} is no folder or file of the repository: name one of its own")
    return "/".join(parts) or "."


def _values(placement: Placement) -> Mapping[str, str]:
    cluster, slash, _ = placement.environment.partition("/")
    values = {"app": placement.config_app, "environment": placement.environment}
    return {**values, "cluster": cluster} if slash else values
