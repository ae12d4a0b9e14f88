"""`updater scaffold`: what a repository needs that has nothing yet."""

from typing import Annotated, Literal

import typer

from updater.cli.options import Spoken

app = typer.Typer(help="Make files for a repository that has none yet.", no_args_is_help=True)


@app.command(cls=Spoken)
def repository(
    *,
    folder: Annotated[str, typer.Argument(metavar="DIR", help="The folder to make, or an empty one.")],
    org: Annotated[
        str, typer.Option("--org", metavar="ORG", help="Whose it is on GitHub and GHCR, in lower case.")
    ],
    apps: Annotated[list[str], typer.Option("--app", metavar="NAME", help="What it deploys; repeatable.")],
    clusters: Annotated[
        list[str],
        typer.Option("--cluster", metavar="NAME", help="Where, if there are several; repeatable."),
    ] = [],  # noqa: B006 - typer copies it
    without: Annotated[
        list[str],
        typer.Option("--without", metavar="PART,…", help="Parts to leave out, such as helm,argocd."),
    ] = [],  # noqa: B006 - the same
    language: Annotated[
        Literal["en", "ko"], typer.Option("--language", help="Of READMEs and runbooks.")
    ] = "en",
    domain: Annotated[str, typer.Option("--domain", help="Below it the apps are reached.")] = "example.org",
    branch: Annotated[str, typer.Option("--branch", help="What is deployed.")] = "main",
    repository_name: Annotated[
        str | None,
        typer.Option("--repository", metavar="NAME", help="Its name on GitHub.", show_default="DIR's"),
    ] = None,
) -> None:
    """Write a whole deploy repository, with the updater's config in it."""
    from updater.tools.scaffold import RepositoryOptions, new_repository

    call = RepositoryOptions(
        folder,
        org,
        tuple(apps),
        tuple(clusters),
        tuple(without),
        language,
        domain,
        branch,
        repository_name,
    )
    raise typer.Exit(new_repository(call))


@app.command("app")
def one_more(
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The app.")],
    folder: Annotated[str, typer.Argument(metavar="DIR", help="A repository that was scaffolded.")] = ".",
) -> None:
    """Add an app to such a repository; what is there stays as it is."""
    from updater.tools.scaffold import AppOptions, add_app

    raise typer.Exit(add_app(AppOptions(name, folder)))


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
