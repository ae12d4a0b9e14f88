"""What holds many apps for one and the same failed reading, so that it is said once. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from updater import messages
from updater.model import Decision, Hold, Placement, Report
from updater.reasons import Reason, failure_reasons

_NAMED = 3
"""Apps, before it says how many more there are."""


def failed_readings(report: Report) -> frozenset[Reason]:
    """The reasons that are failed readings of this pass; a holds file that makes no sense is one, too."""
    return frozenset((*(reading.reason for reading in report.unreadable), failure_reasons.HOLDS_UNREADABLE))


def shared_failures(report: Report) -> Mapping[Placement, Sequence[Placement]]:
    """Whom a trouble hits, by each of those; one with an open pull request has a line of its own."""
    failed = failed_readings(report)
    found = defaultdict[str, list[Placement]](list)
    for hold in _holds(report.decisions):
        reasons = {ruling.reason for ruling in hold.reasons}
        if not reasons.isdisjoint(failed) and not report.proposals.get(hold.placement):
            found[messages.sentences(hold.reasons)].append(hold.placement)
    return {one: those for those in found.values() if len(those) > 1 for one in those}


def _holds(decisions: Sequence[Decision]) -> Iterator[Hold]:
    return (decision for decision in decisions if isinstance(decision, Hold))


def failure_lines(report: Report) -> Iterator[str]:
    """A sentence each, with how many it hits."""
    hit = shared_failures(report)
    for hold in _holds(report.decisions):
        if hold.placement in hit and hit[hold.placement][0] == hold.placement:
            yield sentence(hit[hold.placement], hold)


def sentence(those: Sequence[Placement], hold: Hold) -> str:
    """`blog, cart and 298 more apps (staging, production) hold: …`."""
    apps, environments = (list(dict.fromkeys(names)) for names in _names(those))
    named = apps if len(apps) <= _NAMED else apps[: _NAMED - 1]
    more = f" and {len(apps) - len(named)} more apps" if len(apps) > len(named) else ""
    verb = "hold" if len(apps) > 1 else "holds"
    who = f"{', '.join(named)}{more} ({', '.join(environments)})"
    return f"{who} {verb}: {messages.sentences(hold.reasons)}"


def _names(those: Sequence[Placement]) -> tuple[list[str], list[str]]:
    return [one.app for one in those], [one.environment for one in those]
