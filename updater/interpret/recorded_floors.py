"""What the base's head says of rollback floors. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from updater.model import Placement, RecordedFloors, Snapshot, Unreadable
from updater.rollback_floors import PATH, fault_of, recorded_floors


def floors_over(snapshot: Snapshot, placement: Placement) -> RecordedFloors:
    """Those over one app in one environment."""
    file = snapshot.files.get(PATH)
    if isinstance(file, Unreadable):
        return RecordedFloors(unread=file.why)
    return recorded_floors(file.data if file else None, placement)


def unread_floors(snapshot: Snapshot) -> Iterator[str]:
    """That nobody can tell, for all to whom it matters: it shows nowhere until somebody has to go back."""
    file = snapshot.files.get(PATH)
    fault = fault_of(file.data) if file is not None and not isinstance(file, Unreadable) else None
    if fault is not None:
        yield f"{fault} (until that is mended nothing here goes back by itself)"
