"""`/policies`: what holds, once defaults and overrides are applied; alike ones are shown once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from updater.config import Config
from updater.views import effective_config
from updater.web import matrix_rows, rendering
from updater.web.report_store import ReportReader

_OWN = {"pin", "written in", "held"}
"""Settings that name the app, and so differ from app to app."""


@dataclass(frozen=True, slots=True)
class PolicyGroup:
    environment: str
    lines: Sequence[tuple[str, str]]
    apps: Sequence[str]


def html(reports: ReportReader) -> str:
    snapshot = reports.snapshot()
    groups = alike(snapshot.config)
    return rendering.page(
        "policies.html",
        snapshot,
        reports.now(),
        here="policies",
        groups=groups,
        groups_sum=matrix_rows.sum_of(groups),
    )


def alike(config: Config) -> list[PolicyGroup]:
    """The environments in their order; of each, what most apps have comes first."""
    found = defaultdict[tuple[str, tuple[tuple[str, str], ...]], list[str]](list)
    for (environment, app), policy in config.policies.items():
        lines = tuple(line for line in effective_config.lines(policy, config) if line[0] not in _OWN)
        found[environment, lines].append(app)
    groups = [PolicyGroup(environment, lines, sorted(apps)) for (environment, lines), apps in found.items()]
    order = list(dict.fromkeys(group.environment for group in groups))
    return sorted(groups, key=lambda group: (order.index(group.environment), -len(group.apps)))
