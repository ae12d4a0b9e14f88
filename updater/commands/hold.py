"""`updater hold` and `updater release`: what a person records in the deploy repository."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, tzinfo

from updater import holds, times
from updater.commands.promote import How
from updater.config import Config
from updater.errors import ConfigError, Refused
from updater.holds import Everything, Held, Release
from updater.model import Placement, Record
from updater.runner import Exit, failed, show, tell_mode
from updater.situation import State
from updater.wiring import Wired, utc_now

Named = tuple[str | None, str | None]
"""App and environment; None: all of them."""
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}(?:@sha256:[0-9a-f]{64})?")


def named(app: str | None, environment: str | None, *, everything: bool) -> Named:
    """`--all staging` means the environment. Raises ConfigError."""
    if everything and environment is None:
        return None, app
    if everything or app is None:
        raise ConfigError("name an app, or say --all, alone or with an environment")
    return app, environment


def zone_of(config: Config, about: Named) -> tzinfo:
    """The zone of what is held, where it has one; else UTC."""
    app, environment = about
    concerned = (
        policy.tags.scheme.zone
        for placement, policy in config.policies.items()
        if app in {None, placement.app} and environment in {None, placement.environment}
    )
    zones = set(concerned)
    return zones.pop() if len(zones) == 1 else UTC


def entry(about: Named, why: str, until: str | None, by: str, zone: tzinfo) -> Held | Everything:
    """`until` is in that zone unless it names another. Raises ConfigError."""
    app, environment = about
    if not why.strip():
        raise ConfigError("--why: say in a few words why, for whoever meets this hold")
    said = {"why": why, "by": by, "until": _end(until, zone) if until else None}
    return Held(app=app, environment=environment, **said) if app else Everything(**said)


def released(about: Named, tag: str | None, why: str | None, by: str) -> Release | None:
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
        return (utc_now() + times.duration(text)).astimezone(zone)
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


def hold(wired: Wired, about: Named, said: Held | Everything, how: How) -> Exit:
    """Over an app, in one environment or all, or over everything in all repositories."""
    app, environment = about
    title = f"hold {_where(app, environment)}" + _until(said.until)
    entries = [said] if app or environment is None else _of_environment(wired, environment, said)

    def change(data: bytes | None) -> bytes:
        for one in entries:
            data = holds.hold(data, one)
        return data or b""

    record = Record(title, app, environment, said.by or "", said.why, change)
    return _record(wired, record, how)


def _of_environment(wired: Wired, environment: str, said: Held | Everything) -> list[Held | Everything]:
    """A hold over an environment is one over each of its apps."""
    apps = _apps_in(wired, environment)
    return [
        Held(app=app, environment=environment, why=said.why, by=said.by, until=said.until) for app in apps
    ]


def _apps_in(wired: Wired, environment: str) -> list[str]:
    return [placement.app for placement in wired.config.policies if placement.environment == environment]


def release(wired: Wired, about: Named, said: Release | None, how: How, by: str) -> Exit:
    """Lift the holds over an app; with a release, let its tag come back once (or let it go on)."""
    app, environment = about
    state = wired.state(said.placement) if said is not None else None
    stepped_back = state is not None and state.timeline.moved_back is not None
    given = {*state.released, *([None] if state.goes_on else [])} if state is not None else set()

    def _lifted(data: bytes) -> bytes:
        if app is not None or environment is None:
            return holds.lift(data, app, environment)
        for one in _apps_in(wired, environment):
            data = holds.lift(data, one, environment)
        return data

    def change(data: bytes | None) -> bytes:
        lifted = _lifted(data) if data else None
        if said is None or (said.tag is None and holds.read(lifted) != holds.read(data)):
            return lifted or b""  # there was a hold, and no more was meant than to lift it
        if said.tag is None and not stepped_back and not holds.read(data).holds and not holds.read(data).all:
            raise Refused("nothing is held, and there was no step back to go on from")
        wider = holds.read(lifted).over(said.placement, utc_now())
        if wider is not None and said.tag is None:
            raise Refused(f"{said.app} is held more widely: say `release {said.app}` or `release --all`")
        if state is not None and said.tag is not None and _brings_nothing(state, said.tag):
            raise Refused(
                f"{said.placement} has never held {said.tag}, nor was it rejected, so a "
                f"release changes nothing: `promote --tag` sets it"
            )
        if said.tag in given:
            unchanged = holds.read(lifted) == holds.read(data)
            return (data if unchanged else lifted) or b""  # it was released, and has not come back since
        return holds.release(lifted, said)

    tag = f" ({said.tag} may come back once)" if said is not None and said.tag else ""
    why = said.why if said is not None else "No longer held."
    record = Record(f"release {_where(app, environment)}{tag}", app, environment, by, why, change)
    return _record(wired, record, how)


def _brings_nothing(state: State, tag: str) -> bool:
    """It was never left, so there is no way back to it to clear; what history does not tell may have been."""
    timeline, read = state.timeline, state.policy.tags.scheme.read
    current, version = read(state.current or ""), read(tag)
    if timeline.horizon is not None or current is None or tag in timeline.held | state.rejected:
        return False
    return version is None or version <= current


def _record(wired: Wired, record: Record, how: How) -> Exit:
    act = wired.config.mode == "act" and not how.dry_run
    reports = [wired.run(name, act=act, request=record) for name in _repositories(wired, record)]
    show(reports, how.output, done=act)
    if not how.dry_run:
        tell_mode(wired.config)
    for reading in (reading for report in reports for reading in report.unreadable):
        sys.stderr.write(f"{reading.why}\n")
    return Exit.FAILED if any(map(failed, reports)) else Exit.FINE


def _repositories(wired: Wired, record: Record) -> list[str]:
    """Those that hold what the record is about. Raises ConfigError where none does."""
    found = dict.fromkeys(_concerned(wired, record))
    if not found:
        known = ", ".join(f"{app} {environment}" for environment, app in wired.config.policies)
        raise ConfigError(f"the config has no {_sought(record)}; it has {known}")
    return list(found)


def _concerned(wired: Wired, record: Record) -> Iterator[str]:
    for placement, policy in wired.config.policies.items():
        if _is_about(record, placement):
            yield policy.repository


def _is_about(record: Record, placement: Placement) -> bool:
    return record.app in {None, placement.app} and record.environment in {None, placement.environment}


def _sought(record: Record) -> str:
    """What --all stands before is an environment."""
    if record.app is None:
        return f"environment {record.environment}"
    return f"app {_where(record.app, record.environment)}"


def _where(app: str | None, environment: str | None) -> str:
    return (app or "everything") + (f" in {environment}" if environment else "")


def _until(until: datetime | None) -> str:
    return f" until {times.written(until, until.tzinfo or UTC)}" if until else ""
