"""The commit status of pull requests that are not ours, where the base demands one of each. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from updater.model import CommitStatus, FilesOf, Placement, PullRequest, Question, SetStatus, StatusOf, Step
from updater.situation import Situation

_NO_PIN = CommitStatus("success", "changes no pin")
_BY_HAND = "may set pins of "
ABOUT = Placement("*", "*")


def other_questions(situation: Situation) -> Iterator[Question]:
    """What a head changes is asked once it is known that nothing is said of it yet."""
    for pull in situation.foreign:
        yield StatusOf(pull.head)
        if situation.answers.get(StatusOf(pull.head), "unasked") is None:
            yield FilesOf(pull.number, pull.head)


def foreign_steps(situation: Situation) -> Iterator[Step]:
    """Each head once."""
    for pull in situation.foreign:
        said, files = situation.answers.get(StatusOf(pull.head), _NO_PIN), _files(situation, pull)
        if said is None and files is not None:
            # Of a fork's branch only the number is sure to name it.
            yield SetStatus(
                situation.repository, ABOUT, f"#{pull.number}", pull.head, _status(situation, files)
            )


def _files(situation: Situation, pull: PullRequest) -> frozenset[str] | None:
    answer = situation.answers.get(FilesOf(pull.number, pull.head))
    return frozenset(str(path) for path in answer) if isinstance(answer, tuple) else None


def _status(situation: Situation, files: frozenset[str]) -> CommitStatus:
    """People may set a pin by hand, and go back at any hour: no gate stands in the way of that."""
    touched = [
        str(placement)
        for placement, state in situation.states.items()
        if any(path in files for pin in state.policy.pins for path in pin.files)
    ]
    if not touched:
        return _NO_PIN
    more = f" and {len(touched) - 1} more" if len(touched) > 1 else ""
    return CommitStatus("success", f"{_BY_HAND}{touched[0]}{more} by hand: no gate has judged that")


def is_of_others(status: CommitStatus) -> bool:
    """It says no more than what is said here."""
    return status == _NO_PIN or (status.state == "success" and status.description.startswith(_BY_HAND))
