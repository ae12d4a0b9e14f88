"""To say that somebody forced the base branch, for as long as that keeps a tag away. Pure."""

from collections.abc import Iterable, Iterator

from updater.situation import PlacementState

_SHOWN = 3


def forced_away(states: Iterable[PlacementState], branch: str, record: str | None) -> Iterator[str]:
    """A sentence at most; `record` is the commit that the updater had seen on the branch."""
    tags = sorted({tag for state in states for tag in state.timeline.kept_away})
    if record is None or not tags:
        return
    more = f" and {len(tags) - _SHOWN} more" if len(tags) > _SHOWN else ""
    yield (
        f"somebody forced {branch} away from {record[:10]}, which the updater had seen there: what ran on "
        f"the line that was left counts as rolled back ({', '.join(tags[:_SHOWN])}{more}); if that was no "
        "step back, `updater release APP ENVIRONMENT --tag TAG` says so"
    )
