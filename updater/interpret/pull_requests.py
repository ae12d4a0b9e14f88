"""Which pull requests are ours, and what their fate says. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal, TypeAlias

from updater import messages
from updater.config import Config
from updater.model import QUEUES, Marker, Placement, Proposal, PullRequest, Snapshot
from updater.situation import BranchConflict, OrphanedPullRequest, QueuedMerge
from updater.value_class import value_class

_APP = "[bot]"
"""How the login of an App ends."""
Pulls: TypeAlias = Mapping[str, Sequence[PullRequest]]
"""Those from branches of the repository itself, by branch."""


@value_class
class OurIdentity:
    """By what we know an open pull request of ours.

    What is over counts by its marker alone, whoever opened it: a rejection
    must outlive a change of the token.
    """

    instance: str
    logins: frozenset[str] | None
    """In lower case, one for each App that we act as; None: nobody knows whom we act as."""
    alone: bool = False
    """No other updater proposes in this repository, by config."""
    unnamed: bool = False
    """One more App of ours has not told its name."""

    def opened(self, pull: PullRequest) -> bool:
        return self.logins is None or pull.author.lower() in self.logins

    def may_have_opened(self, pull: PullRequest) -> bool:
        """Nobody knows, until all of us have told their names. No person can be called as an App is."""
        return self.unnamed and pull.author.endswith(_APP) and not self.opened(pull)


def identify(
    instance: str, logins: Collection[str], before: Iterable[str], *, alone: bool, unnamed: bool = False
) -> OurIdentity:
    """`before` are the logins we had; where nobody knows those we have, they help nobody."""
    known = frozenset(name.lower() for name in (*logins, *before)) if logins else None
    return OurIdentity(instance, known, alone, unnamed)


def us_in(snapshot: Snapshot, config: Config) -> OurIdentity:
    """Who only looks does not know whom the service acts as: then the marker's word has to do."""
    forge = config.forge(snapshot.repository)
    alone = not config.repositories[snapshot.repository].shared
    before = forge.authors if forge else ()
    return identify(config.instance, snapshot.logins, before, alone=alone, unnamed=snapshot.unnamed)


def by_branch(pulls: Iterable[PullRequest]) -> Pulls:
    """Anybody can name a branch of a fork as ours is named: those are left out."""
    found: dict[str, list[PullRequest]] = {}
    for pull in pulls:
        if pull.same_repository:
            found.setdefault(pull.branch, []).append(pull)
    return found


def proposal_of(pulls: Pulls, placement: Placement, us: OurIdentity, base: str) -> Proposal | None:
    """Our open pull request for it: its environment's if that lists it, else its own."""
    own, shared = messages.candidate_branches(placement)
    found = _open(_ours(pulls, (shared, own), placement, us.instance), base)
    return next((each for each in found if us.opened(each.pull_request)), None)


def asked_proposal(pulls: Pulls, placement: Placement, us: OurIdentity, base: str) -> Proposal | None:
    """Our open pull request for what a person asked for by name, perhaps with a token of their own."""
    found = _open(_ours(pulls, (messages.asked_branch(placement),), placement, us.instance), base)
    asked = next(found, None)
    return replace(asked, of_others=not us.opened(asked.pull_request)) if asked is not None else None


def group_proposal(
    pulls: Pulls, branch: str, environment: str, us: OurIdentity, base: str
) -> Proposal | None:
    """Our open one that is shared on a branch: by the whole environment, or by an app and its charts."""
    for pull in pulls.get(branch, ()):
        marker = _group_marker(pull, environment, us.instance)
        if marker is not None and us.opened(pull) and (pull.state, pull.base) == ("open", base):
            return Proposal(pull, marker)
    return None


def merged_proposal(
    pulls: Pulls, placement: Placement, instance: str, base: str, tag: str | None
) -> Proposal | None:
    """Our newest merged pull request for that tag, proposed or asked for."""
    branches = (*messages.candidate_branches(placement), messages.asked_branch(placement))
    merged = [
        each
        for each in _ours(pulls, branches, placement, instance)
        if (each.pull_request.state, each.pull_request.base, each.marker.tag) == ("merged", base, tag)
    ]
    return max(merged, key=lambda each: each.pull_request.number, default=None)


def rejected_tags(pulls: Pulls, placement: Placement, instance: str) -> frozenset[str]:
    """The tags somebody said no to by closing; what we closed ourselves says why in its marker."""
    return frozenset(each.marker.tag for each in _rejections(pulls, placement, instance))


def rejection_times(pulls: Pulls, placement: Placement, instance: str) -> Mapping[str, datetime]:
    """When they were rejected, where the forge says so."""
    found = _rejections(pulls, placement, instance)
    said = ((each.marker.tag, each.pull_request.closed) for each in found)
    return {tag: closed for tag, closed in said if closed is not None}


def _rejections(pulls: Pulls, placement: Placement, instance: str) -> Iterator[Proposal]:
    for each in _ours(pulls, messages.candidate_branches(placement), placement, instance):
        if each.pull_request.state == "closed" and each.marker.closed is None:
            yield each


def conflicting_pull_request(
    pulls: Pulls, branch: str, us: OurIdentity, known: Container[Placement], base: str
) -> BranchConflict | None:
    """What is open from the branch that would be ours, and is not for us to look after."""
    for pull in pulls.get(branch, ()):
        marker = messages.read_marker(pull.body)
        if pull.state != "open":
            continue
        if marker is not None and marker.instance != us.instance:
            return BranchConflict(pull, "instance")
        if not us.opened(pull):
            return BranchConflict(pull, "unnamed_app" if us.may_have_opened(pull) else "author")
        if marker is None:
            return BranchConflict(pull, "unmarked")
        if pull.base != base and marker.base == pull.base:
            return BranchConflict(pull, "base")
        listed = (Placement(marker.environment, app) for app in marker.apps or ())
        if marker.apps is not None and not any(placement in known for placement in listed):
            return BranchConflict(pull, "unnamed")
    return None


def is_of_another(pull: PullRequest, instance: str) -> bool:
    """Another updater's proposal: the status on its head is for that one to set."""
    marker = messages.read_marker(pull.body) if pull.branch.startswith(messages.OURS) else None
    return pull.same_repository and marker is not None and marker.instance != instance


def retargeted_pull_request(
    pulls: Pulls, placement: Placement, us: OurIdentity, base: str, *, grouped: bool
) -> PullRequest | None:
    """Our open pull request for it, if somebody has aimed it at another branch.

    Its environment's, too, where it would be put into that one: it has the branch.
    """
    branches = (*messages.candidate_branches(placement), messages.asked_branch(placement))
    found = [each.pull_request for each in _ours(pulls, branches, placement, us.instance)]
    if grouped:
        shared = pulls.get(messages.group_branch(placement.environment), ())
        found += (pull for pull in shared if _group_marker(pull, placement.environment, us.instance))
    away = (pull for pull in found if pull.state == "open" and _is_retargeted(pull, base))
    return next((pull for pull in away if us.opened(pull)), None)


def _is_retargeted(pull: PullRequest, base: str) -> bool:
    """By a person: it was not opened for the branch that it is aimed at."""
    marker = messages.read_marker(pull.body)
    return pull.base != base and (marker is None or marker.base != pull.base)


def orphaned_pull_requests(
    pulls: Sequence[PullRequest], known: Collection[Placement], us: OurIdentity, base: str
) -> Iterator[OrphanedPullRequest]:
    """Our open pull requests for what the config does not name, and those that people made others of.

    And those of others from our branches: what we said of a head before is nobody's to keep true.
    """
    shared = frozenset(_listed(pulls, us, base))
    for pull in pulls:
        if not pull.same_repository or pull.state != "open" or us.may_have_opened(pull):
            continue
        marker = messages.read_marker(pull.body)
        if marker is not None and marker.instance != us.instance:
            yield from _of_a_former_name(pull, marker, known, us)
        elif not us.opened(pull):
            yield from _from_our_branch(pull, marker, known, "author")
        elif marker is None:
            yield from _from_our_branch(pull, None, known, "unmarked")
        elif pull.branch in _branches_of(marker):
            yield from _left(pull, marker, known, base)
            if pull.base == base and _is_doubled(pull, marker, shared):
                yield OrphanedPullRequest(pull, Placement(marker.environment, marker.app), "doubled")


def _listed(pulls: Iterable[PullRequest], us: OurIdentity, base: str) -> Iterator[Placement]:
    """What our open pull requests of whole environments list."""
    for pull in pulls:
        marker = messages.read_marker(pull.body) if pull.branch.startswith(messages.GROUPS) else None
        shared = {pull.branch: [pull]}
        if marker is not None and group_proposal(shared, pull.branch, marker.environment, us, base):
            yield from _placements(marker)


def _is_doubled(pull: PullRequest, marker: Marker, shared: Container[Placement]) -> bool:
    """Its environment's lists the app, too: somebody has opened its own again."""
    own = Placement(marker.environment, marker.app)
    return marker.apps is None and pull.branch == messages.app_branch(own) and own in shared


def _left(
    pull: PullRequest, marker: Marker, known: Collection[Placement], base: str
) -> Iterator[OrphanedPullRequest]:
    placements = _placements(marker)
    shown = Placement(marker.environment, ", ".join(app for _, app in placements))
    if pull.base != base:
        yield OrphanedPullRequest(pull, shown, "retargeted" if _is_retargeted(pull, base) else "base")
    elif not any(placement in known for placement in placements):
        yield OrphanedPullRequest(pull, shown, "unnamed")


def _of_a_former_name(
    pull: PullRequest, marker: Marker, known: Collection[Placement], us: OurIdentity
) -> Iterator[OrphanedPullRequest]:
    """Opened by us under another name, from a branch that would be ours: nobody judges it any more."""
    placements = _placements(marker)
    if not us.alone or us.logins is None or not us.opened(pull) or pull.branch not in _branches_of(marker):
        return
    if any(placement in known for placement in placements):
        shown = Placement(marker.environment, ", ".join(app for _, app in placements))
        yield OrphanedPullRequest(pull, shown, "instance")


def _from_our_branch(
    pull: PullRequest,
    marker: Marker | None,
    known: Iterable[Placement],
    why: Literal["author", "unmarked"],
) -> Iterator[OrphanedPullRequest]:
    """Of whom it is, its branch says: we look after what is proposed from there."""
    if not pull.branch.startswith((messages.BRANCHES, messages.GROUPS)):
        return
    for placement in (*known, *(_placements(marker) if marker else ())):
        if pull.branch == messages.app_branch(placement):
            yield OrphanedPullRequest(pull, placement, why)
            return
        if pull.branch == messages.group_branch(placement.environment):
            yield OrphanedPullRequest(pull, Placement(placement.environment, "*"), why)
            return


def _placements(marker: Marker) -> Sequence[Placement]:
    return [Placement(marker.environment, app) for app in marker.apps or [marker.app]]


def _ours(pulls: Pulls, branches: Iterable[str], placement: Placement, instance: str) -> Iterator[Proposal]:
    for branch in branches:
        for pull in pulls.get(branch, ()):
            marker = _marker(pull, placement, instance)
            if marker is not None:
                yield Proposal(pull, marker)


def _open(found: Iterable[Proposal], base: str) -> Iterator[Proposal]:
    return (each for each in found if (each.pull_request.state, each.pull_request.base) == ("open", base))


def _branches_of(marker: Marker) -> tuple[str, ...]:
    if marker.apps is not None:
        own = {messages.app_branch(placement) for placement in _placements(marker)}
        return (messages.group_branch(marker.environment), *(own if len(own) == 1 else ()))
    placement = Placement(marker.environment, marker.app)
    return messages.app_branch(placement), messages.asked_branch(placement)


def _marker(pull: PullRequest, placement: Placement, instance: str) -> Marker | None:
    """What one from a branch of ours says of a placement, if it is this instance's."""
    marker = messages.read_marker(pull.body)
    if pull.branch == messages.group_branch(placement.environment) or (marker and marker.apps is not None):
        whole = _group_marker(pull, placement.environment, instance)
        shared = pull.branch in messages.candidate_branches(placement)
        listed = whole is not None and placement.app in (whole.apps or ())
        return whole.of(placement.app) if whole is not None and listed and shared else None
    named = (instance, *placement)
    return marker if marker and (marker.instance, marker.environment, marker.app) == named else None


def _group_marker(pull: PullRequest, environment: str, instance: str) -> Marker | None:
    """Of one app's own on a branch that it shares with its charts since, as if it listed that one."""
    marker = messages.read_marker(pull.body)
    if marker is not None and marker.apps is None and pull.branch.startswith(messages.BRANCHES):
        marker = marker.as_shared()
    if marker is None or marker.apps is None:
        return None
    return marker if (marker.instance, marker.environment) == (instance, environment) else None


_NUMBERED = re.compile(r"pr-([1-9][0-9]{0,17})-[0-9a-f]+")


def queued_merges(snapshot: Snapshot, base: str) -> Iterator[QueuedMerge]:
    """What is in the queue for a pull request that is open."""
    waiting = {pull.number: pull for pull in snapshot.pulls if (pull.state, pull.base) == ("open", base)}
    for ref, sha in snapshot.refs.items():
        named = _NUMBERED.fullmatch(ref.removeprefix(f"{QUEUES}{base}/"))
        if named and int(named[1]) in waiting:
            yield QueuedMerge(waiting[int(named[1])], ref.removeprefix("refs/heads/"), sha)
