"""To show what holds for each app in each environment, once defaults and overrides are applied. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from operator import itemgetter
from typing import Any

from pydantic import BaseModel

from updater import label_matchers, times
from updater.config import Config, Pin, Policy
from updater.config.policies import WrittenIn
from updater.config.verifying import Verify
from updater.model import AlertMatch, Metric
from updater.value_class import value_class
from updater.views.shape import VERSION, Shape

_WIDTH = 16


@value_class
class Policies(Shape):
    """The same as `updater check --effective --output json` says of each app in each environment."""

    version: int
    policies: list[dict[str, Any]]


def policies(config: Config) -> Policies:
    return Policies(VERSION, as_json(config))


def as_text(config: Config) -> Iterator[str]:
    for policy in config.policies.values():
        yield f"{policy.placement}"
        for name, value in lines(policy, config):
            yield f"  {name:<{_WIDTH}}{value}".rstrip()


def as_json(config: Config) -> list[dict[str, Any]]:
    return [_document(policy, config) for policy in config.policies.values()]


def lines(policy: Policy, config: Config) -> Iterator[tuple[str, str]]:
    """Name and value, as people read them."""
    repository, tags = config.repositories[policy.repository], policy.tags
    yield "repository", f"{policy.repository} ({repository.url}, branch {repository.branch})"
    for pin in policy.pins:
        yield "pin", _pin(pin)
    yield "follow", f"{tags.follow}{_settings(_follow(policy))}"
    yield "allow", _words(tags.allow)
    yield "forbid", _words(tags.forbid)
    yield "placeholders", _words(sorted(tags.placeholders))
    yield from _order(policy)
    for name, gate in _gates(policy).items():
        yield "gate", f"{name}: {_said(gate)}"
    if not policy.gates:
        yield "gate", "none"
    yield "after rollback", policy.after_rollback
    yield "deliver", policy.deliver
    if policy.health is not None and policy.manifests is not None:
        yield "argo cd", f"{policy.health.applications} ({policy.manifests.folders})"
    if policy.flux is not None:
        yield "flux", policy.flux.name
    yield from _watched(policy)
    if policy.verify is not None:
        yield "verify", _said(_verify(policy.verify))
    if policy.written_in is not None:
        yield "written in", written_in(policy.written_in)
    if policy.refused is not None:
        yield "held", policy.refused
    if policy.deliver == "pull-request":
        yield "pull request", _said(_dumped(policy.pull_request)).replace("\n", "\\n")


def _watched(policy: Policy) -> Iterator[tuple[str, str]]:
    watched = policy.watched
    if watched is None:
        return
    if watched.alerts is not None:
        rules = f"; {_words(watched.alerts.rules)}" if watched.alerts.rules else ""
        severity = f"; {_words(watched.alerts.severity)}" if watched.alerts.severity else ""
        yield "alerts", f"{_matchers(watched.alerts)}{severity}{rules}"
    for metric in watched.metrics:
        yield from _measured(metric)
    if watched.heartbeat is not None:
        yield "heartbeat", watched.heartbeat
    if watched.arrived is not None:
        yield "arrived", watched.arrived


def _matchers(alerts: AlertMatch) -> str:
    """As this app is asked for."""
    found = label_matchers.filled(label_matchers.parse(alerts.template), alerts.app)
    return ", ".join(map(str, found))


def _measured(metric: Metric) -> Iterator[tuple[str, str]]:
    """Its query, and what holds of it, by the names of the config."""
    limits = {name: getattr(metric, name) for name in ("max", "min", "worse_than_before", "failures")}
    told = [f"{name} {limit:g}" for name, limit in limits.items() if limit is not None]
    told += [f"unit {metric.unit}"] if metric.unit else []
    told += ["dry_run: it only tells"] if metric.dry_run else []
    yield "metric", f"{metric.name}: {_in_one_line(metric.query)}"
    yield "limits", f"{metric.name}: {', '.join(told)}"
    if (needs := metric.needs) is not None:
        yield "needs", f"{metric.name}: min {needs.least:g} {needs.of} of {_in_one_line(needs.query)}"


def _in_one_line(query: str) -> str:
    return " ".join(query.split())


def _order(policy: Policy) -> Iterator[tuple[str, str]]:
    yield "after", ("any of " if policy.after_any else "") + _words(policy.after)
    if (wave := policy.wave) is not None:
        beside = f", beside {_words(wave.beside)}" if wave.beside else ""
        yield "wave", f"{wave.number} of waves.{wave.waves}{beside} ({wave.written_in})"


def written_in(written: WrittenIn) -> str:
    """The app's place, with the lines of what it says otherwise, and the environment's."""
    lines = {name: int(where.rpartition(":")[2]) for name, where in written.settings.items()}
    own = ", ".join(f"{name} {line}" for name, line in sorted(lines.items(), key=itemgetter(1)))
    return f"{written.app}{f' (lines: {own})' if own else ''}; {written.environment}"


def _document(policy: Policy, config: Config) -> dict[str, Any]:
    tags = policy.tags
    return {
        "app": policy.placement.app,
        "environment": policy.placement.environment,
        "repository": policy.repository,
        "branch": config.repositories[policy.repository].branch,
        "images": [str(image) for image in policy.images],
        "pins": [_pin_document(pin) for pin in policy.pins],
        "tags": {
            "follow": {tags.follow: _follow(policy)},
            "allow": list(tags.allow),
            "forbid": list(tags.forbid),
            "placeholders": sorted(tags.placeholders),
        },
        "after": list(policy.after),
        "after_any": policy.after_any,
        "wave": asdict(policy.wave) if policy.wave else None,
        "gates": _gates(policy),
        "after_rollback": policy.after_rollback,
        "deliver": policy.deliver,
        "argocd": _applications(policy),
        "flux": policy.flux.name if policy.flux else None,
        "watched": asdict(policy.watched) if policy.watched else None,
        "verify": _verify(policy.verify) if policy.verify else None,
        "pull_request": _dumped(policy.pull_request) if policy.deliver == "pull-request" else None,
        "written_in": asdict(policy.written_in) if policy.written_in else None,
        "refused": policy.refused,
    }


def _verify(verify: Verify) -> dict[str, Any]:
    return {
        "for": times.format_duration(verify.length),
        "with": list(verify.checks),
        "then": verify.then,
        "deliver": verify.deliver,
    }


def _applications(policy: Policy) -> dict[str, Any] | None:
    if policy.health is None or policy.manifests is None:
        return None
    found = policy.health.applications
    return {
        "application": list(found.names),
        "selector": found.selector,
        "namespace": found.namespace,
        "cluster": found.cluster,
        "path": policy.manifests.path,
        "repository": policy.manifests.repository,
    }


def _pin(pin: Pin) -> str:
    found = pin.selector
    at = f" at {found.at}" if found.at else ""
    return f"{found.pin} of {pin.image}: {found.kind} {pin.path}{at}" + (", created" if found.create else "")


def _pin_document(pin: Pin) -> dict[str, Any]:
    found = pin.selector
    return {
        "image": str(pin.image),
        "path": pin.path,
        "kind": found.kind,
        "at": found.at,
        "pin": found.pin,
        "create": found.create,
    }


def _gates(policy: Policy) -> dict[str, Any]:
    return {name: _dumped(gate) for name, gate in policy.gates.items()}


def _follow(policy: Policy) -> Any:  # noqa: ANN401 - as many settings as there are schemes
    return _dumped(policy.tags.scheme)


def settings_words(settings: object) -> str:
    """All that is set, by the names a user writes: `for 30m, counts since`."""
    return _said(_dumped(settings))


def _dumped(settings: object) -> Any:  # noqa: ANN401 - whatever YAML can hold
    """By the names a user writes."""
    assert isinstance(settings, BaseModel), "gates, schemes and the like are settings"
    return settings.model_dump(mode="json", by_alias=True)


def _settings(settings: Mapping[str, Any]) -> str:
    return f" ({_said(settings)})" if settings else ""


def _said(value: Any) -> str:  # noqa: ANN401 - as above
    """`for 30m, counts since`; of a setting that is but a list, the list; of a switch, whether it is on."""
    if isinstance(value, Mapping):
        if list(value) == ["on"]:
            return "on" if value["on"] else "off"
        if len(value) == 1 and isinstance(only := next(iter(value.values())), list):
            return _said(only)
        told = ((name, _said(one)) for name, one in value.items() if one not in (None, "", []))
        return ", ".join(f"{name} {said}" for name, said in told if said)
    if isinstance(value, list):
        return "; ".join(map(_said, value)) or "none"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _words(words: Any) -> str:  # noqa: ANN401 - a list or a tuple
    return ", ".join(word or '""' for word in words) or "none"
