"""What interpret makes of it: stays, timelines, proposals. Pure values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime
from typing import Literal, TypeAlias

from updater.model.names import Image, Version
from updater.model.observed import PullRequest
from updater.value_class import value_class

Ending: TypeAlias = Literal["still", "newer", "backwards", "removed"]


@value_class
class Stay:
    """One tag's time in one environment."""

    tag: str
    since: datetime
    by: str
    """Sha of the commit that brought it."""
    ours: bool
    until: datetime | None
    ended: Ending
    ended_by: str | None = None
    digests: Mapping[Image, str] = field(default_factory=dict)
    """What was recorded when it was bumped, if anything was."""


@value_class
class HoldPeriod:
    """A time in which a person had recorded that an app may not move."""

    since: datetime
    until: datetime | None
    """When it was lifted, or ended by itself; None: it is on."""
    why: str
    by: str | None = None


@value_class
class Timeline:
    """What one environment has run of one app, as far as its history can be seen."""

    stays: tuple[Stay, ...]
    """Oldest first."""
    held: frozenset[str]
    """Every tag any of its pins ever held, also on lines of history the branch has lost."""
    rolled_back: Mapping[str, str]
    """Tag to the sha of the commit that moved back from it (or from above it)."""
    moved_back: datetime | None
    """When it last moved backwards, unless a newer tag than all before has been reached since."""
    floor: Version | None
    """The newest it has ever held; tags from the future (as of their commit) left out."""
    horizon: datetime | None
    """Before this instant nothing can be seen: older tags may have been held. None: all of it is seen."""
    left: Mapping[str, str | None] = field(default_factory=dict)
    """By tag any of its pins held: the commit that last took it from all of them; None: it is still there."""
    changed: str | None = None
    """The sha of the commit that last changed any of its pins."""
    hold_periods: tuple[HoldPeriod, ...] = ()
    """Oldest first."""
    forced_away: frozenset[str] = frozenset()
    """Tags that are rolled back since the branch was forced away from the line that held them."""
    kept_away: frozenset[str] = frozenset()
    """Of these, what is newer than what runs: the others no longer matter."""

    def ran_from(self, sha: str) -> Sequence[str]:
        """What it ran since a commit that moved it, oldest first."""
        start = next((at for at, stay in enumerate(self.stays) if stay.by == sha), len(self.stays))
        return [stay.tag for stay in self.stays[start:]]

    @property
    def current(self) -> Stay | None:
        last = self.stays[-1] if self.stays else None
        return last if last is not None and last.ended == "still" else None


@value_class
class Marker:
    """What our pull request carries in its hidden marker."""

    instance: str
    kind: Literal["candidate", "asked"]
    environment: str
    app: str
    tag: str
    digest: str | None = None
    closed: str | None = None
    """Why we closed it, if it was us: then it is no rejection."""
    evidence: str | None = None
    """A short sum of the text we wrote, to tell new evidence from somebody's edits."""
    title: str | None = None
    """A short sum of the title we wrote, to tell it from somebody's."""
    lost: str | None = None
    """The tags, between blanks, that it showed until they moved to another digest."""
    arrived: str | None = None
    """When Argo CD deployed what it shows, between blanks: `staging=1770009605`, in seconds since 1970; of
    one that lists apps, `shop:staging=1770009605`."""
    base: str | None = None
    """The branch it was opened for, by the config of then; None: a version wrote it that did not say."""
    apps: Mapping[str, str] | None = None
    """Of a pull request for a whole environment: the tag of every app it lists; `app` and `tag` are empty."""
    failed: str | None = None
    """Of one that nobody has asked for: the sha of the commit whose tag failed its verification."""

    def as_shared(self) -> Marker:
        """What one of an app's own says, in the form of those that list apps."""
        words = ((word for word in (text or "").split()) for text in (self.lost, self.arrived))
        lost, arrived = (" ".join(f"{self.app}:{word}" for word in each) or None for each in words)
        return replace(self, app="", tag="", apps={self.app: self.tag}, lost=lost, arrived=arrived)

    def of(self, app: str) -> Marker:
        """What it says of one app of those it lists."""
        assert self.apps is not None, "asked only of one that lists apps"
        lost, arrived = _words_of(app, self.lost), _words_of(app, self.arrived)
        return replace(self, app=app, tag=self.apps[app], lost=lost, arrived=arrived)


def _words_of(app: str, words: str | None) -> str | None:
    """Without the app in front."""
    pairs = (word.partition(":") for word in (words or "").split())
    return " ".join(rest for name, _, rest in pairs if name == app) or None


@value_class
class Proposal:
    """An open pull request of ours."""

    pull_request: PullRequest
    marker: Marker
    edited: bool = False
    """Somebody else pushed to its branch. A merge of the base, and nothing more, is no edit."""
    doubtful: bool = False
    """Counted as edited: somebody merged the base into it, and what else that changed could not be read."""
    merged: bool = False
    """Somebody merged the base into it."""
    of_others: bool = False
    """It bears our marker, and somebody else has opened it."""
    fork: str | None = None
    """The newest commit of the base that it contains; None where that cannot be said."""
    tags: Mapping[Image, str] = field(default_factory=dict)
    """Those our commits on its branch say they have written."""
    digests: Mapping[Image, str] = field(default_factory=dict)
    """As of tags."""
    exact: bool = False
    """Its head is the base and the planned bytes, nothing else."""
    outdated: bool = False
    """It was exact when it was made; its pins are elsewhere since, or there are more or fewer of them."""
    behind: bool = False
    """A file it changes has changed on the base since: it may no longer apply."""

    @property
    def is_of_people(self) -> bool:
        """Somebody has ordered it, opened it, or pushed to its branch."""
        return self.marker.failed is None or self.of_others or self.edited
