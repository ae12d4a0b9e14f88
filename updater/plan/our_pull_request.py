"""One pull request of ours, and those that it is of: what all that is planned of it goes by. Pure.

An app's own is the pull request of one; where an environment's apps share theirs, it has a commit for each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from updater import messages
from updater.config import Config, PullRequestSettings
from updater.model import Placement, Promote, Proposal
from updater.plan.members import Member
from updater.plan.replacing import is_queued
from updater.situation import Situation
from updater.value_class import value_class

EVERY = "*"
"""Stands for the app where a step is about all of an environment."""


@value_class
class OurPullRequest:
    situation: Situation
    config: Config
    base: str
    """The commit that its branch is written on."""
    members: Sequence[Member]
    whole: Proposal | None
    """The open one, with all that it lists."""
    shared: bool
    """By the apps of an environment, or by an app's images and its charts."""

    @property
    def placement(self) -> Placement:
        """What steps are about: the app, or all of the environment."""
        placement = self.members[0].decision.placement
        if not self.shared:
            return placement
        whole = messages.is_of_environment(self.branch)
        return placement._replace(app=EVERY if whole else placement.config_app)

    @property
    def settings(self) -> PullRequestSettings:
        """The environment's: an app says nothing otherwise of what it shares."""
        grouped = (each.state for each in self.members if each.state.is_grouped)
        return next(grouped, self.members[0].state).policy.pull_request

    @property
    def branch(self) -> str:
        if self.whole is not None:
            return self.whole.pull_request.branch
        named = messages.asked_branch if self.is_asked else messages.app_branch
        state = self.members[0].state
        return state.branch if self.shared else named(state.policy.placement)

    @property
    def base_branch(self) -> str:
        return self.config.repositories[self.situation.repository].branch

    @property
    def listed(self) -> list[tuple[Member, Proposal]]:
        return [(each, each.shown) for each in self.members if each.shown is not None]

    @property
    def shown_members(self) -> list[Member]:
        return [each for each, _ in self.listed]

    def tags_of(self, whole: Proposal) -> Mapping[str, str]:
        """What the open one lists, by app."""
        marker = whole.marker
        return dict(marker.apps or {}) if self.shared else {marker.app: marker.tag}

    @property
    def all_promote(self) -> bool:
        """Only then is all known that its body says."""
        return all(isinstance(each.decision, Promote) for each, _ in self.listed)

    @property
    def is_asked(self) -> bool:
        return any(each.is_asked for each in self.members)

    @property
    def is_stopped(self) -> bool:
        return any(each.state.stopped for each in self.members)

    def is_foreign(self, whole: Proposal) -> bool:
        """The config knows none of its apps, or nobody here is shown in it."""
        if not self.shared:
            return False
        environment = self.placement.environment
        named = (Placement(environment, app) for app in whole.marker.apps or {})
        known = any(placement in self.config.policies for placement in named)
        return not known or (not self.listed and not whole.edited)

    def may_be_queued(self, whole: Proposal) -> bool:
        """A person has decided then, and its branch is locked; also where nobody can tell.

        A person's order that takes the place of what nobody has asked for waits for no such doubt.
        """
        queued = is_queued(whole.pull_request, self.situation)
        return bool(queued) if self.is_asked and not whole.is_of_people else queued is not False
