"""To resolve one app in one environment: its images, its pins, its policy. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TypeAlias

from updater.config.layers import ChartLayers, Layers
from updater.config.models import App, Main
from updater.config.paths import fill_path, normalise_path
from updater.config.placing import PinOverride
from updater.config.policies import Pin, Policy
from updater.config.verifying import Askable, Verify, faults_of, verify_of
from updater.config.watched import WatchBuilder
from updater.config.wildcards import has_star
from updater.gates import GATES, Gate
from updater.manifests import KINDS, PinRefused, Selector, path
from updater.model import ANYTHING, Chart, HealthOf, Image, Manifests, Placement
from updater.strict_yaml.faults import Faults, unknown_word
from updater.strict_yaml.reader import SourceLocation
from updater.value_class import value_class

_Own: TypeAlias = tuple[PinOverride, SourceLocation]
_FOUND_BY_IMAGE = frozenset({"kustomization"})
_ANY_IN_WAVES = (
    "one of several is enough here, and by waves.{} ({}) it comes after all of the wave before: write a list"
)


@value_class
class PolicyBuilder:
    main: Main
    faults: Faults

    def policy(self, app: App, placement: Placement, layers: Layers) -> Policy | None:
        """Of its images, or its charts, as the layers are.

        None where a fault leaves nothing to go on with; lesser faults are only noted.
        """
        images = self._images(app, layers)
        pins = self._pins_of(placement, images, layers)
        repository = self._repository(placement, layers)
        names = self.predecessors(layers)
        gates = layers.gates()
        self._check_gates(gates, layers)
        self.check_cluster(layers)
        if repository is None:
            return None
        unasked = _unasked(gates, images)
        watched = WatchBuilder(self.main.prometheuses, self.faults).watched(placement, layers)
        askable = Askable(self._health(placement, layers), watched)
        return Policy(
            placement=placement,
            repository=repository,
            after=names,
            after_any=layers.after().any,
            images=images,
            pins=pins,
            tags=layers.tags(),
            gates={name: gate for name, gate in gates.items() if name not in unasked},
            unasked=unasked,
            after_rollback=layers.get("after_rollback") or "built_after",
            deliver=layers.get("deliver"),
            pull_request=layers.pull_request(),
            health=askable.health,
            manifests=self._manifests(placement, repository, pins, layers),
            watched=askable.watched,
            verify=self._verify(layers, askable),
            wave=layers.wave.of if layers.wave else None,
            written_in=layers.written_in(),
            flux=layers.get("flux") or self.main.repositories[repository].flux,
        )

    def predecessors(self, layers: Layers) -> tuple[str, ...]:
        after, place = layers.found("after")
        wrong = set[str]()
        for name in after.names if after else ():
            if (why := self._not_before(name, layers)) is not None:
                wrong.add(name)
                at = place.child("any", name) if after.any else place.child(name)
                self.faults.add(at.fault(why))
        if after and after.any and layers.wave is not None and layers.wave.before:
            self.faults.add(place.fault(_ANY_IN_WAVES.format(layers.wave.of.waves, layers.wave.at.where)))
        known = self.main.environments.keys() - wrong
        return tuple(name for name in layers.after().names if name in known)

    def _not_before(self, name: str, layers: Layers) -> str | None:
        """Why that cannot be what this comes after."""
        known = self.main.environments
        if has_star(name):
            return f"{name} stands for many: name the one environment that comes before"
        if name not in known:
            return unknown_word("environment", name, known)
        return layers.wave.contradiction(name) if layers.wave is not None else None

    def check_cluster(self, layers: Layers) -> None:
        named, place = layers.found("cluster")
        if named is not None and named not in self.main.clusters:
            self.faults.add(place.fault(unknown_word("cluster", named, self.main.clusters)))

    def pins(self, app: App, placement: Placement, layers: Layers) -> tuple[Pin, ...]:
        """Where an app's images stand in an environment."""
        return self._pins_of(placement, self._images(app, layers), layers)

    def _images(self, app: App, layers: Layers) -> tuple[Image, ...]:
        if layers.matched is not None:
            return layers.matched
        images, image = tuple(dict.fromkeys(layers.named(app))), layers.image
        if image is None:
            return images
        if len(images) > 1:
            sentence = f"replaces an app's only image, and {app.app} has {len(images)}: leave it out"
            self.faults.add(layers.override_at.child("image").fault(sentence))
        return (image,)

    def _pins_of(self, placement: Placement, images: tuple[Image, ...], layers: Layers) -> tuple[Pin, ...]:
        listed = list(self._listed(placement, images, layers))
        pins: list[Pin | None] = []
        for image in images:
            own: list[_Own | None] = [(pin, place) for of, pin, place in listed if of == image]
            pins += [self._pin(placement, image, layers, pin) for pin in own or [None]]
        return _knowing_each_other([pin for pin in pins if pin is not None])

    def _listed(
        self, placement: Placement, images: tuple[Image, ...], layers: Layers
    ) -> Iterator[tuple[Image, PinOverride, SourceLocation]]:
        for written, pin, place in layers.pins:
            image = written or (images[0] if len(images) == 1 else None)
            what = "chart" if isinstance(images[0], Chart) else "image"
            if image is None:
                said = f"{what} is missing: {placement.config_app} has several, so say which"
                self.faults.add(place.fault(said))
            elif image not in images:
                sentence = unknown_word(f"{what} of {placement.config_app}", str(image), map(str, images))
                self.faults.add(place.child(what).fault(sentence))
            else:
                yield image, pin, place

    def _pin(self, placement: Placement, image: Image, layers: Layers, own: _Own | None) -> Pin | None:
        selector = self._selector(image, layers, own)
        template, place = layers.found("path", own)
        if template is None:
            sentence = f"path is missing: write it here, or in environments.{placement.environment}"
            self.faults.add(place.fault(f"{sentence} with {{app}} in it"))
            return None
        try:
            pin = Pin(placement, image, normalise_path(fill_path(template, placement)), selector)
        except ValueError as error:
            self.faults.add(place.fault(str(error)))
            return None
        if not pin.files:
            sentence = (
                f"{pin.path!r} is a folder: name the file, as kind {selector.kind} has no name of its own"
            )
            self.faults.add(place.fault(sentence))
        return pin

    def _selector(self, image: Image, layers: Layers, own: _Own | None) -> Selector:
        kind = layers.found("kind", own)[0] or "kustomization"
        return Selector(
            kind=kind,
            image=str(image),
            at=self._at(kind, *layers.found("at", own)),
            pin=layers.found("pin", own)[0] or "tag",
            create=bool(layers.found("create", own)[0]),
            limit=self.main.limits.manifest_size,
        )

    def _at(self, kind: str, at: str | None, place: SourceLocation) -> str | None:
        if at is None:
            return None
        if kind in _FOUND_BY_IMAGE:
            self.faults.add(place.fault(f"a {kind} is searched by the image: leave at out"))
        try:
            path.parse(at)
        except PinRefused as refused:
            self.faults.add(place.fault(refused.sentence))
        return at

    def _repository(self, placement: Placement, layers: Layers) -> str | None:
        template, place = layers.found("repository")
        known = self.main.repositories
        try:
            name = fill_path(template, placement)
            if name not in known:
                raise ValueError(unknown_word("repository", name, known))  # noqa: TRY301 - one way to a fault
        except ValueError as error:
            self.faults.add(place.fault(str(error)))
            return None
        return name

    def _health(self, placement: Placement, layers: Layers) -> HealthOf | None:
        run_by, place = layers.found("argocd")
        if run_by is None:
            return None
        try:
            own = [name for name in self.main.argocds if name is not None]
            wanted = run_by.at(placement, own, layers.get("cluster"))
        except ValueError as error:
            self.faults.add(place.fault(str(error)))
            return None
        if self.main.argocd is None and wanted.cluster is None:
            sentence = "there is no Argo CD to ask: write argocd: {server: https://…, token_env: …}"
            self.faults.add(place.fault(f"{sentence} beside environments:"))
        return HealthOf(wanted)

    def _verify(self, layers: Layers, askable: Askable) -> Verify | None:
        """Of charts no sync is known but by a query; without one there is nothing to count from."""
        settings = layers.verify()
        if settings is None or (isinstance(layers, ChartLayers) and not askable.tells_syncs):
            return None
        for name, sentence in faults_of(settings, askable, layers.get("deliver")):
            self.faults.add(layers.verify_at(name).fault(sentence))
        return verify_of(settings, askable)

    def _manifests(
        self, placement: Placement, repository: str, pins: tuple[Pin, ...], layers: Layers
    ) -> Manifests | None:
        run_by, place = layers.found("argocd")
        if run_by is None:
            return None
        known = self.main.repositories[repository]
        files = tuple(dict.fromkeys(file for pin in pins for file in pin.files))
        try:
            folder = run_by.folder(placement)
        except ValueError as error:
            self.faults.add(place.child("path").fault(str(error)))
            return None
        images = tuple(dict.fromkeys(str(pin.image) for pin in pins))
        values = tuple(
            dict.fromkeys(
                pin.selector.at or ANYTHING
                for pin in pins
                if pin.selector.kind not in _FOUND_BY_IMAGE and KINDS[pin.selector.kind].syntax == "yaml"
            )
        )
        return Manifests(run_by.repository or known.url, known.branch, files, folder, images, values)

    def _check_gates(self, gates: Iterable[str], layers: Layers) -> None:
        """Some are about what happens in the environment before."""
        for name in gates:
            sentence = GATES[name].without_predecessor
            if sentence is not None and not layers.after().names:
                self.faults.add(layers.gate_at(name).fault(sentence))


def _knowing_each_other(pins: list[Pin]) -> tuple[Pin, ...]:
    """Each with the places of the others in its file: an anchor may make them one value."""
    return tuple(_knowing(_beside(pin, pins), pin) for pin in pins)


def _knowing(also: tuple[str, ...], pin: Pin) -> Pin:
    return replace(pin, selector=replace(pin.selector, also=also)) if also else pin


def _beside(pin: Pin, pins: list[Pin]) -> tuple[str, ...]:
    places = (one.selector.at for one in pins if one is not pin and one.path == pin.path)
    return tuple(at for at in places if at is not None)


def _unasked(gates: Mapping[str, Gate], images: tuple[Image, ...]) -> dict[str, str]:
    """The gates that cannot be asked of these, and why."""
    charts = any(isinstance(image, Chart) for image in images)
    said = ((name, gate.needs_image) for name, gate in gates.items() if charts)
    return {name: why for name, why in said if why is not None}
