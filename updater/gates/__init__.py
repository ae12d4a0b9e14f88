"""The rules a candidate must pass: one module a gate, one line in the table. Pure."""

from __future__ import annotations

from updater.gates.age import Age
from updater.gates.alerts import Alerts
from updater.gates.digest import Digest
from updater.gates.freeze import Freeze
from updater.gates.gate import Gate
from updater.gates.health import Health
from updater.gates.metrics import MetricLimits
from updater.gates.own_build import OwnBuild
from updater.gates.platforms import Platforms
from updater.gates.reversible import Reversible
from updater.gates.signature import Signature
from updater.gates.soak import Soak
from updater.gates.source_checks import SourceChecks
from updater.gates.source_order import SourceOrder
from updater.gates.window import Window

__all__ = ["GATES", "Gate"]

GATES: dict[str, type[Gate]] = {
    "soak": Soak,
    "health": Health,
    "alerts": Alerts,
    "metrics": MetricLimits,
    "window": Window,
    "freeze": Freeze,
    "age": Age,
    "digest": Digest,
    "platforms": Platforms,
    "source_checks": SourceChecks,
    "source_order": SourceOrder,
    "own_build": OwnBuild,
    "signature": Signature,
    "reversible": Reversible,
}
"""By the name that `gates:` uses; the settings of a gate are the gate."""
