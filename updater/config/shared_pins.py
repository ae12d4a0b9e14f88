"""Whose a pin is: it belongs to one app in one environment. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from updater.config.policies import Pin, Policy
from updater.config.resolution import Resolution
from updater.config.wildcards import as_written
from updater.model import Placement

PinKey: TypeAlias = tuple[str, str, str]
"""Repository, file, and what in it."""
Owners: TypeAlias = Mapping[PinKey, Placement]


def check_shared_pins(resolution: Resolution) -> None:
    owners: dict[PinKey, Pin] = {}
    for placement, policy in resolution.policies.items():
        for pin in policy.pins:
            keys = _keys(policy, pin)
            owner = next((owners[key] for key in keys if key in owners), None)
            if owner is not None:
                what = pin.selector.at or str(pin.image)
                resolution.faults.add(resolution.places[placement].fault(_shared(owner, pin, what)))
            owners.update((key, pin) for key in keys if key not in owners)


def _keys(policy: Policy, pin: Pin) -> list[PinKey]:
    what = pin.selector.at or str(pin.image)
    return [(policy.repository, file, what) for file in pin.files]


def pin_owners(policies: Mapping[Placement, Policy]) -> Owners:
    """Whose each pin is, wherever it may stand."""
    found = (
        (key, policy.placement)
        for policy in policies.values()
        for pin in policy.pins
        for key in _keys(policy, pin)
    )
    return dict(found)


def _shared(owner: Pin, pin: Pin, what: str) -> str:
    if owner.placement == pin.placement:
        return f"{_written(pin)} has {what} in {pin.path} twice: keep one"
    return (
        f"{_written(pin)} and {_written(owner)} are both {what} in {pin.path}: "
        "a pin belongs to one app in one environment, so give each its own path"
    )


def _written(pin: Pin) -> str:
    return str(pin.placement._replace(app=as_written(pin.placement.app)))
