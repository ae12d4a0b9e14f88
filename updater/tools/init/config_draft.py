"""To say each setting where it is said for the most: an environment's, or one app's there. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any, NamedTuple

from updater.config.levels import Level
from updater.schemes import SCHEMES
from updater.tools.init.app_guesses import own_guesses
from updater.tools.init.apps import FoundApp
from updater.tools.init.environment_order import in_order, is_guarded, level_of, predecessors
from updater.tools.init.guess import Guess
from updater.tools.init.pins import FoundPin
from updater.tools.init.tag_shapes import Followed
from updater.value_class import value_class

_SOAK = "30m"
_KUSTOMIZATION = "kustomization"
_VERSIONS = ["v[0-9]*.[0-9]*.[0-9]*", "sha-*"]
_AS_IN_PRODUCTION = {"allow": _VERSIONS, "forbid": ["latest", "dev", "test"]}

Settings = dict[str, Any]


class Where(NamedTuple):
    """What config says of a pin besides its image."""

    path: str | None
    kind: str
    at: str | None
    pin: str


@value_class
class Drafted:
    """Settings in the order they are written, and what to tell a human about them."""

    name: str
    settings: Settings
    doubts: tuple[str, ...] = ()


@value_class
class DraftedApp:
    name: str
    images: tuple[str, ...]
    environments: Mapping[str, Drafted] = field(default_factory=dict)


@value_class
class Drafts:
    environments: tuple[Drafted, ...]
    apps: tuple[DraftedApp, ...]


@value_class
class _Common:
    """What an environment says for all of its apps."""

    name: str
    where: Where
    after: str | None
    """What its apps come after there, if they are in it."""
    after_for_all: bool
    follow: Followed
    follows_nothing: bool
    """No app of it has a tag that a scheme reads."""


def draft(apps: Sequence[FoundApp], *, forge: bool) -> Drafts:
    """`forge`: the repository is on one, so that there can be pull requests."""
    names = in_order({name for app in apps for name in app.environments})
    after = predecessors(names, apps)
    guesses = {(app.name, name): one for app in apps for name, one in _guesses(app, names, after).items()}
    commons = {name: _common(name, apps, after.get(name), guesses) for name in names}
    return Drafts(
        tuple(_environment(common, forge=forge) for common in commons.values()),
        tuple(_app(app, commons, guesses) for app in apps),
    )


def _guesses(app: FoundApp, names: Iterable[str], after: Mapping[str, str]) -> Mapping[str, Guess]:
    """Where an environment's own tags do not tell, those of the one before it do, or of any other."""
    told = own_guesses(app)
    own = {name: told[name] for name in names if name in told}
    known = {name: one.follow for name, one in own.items() if one.follow is not None}
    if not known:
        return own
    return {name: _in_line(one, known, after.get(name, "")) for name, one in own.items()}


def _in_line(own: Guess, known: Mapping[str, Followed], before: str) -> Guess:
    """`known`: by environment, what the tags there say to follow."""
    if own.follow is None:
        model = before if before in known else next(iter(known))
        return Guess(known[model], f"{own.doubt}. It follows {known[model].name}, as {model} does")
    if known.get(before, own.follow) != own.follow:
        other = f"it follows {own.follow}, and {before}, which it comes after, {known[before]}"
        return Guess(own.follow, other if own.doubt is None else f"{other}; {own.doubt}")
    return own


# --- an environment -------------------------------------------------------------------------------------


def _common(
    name: str, apps: Sequence[FoundApp], after: str | None, guesses: Mapping[tuple[str, str], Guess]
) -> _Common:
    here = [app for app in apps if name in app.environments]
    schemes = [found for app in here if (found := guesses[app.name, name].follow) is not None]
    return _Common(
        name,
        usual_where([(app.name, app.environments[name]) for app in here]),
        after,
        after is not None and all(after in app.environments for app in here),
        most(schemes, Followed(next(iter(SCHEMES)))),
        not schemes,
    )


def usual_where(here: Sequence[tuple[str, Sequence[FoundPin]]]) -> Where:
    """`at` only where all pins have one: nothing takes it away again."""
    pins = [pin for _, found in here for pin in found]
    kind = _KUSTOMIZATION if any(pin.kind == _KUSTOMIZATION for pin in pins) else pins[0].kind
    have_one = kind != _KUSTOMIZATION and all(pin.at is not None for pin in pins)
    at = most([pin.at for pin in pins], None) if have_one else None
    pinned = most([pin.pin for pin in pins], "tag")
    paths = [_paths(app, found) for app, found in here if len({pin.path for pin in found}) == 1]
    return Where(most([path for both in paths for path in both], None), kind, at, pinned)


def _paths(app: str, pins: Sequence[FoundPin]) -> list[str]:
    """With the app's name as a template, which the next app fits into as well, and as it is."""
    path = pins[0].path
    template = "/".join("{app}" if word == app else word for word in path.split("/"))
    return list(dict.fromkeys((template, path)))


def _environment(common: _Common, *, forge: bool) -> Drafted:
    where, guarded = common.where, is_guarded(common.name)
    settings: Settings = {"repository": "deploy"}
    settings |= where_setting(where)
    if common.after_for_all:
        settings |= _after(common)
    settings["tags"] = {"follow": common.follow.setting, **_policy(common.name)}
    settings["deliver"] = ("pull-request" if forge else "none") if guarded else "push"
    return Drafted(common.name, settings, tuple(_doubts(common, forge=forge)))


def where_setting(where: Where) -> Settings:
    """As an environment says it for its apps."""
    path = {} if where.path is None else {"path": where.path}
    return path | where_difference(where._replace(path=None), Where(None, _KUSTOMIZATION, None, "tag"))


def _after(common: _Common) -> Settings:
    gates = {"gates": {"soak": _SOAK}} if is_guarded(common.name) else {}
    return {"after": common.after, **gates}


def _policy(name: str) -> Settings:
    """One called production has its own policy of tags; what is called otherwise needs to be told."""
    is_short = level_of(name) is Level.PRODUCTION and name.rpartition("/")[2] != "production"
    return _AS_IN_PRODUCTION if is_short else {}


def _doubts(common: _Common, *, forge: bool) -> Iterable[str]:
    if common.follows_nothing:
        yield f"{common.follow.name} is only the default: no app here has a tag that a scheme reads"
    if level_of(common.name) is None:
        yield "its name does not say what it is for, so changes would ask a human first"
    if is_guarded(common.name) and not forge:
        yield "pull-request would be better, but the repository's address leads to no forge"
    if common.after is not None and not common.after_for_all:
        yield f"not all of its apps are in {common.after}; those that are come after it"
    if common.after is not None:
        yield from _doubts_of_order(common.name, common.after)
    if common.after is None and level_of(common.name) is Level.PRODUCTION:
        yield "no environment before it was found for its apps: it would be offered each new image"


def _doubts_of_order(name: str, after: str) -> Iterable[str]:
    """What stands before it was only the best there is."""
    cluster = name.rpartition("/")[0]
    if after.rpartition("/")[0] != cluster:
        yield f"nothing in {cluster} comes before it, so it comes after {after}: is that where it is tried?"
    elif level_of(after) is Level.DEVELOPMENT:
        yield f"no staging was found for its apps, so it comes after {after}: is that where they are tried?"


# --- an app ---------------------------------------------------------------------------------------------


def _app(
    app: FoundApp, commons: Mapping[str, _Common], guesses: Mapping[tuple[str, str], Guess]
) -> DraftedApp:
    environments = {
        name: _placement(app, app.environments[name], commons[name], guesses[app.name, name])
        for name in commons
        if name in app.environments
    }
    return DraftedApp(app.name, tuple(map(str, app.images)), environments)


def _placement(app: FoundApp, pins: Sequence[FoundPin], common: _Common, found: Guess) -> Drafted:
    settings: Settings = {}
    images = {pin.image for pin in pins}
    if images != set(app.images):
        settings["image"] = str(pins[0].image)
    if common.after in app.environments and not common.after_for_all:
        settings |= _after(common)
    if found.follow is not None and found.follow != common.follow:
        settings["tags"] = {"follow": found.follow.setting}
    settings |= pins_setting(app.name, pins, common.where, several=len(images) > 1)
    return Drafted(common.name, settings, (found.doubt,) if found.doubt else ())


def pins_setting(app: str, pins: Sequence[FoundPin], common: Where, *, several: bool) -> Settings:
    """One place for all of its images, or each with its own."""
    usual = common._replace(path=_filled(common.path, app))
    places = [Where(pin.path, pin.kind, pin.at, pin.pin) for pin in pins]
    if len(set(places)) == 1 and len({pin.image for pin in pins}) == len(pins):
        return where_difference(places[0], usual)
    return {
        "pins": [
            {
                **({"image": str(pin.image)} if several else {}),
                "path": pin.path,
                **where_difference(place, usual),
            }
            for pin, place in zip(pins, places, strict=True)
        ]
    }


def _filled(path: str | None, app: str) -> str | None:
    return None if path is None else path.replace("{app}", app)


def where_difference(own: Where, usual: Where) -> Settings:
    pairs = own._asdict().items()
    return {name: value for name, value in pairs if value is not None and value != getattr(usual, name)}


def most(values: Sequence[Any], otherwise: Any) -> Any:  # noqa: ANN401 - paths, names, or nothing
    counted = Counter(values).most_common(1)
    return counted[0][0] if counted else otherwise
