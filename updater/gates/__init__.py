"""The rules a candidate must pass: one module a gate, one line in the table. Pure."""

from __future__ import annotations

from typing import Protocol

from updater.gates.age import Age
from updater.gates.digest import Digest
from updater.gates.freeze import Freeze
from updater.gates.health import Health
from updater.gates.own_build import OwnBuild
from updater.gates.platforms import Platforms
from updater.gates.signature import Signature
from updater.gates.soak import Soak
from updater.gates.source_checks import SourceChecks
from updater.gates.source_order import SourceOrder
from updater.gates.window import Window
from updater.model import Case, Question, Ruling
from updater.settings import Settings


class Gate(Protocol):
    def judge(self, case: Case) -> Ruling | frozenset[Question]:
        """Say whether the candidate passes; or ask the questions without which that cannot be said."""


GATES: dict[str, type[Settings]] = {
    "soak": Soak,
    "health": Health,
    "window": Window,
    "freeze": Freeze,
    "age": Age,
    "digest": Digest,
    "platforms": Platforms,
    "source_checks": SourceChecks,
    "source_order": SourceOrder,
    "own_build": OwnBuild,
    "signature": Signature,
}
"""By the name that `gates:` uses; the settings of a gate are the gate."""
