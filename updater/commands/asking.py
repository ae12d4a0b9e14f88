"""`updater promote` and `updater rollback`: what a person orders by name."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass

from updater.commands.passing import Exit, Output, read_before, show
from updater.decide.asked import OVERRIDABLE
from updater.errors import ConfigError
from updater.model import Hold, Placement, Promote, Report, Request
from updater.wiring import Wired


@dataclass(frozen=True, slots=True)
class How:
    """How an order is carried out and told."""

    dry_run: bool
    output: Output


def order(wired: Wired, request: Request, how: How) -> Exit:
    """Exit 1 where it is refused or cannot be done."""
    repository = placed(wired, request.placement)
    act = wired.config.mode == "act" and not how.dry_run
    read_before(wired, repository)
    report = wired.run(repository, act=act, request=request)
    if how.output == "text":
        sys.stdout.writelines(f"{line}\n" for line in _told(report, request))
    show([report], how.output, done=act)
    return _exit(report)


def placed(wired: Wired, placement: Placement) -> str:
    """The deploy repository of an app in an environment. Raises ConfigError."""
    policy = wired.config.policies.get(placement)
    if policy is None:
        known = ", ".join(f"{app} {environment}" for environment, app in wired.config.policies)
        raise ConfigError(f"the config has no app {placement}; it has {known}")
    return policy.repository


def overrides(codes: list[str], why: str | None) -> Mapping[str, str]:
    """Raises ConfigError where nobody says why."""
    unknown = next((code for code in codes if code not in OVERRIDABLE), None)
    if unknown is not None:
        raise ConfigError(
            f"--override {unknown}: only these can be passed over: {', '.join(sorted(OVERRIDABLE))}"
        )
    if codes and not why:
        raise ConfigError("--override passes over a gate: say --why, it is written into the commit")
    return dict.fromkeys(codes, why or "")


def _told(report: Report, request: Request) -> list[str]:
    """Every gate, also those passed over."""
    lines = []
    for decision in report.decisions:
        rulings = decision.rulings if isinstance(decision, Promote) else decision.reasons
        lines += [f"  {'passes' if r.passes else 'REFUSES'} {r.code}: {r.sentence}" for r in rulings]
        if isinstance(decision, Hold):
            gates = [ruling.code for ruling in rulings if ruling.code in OVERRIDABLE]
            way = f"; `--override {gates[0]} --why …` passes over that gate" if gates else ""
            lines.append(f"{request.kind} refused{way}")
    return lines


def _exit(report: Report) -> Exit:
    failed = bool(report.unreadable) or any(outcome.failed for outcome in report.outcomes)
    held = any(isinstance(decision, Hold) for decision in report.decisions)
    return Exit.FAILED if failed or held else Exit.FINE
