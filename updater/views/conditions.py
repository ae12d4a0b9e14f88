"""What is true of what runs, as people and programs read it. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated

from pydantic import Field

from updater.model import Condition, Placement
from updater.value_class import value_class
from updater.views.shape import Shape


@value_class
class ConditionShape(Shape):
    """What is true of what runs, and is said for as long as it is true."""

    condition: Annotated[str, Field(examples=["behind_a_rollback"])]
    """its stable code"""
    tag: str
    """the one that runs"""
    sentence: str
    command: str
    """what helps, for a person"""


def by_placement(conditions: Iterable[Condition]) -> Mapping[Placement, Sequence[ConditionShape]]:
    """Only of those that have any."""
    found = defaultdict[Placement, list[ConditionShape]](list)
    for each in conditions:
        found[each.placement].append(_shape(each))
    return found


def sentence(condition: Condition | ConditionShape) -> str:
    """With the command that helps."""
    return f"{condition.sentence}: {condition.command}"


def _shape(condition: Condition) -> ConditionShape:
    return ConditionShape(condition.kind.code, condition.tag, condition.sentence, condition.command)
