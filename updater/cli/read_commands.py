"""The commands that only look: plan, status, explain, tags, check, schema."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from updater.cli.options import (
    CONFIG,
    AppName,
    CacheDir,
    ConfigDir,
    Output,
    Repository,
    Strict,
    check_cache_dir,
    check_repository,
    default_cache,
    load_checkout,
    load_config,
    open_updater,
)
from updater.cli.progress_bars import progress_for

app = typer.Typer()


@app.command()
def doctor(*, config: ConfigDir = CONFIG, cache_dir: CacheDir = None, output: Output = "text") -> None:
    """Try every registry, repository and forge of the config. Writes nothing; exits 1 if one is broken."""
    from updater.commands.doctor import doctor as command
    from updater.wiring import Updater

    cache = check_cache_dir(cache_dir or default_cache())
    with Updater(load_config(config), cache, progress=progress_for(output)) as open_updater:
        raise typer.Exit(command(open_updater, output))


@app.command()
def plan(
    *,
    config: ConfigDir = CONFIG,
    cache_dir: CacheDir = None,
    repository: Repository = None,
    output: Output = "text",
    check: Annotated[bool, typer.Option("--check", help="Exit 3 if something would be written.")] = False,
    strict: Strict = False,
) -> None:
    """Show what would be written, to the byte, and write nothing."""
    from updater.commands.passes import plan as command

    settings = load_config(config)
    with open_updater(settings, cache_dir, output) as updater:
        raise typer.Exit(
            command(updater, check_repository(repository, settings), output, check=check, strict=strict)
        )


@app.command()
def status(
    *,
    config: ConfigDir = CONFIG,
    cache_dir: CacheDir = None,
    repository: Repository = None,
    output: Output = "text",
    strict: Strict = False,
) -> None:
    """What runs where, since when, and why not something newer."""
    from updater.commands.status import status as command

    settings = load_config(config)
    with open_updater(settings, cache_dir, output) as updater:
        raise typer.Exit(command(updater, check_repository(repository, settings), output, strict=strict))


@app.command()
def explain(
    app_name: AppName,
    environment: Annotated[
        str | None, typer.Argument(metavar="ENVIRONMENT", help="Else all that the app is in.")
    ] = None,
    *,
    tag: Annotated[str | None, typer.Option("--tag", help="What is said of this one.")] = None,
    config: ConfigDir = CONFIG,
    cache_dir: CacheDir = None,
    output: Output = "text",
) -> None:
    """Why is it not there yet? Every candidate, and what each rule and gate says of it."""
    from updater.commands.explain import explain as command

    with open_updater(load_config(config), cache_dir, output) as updater:
        raise typer.Exit(command(updater, app_name, environment, tag, output))


@app.command()
def tags(
    *,
    image: Annotated[
        str, typer.Argument(metavar="IMAGE", help="Such as ghcr.io/org/shop; a chart: oci://…, https://…")
    ],
    scheme: Annotated[
        str | None,
        typer.Option(
            "--scheme",
            help="Read tags this way: a name, or a pattern.",
            show_default="as the config's policies do",
        ),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Show all of them.")] = False,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            envvar="UPDATER_CONFIG",
            help="The folder with updater.yaml and apps/; public images need none.",
            show_default="config, if it is there",
        ),
    ] = None,
    output: Output = "text",
) -> None:
    """What the registry holds of an image or a chart, how each tag reads, and which policy takes it."""
    from updater.commands.tags import TagsOptions
    from updater.commands.tags import tags as command

    settings = load_config(config or CONFIG) if config or (CONFIG / "updater.yaml").is_file() else None
    raise typer.Exit(command(TagsOptions(image, scheme, settings, everything, output), progress_for(output)))


@app.command()
def check(
    *,
    config: ConfigDir = CONFIG,
    output: Output = "text",
    effective: Annotated[
        bool, typer.Option("--effective", help="Show what holds for each app in each environment.")
    ] = False,
    checkout: Annotated[
        Path | None,
        typer.Option(
            "--checkout",
            help="The work tree of a deploy repository: apps declared or found in it, too.",
        ),
    ] = None,
    repository: Annotated[
        str | None,
        typer.Option("--repository", help="Which one that is, where the config has several."),
    ] = None,
) -> None:
    """Check the config and nothing else."""
    from updater.commands.check import check as command

    settings = load_config(config)
    unread = [name for name in settings.repositories if checkout is None or name != (repository or name)]
    if checkout is not None:
        settings = load_checkout(settings, checkout, repository)
    raise typer.Exit(command(settings, output, effective=effective, unread=unread))


@app.command()
def schema(
    file: Annotated[
        Literal["updater", "app"], typer.Argument(help="Of updater.yaml, or of apps/*.yaml.")
    ] = "updater",
) -> None:
    """Print the JSON Schema of the config, for editors."""
    from updater.commands.schema import schema as command

    raise typer.Exit(command(file))
