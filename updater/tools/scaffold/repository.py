"""`updater scaffold repository`: a whole deploy repository, with the updater's config in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from shlex import quote

from pydantic import TypeAdapter

from updater.errors import ConfigError
from updater.runner import Exit
from updater.terminal import say
from updater.tools.scaffold.calls import checked, checked_choices
from updater.tools.scaffold.choices import AppNames, Choices, host
from updater.tools.scaffold.rendering import RenderedFile, render
from updater.tools.scaffold.writing import check_new, write_new
from updater.value_class import value_class

_SAID = {
    "org": "--org",
    "repository": "--repository",
    "branch": "--branch",
    "domain": "--domain",
    "language": "--language",
    "clusters": "--cluster",
    "without": "--without",
}

_NOT_GIVEN = "give --repository, since the name of DIR cannot be the repository's"


@value_class
class RepositoryOptions:
    """As it was typed."""

    folder: str
    org: str
    apps: tuple[str, ...]
    clusters: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    language: str = "en"
    domain: str = "example.org"
    branch: str = "main"
    repository: str | None = None


def new_repository(call: RepositoryOptions) -> Exit:
    """Raises ConfigError where something typed cannot be, Refused where nothing can be written."""
    if not call.folder:
        raise ConfigError("no folder is named: write the one to make")
    folder = Path(call.folder)
    check_new(folder)
    choices, apps = _checked(call, folder)
    files = rendered(choices, apps)
    write_new(folder, files)
    say(*_summary(call.folder, choices, files))
    return Exit.FINE


def texts(org: str, repository: str, apps: Sequence[str], *, without: Sequence[str] = ()) -> dict[str, str]:
    """Every file of such a repository, by its path, for who keeps it elsewhere than in a folder."""
    choices = Choices(org=org, repository=repository, without=tuple(without))
    return {file.path: file.text for file in rendered(choices, apps)}


def rendered(choices: Choices, apps: Sequence[str]) -> list[RenderedFile]:
    """Raises ConfigError where two of them would be one file, or names grow too long together."""
    for app in apps:
        check_names(app, choices)
    files = render(choices, apps)
    twice = next((path for path, number in Counter(file.path for file in files).items() if number > 1), None)
    if twice is not None:
        raise ConfigError(
            f"these apps and clusters would share {twice}: choose names that do not run together"
        )
    return files


def check_names(app: str, choices: Choices) -> None:
    """Argo CD tells what an Application made by a label. Raises ConfigError."""
    for overlay in choices.overlays:
        name = f"{app}-{overlay.name}"
        if len(name) > LONGEST_LABEL:
            raise ConfigError(
                f"{name!r}, which Argo CD is to know {app} by, is longer than {LONGEST_LABEL} characters: "
                "choose a shorter name"
            )


LONGEST_LABEL = 63


def check_hosts(app: str, others: Iterable[str], choices: Choices) -> None:
    """Two Ingresses of one host take each other's requests. Raises ConfigError."""
    own = {host(app, overlay, choices.domain) for overlay in choices.overlays}
    for other in others:
        shared = own & {host(other, overlay, choices.domain) for overlay in choices.overlays}
        if shared:
            raise ConfigError(
                f"{app} and {other} would both be reached as {min(shared)}: "
                "choose names that do not run together"
            )


def _checked(call: RepositoryOptions, folder: Path) -> tuple[Choices, tuple[str, ...]]:
    apps = checked("--app", TypeAdapter(AppNames), list(call.apps))
    if not apps:
        raise ConfigError("--app: is missing: name at least one app")
    values = {
        "org": call.org,
        "repository": call.repository or folder.absolute().name,
        "branch": call.branch,
        "domain": call.domain,
        "language": call.language,
        "clusters": list(call.clusters),
        "without": [part for parts in call.without for part in parts.split(",")],
    }
    choices = checked_choices(values, _SAID if call.repository else _SAID | {"repository": _NOT_GIVEN})
    for number, app in enumerate(apps):
        check_hosts(app, apps[:number], choices)
    return choices, apps


def _summary(folder: str, choices: Choices, files: Sequence[RenderedFile]) -> Iterator[str]:
    yield f"wrote {folder}: {len(files)} files"
    yield from (f"  {number:4} {place}" for place, number in _by_place(files))
    if choices.without:
        yield f"left out: {', '.join(choices.without)}"
    yield "next:"
    yield from (f"  {command}" for command in _next(folder, choices))


def _next(folder: str, choices: Choices) -> Iterator[str]:
    if not Path(folder).samefile(Path.cwd()):
        yield f"cd {quote(folder)}"
    yield "updater check --config updater"
    yield "updater audit --config updater"
    if not (Path(folder) / ".git").exists():
        yield f"git init -b {choices.branch}"
    yield "git add . && git commit -m 'Begin the deploy repository'"
    yield "# make the repository at GitHub, then"
    yield f"git push https://github.com/{choices.org}/{choices.repository}.git HEAD:{choices.branch}"
    yield "# with GITHUB_TOKEN, GHCR_USERNAME and GHCR_TOKEN set"
    yield "updater plan --config updater"


def _by_place(files: Iterable[RenderedFile]) -> list[tuple[str, int]]:
    """The first two folders, as a reader looks for things."""
    places = Counter("/".join(file.path.split("/")[:-1][:2]) or "(top)" for file in files)
    return sorted(places.items())
