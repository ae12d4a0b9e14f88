"""What a person may order about one app in one environment, as commands to copy. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

from pydantic import Field

from updater.model import Decision, Hold, Ruling, Timeline
from updater.reasons import hold_reasons
from updater.value_class import value_class
from updater.views.shape import Shape

WHY = "WHY"
"""Stands for a reason in words of the reader's own."""


@value_class
class OrderShape(Shape):
    order: Literal["release", "promote", "hold", "rollback"]
    command: Annotated[str, Field(examples=["updater hold shop production --why WHY"])]
    """to be copied; `WHY` stands for a reason in your words"""
    effect: str
    """what becomes of it, in words"""


def orders(decision: Decision | None, timeline: Timeline | None, deliver: str) -> list[OrderShape]:
    """Those that change how it stands: what ends a hold first, the way back last. None where others write."""
    if decision is None or deliver == "none":
        return []
    return [
        *_releases(decision),
        *_promote(decision, deliver),
        *_hold(decision),
        *_rollback(decision, timeline),
    ]


def _releases(decision: Decision) -> Iterator[OrderShape]:
    environment, app = decision.placement
    here = ["updater", "release", app, environment]
    for reason in _reasons(decision):
        if reason.reason == hold_reasons.HELD and reason.command:
            yield OrderShape("release", reason.command, _lifted(reason.command))
        elif reason.reason == hold_reasons.LINE_STOPPED:
            yield OrderShape(
                "release", _ALL, "lets everything go on, in each deploy repository of the config"
            )
        elif reason.reason in _AFTER_A_STEP_BACK:
            yield OrderShape("release", shlex.join(here), "lets it go on after the step back")
        elif reason.reason == hold_reasons.ROLLED_BACK and (tag := _candidate(decision)):
            command = shlex.join([*here, "--tag", tag])
            yield OrderShape("release", command, f"lets {tag} come back once, through its gates")


def _lifted(command: str) -> str:
    """What becomes of a hold, and of others that the same command is about."""
    if command == _ALL:
        return "lifts the hold over everything, in each deploy repository of the config"
    alone = len(shlex.split(command)) > _OF_AN_APP
    return "lifts the hold: it goes on by itself" if alone else "lifts its holds in all its environments"


_ALL = "updater release --all"
_OF_AN_APP = len(("updater", "release", "APP"))
_AFTER_A_STEP_BACK = (hold_reasons.BUILT_BEFORE_ROLLBACK, hold_reasons.AWAITS_RELEASE)


def _promote(decision: Decision, deliver: str) -> Iterator[OrderShape]:
    """Where a person who names the tag, or passes over gates, gets it; not over what people have decided."""
    reasons, tag = _reasons(decision), _candidate(decision)
    passed = [one.reason.passed_by for one in reasons if one.reason.overridable and not _is_order(one)]
    named = [one for one in reasons if one.reason.lifted_by_name]
    if not reasons or tag is None or len(passed) + len(named) < len(reasons):
        return
    environment, app = decision.placement
    words = ["updater", "promote", app, environment, "--tag", tag]
    words += [word for code in dict.fromkeys(passed) for word in ("--override", code)]
    words += ["--why", WHY] if passed else []
    over = f", passing over {' and '.join(dict.fromkeys(passed))}" if passed else ""
    does = "opens a pull request with" if deliver == "pull-request" else "deploys"
    yield OrderShape("promote", shlex.join(words), f"{does} {tag} now{over}")


def _hold(decision: Decision) -> Iterator[OrderShape]:
    if any(one.reason == hold_reasons.HELD for one in _reasons(decision)):
        return
    environment, app = decision.placement
    command = shlex.join(["updater", "hold", app, environment, "--why", WHY])
    yield OrderShape("hold", command, "nothing newer comes until it is released (or --until 3d)")


def _rollback(decision: Decision, timeline: Timeline | None) -> Iterator[OrderShape]:
    """Where it has run something else that can be seen."""
    if timeline is None or all(stay.tag == decision.current for stay in timeline.stays):
        return
    environment, app = decision.placement
    command = shlex.join(["updater", "rollback", app, environment])
    effect = "goes back to the newest earlier tag that was never left backwards, whatever holds"
    yield OrderShape("rollback", command, effect)


def _reasons(decision: Decision) -> Sequence[Ruling]:
    return decision.reasons if isinstance(decision, Hold) else ()


def _candidate(decision: Decision) -> str | None:
    return decision.candidate if isinstance(decision, Hold) else decision.tag


def _is_order(ruling: Ruling) -> bool:
    """What a person has decided is ended by a release, and not passed over."""
    return ruling.reason in {hold_reasons.HELD, hold_reasons.LINE_STOPPED}
