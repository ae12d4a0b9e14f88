"""The commands about the files of a deploy repository: init, migrate, set-image, audit."""

from pathlib import Path
from typing import Annotated

import typer

from updater.cli.options import (
    CONFIG,
    Output,
    Repository,
    Spoken,
    check_repository,
    load_checkout,
    load_config,
)
from updater.cli.progress_bars import progress_for

app = typer.Typer()


TokenEnv = Annotated[
    str | None,
    typer.Option(
        "--token-env",
        help="The environment variable with the forge's token.",
        show_default="GITHUB_TOKEN, or GITLAB_TOKEN for a GitLab",
    ),
]


@app.command()
def init(
    *,
    place: Annotated[
        str,
        typer.Argument(metavar="PATH|URL", help="The deploy repository: a folder, or where to clone it."),
    ] = ".",
    output: Annotated[
        Path, typer.Option("--output", help="The folder to write, which must be new.")
    ] = CONFIG,
    token_env: TokenEnv = None,
) -> None:
    """Write a first config, from what a deploy repository holds."""
    from updater.tools.init import InitOptions
    from updater.tools.init import init as command

    raise typer.Exit(command(InitOptions(place, output, token_env), progress_for("text")))


@app.command()
def migrate(
    *,
    place: Annotated[
        str,
        typer.Argument(metavar="PATH|URL", help="The repository: a folder, or where to clone it."),
    ] = ".",
    output: Annotated[
        Path, typer.Option("--output", "--out", help="The folder to write, which must be new.")
    ] = CONFIG,
    token_env: TokenEnv = None,
) -> None:
    """Write a first config from what Argo CD Image Updater, Flux or Renovate was told.

    Of what Kargo was told it says what it would be here.
    """
    from updater.tools.migrate import MigrateOptions
    from updater.tools.migrate import migrate as command

    raise typer.Exit(command(MigrateOptions(place, output, token_env), progress_for("text")))


@app.command("set-image", cls=Spoken)
def set_image(
    *,
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="A manifest, the folder of a kustomization, or -: stdin.")
    ],
    images: Annotated[
        list[str], typer.Argument(metavar="IMAGE=[TAG][@DIGEST]", help="What it shall say, any number.")
    ],
    kind: Annotated[
        str | None, typer.Option("--kind", help="Of the file; its name may say it.", show_default=False)
    ] = None,
    path: Annotated[
        str | None,
        typer.Option("--path", help="Where it stands in the file, such as image.tag or images[0]."),
    ] = None,
    create: Annotated[bool, typer.Option("--create", help="Add what is missing.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 3 if it would change.")] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Show what changes, besides writing it; with --check only show.")
    ] = False,
    max_size: Annotated[
        str | None,
        typer.Option("--max-size", metavar="SIZE", help="Of the file, at most.", show_default="256KiB"),
    ] = None,
) -> None:
    """Set tags in one file, and change not one byte more."""
    from updater.tools.set_image import SetImageOptions
    from updater.tools.set_image import set_image as command

    call = SetImageOptions(file, images, kind, path, create=create, check=check, diff=diff, max_size=max_size)
    raise typer.Exit(command(call))


@app.command()
def audit(
    *,
    folder: Annotated[
        Path, typer.Argument(metavar="PATH", help="The work tree of a deploy repository.")
    ] = Path(),
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            envvar="UPDATER_CONFIG",
            help="The folder with updater.yaml and apps/; else the environments' names say what holds.",
            show_default="config, if it is there",
        ),
    ] = None,
    repository: Repository = None,
    ignore: Annotated[
        list[str],
        typer.Option("--ignore", metavar="CODE", help="Leave out findings of this code; repeatable."),
    ] = [],  # noqa: B006 - typer copies it
    output: Output = "text",
) -> None:
    """Check the files of a deploy repository against the tag policies; exit 3 if something is wrong."""
    from updater.tools.audit import AuditOptions
    from updater.tools.audit import audit as command

    settings = load_config(config or CONFIG) if config or (CONFIG / "updater.yaml").is_file() else None
    only = check_repository(repository, settings) if settings else repository
    if settings is not None and settings.completion:
        settings = load_checkout(settings, folder, only)
    raise typer.Exit(
        command(AuditOptions(folder, settings, only, tuple(ignore), output), progress_for(output))
    )
