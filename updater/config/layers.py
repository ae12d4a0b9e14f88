"""To lay what an app says of an environment over what the environment says itself. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from datetime import timedelta
from typing import Any

from updater.config.chart_settings import ChartSettings
from updater.config.environments import Environment, Override
from updater.config.models import App
from updater.config.placing import PinOverride, Placing
from updater.config.policies import TagPolicy, WrittenIn
from updater.config.predecessors import After
from updater.config.pull_request_settings import PullRequestSettings
from updater.config.tag_settings import Tags
from updater.config.verifying import VerifySettings
from updater.config.watching import MetricSettings
from updater.config.wave_order import WaveMember
from updater.config.wildcards import itself
from updater.gates import GATES, Gate
from updater.model import Image, Placement
from updater.strict_yaml.reader import SourceLocation
from updater.value_class import value_class

_VERSIONS = ("v[0-9]*.[0-9]*.[0-9]*", "sha-*")
_SHIPPED: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "production": (_VERSIONS, ("latest", "dev", "test")),
    "staging": ((*_VERSIONS, "rc-*"), ("latest",)),
    "development": (("*",), ()),
}
"""What an environment of that name allows and forbids unless config says otherwise."""
_OF_IMAGES = {"kind": "chart", "create": False, "argocd": None}
"""What the images' settings say nothing of for a chart. The history of an Application that applies a chart
names versions of it and no commits, so nobody could say by it what was deployed when."""


def shipped(environment: str) -> TagPolicy:
    """What holds in an environment of that name where nobody says anything."""
    tags = Tags()
    allow, forbid = _SHIPPED.get(environment, ((), ()))
    return TagPolicy(tags.follow.scheme, tags.follow.name, allow, forbid, frozenset(tags.placeholders))


@value_class
class Layers:
    """From the nearest to the farthest; of each, where it is written."""

    name: str
    override: Override
    override_at: SourceLocation
    environment: Environment
    environment_at: SourceLocation
    forbidden: tuple[str, ...] = ()
    """By guardrails, whatever the layers say."""
    wave: WaveMember | None = None
    """None: it goes with none."""

    def get(self, name: str) -> Any:  # noqa: ANN401 - as many types as there are settings
        return self.found(name)[0]

    def at(self, name: str) -> SourceLocation:
        return self.found(name)[1]

    def found(
        self, name: str, pin: tuple[PinOverride, SourceLocation] | None = None
    ) -> tuple[Any, SourceLocation]:
        """The nearest value and where it is written; None and where the app could write it."""
        near: list[tuple[Placing, SourceLocation]] = [pin] if pin else []
        own = (self.override, self.override_at)
        for layer, place in (*near, own, (self.environment, self.environment_at)):
            if (value := getattr(layer, name, None)) is not None:
                return value, place.child(name)
        return None, self.override_at

    def named(self, app: App) -> Iterable[Image]:
        """What the app moves by these layers."""
        return map(itself, app.images)

    @property
    def matched(self) -> tuple[Image, ...] | None:
        """What a pattern of the app's has found there; None: it has none."""
        return self.override.images

    @property
    def image(self) -> Image | None:
        """What the app names otherwise there, in place of its only image."""
        return self.override.image

    @property
    def pins(self) -> Iterator[tuple[Image | None, PinOverride, SourceLocation]]:
        """What is written of single pins, of which image (None: of the only one), and where."""
        for number, pin in enumerate(self.override.pins):
            yield pin.image, pin, self.override_at.child("pins", number)

    def written_in(self) -> WrittenIn:
        """Where the environment is written, the app in it, and each setting that is the app's own."""
        own = [name for name in type(self.override).model_fields if name in self.override.model_fields_set]
        keys: list[tuple[str, ...]] = [("gates", gate) for gate in self.override.gates.chosen()]
        keys += [(name,) for name in own if name != "gates"]
        settings = {".".join(key): self.override_at.child(*key).where for key in keys}
        return WrittenIn(
            self.environment_at.where, self.override_at.where, settings, dict(self._watched_in())
        )

    def _watched_in(self) -> Iterator[tuple[str, str]]:
        for name, key in (("alerts", "match"), ("heartbeat", None), ("arrived", None)):
            value, at = self.found(name)
            if value is not None:
                yield name, (at.child(key) if key else at).where
        for name, (_, at) in self.metrics().items():
            yield f"metrics.{name}", at.child("query").where

    def after(self) -> After:
        """What it comes after, by itself and by its wave."""
        own = self.get("after") or After(())
        return self.wave.behind(own) if self.wave is not None else own

    def gates(self) -> dict[str, Gate]:
        """Each gate from the nearest layer that says something of it, in the order of the table."""
        chosen = self._written_gates()
        if self.wave is not None and self._is_baked(self.wave):
            chosen["soak"] = self.wave.baked(chosen.get("soak"))
        return {name: gate for name in GATES if (gate := chosen.get(name)) is not None}

    def _written_gates(self) -> dict[str, Gate | None]:
        return {**self.environment.gates.chosen(), **self.override.gates.chosen()}

    def _is_baked(self, wave: WaveMember) -> bool:
        return wave.bakes_longer(self._written_gates().get("soak"))

    def gate_at(self, name: str) -> SourceLocation:
        if name == "soak" and self.wave is not None and self._is_baked(self.wave):
            return self.wave.bake_at
        own = name in self.override.gates.chosen()
        return (self.override_at if own else self.environment_at).child("gates", name)

    def tags(self) -> TagPolicy:
        """Single settings, but for `forbid`, which adds up: an app may forbid more, never less."""
        under, over = self.environment.tags, self.override.tags
        allow, forbid = _SHIPPED.get(self.name.rpartition("/")[2], ((), ()))
        follow = (over if "follow" in over.model_fields_set else under).follow
        placeholders = (over if "placeholders" in over.model_fields_set else under).placeholders
        allowed = next((tags.allow for tags in (over, under) if tags.allow is not None), allow)
        own = (*(forbid if under.forbid is None else under.forbid), *(over.forbid or ()))
        return TagPolicy(
            scheme=follow.scheme,
            follow=follow.name,
            allow=allowed,
            forbid=tuple(dict.fromkeys((*own, *self.forbidden))),
            placeholders=frozenset(placeholders),
        )

    def metrics(self) -> dict[str, tuple[MetricSettings, SourceLocation]]:
        """By name; the app's own take the place of the environment's of that name."""
        layers = ((self.environment, self.environment_at), (self.override, self.override_at))
        return {
            name: (metric, at.child("metrics", name))
            for layer, at in layers
            for name, metric in layer.metrics.items()
        }

    def pull_request(self) -> PullRequestSettings:
        over, said = self.override.pull_request, self.environment.pull_request
        changed = {name: getattr(over, name) for name in over.model_fields_set}
        return said.model_copy(update=changed) if changed else said

    def pull_request_at(self, name: str) -> SourceLocation:
        own = name in self.override.pull_request.model_fields_set
        return (self.override_at if own else self.environment_at).child("pull_request", name)

    def verify(self) -> VerifySettings | None:
        """Single settings, as those of a pull request; None: nothing is verified."""
        under, over = self.environment.verify, self.override.verify
        said = under if over is None else over.over(under)
        return None if said is None or said.length == timedelta() else said

    def verify_at(self, name: str) -> SourceLocation:
        own = self.override.verify
        near = own is not None and (not name or name in own.model_dump(exclude_unset=True, by_alias=True))
        place = (self.override_at if near else self.environment_at).child("verify")
        return place.child(name) if name else place


class ChartLayers(Layers):
    """As for the images of the app, with what `chart:` says in front."""

    def named(self, app: App) -> Iterable[Image]:
        return app.charts

    @property
    def matched(self) -> tuple[Image, ...] | None:
        return None

    @property
    def image(self) -> Image | None:
        """A chart is named by the app alone."""
        return None

    @property
    def pins(self) -> Iterator[tuple[Image | None, PinOverride, SourceLocation]]:
        for number, pin in enumerate(self.override.chart.pins):
            placing = PinOverride(path=pin.path, at=pin.at, pin=pin.pin)
            yield pin.chart, placing, self.override_at.child("chart", "pins", number)

    def found(
        self, name: str, pin: tuple[PinOverride, SourceLocation] | None = None
    ) -> tuple[Any, SourceLocation]:
        """Of where it stands, only the path may be that of the images."""
        if name in _OF_IMAGES:
            return _OF_IMAGES[name], self.override_at
        for layer, place in (*([pin] if pin else []), *self._of_charts):
            if (value := getattr(layer, name, None)) is not None:
                return value, place.child(name)
        return (None, self.override_at) if name in {"at", "pin"} else super().found(name)

    @property
    def _of_charts(self) -> tuple[tuple[ChartSettings, SourceLocation], ...]:
        return (
            (self.override.chart, self.override_at.child("chart")),
            (self.environment.chart, self.environment_at.child("chart")),
        )

    def tags(self) -> TagPolicy:
        """As for images: single settings, but for `forbid`."""
        under, over = self.environment.chart.tags, self.override.chart.tags
        follow = (over if "follow" in over.model_fields_set else under).follow
        return TagPolicy(
            scheme=follow.scheme,
            follow=follow.name,
            allow=over.allow if "allow" in over.model_fields_set else under.allow,
            forbid=tuple(dict.fromkeys((*under.forbid, *over.forbid, *self.forbidden))),
            placeholders=frozenset(),
        )


def decided_apart(app: App, layers: Layers) -> Iterator[tuple[Placement, Layers]]:
    """The images of an app share a tag, and its charts a version."""
    if app.images:
        yield Placement(layers.name, app.app), layers
    if app.charts:
        of_charts = Placement.of_charts if app.images else Placement
        own = ChartLayers(*(getattr(layers, one.name) for one in fields(layers)))
        yield of_charts(layers.name, app.app), own
