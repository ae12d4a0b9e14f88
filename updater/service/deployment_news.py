"""What is worth telling of verifications, and of the ways back that follow. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from updater.config import Config
from updater.config.message_templates import Event
from updater.model import PushVerdicts, Report, WayBack
from updater.service.news import NewsEvent, key_words, lasting, told_at

_EVENTS: Mapping[str, Event] = {"verified": "verified", "unknown": "unverified"}
"""What failed is a condition of what runs, and told as such; what was cut off, its successor tells."""
_TELLING = ("goes", "proposes", "nothing_verified")


def verified_news(step: PushVerdicts, config: Config) -> Iterator[NewsEvent]:
    """As they are recorded."""
    for one in step.verdicts:
        policy, event = config.policies.get(one.placement), _EVENTS.get(one.result)
        if policy is not None and event is not None:
            values = {"tag": one.tag, "why": "; ".join(one.seen)}
            values |= {"since": told_at(one.since, policy), "until": told_at(one.until, policy)}
            yield NewsEvent(event, f"{event} {key_words(one.placement)} {one.commit}", values, one.placement)


def ways_back_news(report: Report, config: Config) -> Iterator[NewsEvent]:
    """Each once; many that fail at once in one message."""
    many = [each for each in report.ways_back if each.result == "many_failed"]
    if many:
        yield _many(report, many)
    for each in report.ways_back:
        if each.result in _TELLING or (each.result == "told" and _was_to_go(each, config)):
            yield lasting("way_back", f"{each.failed.commit} {each.result}", _values(each), each.placement)


def _was_to_go(way: WayBack, config: Config) -> bool:
    """Where config says to tell it, the condition tells it."""
    policy = config.policies.get(way.placement)
    return policy is not None and policy.verify is not None and policy.verify.then != "tell"


def _values(way: WayBack) -> dict[str, str]:
    target = way.target.tag if way.target else "nothing"
    return {
        "tag": way.failed.tag,
        "target": target,
        "by": way.by,
        "why": way.sentence,
        "command": way.command,
    }


def _many(report: Report, ways: list[WayBack]) -> NewsEvent:
    values = {
        "count": str(len({way.placement.config_app for way in ways})),
        "apps": ", ".join(str(way.placement) for way in ways),
        "why": ways[0].sentence,
        "commands": "\n".join(way.command for way in ways),
    }
    return NewsEvent("many_failed", f"many_failed {report.repository}", values)
