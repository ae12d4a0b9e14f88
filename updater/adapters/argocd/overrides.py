"""What an Application sets itself, whatever the repository says: images and values. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from updater.model import ANYTHING

_MOST = 5_000
"""Values of one source; what sets more may set anything."""
_DEEPEST = 50
_LARGEST = 64 * 1024
"""Characters of values in one text: what is longer takes seconds to read."""
_IMAGE = re.compile(r"\bimage\b")


def images_of(told: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of images that `kustomize` of a source sets to a tag. Raises TypeError or AttributeError."""
    kustomize = told.get("kustomize") or {}
    patched = any(_IMAGE.search(str(patch)) for patch in kustomize.get("patches") or [])
    return (*_names(kustomize.get("images") or []), *((ANYTHING,) if patched else ()))


def values_of(told: Mapping[str, Any]) -> tuple[str, ...]:
    """The paths of the values that `helm` of a source sets. Raises TypeError or AttributeError."""
    helm = told.get("helm") or {}
    named = [*(helm.get("parameters") or []), *(helm.get("fileParameters") or [])]
    found = [word(one.get("name")) or ANYTHING for one in named]
    found += _paths_in(word(helm.get("values")))
    found += _bounded(helm.get("valuesObject") or {})
    return tuple(dict.fromkeys(found))


def _names(overrides: Sequence[Any]) -> Iterator[str]:
    """As kustomize has them: `name:tag`, or `old=new:tag`; what sets no tag leaves that to the repository."""
    for override in map(word, overrides):
        old, _, new = override.rpartition("=")
        name, _, tag = new.partition("@") if "@" in new else new.rpartition(":")
        if name and tag and "/" not in tag:
            yield from (each for each in (old, name.partition("@")[0]) if each)


@lru_cache(maxsize=256)
def _paths_in(text: str) -> tuple[str, ...]:
    """Of a file of values that stands in the Application as one text."""
    if not text.strip():
        return ()
    if len(text) > _LARGEST:
        return (ANYTHING,)
    try:
        return _bounded(YAML(typ="safe", pure=True).load(text) or {})
    except (YAMLError, ValueError, RecursionError):
        return (ANYTHING,)


def _bounded(values: object) -> tuple[str, ...]:
    """Aliases can make much of little: what has too many values, or is too deep, may set anything."""
    found = tuple(islice(_walk(values, "", 0), _MOST + 1))
    return (ANYTHING,) if len(found) > _MOST else found


def _walk(values: object, path: str, depth: int) -> Iterator[str]:
    pairs: list[tuple[object, object]] = []
    if isinstance(values, dict) and values:
        pairs = list(values.items())
    elif isinstance(values, list) and values:
        pairs = list(enumerate(values))
    if path and (not pairs or depth == _DEEPEST):
        yield path
    for key, value in pairs if depth < _DEEPEST else ():
        yield from _walk(value, f"{path}.{key}" if path else str(key), depth + 1)


def word(value: object) -> str:
    """A text, or nothing. Raises TypeError."""
    if value is not None and not isinstance(value, str):
        raise TypeError
    return value or ""
