"""What several commands take, and how it becomes a config and what runs on it."""

from __future__ import annotations

import getpass
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from typer.core import TyperCommand

from updater.cli.progress_bars import progress_for
from updater.errors import ConfigError
from updater.terminal import warn

if TYPE_CHECKING:
    from updater.config import Config
    from updater.wiring import Updater

ConfigDir = Annotated[
    Path,
    typer.Option(
        "--config",
        envvar="UPDATER_CONFIG",
        help="The folder with updater.yaml and apps/.",
        show_default="config",
    ),
]
CacheDir = Annotated[
    Path | None,
    typer.Option(
        "--cache-dir",
        envvar="UPDATER_CACHE_DIR",
        help="Where clones are kept between passes.",
        show_default="~/.cache/updater",
    ),
]
Repository = Annotated[str | None, typer.Option("--repository", help="Only this deploy repository.")]
Output = Annotated[Literal["text", "json"], typer.Option("--output", help="For people, or for programs.")]
Strict = Annotated[bool, typer.Option("--strict", help="Exit 1, too, where an app is blocked or failing.")]
LogFormat = Annotated[
    Literal["text", "json"] | None,
    typer.Option("--log-format", help="Default: text in a terminal, else json."),
]
AppName = Annotated[str, typer.Argument(metavar="APP", help="An app of the config.")]
EnvironmentName = Annotated[str, typer.Argument(metavar="ENVIRONMENT", help="One that the app is in.")]
CONFIG = Path("config")


class Spoken(TyperCommand):
    """Its help has no type of Python's behind what may be said any number of times."""

    def get_help(self, ctx: Any) -> str:  # noqa: ANN401 - of a class that typer keeps to itself
        return super().get_help(ctx).replace(" <list[str]>", "")


def load_config(folder: Path) -> Config:
    from updater.config import load

    return load(folder)


def load_checkout(config: Config, folder: Path, repository: str | None) -> Config:
    """The config with the apps that a work tree declares. Raises ConfigError with all that is wrong there."""
    from updater.config import completed_from

    name = check_repository(repository, config) or next(iter(config.repositories))
    if repository is None and len(config.repositories) > 1:
        names = ", ".join(config.repositories)
        sentence = f"the config has several deploy repositories: say --repository, one of {names}"
        raise ConfigError(f"--checkout {folder}: {sentence}")
    completed = completed_from(config, folder, name)
    if completed.faults:
        raise ConfigError(*completed.faults)
    return completed


def open_updater(config: Config, cache_dir: Path | None, output: str) -> Updater:
    from updater.wiring import Updater

    check_secrets(config, served=False)
    opened = Updater(config, check_cache_dir(cache_dir or default_cache()), progress=progress_for(output))
    opened.complete()
    return opened


def check_cache_dir(cache: Path) -> Path:
    """Raises ConfigError where nothing can be kept there."""
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"--cache-dir {cache}: cannot be made ({error.strerror}): name a folder of yours"
        ) from None
    if not os.access(cache, os.W_OK | os.X_OK):
        raise ConfigError(f"--cache-dir {cache}: may not be written to: name a folder of yours")
    return cache


def check_secrets(config: Config, *, served: bool = True) -> None:
    """Raises ConfigError where one that the config names is not set, and nobody can do without it."""
    from updater.config import stopping_secrets

    missing = stopping_secrets(config, os.environ, served=served)
    if missing:
        raise ConfigError(*missing)


def default_cache() -> Path:
    """As the XDG base directory specification has it."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "updater"


def check_repository(repository: str | None, config: Config) -> str | None:
    if repository is not None and repository not in config.repositories:
        from updater.config.not_known import unknown

        raise ConfigError(f"--repository: {unknown('deploy repository', repository, config.repositories)}")
    return repository


_ACTORS = ("GITHUB_ACTOR", "GITLAB_USER_LOGIN", "BUILD_REQUESTEDFOR", "SUDO_USER")
"""Where GitHub, GitLab and Azure Pipelines, and sudo, say which person is behind a command."""
_NOBODY = ("root", "nobody", "updater")
"""Accounts that a container runs as, and no person's."""


def who_orders(by: str | None) -> str:
    """A person, as far as one is known; else the account here."""
    return by or next(filter(None, map(os.environ.get, _ACTORS)), None) or _account()


def warn_of_account(who: str) -> None:
    """After an order was carried out that no person's name stands under."""
    if who in _NOBODY:
        warn(f"nobody said who orders this: it is recorded as by {who}; say --by NAME")


def _account() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "nobody"
