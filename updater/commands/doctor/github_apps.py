"""What `doctor` says of several GitHub Apps at one host: each has to do what the others do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from updater import times
from updater.commands.doctor.check_result import CheckResult, State
from updater.config import Config, host_of, project_of
from updater.errors import UpdaterError
from updater.model import AppStanding
from updater.wiring import Updater

_WRITTEN = {"contents:write", "pull_requests:write", "statuses:write"}


def of_apps(updater: Updater) -> Iterator[CheckResult]:
    for host in updater.config.forges:
        found = list[AppStanding]()
        for number, ask in updater.app_standings(host).items():
            yield _tried(f"forge {host}, app {number}", ask, found, _owners(updater.config, host))
        yield from _differences(f"forge {host}", found)


def _owners(config: Config, host: str) -> dict[str, str]:
    """Whose deploy repositories the Apps look after, and one of each."""
    mine = (each for each in config.repositories.items() if host_of(each[1].url) == host)
    return {project_of(each.url).partition("/")[0]: name for name, each in mine if not each.has_token}


def _tried(
    what: str, ask: Callable[[], AppStanding], found: list[AppStanding], owners: dict[str, str]
) -> CheckResult:
    try:
        app = ask()
    except UpdaterError as error:
        return CheckResult(what, "broken", error.sentence)
    found.append(app)
    for owner, repository in owners.items():
        if owner.lower() != app.owner.lower():
            said = f"{app.login} is installed on {app.owner}, and not on {owner}, which has {repository}"
            return CheckResult(what, "broken", f"{said}: install it there, or leave it out")
    left = f"{app.left:,} requests are left until {times.to_iso(app.resets)}"
    return CheckResult(what, "works", f"{app.login} is installed on {app.owner}; {left}")


def _differences(what: str, found: Sequence[AppStanding]) -> Iterator[CheckResult]:
    """What goes out as the one would be refused to the other."""
    rights = {f"{name}:{access}" for app in found for name, access in app.granted.items()}
    for app in found:
        missing = sorted(rights - {f"{name}:{access}" for name, access in app.granted.items()})
        others = [each for each in missing if not _has_more(app, each)]
        if others:
            said = f"app {app.app_id} has not {', '.join(others)}, which another of `apps` has"
            state: State = "broken" if _WRITTEN & set(others) else "look"
            yield CheckResult(what, state, f"{said}: give all of them the same permissions")


def _has_more(app: AppStanding, right: str) -> bool:
    name, _, access = right.partition(":")
    return access == "read" and app.granted.get(name) in {"write", "admin"}
