"""One app as programs read it: what it runs in each environment, and what it ran there before. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from updater.model import DeploymentVerdict, Timeline
from updater.value_class import value_class
from updater.views.builds import BuiltShape
from updater.views.holds_file import HoldsFileShape
from updater.views.orders import OrderShape
from updater.views.shape import Instant, Shape, read_off
from updater.views.status import CellShape
from updater.views.verification import DeploymentVerdictShape, verdict_shapes


@value_class
class StayShape(Shape):
    """One tag's time in one environment."""

    tag: str
    since: Instant
    until: Instant | None
    ended: Literal["still", "newer", "backwards", "removed"]
    by: str
    """the commit that brought it"""
    ended_by: str | None
    """the commit that ended it"""
    ours: bool
    """brought by the updater"""


@value_class
class StandstillShape(Shape):
    """A time in which a person had recorded that it may not move."""

    since: Instant
    until: Instant | None
    """null: it is on"""
    why: str
    by: str | None


@value_class
class PlacedShape(Shape):
    cell: CellShape | None
    """null: no pass has decided about it yet"""
    stays: Sequence[StayShape]
    """oldest first"""
    rolled_back: Mapping[str, str]
    """tags, and the commits that moved back from them"""
    holds: Sequence[StandstillShape]
    """recorded by people, past ones too; oldest first"""
    verdicts: Sequence[DeploymentVerdictShape]
    """what was found after its deployments; oldest first"""
    orders: Sequence[OrderShape]
    """what a person may order here"""
    holds_file: HoldsFileShape | None
    """the same by Git alone; null: others write here, or it has not been read yet"""
    builds: Mapping[str, BuiltShape]
    """from what its tags were built: of what runs and of what comes, as far as their images were read"""


@value_class
class AppShape(Shape):
    version: int
    app: str
    environments: Mapping[str, PlacedShape]


def placed(
    cell: CellShape | None,
    timeline: Timeline | None,
    verdicts: Sequence[DeploymentVerdict],
    *,
    orders: Sequence[OrderShape],
    holds_file: HoldsFileShape | None,
    builds: Mapping[str, BuiltShape],
) -> PlacedShape:
    return PlacedShape(
        cell=cell,
        stays=[read_off(StayShape, stay) for stay in timeline.stays] if timeline else [],
        rolled_back=dict(timeline.rolled_back) if timeline else {},
        holds=[read_off(StandstillShape, each) for each in timeline.hold_periods] if timeline else [],
        verdicts=verdict_shapes(verdicts),
        orders=orders,
        holds_file=holds_file,
        builds=builds,
    )
