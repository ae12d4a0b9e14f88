"""The places of an app before another, beside it and after it, as far as they have been read. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from updater.config.kinship import Kin
from updater.model import Placement
from updater.situation import PlacementState, Situation


def before(state: PlacementState, situation: Situation) -> Iterator[PlacementState]:
    """All that it comes after, however far, the nearest first."""
    app, seen, ahead = state.policy.placement.app, set[str](), list(state.policy.after)
    while ahead:
        name = ahead.pop(0)
        if name in seen:
            continue
        seen.add(name)
        if (other := situation.state(Placement(name, app))) is not None:
            yield other
            ahead += other.policy.after


def beside(state: PlacementState, situation: Situation) -> Iterator[PlacementState]:
    """Those that come after one of its predecessors, too."""
    return _named(_kin(state, situation).beside, state, situation)


def after(state: PlacementState, situation: Situation) -> Iterator[PlacementState]:
    """All that come after it, however far."""
    return _named(_kin(state, situation).after, state, situation)


def _kin(state: PlacementState, situation: Situation) -> Kin:
    return situation.kin.get(state.policy.placement, Kin())


def _named(names: Iterable[str], state: PlacementState, situation: Situation) -> Iterator[PlacementState]:
    app = state.policy.placement.app
    found = (situation.state(Placement(name, app)) for name in names)
    yield from (other for other in found if other is not None)
