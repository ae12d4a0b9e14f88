"""What an environment comes after by its wave, for one app: not every app is in every member. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from datetime import timedelta

from updater.config.environments import Override
from updater.config.models import Main
from updater.config.policies import WaveOf
from updater.config.predecessors import After
from updater.config.waves import Wave, WavePosition
from updater.gates import Gate
from updater.gates.soak import Soak
from updater.strict_yaml.reader import SourceLocation
from updater.value_class import value_class


@value_class
class WaveMember:
    """One environment in its wave, as it is for one app."""

    of: WaveOf
    at: SourceLocation
    """Where it is written that it goes with this wave."""
    bake: timedelta
    bake_at: SourceLocation
    earlier: tuple[str, ...] = ()
    """The members of all waves before."""
    before: tuple[str, ...] = ()
    """Those of the nearest wave before that the app is in; none: it goes by its own `after`."""
    long_before: frozenset[str] = frozenset()
    """What those come after, however far."""
    not_before: Mapping[str, str] = field(default_factory=dict)
    """What goes with it, or later, and which of both."""

    def behind(self, own: After) -> After:
        """With what it comes after by itself, as far as that does not come before the wave anyway."""
        if not self.before:
            return own
        more = (name for name in own.names if name not in self.long_before and name not in self.before)
        return After((*self.before, *more))

    def bakes_longer(self, soak: Gate | None) -> bool:
        """Than what is written under `gates`."""
        return bool(self.before) and not (isinstance(soak, Soak) and soak.length >= self.bake)

    def baked(self, soak: Gate | None) -> Soak:
        if isinstance(soak, Soak):
            return soak.model_copy(update={"length": self.bake})
        return Soak.model_validate({"for": self.bake})

    def contradiction(self, name: str) -> str | None:
        """Why it cannot come after that one."""
        if name not in self.not_before:
            return None
        where = f"{self.not_before[name]} (waves.{self.of.waves}, {self.at.where})"
        return f"{name} is in {where}: leave it out here, or move one of them to another wave"

    @property
    def lacks_all_before(self) -> str | None:
        """The members of all waves before it, of which the app is in none; None: it is in one, or none is."""
        return None if self.before else ", ".join(self.earlier) or None


@value_class
class _Order:
    """Of one app: its environments, and what it says otherwise of them."""

    main: Main
    environments: Mapping[str, Override]

    def own_after(self, name: str) -> tuple[str, ...]:
        said = self.environments[name].after if name in self.environments else None
        written = self.main.environments[name].after if name in self.main.environments else None
        after = said or written
        return after.names if after is not None else ()

    def present(self, wave: Wave) -> tuple[str, ...]:
        return tuple(name for name in wave if name in self.environments)

    def before(self, position: WavePosition) -> tuple[str, ...]:
        earlier = reversed(self._lists[position.waves][: position.wave])
        return next(filter(None, map(self.present, earlier)), ())

    def long_before(self, names: tuple[str, ...]) -> frozenset[str]:
        found, ahead = set[str](), set(names)
        while ahead:  # a wave at a time: its members come after the same
            further = {name for one in ahead for name in self._directly_before(one)}
            ahead = further - found
            found |= further
        return frozenset(found)

    def wave_of(self, name: str, position: WavePosition, written_in: str) -> WaveOf:
        """The last wave is never one before its own: by itself there, it has all of that one before it."""
        later = self._lists[position.waves][position.wave :]
        others = [tuple(one for one in self.present(wave) if one != name) for wave in later]
        last = next(filter(None, reversed(others)), ())
        return WaveOf(position.waves, position.wave + 1, others[0], last, written_in)

    def _directly_before(self, name: str) -> Iterator[str]:
        yield from self.own_after(name)
        position = self.main.waves.position(name) if self.main.waves else None
        yield from self.before(position) if position else ()

    @property
    def _lists(self) -> Mapping[str, tuple[Wave, ...]]:
        return self.main.waves.lists if self.main.waves else {}


def wave_member(
    name: str, environments: Mapping[str, Override], main: Main, main_at: SourceLocation
) -> WaveMember | None:
    """Of an app in these environments; None where this one goes with no wave."""
    waves = main.waves
    position = waves.position(name) if waves is not None else None
    if waves is None or position is None:
        return None
    order, at = _Order(main, environments), main_at.child("waves")
    before, ours = order.before(position), waves.lists[position.waves]
    where = at.child(*position)
    return WaveMember(
        of=order.wave_of(name, position, where.where),
        at=where,
        bake=waves.bake,
        bake_at=at.child("bake"),
        earlier=tuple(one for wave in ours[: position.wave] for one in wave),
        before=before,
        long_before=order.long_before(before),
        not_before=dict(_not_before(name, ours[position.wave :])),
    )


def _not_before(name: str, waves: Iterable[Wave]) -> Iterator[tuple[str, str]]:
    for number, wave in enumerate(waves):
        for other in wave:
            if other != name:
                yield other, "a later wave" if number else "the same wave"
