"""To record what became of deployments: one commit for all of a pass, on the ref that remembers it. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from updater import messages
from updater.model import CommitDraft, DeploymentVerdict, File, Placement, PushVerdicts, RefUpdate
from updater.situation import Situation


def verdict_steps(situation: Situation, branch: str) -> Iterator[PushVerdicts]:
    """Each is written once: whoever finds it there asks no more."""
    found = situation.found
    if not found or situation.unrecorded:
        return
    before = {placement: _before(placement, situation) for placement in {one.placement for one in found}}
    files = {
        messages.verdicts_path(placement): messages.with_verdicts(data, _of(placement, found))
        for placement, data in before.items()
    }
    draft = CommitDraft(
        placement=found[0].placement,
        message=messages.verdicts_message(found),
        files=files,
        before={messages.verdicts_path(placement): data for placement, data in before.items()},
    )
    ref, tip = messages.verdicts_ref(branch), situation.record_of_verdicts
    yield PushVerdicts(situation.repository, RefUpdate(ref, tip, (draft,), tip), found)


def _of(placement: Placement, found: tuple[DeploymentVerdict, ...]) -> list[DeploymentVerdict]:
    return [one for one in found if one.placement == placement]


def _before(placement: Placement, situation: Situation) -> bytes:
    file = situation.verdict_files.get(messages.verdicts_path(placement))
    assert file is None or isinstance(file, File), "where it could not be read, nothing is found"
    return file.data if file else b""
