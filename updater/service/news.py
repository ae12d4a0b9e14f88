"""What there is to tell of a pass, before it is put into words. Pure values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from updater import times
from updater.config import Policy
from updater.config.message_templates import Event
from updater.model import Placement
from updater.value_class import value_class


@value_class
class NewsEvent:
    """An act, or what lasts."""

    event: Event
    key: str
    values: Mapping[str, str]
    """What its templates may name."""
    placement: Placement | None = None
    url: str | None = None


def key_words(placement: Placement) -> str:
    return f"{placement.environment} {placement.app}"


def lasting(event: Event, what: str, values: Mapping[str, str], placement: Placement) -> NewsEvent:
    """`what` tells it from others of its kind there."""
    return NewsEvent(event, f"{event} {key_words(placement)} {what}", values, placement)


def told_at(instant: datetime, policy: Policy) -> str:
    return times.format_time(instant, policy.tags.scheme.zone)
