"""To resolve what patterns have found, so that a fault there is nobody else's. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from updater.config.expansion import Expanded
from updater.config.policies import Policy
from updater.config.resolution import WrittenApp
from updater.config.resolve import resolve_alone
from updater.config.shared_pins import pin_owners
from updater.model import Placement


@dataclass(slots=True)
class FoundPolicies:
    policies: dict[Placement, Policy] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def found_policies(expanded: Expanded, written: Mapping[Placement, Policy]) -> FoundPolicies:
    """Beside what was `written` without a pattern, which nothing that is found changes."""
    found, owners = FoundPolicies(), dict(pin_owners(written))
    for app in expanded.apps:
        for placement, policy in _resolved(app, expanded).items():
            if placement in written:
                continue
            mine = pin_owners({placement: policy})
            owner = next((owners[key] for key in mine if key in owners), None)
            if owner is not None:
                found.notes.append(f"{placement} would be the same pin as {owner}, whose it is")
                continue
            owners.update(mine)
            found.policies[placement] = policy
    return found


def _resolved(app: WrittenApp, expanded: Expanded) -> Mapping[Placement, Policy]:
    resolution = resolve_alone(expanded.main, expanded.main_at, app)
    faults = [expanded.refused.get(app.app.app), *resolution.faults]
    why = next(filter(None, faults), None)
    return {
        placement: replace(policy, unclear=why or policy.unclear)
        for placement, policy in resolution.policies.items()
    }
