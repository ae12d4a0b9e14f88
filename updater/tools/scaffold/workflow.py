"""`updater scaffold workflow`: the workflow of an app's repository. Prints; writes nothing."""

from __future__ import annotations

from typing import TypeVar

from jinja2 import Environment, PackageLoader, StrictUndefined
from pydantic import TypeAdapter, ValidationError

from updater.config.repositories import Branch
from updater.errors import ConfigError
from updater.gates.platforms import Platforms
from updater.model import Image
from updater.runner import Exit
from updater.terminal import say
from updater.value_class import value_class

T = TypeVar("T")

_GHCR = "ghcr.io"
# GitHub's own expressions keep their braces.
_templates = Environment(
    loader=PackageLoader("updater.tools.scaffold"),
    autoescape=False,  # noqa: S701 - YAML; what is filled in was checked to be plain names
    undefined=StrictUndefined,
    keep_trailing_newline=True,
    variable_start_string="[[",
    variable_end_string="]]",
    block_start_string="[%",
    block_end_string="%]",
)


@value_class
class WorkflowOptions:
    """As it was typed."""

    image: str
    branch: str
    platforms: tuple[str, ...]


def workflow(call: WorkflowOptions) -> Exit:
    """Print the GitHub Actions workflow that builds, tags and signs an app's image. Raises ConfigError."""
    image, branch = _image(call.image), _checked("--branch", TypeAdapter(Branch), call.branch)
    built = _checked("--platform", TypeAdapter(Platforms), list(call.platforms))
    text = _templates.get_template("build.yaml.j2").render(
        image=image,
        branch=branch,
        platforms=",".join(built.required),
        identity=f"https://github.com/{image.name}/.github/workflows/build.yml@refs/heads/{branch}",
    )
    say(*text.splitlines())
    return Exit.FINE


def _image(text: str) -> Image:
    """Raises ConfigError: `GITHUB_TOKEN` pushes to GHCR only."""
    try:
        image = Image.parse(text)
    except ValueError as error:
        raise ConfigError(f"IMAGE: {error}") from None
    if image.registry != _GHCR:
        raise ConfigError(f"IMAGE: {image} is not at {_GHCR}, where a workflow may push without a secret")
    return image


def _checked(option: str, kind: TypeAdapter[T], value: object) -> T:
    """Raises ConfigError."""
    try:
        return kind.validate_python(value)
    except ValidationError as error:
        said = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise ConfigError(f"{option}: {said}") from None
