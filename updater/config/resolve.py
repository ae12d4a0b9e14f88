"""To make policies of what a user wrote, and to check what only shows when all of it is seen. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import TypeAlias

from updater.clear_text import sends_in_the_clear
from updater.config import moving
from updater.config.clusters import ArgoCD
from updater.config.hosts import NAMELESS, OF_OTHERS, Forge, Repository, host_of
from updater.config.layers import ChartLayers, Layers
from updater.config.models import App, Main
from updater.config.order import depths, find_circle
from updater.config.pattern_checks import pattern_faults
from updater.config.policies import Config, Pin, Policy
from updater.config.policy_builder import PolicyBuilder
from updater.config.weakening import contradictions, guardrails_of, layers_of, weakened
from updater.config.wildcards import IMAGE, STAR
from updater.forges import FORGES, kind_of_host
from updater.gates.health import Health
from updater.model import Placement
from updater.strict_yaml.faults import Faults, unknown_word
from updater.strict_yaml.reader import SourceLocation

PinKey: TypeAlias = tuple[str, str, str]
"""Repository, file, and what in it."""
Owners: TypeAlias = Mapping[PinKey, Placement]


@dataclass(frozen=True, slots=True)
class WrittenApp:
    app: App
    place: SourceLocation
    by_pattern: bool = False
    """Its images were found: nobody has written that it is in these environments."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """What is known so far of the policies, and where the app asks for each."""

    main: Main
    main_at: SourceLocation
    faults: Faults
    policies: dict[Placement, Policy] = field(default_factory=dict)
    places: dict[Placement, SourceLocation] = field(default_factory=dict)


def resolve(main: Main, main_at: SourceLocation, apps: Sequence[WrittenApp], faults: Faults) -> Config:
    """Raises ConfigError with all that was found, before and here."""
    resolution = Resolution(main, main_at, faults)
    _check_environments(resolution)
    _check_repositories(resolution)
    _check_guardrails(resolution)
    for written in apps:
        _check_patterns(resolution, written)
    for written in _unique(apps, faults):
        _place_app(resolution, written)
        _check_app(resolution, written)
    _check_shared_pins(resolution)
    _check_followed(resolution)
    _check_forges(resolution)
    _check_routes(resolution)
    _check_registries(resolution)
    _check_signing(resolution)
    _check_sources(resolution)
    faults.check()
    return _config(resolution)


def resolve_alone(main: Main, main_at: SourceLocation, written: WrittenApp) -> Resolution:
    """One app by itself: what is wrong there is nobody else's."""
    resolution = Resolution(main, main_at, Faults())
    _place_app(resolution, written)
    _check_app(resolution, written)
    _check_shared_pins(resolution)
    _check_followed(resolution)
    _check_proposing(resolution)
    return resolution


def _check_environments(resolution: Resolution) -> None:
    """Those no app is in, too."""
    placer = PolicyBuilder(resolution.main, resolution.faults)
    after = {}
    for name in resolution.main.environments:
        after[name] = placer.predecessors(layers_of(resolution.main, resolution.main_at, name))
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


def _check_repositories(resolution: Resolution) -> None:
    seen: dict[tuple[str, str], str] = {}
    for name, repository in resolution.main.repositories.items():
        place = resolution.main_at.child("repositories", name)
        key = (repository.url.rstrip("/").removesuffix(".git").lower(), repository.branch)
        first = seen.setdefault(key, name)
        if first != name:
            resolution.faults.add(place.fault(f"has the url and the branch of {first}: keep one of them"))
        has_token = repository.has_token or host_of(repository.url) in resolution.main.forges
        if has_token and sends_in_the_clear(repository.url):
            sentence = "this address would send the token in the clear: use https"
            resolution.faults.add(place.child("url").fault(sentence))


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
    for name, override in written.app.environments.items():
        place = written.place.child("environments", name)
        known = resolution.main.environments
        if name not in known:
            resolution.faults.add(place.fault(unknown_word("environment", name, known)))
            continue
        layers = layers_of(resolution.main, resolution.main_at, name, (override, place))
        _place(resolution, placer, written.app, layers)


def _place(resolution: Resolution, placer: PolicyBuilder, app: App, layers: Layers) -> None:
    _check_group(resolution, layers)
    _check_weakened(resolution, layers)
    both = bool(app.images and app.charts)
    for placement, chosen in _decided_apart(app, layers):
        policy = placer.policy(app, placement, chosen)
        if policy is not None:
            resolution.policies[placement] = replace(policy, paired=both)
            resolution.places[placement] = layers.override_at


def _decided_apart(app: App, layers: Layers) -> Iterator[tuple[Placement, Layers]]:
    """The images of an app share a tag, and its charts a version."""
    if app.images:
        yield Placement(layers.name, app.app), layers
    if app.charts:
        of_charts = Placement.of_charts if app.images else Placement
        own = ChartLayers(*(getattr(layers, one.name) for one in fields(layers)))
        yield of_charts(layers.name, app.app), own


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
        for before in after[name]:
            if before not in written.app.environments:
                place = written.place.child("environments", name)
                sentence = f"{app} is not in {before}, which {name} comes after: add it there"
                _lacks_predecessor(resolution, written, Placement(name, app), place.fault(sentence))
    if any(override.after is not None for override in written.app.environments.values()):
        _check_circle(resolution, after, {name: written.place.child("environments", name) for name in after})


def _lacks_predecessor(
    resolution: Resolution, written: WrittenApp, placement: Placement, sentence: str
) -> None:
    """A fault of who wrote it; where a pattern has found it, nobody did."""
    policy = resolution.policies.get(placement)
    if written.by_pattern and policy is not None:
        resolution.policies[placement] = replace(policy, unclear=sentence)
    else:
        resolution.faults.add(sentence)


def _check_patterns(resolution: Resolution, written: WrittenApp) -> None:
    main, at = resolution.main, resolution.main_at
    layers = [
        layers_of(main, at, name, (override, written.place.child("environments", name)))
        for name, override in written.app.environments.items()
        if name in main.environments
    ]
    for sentence in pattern_faults(written.app, written.place, layers):
        resolution.faults.add(sentence)


def _check_health(resolution: Resolution, written: WrittenApp, name: str) -> None:
    """Where health is asked for, Argo CD has to run the app in every environment before."""
    policy = resolution.policies.get(Placement(name, written.app.app))
    if policy is None or not isinstance(gate := policy.gates.get("health"), Health) or not gate.required:
        return
    place = written.place.child("environments", name)
    own = (written.app.environments[name], place)
    at = layers_of(resolution.main, resolution.main_at, name, own).gate_at("health")
    for before in policy.after:
        other = resolution.policies.get(Placement(before, written.app.app))
        if other is not None and other.health is None:
            sentence = f"{before} names no Application to ask: write argocd: {{application: …}} there"
            resolution.faults.add(at.fault(sentence))


def _check_shared_pins(resolution: Resolution) -> None:
    owners: dict[PinKey, Pin] = {}
    for placement, policy in resolution.policies.items():
        for pin in policy.pins:
            keys = _keys(policy, pin)
            owner = next((owners[key] for key in keys if key in owners), None)
            if owner is not None:
                what = pin.selector.at or str(pin.image)
                resolution.faults.add(resolution.places[placement].fault(_shared(owner, pin, what)))
            owners.update((key, pin) for key in keys if key not in owners)


def _keys(policy: Policy, pin: Pin) -> list[PinKey]:
    what = pin.selector.at or str(pin.image)
    return [(policy.repository, file, what) for file in pin.files]


def pin_owners(policies: Mapping[Placement, Policy]) -> Owners:
    """Whose each pin is, wherever it may stand."""
    found = (
        (key, policy.placement)
        for policy in policies.values()
        for pin in policy.pins
        for key in _keys(policy, pin)
    )
    return dict(found)


def _shared(owner: Pin, pin: Pin, what: str) -> str:
    if owner.placement == pin.placement:
        return f"{pin.placement} has {what} in {pin.path} twice: keep one"
    return (
        f"{pin.placement} and {owner.placement} are both {what} in {pin.path}: "
        "a pin belongs to one app in one environment, so give each its own path"
    )


def _check_routes(resolution: Resolution) -> None:
    place, known = resolution.main_at.child("notifications", "routes"), resolution.main.environments
    for number, route in enumerate(resolution.main.notifications.routes):
        for environment in route.environments or ():
            if environment not in known:
                at = place.child(number, "environments")
                resolution.faults.add(at.fault(unknown_word("environment", environment, known)))


def _check_registries(resolution: Resolution) -> None:
    for name, registry in resolution.main.registries.items():
        host, slash, _ = name.partition("/")
        for setting in registry.of_the_host if slash else ():
            place = resolution.main_at.child("registries", name, setting)
            resolution.faults.add(place.fault(f"this is of the whole host: write it under {host}"))


def _check_followed(resolution: Resolution) -> None:
    for placement, policy in resolution.policies.items():
        before = (resolution.policies.get(Placement(name, placement.app)) for name in policy.after)
        sentence = moving.fault(policy, [one for one in before if one is not None])
        if sentence is not None:
            resolution.faults.add(resolution.places[placement].child("tags", "follow").fault(sentence))


def _check_forges(resolution: Resolution) -> None:
    repositories = resolution.main.repositories.values()
    for host, forge in resolution.main.forges.items():
        own = [repository.has_token for repository in repositories if host_of(repository.url) == host]
        if not (forge.may_speak or forge.ssh_key_file or (own and all(own))):
            resolution.faults.add(resolution.main_at.child("forges", host).fault(NAMELESS))
        if not forge.at(host).api:
            where, there = resolution.main_at.child("forges", host), forge.capabilities
            only = f"{there.title} is at {', '.join(there.apis)} alone; one of your own has another API"
            resolution.faults.add(where.fault(f"{only}: {OF_OTHERS}; leave it out of `forges` then"))
    _check_proposing(resolution)


def _check_proposing(resolution: Resolution) -> None:
    for placement, policy in resolution.policies.items():
        if policy.deliver != "pull-request":
            continue
        repository = resolution.main.repositories[policy.repository]
        place = resolution.main_at.child("repositories", policy.repository, "url")
        host = host_of(repository.url)
        needs = f"{placement.environment} delivers by pull request"
        if host is None:
            sentence = f"{needs}, and this url leads to no forge: use its address there, or deliver otherwise"
            resolution.faults.add(place.fault(sentence))
        elif _lacks_token(forge := resolution.main.forges.get(host), repository):
            resolution.faults.add(place.fault(f"{needs}, so name a token: {_entry_for(host)}"))
        elif forge is not None and not forge.says_kind and kind_of_host(host) is None:
            *kinds, last = (f"`kind: {name}`" for name in FORGES)
            known = f"{', '.join(kinds)} or {last}"
            said = f"{needs}, so say what {host} is: {known}; `updater doctor` asks whether that is so"
            sentence = f"{said}; {OF_OTHERS}"
            resolution.faults.add(resolution.main_at.child("forges", host).fault(sentence))


def _entry_for(host: str) -> str:
    """What to write, with the kind where the name of the host does not say it."""
    kind = kind_of_host(host)
    if kind is not None:
        return f'forges: {{"{host}": {{token_env: {kind.token_env}}}}}'
    return f'forges: {{"{host}": {{kind: {"|".join(FORGES)}, token_env: FORGE_TOKEN}}}}; {OF_OTHERS}'


def _check_signing(resolution: Resolution) -> None:
    for name, repository in resolution.main.repositories.items():
        signing = resolution.main.commit.with_own(repository.commit).signing
        if signing is None or signing.format != "github":
            continue
        host = host_of(repository.url) or ""
        forge = resolution.main.forges.get(host)
        signs = forge is not None and forge.at(host).capabilities.makes_commits
        if forge is None or not signs or not (forge.may_speak or repository.has_token):
            own = repository.commit is not None and "signing" in repository.commit.model_fields_set
            place = resolution.main_at.child(*(("repositories", name) if own else ()), "commit", "signing")
            sentence = f"{name} is on no GitHub that forges has a token for: sign by ssh or gpg"
            resolution.faults.add(place.fault(sentence))


def _check_sources(resolution: Resolution) -> None:
    """Where apps are declared in a repository, it has to be clear in which."""
    known = resolution.main.repositories
    for number, source in enumerate(resolution.main.apps):
        place = resolution.main_at.child("apps")
        at = place.child(number) if place.child(number).where != place.where else place
        if source.repository is None and len(known) > 1:
            resolution.faults.add(at.fault(f"repository is missing: name one of {', '.join(known)}"))
        elif source.repository is not None and source.repository not in known:
            sentence = unknown_word("repository", source.repository, known)
            resolution.faults.add(at.child("repository").fault(sentence))


def _lacks_token(forge: Forge | None, repository: Repository) -> bool:
    """One without any credential is a fault of its own."""
    only_ssh = forge is not None and not forge.may_speak and forge.ssh_key_file is not None
    return forge is None or (only_ssh and not repository.has_token)


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
        argocds=_argocds(main),
        tls=main.tls,
    )


def _argocds(main: Main) -> dict[str | None, ArgoCD]:
    one: dict[str | None, ArgoCD] = {None: main.argocd} if main.argocd else {}
    return {**one, **{name: cluster.argocd for name, cluster in main.clusters.items()}}


def in_order(main: Main, policies: Mapping[Placement, Policy]) -> dict[Placement, Policy]:
    """By how many environments stand before it, then as written; apps of one environment stay together."""
    rank = {name: number for number, name in enumerate(main.environments)}
    after: dict[str, dict[str, tuple[str, ...]]] = {}
    for placement, policy in policies.items():
        after.setdefault(placement.app, {})[placement.environment] = policy.after
    depth = {app: depths(environments) for app, environments in after.items()}
    ordered = sorted(policies, key=lambda one: (depth[one.app][one.environment], rank[one.environment]))
    return {placement: policies[placement] for placement in ordered}
