"""What was recorded of the deployments of an app in an environment. Pure."""

from __future__ import annotations

from updater import messages
from updater.model import DeploymentVerdict, File, Placement, Reading, Ruling, Snapshot, Unreadable
from updater.reasons import failure_reasons

_WAY = "mend the line, or delete the ref and with it all that was recorded"


def recorded_verdicts(
    snapshot: Snapshot, placement: Placement, branch: str
) -> tuple[DeploymentVerdict, ...] | Ruling:
    """Oldest first; or why nobody can say what was recorded."""
    read = snapshot.verdicts
    found = read if isinstance(read, Unreadable) else read.get(messages.verdicts_path(placement))
    if found is None:
        return ()
    return _parsed(found, placement, messages.verdicts_ref(branch))


def _parsed(found: Reading[File], placement: Placement, ref: str) -> tuple[DeploymentVerdict, ...] | Ruling:
    if isinstance(found, Unreadable):
        said = f"what was verified there cannot be read: {found.why}"
        return Ruling(failure_reasons.VERDICTS_UNREADABLE, False, said, waits=found.transient, unread=True)
    try:
        return messages.read_verdicts(placement, found.data)
    except ValueError as error:
        said = f"what was verified there cannot be read: {error} ({found.path} at {ref}): {_WAY}"
        return Ruling(failure_reasons.VERDICTS_UNREADABLE, False, said, unread=True)
