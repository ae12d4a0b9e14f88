"""The commands that only look: plan, status, explain, check."""

from __future__ import annotations

from typing import Annotated

import typer

from updater.cli.options import (
    CONFIG,
    AppName,
    CacheDir,
    ConfigDir,
    EnvironmentName,
    Output,
    Repository,
    config_of,
    default_cache,
    known,
    wired,
)

app = typer.Typer()


@app.command()
def doctor(*, config: ConfigDir = CONFIG, cache_dir: CacheDir = None, output: Output = "text") -> None:
    """Try every registry, repository and forge of the config, and say what is missing. Writes nothing."""
    from updater.commands.doctor import doctor as command
    from updater.wiring import Wired

    with Wired(config_of(config), cache_dir or default_cache()) as wired:
        raise typer.Exit(command(wired, output))


@app.command()
def plan(
    *,
    config: ConfigDir = CONFIG,
    cache_dir: CacheDir = None,
    repository: Repository = None,
    output: Output = "text",
    check: Annotated[bool, typer.Option("--check", help="Exit 3 if something would be written.")] = False,
) -> None:
    """Show what would be written, to the byte, and write nothing."""
    from updater.commands.plan import plan as command

    settings = config_of(config)
    with wired(settings, cache_dir) as updater:
        raise typer.Exit(command(updater, known(repository, settings), output, check=check))


@app.command()
def status(
    config: ConfigDir = CONFIG,
    cache_dir: CacheDir = None,
    repository: Repository = None,
    output: Output = "text",
) -> None:
    """What runs where, since when, and why not something newer."""
    from updater.commands.status import status as command

    settings = config_of(config)
    with wired(settings, cache_dir) as updater:
        raise typer.Exit(command(updater, known(repository, settings), output))


@app.command()
def explain(
    app_name: AppName,
    environment: EnvironmentName,
    *,
    tag: Annotated[str | None, typer.Option("--tag", help="What is said of this one.")] = None,
    config: ConfigDir = CONFIG,
    cache_dir: CacheDir = None,
    output: Output = "text",
) -> None:
    """Why is it not there yet? Every candidate, and what each rule and gate says of it."""
    from updater.commands.explain import explain as command
    from updater.model import Placement

    with wired(config_of(config), cache_dir) as updater:
        raise typer.Exit(command(updater, Placement(environment, app_name), tag, output))


@app.command()
def check(
    *,
    config: ConfigDir = CONFIG,
    output: Output = "text",
    effective: Annotated[
        bool, typer.Option("--effective", help="Show what holds for each app in each environment.")
    ] = False,
) -> None:
    """Check the config and nothing else."""
    from updater.commands.check import check as command

    raise typer.Exit(command(config_of(config), output, effective=effective))
