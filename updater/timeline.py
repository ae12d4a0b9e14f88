"""What an environment has run: the one history that every rule, `status` and the page read. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime, timedelta

from updater.model import Commit, Ending, Image, Stay, Timeline, Version
from updater.value_class import value_class

SKEW = timedelta(minutes=5)
"""How far ahead of its commit a tag's stamp may be before it counts as a tag from the future."""


@value_class
class Point:
    """What the pins of one app in one environment hold from one commit on."""

    sha: str
    time: datetime
    ours: bool
    tags: tuple[str | None, ...]
    """A pin each; None: not there."""
    digests: Mapping[Image, str] = field(default_factory=dict)
    latest: datetime | None = None
    """When it was there at the latest, whatever it claims; None: its time is believed."""

    @property
    def tag(self) -> str | None:
        """The tag the environment runs: the one all pins hold."""
        return self.tags[0] if len(set(self.tags)) == 1 else None


@value_class
class Order:
    """How this environment's scheme orders tags, placeholders included."""

    read: Callable[[str], Version | None]
    placeholders: frozenset[str]

    def moves_back(self, old: str, new: str) -> bool:
        """From a tag the scheme reads to an older one, a placeholder, or one it cannot order (any more)."""
        before, after = self.read(old), self.read(new)
        if before is None or after is None:
            return before is not None
        return after < before or (after.guessed and not before.guessed)

    def same(self, one: str, other: str) -> bool:
        """One version, though it may have two names: `1.2.3` and `v1.2.3`."""
        return one == other or (self.read(one) is not None and self.read(one) == self.read(other))


@value_class
class Lost:
    """Tags held where the branch's first-parent line does not show them."""

    hidden: frozenset[str] = frozenset()
    """Bumps of ours that a human's merge hides."""
    abandoned: Mapping[str, str] = field(default_factory=dict)
    """Tags of a line the branch was forced away from, with the sha that held them."""


def timeline(
    points: Sequence[Point],
    order: Order,
    now: datetime,
    *,
    horizon: datetime | None = None,
    lost: Lost | None = None,
) -> Timeline:
    """Tell the stays of one app in one environment from its points, oldest first."""
    lost = lost or Lost()
    seen = {tag for point in points for tag in point.tags if tag is not None}
    abandoned = {tag: sha for tag, sha in lost.abandoned.items() if tag not in seen}
    rolled_back, moved_back = _backward_moves(points, order)
    forced_away = frozenset(abandoned.keys() - rolled_back.keys())
    held = frozenset(seen | lost.hidden | abandoned.keys()) - order.placeholders
    return Timeline(
        stays=_stays(points, order, now),
        held=held,
        rolled_back={**abandoned, **rolled_back},
        moved_back=moved_back,
        floor=_floor(points, held, order),
        horizon=horizon,
        left=_last_left(points),
        changed=points[-1].sha if points else None,
        forced_away=forced_away,
        kept_away=frozenset(_newer_than(points[-1] if points else None, forced_away, order)),
    )


def _newer_than(now: Point | None, tags: Iterable[str], order: Order) -> Iterator[str]:
    runs = order.read(now.tag) if now and now.tag else None
    versions = {tag: order.read(tag) for tag in tags}
    return (tag for tag, version in versions.items() if version and (runs is None or version > runs))


def settled_times(chain: Iterable[Commit], ours: Collection[str], now: datetime) -> dict[str, datetime]:
    """The time of each commit of a first-parent chain, oldest first, as far as it can be believed.

    Anybody may date a commit as they like; ours are dated by our clock. So a commit is no older than the last
    of ours before it, and no younger than the next of ours after it. One of the future is no younger than the
    next that can be believed; until there is one it has the time that it claims, which at least stands still.
    """
    commits, found = list(chain), dict[str, datetime]()
    earliest: datetime | None = None
    for commit in commits:
        found[commit.sha] = max(commit.time, earliest) if earliest else commit.time
        if commit.sha in ours and commit.time <= now:
            earliest = found[commit.sha]
    ours_next: datetime | None = None
    next_believed: datetime | None = None
    for commit in reversed(commits):
        latest = ours_next if commit.time <= now else next_believed
        found[commit.sha] = min(found[commit.sha], latest) if latest else found[commit.sha]
        if commit.time <= now:
            next_believed = found[commit.sha]
            ours_next = found[commit.sha] if commit.sha in ours else ours_next
    return found


def latest_times(
    chain: Sequence[Commit], ours: Collection[str], times: Mapping[str, datetime], now: datetime
) -> dict[str, datetime]:
    """When each commit of a chain, oldest first, was there at the latest: ours at its time, others before."""
    found, latest = {}, now
    for commit in reversed(chain):
        latest = min(times[commit.sha], now) if commit.sha in ours else latest
        found[commit.sha] = latest
    return found


def _stays(points: Sequence[Point], order: Order, now: datetime) -> tuple[Stay, ...]:
    stays: list[Stay] = []
    for before, point in _steps(points):
        if before is not None and before.tag == point.tag:
            continue
        if before is not None and before.tag is not None:
            stays[-1] = replace(
                stays[-1], until=point.time, ended=_ending(before, point, order), ended_by=point.sha
            )
        if point.tag is not None:
            stays.append(
                Stay(
                    point.tag,
                    _since(point, order, now),
                    point.sha,
                    point.ours,
                    None,
                    "still",
                    None,
                    point.digests,
                )
            )
    return tuple(stays)


def _steps(points: Sequence[Point]) -> Iterable[tuple[Point | None, Point]]:
    return zip((None, *points[:-1]), points, strict=True) if points else ()


def _since(point: Point, order: Order, now: datetime) -> datetime:
    """No tag was held before its image was built."""
    version = order.read(point.tag) if point.tag else None
    stamp = version.stamp if version else None
    return max(point.time, stamp) if stamp is not None and stamp <= now else point.time


def _ending(before: Point, after: Point, order: Order) -> Ending:
    moves = _moves(before, after)
    if any(new is not None and order.moves_back(old, new) for old, new in moves):
        return "backwards"
    return "removed" if any(new is None for _, new in moves) else "newer"


def _moves(before: Point, after: Point) -> list[tuple[str, str | None]]:
    pairs = zip(before.tags, after.tags, strict=True)
    return [(old, new) for old, new in pairs if old is not None and old != new]


def _backward_moves(points: Sequence[Point], order: Order) -> tuple[dict[str, str], datetime | None]:
    """Which tags are rolled back now, by which commit; and when the environment last moved back."""
    rolled_back: dict[str, str] = {}
    moved_back, highest = None, None
    held: set[str] = set()
    for before, point in _steps(points):
        backward = [
            (old, new)
            for old, new in (_moves(before, point) if before else [])
            if new is not None and order.moves_back(old, new)
        ]
        for old, new in backward:
            rolled_back |= dict.fromkeys(_left(old, new, held, order), point.sha)
        if backward:
            moved_back = point.time
        for tag in _set(before, point):
            rolled_back = {left: sha for left, sha in rolled_back.items() if not order.same(left, tag)}
            version = order.read(tag)
            if version and (highest is None or version > highest):
                highest, moved_back = version, None if not backward else moved_back
            held.add(tag)
    return rolled_back, moved_back


def _left(old: str, new: str, held: Collection[str], order: Order) -> set[str]:
    """The tag moved from, and every held one above the target."""
    target = order.read(new)
    if target is None and new not in order.placeholders:
        return {old}
    if target is not None and target.guessed:
        return {old, *held} - {new}
    versions = (order.read(tag) for tag in held)
    return {old} | {v.tag for v in versions if v is not None and (target is None or v > target)}


def _set(before: Point | None, point: Point) -> set[str]:
    """The tags this commit put into some pin."""
    olds = before.tags if before else (None,) * len(point.tags)
    return {new for old, new in zip(olds, point.tags, strict=True) if new is not None and new != old}


def _last_left(points: Sequence[Point]) -> dict[str, str | None]:
    left: dict[str, str | None] = {}
    for before, point in _steps(points):
        gone = {*before.tags} - {*point.tags} if before else set()
        left |= dict.fromkeys((tag for tag in gone if tag is not None), point.sha)
        left |= dict.fromkeys(tag for tag in point.tags if tag is not None)
    return left


def _floor(points: Sequence[Point], held: Collection[str], order: Order) -> Version | None:
    """Of a tag from the future a person's date is no proof: one that may have been built by then counts."""
    first = {tag: point.latest or point.time for point in reversed(points) for tag in point.tags if tag}
    versions = [version for tag in held if (version := order.read(tag)) is not None]
    believed = (v for v in versions if not _from_the_future(v, first.get(v.tag)))
    return max(believed, key=lambda version: version.rank, default=None)


def _from_the_future(version: Version, set_at: datetime | None) -> bool:
    return version.stamp is not None and set_at is not None and version.stamp > set_at + SKEW
