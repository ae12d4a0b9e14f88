"""`updater check`: whether the config is valid, what it covers, and what holds."""

from __future__ import annotations

import os
from collections.abc import Collection
from typing import Any

from updater.config import Config, unset_secrets
from updater.runner import Exit, Output
from updater.terminal import say, say_json, warn
from updater.views.config_warnings import config_warnings
from updater.views.effective_config import as_json, as_text
from updater.wiring import utc_now, why_unverifiable


def check(config: Config, output: Output, *, effective: bool = False, unread: Collection[str] = ()) -> Exit:
    """`unread`: the deploy repositories of which no work tree was given."""
    elsewhere = [name for name in unread if config.wanted(name)]
    warnings = (
        *unset_secrets(config, os.environ),
        *dict.fromkeys(why_unverifiable(config)),
        *config_warnings(config, utc_now()),
        *config.notes,
    )
    if output == "json":
        shown = {"effective": as_json(config)} if effective else {}
        say_json({**_summary(config, warnings), "unread": elsewhere, **shown})
        return Exit.FINE
    warn(*(f"warning: {warning}" for warning in warnings))
    say(*(as_text(config) if effective else ()))
    apps = {placement.config_app for placement in config.policies}
    environments = {placement.environment for placement in config.policies}
    say(
        f"fine: {_count(len(apps), 'app', 'apps')} in "
        f"{_count(len(environments), 'environment', 'environments')}, "
        f"{_count(len(config.repositories), 'deploy repository', 'deploy repositories')}, "
        f"mode {config.mode}"
    )
    say(*([_to_be_found(elsewhere, config)] if elsewhere else []))
    return Exit.FINE


def _to_be_found(elsewhere: list[str], config: Config) -> str:
    several = " and --repository NAME" if len(config.repositories) > 1 else ""
    return (
        f"more apps may be found in {', '.join(elsewhere)}: say --checkout PATH{several}, with a "
        "work tree of it, to check them, too"
    )


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _summary(config: Config, warnings: tuple[str, ...]) -> dict[str, Any]:
    placements = [placement._asdict() for placement in config.policies]
    return {"version": 1, "mode": config.mode, "placements": placements, "warnings": list(warnings)}
