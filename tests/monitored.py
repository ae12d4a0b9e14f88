"""A candidate that has come to staging, and what monitoring answers about it there."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from updater.model import (
    AlertMatch,
    AlertsOf,
    Case,
    FiredAlert,
    GapsOf,
    Image,
    LoadedRules,
    Placement,
    RulesOf,
    SamplesOf,
    Stay,
    Timeline,
    Version,
    Watched,
)

SEOUL = ZoneInfo("Asia/Seoul")
NOON = datetime(2026, 2, 2, 12, 0, tzinfo=SEOUL)
"""When it came."""
TAG = "20260202-115900"
MATCH = AlertMatch('pod=~"{app}-.*"', "shop")
STAGING = Watched(alerts=MATCH, page="http://graphs.example.org")
HERE = Watched(alerts=replace(MATCH, template='namespace="prod", pod=~"{app}-.*"'))
PLACES = {"staging": STAGING}


def minutes(number: float) -> datetime:
    return NOON + timedelta(minutes=number)


def fired(name: str = "Errors", since: float | None = 10, until: float | None = None, **more) -> FiredAlert:
    """By the minutes since it came; without `until` it fires still."""
    at = {
        "since": None if since is None else minutes(since),
        "until": None if until is None else minutes(until),
    }
    return FiredAlert(name, **{"firing": until is None, **at, **more})


def case(*, now: float = 60, watched=PLACES, stays=None, predecessors=("staging",)) -> Case:
    timeline = Timeline(
        stays or (Stay(TAG, NOON, "a" * 40, True, None, "still"),), frozenset({TAG}), {}, None, None, None
    )
    return Case(
        placement=Placement("production", "shop"),
        candidate=Version((TAG,), TAG, NOON),
        images=(Image("ghcr.io", "org/shop"),),
        now=minutes(now),
        zone=SEOUL,
        own=replace(timeline, stays=()),
        predecessors=dict.fromkeys(predecessors, timeline),
        rolled_back={},
        answers={},
        watched=watched,
    )


def judged(gate, asked: Case, answer):
    """What it says once `answer` has answered all it asks, and which questions these were."""
    questions = set()
    for _ in range(3):
        said = gate.judge(asked)
        if not isinstance(said, frozenset):
            return said, questions
        assert said - asked.answers.keys(), "it asks for nothing new"
        questions |= said
        asked = replace(asked, answers={**asked.answers, **{each: answer(each) for each in said}})
    raise AssertionError("it never stops asking")


def answers(*staging, here=(), rules=frozenset(), gaps=(), samples=()):
    """Of alerts those of staging or of where it is to go; of rules, gaps and samples always these."""

    def answer(question):
        match question:
            case AlertsOf():
                return here if question.match == HERE.alerts else staging
            case RulesOf():
                return LoadedRules(frozenset(rules))
            case GapsOf():
                return gaps
            case SamplesOf():
                return samples(question) if callable(samples) else samples
        raise AssertionError(question)

    return answer
