"""To say what is valid in a config and yet will never do what it is there for. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from updater import messages, times
from updater.config import Config, Policy
from updater.config.levels import Level, level
from updater.config.names import matches_any_tag
from updater.gates.freeze import Freeze, Span
from updater.gates.signature import Signature, unsignable
from updater.gates.soak import Soak
from updater.gates.window import Window
from updater.label_matchers import APP
from updater.model import Placement

_AHEAD = timedelta(days=366)
_WEEK = timedelta(days=7)
_NAMED = 3


def config_warnings(config: Config, now: datetime) -> tuple[str, ...]:
    """Each with the apps it is about: settings of an environment are shared by many."""
    about: dict[tuple[str, str], list[str]] = {}
    for policy in config.policies.values():
        for sentence in _of(policy, config, now):
            about.setdefault((policy.placement.environment, sentence), []).append(policy.placement.app)
    told = (
        f"{_listed(apps)} in {environment}: {sentence}" for (environment, sentence), apps in about.items()
    )
    return (*config.appless, *told, *(_PUSHABLE.format(name) for name in config.pushable))


_PUSHABLE = (
    "{0}: the file of a team may say `deliver: push` there, and then nobody is asked: "
    "where people have to merge, write guardrails: {{{0}: {{deliver: pull-request}}}}"
)


def _of(policy: Policy, config: Config, now: datetime) -> Iterator[str]:
    window, freeze, soak = (policy.gates.get(name) for name in ("window", "freeze", "soak"))
    spans = freeze.spans if isinstance(freeze, Freeze) else ()
    if not _opens(window if isinstance(window, Window) else None, spans, now):
        yield _closed(window is not None, bool(spans))
    for span in spans:
        if span.ends <= now:
            yield f"the freeze until {times.format_time(span.ends, span.zone)} is over: delete it"
    if isinstance(soak, Soak):
        yield from _unseen(policy, soak, config)
    yield from (f"gates.{name} is not asked of a chart: {why}" for name, why in policy.unasked.items())
    yield from _unsignable(policy)
    yield from _all_forbidden(policy)
    yield from _teamless(policy, config)
    yield from _misnamed(policy, config)
    yield from _bare(policy, config)
    yield from _unleased(policy, config)
    yield from _undivided(policy, config)
    yield from _unattended(policy)
    if policy.deliver == "push" and not policy.after and _is_production(policy.placement.environment):
        yield (
            "by its name it is production, yet it comes after nothing and is pushed to, so each new image "
            "goes live at once: say what it comes after (`after: staging`), or `deliver: pull-request`"
        )


def _unsignable(policy: Policy) -> Iterator[str]:
    gate = policy.gates.get("signature")
    if isinstance(gate, Signature) and gate.any:
        found = (why for image in policy.images if (why := unsignable(image)) is not None)
        yield from (f"gates.signature never passes, and nothing is promoted: {why}" for why in found)


def _all_forbidden(policy: Policy) -> Iterator[str]:
    every = next(filter(matches_any_tag, policy.tags.forbid), None)
    if every is not None and policy.deliver != "none":
        yield f"tags.forbid has {every}, which forbids every tag, so nothing is promoted: narrow it"


def _is_production(environment: str) -> bool:
    return level(environment.rpartition("/")[2]) is Level.PRODUCTION


def _teamless(policy: Policy, config: Config) -> Iterator[str]:
    forge = config.forge(policy.repository)
    teams = [name for name in policy.pull_request.reviewers if name.startswith("team:")]
    if teams and forge is not None and not forge.capabilities.team_reviewers:
        there = forge.capabilities.title
        yield f"{', '.join(teams)} cannot be asked to review: on {there} only people can; name people"


def _misnamed(policy: Policy, config: Config) -> Iterator[str]:
    forge = config.forge(policy.repository)
    if forge is None or policy.deliver != "pull-request":
        return
    there, such = forge.capabilities.title, forge.capabilities.person_example
    for name in policy.pull_request.reviewers:
        if not name.startswith("team:") and not re.fullmatch(forge.capabilities.person, name):
            yield f"{name} cannot be asked to review: {there} knows people by ids such as {such}"


def _bare(policy: Policy, config: Config) -> Iterator[str]:
    """What is asked for, and the forge has not."""
    forge, settings = config.forge(policy.repository), policy.pull_request
    if forge is None or policy.deliver != "pull-request":
        return
    there, bears = forge.capabilities.title, forge.capabilities.bears
    given = {"labels": settings.labels, "assignees": settings.assignees, "milestone": settings.milestone}
    if lost := [name for name, value in given.items() if value and name not in bears]:
        yield f"{', '.join(lost)}: a pull request of {there} has none: leave them out"
    if settings.auto_merge and not forge.capabilities.merge_lease:
        yield (
            f"auto_merge: {there} merges whatever the head is at that moment; it is looked at just before, "
            "and what somebody pushes in between is merged unseen"
        )


def _unleased(policy: Policy, config: Config) -> Iterator[str]:
    forge = config.forge(policy.repository)
    if forge is None or policy.deliver != "pull-request" or not policy.pull_request.auto_merge:
        return
    if forge.capabilities.auto_merge and not forge.capabilities.auto_merge_lease:
        there, status = forge.capabilities.title, messages.STATUS
        yield (
            f"auto_merge: {there} is told to merge a pull request, and not which head: let its base require "
            f"{status}, which what somebody pushes meanwhile has not"
        )


# --- alerts that are about everybody ---------------------------------------------------------------------


def _undivided(policy: Policy, config: Config) -> Iterator[str]:
    """By one match all its apps are judged, and what one does wrong holds every other."""
    alerts = policy.watched.alerts if policy.watched else None
    if alerts is None or APP in alerts.template:
        return
    environment = policy.placement.environment
    alike = {
        other.placement.config_app
        for other in config.policies.values()
        if other.placement.environment == environment
        and other.watched is not None
        and other.watched.alerts is not None
        and other.watched.alerts.template == alerts.template
    }
    if len(alike) > 1:
        yield (
            "alerts.match has no {app}, so an alert about one of its apps holds all of them: write what "
            'tells them apart, such as pod=~"{app}-.*"'
        )


def _unattended(policy: Policy) -> Iterator[str]:
    """Of a Prometheus that was away, is new, or is asked about others, no alert is no news."""
    if policy.watched is not None and policy.watched.alerts and policy.watched.heartbeat is None:
        yield (
            "without a heartbeat a time in which Prometheus was away counts as one without alerts: name an "
            "alert that always fires, such as heartbeat: Watchdog"
        )


# --- a window that never opens --------------------------------------------------------------------------


def _opens(window: Window | None, freezes: tuple[Span, ...], now: datetime) -> bool:
    """Some moment of the next year lies inside the window and outside every freeze."""
    frozen = sorted((span.starts, span.ends) for span in freezes)
    return any(_is_left(start, end, frozen) for start, end in _openings(window, now))


def _openings(window: Window | None, now: datetime) -> Iterator[tuple[datetime, datetime]]:
    until = now + _AHEAD
    if window is None:
        yield now, until
        return
    moment = now
    while moment < until:
        for opening in window.openings:
            yield from ((max(start, now), min(end, until)) for start, end in opening.spans(moment))
        moment += _WEEK


def _is_left(start: datetime, end: datetime, frozen: Iterable[tuple[datetime, datetime]]) -> bool:
    for frozen_from, frozen_to in frozen:
        if frozen_from <= start < frozen_to:
            start = frozen_to
    return start < end


def _closed(window: bool, freeze: bool) -> str:
    if window and freeze:
        return "window and freeze leave no moment of the next year, so nothing is promoted: open one of them"
    if window:
        return "its window does not open within the next year, so nothing is promoted: write a longer one"
    return "its freeze lasts for all of the next year, so nothing is promoted: write an earlier end"


# --- a soak that nobody can see -------------------------------------------------------------------------


def _unseen(policy: Policy, soak: Soak, config: Config) -> Iterator[str]:
    for name in policy.after:
        before = config.policies.get(Placement(name, policy.placement.app))
        if before is None:
            continue
        history = config.repositories[before.repository].history
        if soak.length > history:
            soaks, read = times.format_duration(soak.length), times.format_duration(history)
            yield (
                f"its soak of {soaks} is longer than the {read} of history that are read for {name}: "
                f"raise repositories.{before.repository}.history, or soak shorter"
            )


def _listed(apps: list[str]) -> str:
    if len(apps) <= _NAMED:
        return ", ".join(apps)
    return f"{', '.join(apps[:_NAMED])} and {len(apps) - _NAMED} more"
