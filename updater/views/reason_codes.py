"""All reasons there are, and the page of the documentation that lists them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from updater.gates import GATES
from updater.model import CONDITIONS
from updater.reasons import Reason, failure_reasons, hold_reasons, pin_reasons, reasons_in


def all_reasons() -> tuple[Reason, ...]:
    return tuple(reason for _, _, found in _sections() for reason in found)


def overridable_codes(kind: Literal["promote", "rollback"]) -> Mapping[str, str]:
    """What `--override` takes for such an order, and the code that it means."""
    back = kind == "rollback"
    found = (reason for reason in all_reasons() if reason.overridable)
    asked = (each for each in found if (each.asked_of_rollback if back else each.override is None))
    return {reason.passed_by: reason.code for reason in asked}


def page() -> str:
    """In Markdown."""
    told = (line for section in _sections() for line in _section(*section))
    return "\n".join([*_HEAD, *told, *_conditions(), ""])


_HEAD = (
    "# Reason codes",
    "",
    "Every hold, every failed reading and every refused step bears a code. It stands in logs, metrics,",
    "JSON, pull requests and on the page, and never changes its meaning; the sentence beside it may.",
    "",
    "*About* says what would have to change: the **time**, a **fact**, what **people** have decided, or that",
    "it cannot be **read**.",
    "",
    "This page is made from the table in the code (`make docs`).",
)


def _conditions() -> Iterator[str]:
    yield from (
        "",
        "## Conditions",
        "",
        "What is true of what runs, whatever is decided: said while it is true.",
    )
    yield from ("", "| code | what it means |", "|---|---|")
    yield from (f"| `{kind.code}` | {kind.meaning} |" for kind in CONDITIONS)


def _sections() -> Iterator[tuple[str, str, Sequence[Reason]]]:
    yield "Gates", "What a candidate must pass, where the config asks for it.", _of_gates()
    yield "Holds", "Why nothing is promoted, gates apart.", reasons_in(hold_reasons)
    yield "Pins", "Why a pin is left alone: what stands in the file is in doubt.", reasons_in(pin_reasons)
    yield "Failures", "What failed, was refused or could not be read.", reasons_in(failure_reasons)


def _of_gates() -> Sequence[Reason]:
    return [gate.reason for gate in GATES.values()]


def _section(title: str, about: str, reasons: Sequence[Reason]) -> Iterator[str]:
    yield from ("", f"## {title}", "", about, "", "| code | about | what it means | what lifts it |")
    yield "|---|---|---|---|"
    for reason in reasons:
        yield f"| `{reason.code}` | {reason.about} | {reason.meaning} | {_lifted(reason)} |"


def _lifted(reason: Reason) -> str:
    """What a person can do who wants the tag all the same."""
    ways = ["`promote --tag`"] if reason.lifted_by_name else []
    ways += [f"`--override {reason.passed_by}`"] if reason.overridable else []
    ways += [] if reason.asked_of_rollback else ["not asked of `rollback`"]
    return ", ".join(ways)
