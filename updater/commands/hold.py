"""`updater hold` and `updater release`: what a person records in the deploy repository."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, tzinfo

from updater import holds, times
from updater.commands.promote import OutputOptions
from updater.config import Config
from updater.config.not_known import not_known
from updater.errors import ConfigError, Refused
from updater.holds import OF_ALL, PATH, Everything, HoldEntry, Release
from updater.model import HoldsChange, OpenPullRequest, Placement
from updater.runner import Exit, print_reports, warn_if_observing
from updater.situation import PlacementState
from updater.terminal import warn
from updater.views.pass_report import of_an_order
from updater.wiring import Updater, utc_now

HoldScope = tuple[str | None, str | None]
"""App and environment; None: all of them."""
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}(?:@sha256:[0-9a-f]{64})?")


def parse_target(app: str | None, environment: str | None, *, everything: bool) -> HoldScope:
    """`--all staging` means the environment. Raises ConfigError."""
    if everything and environment is None:
        return None, app
    if everything or app is None:
        raise ConfigError("name an app, or say --all, alone or with an environment")
    return app, environment


def zone_of(config: Config, about: HoldScope) -> tzinfo:
    """The zone of what is held, where it has one; else UTC."""
    app, environment = about
    concerned = (
        policy.tags.scheme.zone
        for placement, policy in config.policies.items()
        if app in {None, placement.app} and environment in {None, placement.environment}
    )
    zones = set(concerned)
    return zones.pop() if len(zones) == 1 else UTC


def hold_entry(
    about: HoldScope, why: str, until: str | None, by: str, zone: tzinfo
) -> HoldEntry | Everything:
    """`until` is in that zone unless it names another. Raises ConfigError."""
    app, environment = about
    if not why.strip():
        raise ConfigError("--why: say in a few words why, for whoever meets this hold")
    said = {"why": why, "by": by, "until": _end(until, zone) if until else None}
    return HoldEntry(app=app, environment=environment, **said) if app else Everything(**said)


def release_entry(about: HoldScope, tag: str | None, why: str | None, by: str) -> Release | None:
    """What is recorded beside lifting holds: nothing where no environment is named. Raises ConfigError."""
    app, environment = about
    if app is None or environment is None:
        if tag:
            raise ConfigError("--tag comes back in one environment: name the app and the environment")
        return None
    if tag is not None and not _TAG.fullmatch(tag):
        raise ConfigError(f"--tag {tag!r}: no tag looks like that; write it as the registry does")
    now = utc_now().replace(microsecond=0)
    return Release(app=app, environment=environment, tag=tag, why=why or "released", by=by, at=now)


def _end(text: str, zone: tzinfo) -> datetime:
    """Raises ConfigError for what is over already: it would lift a hold that stands, and hold nothing."""
    end = _moment(text, zone)
    if end <= utc_now():
        raise ConfigError(f"--until {text}: that is over already; name a moment to come")
    return end


def _moment(text: str, zone: tzinfo) -> datetime:
    """A moment, so long from now, or the end of a day."""
    try:
        return (utc_now() + times.parse_duration(text)).astimezone(zone)
    except ValueError:
        pass
    try:
        if len(text) == len("2026-02-03"):
            return datetime.combine(date.fromisoformat(text), time(23, 59, 59), zone)
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(zone)
    except ValueError:
        raise ConfigError(f"--until {text}: write 2h, 3d, 2026-02-03 or 2026-02-03T10:00+09:00") from None
    except OverflowError:
        raise ConfigError(
            f"--until {text}: no calendar there reaches so far; without --until it has no end"
        ) from None


def hold(updater: Updater, about: HoldScope, said: HoldEntry | Everything, how: OutputOptions) -> Exit:
    """Over an app, in one environment or all, or over everything in all repositories."""
    app, environment = about
    title = f"hold {_where(app, environment)}" + _until(said.until)
    entries = [said] if app or environment is None else _of_environment(updater, environment, said)

    def change(data: bytes | None) -> bytes:
        for one in entries:
            data = holds.hold(data, one)
        return data or b""

    holds_change = HoldsChange(title, app, environment, said.by or "", said.why, change)
    return _record(updater, holds_change, how)


def _of_environment(
    updater: Updater, environment: str, said: HoldEntry | Everything
) -> list[HoldEntry | Everything]:
    """A hold over an environment is one over each of its apps."""
    apps = _apps_in(updater, environment)
    return [
        HoldEntry(app=app, environment=environment, why=said.why, by=said.by, until=said.until)
        for app in apps
    ]


def _apps_in(updater: Updater, environment: str) -> list[str]:
    return [placement.app for placement in updater.config.policies if placement.environment == environment]


def release(
    updater: Updater,
    about: HoldScope,
    said: Release | None,
    how: OutputOptions,
    by: str,
    *,
    why: str | None = None,
) -> Exit:
    """Lift the holds over an app; with a release, let its tag come back once (or let it go on).

    Of everything: let the line go on, too, where so many steps back have stopped it.
    """
    app, environment = about
    state = updater.state(said.placement) if said is not None else None
    stepped_back = state is not None and state.timeline.moved_back is not None
    given = {*state.released, *([None] if state.goes_on else [])} if state is not None else set()

    def _lifted(data: bytes) -> bytes:
        if app is not None or environment is None:
            return holds.lift(data, app, environment)
        for one in _apps_in(updater, environment):
            data = holds.lift(data, one, environment)
        return data

    def change(data: bytes | None) -> bytes:
        lifted = _lifted(data) if data else None
        if said is None or (said.tag is None and holds.read(lifted) != holds.read(data)):
            return lifted or b""  # there was a hold, and no more was meant than to lift it
        wider = holds.read(lifted).over(said.placement, utc_now())
        if wider is not None and said.tag is None:
            raise Refused(f"{said.app} is held more widely: say `release {said.app}` or `release --all`")
        if said.tag is None and not stepped_back:
            return lifted or b""
        if state is not None and said.tag is not None:
            _check_worth(state, said.tag)
        if said.tag in given:
            return lifted or b""  # it was released, and has not come back since
        return holds.release(lifted, said)

    tag = f" ({said.tag} may come back once)" if said is not None and said.tag else ""
    told = said.why if said is not None else why or "No longer held."
    title = f"release {_where(app, environment)}{tag}"
    line = _line_release(why, by) if app is None and environment is None else None
    holds_change = HoldsChange(title, app, environment, by, told, change, line)
    return _record(updater, holds_change, how, _idle(said))


def _line_release(why: str | None, by: str) -> Callable[[bytes | None], bytes]:
    now = utc_now().replace(microsecond=0)
    entry = Release(app=OF_ALL.app, environment=OF_ALL.environment, why=why or "released", by=by, at=now)
    return lambda data: holds.release(data, entry)


def _idle(said: Release | None) -> str:
    """Why a release would change nothing."""
    if said is None:
        return "none of that is held"
    if said.tag is not None:
        return f"{said.tag} may come back already"
    return "it is not held, and there is no step back to go on from"


def _check_worth(state: PlacementState, tag: str) -> None:
    """Raises Refused where a release of the tag would change nothing."""
    placement = state.policy.placement
    if tag == state.current:
        raise Refused(f"{placement} runs {tag} now, so a release of it changes nothing")
    if _brings_nothing(state, tag):
        raise Refused(
            f"{placement} has never run {tag}, nor was it rejected, so a release changes nothing: "
            "`promote --tag` sets it"
        )


def _brings_nothing(state: PlacementState, tag: str) -> bool:
    """It was never left, so there is no way back to it to clear; what history does not tell may have been."""
    timeline, read = state.timeline, state.policy.tags.scheme.read
    current, version = read(state.current or ""), read(tag)
    if timeline.horizon is not None or current is None or tag in timeline.held | state.rejected:
        return False
    return version is None or version <= current


def _record(
    updater: Updater, holds_change: HoldsChange, how: OutputOptions, idle: str = f"{PATH} says so already"
) -> Exit:
    """`idle` says why nothing was to be changed, which is fine: what was asked for is so."""
    act = updater.config.mode == "act" and not how.dry_run
    reports = [
        updater.run(name, act=act, request=holds_change) for name in _repositories(updater, holds_change)
    ]
    print_reports([of_an_order(each) for each in reports], how.output, done=act)
    if not any(report.failed or report.steps for report in reports):
        warn(f"{holds_change.title}: nothing to change: {idle}")
    if act and any(isinstance(step, OpenPullRequest) for report in reports for step in report.steps):
        warn(f"{holds_change.title}: it counts once that pull request is merged, and not before")
    if not how.dry_run:
        warn_if_observing(updater.config)
    return Exit.FAILED if any(report.failed for report in reports) else Exit.FINE


def _repositories(updater: Updater, holds_change: HoldsChange) -> list[str]:
    """Those that hold what the record is about. Raises ConfigError where none does."""
    found = dict.fromkeys(_concerned(updater, holds_change))
    if not found:
        raise ConfigError(not_known(holds_change.app, holds_change.environment, updater.config.policies))
    return list(found)


def _concerned(updater: Updater, holds_change: HoldsChange) -> Iterator[str]:
    for placement, policy in updater.config.policies.items():
        if _is_about(holds_change, placement):
            yield policy.repository


def _is_about(holds_change: HoldsChange, placement: Placement) -> bool:
    return holds_change.app in {None, placement.app} and holds_change.environment in {
        None,
        placement.environment,
    }


def _where(app: str | None, environment: str | None) -> str:
    return (app or "everything") + (f" in {environment}" if environment else "")


def _until(until: datetime | None) -> str:
    return f" until {times.format_time(until, until.tzinfo or UTC)}" if until else ""
