"""What the base branch's history says of each app in each environment. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from itertools import zip_longest

from updater import messages
from updater.config import Pin, Policy
from updater.interpret.never_run import put_anew, sides
from updater.interpret.pin_cache import PinCache
from updater.interpret.pin_history import PinHistory, PinStatement, pin_history
from updater.manifests import Selector, Value
from updater.model import Commit, FileChange, History, Image, Placement, Timeline, pinned_tag
from updater.situation import PinReading
from updater.timeline import Lost, Order, Point, latest_times, settled_times, timeline

_BY_GITHUB = "<noreply@github.com>"


class BranchHistory:
    """One base branch's history, indexed for many questions."""

    def __init__(
        self,
        history: History,
        *,
        base: str,
        record: str | None,
        mail: str,
        pins: Sequence[PinReading],
        cache: PinCache,
        now: datetime,
        following: Mapping[Placement, str] | None = None,
        merged: Collection[str] = (),
    ) -> None:
        """`following`: the moving tags that are followed by their digest, and where.

        `merged`: heads of pull requests of ours that were merged, as far as the forge tells.
        """
        self._pins = pins
        self._following = following or {}
        self._walked: dict[str, Mapping[Selector, list[PinStatement]]] = {}
        """By path, what pins said."""
        self._known_digests: dict[Placement, Mapping[str | None, Mapping[Image, str]]] = {}
        self._history, self._commits = history, history.commits
        self._mail = f"<{mail}>"
        self._values = cache
        self._now = now
        self._chain = _first_parents(history.commits, base)
        """Newest first."""
        self._reachable = history.ancestry(base)
        self._abandoned = history.ancestry(record) - self._reachable if record else frozenset[str]()
        self._sides = frozenset(sides(self._chain, history.commits, merged))
        self._horizon = None if history.complete else self._chain[-1].time

    @property
    def forced(self) -> bool:
        """Somebody moved the base branch to where it no longer contains what we pushed."""
        return bool(self._abandoned)

    def is_ours(self, sha: str) -> bool:
        """The commit has our identity and says what it did; whether it did is a question of the pin."""
        commit = self._commits.get(sha)
        return commit is not None and self._is_by_us(commit) and bool(self._trailers(commit))

    @property
    def ours(self) -> Iterator[tuple[Commit, set[Placement]]]:
        """Every commit that is ours, and what it says it changed."""
        for sha, trailers in self._said.items():
            if self._is_by_us(commit := self._commits[sha]):
                yield commit, {trailer.placement for trailer in trailers}

    def commit(self, sha: str) -> Commit | None:
        return self._commits.get(sha)

    def on_base(self, sha: str) -> bool:
        return sha in self._reachable

    def added(self, head: str) -> Iterator[Commit]:
        """The commits a branch has beyond the base."""
        ahead, seen = [head], set[str]()
        while ahead:
            commit = self._commits.get(ahead.pop())
            if commit is not None and commit.sha not in self._reachable and commit.sha not in seen:
                seen.add(commit.sha)
                ahead.extend(commit.parents)
                yield commit

    def newest_of_base(self, shas: Iterable[str]) -> str | None:
        """Of these, the commit of the base that contains all others of the base; None where none does."""
        forks = {sha for sha in shas if sha in self._reachable}
        return next((sha for sha in forks if len(forks) == 1 or forks <= self._history.ancestry(sha)), None)

    def written(self, shas: Iterable[str], placement: Placement) -> tuple[dict[Image, str], dict[Image, str]]:
        """The tags and the digests that commits of ours say they gave the placement's images."""
        said = [t for sha in shas if self.is_ours(sha) for t in self._trailers(self._commits[sha])]
        mine = [trailer for trailer in said if trailer.placement == placement]
        return {t.image: self._name(t) for t in mine}, {t.image: t.digest for t in mine if t.digest}

    def timeline(self, policy: Policy, pins: Sequence[PinReading]) -> Timeline:
        order = Order(policy.tags.scheme.read, policy.tags.placeholders)
        lost = Lost(frozenset(self._hidden(policy, pins)), self._abandoned_tags(pins))
        return timeline(self._points(policy, pins), order, self._now, horizon=self._horizon, lost=lost)

    def first_held(self, policy: Policy, pins: Sequence[PinReading]) -> dict[str, datetime]:
        """Every tag any of its pins ever held, and the first time that can be seen."""
        first: dict[str, datetime] = {}
        for point in self._points(policy, pins):
            for tag in point.tags:
                if tag is not None:
                    first.setdefault(tag, point.time)
        for commit, tags in self._hidden_bumps.get(policy.placement, ()):
            for tag in tags.intersection(self._set_by(commit, pins)):
                first.setdefault(tag, min(commit.time, self._now))
        for tag, sha in self._abandoned_tags(pins).items():
            first.setdefault(tag, min(self._commits[sha].time, self._now))
        return first

    def position(self, sha: str) -> int:
        """Of a commit in the first-parent chain, newest first; beyond its end where it is not in it."""
        return self._positions.get(sha, len(self._chain))

    def first_with(self, path: str, said: Callable[[str], bool]) -> int:
        """Where in the chain the file first said what it says at the head; `said` is asked of blob ids."""
        for position, change in self._changes.get(path, []):
            if change.old is None or not said(change.old):
                return position
        return len(self._chain)

    def changes(self, path: str) -> Sequence[tuple[int, FileChange]]:
        """Where in the chain a file changed, newest first, and how."""
        return self._changes.get(path, [])

    def versions(self, path: str) -> Iterator[tuple[datetime, str | None]]:
        """From when on a file was which blob, oldest first; with what it was before all that is seen."""
        changes = self._changes.get(path, [])[::-1]
        if changes and changes[0][1].old is not None:
            yield self._times[self._chain[-1].sha], changes[0][1].old
        for position, change in changes:
            yield self._times[self._chain[position].sha], change.new

    @cached_property
    def _positions(self) -> Mapping[str, int]:
        return {commit.sha: position for position, commit in enumerate(self._chain)}

    # --- the first-parent line --------------------------------------------------------------------------

    def _points(self, policy: Policy, pins: Sequence[PinReading]) -> list[Point]:
        """What the pins together hold from each commit on that changes one of them; oldest first."""
        events: dict[int, dict[int, str | None]] = defaultdict(dict)
        for number, pin in enumerate(pins):
            for position, tag in self._said_by(pin):
                events[position][number] = tag
        tags: list[str | None] = [None] * len(pins)
        points: list[Point] = []
        before = list(tags)
        for position, then in zip_longest(order := sorted(events, reverse=True), order[1:]):
            for number, tag in events[position].items():
                tags[number] = tag
            if then is not None and self._are_one(position, then):
                continue
            if tags != before:
                points.append(self._point(position, policy, tags))
            before = list(tags)
        return points

    def _are_one(self, position: int, then: int) -> bool:
        """Somebody put both on the base in one go: what the first of them held nobody has run."""
        lot = self._put_anew.get(self._chain[position].sha)
        return lot is not None and lot == self._put_anew.get(self._chain[then].sha)

    @cached_property
    def _put_anew(self) -> Mapping[str, int]:
        return put_anew(self._chain, self._mail)

    def _point(self, position: int, policy: Policy, tags: Sequence[str | None]) -> Point:
        commit = self._chain[position]
        told = [
            t for t in self._trailers(commit) if t.placement == policy.placement and self._name(t) in tags
        ]
        ours = self._is_by_us(commit) and bool(told)
        digests = dict(self._recorded(policy.placement).get(tags[0], {})) if len(set(tags)) == 1 else {}
        digests |= {trailer.image: trailer.digest for trailer in told if trailer.digest}
        time, latest = self._times[commit.sha], self._latest[commit.sha]
        return Point(commit.sha, time, ours, tuple(tags), digests, latest)

    def _said_by(self, pin: PinReading) -> Sequence[PinStatement]:
        """What it said, newest first; a file is walked once for all pins that are in it."""
        path = pin.file.path
        if path not in self._walked:
            blob, selectors = self._files.get(path, (pin.file.blob, []))
            line, followed = PinHistory(self._changes, len(self._chain) - 1), self._followed.get(path, {})
            self._walked[path] = pin_history(path, blob, selectors, line, self._values, followed=followed)
        return self._walked[path].get(pin.pin.selector, ())

    @cached_property
    def _files(self) -> Mapping[str, tuple[str, list[Selector]]]:
        """By path, which blob it is, and its pins."""
        files: dict[str, tuple[str, list[Selector]]] = {}
        for pin in self._pins:
            files.setdefault(pin.file.path, (pin.file.blob, []))[1].append(pin.pin.selector)
        return files

    @cached_property
    def _followed(self) -> Mapping[str, Mapping[Selector, str]]:
        """By file, the pins that follow a moving tag, and which."""
        found: dict[str, dict[Selector, str]] = defaultdict(dict)
        for pin in self._pins:
            tag = self._following.get(pin.pin.placement)
            if tag is not None:
                found[pin.file.path][pin.pin.selector] = tag
        return found

    def _name(self, trailer: messages.Trailer) -> str:
        """What the commit says it set, as pins are said to hold it."""
        followed = self._following.get(trailer.placement)
        return pinned_tag(trailer.tag, trailer.digest, followed) or trailer.tag

    @cached_property
    def _changes(self) -> Mapping[str, list[tuple[int, FileChange]]]:
        """By path, where in the chain it changed; newest first."""
        changes: dict[str, list[tuple[int, FileChange]]] = defaultdict(list)
        for position, commit in enumerate(self._chain):
            for path, change in commit.changes.items():
                changes[path].append((position, change))
        return changes

    @cached_property
    def _times(self) -> Mapping[str, datetime]:
        return settled_times(reversed(self._chain), self._dated, self._now)

    @cached_property
    def _latest(self) -> Mapping[str, datetime]:
        return latest_times(self._chain[::-1], self._dated, self._times, self._now)

    @cached_property
    def _dated(self) -> set[str]:
        """Commits of ours, dated by our clock."""
        return {commit.sha for commit in self._chain if self.is_ours(commit.sha)}

    def _is_by_us(self, commit: Commit) -> bool:
        """By our hand, or, as our own, by GitHub's, which signs what it commits."""
        if commit.committer.endswith(_BY_GITHUB):
            return commit.author.endswith(self._mail)
        return commit.committer.endswith(self._mail)

    # --- what commits of ours said ----------------------------------------------------------------------

    def _trailers(self, commit: Commit) -> tuple[messages.Trailer, ...]:
        return self._said.get(commit.sha, ())

    @cached_property
    def _said(self) -> Mapping[str, tuple[messages.Trailer, ...]]:
        said = ((sha, messages.read_trailers(commit.message)) for sha, commit in self._commits.items())
        return {sha: trailers for sha, trailers in said if trailers}

    def _recorded(self, placement: Placement) -> Mapping[str | None, Mapping[Image, str]]:
        """By tag, the digests our own commits recorded, wherever in the ancestry they are; the newest counts.

        To know it of one app, nothing of the others is walked.
        """
        if placement not in self._known_digests:
            found: dict[str | None, dict[Image, str]] = defaultdict(dict)
            for commit, trailer in self._said_of.get(placement, ()):
                if trailer.digest and self._did(commit, trailer):
                    found[self._name(trailer)][trailer.image] = trailer.digest
            self._known_digests[placement] = found
        return self._known_digests[placement]

    @cached_property
    def _said_of(self) -> Mapping[Placement, list[tuple[Commit, messages.Trailer]]]:
        """What commits of ours that the base contains say of each app in each environment; oldest first."""
        found: dict[Placement, list[tuple[Commit, messages.Trailer]]] = defaultdict(list)
        mine = (self._commits[sha] for sha in self._said if sha in self._reachable and self.is_ours(sha))
        for commit in sorted(mine, key=lambda commit: commit.time):
            for trailer in self._trailers(commit):
                found[trailer.placement].append((commit, trailer))
        return found

    def _did(self, commit: Commit, trailer: messages.Trailer) -> bool:
        """Whether the commit made the change it speaks of."""
        pins = self._pins_of.get((trailer.placement, trailer.image), ())
        if commit.sha in self._positions:
            return any(
                self._moved_to(pin, self._positions[commit.sha]) == self._name(trailer) for pin in pins
            )
        return self._name(trailer) in self._set_by(commit, pins)

    def _moved_to(self, pin: PinReading, position: int) -> str | None:
        """The tag a commit of the first-parent line gave the pin; None where it left it alone."""
        said = self._said_by(pin)
        index = bisect_left(said, position, key=lambda event: event[0])
        if index == len(said) or said[index][0] != position:
            return None
        before = said[index + 1][1] if index + 1 < len(said) else None
        return said[index][1] if said[index][1] != before else None

    @cached_property
    def _pins_of(self) -> Mapping[tuple[Placement, Image], list[PinReading]]:
        pins: dict[tuple[Placement, Image], list[PinReading]] = defaultdict(list)
        for pin in self._pins:
            pins[pin.pin.placement, pin.pin.image].append(pin)
        return pins

    # --- lines the first-parent line does not show ------------------------------------------------------

    def _hidden(self, policy: Policy, pins: Sequence[PinReading]) -> Iterator[str]:
        """Tags our own commits set somewhere in the ancestry, if those commits really made that change."""
        for commit, tags in self._hidden_bumps.get(policy.placement, ()):
            yield from tags.intersection(self._set_by(commit, pins))

    @cached_property
    def _hidden_bumps(self) -> Mapping[Placement, list[tuple[Commit, set[str]]]]:
        """Our commits that the first-parent line does not show, and the tags they say they set."""
        hidden: dict[Placement, list[tuple[Commit, set[str]]]] = defaultdict(list)
        for sha, trailers in self._said.items():
            commit = self._commits[sha]
            if sha in self._positions or sha not in self._reachable or not self._is_by_us(commit):
                continue
            if sha in self._sides:
                continue
            for placement in {trailer.placement for trailer in trailers}:
                hidden[placement].append(
                    (commit, {self._name(t) for t in trailers if t.placement == placement})
                )
        return hidden

    def _abandoned_tags(self, pins: Sequence[PinReading]) -> dict[str, str]:
        commits = (self._commits[sha] for sha in self._abandoned)
        return {tag: commit.sha for commit in commits for tag in self._set_by(commit, pins)}

    def _set_by(self, commit: Commit, pins: Sequence[PinReading]) -> set[str]:
        """What a commit gave the pins that did not say so before."""
        touched = ((commit.changes.get(path), pin.pin) for pin in pins for path in self._names(pin.file.path))
        moves = (
            (self._tag(change.old, pin), self._tag(change.new, pin)) for change, pin in touched if change
        )
        return {new for old, new in moves if new and new != old}

    def _tag(self, blob: str | None, pin: Pin) -> str | None:
        value = self._values.of(blob, pin.selector) if blob else None
        followed = self._following.get(pin.placement)
        return pinned_tag(value.tag, value.digest, followed) if isinstance(value, Value) else None

    def _names(self, path: str) -> set[str]:
        """The path, and every one its file was moved from, on whatever line, or to, where that was lost."""
        names, ahead = set[str](), [path]
        while ahead:
            name = ahead.pop()
            if name not in names:
                names.add(name)
                ahead.extend(self._moved_from.get(name, ()))
        return names

    @cached_property
    def _moved_from(self) -> Mapping[str, set[str]]:
        moved: dict[str, set[str]] = defaultdict(set)
        for commit in self._commits.values():
            for path, change in commit.changes.items():
                if change.renamed_from is not None:
                    moved[path].add(change.renamed_from)
                    if commit.sha in self._abandoned:
                        moved[change.renamed_from].add(path)
        return moved


def _first_parents(commits: Mapping[str, Commit], tip: str) -> list[Commit]:
    chain, commit = [], commits.get(tip)
    while commit is not None:
        chain.append(commit)
        commit = commits.get(commit.parents[0]) if commit.parents else None
    return chain
