"""To render the templates of a deploy repository: the path of each says where it goes, and how often.

`templates/repository/<part>/<path in the repository>`; `argocd+helm` is in where both parts are.
`__app__`, `__environment__`, `__overlay__` and their kin in a path repeat the file for each of them.
`NAME.ko.md` is what the Korean of `NAME.md` is made from. What renders to nothing is not written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from updater.tools.scaffold.choices import ENVIRONMENTS, REGISTRY, Choices, Overlay, host, namespace
from updater.value_class import value_class

_TEMPLATES = Path(__file__).parent / "templates" / "repository"
_PLACEHOLDER = re.compile(r"__([a-z]+(?:_[a-z]+)*)__")
_OF_OVERLAYS = frozenset({"overlay", "overlay_name", "values_name"})
_LANGUAGE = re.compile(r"(?P<before>.+)\.(?P<language>ko)(?P<after>\.[a-z]+)")

Context = dict[str, Any]


@value_class
class RenderedFile:
    path: str
    """From the repository's root."""
    text: str
    app: str | None = None
    """Whose it is, where it is one app's own."""

    @property
    def executable(self) -> bool:
        return self.path.endswith(".sh")


@value_class
class _Template:
    name: str
    parts: frozenset[str]
    path: str
    language: str | None

    @property
    def placeholders(self) -> frozenset[str]:
        return frozenset(_PLACEHOLDER.findall(self.path))


def render(choices: Choices, apps: Sequence[str]) -> list[RenderedFile]:
    """All files of a deploy repository with these apps, by path."""
    return sorted(_rendered(choices, tuple(apps)), key=lambda file: file.path)


def _rendered(choices: Choices, apps: tuple[str, ...]) -> Iterator[RenderedFile]:
    common = _common(choices, apps)
    for template in _chosen(choices):
        loaded = _environment().get_template(template.name)
        for own in _repetitions(template, choices, apps):
            text = loaded.render(common | own)
            if text.strip():
                yield RenderedFile(_filled_in(template.path, own), text, own.get("app"))


def _filled_in(path: str, own: Context) -> str:
    return _PLACEHOLDER.sub(lambda found: str(own[found[1]]), path)


def _chosen(choices: Choices) -> list[_Template]:
    """Of each file that is in, the language asked for, where there is a choice."""
    found: dict[str, _Template] = {}
    for template in _templates():
        is_in = template.parts <= choices.parts and template.language in {None, choices.language}
        if is_in and (template.language is not None or template.path not in found):
            found[template.path] = template
    return list(found.values())


@cache
def _templates() -> tuple[_Template, ...]:
    return tuple(map(_template, _environment().list_templates()))


def _template(name: str) -> _Template:
    part, _, path = name.partition("/")
    said = _LANGUAGE.fullmatch(path)
    if said is not None:
        path = said["before"] + said["after"]
    return _Template(name, frozenset(part.split("+")), path, said and said["language"])


@cache
def _environment() -> Environment:
    """GitHub's expressions and Helm's templates keep their braces."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=False,  # noqa: S701 - YAML, shell and Markdown; what is filled in was checked to be plain names
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        variable_start_string="[[",
        variable_end_string="]]",
        block_start_string="[%",
        block_end_string="%]",
        comment_start_string="[#",
        comment_end_string="#]",
    )
    environment.filters["overlay_of"] = _overlay_of
    return environment


def _overlay_of(path: str) -> Overlay:
    """Of its path, as `overlays` has them."""
    return Overlay(*reversed(path.split("/")))


def _common(choices: Choices, apps: tuple[str, ...]) -> Context:
    """`staging` and `production` as the config names them, on the first of several clusters."""
    staging, production = choices.overlays[:2]
    return {
        "org": choices.org,
        "apps": apps,
        "clusters": choices.clusters,
        "environments": ENVIRONMENTS,
        "overlays": [overlay.path for overlay in choices.overlays],
        "staging": staging.path,
        "production": production.path,
        "staging_host": host("my-app", staging, choices.domain),
        "domain": choices.domain,
        "repository": f"https://github.com/{choices.org}/{choices.repository}",
        "repository_name": choices.repository,
        "branch": choices.branch,
        "language": choices.language,
        "registry": REGISTRY,
        "parts": choices.parts,
        "without": choices.without,
        "namespace": namespace,
        "cluster": "",
    }


def _repetitions(template: _Template, choices: Choices, apps: tuple[str, ...]) -> Iterator[Context]:
    for placed in _places(template.placeholders, choices):
        for app in apps if "app" in template.placeholders else ():
            yield placed | _of_app(app, choices, placed)
        if "app" not in template.placeholders:
            yield placed


def _places(placeholders: frozenset[str], choices: Choices) -> Iterator[Context]:
    if placeholders & _OF_OVERLAYS:
        yield from map(_of_overlay, choices.overlays)
    elif "environment" in placeholders:
        yield from ({"environment": environment} for environment in ENVIRONMENTS)
    elif "cluster" in placeholders:
        yield from ({"cluster": cluster} for cluster in choices.clusters)
    else:
        yield {}


def _of_overlay(overlay: Overlay) -> Context:
    return {
        "environment": overlay.environment,
        "cluster": overlay.cluster,
        "overlay": overlay.path,
        "overlay_name": overlay.name,
        "values_name": overlay.values,
        "up_to_infra": "/".join([".."] * (4 + bool(overlay.cluster))),
    }


def _of_app(app: str, choices: Choices, placed: Context) -> Context:
    common = {"app": app, "image": f"{REGISTRY}/{choices.org}/{app}"}
    if "environment" not in placed:
        return common
    overlay = Overlay(placed["environment"], placed.get("cluster", ""))
    return common | {"host": host(app, overlay, choices.domain)}
