"""`/apps/…`: one app, its timeline, and why it is not there yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime, tzinfo

from updater.config import Policy
from updater.model import (
    Decision,
    DeploymentVerdict,
    Hold,
    Placement,
    Ruling,
    Stay,
    Timeline,
    Verdict,
    Verification,
)
from updater.value_class import value_class
from updater.views import effective_config
from updater.views.builds import BuiltShape
from updater.views.holds_file import HoldsFileShape
from updater.views.orders import OrderShape
from updater.views.policy_words import PolicyWords, policy_words
from updater.views.status import CellShape
from updater.views.verification import verification_words
from updater.web import links, matrix_rows, rendering, timeline_svg
from updater.web.report_store import ReportReader, ReportSnapshot
from updater.web.timeline_svg import Lane

CANDIDATES = 8
"""The newest, in full; the API has them all."""
_NOTHING = Timeline((), frozenset(), {}, None, None, None)


@value_class
class EnvironmentSection:
    """One environment of the app."""

    policy: Policy
    cell: CellShape | None
    decision: Decision | None
    reasons: Sequence[Ruling]
    verdicts: Sequence[Verdict]
    more: int
    """Candidates that are not shown."""
    stays: Sequence[Stay]
    """The latest first."""
    commits: Mapping[str, str | None]
    """Where they can be looked at, by sha."""
    words: PolicyWords
    """What holds here."""
    settings: Sequence[tuple[str, str]]
    """All of them, by name."""
    elsewhere: Sequence[tuple[str, str]] = ()
    """Names and addresses of other pages about it."""
    orders: Sequence[OrderShape] = ()
    holds_file: HoldsFileShape | None = None
    """None: others write here."""
    forge: str | None = None
    """What the forge is called."""
    builds: Mapping[str, BuiltShape] = field(default_factory=dict)
    """From what its tags were built, by tag."""
    verification: Verification | None = None
    verdicts_by: Mapping[str, DeploymentVerdict] = field(default_factory=dict)
    """What was found after deployments, by the commit that brought the tag."""

    @property
    def id(self) -> str:
        return self.policy.placement.environment.replace("/", ".")

    @property
    def sum(self) -> str:
        cell = replace(self.cell, age=None) if self.cell else None
        found = (self.verification, len(self.verdicts_by), self.orders, self.holds_file, self.builds)
        return matrix_rows.sum_of((cell, self.reasons, self.verdicts, self.stays[:1], found))

    def verified_words(self, zone: tzinfo) -> str:
        """How the deployment of what runs stands."""
        return verification_words(self.verification, zone) if self.verification else ""


def html(reports: ReportReader, app: str) -> str | None:
    """None where the config has no such app."""
    snapshot, now = reports.snapshot(), reports.now()
    policies = [policy for place, policy in snapshot.config.policies.items() if place.app == app]
    if not policies:
        return None
    places = [_place(reports, snapshot, policy) for policy in policies]
    return rendering.page(
        "app.html",
        snapshot,
        now,
        here="app",
        app=app,
        places=places,
        next_passes=snapshot.next_passes,
        picture=_picture(snapshot, policies, now),
        marks=matrix_rows.tag_marks(place.cell for place in places),
        picture_sum=matrix_rows.sum_of([place.sum for place in places]),
        kinds=timeline_svg.kinds,
        zone_name=f"{now.astimezone(policies[-1].tags.scheme.zone):%Z}",
    )


def _place(reports: ReportReader, snapshot: ReportSnapshot, policy: Policy) -> EnvironmentSection:
    placement, decision = policy.placement, snapshot.decision(policy.placement)
    verdicts = reports.verdicts(placement, None)
    stays = tuple(reversed((snapshot.timeline(placement) or _NOTHING).stays))
    return EnvironmentSection(
        policy=policy,
        cell=snapshot.cells.get(placement),
        decision=decision,
        reasons=decision.reasons if isinstance(decision, Hold) else (),
        verdicts=verdicts[:CANDIDATES],
        more=max(len(verdicts) - CANDIDATES, 0),
        stays=stays,
        commits=_commits(snapshot, policy.repository, stays),
        words=policy_words(policy, snapshot.config),
        settings=[pair for pair in effective_config.lines(policy, snapshot.config) if pair[1]],
        elsewhere=_elsewhere(snapshot, placement),
        orders=snapshot.orders(placement),
        holds_file=snapshot.holds_file(placement),
        forge=links.forge_title(snapshot.config, policy.repository),
        builds=snapshot.builds_of(placement),
        verification=snapshot.verification(placement),
        verdicts_by={one.commit: one for one in snapshot.deployment_verdicts(placement)},
    )


def _commits(snapshot: ReportSnapshot, repository: str, stays: Sequence[Stay]) -> dict[str, str | None]:
    shas = {sha for stay in stays for sha in (stay.by, stay.ended_by) if sha}
    return {sha: links.commit(snapshot.config, repository, sha) for sha in shas}


def _elsewhere(snapshot: ReportSnapshot, placement: Placement) -> list[tuple[str, str]]:
    page = links.repository(snapshot.config, snapshot.config.policies[placement].repository)
    return [*links.applications(snapshot.config, placement), *([("deploy repository", page)] if page else [])]


def _picture(
    snapshot: ReportSnapshot, policies: Sequence[Policy], now: datetime
) -> timeline_svg.Picture | None:
    lanes = [
        Lane(
            policy,
            snapshot.timeline(policy.placement) or _NOTHING,
            snapshot.decision(policy.placement),
            snapshot.deployment_verdicts(policy.placement),
            snapshot.verification(policy.placement),
        )
        for policy in policies
    ]
    return timeline_svg.picture(lanes, now, policies[-1].tags.scheme.zone)
