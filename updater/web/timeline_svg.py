"""The timeline of an app as a drawing: what stands where, to the pixel. Pure; a template draws it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo

from updater.config import Policy
from updater.gates.soak import Soak
from updater.model import Decision, DeploymentVerdict, Hold, HoldPeriod, Stay, Timeline, Verification
from updater.value_class import value_class
from updater.web import wording
from updater.web.axis import Axis
from updater.web.verification_svg import KINDS, VerifiedSpan, verified_spans

WIDTH, RIGHT = 1_000, 16
TOP, LANE, BAR = 26, 62, 22
STAYS = 6
"""The latest of each environment; the others are in the table."""
_CHARACTER = 6.9
"""Pixels a character of a tag takes."""
_LETTER, _NAMES = 8.2, 260
"""Pixels a letter of an environment's name takes, and all of them together at most."""


@value_class
class Lane:
    """What is known of one environment."""

    policy: Policy
    timeline: Timeline
    decision: Decision | None
    verdicts: Sequence[DeploymentVerdict] = ()
    verification: Verification | None = None

    @property
    def stays(self) -> Sequence[Stay]:
        return self.timeline.stays[-STAYS:]

    @property
    def verified(self) -> Sequence[VerifiedSpan]:
        return tuple(verified_spans(self.stays, self.verdicts, self.verification))


@value_class
class Bar:
    x: float
    width: float
    label: str
    kind: str
    """`still`, `newer`, `backwards` or `removed`: how it ended."""
    ours: bool
    title: str


@value_class
class Band:
    """A stretch in which something holds or is allowed: `window`, `freeze`, `held`, `soak`, `wait`.

    Or in which it is verified: `verifying`, `verified`, `failed`, `unverified`.
    """

    kind: str
    x: float
    width: float
    label: str


@value_class
class Drawn:
    environment: str
    y: float
    bars: Sequence[Bar]
    under: Sequence[Band]
    """Behind the bars."""
    over: Sequence[Band]
    """On top of them."""
    beside: Sequence[Band]
    """Below them."""
    said: str
    """The same in words."""


@value_class
class Picture:
    lanes: Sequence[Drawn]
    ticks: Sequence[tuple[float, str]]
    now: float
    height: int
    width: int = WIDTH
    bar: int = BAR


def picture(lanes: Sequence[Lane], now: datetime, zone: tzinfo) -> Picture | None:
    """None where nothing was ever held."""
    shown = [lane.stays for lane in lanes]
    if not any(shown):
        return None
    longest = max(len(lane.policy.placement.environment) for lane in lanes)
    axis = Axis(_instants(lanes, shown, now), min(longest * _LETTER + 20, _NAMES), WIDTH - RIGHT)
    painter = _Painter(axis, now, zone)
    return Picture(
        lanes=[painter.lane(lane, TOP + number * LANE) for number, lane in enumerate(lanes)],
        ticks=[(round(axis.at(instant), 1), _tick(instant, zone)) for instant in axis.ticks()],
        now=round(axis.at(now), 1),
        height=TOP + LANE * len(lanes) + 14,
    )


def _instants(lanes: Sequence[Lane], shown: Sequence[Sequence[Stay]], now: datetime) -> Iterator[datetime]:
    yield from (now, now + timedelta(minutes=2))
    for stays in shown:
        yield from (stay.since for stay in stays)
        yield from (stay.until for stay in stays if stay.until is not None)
    begins = min((stays[0].since for stays in shown if stays), default=now)
    for lane in lanes:
        for start, until, _ in _waits(lane, now):
            yield from (start, until)
        for each in lane.timeline.hold_periods:
            yield from (at for at in (each.since, each.until) if at is not None and begins < at < now)
        for span in lane.verified:
            yield from (span.since, span.until)


def _waits(lane: Lane, now: datetime) -> Iterator[tuple[datetime, datetime, str]]:
    """What the next promotion waits for: from when, until when, by which code. A soak has begun before."""
    gate = lane.policy.gates.get("soak")
    length = gate.length if isinstance(gate, Soak) else timedelta()
    for reason in lane.decision.reasons if isinstance(lane.decision, Hold) else ():
        if reason.until is not None and reason.until > now:
            yield min(reason.until - length, now) if reason.code == "soak" else now, reason.until, reason.code


@value_class
class _Painter:
    axis: Axis
    now: datetime
    zone: tzinfo

    def lane(self, lane: Lane, y: float) -> Drawn:
        return Drawn(
            environment=lane.policy.placement.environment,
            y=y,
            bars=[self._bar(stay) for stay in lane.stays],
            under=[*_gates(lane, self.axis), *self._held(lane)],
            over=list(self._verified(lane)),
            beside=list(self._waits(lane)),
            said=_said(lane, self.zone),
        )

    def _bar(self, stay: Stay) -> Bar:
        x, end = self.axis.at(stay.since), self.axis.at(stay.until or self.now)
        width = max(end - x - 1.5, 2)
        return Bar(
            x=round(x, 1),
            width=round(width, 1),
            label=_label(stay.tag, width - 20),
            kind=stay.ended,
            ours=stay.ours,
            title=_told(stay, self.zone),
        )

    def _held(self, lane: Lane) -> Iterator[Band]:
        for each in lane.timeline.hold_periods:
            spans = [(each.since, each.until or self.now)]
            yield from _bands("held", spans, self.axis, _recorded(each, self.zone))

    def _verified(self, lane: Lane) -> Iterator[Band]:
        for span in lane.verified:
            yield from _bands(span.kind, [(span.since, span.until)], self.axis, span.label)

    def _waits(self, lane: Lane) -> Iterator[Band]:
        for start, until, code in _waits(lane, self.now):
            x = self.axis.at(start)
            label = f"{code} until {wording.clock(until, self.now, self.zone)}"
            kind = "soak" if code == "soak" else "wait"
            yield Band(kind, round(x, 1), round(self.axis.at(until) - x, 1), label)


def _recorded(each: HoldPeriod, zone: tzinfo) -> str:
    until = f" until {_tick(each.until, zone)}" if each.until else ""
    by = f" by {each.by}" if each.by else ""
    return f"held since {_tick(each.since, zone)}{until}{by}: {each.why}"


def _label(tag: str, width: float) -> str:
    """As much of its end as there is room for: that is where tags differ."""
    room = int(width / _CHARACTER)
    if len(tag) <= room:
        return tag
    return f"…{tag[-(room - 1) :]}" if room > 4 else ""  # noqa: PLR2004 - less says nothing


def _told(stay: Stay, zone: tzinfo) -> str:
    who = "the updater" if stay.ours else "a person"
    until = f" until {_tick(stay.until, zone)}" if stay.until else ""
    end = {"backwards": ", then rolled back", "removed": ", then taken out"}.get(stay.ended, "")
    return f"{stay.tag} since {_tick(stay.since, zone)}{until}, by {who}{end}"


def _gates(lane: Lane, axis: Axis) -> Iterator[Band]:
    for name, gate in lane.policy.gates.items():
        if gate.drawn is not None:
            yield from _bands(name, gate.stretches(axis.begins, axis.ends), axis, gate.drawn)


def _bands(kind: str, spans: Iterable[tuple[datetime, datetime]], axis: Axis, label: str) -> Iterator[Band]:
    for start, end in spans:
        if start < axis.ends and end > axis.begins:
            x = axis.at(start)
            yield Band(kind, round(x, 1), round(max(axis.at(end) - x, 1), 1), label)


def _said(lane: Lane, zone: tzinfo) -> str:
    told = "; ".join(_told(stay, zone) for stay in reversed(lane.stays)) or "nothing ran"
    told += "".join(f"; {span.label}" for span in reversed(lane.verified))
    told += "".join(f"; {_recorded(each, zone)}" for each in lane.timeline.hold_periods)
    holds = lane.decision.reasons[0].sentence if isinstance(lane.decision, Hold) else ""
    return f"{lane.policy.placement.environment}: {told}." + (f" Now: {holds}." if holds else "")


def _tick(instant: datetime, zone: tzinfo) -> str:
    then = instant.astimezone(zone)
    return f"{then:%a} {then.day} {then:%b} {then:%H:%M}"


def kinds(drawn: Picture) -> Mapping[str, bool]:
    """What a legend has to explain."""
    bars = [bar for lane in drawn.lanes for bar in lane.bars]
    bands = {band.kind for lane in drawn.lanes for band in (*lane.under, *lane.over, *lane.beside)}
    return {
        "ours": any(bar.ours for bar in bars),
        "person": any(not bar.ours for bar in bars),
        "backwards": any(bar.kind == "backwards" for bar in bars),
        **{kind: kind in bands for kind in ("window", "freeze", "held", "soak", "wait", *KINDS.values())},
    }
