"""What no gate and no setting can allow, one function a rule. Pure.

Each says what it has to say about one candidate, or None where it has nothing to object.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

from updater import times
from updater.gates.after import proven_stay
from updater.gates.build_time import built_after
from updater.model import Case, Ruling, Version
from updater.reasons import hold_reasons
from updater.situation import PlacementState
from updater.timeline import SKEW

Rule = Callable[[Case, PlacementState], Ruling | None]


def objections(case: Case, state: PlacementState) -> tuple[Ruling, ...]:
    """Why this candidate cannot be promoted here, whatever the gates say."""
    return tuple(ruling for rule in _in_force(case, state) if (ruling := rule(case, state)) is not None)


def _in_force(case: Case, state: PlacementState) -> Iterable[Rule]:
    """A release lifts, once, what would keep a tag away that was here before."""
    if case.candidate.tag in state.released:
        return ALWAYS
    return ALWAYS + UNLESS_RELEASED + (() if state.goes_on else AFTER_A_STEP_BACK)


def _forbidden(case: Case, state: PlacementState) -> Ruling | None:
    pattern = state.policy.tags.forbidden(case.candidate.tag)
    if pattern is None:
        return None
    environment = case.placement.environment
    return Ruling(
        hold_reasons.FORBIDDEN,
        False,
        f"{environment} forbids tags like {pattern}, and {case.candidate.tag} is one",
    )


def _future(case: Case, state: PlacementState) -> Ruling | None:  # noqa: ARG001 - every rule takes both
    stamp = case.candidate.stamp
    if stamp is None or stamp <= times.earliest(case.now, case.skew) + SKEW:
        return None
    if case.skew is not None:
        return _clock_skew(*case.skew)
    built = times.format_time(stamp, case.zone)
    return Ruling(
        hold_reasons.FUTURE,
        False,
        f"its stamp {built} is still to come: was it built by a clock in another zone?",
    )


def _not_newer(case: Case, state: PlacementState) -> Ruling | None:  # noqa: ARG001
    floor, environment = case.own.floor, case.placement.environment
    if case.own.current is not None and case.own.current.tag == case.candidate.tag:
        return Ruling(hold_reasons.NOT_NEWER, False, f"{environment} runs it now")
    if case.candidate.tag in case.own.held:
        return Ruling(hold_reasons.NOT_NEWER, False, f"{environment} has run it before")
    if floor is None or case.candidate > floor:
        return None
    if floor.guessed and floor.stamp is not None:
        return Ruling(hold_reasons.NOT_NEWER, False, _may_be_older(floor, floor.stamp, case))
    return Ruling(
        hold_reasons.NOT_NEWER,
        False,
        f"{environment} has run {floor.tag}, and {case.candidate.tag} is not newer",
    )


def _may_be_older(floor: Version, by: datetime, case: Case) -> str:
    there, when = case.placement.environment, times.format_time(by, case.zone)
    return (
        f"{there} has run {floor.tag}, of which nobody can say any more when it was created, only that it "
        f"was there at {when}: {case.candidate.tag} was created before that"
    )


def _history_ends(case: Case, state: PlacementState) -> Ruling | None:
    """What was built after the horizon cannot have been held, or left, before it."""
    horizon, tag = case.own.horizon, case.candidate.tag
    if horizon is None or (known := built_after(case, horizon)) in {"yes", "unasked"}:
        return None
    seen = f"history can be seen back to {times.format_time(horizon, case.zone)} only"
    why = "was built before that" if known == "no" else "does not say when it was built, nor do its images"
    way = f"raise repositories.{state.policy.repository}.history, or promote it by name"
    return Ruling(
        hold_reasons.HISTORY_ENDS, False, f"{seen}, and {tag} {why}: it may have been left earlier; {way}"
    )


def _rolled_back(case: Case, state: PlacementState) -> Ruling | None:  # noqa: ARG001
    if not case.rolled_back:
        return None
    return Ruling(hold_reasons.ROLLED_BACK, False, f"it {' and '.join(case.rolled_back.values())}")


def _failed(case: Case, state: PlacementState) -> Ruling | None:  # noqa: ARG001
    if not case.failed:
        return None
    return Ruling(hold_reasons.FAILED, False, f"it {' and '.join(case.failed.values())}")


def _failed_beside(case: Case, state: PlacementState) -> Ruling | None:  # noqa: ARG001
    if not case.failed_beside:
        return None
    several = len(case.failed_beside) > 1
    shared = f"which come{'' if several else 's'} after the same as this"
    said = f"it {' and '.join(case.failed_beside.values())}, {shared}"
    return Ruling(hold_reasons.FAILED_BESIDE, False, said)


def _built_before_rollback(case: Case, state: PlacementState) -> Ruling | None:
    """What was built before somebody moved back may have the same fault; who merges may know better.

    What its tag does not tell its images do: they are looked at before anything is promoted.
    """
    moved = case.own.moved_back
    if (
        moved is None
        or state.policy.after_rollback != "built_after"
        or state.policy.deliver == "pull-request"
    ):
        return None
    if (known := built_after(case, moved)) in {"yes", "unasked"}:
        return None
    where, when = case.placement.environment, times.format_time(moved, case.zone)
    if known == "unsaid":
        way = f"`updater release {case.placement.app} {where}` lets it go on"
        said = f"neither it nor its images say whether it was built after {where} was rolled back at {when}"
        return Ruling(hold_reasons.BUILT_BEFORE_ROLLBACK, False, f"{said}: {way}")
    return Ruling(
        hold_reasons.BUILT_BEFORE_ROLLBACK, False, f"it was built before {where} was rolled back at {when}"
    )


def _awaits_release(case: Case, state: PlacementState) -> Ruling | None:
    if case.own.moved_back is None or state.policy.after_rollback != "release":
        return None
    when = times.format_time(case.own.moved_back, case.zone)
    return Ruling(
        hold_reasons.AWAITS_RELEASE,
        False,
        f"{case.placement.environment} was rolled back at {when} and not released",
    )


def _rejected(case: Case, state: PlacementState) -> Ruling | None:
    if not state.rejected:
        return None
    read = state.policy.tags.scheme.read
    versions = (version for tag in state.rejected if (version := read(tag)) is not None)
    highest = max(versions, key=lambda version: version.rank, default=None)
    if highest is None or case.candidate > highest:
        return None
    said = f"the pull request for {highest.tag} was closed unmerged"
    too = "" if not case.candidate < highest else ", which rejects what is older, too"
    return Ruling(hold_reasons.REJECTED, False, said + too)


def _not_of_the_last_wave(case: Case, state: PlacementState) -> Ruling | None:  # noqa: ARG001
    """A newcomer is nobody's canary: it begins with what has gone all the way."""
    tag, begins = case.candidate.tag, f"{case.placement.environment} has run nothing yet"
    for name, line in case.last_wave.items():
        if line is None:
            said = f"{begins}, and what {name} runs, of the last wave, was not read lately"
            return Ruling(hold_reasons.LAST_WAVE, False, said, waits=True)
        if proven_stay(line, tag) is None:
            said = f"{begins}, so it begins with a tag that all of the last wave run"
            return Ruling(hold_reasons.LAST_WAVE, False, f"{said}, and {name} does not run {tag}")
    return None


ALWAYS: tuple[Rule, ...] = (_forbidden, _future)
UNLESS_RELEASED: tuple[Rule, ...] = (
    _not_newer,
    _history_ends,
    _rolled_back,
    _failed,
    _failed_beside,
    _rejected,
    _not_of_the_last_wave,
)
AFTER_A_STEP_BACK: tuple[Rule, ...] = (_built_before_rollback, _awaits_release)
"""Lifted also by a release that names no tag."""


def clock_skew_rulings(case: Case, state: PlacementState) -> Iterator[Ruling]:
    """Say so where a gate of this placement goes by the time."""
    if case.skew is not None and state.policy.is_timed:
        yield _clock_skew(*case.skew)


def _clock_skew(server: str, ahead: float) -> Ruling:
    apart = times.format_duration(timedelta(minutes=round(abs(ahead) / 60)))  # to the minute: seconds tick
    way = "behind" if ahead > 0 else "ahead of"
    said = f"the clock here is {apart} {way} that of {server}: what goes by the time waits until they agree"
    return Ruling(hold_reasons.CLOCK_SKEW, False, said, waits=True)
