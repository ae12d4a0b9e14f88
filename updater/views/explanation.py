"""Why an app is where it is, as programs read it: `explain --output json` and the API. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from updater.model import Decision, Hold, Verdict
from updater.views.pass_report import VERSION, ruling_json


def as_json(decision: Decision, verdicts: Sequence[Verdict]) -> dict[str, Any]:
    environment, app = decision.placement
    held = isinstance(decision, Hold)
    return {
        "version": VERSION,
        "environment": environment,
        "app": app,
        "current": decision.current,
        "decision": "hold" if held else "promote",
        "tag": decision.candidate if isinstance(decision, Hold) else decision.tag,
        "reasons": [ruling_json(ruling) for ruling in decision.reasons] if isinstance(decision, Hold) else [],
        "candidates": [_candidate(verdict) for verdict in verdicts],
    }


def _candidate(verdict: Verdict) -> dict[str, Any]:
    rulings = [{**ruling_json(ruling), "passes": ruling.passes} for ruling in verdict.rulings]
    return {"tag": verdict.tag, "passes": not verdict.against, "rulings": rulings}
