"""`updater scaffold`: what a repository needs that has nothing yet."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(help="Print files for a repository that has none yet.", no_args_is_help=True)


@app.command()
def workflow(
    *,
    image: Annotated[str, typer.Argument(metavar="IMAGE", help="What is built, such as ghcr.io/org/shop.")],
    branch: Annotated[str, typer.Option("--branch", help="A push to it builds.")] = "main",
    platform: Annotated[
        list[str] | None,
        typer.Option(
            "--platform",
            metavar="OS/ARCH",
            help="What it is built for; repeatable.",
            show_default="linux/amd64",
        ),
    ] = None,
) -> None:
    """The GitHub Actions workflow of an app: it builds, tags by the time in KST, labels, pushes and signs."""
    from updater.tools.scaffold import WorkflowOptions
    from updater.tools.scaffold import workflow as command

    platforms = tuple(platform or ("linux/amd64",))
    raise typer.Exit(command(WorkflowOptions(image, branch, platforms)))
