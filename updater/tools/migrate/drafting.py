"""To make apps and environments of what a tool kept up to date, each with the tool's own rule. Pure.

No environment comes after another: each follows its registry, as it did under the tool.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from updater.config.layers import shipped
from updater.config.levels import Level
from updater.config.names import LONGEST
from updater.tools.init.config_draft import (
    Drafted,
    DraftedApp,
    Drafts,
    Where,
    most,
    pins_setting,
    usual_where,
    where_setting,
)
from updater.tools.init.environment_assignment import NOWHERE, place_all
from updater.tools.init.environment_order import in_order, level_of
from updater.tools.init.guess import PLACEHOLDERS
from updater.tools.init.pins import LeftOut
from updater.tools.init.tag_shapes import Followed
from updater.tools.init.vocabulary import is_environment, name_of
from updater.tools.migrate.found import Delivery, NotCarriedOver, TrackedImage, left_out
from updater.value_class import value_class

_NO_FORGE = "the tool opens pull requests, and the repository's address leads to no forge: nothing is written"
_DIRECT = "as under the tool, it follows its registry: `after: staging` would have it wait for staging"


@value_class
class _Placed:
    """One place with all that is known of it."""

    tracked: TrackedImage
    follow: Followed
    forbid: tuple[str, ...]
    environment: str
    words: tuple[str, ...]
    """What says which app it is."""
    doubts: tuple[str, ...]

    @property
    def alike(self) -> tuple[object, ...]:
        """What has to be the same in all pins of one app in one environment."""
        tracked = self.tracked
        return self.follow, self.forbid, tracked.deliver, str(tracked.settings), tracked.pin.tag


def drafts_of(tracked: Sequence[TrackedImage], *, forge: bool) -> tuple[Drafts, list[LeftOut]]:
    """With what could not be carried over."""
    placed, untold = _placed(tracked)
    apps = _named(_apps(placed))
    names = in_order({one.environment for _, group in apps for one in group})
    usual = {name: _usual(name, apps) for name in names}
    drafts = Drafts(
        tuple(_environment(one, forge=forge) for one in usual.values()),
        tuple(_app(name, group, usual, forge=forge) for name, group in apps),
    )
    return drafts, untold


def _placed(tracked: Sequence[TrackedImage]) -> tuple[list[_Placed], list[LeftOut]]:
    placed, untold, taken = list[_Placed](), list[LeftOut](), dict[tuple[str, int], str]()
    for one, spot in zip(tracked, place_all([one.pin for one in tracked]), strict=True):
        place = one.pin.file, one.pin.line
        if taken.get(place) == one.where:
            continue  # found twice by one tool
        try:
            _refuse_taken(place, taken)
            environment, words = _spoken(one, spot.environment, spot.app)
            found = one.rule.followed(_running(one))
            _refuse_moving(found.follow, one, environment)
        except NotCarriedOver as why:
            untold.append(left_out(one.where, f"{one.app} {one.pin.image}".strip(), str(why)))
            continue
        taken[place] = one.where
        placed.append(
            _Placed(one, found.follow, found.forbid, environment, words, (*found.doubts, *one.doubts))
        )
    return placed, untold


def _refuse_taken(place: tuple[str, int], taken: Mapping[tuple[str, int], str]) -> None:
    if place in taken:
        raise NotCarriedOver(f"the same tag is kept up to date by {taken[place]}, too")


def _running(one: TrackedImage) -> str:
    """Empty where nothing runs yet."""
    return "" if one.pin.tag is None or one.pin.tag in PLACEHOLDERS else one.pin.tag


def _spoken(one: TrackedImage, environment: str, words: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Where the path names no environment, the name that the tool has for it may: `shop-staging`."""
    if environment != NOWHERE:
        return environment, words
    for text in (one.app, *reversed(words)):
        parts = [part for part in name_of(text).split("-") if part]
        for at in (len(parts) - 1, 0):
            rest = parts[:at] + parts[at + 1 :]
            if rest and is_environment(parts[at], alone=True):
                return parts[at], ("-".join(rest),)
    return environment, words


def _refuse_moving(follow: Followed, one: TrackedImage, environment: str) -> None:
    """Raises NotCarriedOver where the tag that would be followed is forbidden there, or its digest lacks."""
    tag = follow.scheme.follows
    if tag and one.pin.pin == "tag":
        raise NotCarriedOver(
            f"it follows the digest of {tag}, and no digest stands in {one.pin.file}:{one.pin.line}: "
            "write it behind the tag, as tag@sha256:…"
        )
    if tag and any(fnmatchcase(tag, glob) for glob in shipped(environment.rpartition("/")[2]).forbid):
        raise NotCarriedOver(
            f"it follows the moving tag {tag}, which an environment called {environment} forbids here: "
            "write `tags: {forbid: []}` there if that is what you want"
        )


# --- apps -----------------------------------------------------------------------------------------------


def _apps(placed: Sequence[_Placed]) -> Iterator[list[_Placed]]:
    """One image each: a tool moves each by itself. What differs in one environment is several apps."""
    groups: dict[tuple[tuple[str, ...], str], list[_Placed]] = defaultdict(list)
    for one in placed:
        groups[tuple(map(name_of, one.words)), str(one.tracked.pin.image)].append(one)
    for group in groups.values():
        rest = group
        while rest:
            first: dict[str, tuple[object, ...]] = {}
            for one in rest:
                first.setdefault(one.environment, one.alike)
            yield [one for one in rest if one.alike == first[one.environment]]
            rest = [one for one in rest if one.alike != first[one.environment]]


def _named(groups: Iterator[list[_Placed]]) -> list[tuple[str, list[_Placed]]]:
    taken = set[str]()
    found = []
    for group in groups:
        name = _free(_wanted(group), taken)
        taken.add(name)
        found.append((name, group))
    return sorted(found, key=lambda one: one[0])


def _wanted(group: Sequence[_Placed]) -> list[str]:
    """What the tool calls it, if it calls it so everywhere; what the path does; what the image does."""
    told = {name_of(one.tracked.app) for one in group if one.tracked.app}
    stem = name_of(group[0].tracked.pin.image.name.rpartition("/")[2])
    words = [name_of(word) for word in group[0].words]
    names = [*(told if len(told) == 1 else ()), stem, *words[-1:]]
    names += [name_of("-".join((*words[-count:], stem))) for count in range(1, len(words) + 1)]
    return names


def _free(wanted: Sequence[str], taken: set[str]) -> str:
    numbered = (f"{wanted[0][: LONGEST - 6].rstrip('-')}-{number}" for number in range(2, len(taken) + 3))
    return next(name for name in (*wanted, *numbered) if name not in taken)


# --- settings -------------------------------------------------------------------------------------------


@value_class
class _Usual:
    """What an environment says for its apps."""

    name: str
    where: Where
    follow: Followed
    deliver: Delivery


def _usual(name: str, apps: Sequence[tuple[str, Sequence[_Placed]]]) -> _Usual:
    here = [(app, [one for one in group if one.environment == name]) for app, group in apps]
    here = [(app, group) for app, group in here if group]
    everywhere = [one for _, group in here for one in group]
    return _Usual(
        name,
        usual_where([(app, [one.tracked.pin for one in group]) for app, group in here]),
        most([one.follow for one in everywhere], everywhere[0].follow),
        most([one.tracked.deliver for one in everywhere], "push"),
    )


def _environment(usual: _Usual, *, forge: bool) -> Drafted:
    settings = {"repository": "deploy", **where_setting(usual.where)}
    settings |= {"tags": {"follow": usual.follow.setting}, "deliver": _delivered(usual.deliver, forge=forge)}
    doubts = [_NO_FORGE] if usual.deliver == "pull-request" and not forge else []
    doubts += [_DIRECT] if level_of(usual.name) is Level.PRODUCTION else []
    return Drafted(usual.name, settings, tuple(doubts))


def _delivered(deliver: Delivery, *, forge: bool) -> str:
    return "none" if deliver == "pull-request" and not forge else deliver


def _app(name: str, group: Sequence[_Placed], usual: Mapping[str, _Usual], *, forge: bool) -> DraftedApp:
    environments = {
        one.name: _placement(
            name, [placed for placed in group if placed.environment == one.name], one, forge=forge
        )
        for one in usual.values()
        if any(placed.environment == one.name for placed in group)
    }
    return DraftedApp(name, (str(group[0].tracked.pin.image),), environments)


def _placement(name: str, group: Sequence[_Placed], usual: _Usual, *, forge: bool) -> Drafted:
    first = group[0]
    settings: dict[str, Any] = dict(first.tracked.settings)
    tags: dict[str, Any] = {} if first.follow == usual.follow else {"follow": first.follow.setting}
    if first.forbid:
        tags["forbid"] = list(first.forbid)
    settings |= {"tags": tags} if tags else {}
    if first.tracked.deliver != usual.deliver:
        settings["deliver"] = _delivered(first.tracked.deliver, forge=forge)
    settings |= pins_setting(name, [one.tracked.pin for one in group], usual.where, several=False)
    doubts = dict.fromkeys(doubt for one in group for doubt in one.doubts)
    return Drafted(usual.name, settings, tuple(doubts))
