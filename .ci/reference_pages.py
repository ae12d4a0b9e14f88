"""The pages of the reference that are written by hand around blocks that are made, by their paths."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import gate_pages
import manifest_pages
import scheme_pages

FAMILIES = {"gates": gate_pages, "schemes": scheme_pages, "manifests": manifest_pages}


def _pages(folder: str) -> Mapping[str, Callable[[], str]]:
    family, path = FAMILIES[folder], f"docs/reference/{folder}"
    own = {f"{path}/{name}.md": partial(family.page, name) for name in family.NAMES}
    return {f"{path}/index.md": family.index, **own}


PAGES = {path: made for folder in FAMILIES for path, made in _pages(folder).items()}
