"""The commit status that the base demands of what is not ours, and of what a merge queue tries. Pure.

A queue waits for what the base requires on the very commit it tries: the pull request, put on the base.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from updater.model import CommitStatus, FilesOf, Placement, PullRequest, SetStatus, StatusOf, Step
from updater.situation import Situation

_NO_PIN = CommitStatus("success", "changes no pin")
_BY_HAND = "may set pins of "
ABOUT = Placement("*", "*")


def foreign_steps(situation: Situation) -> Iterator[Step]:
    """Each head once. What it changes is asked once it is known that nothing is said of it yet."""
    for pull in situation.foreign:
        said = situation.answers.get(StatusOf(pull.head), _NO_PIN)
        files = _files(situation, pull) if said is None else None
        if files is not None:
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


# --- in a merge queue -----------------------------------------------------------------------------------


def queue_steps(situation: Situation, planned: Iterable[Step]) -> Iterator[Step]:
    """What is about to be said of the pull request counts, not what was."""
    if not situation.all_need_status:
        return
    news = {step.sha: step.status for step in planned if isinstance(step, SetStatus)}
    for each in situation.queued:
        head = each.pull_request.head
        said = news.get(head, situation.answers.get(StatusOf(head)))
        known = situation.answers.get(StatusOf(each.head), "unread")
        if (
            isinstance(said, CommitStatus)
            and said != known
            and (known is None or isinstance(known, CommitStatus))
        ):
            yield SetStatus(situation.repository, ABOUT, each.branch, each.head, said)
