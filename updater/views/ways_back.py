"""What becomes of deployments that failed their verification, as people and programs read it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from updater.model import Placement, WayBack
from updater.value_class import value_class
from updater.views.shape import Shape


@value_class
class WayBackShape(Shape):
    """What follows, as the last pass decided it; whether a step was done, its outcome says."""

    tag: str
    """what failed"""
    result: Literal["goes", "proposes", "waits", "told", "nothing_verified", "many_failed"]
    """it goes back by a push; by a pull request, or one that is open already; people are told: by config or
    since something forbids more; since nothing was verified there; since so many fail at once"""
    target: str | None
    """what it goes back to"""
    by: str
    """as its commit names it, such as `verify:alerts`"""
    sentence: str
    command: str
    """what a person would type"""


def way_back_shape(one: WayBack) -> WayBackShape:
    target = one.target.tag if one.target else None
    return WayBackShape(one.failed.tag, one.result, target, one.by, one.sentence, one.command)


def way_back_by_placement(ways: Iterable[WayBack]) -> Mapping[Placement, WayBackShape]:
    return {each.placement: way_back_shape(each) for each in ways}


def way_back_words(one: WayBackShape) -> str:
    """Where nothing goes by itself, with the command."""
    return one.sentence if one.result in {"goes", "proposes", "waits"} else f"{one.sentence}: {one.command}"
