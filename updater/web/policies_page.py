"""`/policies`: what holds, once defaults and overrides are applied; alike ones are shown once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from updater.config import Config, Policy
from updater.model import Placement
from updater.value_class import value_class
from updater.views import effective_config
from updater.views.policy_words import PolicyWords, policy_words
from updater.web import matrix_rows, rendering
from updater.web.kept import Kept
from updater.web.report_store import ReportReader


@value_class
class PolicyGroup:
    environment: str
    words: PolicyWords
    lines: Sequence[tuple[str, str]]
    """Every setting that all of its apps have alike."""
    apps: Sequence[str]


class PoliciesPage:
    def __init__(self, reports: ReportReader) -> None:
        self._reports = reports
        self._shown = Kept(_shown)

    def html(self) -> str:
        snapshot = self._reports.snapshot()
        groups, groups_sum = self._shown.of(snapshot.config)
        return rendering.page(
            "policies.html",
            snapshot,
            self._reports.now(),
            here="policies",
            groups=groups,
            groups_sum=groups_sum,
        )


def _shown(config: Config) -> tuple[list[PolicyGroup], str]:
    """What the config alone says, and its sum."""
    groups = alike(config)
    return groups, matrix_rows.sum_of(groups)


def alike(config: Config) -> list[PolicyGroup]:
    """The environments in their order; of each, what most apps have comes first."""
    found = defaultdict[tuple[str, PolicyWords], list[str]](list)
    for (environment, app), policy in config.policies.items():
        found[environment, _words(policy, config)].append(app)
    groups = [
        PolicyGroup(environment, words, _shared(config, environment, apps), sorted(apps))
        for (environment, words), apps in found.items()
    ]
    order = list(dict.fromkeys(group.environment for group in groups))
    return sorted(groups, key=lambda group: (order.index(group.environment), -len(group.apps)))


def _words(policy: Policy, config: Config) -> PolicyWords:
    """Each app has images of its own, which make no other policy."""
    told = dict(policy_words(policy, config))
    if not policy.after:
        told["From where"] = ("the registry: the app's own images",)
    return tuple(told.items())


def _shared(config: Config, environment: str, apps: Sequence[str]) -> Sequence[tuple[str, str]]:
    first, *others = (
        list(effective_config.lines(config.policies[Placement(environment, app)], config)) for app in apps
    )
    common = set(first).intersection(*map(set, others))
    return [line for line in first if line in common]
