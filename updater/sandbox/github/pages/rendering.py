"""To render the templates of these pages. Pure, but that templates are read from beside this module."""

from datetime import UTC, datetime
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from updater.sandbox.github.state import Repository


class HomeLink(NamedTuple):
    """Where whoever looks at these pages came from."""

    title: str
    url: str


class Site(NamedTuple):
    """What all pages share. `button` is what a form has to carry; `home` is linked from each."""

    button: str
    home: HomeLink | None = None


def render(template: str, site: Site, repository: Repository | None = None, /, **shown: Any) -> str:  # noqa: ANN401
    """`repository` is that of the page; None where it is about none."""
    path = f"/{repository.full_name}" if repository else ""
    return _templates.get_template(template).render(site=site, repository=repository, path=path, **shown)


def when(instant: datetime | str) -> Markup:
    """Of GitHub's text, too; in UTC, so that no script is needed."""
    at = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
    utc = at.astimezone(UTC)
    return Markup('<time datetime="{:%Y-%m-%dT%H:%M:%SZ}">{:%d %b %Y, %H:%M} UTC</time>').format(utc, utc)


_templates = Environment(
    loader=PackageLoader("updater.sandbox.github.pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.filters["when"] = when
