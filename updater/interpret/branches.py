"""What stands on a proposal's branch, commit by commit. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from updater.facts import PinFact
from updater.interpret.past import Past
from updater.interpret.values import Values
from updater.manifests import Edit, PinRefused, write
from updater.model import Commit, Image, Proposal


def looked_at(proposal: Proposal, pins: Sequence[PinFact], past: Past | None, values: Values) -> Proposal:
    """The proposal with what its branch says."""
    head = past.commit(proposal.pull_request.head) if past else None
    if past is None or head is None:
        return proposal
    return replace(
        proposal,
        edited=any(not _is_fine(commit, past) for commit in past.added(head.sha)),
        exact=_is_exact(head, proposal, pins, past, values),
        digests=past.digests(head.sha),
        behind=any(_has_moved(head, pin) for pin in pins),
    )


def _is_fine(commit: Commit, past: Past) -> bool:
    """A commit of ours, or a merge of the base into the branch."""
    return past.is_ours(commit.sha) or any(past.on_base(parent) for parent in commit.parents[1:])


def _has_moved(head: Commit, pin: PinFact) -> bool:
    change = head.changes.get(pin.file.path)
    return change is None or change.old != pin.file.blob


def _is_exact(head: Commit, proposal: Proposal, pins: Sequence[PinFact], past: Past, values: Values) -> bool:
    """One commit of ours on the base, whose files are the old ones with just the pins set."""
    if not past.is_ours(head.sha) or len(head.parents) != 1 or not past.on_base(head.parents[0]):
        return False
    digests = past.digests(head.sha)
    return all(_rewrites(head, path, list(edits), values) for path, edits in _edits(proposal, pins, digests))


def _edits(
    proposal: Proposal, pins: Sequence[PinFact], digests: dict[Image, str]
) -> Iterator[tuple[str, Iterator[Edit]]]:
    for path in dict.fromkeys(pin.file.path for pin in pins):
        here = (pin.pin for pin in pins if pin.file.path == path)
        tag = proposal.marker.tag
        yield (
            path,
            (
                Edit(pin.selector, tag, digests.get(pin.image) if pin.selector.pin != "tag" else None)
                for pin in here
            ),
        )


def _rewrites(head: Commit, path: str, edits: Sequence[Edit], values: Values) -> bool:
    change = head.changes.get(path)
    if change is None or change.old is None or change.new is None:
        return False
    old, new = values.text(change.old), values.text(change.new)
    try:
        return old is not None and new is not None and write(old, edits) == new
    except PinRefused:
        return False
