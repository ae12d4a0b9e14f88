"""What is worth telling people of a pass: what was done, and what has newly become so. Pure.

An act is told when it is done. What lasts is told when it begins, and again only after it has ended: its key
is what is remembered. Of a condition, which the report has, its end is told, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from datetime import datetime, timedelta
from typing import cast

from updater import times
from updater.config import Config, Policy
from updater.config.message_templates import Event
from updater.config.templates import fill_in
from updater.decide.leaving import hotfix_for
from updater.messages import one_line
from updater.model import (
    CommitDraft,
    Condition,
    ConditionKind,
    Degraded,
    Hold,
    OpenPullRequest,
    Outcome,
    Placement,
    PushBase,
    PushVerdicts,
    Report,
    StoppedLine,
    Timeline,
    adjective_of,
    conditions,
)
from updater.service.deployment_news import verified_news, ways_back_news
from updater.service.news import NewsEvent, key_words, lasting, told_at
from updater.value_class import value_class
from updater.views.stopped_line import COMMAND, line_words

_TOGETHER = frozenset({conditions.FAILED, conditions.FIRES_NOW})
"""What one message tells of all apps that fail at once."""


@value_class
class Notice:
    """One message to people."""

    event: Event
    key: str
    """What makes it this one and no other; saying it twice is prevented by this."""
    title: str
    text: str
    repository: str
    environment: str | None = None
    app: str | None = None
    url: str | None = None


@value_class
class Thresholds:
    """How long something may last before it is told."""

    held: timedelta
    failing: int
    """Passes in a row."""


@value_class
class EndedCondition:
    """A condition as it was, for when it is over."""

    placement: Placement
    code: str
    tag: str
    why: str


@value_class
class NotifierState:
    """What is kept between passes over one repository. It may vanish: what lasts is then not told."""

    keys: frozenset[str] = frozenset()
    held: Mapping[str, datetime] = field(default_factory=dict)
    """Since when, by app, environment and reason."""
    failed: int = 0
    """Passes in a row."""
    conditions: Mapping[str, EndedCondition] = field(default_factory=dict)
    """What to say when they end, by their keys."""
    line: str | None = None
    """Why its line was stopped."""


def new_notices(
    report: Report, config: Config, patience: Thresholds, before: NotifierState | None
) -> tuple[list[Notice], NotifierState]:
    """Say what is new; `before` None: nothing is known, so only what this pass did is told."""
    known = before or NotifierState()
    held = dict(_held(report, known))
    failed = known.failed + 1 if _failed(report) else 0
    lasting = {each.key: each for each in _lasting_events(report, config, patience, held, failed)}
    new = lasting.keys() - known.keys - frozenset(_told_together(report))
    fresh = [] if before is None else [lasting[key] for key in new]
    keys = frozenset(lasting) | frozenset(_unread(report, known))
    conditions = {_key(each): _as_it_was(each) for each in report.conditions}
    conditions |= {key: was for key, was in known.conditions.items() if key in keys - conditions.keys()}
    there = {decision.placement for decision in report.decisions}
    ended = ((key, was) for key, was in known.conditions.items() if key not in keys)
    over = [
        _ended(key, was) for key, was in ended if was.placement in there
    ]  # of what is gone nothing is told
    line = known.line if report.base is None else line_words(report.line) if report.line else None
    over += [_line_released(report, known.line)] if known.line and line is None else []
    told = [*_acts(report, config), *sorted([*fresh, *over], key=lambda each: each.key)]
    after = NotifierState(keys, held, failed, conditions, line)
    return [_worded(each, config, report.repository) for each in told], after


def _unread(report: Report, known: NotifierState) -> Iterator[str]:
    """What a pass could not read has not ended."""
    begun = tuple(f"{_event(kind)} {key_words(placement)} " for placement, kind in report.unjudged)
    yield from (key for key in known.keys if report.base is None or key.startswith(begun))


def _told_together(report: Report) -> Iterator[str]:
    """The keys of what is true of apps that fail at once: one message tells it of all of them."""
    ways = (way for way in report.ways_back if way.result == "many_failed")
    together = {(way.placement.config_app, way.failed.tag) for way in ways}
    true = (one for one in report.conditions if one.kind in _TOGETHER)
    yield from (_key(one) for one in true if (one.placement.config_app, one.tag) in together)


def _worded(what: NewsEvent, config: Config, repository: str) -> Notice:
    form = config.notifications.templates.of(what.event)
    values = {"instance": config.instance, "repository": repository, **what.values}
    values |= what.placement._asdict() if what.placement else {}
    title, text = one_line(fill_in(form.title, values)), fill_in(form.body, values)
    environment, app = what.placement or (None, None)
    return Notice(what.event, what.key, title, text, repository, environment, app, what.url)


def _failed(report: Report) -> bool:
    return bool(report.unreadable) or any(outcome.failed for outcome in report.outcomes)


def _held(report: Report, known: NotifierState) -> Iterator[tuple[str, datetime]]:
    for decision in report.decisions:
        if isinstance(decision, Hold) and not decision.reasons[0].reason.may_last:
            key = f"{key_words(decision.placement)} {decision.reasons[0].code}"
            yield key, known.held.get(key, report.finished)


# --- acts -----------------------------------------------------------------------------------------------


def _acts(report: Report, config: Config) -> Iterator[NewsEvent]:
    for outcome in report.outcomes:
        if outcome.error is None and isinstance(outcome.step, PushBase):
            drafts = (draft for draft in outcome.step.update.drafts if draft.rollback is None)
            yield from (_promoted(draft, report) for draft in drafts)
        elif outcome.error is None and isinstance(outcome.step, OpenPullRequest):
            yield _proposed(outcome, outcome.step, report)
        elif outcome.error is None and isinstance(outcome.step, PushVerdicts):
            yield from verified_news(outcome.step, config)


def _promoted(draft: CommitDraft, report: Report) -> NewsEvent:
    subject = draft.message.partition("\n")[0]
    values = {"subject": subject, **_move(draft.placement, report)}
    return NewsEvent("promoted", f"promoted {key_words(draft.placement)} {subject}", values, draft.placement)


def _proposed(outcome: Outcome, step: OpenPullRequest, report: Report) -> NewsEvent:
    values = {"subject": step.title, "url": outcome.url or "", **_move(step.placement, report)}
    return NewsEvent("proposed", f"proposed {outcome.url}", values, step.placement, outcome.url)


def _move(placement: Placement, report: Report) -> dict[str, str]:
    decided = next((each for each in report.decisions if each.placement == placement), None)
    tag = decided.candidate if isinstance(decided, Hold) else decided and decided.tag
    return {"tag": tag or "", "old": (decided and decided.current) or "nothing"}


# --- what lasts -----------------------------------------------------------------------------------------


def _lasting_events(
    report: Report, config: Config, patience: Thresholds, held: Mapping[str, datetime], failed: int
) -> Iterator[NewsEvent]:
    for decision in report.decisions:
        policy = config.policies.get(decision.placement)
        timeline = report.timelines.get(decision.placement)
        if policy is not None and timeline is not None:
            yield from _of_history(policy, timeline)
        if isinstance(decision, Hold):
            yield from _held_long(decision, report, patience, held)
    yield from map(_begun, report.conditions)
    yield from ways_back_news(report, config)
    yield from map(_degraded, report.degraded)
    if failed >= patience.failing:
        yield _failing(report, failed)
    if report.line is not None:
        yield _line_stopped(report, report.line)
    if report.another is not None:
        values = {"commit": report.another.commit[:10], "why": report.another.sentence}
        yield NewsEvent("another_updater", f"another_updater {report.repository}", values)


def _line_stopped(report: Report, line: StoppedLine) -> NewsEvent:
    until = times.to_iso(line.until) if line.until else ""
    values = {
        "why": f"{line_words(line)}; `{COMMAND}` ends that",
        "apps": ", ".join(line.apps),
        "until": until,
    }
    return NewsEvent("line_stopped", f"line_stopped {report.repository}", values)


def _line_released(report: Report, why: str) -> NewsEvent:
    return NewsEvent("line_released", f"line_released {report.repository}", {"why": why})


def _begun(one: Condition) -> NewsEvent:
    values = {"tag": one.tag, "why": one.sentence, "command": one.command, **one.details}
    return NewsEvent(_event(one.kind), _key(one), values, one.placement)


def _ended(key: str, was: EndedCondition) -> NewsEvent:
    values = {"tag": was.tag, "condition": adjective_of(was.code), "why": was.why}
    return NewsEvent("ended", f"ended {key}", values, was.placement)


def _as_it_was(one: Condition) -> EndedCondition:
    return EndedCondition(one.placement, one.kind.code, one.tag, one.sentence)


def _key(one: Condition) -> str:
    return f"{_event(one.kind)} {key_words(one.placement)} {one.key}"


def _event(kind: ConditionKind) -> Event:
    return cast("Event", kind.event or kind.code)


def _degraded(one: Degraded) -> NewsEvent:
    values = {"tag": one.tag, "why": one.sentence, "command": one.command, "url": one.url}
    return NewsEvent(
        "degraded", f"degraded {key_words(one.placement)} {one.tag}", values, one.placement, one.url
    )


def _of_history(policy: Policy, timeline: Timeline) -> Iterator[NewsEvent]:
    yield from _merged(policy, timeline)
    yield from _rolled_back(policy, timeline)


def _merged(policy: Policy, timeline: Timeline) -> Iterator[NewsEvent]:
    stay = timeline.current
    if policy.deliver != "pull-request" or stay is None or stay.tag in timeline.rolled_back:
        return
    values = {"tag": stay.tag, "commit": stay.by[:10], "since": told_at(stay.since, policy)}
    yield lasting("merged", f"{stay.tag} {stay.by}", values, policy.placement)


def _rolled_back(policy: Policy, timeline: Timeline) -> Iterator[NewsEvent]:
    tags: dict[str, list[str]] = {}
    for tag, sha in timeline.rolled_back.items():
        tags.setdefault(sha, []).append(tag)
    for sha, left in tags.items():
        named, hotfix = ", ".join(sorted(left)), hotfix_for(max(left), sha, policy.tags, timeline)
        how = f"was rolled back from {named}" if hotfix is None else f"left {named} for {hotfix}"
        values = {"tags": named, "commit": sha[:10], "how": how}
        yield lasting("rolled_back", sha, values, policy.placement)


def _held_long(
    hold: Hold, report: Report, patience: Thresholds, held: Mapping[str, datetime]
) -> Iterator[NewsEvent]:
    reason, placement = hold.reasons[0], hold.placement
    since = held.get(f"{key_words(placement)} {reason.code}")
    if since is None or report.finished - since < patience.held:
        return
    values = {"tag": hold.current or "nothing", "code": reason.code, "why": reason.sentence}
    values["longer"] = times.format_duration(patience.held)
    yield lasting("held_long", reason.code, values, placement)


def _failing(report: Report, failed: int) -> NewsEvent:
    errors = [reading.why for reading in report.unreadable]
    errors += [outcome.error for outcome in report.outcomes if outcome.error]
    values = {"passes": str(failed), "errors": "\n".join(errors[:3])}
    return NewsEvent("failing", f"failing {report.repository}", values)
