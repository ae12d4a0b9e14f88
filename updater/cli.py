"""The command line. Imports a command only when it is called, so that `--help` is quick."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn

import typer

from updater.errors import ConfigError, UpdaterError

if TYPE_CHECKING:
    from updater.config import Config
    from updater.wiring import Wired

app = typer.Typer(
    help="Keeps the image tags of a GitOps deploy repository right, environment by environment.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

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
    typer.Option("--cache-dir", envvar="UPDATER_CACHE_DIR", help="Where clones are kept between passes."),
]
Repository = Annotated[str | None, typer.Option("--repository", help="Only this deploy repository.")]
Output = Annotated[Literal["text", "json"], typer.Option("--output", help="For people, or for programs.")]
LogFormat = Annotated[
    Literal["text", "json"] | None,
    typer.Option("--log-format", help="Default: text in a terminal, else json."),
]
_CONFIG = Path("config")


def main() -> None:
    try:
        app()
    except ConfigError as error:
        _fail(error.sentence, 2)
    except UpdaterError as error:
        _fail(error.sentence, 1)
    except KeyboardInterrupt:
        _fail("interrupted", 130)


@app.command()
def demo(
    *,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave it running at the end, with its addresses.")
    ] = False,
    port: Annotated[int, typer.Option("--port", help="Of the updater's own pages; 0: any that is free.")] = 0,
) -> None:
    """Play the whole story in a sandbox on this machine: no account, nothing leaves it."""
    from updater import log
    from updater.commands.demo import demo as play
    from updater.service import serve

    log.configure()
    raise typer.Exit(play(port, serve if keep else None))


@app.command()
def run(config: ConfigDir = _CONFIG, cache_dir: CacheDir = None, log_format: LogFormat = None) -> None:
    """Watch and write until stopped."""
    from updater import log
    from updater.metrics import Metrics
    from updater.service import serve, warn
    from updater.wiring import Wired

    log.configure(log_format)
    settings, metrics = _config(config), Metrics()
    _check_secrets(settings)
    with Wired(settings, cache_dir or _cache(), observer=metrics.request, warn=warn) as wired:
        raise typer.Exit(serve(wired, metrics))


@app.command()
def once(
    config: ConfigDir = _CONFIG,
    cache_dir: CacheDir = None,
    repository: Repository = None,
    output: Output = "text",
) -> None:
    """One pass over each deploy repository, then end."""
    from updater.commands.once import once as command

    settings = _config(config)
    with _wired(settings, cache_dir) as wired:
        raise typer.Exit(command(wired, _known(repository, settings), output))


@app.command()
def plan(
    *,
    config: ConfigDir = _CONFIG,
    cache_dir: CacheDir = None,
    repository: Repository = None,
    output: Output = "text",
    check: Annotated[bool, typer.Option("--check", help="Exit 3 if something would be written.")] = False,
) -> None:
    """Show what would be written, to the byte, and write nothing."""
    from updater.commands.plan import plan as command

    settings = _config(config)
    with _wired(settings, cache_dir) as wired:
        raise typer.Exit(command(wired, _known(repository, settings), output, check=check))


@app.command()
def check(config: ConfigDir = _CONFIG, output: Output = "text") -> None:
    """Check the config and nothing else."""
    from updater.commands.check import check as command

    raise typer.Exit(command(_config(config), output))


@app.command("set-image")
def set_image(
    *,
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="A manifest, the folder of a kustomization, or -: stdin.")
    ],
    images: Annotated[
        list[str], typer.Argument(metavar="IMAGE=TAG[@DIGEST]...", help="What it shall say, any number.")
    ],
    kind: Annotated[
        str | None, typer.Option("--kind", help="Of the file; its name may say it.", show_default=False)
    ] = None,
    path: Annotated[
        str | None, typer.Option("--path", help="Where it stands in the file, such as image.tag.")
    ] = None,
    create: Annotated[bool, typer.Option("--create", help="Add what is missing.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 3 if it would change.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Show what changes.")] = False,
) -> None:
    """Set tags in one file, and change not one byte more."""
    from updater.commands.set_image import Call
    from updater.commands.set_image import set_image as command

    raise typer.Exit(command(Call(file, images, kind, path, create=create, check=check, diff=diff)))


def _config(folder: Path) -> Config:
    from updater.config import load

    return load(folder)


def _wired(config: Config, cache_dir: Path | None) -> Wired:
    from updater.wiring import Wired

    _check_secrets(config)
    return Wired(config, cache_dir or _cache())


def _check_secrets(config: Config) -> None:
    """Raises ConfigError where one that the config names is not set."""
    from updater.config import unset

    missing = unset(config, os.environ)
    if missing:
        raise ConfigError(*missing)


def _cache() -> Path:
    """As the XDG base directory specification has it."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "updater"


def _known(repository: str | None, config: Config) -> str | None:
    if repository is not None and repository not in config.repositories:
        names = ", ".join(config.repositories)
        raise ConfigError(
            f"--repository {repository}: the config has no such deploy repository, only {names}"
        )
    return repository


def _fail(sentence: str, status: int) -> NoReturn:
    sys.stderr.write(f"{sentence}\n")
    raise SystemExit(status)
