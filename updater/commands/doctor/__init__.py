"""`updater doctor`: tries all the config names, and says in a line each what works and what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from updater.commands.doctor.argocd import of_argocd
from updater.commands.doctor.check_result import CheckResult
from updater.commands.doctor.engine import of_engine
from updater.commands.doctor.github_apps import of_apps
from updater.commands.doctor.monitoring import of_prometheus
from updater.commands.doctor.registries import of_registries
from updater.commands.doctor.repositories import of_repository
from updater.commands.doctor.secrets import of_secrets
from updater.commands.doctor.service import of_service
from updater.commands.doctor.teams import of_teams
from updater.commands.doctor.watched import watched_findings
from updater.runner import Exit, Output
from updater.terminal import say, say_json
from updater.wiring import Updater

_SIGNS = {"works": "ok", "optional": "--", "look": "!!", "broken": "no"}


def doctor(updater: Updater, output: Output) -> Exit:
    """Exit status 1 if anything is broken; what is only worth a look, or optional, is fine."""
    findings = []
    for finding in _findings(updater):
        findings.append(finding)
        if output == "text":
            said = "optional: " if finding.state == "optional" else ""
            say(f"{_SIGNS[finding.state]}  {finding.what}: {said}{finding.sentence}")
    if output == "json":
        say_json({"version": 1, "findings": [asdict(each) for each in findings]})
    return Exit.FAILED if any(each.state == "broken" for each in findings) else Exit.FINE


def _findings(updater: Updater) -> Iterator[CheckResult]:
    yield from of_teams(updater)
    config = updater.config
    yield from of_secrets(updater)
    yield from of_registries(updater)
    for name in config.repositories:
        yield from of_repository(updater, name)
    yield from of_apps(updater)
    yield from of_argocd(updater)
    yield from of_prometheus(updater)
    yield from watched_findings(config, updater.ask_monitoring, updater.now())
    yield from of_service(config)
    yield from of_engine(config)
