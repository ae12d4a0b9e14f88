"""The page of the documentation that lists every key of the config, made from the models. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from updater.config.breaker import Breaker
from updater.config.chart_settings import ChartSettings
from updater.config.environments import Environment, Override
from updater.config.gate_settings import Gates
from updater.config.models import App, Main
from updater.config.placing import PinOverride
from updater.config.prometheus import Prometheus
from updater.config.registries import Registry
from updater.config.tag_settings import Tags
from updater.config.teams.guardrails import Guardrail
from updater.config.teams.keys import by_teams
from updater.config.teams.source import AppSource
from updater.config.verifying import VerifySettings
from updater.config.watching import AlertSettings, MetricSettings
from updater.config.waves import Waves
from updater.gates import GATES
from updater.schemes import SCHEMES
from updater.value_class import value_class
from updater.views.setting_types import Model, default_of, example_of, models_in, type_of

_MORE: Mapping[Model, str] = {
    Environment: "patterns.md",
    App: "patterns.md",
    Tags: "tags.md",
    ChartSettings: "charts.md",
    Registry: "registries.md",
    Prometheus: "../how-to/monitoring.md",
    AlertSettings: "../how-to/monitoring.md",
    MetricSettings: "../how-to/monitoring.md",
    VerifySettings: "../explanation/verification.md",
    Waves: "../how-to/waves.md",
    AppSource: "../how-to/teams.md",
    Guardrail: "../how-to/teams.md",
    Breaker: "../explanation/rollback.md",
    **{gate: f"gates/{name}.md" for name, gate in GATES.items()},
    **{scheme: f"schemes/{name}.md" for name, scheme in SCHEMES.items()},
}
"""The page that says more, seen from docs/reference/."""
_WITH_TEAMS = {App, Override, PinOverride, Gates}
"""Of whose keys some are for teams, and others are not."""
_SEVERAL = 2


@value_class
class Section:
    """A model, and every path it stands at; the first is the shortest."""

    model: Model
    paths: tuple[str, ...]
    root: Model

    @property
    def heading(self) -> str:
        if self.model is self.root:
            return f"## {self.paths[0]}"
        return f"### `{self.paths[0]}`{' of an app' if self.root is App else ''}"

    @property
    def anchor(self) -> str:
        """As GitHub makes it of the heading."""
        heading = self.heading.lstrip("# ").lower()
        kept = (letter for letter in heading if letter.isalnum() or letter in "-_ ")
        return "".join(kept).replace(" ", "-")


def page() -> str:
    """In Markdown."""
    lines = list(_HEAD)
    for title, root in (("updater.yaml", Main), ("apps/*.yaml", App)):
        lines += _document(title, root)
    return "\n".join([*lines, ""])


def sections(title: str, root: Model) -> tuple[Section, ...]:
    """Of a document, in the order of the file: each model where it stands first."""
    found: dict[Model, list[str]] = {root: [title]}
    _gather(root, "", found)
    return tuple(
        Section(model, tuple(sorted(_together(paths), key=_depth)), root) for model, paths in found.items()
    )


def keys_of(model: Model) -> Iterator[tuple[str, FieldInfo]]:
    """As a user writes them."""
    for name, field in model.model_fields.items():
        yield field.alias or name, field


_HEAD = (
    "# Every key of the config",
    "",
    "What stands in `updater.yaml` and in the files under `apps/`: each key with its type, what counts where",
    "it is left out, and what it says. `config/` has the same as an annotated example, and `updater schema`",
    "as a JSON Schema, by which editors complete and check. A duration is written like `90s`, `30m`, `1h30m`",
    "or `7d`. What is in capitals, as `NAME`, is a word of your own. What may be written *in short* is shown",
    "where the key has its section.",
    "",
    "This page is made from the code (`make docs`).",
)
_OF_APPS = (
    "",
    "One app, or a list of apps, in any number of files. What an app says of an environment counts before",
    "what the environment says; what it leaves out comes from there. *Team* says what may also stand in the",
    "file that a team keeps in the deploy repository; the rest is the operator's, and where a pin stands has",
    "a condition: [who may say what](../how-to/teams.md#what-a-team-may-say).",
)
_A_LIST_OF_WAVES = ("`NAME`", "list of lists of environments", "", "", "a list of waves, by a name of yours")


def _gather(model: Model, at: str, found: dict[Model, list[str]]) -> None:
    for key, field in keys_of(model):
        for inner, steps in models_in(field):
            path = f"{at}{key}{steps}"
            known = inner in found
            found.setdefault(inner, []).append(path)
            if not known:
                _gather(inner, f"{path}.", found)


def _together(paths: Sequence[str]) -> Iterator[str]:
    """Neighbours below one key are told as one: `templates.NAME`."""
    for parent, group in groupby(paths, lambda path: path.rpartition(".")[0]):
        names = list(group)
        yield names[0] if len(names) < _SEVERAL or not parent else f"{parent}.NAME"


def _depth(path: str) -> int:
    return path.count(".")


def _document(title: str, root: Model) -> Iterator[str]:
    told = sections(title, root)
    main = {} if root is Main else {each.model: each for each in sections("updater.yaml", Main)}
    links = {each.model: each for each in told} | main
    for section in told:
        if section.model not in main:
            yield from _section(section, links)


def _section(section: Section, links: Mapping[Model, Section]) -> Iterator[str]:
    yield from ("", section.heading)
    if section.model is App:
        yield from _OF_APPS
    yield from _said(section)
    teams = section.model in _WITH_TEAMS
    yield from ("", f"| key | type | default | example | {'team | ' if teams else ''}what it says |")
    yield f"|---|---|---|---|{'---|' if teams else ''}---|"
    for key, field in keys_of(section.model):
        own = [_team(section.model, key)] if teams else []
        default = "**required**" if field.is_required() else _code(default_of(field))
        told = (_code(key), type_of(field, _linked(links)), default, _code(_example(field)))
        yield _row(*told, *own, (field.description or "").replace("*", chr(92) + "*"))
    if section.model.model_config.get("extra") == "allow":
        yield _row(
            _code("NAME"), "list of lists of environments", "", "", "one list of waves, by a name of yours"
        )


def _example(field: FieldInfo) -> str:
    """Only where nothing else shows how it is written."""
    shown = default_of(field) or "such as" in (field.description or "")
    return "" if shown and not field.is_required() else example_of(field)


def _said(section: Section) -> Iterator[str]:
    """What the model itself says, where else it stands, and which page says more."""
    also = ", ".join(map(_code, section.paths[1:]))
    if also:
        yield from ("", f"The same at {also}.")
    if form := _form(section.model):
        yield from ("", f"{form}")
    if more := _MORE.get(section.model):
        yield from ("", f"More: [{more.rpartition('/')[2]}]({more}).")


def _form(model: Model) -> str:
    """Of a gate or a scheme: how it is written in short."""
    text = " ".join((model.__doc__ or "").split())
    return text if model in {*GATES.values()} or ("`" in text and "{" in text) else ""


def _team(model: Model, key: str) -> str:
    if model is Gates:
        return "yes" if GATES[key].by_teams else "no"
    names = {field.alias or name: name for name, field in model.model_fields.items()}
    return "yes" if by_teams(model, names[key]) else "no"


def _linked(links: Mapping[Model, Section]) -> Mapping[type[BaseModel], str]:
    return {model: f"[mapping](#{section.anchor})" for model, section in links.items()}


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _code(text: str) -> str:
    return f"`{text}`" if text else ""
