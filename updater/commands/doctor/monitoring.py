"""To try each Prometheus and Alertmanager that config names, for `updater doctor`."""

from __future__ import annotations

from collections.abc import Iterator

from updater.commands.doctor.check_result import CheckResult, tried
from updater.errors import UpdaterError
from updater.progress import in_progress
from updater.wiring import Updater
from updater.wiring.prometheuses import Watching


def of_prometheus(updater: Updater) -> Iterator[CheckResult]:
    watching = list(updater.watching())
    if not watching:
        yield CheckResult("prometheus", "optional", "none is configured, so no alert and no metric is asked")
    for each in watching:
        with in_progress(updater.progress, f"asking {each.setting}"):
            found = tried(each.setting, lambda each=each: _reached(each))  # type: ignore[misc]
        yield found
        if found.state != "broken":
            yield from _of_alertmanager(each)


def _reached(watching: Watching) -> CheckResult:
    """Those that are asked by queries only, as VictoriaMetrics without vmalert, show no rules."""
    version = watching.version()
    try:
        rules = len(watching.rules())
    except UpdaterError as error:
        said = f"it is {version}, and shows no rules, so alerts and `rules` cannot be watched"
        return CheckResult(watching.setting, "look", f"{said}: {error.sentence}")
    if not rules:
        said = "has no alerting rules: nothing there ever fires, and nobody learns from alerts"
        return CheckResult(watching.setting, "look", f"it is {version}, and {said}")
    many = "s" if rules > 1 else ""
    return CheckResult(watching.setting, "works", f"it is {version}, with {rules} alerting rule{many}")


def _of_alertmanager(watching: Watching) -> Iterator[CheckResult]:
    what = f"{watching.setting}.alertmanager"
    try:
        silences = watching.silenced()
    except UpdaterError as error:
        yield CheckResult(what, "broken", error.sentence)
        return
    if silences is not None:
        many = "s" if silences != 1 else ""
        yield CheckResult(what, "works", f"it shows {silences} silence{many}, of now and of late")
