"""The commands that run passes, demo, run, once; and probe, which asks whether they go on."""

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from updater.cli.options import (
    CONFIG,
    CacheDir,
    ConfigDir,
    LogFormat,
    Output,
    Repository,
    Spoken,
    Strict,
    check_cache_dir,
    check_repository,
    check_secrets,
    default_cache,
    load_config,
    open_updater,
)
from updater.errors import ConfigError

if TYPE_CHECKING:
    from updater.config import Config

app = typer.Typer()


@app.command()
def demo(
    *,
    keep: Annotated[
        bool,
        typer.Option("--serve", "--keep", help="Leave it running at the end, with its page and addresses."),
    ] = False,
    port: Annotated[
        int,
        typer.Option(
            "--port",
            metavar="<int>",
            min=0,
            max=65535,
            help="Of the updater's own pages; 0: any that is free.",
        ),
    ] = 0,
) -> None:
    """Play the whole story in a sandbox on this machine: no account, nothing leaves it."""
    from updater import log
    from updater.commands.demo import APPS, ORG
    from updater.commands.demo import demo as play
    from updater.service.server import serve
    from updater.service.worker import Worker
    from updater.tools.scaffold import texts

    log.configure()
    files = texts(
        ORG, "deploy", APPS, without=["helm"]
    )  # a bump is then one line, which is easier to look at
    raise typer.Exit(
        play(
            port, files, (lambda updater: serve(Worker(updater.config, lambda _: updater))) if keep else None
        )
    )


@app.command(cls=Spoken)
def run(
    *,
    config: ConfigDir = CONFIG,
    cache_dir: CacheDir = None,
    log_format: LogFormat = None,
    repository: Annotated[
        list[str] | None,
        typer.Option(
            "--repository",
            metavar="<str>",
            help="Only these deploy repositories: say it once for each. Others are for other processes.",
        ),
    ] = None,
) -> None:
    """Watch and write until stopped."""
    settings = load_config(config)
    for name in repository or ():
        check_repository(name, settings)
    raise typer.Exit(_serve(config, settings, cache_dir, log_format, only=repository or ()))


@app.command()
def worker(
    *,
    config: ConfigDir = CONFIG,
    cache_dir: CacheDir = None,
    log_format: LogFormat = None,
    migrate: Annotated[
        bool, typer.Option("--migrate", help="Make the tables of this version in the database, and end.")
    ] = False,
    dsn_env: Annotated[
        str | None,
        typer.Option(
            "--dsn-env",
            help="With --migrate, without a config: the environment variable with the database's address.",
        ),
    ] = None,
) -> None:
    """Share the work with other workers through PostgreSQL, as `engine:` in the config says."""
    from updater.commands.migrate import migrate as migrated

    if dsn_env is not None and not migrate:
        raise ConfigError("--dsn-env goes with --migrate; a worker reads `engine:` of its config")
    if migrate:
        migrated(None if dsn_env else load_config(config), dsn_env)
        return
    settings = load_config(config)
    if settings.engine.procrastinate is None:
        raise ConfigError(
            "the config has no engine.procrastinate, so there is nobody to share with: "
            "write engine: {procrastinate: {dsn_env: UPDATER_DSN}}, or say `updater run`"
        )
    raise typer.Exit(_serve(config, settings, cache_dir, log_format))


def _serve(
    folder: Path,
    settings: "Config",
    cache_dir: Path | None,
    log_format: Literal["text", "json"] | None,
    *,
    only: Collection[str] = (),
) -> int:
    """Passes, pages and hooks, until a signal comes."""
    from updater import log
    from updater.config.watch import ConfigWatcher
    from updater.service.metrics import Metrics
    from updater.service.notifier import Notifier
    from updater.service.server import serve, warn
    from updater.service.worker import Worker
    from updater.wiring import Updater, send

    log.configure(log_format)
    watch, metrics = ConfigWatcher(folder), Metrics()
    check_secrets(settings)
    cache = cache_dir or default_cache()

    def make(settings: "Config") -> "Updater":
        kept = check_cache_dir(cache)
        return Updater(settings, kept, observer=metrics.request, budget=metrics.budget, warn=warn)

    def notifier(settings: "Config") -> Notifier:
        return Notifier(settings, cache, send)

    return serve(Worker(settings, make, notifier, watch, metrics, only=only), cache)


@app.command()
def probe(
    *,
    cache_dir: CacheDir = None,
    ready: Annotated[bool, typer.Option("--ready", help="Has it been over every repository?")] = False,
) -> None:
    """Ask the service that runs with this cache folder whether it is alive: exit 1 if not."""
    from updater.commands.probe import probe as command

    command(cache_dir or default_cache(), ready=ready)


@app.command()
def notify(
    *,
    config: ConfigDir = CONFIG,
    test: Annotated[bool, typer.Option("--test", help="Send a test message to every route.")] = False,
) -> None:
    """Try whether people can be told: one test message to every place the config names."""
    from updater.commands.notify import notify as command
    from updater.wiring import send

    if not test:
        raise ConfigError("the service sends the news by itself: to try it, say --test")
    settings = load_config(config)
    check_secrets(settings)
    raise typer.Exit(command(settings, send))


@app.command()
def once(
    *,
    config: ConfigDir = CONFIG,
    cache_dir: CacheDir = None,
    repository: Repository = None,
    output: Output = "text",
    strict: Strict = False,
) -> None:
    """One pass over each deploy repository, then end."""
    from updater.commands.passes import once as command

    settings = load_config(config)
    with open_updater(settings, cache_dir, output) as updater:
        raise typer.Exit(command(updater, check_repository(repository, settings), output, strict=strict))
