"""Where a tag has failed its verification: what keeps it from going on. Pure.

As with what was rolled back, somebody who sets it there again by name has decided.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from updater import times
from updater.model import DeploymentVerdict, Version
from updater.situation import PlacementState, Situation


def has_failed(place: PlacementState, situation: Situation) -> bool:
    """Some tag has, whichever."""
    return any(one.result == "failed" for one in situation.verdicts_of(place))


def failed_in(
    places: Iterable[PlacementState], candidate: Version, state: PlacementState, situation: Situation
) -> Mapping[str, str]:
    """Where in these places it has, by environment, and how; in the words of where `state` is."""
    found = {}
    for place in places:
        for verdict in failures(candidate.tag, place, situation)[-1:]:
            found[place.policy.placement.environment] = how_failed(verdict, state)
    return found


def failures(tag: str, state: PlacementState, situation: Situation) -> list[DeploymentVerdict]:
    """Of that tag there, under whatever name; none where somebody has set it again since."""
    failed = [one for one in situation.verdicts_of(state) if one.result == "failed"]
    if not failed:
        return []
    read = state.policy.tags.scheme.read
    version = read(tag)
    return [
        one
        for one in failed
        if (one.tag == tag or (version is not None and read(one.tag) == version))
        and not _was_set_again(one, state)
    ]


def how_failed(verdict: DeploymentVerdict, state: PlacementState) -> str:
    at = times.format_time(verdict.until, state.policy.tags.scheme.zone)
    what = f" ({', '.join(verdict.failed)})" if verdict.failed else ""
    return f"failed its verification in {verdict.placement.environment} at {at}{what}"


def _was_set_again(verdict: DeploymentVerdict, state: PlacementState) -> bool:
    """The stay that failed is over, and another one has the tag."""
    stays = state.timeline.stays
    failed = next((at for at, stay in enumerate(stays) if stay.by == verdict.commit), None)
    return failed is not None and any(stay.tag == verdict.tag for stay in stays[failed + 1 :])
