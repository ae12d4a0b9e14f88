"""How the deployment of what runs stands, and what became of those that are over. Pure.

A verdict is found once, when the span ends or it fails; from then on it is read, and never found anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from datetime import datetime, timedelta
from typing import Literal

from updater.decide import measured_checks
from updater.decide.deployment_checks import TRIES, Checked, DeploymentChecks, WatchedSpan
from updater.decide.deployment_sync import Sync, sync_of
from updater.decide.too_quick import outrun
from updater.messages import bug_ruling
from updater.model import (
    DeploymentVerdict,
    DigestOf,
    Image,
    Placement,
    Question,
    Stay,
    Unreadable,
    Verification,
    VerificationResult,
)
from updater.situation import PlacementState, Situation
from updater.value_class import value_class

LATEST = timedelta(days=1)
"""Beyond that nobody asks any more how it was."""
_LEFT = 10
"""So many stays that are over are looked at, at most: builds may come fast, and we may have been away."""


@value_class
class Verified:
    """What can be said of the deployments of one app in one environment, or of all."""

    verifications: Mapping[Placement, Verification] = field(default_factory=dict)
    found: tuple[DeploymentVerdict, ...] = ()
    asked: frozenset[Question] = frozenset()
    """What has to be known to say more."""


def verify(situation: Situation) -> Verified:
    """Of everything that is verified."""
    each = [
        _contained(state, situation)
        for state in situation.states.values()
        if state.policy.verify is not None and not state.trouble and state.verdicts_unread is None
    ]
    return Verified(
        {placement: told for one in each for placement, told in one.verifications.items()},
        tuple(verdict for one in each for verdict in one.found),
        frozenset[Question]().union(*(one.asked for one in each)),
    )


def _contained(state: PlacementState, situation: Situation) -> Verified:
    """A mistake of ours judges nothing."""
    try:
        return _of(state, situation)
    except Exception as error:  # noqa: BLE001 - whatever it is
        stay, placement = state.timeline.current, state.policy.placement
        if stay is None:
            return Verified()
        said = (bug_ruling(error).sentence,)
        return Verified({placement: Verification(placement, stay.tag, stay.by, "verifying", sentences=said)})


def _of(state: PlacementState, situation: Situation) -> Verified:
    """Those that have left first: what was found of them stands before what is found of what runs."""
    told = [_Deployment(stay, state, situation).judged() for stay in _unjudged(state, situation)]
    verifications = [one.verification for one in told if one.verification is not None]
    recorded = _recorded(state)
    placement = state.policy.placement
    return Verified(
        {placement: (*verifications, *recorded)[0]} if verifications or recorded else {},
        tuple(one.verdict for one in told if one.verdict is not None),
        frozenset[Question]().union(*(one.asked for one in told)),
    )


def _recorded(state: PlacementState) -> list[Verification]:
    """What was found of what runs, before."""
    stay = state.timeline.current
    mine = [one for one in state.verdicts if stay is not None and _is_about(one, stay)]
    return [_as_verification(one) for one in mine[-1:]]


def _as_verification(one: DeploymentVerdict) -> Verification:
    return Verification(one.placement, one.tag, one.commit, one.result, one.since, one.until, one.seen)


def _is_about(verdict: DeploymentVerdict, stay: Stay) -> bool:
    return (verdict.tag, verdict.commit) == (stay.tag, stay.by)


def _unjudged(state: PlacementState, situation: Situation) -> list[Stay]:
    """Oldest first: those that came and left lately, after the last that was judged; and what runs."""
    found = list[Stay]()
    for stay in reversed(state.timeline.stays):
        if any(_is_about(one, stay) for one in state.verdicts):
            break
        if stay.until is not None and (stay.since < situation.now - LATEST or len(found) > _LEFT):
            break
        if stay.until is not None or stay.tag == state.current:
            found.append(stay)
    return found[::-1]


@value_class
class _Judged:
    verification: Verification | None = None
    """Of what runs."""
    verdict: DeploymentVerdict | None = None
    asked: frozenset[Question] = frozenset()


@value_class
class _Deployment:
    """One stay."""

    stay: Stay
    state: PlacementState
    situation: Situation

    def judged(self) -> _Judged:
        if self.situation.skew is not None:
            return self._stands("verifying", None, ("by a clock that is wrong nobody can say it",))
        sync = sync_of(self.stay, self.state, self.situation)
        if isinstance(sync, frozenset):
            return _Judged(asked=sync)
        if sync.since is None or self._had_left(sync.since):
            return self._unsynced(sync)
        span = self._span(sync.since)
        if self.now > span.end + LATEST:
            return self._over("unknown", span, ("nobody looked while it had to be well",))
        checks = DeploymentChecks(span, self.state, self.situation)
        asked = frozenset(_questions(self._checks, checks)) - self.situation.answers.keys()
        return _Judged(asked=asked) if asked else self._by(checks, sync)

    @property
    def now(self) -> datetime:
        return self.situation.now

    @property
    def length(self) -> timedelta:
        assert self.state.policy.verify is not None, "asked of what is verified"
        return self.state.policy.verify.length

    @property
    def _checks(self) -> Sequence[str]:
        return self.state.policy.verify.checks if self.state.policy.verify else ()

    def _had_left(self, since: datetime) -> bool:
        return self.stay.until is not None and since >= self.stay.until

    def _span(self, since: datetime) -> WatchedSpan:
        end = since + self.length
        return WatchedSpan(self.stay, since, end, max(since, min(self.now, end, self.stay.until or end)))

    # --- without a sync -----------------------------------------------------------------------------------

    def _unsynced(self, sync: Sync) -> _Judged:
        """It waits; what has left, or will never be known, is over."""
        left = self.stay.until
        if left is not None:
            if sync.unread and self.now <= left + TRIES:
                return _Judged()
            span = WatchedSpan(self.stay, self.stay.since, left, left)
            return self._over("cut", span, (f"{sync.sentence}; it left before that",))
        if sync.lost:
            return self._over("unknown", self._span(self.stay.since), (sync.sentence,))
        return self._stands("waiting", None, (sync.sentence,))

    # --- by what was found --------------------------------------------------------------------------------

    def _by(self, checks: DeploymentChecks, sync: Sync) -> _Judged:
        span = checks.span
        said = list(_findings(self._checks, checks))
        failed = [one for one in said if one.found == "failed"]
        sentences = (sync.sentence, *(one.sentence for one in said if one.sentence))
        if failed:
            names = tuple(dict.fromkeys(one.check for one in failed))
            return self._over("failed", span, tuple(one.sentence for one in failed), names)
        if self.stay.until is not None and self.stay.until < span.end:
            if self._tries(said, self.stay.until):
                return _Judged()
            return self._over("cut", span, (f"{sync.sentence}; it left before its time was over",))
        if self.now < span.end or self._tries(said, span.end):
            waits = tuple(one.sentence for one in said if one.found in {"waits", "unknown"})
            return self._stands("verifying", span, waits)
        against = tuple(one.sentence for one in said if one.found != "well")
        if against:
            return self._over("unknown", span, against)
        return self._well(span, sentences)

    def _well(self, span: WatchedSpan, sentences: tuple[str, ...]) -> _Judged:
        asked, answers = self._digests_asked, self.situation.answers
        if not asked <= answers.keys():
            return _Judged(asked=asked - answers.keys())
        unread = [each.why for one in asked if isinstance(each := answers[one], Unreadable)]
        if unread and self.now <= span.end + TRIES:
            return self._stands("verifying", span, (f"which image it was cannot be read: {unread[0]}",))
        return self._over("verified", span, sentences)

    @property
    def _digests_asked(self) -> frozenset[Question]:
        """Of what nobody bumped with its digest: without one it could never be gone back to."""
        images = (image for image in self.state.policy.images if image not in self.stay.digests)
        return frozenset(DigestOf(image, self.stay.tag) for image in images)

    def _digests(self) -> Mapping[Image, str]:
        """As they were bumped; else where the tag points now that its time is over."""
        answers = (
            (image, self.situation.answers.get(DigestOf(image, self.stay.tag)))
            for image in self.state.policy.images
        )
        found = {image: answer for image, answer in answers if isinstance(answer, str)}
        return {**found, **self.stay.digests}

    def _tries(self, said: Sequence[Checked], end: datetime) -> bool:
        """What may yet be known is asked again for a while; what cannot be, is not."""
        waits, never = ([one for one in said if one.found == found] for found in ("waits", "unknown"))
        return bool(waits) and not never and self.now <= end + TRIES

    # --- what is told -------------------------------------------------------------------------------------

    def _stands(
        self, state: Literal["waiting", "verifying"], span: WatchedSpan | None, sentences: tuple[str, ...]
    ) -> _Judged:
        if self.stay.until is not None:
            return _Judged()
        since, end = (span.since, span.end) if span else (None, None)
        quick = outrun(self.state.timeline, self.length)
        said = (*sentences, *((quick,) if quick else ()))
        placement = self.state.policy.placement
        return _Judged(Verification(placement, self.stay.tag, self.stay.by, state, since, end, said))

    def _over(
        self,
        result: VerificationResult,
        span: WatchedSpan,
        seen: tuple[str, ...],
        failed: tuple[str, ...] = (),
    ) -> _Judged:
        verdict = DeploymentVerdict(
            placement=self.state.policy.placement,
            tag=self.stay.tag,
            commit=self.stay.by,
            result=result,
            since=span.since,
            until=span.until,
            written=self.now,
            seen=seen,
            failed=failed,
            digests=self._digests(),
        )
        runs = self.stay.until is None
        return _Judged(_as_verification(verdict) if runs else None, verdict)


def _questions(wanted: Sequence[str], checks: DeploymentChecks) -> Iterator[Question]:
    if "alerts" in wanted:
        yield from checks.alert_questions()
    if "metrics" in wanted:
        yield from measured_checks.questions(checks)


def _findings(wanted: Sequence[str], checks: DeploymentChecks) -> Iterator[Checked]:
    if "health" in wanted:
        yield checks.health()
    if "alerts" in wanted:
        yield checks.alerts()
    if "metrics" in wanted:
        yield from measured_checks.findings(checks)
