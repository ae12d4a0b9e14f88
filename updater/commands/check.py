"""`updater check`: whether the config is valid, and what it covers."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from updater.commands.passing import Exit, Output
from updater.config import Config, unset


def check(config: Config, output: Output) -> Exit:
    warnings = unset(config, os.environ)
    if output == "json":
        json.dump(_summary(config, warnings), sys.stdout, indent=2)
        sys.stdout.write("\n")
        return Exit.FINE
    for warning in warnings:
        sys.stderr.write(f"warning: {warning}\n")
    apps = {placement.app for placement in config.policies}
    environments = {placement.environment for placement in config.policies}
    sys.stdout.write(
        f"fine: {_count(len(apps), 'app', 'apps')} in "
        f"{_count(len(environments), 'environment', 'environments')}, "
        f"{_count(len(config.repositories), 'deploy repository', 'deploy repositories')}, "
        f"mode {config.mode}\n"
    )
    return Exit.FINE


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _summary(config: Config, warnings: tuple[str, ...]) -> dict[str, Any]:
    placements = [placement._asdict() for placement in config.policies]
    return {"version": 1, "mode": config.mode, "placements": placements, "warnings": list(warnings)}
