"""Which places of an app come after another, however far, and which stand beside it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from updater.config.policies import Policy
from updater.model import Placement
from updater.value_class import value_class


@value_class
class Kin:
    """Environments of the same app, as config has them; those of other repositories are left out."""

    beside: tuple[str, ...] = ()
    """They come after one of its predecessors, too, or go with its wave; and neither before nor after it."""
    after: tuple[str, ...] = ()
    """They come after it, however far."""


def kin_of(policies: Iterable[Policy]) -> Mapping[Placement, Kin]:
    """Of every app in every environment."""
    by_app: dict[str, dict[str, Policy]] = {}
    for policy in policies:
        environment, app = policy.placement
        by_app.setdefault(app, {})[environment] = policy
    return {
        Placement(environment, app): kin
        for app, environments in by_app.items()
        for environment, kin in _kin(environments).items()
    }


def _kin(policies: Mapping[str, Policy]) -> Mapping[str, Kin]:
    parents = {name: policy.after for name, policy in policies.items()}
    before = {name: _before(name, parents) for name in parents}
    found = {}
    for name, policy in policies.items():
        after = tuple(other for other in parents if name in before[other])
        wave = policy.wave.beside if policy.wave else ()
        near = (other for other in parents if other in wave or set(policy.after).intersection(parents[other]))
        apart = before[name].union(after, {name})
        found[name] = Kin(tuple(other for other in near if other not in apart), after)
    return found


def _before(name: str, parents: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    seen, ahead = set[str](), list(parents[name])
    while ahead:
        one = ahead.pop()
        if one not in seen:
            seen.add(one)
            ahead += parents.get(one, ())
    return frozenset(seen)
