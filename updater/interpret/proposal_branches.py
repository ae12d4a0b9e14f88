"""What stands on the branches of proposals: whose commits, and what they make of the base. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from updater.interpret.branch_history import BranchHistory
from updater.interpret.pin_cache import PinCache
from updater.interpret.pins import failed_reading
from updater.manifests import Edit, PinRefused, write
from updater.model import (
    Answer,
    ChangesOf,
    Commit,
    FileChange,
    Placement,
    Proposal,
    Question,
    Unreadable,
    split_tag,
)
from updater.situation import PinReading, PlacementState, Situation
from updater.value_class import value_class


def with_branch_state(proposal: Proposal, placement: Placement, past: BranchHistory | None) -> Proposal:
    """The proposal with what the commits on its branch say."""
    head = past.commit(proposal.pull_request.head) if past else None
    if past is None or head is None:
        return proposal
    added = list(past.added(head.sha))
    merges = [commit for commit in added if _merges_base(commit, past)]
    tags, digests = past.written([commit.sha for commit in added], placement)
    return replace(
        proposal,
        edited=any(not past.is_ours(commit.sha) for commit in added if commit not in merges),
        merged=bool(merges),
        fork=past.newest_of_base(parent for commit in added or [head] for parent in commit.parents),
        tags=tags,
        digests=digests,
    )


def branch_questions(situation: Situation) -> frozenset[Question]:
    """In what the branches of our proposals differ from the base they stand on."""
    return frozenset(_question(each) for _, each in _proposals(situation.states) if each.fork is not None)


def with_branch_answers(
    situation: Situation, answers: Mapping[Question, Answer], cache: PinCache
) -> Situation:
    """The proposals then know what their branches change, and whether that is all they should."""
    by_number: dict[int, list[tuple[PlacementState, Proposal]]] = defaultdict(list)
    for state, proposal in _proposals(situation.states):
        by_number[proposal.pull_request.number].append((state, proposal))
    found = {number: _look(together, answers, cache) for number, together in by_number.items()}
    states = {placement: _with(state, found) for placement, state in situation.states.items()}
    return replace(situation, states=states)


@value_class
class _Look:
    """At one branch."""

    intact: bool
    """It is the base and what our commits say they changed, nothing else."""
    faithful: bool
    """It changes what our commits say, nothing else, but perhaps where the pins were before."""
    changes: Mapping[str, FileChange]
    whole: bool = True
    """The branch was read, and all pins that stand on it."""
    unread: Unreadable | None = None


def _proposals(states: Mapping[Placement, PlacementState]) -> Iterator[tuple[PlacementState, Proposal]]:
    for state in states.values():
        yield from ((state, each) for each in (state.proposal, state.asked) if each is not None)


def _question(proposal: Proposal) -> ChangesOf:
    return ChangesOf(proposal.fork or "", proposal.pull_request.head)


def _look(
    together: Sequence[tuple[PlacementState, Proposal]], answers: Mapping[Question, Answer], cache: PinCache
) -> _Look:
    said = answers.get(_question(together[0][1]))
    if isinstance(said, Unreadable):
        return _Look(intact=False, faithful=False, changes={}, whole=False, unread=said)
    listed = said if isinstance(said, tuple) else ()
    changes = {change.path: change for change in listed if isinstance(change, FileChange)}
    edits: dict[str, list[Edit]] = defaultdict(list)
    for state, proposal in together:
        for pin in state.pins:
            edits[pin.file.path] += _edit(pin, proposal)
    intact = edits.keys() == changes.keys() and all(
        _rewrites(changes[path], wanted, cache) for path, wanted in edits.items()
    )
    faithful = intact or _is_faithful(changes.values(), list(edits.values()), cache)
    whole = isinstance(said, tuple) and all(
        len(state.pins) == len(state.policy.pins) for state, _ in together
    )
    return _Look(intact, faithful, changes, whole)


def _is_faithful(changes: Iterable[FileChange], edits: Sequence[Sequence[Edit]], cache: PinCache) -> bool:
    """Whether each change is one that our commits speak of, in whatever file, and all of these are there."""
    left = [wanted for wanted in edits if wanted]
    for change in changes:
        done = next((wanted for wanted in left if _rewrites(change, wanted, cache)), None)
        if done is None:
            return False
        left.remove(done)
    return not left


def _edit(pin: PinReading, proposal: Proposal) -> Iterator[Edit]:
    image, selector = pin.pin.image, pin.pin.selector
    if image in proposal.tags:
        digest = proposal.digests.get(image) if selector.pin != "tag" else None
        yield Edit(selector, split_tag(proposal.tags[image])[0], digest)


def _rewrites(change: FileChange, edits: Sequence[Edit], cache: PinCache) -> bool:
    if change.old is None or change.new is None:
        return False
    old, new = cache.text(change.old), cache.text(change.new)
    try:
        return old is not None and new is not None and write(old, edits) == new
    except PinRefused:
        return False


def _with(state: PlacementState, found: Mapping[int, _Look]) -> PlacementState:
    """A branch that could not be read is not judged, and nothing is decided from it."""
    if state.proposal is None and state.asked is None and state.group is None:
        return state
    numbers = [each.pull_request.number for each in (state.proposal, state.asked) if each is not None]
    unread = [failed_reading(why) for number in numbers if (why := found[number].unread) is not None]
    return replace(
        state,
        proposal=_judged(state.proposal, state, found),
        asked=_judged(state.asked, state, found),
        group=_judged_whole(state.group, found),
        unheard=(*state.unheard, *unread),
    )


def _judged(proposal: Proposal | None, state: PlacementState, found: Mapping[int, _Look]) -> Proposal | None:
    if proposal is None:
        return None
    look = found[proposal.pull_request.number]
    shown = all(proposal.tags.get(pin.pin.image) == proposal.marker.tag for pin in state.pins)
    edited = proposal.edited or (proposal.merged and not look.intact)
    exact = look.intact and shown and not proposal.edited
    return replace(
        proposal,
        edited=edited,
        doubtful=edited and not proposal.edited and not look.whole,
        exact=exact,
        outdated=look.faithful and bool(look.changes) and not (exact or edited),
        behind=any(_has_moved(pin, look.changes) for pin in state.pins),
    )


def _judged_whole(group: Proposal | None, found: Mapping[int, _Look]) -> Proposal | None:
    look = found.get(group.pull_request.number) if group is not None else None
    if group is None or look is None:
        return group
    edited = group.edited or (group.merged and not look.intact)
    doubtful = edited and not group.edited and not look.whole
    return replace(group, edited=edited, doubtful=doubtful, exact=look.intact and not edited)


def _merges_base(commit: Commit, past: BranchHistory) -> bool:
    return len(commit.parents) > 1 and all(past.on_base(parent) for parent in commit.parents[1:])


def _has_moved(pin: PinReading, changes: Mapping[str, FileChange]) -> bool:
    change = changes.get(pin.file.path)
    return change is None or change.old != pin.file.blob
