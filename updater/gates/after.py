"""`after`: the predecessors hold the candidate, or held it and moved on to a newer one. Pure.

Not in the table: it is not set under `gates:` but by an environment's own `after:`.
"""

from __future__ import annotations

from updater import times
from updater.model import Case, Ruling, Stay, Timeline
from updater.reasons import hold_reasons


def judge(case: Case) -> tuple[Ruling, ...]:
    """One ruling a predecessor; none where the environment comes after nothing."""
    return tuple(_judge_one(case, name, timeline) for name, timeline in case.predecessors.items())


def proven_stay(timeline: Timeline, tag: str) -> Stay | None:
    """The newest stay that counts: it still lasts, or ended with a newer tag."""
    stays = (
        stay for stay in reversed(timeline.stays) if stay.tag == tag and stay.ended in {"still", "newer"}
    )
    return next(stays, None)


def _missing(name: str, timeline: Timeline, tag: str) -> str:
    left = next((stay for stay in reversed(timeline.stays) if stay.tag == tag), None)
    if left is None:
        return f"{name} has not run {tag}"
    by = f" (commit {left.ended_by[:10]})" if left.ended_by else ""
    went = "and went back from it" if left.ended == "backwards" else "and no longer does"
    return f"{name} has run {tag}, {went}{by}"


def _judge_one(case: Case, name: str, timeline: Timeline) -> Ruling:
    tag, stay = case.candidate.tag, proven_stay(timeline, case.candidate.tag)
    if stay is None:
        return Ruling(hold_reasons.AFTER, False, _missing(name, timeline, tag))
    since = times.format_time(stay.since, case.zone)
    if stay.until is None:
        return Ruling(hold_reasons.AFTER, True, f"{name} has had it since {since} (commit {stay.by[:10]})")
    until = times.format_time(stay.until, case.zone)
    return Ruling(
        hold_reasons.AFTER,
        True,
        f"{name} held it from {since} (commit {stay.by[:10]}) until a newer tag at {until}",
    )
