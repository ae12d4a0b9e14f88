"""To say what of an app's, or an environment's, settings would weaken a guardrail. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from itertools import combinations
from typing import Any, TypeAlias

from updater.config.environments import Override
from updater.config.layers import Layers
from updater.config.models import Main
from updater.config.names import matches_any_tag
from updater.config.resolution import WrittenApp
from updater.config.teams.guardrails import Guardrail
from updater.config.wave_order import wave_member
from updater.gates import GATES
from updater.strict_yaml.faults import unknown_word
from updater.strict_yaml.reader import SourceLocation

Fault: TypeAlias = tuple[SourceLocation, str]
"""Where, and what."""
Guarded: TypeAlias = tuple[Guardrail, SourceLocation]
"""A guardrail and where it is written."""

_UNSAID = Override()
"""Of an environment alone: no app says anything."""
_STRICTER = {"newer": 0, "built_after": 1, "release": 2}


def guardrails_of(environment: str, main: Main, main_at: SourceLocation) -> tuple[Guarded, ...]:
    """Those that hold there, and where they are written."""
    return tuple(
        (guardrail, main_at.child("guardrails", pattern))
        for pattern, guardrail in main.guardrails.items()
        if _is_of(pattern, environment)
    )


def layers_of(main: Main, main_at: SourceLocation, name: str, written: WrittenApp | None = None) -> Layers:
    """What an app says of an environment, if any, over what the environment says, and under guardrails."""
    at = main_at.child("environments", name)
    if written is None:
        environments: Mapping[str, Override] = dict.fromkeys(main.environments, _UNSAID)
        override_at = at
    else:
        environments = written.app.environments
        override_at = written.place.child("environments", name)
    forbidden = (guardrail.tags.forbid for guardrail, _ in guardrails_of(name, main, main_at))
    return Layers(
        name,
        environments[name],
        override_at,
        main.environments[name],
        at,
        tuple(pattern for patterns in forbidden for pattern in patterns),
        wave_member(name, environments, main, main_at),
    )


def contradictions(main: Main, main_at: SourceLocation) -> Iterator[Fault]:
    """What no environment could ever keep."""
    for pattern, guardrail in main.guardrails.items():
        at = main_at.child("guardrails", pattern)
        names = [name for name in main.environments if _is_of(pattern, name)]
        if not names:
            yield at, unknown_word("environment", pattern, main.environments)
        for name in names:
            yield from _of_nothing_before(layers_of(main, main_at, name), guardrail, at)
        yield from _of_every_tag(guardrail, at)
        if guardrail.deliver == "none" and guardrail.pull_request.model_fields_set:
            sentence = (
                "asks something of pull requests, and deliver: none lets nobody open one: keep one of them"
            )
            yield at.child("pull_request"), sentence

    yield from _of_one_another(main, main_at)


def _of_every_tag(guardrail: Guardrail, at: SourceLocation) -> Iterator[Fault]:
    for number, pattern in enumerate(guardrail.tags.forbid):
        if matches_any_tag(pattern):
            sentence = f"{pattern} forbids every tag: where nothing may be delivered, ask deliver: none"
            yield at.child("tags", "forbid", number), sentence


def _of_one_another(main: Main, main_at: SourceLocation) -> Iterator[Fault]:
    """Two that hold for one environment, of which none can keep both."""
    told = set[tuple[str, str, str]]()
    for name in main.environments:
        for (first, there), (second, at) in combinations(guardrails_of(name, main, main_at), 2):
            for gate, why in _excluded(first, second):
                pair = (there.where, at.where, gate)
                if pair not in told:
                    told.add(pair)
                    yield at.child("gates", gate), _BOTH.format(there.child("gates", gate).where, name, why)


_BOTH = "contradicts the guardrail in {}, which holds for {}, too: {}"


def _excluded(first: Guardrail, second: Guardrail) -> Iterator[tuple[str, str]]:
    theirs = second.gates.chosen()
    for name, gate in first.gates.chosen().items():
        other = theirs.get(name)
        if gate is not None and other is not None and (why := gate.excludes(other)) is not None:
            yield name, why


def _of_nothing_before(layers: Layers, guardrail: Guardrail, at: SourceLocation) -> Iterator[Fault]:
    after = layers.after()
    for gate, bound in guardrail.gates.chosen().items():
        at_gate = at.child("gates", gate)
        if bound is None:
            yield at_gate, "a guardrail asks for something: false asks for nothing, so leave it out"
        elif GATES[gate].without_predecessor is not None and not after.names:
            yield (
                at_gate,
                f"is asked of {layers.name}, which comes after no other: write after: there, or leave it out",
            )


def pushable_by_teams(main: Main, main_at: SourceLocation) -> tuple[str, ...]:
    """The environments that deliver by pull request, where no guardrail asks for that."""
    return tuple(
        name
        for name, environment in main.environments.items()
        if main.apps
        and environment.deliver == "pull-request"
        and not any(guardrail.deliver for guardrail, _ in guardrails_of(name, main, main_at))
    )


def _is_of(pattern: str, environment: str) -> bool:
    return pattern == environment or fnmatchcase(environment, pattern)


def weakened(layers: Layers, guarded: Iterable[Guarded]) -> Iterator[Fault]:
    """Where something is weaker than it may be, and a sentence that says what is asked."""
    for guardrail, at in guarded:
        yield from _gates(layers, guardrail, at)
        yield from _delivery(layers, guardrail, at)
        yield from _pull_request(layers, guardrail, at)


def _gates(layers: Layers, guardrail: Guardrail, at: SourceLocation) -> Iterator[Fault]:
    chosen = layers.gates()
    for name, bound in guardrail.gates.chosen().items():
        if bound is None:
            continue
        why = _weaker(chosen.get(name), bound, name)
        if why is not None:
            there = at.child("gates", name).where
            yield layers.gate_at(name), f"weakens the guardrail in {there}: {why}"


def _weaker(gate: Any, bound: Any, name: str) -> str | None:  # noqa: ANN401 - two of one kind
    if gate is None:
        return f"{name} has to be there"
    return None if gate == bound else gate.weaker_than(bound)


def _delivery(layers: Layers, guardrail: Guardrail, at: SourceLocation) -> Iterator[Fault]:
    if guardrail.deliver is not None and layers.get("deliver") not in {guardrail.deliver, "none"}:
        there = at.child("deliver").where
        yield layers.at("deliver"), f"weakens the guardrail in {there}: it has to be {guardrail.deliver}"
    after = layers.get("after_rollback") or "built_after"
    if guardrail.after_rollback is not None and _STRICTER[after] < _STRICTER[guardrail.after_rollback]:
        there = at.child("after_rollback").where
        asked = f"it has to be {guardrail.after_rollback} or stricter"
        yield layers.at("after_rollback"), f"weakens the guardrail in {there}: {asked}"


def _pull_request(layers: Layers, guardrail: Guardrail, at: SourceLocation) -> Iterator[Fault]:
    bound, said = guardrail.pull_request, layers.pull_request()
    missing = [name for name in bound.reviewers if name not in said.reviewers]
    asked = {
        "reviewers": f"{', '.join(missing)} has to be among them" if missing else None,
        "auto_merge": "a person has to merge" if bound.auto_merge is False and said.auto_merge else None,
        "update": f"it has to be {bound.update}" if bound.update not in {None, said.update} else None,
    }
    if layers.get("deliver") != "pull-request":
        return
    for name, why in asked.items():
        if why is not None:
            there = at.child("pull_request", name).where
            yield layers.pull_request_at(name), f"weakens the guardrail in {there}: {why}"
