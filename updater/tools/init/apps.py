"""To make apps of pins: what moves together, and what it is called. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from updater.config.names import LONGEST
from updater.model import Image
from updater.tools.init.environment_assignment import AssignedPin
from updater.tools.init.guess import PLACEHOLDERS
from updater.tools.init.pins import FoundPin
from updater.tools.init.vocabulary import is_environment, name_of
from updater.value_class import value_class

_Group = tuple[AssignedPin, ...]


@value_class
class FoundApp:
    name: str
    environments: Mapping[str, tuple[FoundPin, ...]]
    """Its pins, by environment; each of them has the same images, or one other image each."""

    @property
    def images(self) -> tuple[Image, ...]:
        """Those of most of its environments."""
        found = [_images(pins) for pins in self.environments.values()]
        return max(found, key=found.count)


def apps_of(
    placed: Iterable[AssignedPin], together: Collection[frozenset[str]] = frozenset()
) -> list[FoundApp]:
    """Every pin is in exactly one of them. `together`: what the images of one workload are called there."""
    by_path: dict[tuple[str, ...], list[AssignedPin]] = defaultdict(list)
    for one in placed:
        by_path[tuple(map(name_of, one.app))].append(one)
    groups = [
        (path, group, alone)
        for path, members in sorted(by_path.items())
        for group, alone in _groups(path, members, together)
    ]
    taken: set[str] = set()
    return [
        FoundApp(_name(path, group, taken, alone=alone), _by_environment(group))
        for path, group, alone in groups
    ]


def _groups(
    path: tuple[str, ...], members: Sequence[AssignedPin], together: Collection[frozenset[str]]
) -> list[tuple[_Group, bool]]:
    """Each with whether the path speaks of it alone."""
    if path and _move_together(members):
        return [(tuple(members), True)]
    named: dict[str, list[AssignedPin]] = defaultdict(list)
    for one in members:
        named[_stem(one.pin.image)].append(one)
    split = _joined([part for group in named.values() for part in _one_each(group)], together)
    return [(part, bool(path) and len(split) == 1) for part in split]


def _joined(groups: Sequence[_Group], together: Collection[frozenset[str]]) -> list[_Group]:
    """The images of one workload are one app, if they move together."""
    found: list[_Group] = []
    for group in groups:
        names = {one.pin.called for one in group}
        for number, other in enumerate(found):
            both = (*other, *group)
            called = {one.pin.called for one in other}
            if any(names & one and called & one for one in together) and _move_together(both):
                found[number] = both
                break
        else:
            found.append(group)
    return found


def _move_together(members: Sequence[AssignedPin]) -> bool:
    """In each environment the same images, and all at the same tag."""
    environments = _by_environment(tuple(members)).values()
    images = {_images(pins) for pins in environments}
    if len(images) > 1:
        return False
    several = len(next(iter(images))) > 1
    tags = [{pin.tag for pin in pins} for pins in environments]
    return not several or all(len(found) == 1 and found.isdisjoint({*PLACEHOLDERS, None}) for found in tags)


def _one_each(group: Sequence[AssignedPin]) -> list[_Group]:
    """One image in each environment may have another name there; several are several apps."""
    if all(len(_images(pins)) == 1 for pins in _by_environment(tuple(group)).values()):
        return [tuple(group)]
    by_image: dict[Image, list[AssignedPin]] = defaultdict(list)
    for one in group:
        by_image[one.pin.image].append(one)
    return [tuple(part) for part in by_image.values()]


def _by_environment(group: _Group) -> dict[str, tuple[FoundPin, ...]]:
    found: dict[str, list[FoundPin]] = defaultdict(list)
    for one in group:
        found[one.environment].append(one.pin)
    return {name: tuple(pins) for name, pins in found.items()}


def _images(pins: Iterable[FoundPin]) -> tuple[Image, ...]:
    return tuple(sorted({pin.image for pin in pins}))


# --- names ----------------------------------------------------------------------------------------------


def _stem(image: Image) -> str:
    """`shop` of `ghcr.io/org/shop-production`."""
    words = name_of(image.name.rpartition("/")[2]).split("-")
    kept = [word for word in words if not is_environment(word)]
    return "-".join(kept or words)


def _name(path: tuple[str, ...], group: _Group, taken: set[str], *, alone: bool) -> str:
    stem = _stem(group[0].pin.image)
    wanted = [path[-1]] if alone else [stem, *(f"{path[-1]}-{stem}" for _ in path[:1])]
    wanted += ["-".join((*path[-count:], *(() if alone else (stem,)))) for count in range(2, len(path) + 1)]
    return _free(wanted, taken)


def _free(wanted: Sequence[str], taken: set[str]) -> str:
    names = [name_of(name) for name in wanted]
    numbered = (f"{names[0][: LONGEST - 6].rstrip('-')}-{number}" for number in range(2, len(taken) + 3))
    name = next(name for name in (*names, *numbered) if name not in taken)
    taken.add(name)
    return name


def shared(apps: Iterable[FoundApp], environments: Collection[str]) -> int:
    """How many apps are in all of these environments."""
    return sum(all(name in app.environments for name in environments) for app in apps)
