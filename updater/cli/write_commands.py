"""The commands by which people steer: promote, rollback, hold, release."""

from typing import Annotated

import typer

from updater.cli.options import (
    CONFIG,
    AppName,
    CacheDir,
    ConfigDir,
    EnvironmentName,
    Output,
    load_config,
    open_updater,
    warn_of_account,
    who_orders,
)

app = typer.Typer()


By = Annotated[
    str | None, typer.Option("--by", help="Who orders it; else whom CI or sudo names, or the account here.")
]
Why = Annotated[str | None, typer.Option("--why", help="Written into the commit.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be written, and write nothing.")]


@app.command()
def promote(
    app_name: AppName,
    environment: EnvironmentName,
    *,
    tag: Annotated[str | None, typer.Option("--tag", help="Else the one that would come next.")] = None,
    override: Annotated[
        list[str],
        typer.Option("--override", metavar="CODE", help="Of a gate to pass over; needs --why; repeatable."),
    ] = [],  # noqa: B006 - typer copies it
    why: Why = None,
    by: By = None,
    dry_run: DryRun = False,
    config: ConfigDir = CONFIG,
    cache_dir: CacheDir = None,
    output: Output = "text",
) -> None:
    """Deploy a tag by name, by push or pull request as the environment delivers."""
    from updater.commands.promote import OutputOptions, carry_out, parse_overrides
    from updater.model import Placement, Request

    placement, lifted = Placement(environment, app_name), parse_overrides(override, why)
    request = Request("promote", placement, tag, who_orders(by), why, lifted)
    with open_updater(load_config(config), cache_dir, output) as updater:
        status = carry_out(updater, request, OutputOptions(dry_run=dry_run, output=output))
    warn_of_account(request.by)
    raise typer.Exit(status)


@app.command()
def rollback(
    app_name: AppName,
    environment: EnvironmentName,
    *,
    to: Annotated[
        str | None, typer.Option("--to", help="Else the newest earlier tag that was never left backwards.")
    ] = None,
    override: Annotated[
        list[str],
        typer.Option("--override", metavar="floor", help="Go below a rollback floor; needs --why."),
    ] = [],  # noqa: B006 - typer copies it
    why: Why = None,
    by: By = None,
    dry_run: DryRun = False,
    config: ConfigDir = CONFIG,
    cache_dir: CacheDir = None,
    output: Output = "text",
) -> None:
    """Go back to an earlier tag, whatever holds; what is left stays away."""
    from updater.commands.promote import OutputOptions, carry_out, parse_overrides
    from updater.model import Placement, Request

    lifted = parse_overrides(override, why, "rollback")
    request = Request("rollback", Placement(environment, app_name), to, who_orders(by), why, lifted)
    with open_updater(load_config(config), cache_dir, output) as updater:
        status = carry_out(updater, request, OutputOptions(dry_run=dry_run, output=output))
    warn_of_account(request.by)
    raise typer.Exit(status)


@app.command()
def hold(
    app_name: Annotated[str | None, typer.Argument(metavar="APP", help="Or --all.")] = None,
    environment: Annotated[str | None, typer.Argument(metavar="ENVIRONMENT", help="Else all.")] = None,
    *,
    all_apps: Annotated[bool, typer.Option("--all", help="Everything.")] = False,
    why: Annotated[str, typer.Option("--why", help="Shown wherever it holds.")],
    until: Annotated[
        str | None,
        typer.Option(
            "--until",
            help="When it ends by itself: 2h, 3d, 2026-02-03 (its end), 2026-02-03T10:00.",
        ),
    ] = None,
    by: By = None,
    dry_run: DryRun = False,
    config: ConfigDir = CONFIG,
    cache_dir: CacheDir = None,
    output: Output = "text",
) -> None:
    """Let nothing be promoted: an app, in one environment or in all, or everything."""
    from updater.commands.hold import hold as command
    from updater.commands.hold import hold_entry, parse_target, zone_of
    from updater.commands.promote import OutputOptions

    about = parse_target(app_name, environment, everything=all_apps)
    settings = load_config(config)
    who = who_orders(by)
    said = hold_entry(about, why, until, who, zone_of(settings, about))
    with open_updater(settings, cache_dir, output) as updater:
        status = command(updater, about, said, OutputOptions(dry_run=dry_run, output=output))
    warn_of_account(who)
    raise typer.Exit(status)


@app.command()
def release(
    app_name: Annotated[str | None, typer.Argument(metavar="APP", help="Or --all.")] = None,
    environment: Annotated[str | None, typer.Argument(metavar="ENVIRONMENT", help="Else all.")] = None,
    *,
    all_apps: Annotated[
        bool, typer.Option("--all", help="Lift the hold over everything; let a stopped line go on.")
    ] = False,
    tag: Annotated[str | None, typer.Option("--tag", help="A tag that was left, to come back once.")] = None,
    why: Why = None,
    by: By = None,
    dry_run: DryRun = False,
    config: ConfigDir = CONFIG,
    cache_dir: CacheDir = None,
    output: Output = "text",
) -> None:
    """Lift a hold; after a step back, let it go on, or let one tag come back."""
    from updater.commands.hold import parse_target, release_entry
    from updater.commands.hold import release as command
    from updater.commands.promote import OutputOptions

    about = parse_target(app_name, environment, everything=all_apps)
    who = who_orders(by)
    with open_updater(load_config(config), cache_dir, output) as updater:
        said = release_entry(about, tag, why, who)
        status = command(updater, about, said, OutputOptions(dry_run=dry_run, output=output), who, why=why)
    warn_of_account(who)
    raise typer.Exit(status)
