"""A report has two renderings, and they say the same: what one has and the other lacks, somebody misses."""

import itertools
import json
import types
from collections.abc import Collection, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

import pytest

from updater.model import Hold, Image, Placement, Promote, Report, Step
from updater.reasons import Reason, hold_reasons
from updater.views.pass_report import as_json, as_text, of_an_order

ELSEWHERE = {
    "Report.builds": "the page and the API tell from what a tag was built",
    "Ruling.command": "the page and the API have it among the orders",
    "Report.timelines": "`status`, `explain` and the page tell what ran",
    "Report.deployed": "the metric of syncs is made of it",
    "Report.stages": "metrics, too",
    "Report.unjudged": "what was true before is said as if it were judged",
    "Report.another": "its sentence is among the warnings",
    "Hold.considered": "`explain` tells of every candidate",
    "Promote.considered": "the same",
    "Hold.shown": "the commit status tells it",
    "Promote.shown": "the same",
    "Promote.skipped": "the pull request tells it",
    "Promote.request": "the commit and the pull request tell who asked",
    "Promote.early": "the title of the pull request and its status tell it",
    "Ruling.passes": "it is evidence, or a reason",
    "Ruling.waits": "where it waits, it says until when",
    "Ruling.unread": "its sentence says so",
    "Ruling.overridden": "its sentence says so",
    "Ruling.proposable": "the pull request says so",
    "WayBack.failed": "its tag, and the record its other words",
    "WayBack.target": "the same",
    "WayBack.digests": "those of the commit that follows",
    "CommitDraft.rollback": "its trailer, in the message",
    "OpenPullRequest.rollback": "the same, in its commit",
    "Outcome.refused": "its error says so",
    "Report.steps_back": "the metric of rollbacks; messages tell of each",
    "Report.verdicts": "`GET /api/apps` and the page tell what was found before",
    "StoppedLine.apps": "its sentence names them",
    "Verification.state": "its words say so",
    "Ruling.arrivals": "the pull request remembers them, hidden",
    "Reason.*": "the page of codes",
    "Report.proposals": "of each decision, below",
    "Verification.placement": "it stands under it",
    "Condition.key": "it tells one from another, for programs of ours",
    "Condition.details": "of messages",
    "ConditionKind.*": "but its code",
    "CommitDraft.before": "the difference tells it",
    "CommitDraft.built": "the metric of bumps",
    "PushBase.record": "it goes with the push, and nobody looks at it",
    "Unreadable.transient": "its sentence says whether a later pass asks again",
    "Unreadable.port": "the metric of failed readings",
    "Degraded.number": "its address has it",
    "Degraded.branch": "the same",
    "Outcome.step": "its titles; the steps themselves are told, too",
    "Outcome.lost_race": "it was tried again; `races` says how often",
    "Outcome.waits": "its sentence says so",
    "*.repository": "that of the report",
    "Applications.namespace": "its name tells enough",
    "Applications.cluster": "the same",
    "Applications.selector": "the same",
}
"""What neither rendering of a pass has to tell, and who does."""
FOR_PROGRAMS = {
    "Report.started", "Report.finished", "Ruling.until", "Reason.code", "ConditionKind.code", "Outcome.code",
    "Promote.digests", "Condition.tag",
    "StoppedLine.since", "StoppedLine.until",
    "Verification.commit", "Verification.since", "Verification.until", "DeploymentVerdict.commit",
    "DeploymentVerdict.since", "DeploymentVerdict.until", "DeploymentVerdict.written",
    "DeploymentVerdict.digests",
}  # fmt: skip
"""What only JSON tells: sentences have the instants and say what the codes mean."""


class Told(NamedTuple):
    path: str
    value: object


class Filler:
    """Values of any type, each string and number another one."""

    def __init__(self):
        self.count = itertools.count(4001)

    def of(self, kind):
        origin, inner = get_origin(kind), get_args(kind)
        if origin in (Union, types.UnionType):
            return self.of(next(one for one in inner if one is not type(None)))
        if origin is Literal:
            return inner[0]
        if origin is tuple and inner[-1:] != (...,):
            return tuple(map(self.of, inner))
        if origin in (tuple, Sequence, Collection, frozenset):
            every = get_args(inner[0]) if get_origin(inner[0]) is types.UnionType else inner[:1]
            return tuple(map(self.of, every))
        if origin is Mapping:
            return {self.of(inner[0]): self.of(inner[1])}
        return self._plain(kind)

    def _plain(self, kind):
        number = next(self.count)
        known = {
            str: f"w{number}ord",
            int: number,
            bool: True,
            float: float(number),
            bytes: f"w{number}ord: 1\n".encode(),
            datetime: datetime(2026, 2, 2, tzinfo=UTC) + timedelta(minutes=number),
            Reason: hold_reasons.GONE,
            Image: Image(f"r{number}.example", "org/shop"),
            Placement: Placement(f"e{number}", f"a{number}"),
        }
        if kind in known:
            return known[kind]
        assert is_dataclass(kind), f"{kind} is new here: say how one looks"
        hints = get_type_hints(kind)
        return kind(
            **{each.name: self.of(hints[each.name]) for each in fields(kind) if not _elsewhere(kind, each)}
        )


def _elsewhere(kind, field):
    """It need not be filled."""
    needed = field.default is MISSING and field.default_factory is MISSING
    return not needed and {f"{kind.__name__}.{field.name}", f"*.{field.name}"} & ELSEWHERE.keys()


def walked(value, path=""):
    """Every word and number of it, with the class and field it stands in."""
    if isinstance(value, Image | Placement | str | int | bytes | datetime) and not isinstance(value, bool):
        yield Told(path, value)
    elif isinstance(value, Mapping):
        for each in (*value.keys(), *value.values()):
            yield from walked(each, path)
    elif isinstance(value, tuple):
        for each in value:
            yield from walked(each, path)
    elif is_dataclass(value):
        name = type(value).__name__
        for each in fields(value):
            told = f"{name}.{each.name}"
            if not {told, f"*.{each.name}", f"{name}.*"} & ELSEWHERE.keys() or told in FOR_PROGRAMS:
                yield from walked(getattr(value, each.name), told)


def said(value):
    """What has to stand there of it."""
    if isinstance(value, Placement):
        return [value.app, value.environment]
    if isinstance(value, datetime):
        return [f"{value:%Y-%m-%dT%H:%M:%SZ}"]
    if isinstance(value, bytes):
        return [value.decode().strip()]
    return [str(value)]


@pytest.fixture
def report():
    filler = Filler()
    report = filler.of(Report)
    assert {type(step) for step in report.steps} == set(get_args(Step)), "every kind of step"
    assert {type(each) for each in report.decisions} == {Hold, Promote}
    return report


def test_json_has_every_field(report):
    document = json.dumps(as_json([report]), ensure_ascii=False)
    assert [told for told in walked(report) for one in said(told.value) if one not in document] == []


def test_people_read_every_field_that_programs_do(report):
    planned = "\n".join(as_text(report, done=False))
    done = "\n".join(as_text(report, done=True))
    missing = [
        told
        for told in walked(report)
        if told.path not in FOR_PROGRAMS
        for one in said(told.value)
        if one not in (done if told.path.startswith("Outcome") else planned)
    ]
    assert missing == []


def test_who_orders_something_reads_nothing_of_others(report):
    narrow = of_an_order(report)
    (other,) = {each.placement for each in report.conditions}
    assert f"{other}: " in "\n".join(as_text(report, done=True))
    assert f"{other}: " not in "\n".join(as_text(narrow, done=True))
    mine = replace(report, decisions=tuple(replace(each, placement=other) for each in report.decisions))
    assert of_an_order(mine).conditions == report.conditions


def test_what_is_left_out_is_a_field_that_there_is(report):
    known = {f"{type(each).__name__}.{field.name}" for each in _nouns(report) for field in fields(each)}
    named = {name for name in {*ELSEWHERE, *FOR_PROGRAMS} if "*" not in name}
    assert named <= known


def _nouns(value):
    if is_dataclass(value):
        yield value
        for each in fields(value):
            yield from _nouns(getattr(value, each.name))
    elif isinstance(value, Mapping):
        for each in (*value.keys(), *value.values()):
            yield from _nouns(each)
    elif isinstance(value, tuple | frozenset):
        for each in value:
            yield from _nouns(each)
