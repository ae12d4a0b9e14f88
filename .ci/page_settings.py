"""The keys of a gate or a scheme, as the reference of the config has them, for its own page."""

from __future__ import annotations

from collections.abc import Iterator

from page_parts import table

from updater.config.models import Main
from updater.views.config_reference import Section, keys_of, sections
from updater.views.setting_types import Model, default_of, type_of

_SECTIONS = sections("updater.yaml", Main)
_PAGE = "../config.md"


def settings_of(path: str, model: Model | None = None) -> str:
    """The sections at that path and below it; with a model only the keys that it has."""
    found = [each for each in _SECTIONS if each.paths[0] == path or each.paths[0].startswith(f"{path}.")]
    assert found, f"{path} is no section of the reference"
    return "\n\n".join(_section(each) for each in found if model is None or each.model is model)


def keys_of_section(path: str, keys: tuple[str, ...]) -> str:
    """Some keys of a section."""
    section = next(each for each in _SECTIONS if each.paths[0] == path)
    rows = [row for row in _rows(section) if row[0].strip("`") in keys]
    return "\n\n".join([f"Of {_linked(section)}:", table(_HEAD, rows)])


_HEAD = ("key", "type", "default", "what it says")


def _section(section: Section) -> str:
    form = " ".join((section.model.__doc__ or "").split())
    told = f" Written {form}" if form.startswith("`") else ""
    return "\n\n".join([f"{_linked(section)}.{told}", table(_HEAD, list(_rows(section)))])


def _linked(section: Section) -> str:
    return f"[`{section.paths[0]}`]({_PAGE}#{section.anchor})"


def _rows(section: Section) -> Iterator[tuple[str, ...]]:
    links = {each.model: f"[mapping]({_PAGE}#{each.anchor})" for each in _SECTIONS}
    for key, field in keys_of(section.model):
        default = "**required**" if field.is_required() else _code(default_of(field))
        said = (field.description or "").replace("*", chr(92) + "*")
        yield (f"`{key}`", type_of(field, links), default, said)


def _code(text: str) -> str:
    return f"`{text}`" if text else ""
