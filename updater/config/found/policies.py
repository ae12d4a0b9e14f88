"""To resolve what patterns have found, so that a fault there is nobody else's. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from updater.config.found.expansion import Expanded
from updater.config.models import App
from updater.config.policies import Policy
from updater.config.resolution import WrittenApp
from updater.config.resolve import resolve_alone
from updater.config.shared_pins import pin_owners
from updater.model import Placement

_Policies: TypeAlias = Mapping[Placement, Policy]


@dataclass(slots=True)
class FoundPolicies:
    policies: dict[Placement, Policy] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class ResolvedApps:
    """Remembers what became of each app: it changes the cost, not the answer."""

    _known: dict[str, tuple[App, str | None, _Policies]] = field(default_factory=dict)

    def policies(self, expanded: Expanded, written: _Policies) -> FoundPolicies:
        """Beside what was `written` without a pattern, which nothing that is found changes."""
        found, before = FoundPolicies(), self._known
        owners = dict(pin_owners(written)) if expanded.apps else {}
        self._known = {}
        for app in expanded.apps:
            for placement, policy in self._resolved(app, expanded, before).items():
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

    def _resolved(
        self, written: WrittenApp, expanded: Expanded, before: Mapping[str, tuple[App, str | None, _Policies]]
    ) -> _Policies:
        name, why = written.app.app, expanded.refused.get(written.app.app)
        known = before.get(name)
        if known is None or known[:2] != (written.app, why):
            known = (written.app, why, _resolve(written, expanded, why))
        self._known[name] = known
        return known[2]


def _resolve(written: WrittenApp, expanded: Expanded, why: str | None) -> _Policies:
    resolution = resolve_alone(expanded.main, expanded.main_at, written)
    first = why or next(iter(resolution.faults), None)
    return {
        placement: replace(policy, unclear=first or policy.unclear)
        for placement, policy in resolution.policies.items()
    }
