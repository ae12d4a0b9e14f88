"""What the syncs of Argo CD say of one tag: when it arrived, whether it runs, was it taken back. Pure.

What runs is what was synced last. What Argo CD last compared with says nothing: that is the newest commit for
every Application of the repository, whatever it has synced.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from updater.model import Application, Deployment, Rollout, Stay
from updater.value_class import value_class

LASTS = timedelta(minutes=5)
"""So long an Application must be Degraded or Missing before that counts as its state."""
SICK = frozenset({"Degraded", "Missing"})

_Mark: TypeAlias = Literal["has it", "newer", "without it"]
Span: TypeAlias = tuple[datetime, datetime]


@value_class
class Arrival:
    """An Application has deployed a tag, and nobody has taken it back."""

    at: datetime | None
    """None: its history is cut, and nobody can say when."""
    shown: bool = True
    """A sync that brought it is there to see; else the history is cut so far that it may have been."""
    latest: datetime | None = field(default=None, compare=False)
    """Where nobody can say when: by then it had it, or something newer."""

    def allows(self, at: datetime) -> bool:
        """What others remember of it may be so, as far as is shown."""
        return self.at is None and self.latest is not None and at <= self.latest


def runs(one: Application, stays: Sequence[Stay], rollout: Rollout) -> bool:
    """What it synced last has the tag that its pins were set to in these stays."""
    return one.last is not None and _mark(one.last, stays, rollout) == "has it"


def arrival(one: Application, stays: Sequence[Stay], rollout: Rollout) -> Arrival | None:
    """Since when the Application has it from these stays; None: it never had, or went back.

    Where the last stay has ended it counts what was there until a newer one was deployed.
    """
    marks = _marks(one, stays, rollout)
    start = max((place for place, mark in enumerate(marks) if mark == "without it"), default=-1) + 1
    first = next((place for place in range(start, len(marks)) if marks[place] == "has it"), None)
    if first is not None:
        at = one.history[first].at
        return Arrival(at if _is_first(one.history, first) else None, latest=at)
    passed_over = "newer" in marks[start:] and not _is_first(one.history, start)
    if not passed_over or "has it" in marks:
        return None
    return Arrival(None, shown=False, latest=one.history[start].at)


def deployed_at(
    applications: Sequence[Application], stays: Sequence[Stay], rollout: Rollout
) -> datetime | None:
    """When the last of the Applications deployed it; None: one has not, as far as it tells."""
    found = [arrival(one, stays, rollout) for one in applications]
    known = [each.at for each in found if each is not None and each.at is not None]
    return max(known) if known and len(known) == len(found) else None


def was_taken_back(one: Application, stays: Sequence[Stay], rollout: Rollout) -> bool:
    """Somebody has rolled it back inside Argo CD: it had it, and deployed something without it."""
    marks = _marks(one, stays, rollout)
    return "has it" in marks and arrival(one, stays, rollout) is None


def spans(one: Application, stays: Sequence[Stay], rollout: Rollout, now: datetime) -> list[Span]:
    """When it ran it, as far as Git says so, too. What its history is cut before is taken from Git."""
    ran = [span for stay in stays for span in _cut(_runs(one, stays, rollout, now), stay, now)]
    unknown = not ran and arrival(one, stays, rollout) == Arrival(None, shown=False)
    return [(stay.since, stay.until or now) for stay in stays] if unknown else ran


def both(one: Sequence[Span], other: Sequence[Span]) -> list[Span]:
    """When both were so."""
    pairs = ((max(a[0], b[0]), min(a[1], b[1])) for a in one for b in other)
    return [(since, until) for since, until in pairs if since < until]


def sick_since(one: Application) -> datetime | None:
    """Since when it is Degraded or Missing; where Argo CD does not tell, since it last synced at the most.

    A sync makes it Progressing for a while: who was seen sick before it and never well is so since then.
    """
    if one.health not in SICK:
        return None
    since = one.health_since or one.finished
    return min(since, one.unwell_since) if since and one.unwell_since else since


def is_lasting(one: Application, now: datetime) -> bool:
    """It is so for so long that it is no hiccup."""
    since = (one.health_since or one.finished) if one.health in SICK else None
    return since is not None and since + LASTS <= now


# --- one sync -------------------------------------------------------------------------------------------


def _marks(one: Application, stays: Sequence[Stay], rollout: Rollout) -> list[_Mark]:
    """Of its history, oldest first; what came after a newer tag says nothing more of one that has left."""
    marks = _all_marks(one.history, stays, rollout)
    if stays[-1].until is None:
        return marks
    last = max((place for place, mark in enumerate(marks) if mark == "has it"), default=-1)
    left = next((place for place in range(last + 1, len(marks)) if marks[place] == "newer"), len(marks))
    return marks[: left + 1]


def _mark(entry: Deployment, stays: Sequence[Stay], rollout: Rollout) -> _Mark:
    return _all_marks([entry], stays, rollout)[0]


def _all_marks(entries: Sequence[Deployment], stays: Sequence[Stay], rollout: Rollout) -> list[_Mark]:
    """Of hundreds of syncs; where they come from hardly ever changes, so that it is compared once."""
    sources = {each.source for entry in entries for each in entry.revisions}
    ours = {source for source in sources if rollout.manifests.are_in(source)}
    brought = ([each.sha for each in entry.revisions if each.source in ours] for entry in entries)
    return [_mark_of(shas, stays, rollout) for shas in brought]


def _mark_of(ours: Sequence[str], stays: Sequence[Stay], rollout: Rollout) -> _Mark:
    if any(_holds(sha, stay, rollout) for sha in ours for stay in stays):
        return "has it"
    ends = [stay.ended_by for stay in stays if stay.ended_by is not None]
    newer = any(rollout.lineage.contains(sha, end) for sha in ours for end in ends)
    return "newer" if newer else "without it"


def _holds(revision: str, stay: Stay, rollout: Rollout) -> bool:
    if not rollout.lineage.contains(revision, stay.by):
        return False
    return stay.ended_by is None or not rollout.lineage.contains(revision, stay.ended_by)


def _is_first(history: Sequence[Deployment], place: int) -> bool:
    """Nothing is missing just before it."""
    number = history[place].number
    if number == 0:
        return True
    before = history[place - 1].number if place else None
    return place > 0 and (number is None or before is None or before + 1 == number)


def _runs(one: Application, stays: Sequence[Stay], rollout: Rollout, now: datetime) -> Iterator[Span]:
    """From each sync that brought it until the next without it; where history is cut, as early as can be."""
    marks, history = _all_marks(one.history, stays, rollout), one.history
    for place, mark in enumerate(marks):
        if mark == "has it":
            known = _is_first(history, place) or (place > 0 and marks[place - 1] == "has it")
            until = history[place + 1].at if place + 1 < len(history) else now
            yield history[place].at if known else min(stay.since for stay in stays), until


def _cut(ran: Iterator[Span], stay: Stay, now: datetime) -> list[Span]:
    return both(list(ran), [(stay.since, stay.until or now)])
