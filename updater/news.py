"""What is worth telling people of a pass: what was done, and what has newly become so. Pure.

An act is told when it is done. A condition is told when it begins, and again only after it has ended: its key
is what is remembered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from updater import instants
from updater.config import Config, Policy
from updater.config.notifications import Event
from updater.model import (
    Degraded,
    Draft,
    Hold,
    OpenPullRequest,
    Outcome,
    Placement,
    PushBase,
    Report,
    Timeline,
)

_LASTING = frozenset({"up_to_date", "not_newer", "no_candidate", "not_delivered"})
"""Reasons that are no trouble however long they last: there is nothing to promote."""


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Patience:
    """How long something may last before it is told."""

    held: timedelta
    failing: int
    """Passes in a row."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """What is kept between passes over one repository. It may vanish: what lasts is then not told."""

    keys: frozenset[str] = frozenset()
    held: Mapping[str, datetime] = field(default_factory=dict)
    """Since when, by app, environment and reason."""
    failed: int = 0
    """Passes in a row."""


def news(
    report: Report, config: Config, patience: Patience, before: Remembered | None
) -> tuple[list[Notice], Remembered]:
    """Say what is new; `before` None: nothing is known, so only what this pass did is told."""
    known = before or Remembered()
    held = dict(_held(report, known))
    failed = known.failed + 1 if _failed(report) else 0
    lasting = {notice.key: notice for notice in _conditions(report, config, patience, held, failed)}
    fresh = [] if before is None else [lasting[key] for key in lasting.keys() - known.keys]
    # What a pass could not read has not ended.
    kept = known.keys if report.base is None else frozenset[str]()
    after = Remembered(frozenset(lasting) | kept, held, failed)
    return [*_acts(report), *sorted(fresh, key=lambda notice: notice.key)], after


def _failed(report: Report) -> bool:
    return bool(report.unreadable) or any(outcome.failed for outcome in report.outcomes)


def _held(report: Report, known: Remembered) -> Iterator[tuple[str, datetime]]:
    for decision in report.decisions:
        if isinstance(decision, Hold) and decision.reasons[0].code not in _LASTING:
            key = f"{decision.placement.environment} {decision.placement.app} {decision.reasons[0].code}"
            yield key, known.held.get(key, report.finished)


# --- acts -----------------------------------------------------------------------------------------------


def _acts(report: Report) -> Iterator[Notice]:
    for outcome in report.outcomes:
        if outcome.error is None and isinstance(outcome.step, PushBase):
            yield from (_promoted(draft, report) for draft in outcome.step.update.drafts)
        elif outcome.error is None and isinstance(outcome.step, OpenPullRequest):
            yield _proposed(outcome, outcome.step, report)


def _promoted(draft: Draft, report: Report) -> Notice:
    environment, app = draft.placement
    subject = draft.message.partition("\n")[0]
    return Notice(
        "promoted",
        f"promoted {environment} {app} {subject}",
        subject,
        f"{app} was promoted in {environment}",
        report.repository,
        environment,
        app,
    )


def _proposed(outcome: Outcome, step: OpenPullRequest, report: Report) -> Notice:
    text = f"a pull request awaits a merge: {outcome.url}"
    key, (environment, app) = f"proposed {outcome.url}", step.placement
    return Notice("proposed", key, step.title, text, report.repository, environment, app, outcome.url)


# --- conditions -----------------------------------------------------------------------------------------


def _conditions(
    report: Report, config: Config, patience: Patience, held: Mapping[str, datetime], failed: int
) -> Iterator[Notice]:
    for decision in report.decisions:
        policy = config.policies.get(decision.placement)
        timeline = report.timelines.get(decision.placement)
        if policy is not None and timeline is not None:
            yield from _of_history(policy, timeline, report)
        if isinstance(decision, Hold):
            yield from _held_long(decision, report, patience, held)
    yield from (_degraded(one, report) for one in report.degraded)
    if failed >= patience.failing:
        yield _failing(report, failed)


def _degraded(one: Degraded, report: Report) -> Notice:
    environment, app = one.placement
    return Notice(
        "degraded",
        f"degraded {environment} {app} {one.tag}",
        f"{app} is not well in {environment} since the merge of {one.tag}",
        f"{one.sentence}. Nothing is rolled back by itself: {one.command}",
        report.repository,
        environment,
        app,
        one.url,
    )


def _of_history(policy: Policy, timeline: Timeline, report: Report) -> Iterator[Notice]:
    yield from _merged(policy, timeline, report)
    yield from _rolled_back(policy, timeline, report)
    yield from _violation(policy, timeline, report)
    yield from _behind_a_rollback(policy, timeline, report)


def _merged(policy: Policy, timeline: Timeline, report: Report) -> Iterator[Notice]:
    stay = timeline.current
    if policy.deliver != "pull-request" or stay is None or stay.tag in timeline.rolled_back:
        return
    placement = policy.placement
    text = f"commit {stay.by[:10]} brought it at {_when(stay.since, policy)}"
    title = f"{placement.environment} runs {placement.app} {stay.tag}"
    yield _notice("merged", f"{stay.tag} {stay.by}", (title, text), placement, report)


def _rolled_back(policy: Policy, timeline: Timeline, report: Report) -> Iterator[Notice]:
    tags: dict[str, list[str]] = {}
    for tag, sha in timeline.rolled_back.items():
        tags.setdefault(sha, []).append(tag)
    placement = policy.placement
    for sha, left in tags.items():
        title = f"{placement.environment}: {placement.app} was rolled back from {', '.join(sorted(left))}"
        text = f"commit {sha[:10]} did it; none of them comes back by itself"
        yield _notice("rolled_back", sha, (title, text), placement, report)


def _violation(policy: Policy, timeline: Timeline, report: Report) -> Iterator[Notice]:
    stay, placement = timeline.current, policy.placement
    pattern = policy.tags.forbidden(stay.tag) if stay else None
    if stay is None or pattern is None or stay.tag in policy.tags.placeholders:
        return
    title = f"{placement.environment}: {placement.app} runs {stay.tag}, which is forbidden there"
    text = f"the policy forbids tags like {pattern}; commit {stay.by[:10]} brought it"
    yield _notice("violation", f"{stay.tag} {stay.by}", (title, text), placement, report)


def _behind_a_rollback(policy: Policy, timeline: Timeline, report: Report) -> Iterator[Notice]:
    """It runs what an environment before it has rolled back."""
    stay, (environment, app) = timeline.current, policy.placement
    for before in policy.after:
        earlier = report.timelines.get(Placement(before, app))
        sha = earlier.rolled_back.get(stay.tag) if earlier and stay else None
        if stay is None or sha is None:
            continue
        title = f"{environment} runs {app} {stay.tag}, which {before} has rolled back"
        text = f"commit {sha[:10]} did that; to follow: updater rollback {app} {environment}"
        yield _notice("behind_a_rollback", f"{before} {sha}", (title, text), policy.placement, report)


def _held_long(
    hold: Hold, report: Report, patience: Patience, held: Mapping[str, datetime]
) -> Iterator[Notice]:
    reason, (environment, app) = hold.reasons[0], hold.placement
    since = held.get(f"{environment} {app} {reason.code}")
    if since is None or report.finished - since < patience.held:
        return
    title = f"{environment}: {app} is held for longer than {instants.spoken(patience.held)}"
    yield _notice("held_long", reason.code, (title, reason.sentence), hold.placement, report)


def _failing(report: Report, failed: int) -> Notice:
    errors = [reading.why for reading in report.unreadable]
    errors += [outcome.error for outcome in report.outcomes if outcome.error]
    title = f"{report.repository}: {failed} passes in a row have failed"
    return Notice("failing", f"failing {report.repository}", title, "\n".join(errors[:3]), report.repository)


def _notice(event: Event, what: str, said: tuple[str, str], placement: Placement, report: Report) -> Notice:
    environment, app = placement
    key = f"{event} {environment} {app} {what}"
    return Notice(event, key, *said, report.repository, environment, app)


def _when(instant: datetime, policy: Policy) -> str:
    return instants.written(instant, policy.tags.scheme.zone)
