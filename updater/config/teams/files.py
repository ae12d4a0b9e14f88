"""To read the file in which a team says what holds for its own app, and to refuse all else there. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from itertools import islice
from typing import Any, TypeAlias

from pydantic import ValidationError

from updater.config.environments import Environment, Override
from updater.config.models import App, Main
from updater.config.paths import fill_path, normalise_path
from updater.config.policies import Policy
from updater.config.resolution import WrittenApp
from updater.config.resolve import resolve_alone
from updater.config.teams.keys import operators_keys, without_operators_keys
from updater.config.teams.source import AppSource
from updater.config.wildcards import IMAGE, ImagePattern, has_star
from updater.gates import GATES
from updater.model import Chart, Image, Placement
from updater.printable import excerpt, printable
from updater.schemes import is_expression
from updater.strict_yaml.faults import Faults
from updater.strict_yaml.reader import SourceLocation, read
from updater.strict_yaml.validation_errors import explain_errors
from updater.value_class import value_class

_PLACING = ("path", "kind", "at", "pins")
"""Where a pin stands: a team says so only below a folder that is its app's by the operator's word."""
_MOST = 50
"""Images and charts of one file; each is listed in each pass."""
_TOLD = 20
"""Faults of one file: to say what each is costs a search."""
_LONGEST_TOLD = 600
"""Characters of a sentence: it may repeat what is written there, and stands in logs, pages and messages."""
_MOST_ENVIRONMENTS = 500
_VALUES = 20_000
"""Once aliases are followed: more than any app has settings."""

Policies: TypeAlias = Mapping[Placement, Policy]


@value_class
class TeamFile:
    """What one text of it says."""

    app: str
    policies: Policies = field(default_factory=dict)
    """With faults: what its app would have by the operator's word alone, as far as it is known."""
    faults: tuple[str, ...] = ()
    """A sentence each, with file and line."""
    written: WrittenApp | None = None
    """Where nothing is wrong."""


@value_class
class TeamFileReader:
    """By one config of the operator's."""

    main: Main
    main_at: SourceLocation

    def read(self, source: AppSource, path: str, data: bytes) -> TeamFile:
        app, shown, faults = source.app_of(path) or "", printable(path), Faults()
        place = read(shown, data, faults)
        if place is not None and place.root.size > _VALUES:
            faults.add(f"{shown}: grows beyond all measure through its aliases: write it out")
        if place is None or len(faults):
            return TeamFile(app, faults=_few(faults))
        written = _valid(app, place, faults)
        policies: Policies = {}
        if written is not None:
            policies = self._checked(source, written, faults)
        if not len(faults):
            return TeamFile(app, _named(policies), written=written)
        return TeamFile(app, _named(self._bare(source, app, place)), _few(faults))

    def _checked(self, source: AppSource, written: WrittenApp, faults: Faults) -> Policies:
        for sentence in self._not_a_teams(source, written):
            faults.add(sentence)
        resolution = resolve_alone(self.main, self.main_at, _of_teams_alone(written))
        for sentence in (*resolution.faults, *self._outside(written, resolution.policies)):
            faults.add(sentence)
        return resolution.policies

    def _bare(self, source: AppSource, app: str, place: SourceLocation) -> Policies:
        """What holds where nothing counts but which images run in which environments."""
        data = place.root.data if isinstance(place.root.data, dict) else {}
        named = data.get("environments")
        words = [name for name in named if isinstance(name, str)] if isinstance(named, _MANY) else []
        names = [name for name in words if name in self.main.environments]
        moved = {key: data[key] for key in ("images", "charts") if key in data}
        plain = {"app": app, **moved, "environments": dict.fromkeys(names)}
        if _moves_too_many(moved):
            return {}
        try:
            written = WrittenApp(App.model_validate(plain), place)
        except ValidationError:
            return {}
        moves = (*written.app.images, *written.app.charts)
        allowed = IMAGE not in app and all(_is_allowed(source, app, each) for each in moves)
        return resolve_alone(self.main, self.main_at, written).policies if allowed else {}

    def _not_a_teams(self, source: AppSource, written: WrittenApp) -> Iterator[str]:
        app, place = written.app, written.place
        for key in operators_keys(app):
            yield place.child(key).fault(_OPERATORS)
        for number, image in enumerate(app.images):
            if not _is_allowed(source, app.app, image):
                yield place.child("images", number).fault(_not_allowed(source.images, app.app))
        for number, chart in enumerate(app.charts):
            if not _is_allowed(source, app.app, chart):
                yield place.child("charts", number).fault(_not_allowed(source.charts, app.app))
        for name, override in app.environments.items():
            yield from self._not_in(source, app.app, override, place.child("environments", name))

    def _not_in(
        self, source: AppSource, app: str, override: Override, place: SourceLocation
    ) -> Iterator[str]:
        for key in operators_keys(override):
            yield place.child(key).fault(_OPERATORS)
        for gate, chosen in override.gates.chosen().items():
            if chosen is not None and not GATES[gate].by_teams:
                yield place.child("gates", gate).fault(_OPERATORS)
        for tags, written in ((override.tags, place), (override.chart.tags, place.child("chart"))):
            if is_expression(tags.follow.scheme):
                yield written.child("tags", "follow").fault(_EXPRESSION)
        if override.image is not None and not source.allows(app, override.image):
            yield place.child("image").fault(_not_allowed(source.images, app))

    def _outside(self, written: WrittenApp, policies: Policies) -> Iterator[str]:
        """Pins that are not below what the operator's path gives the app."""
        for name, override in written.app.environments.items():
            environment = self.main.environments.get(name)
            for said, template, of_charts in _placed(override, environment) if environment else ():
                placement = Placement(name, written.app.app)
                at, own = written.place.child("environments", name, *said), _own_folder(template, placement)
                if own is None:
                    yield at.fault(_SHARED.format(environment=name))
                elif any(not _is_below(path, own) for path in _paths(policies, name, of_charts=of_charts)):
                    yield at.fault(f"leaves {own}, which is all that {placement.app} has there")


def _placed(
    override: Override, environment: Environment
) -> Iterator[tuple[tuple[str, ...], str | None, bool]]:
    """The keys that place pins, the operator's path for these pins, and whether they are of charts."""
    own = [key for key in _PLACING if key in override.model_fields_set]
    charts = [key for key in _PLACING if key in override.chart.model_fields_set]
    there = environment.chart.path
    if own:
        yield (own[0],), environment.path, False
    if charts:
        yield ("chart", charts[0]), there or environment.path, True
    elif "path" in own and there is None:
        yield ("path",), environment.path, True


def _paths(policies: Policies, environment: str, *, of_charts: bool) -> Iterator[str]:
    for placement, policy in policies.items():
        if placement.environment == environment:
            pins = (pin.path for pin in policy.pins if isinstance(pin.image, Chart) is of_charts)
            yield from pins


def _few(faults: Iterable[str]) -> tuple[str, ...]:
    return tuple(excerpt(fault, _LONGEST_TOLD) for fault in islice(faults, _TOLD))


def _named(policies: Policies) -> Policies:
    """What is said of a pattern of environments is said of those that it finds."""
    return {
        placement: policy for placement, policy in policies.items() if not has_star(placement.environment)
    }


def _of_teams_alone(written: WrittenApp) -> WrittenApp:
    """Without what is the operator's to say: that is refused, and nothing else is wrong because of it."""
    own = {name: without_operators_keys(said) for name, said in written.app.environments.items()}
    return replace(written, app=written.app.model_copy(update={"environments": own}))


def _is_allowed(source: AppSource, app: str, image: Image | ImagePattern) -> bool:
    """What is found is the operator's to give."""
    return isinstance(image, Image) and source.allows(app, image)


_MANY = (dict, list)
_OPERATORS = "is for the operator to say, not for the file of an app: leave it out"
_PATTERN = "patterns of images are the operator's to write: name the image"
_TOO_MANY = f"a team's app has at most {_MOST} images and charts: make it several"
_EXPRESSION = (
    "regular expressions are the operator's to write, as one may take for ever to read a tag: write the "
    'pattern in plain text, such as "{date}-{sha}"'
)
_SHARED = (
    "{environment}'s path has no {{app}}, so other apps stand there, too: where a pin stands is for the "
    "operator to say"
)


def _not_allowed(patterns: Sequence[str], app: str) -> str:
    allowed = ", ".join(pattern.replace("{app}", app) for pattern in patterns)
    return f"it is not one that {app} may name: {allowed}" if patterns else _PATTERN


def _valid(app: str, place: SourceLocation, faults: Faults) -> WrittenApp | None:
    data: Any = place.root.data
    sentence = _why_not_read(app, place)
    if sentence is not None:
        faults.add(sentence)
        return None
    try:
        return WrittenApp(App.model_validate({**data, "app": app}), place)
    except ValidationError as error:
        for fault in islice(explain_errors(error, App, place), _TOLD):
            faults.add(fault)
        return None


def _why_not_read(app: str, place: SourceLocation) -> str | None:
    """What would be no app, or would cost too much to look at."""
    data: Any = place.root.data
    if not isinstance(data, dict):
        return place.fault("a mapping is expected here: images and environments of one app")
    named = data.get("environments")
    if isinstance(named, dict | list) and len(named) > _MOST_ENVIRONMENTS:
        return place.child("environments").fault(f"no app is in more than {_MOST_ENVIRONMENTS} of them")
    if _moves_too_many(data):
        return place.child("images").fault(_TOO_MANY)
    if data.get("app", app) != app:
        said = f"this file is {printable(app)}'s by its path, and speaks for no other app"
        return place.child("app").fault(said)
    if IMAGE in app:
        return f"{place.file}: {IMAGE} in the name of an app is for the operator to write: rename it"
    return None


def _moves_too_many(data: Mapping[str, Any]) -> bool:
    listed = (data.get(key) for key in ("images", "charts"))
    return sum(len(each) for each in listed if isinstance(each, list)) > _MOST


def _own_folder(template: str | None, placement: Placement) -> str | None:
    """The path of an environment as far as it is one app's; None where it is shared."""
    parts = (template or "").split("/")
    last = max((number for number, part in enumerate(parts) if "{app}" in part), default=None)
    try:
        return None if last is None else normalise_path(fill_path("/".join(parts[: last + 1]), placement))
    except ValueError:
        return None


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")
