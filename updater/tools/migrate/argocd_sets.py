"""The Applications that an ApplicationSet makes, as far as its generators ask the files alone. Pure.

Source: https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators/
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from updater.printable import printable
from updater.tools.migrate.checkout import Checkout
from updater.tools.migrate.documents import Said
from updater.tools.migrate.found import NotCarriedOver

_MOST = 1000
"""Applications of one set."""


def applications_of(one: Said, checkout: Checkout) -> list[Said]:
    """Its template, filled in for each. Raises NotCarriedOver."""
    template, found = one.get("spec", "template"), list[Said]()
    if one.get("spec", "templatePatch").is_there:
        raise NotCarriedOver("an ApplicationSet with a templatePatch: its Applications are not in the files")
    for generator in one.get("spec", "generators").items():
        for values in _generated(generator, checkout):
            found.append(replace(template, values=values))
            if len(found) > _MOST:
                raise NotCarriedOver(f"an ApplicationSet of more than {_MOST:,} Applications")
    return found


def _generated(generator: Said, checkout: Checkout) -> Iterator[Mapping[str, str]]:
    """Raises NotCarriedOver for what only the cluster or a forge knows."""
    if generator.get("list", "elements").is_there:
        for element in generator.get("list", "elements").items():
            yield {name: value.text for name, value in element.pairs()}
    elif generator.get("git", "directories").is_there:
        yield from map(_of_folder, _folders(generator.get("git", "directories"), checkout))
    elif generator.get("matrix", "generators").is_there:
        yield from _combined(list(generator.get("matrix", "generators").items()), checkout)
    else:
        kind = next((name for name, _ in generator.pairs()), "")
        raise NotCarriedOver(
            f"an ApplicationSet by the generator {printable(kind)[:40]}: its Applications are not in files"
        )


def _combined(generators: Sequence[Said], checkout: Checkout) -> Iterator[Mapping[str, str]]:
    """Each of one with each of the other, which may name what the first says."""
    if not generators:
        yield {}
        return
    for values in _generated(generators[0], checkout):
        rest = [replace(one, values={**one.values, **values}) for one in generators[1:]]
        for others in _combined(rest, checkout):
            yield {**values, **others}


def _folders(directories: Said, checkout: Checkout) -> Sequence[str]:
    taken, refused = list[re.Pattern[str]](), list[re.Pattern[str]]()
    for one in directories.items():
        (refused if one.get("exclude").is_true else taken).append(_glob(one.get("path").text))
    folders = {"/".join(parts[:depth]) for parts in _parents(checkout) for depth in range(1, len(parts) + 1)}
    return [
        folder
        for folder in sorted(folders)
        if any(one.fullmatch(folder) for one in taken) and not any(one.fullmatch(folder) for one in refused)
    ]


def _parents(checkout: Checkout) -> set[tuple[str, ...]]:
    return {tuple(file.split("/")[:-1]) for file in checkout.files}


def _glob(text: str) -> re.Pattern[str]:
    """A star stays within a folder."""
    parts = re.split(r"(\*|\?)", text)
    return re.compile("".join({"*": "[^/]*", "?": "[^/]"}.get(part, re.escape(part)) for part in parts))


def _of_folder(folder: str) -> Mapping[str, str]:
    """By the names that templates have for it, with a dot in front or without."""
    parts = folder.split("/")
    base = parts[-1]
    plain = re.sub(r"[^a-z0-9-]+", "-", base.lower())
    numbered = {f"path[{number}]": part for number, part in enumerate(parts)}
    return numbered | {
        "path": folder,
        "path.path": folder,
        "path.basename": base,
        "path.basenameNormalized": plain,
    }
