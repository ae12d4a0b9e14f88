"""To make policies of what a user wrote, and to check what only shows when all of it is seen. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from updater.config import moving
from updater.config.host_checks import (
    check_charts,
    check_forges,
    check_proposing,
    check_registries,
    check_repositories,
    check_signing,
    check_sources,
)
from updater.config.layers import Layers, decided_apart
from updater.config.models import App, Main
from updater.config.order import depths, find_circle
from updater.config.pattern_checks import pattern_faults
from updater.config.policies import Config, Policy
from updater.config.policy_builder import PolicyBuilder
from updater.config.resolution import Resolution, WrittenApp
from updater.config.shared_pins import check_shared_pins
from updater.config.teams.weakening import (
    contradictions,
    guardrails_of,
    layers_of,
    pushable_by_teams,
    weakened,
)
from updater.config.watched import faults_of_gates
from updater.config.wave_checks import check_waves
from updater.config.wildcards import IMAGE, STAR, as_written
from updater.gates.health import Health
from updater.model import Placement
from updater.strict_yaml.faults import Faults, unknown_word
from updater.strict_yaml.reader import SourceLocation


def resolve(main: Main, main_at: SourceLocation, apps: Sequence[WrittenApp], faults: Faults) -> Config:
    """Raises ConfigError with all that was found, before and here."""
    resolution = Resolution(main, main_at, faults)
    check_waves(resolution)
    _check_environments(resolution)
    check_repositories(resolution)
    _check_guardrails(resolution)
    for written in apps:
        _check_patterns(resolution, written)
    for written in _unique(apps, faults):
        _place_app(resolution, written)
        _check_app(resolution, written)
    check_shared_pins(resolution)
    _check_followed(resolution)
    check_forges(resolution)
    _check_routes(resolution)
    check_registries(resolution)
    check_charts(resolution)
    check_signing(resolution)
    check_sources(resolution)
    faults.check()
    return _config(resolution)


def resolve_alone(main: Main, main_at: SourceLocation, written: WrittenApp) -> Resolution:
    """One app by itself: what is wrong there is nobody else's."""
    resolution = Resolution(main, main_at, Faults())
    _place_app(resolution, written)
    _check_app(resolution, written)
    check_shared_pins(resolution)
    _check_followed(resolution)
    check_proposing(resolution)
    return resolution


def _check_environments(resolution: Resolution) -> None:
    """Those no app is in, too."""
    placer = PolicyBuilder(resolution.main, resolution.faults)
    after = {}
    for name in resolution.main.environments:
        layers = layers_of(resolution.main, resolution.main_at, name)
        after[name] = placer.predecessors(layers)
        placer.check_cluster(layers)
    _check_circle(resolution, after, {name: resolution.main_at.child("environments", name) for name in after})


def _check_guardrails(resolution: Resolution) -> None:
    """They hold for the environments themselves, too."""
    main, at = resolution.main, resolution.main_at
    for place, sentence in contradictions(main, at):
        resolution.faults.add(place.fault(sentence))
    for name in main.environments:
        _check_weakened(resolution, layers_of(main, at, name))


def _check_weakened(resolution: Resolution, layers: Layers) -> None:
    guarded = guardrails_of(layers.name, resolution.main, resolution.main_at)
    for place, sentence in weakened(layers, guarded):
        resolution.faults.add(place.fault(sentence))


def _check_circle(
    resolution: Resolution, after: Mapping[str, Sequence[str]], places: Mapping[str, SourceLocation]
) -> bool:
    found = find_circle(after)
    if found:
        sentence = f"environments come after one another in a circle: {' -> '.join(found)}"
        if len(set(found)) == 1:
            sentence = f"{found[0]} comes after itself: name the environment before it, or leave `after` out"
        resolution.faults.add(places[found[0]].child("after").fault(sentence))
    return bool(found)


def _unique(apps: Sequence[WrittenApp], faults: Faults) -> Iterator[WrittenApp]:
    seen: dict[str, WrittenApp] = {}
    for written in apps:
        if IMAGE in written.app.app:  # of many apps, each with a name of its own
            name = written.app.app.replace(IMAGE, STAR)
            yield replace(written, app=written.app.model_copy(update={"app": name}))
            continue
        first = seen.setdefault(written.app.app, written)
        if first is written:
            yield written
        else:
            there = first.place.child("app").where
            faults.add(
                written.place.child("app").fault(f"{written.app.app} is already in {there}: rename one")
            )


def _place_app(resolution: Resolution, written: WrittenApp) -> None:
    placer = PolicyBuilder(resolution.main, resolution.faults)
    for name in written.app.environments:
        place = written.place.child("environments", name)
        known = resolution.main.environments
        if name not in known:
            resolution.faults.add(place.fault(unknown_word("environment", name, known)))
            continue
        layers = layers_of(resolution.main, resolution.main_at, name, written)
        _place(resolution, placer, written.app, layers)


def _place(resolution: Resolution, placer: PolicyBuilder, app: App, layers: Layers) -> None:
    _check_group(resolution, layers)
    _check_weakened(resolution, layers)
    both = bool(app.images and app.charts)
    for placement, chosen in decided_apart(app, layers):
        policy = placer.policy(app, placement, chosen)
        if policy is not None:
            resolution.policies[placement] = replace(policy, paired=True) if both else policy
            resolution.places[placement] = layers.override_at


def _check_group(resolution: Resolution, layers: Layers) -> None:
    """Apps that share a pull request share its settings: the environment has them."""
    said, shared = layers.override.pull_request, layers.environment.pull_request.group == "environment"
    at, own = layers.override_at.child("pull_request"), said.model_fields_set
    if said.group == "environment" and not shared:
        sentence = "is for an environment to say, as all its apps share that pull request: write it there"
        resolution.faults.add(at.child("group").fault(sentence))
    elif shared and own and not ("group" in own and said.group == "app"):
        sentence = (
            f"the apps of {layers.name} share a pull request, so its settings are the environment's: "
            "leave this out, or write group: app"
        )
        resolution.faults.add(at.fault(sentence))


def _check_app(resolution: Resolution, written: WrittenApp) -> None:
    """An app has to be where its environments come from, and may not go in circles by its own settings."""
    app = written.app.app
    after = {}
    for name in written.app.environments:
        policy = resolution.policies.get(Placement(name, app))
        after[name] = policy.after if policy else ()
        _check_health(resolution, written, name)
        _check_watched(resolution, written, name)
        _check_lone_wave(resolution, written, name)
        for before in after[name]:
            if before not in written.app.environments:
                place = written.place.child("environments", name)
                sentence = f"{as_written(app)} is not in {before}, which {name} comes after: add it there"
                _lacks_predecessor(resolution, written, Placement(name, app), place.fault(sentence))
    if any(override.after is not None for override in written.app.environments.values()):
        _check_circle(resolution, after, {name: written.place.child("environments", name) for name in after})


def _check_lone_wave(resolution: Resolution, written: WrittenApp, name: str) -> None:
    """Without a wave before it, and without an `after`, it would get each new image at once."""
    policy = resolution.policies.get(Placement(name, written.app.app))
    if policy is None or policy.after or policy.wave is None:
        return
    wave = layers_of(resolution.main, resolution.main_at, name, written).wave
    if wave is None or not wave.lacks_all_before:
        return
    sentence = (
        f"{as_written(written.app.app)} is in no wave before it ({wave.lacks_all_before}), and it has no "
        f"`after` of its own to go by: write one in environments.{name}"
    )
    at = written.place.child("environments", name)
    _lacks_predecessor(resolution, written, Placement(name, written.app.app), at.fault(sentence))


def _lacks_predecessor(
    resolution: Resolution, written: WrittenApp, placement: Placement, sentence: str
) -> None:
    """A fault of who wrote it; where a pattern has found it, nobody did."""
    both = (placement, Placement.of_charts(*placement))
    found = [one for one in both if one in resolution.policies]
    if not written.by_pattern or not found:
        resolution.faults.add(sentence)
        return
    for one in found:
        resolution.policies[one] = replace(resolution.policies[one], unclear=sentence)


def _check_patterns(resolution: Resolution, written: WrittenApp) -> None:
    main, at = resolution.main, resolution.main_at
    layers = [
        layers_of(main, at, name, written) for name in written.app.environments if name in main.environments
    ]
    for sentence in pattern_faults(written.app, written.place, layers):
        resolution.faults.add(sentence)


def _check_health(resolution: Resolution, written: WrittenApp, name: str) -> None:
    """Where health is asked for, Argo CD has to run the app in every environment before."""
    policy = resolution.policies.get(Placement(name, written.app.app))
    if policy is None or not isinstance(gate := policy.gates.get("health"), Health) or not gate.required:
        return
    at = layers_of(resolution.main, resolution.main_at, name, written).gate_at("health")
    for before in policy.after:
        other = resolution.policies.get(Placement(before, written.app.app))
        if other is not None and other.health is None:
            sentence = f"{before} names no Application to ask: write argocd: {{application: …}} there"
            resolution.faults.add(at.fault(sentence))


def _check_watched(resolution: Resolution, written: WrittenApp, name: str) -> None:
    """Where a gate goes by alerts or metrics, every environment before has to say what these are."""
    policy = resolution.policies.get(Placement(name, written.app.app))
    if policy is None:
        return
    layers = layers_of(resolution.main, resolution.main_at, name, written)
    found = ((one, resolution.policies.get(Placement(one, written.app.app))) for one in policy.after)
    before = {one: other for one, other in found if other is not None}
    for gate, sentence in faults_of_gates(policy, before):
        resolution.faults.add(layers.gate_at(gate).fault(sentence))


def _check_routes(resolution: Resolution) -> None:
    place, known = resolution.main_at.child("notifications", "routes"), resolution.main.environments
    for number, route in enumerate(resolution.main.notifications.routes):
        for environment in route.environments or ():
            if environment not in known:
                at = place.child(number, "environments")
                resolution.faults.add(at.fault(unknown_word("environment", environment, known)))


def _check_followed(resolution: Resolution) -> None:
    for placement, policy in resolution.policies.items():
        before = (resolution.policies.get(Placement(name, placement.app)) for name in policy.after)
        sentence = moving.fault(policy, [one for one in before if one is not None])
        if sentence is not None:
            resolution.faults.add(resolution.places[placement].child("tags", "follow").fault(sentence))


def _config(resolution: Resolution) -> Config:
    main = resolution.main
    return Config(
        instance=main.instance,
        mode=main.mode,
        repositories=main.repositories,
        forges={host: forge.at(host) for host, forge in main.forges.items()},
        registries=main.registries,
        commit=main.commit,
        poll=main.poll,
        limits=main.limits,
        service=main.service,
        notifications=main.notifications,
        policies=in_order(main, resolution.policies),
        argocds=main.argocds,
        prometheuses=main.prometheuses,
        pushable=pushable_by_teams(main, resolution.main_at),
        tls=main.tls,
        engine=main.engine,
    )


def in_order(main: Main, policies: Mapping[Placement, Policy]) -> dict[Placement, Policy]:
    """By how many environments stand before it, then as written; apps of one environment stay together."""
    rank = {name: number for number, name in enumerate(main.environments)}
    after: dict[str, dict[str, tuple[str, ...]]] = {}
    for placement, policy in policies.items():
        after.setdefault(placement.app, {})[placement.environment] = policy.after
    depth = {app: depths(environments) for app, environments in after.items()}
    ordered = sorted(policies, key=lambda one: (depth[one.app][one.environment], rank[one.environment]))
    return {placement: policies[placement] for placement in ordered}
