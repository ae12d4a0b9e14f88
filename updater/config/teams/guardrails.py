"""`guardrails:`, what no app may weaken in an environment, whoever writes its settings. Pure."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from updater.config.environments import AfterRollback
from updater.config.gate_settings import Gates
from updater.config.names import Pattern, Reviewer
from updater.settings import Settings


class GuardedTags(Settings):
    forbid: tuple[Pattern, ...] = Field(
        default=(), description="forbidden there, beside what the environment forbids"
    )


class GuardedPullRequests(Settings):
    reviewers: tuple[Reviewer, ...] = Field(default=(), description="who has to be among the reviewers")
    auto_merge: Literal[False] | None = Field(default=None, description="false: a person merges")
    update: Literal["until_approved"] | None = Field(
        default=None, description="until_approved: what was approved stays as it is"
    )


class Guardrail(Settings):
    """Of one environment, or of all whose name matches; each setting may be stricter, never weaker."""

    gates: Gates = Field(
        default=Gates(), description="gates that every app there has to have, at least as strict"
    )
    deliver: Literal["pull-request", "none"] | None = Field(
        default=None, description="pull-request: nobody pushes there; none: nobody delivers there"
    )
    tags: GuardedTags = Field(default=GuardedTags(), description="tags that no app may have there")
    after_rollback: AfterRollback | None = Field(
        default=None, description="what may come after somebody went back, at the least strict"
    )
    pull_request: GuardedPullRequests = Field(
        default=GuardedPullRequests(), description="what pull requests have to keep to"
    )
