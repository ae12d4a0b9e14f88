"""To turn what was seen into meaning: pins, stays, proposals. Pure; only here is the world parsed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from updater import messages, times
from updater.config import Config, Pin, Policy, Repository
from updater.config.kinship import kin_of
from updater.forges import BEARABLE, SHORTEST
from updater.holds import PATH
from updater.interpret import proposal_branches
from updater.interpret.active_holds import ActiveHolds, active_holds, released_tags
from updater.interpret.another_updater import AnotherUpdaterWatch, bumps
from updater.interpret.branch_history import BranchHistory
from updater.interpret.forced_base import forced_away
from updater.interpret.hold_history import HoldHistory, hold_history
from updater.interpret.image_dates import (
    tags_to_date,
    undated_rulings,
    with_followed_tag,
    with_image_dates,
    with_late_rejections,
)
from updater.interpret.kept_states import KeptStates, Understood
from updater.interpret.origins import origin_questions, with_origins
from updater.interpret.pending_holds import pending_holds
from updater.interpret.pin_cache import PinCache
from updater.interpret.pins import failed_reading, read_pin, refused_file
from updater.interpret.proposal_branches import with_branch_state
from updater.interpret.pull_requests import (
    OurIdentity,
    Pulls,
    asked_proposal,
    by_branch,
    conflicting_pull_request,
    group_proposal,
    identify,
    is_of_another,
    merged_proposal,
    orphaned_pull_requests,
    proposal_of,
    queued_merges,
    rejected_tags,
    rejection_times,
    retargeted_pull_request,
)
from updater.interpret.recorded_floors import floors_over, unread_floors
from updater.interpret.shared_anchors import of_one_placement
from updater.interpret.steps_back import steps_back
from updater.interpret.stopped_line import gone_back_lately, line_ruling, stopped_line
from updater.interpret.unknown_names import unknown_names
from updater.interpret.verdicts import recorded_verdicts
from updater.model import (
    Answer,
    ClosedPullRequestsOf,
    File,
    History,
    Lineage,
    Placement,
    Proposal,
    PullRequest,
    Question,
    Ruling,
    Snapshot,
    StoppedLine,
    Timeline,
    Unreadable,
)
from updater.situation import OrphanedPullRequest, OrphanReason, PinReading, PlacementState, Situation

__all__ = [
    "AnotherUpdaterWatch",
    "KeptStates",
    "PinCache",
    "branch_questions",
    "interpret",
    "tags_to_date",
    "with_answers",
    "with_branch_answers",
]

_NOTHING_SEEN = Timeline((), frozenset(), {}, None, None, None)


def interpret(
    snapshot: Snapshot,
    config: Config,
    cache: PinCache,
    elsewhere: Mapping[Placement, PlacementState] | None = None,
    kept: KeptStates | None = None,
) -> Situation:
    """Say what a snapshot means.

    `cache` remembers what blobs said, and `kept` what was understood: they change the cost, not the answer.
    """
    kept = kept or KeptStates()
    settings = config.repositories[snapshot.repository]
    refs = snapshot.refs
    base = refs.get(f"refs/heads/{settings.branch}")
    record = refs.get(f"{messages.RECORD}{settings.branch}")
    policies = config.of(snapshot.repository)
    known = kept.of(snapshot, config)
    read = known.pins if known.of_all_pins else _pins(snapshot, policies, cache, known.pins)
    past = _past(
        snapshot,
        (base, record),
        config.commit_of(snapshot.repository).email,
        read.values(),
        cache,
        following=_following(policies),
    )
    commits = snapshot.history.commits if isinstance(snapshot.history, History) else {}
    lineage = Lineage(commits, base)
    before = hold_history(snapshot, past, cache)
    reader = _StateReader(
        snapshot,
        config,
        past,
        cache,
        active_holds(snapshot),
        before,
        read,
        by_branch(snapshot.pulls),
        lineage,
        _us(snapshot, config),
    )
    states = {
        policy.placement: known.state(policy, snapshot.listings) or reader.contained(policy)
        for policy in policies
    }
    kept.keep(snapshot, config, Understood(read, states, of_all_pins=True), reader.recorded, before)
    steps = (states.values(), settings.breaker, reader.recorded, past, cache)
    line, lately = stopped_line(*steps), gone_back_lately(*steps)
    if line is not None and not line.by_hand:
        states = {name: _on(line, state) for name, state in states.items()}
    unknown = () if settings.shared else unknown_names(snapshot, config)
    return Situation(
        repository=snapshot.repository,
        now=snapshot.now,
        skew=snapshot.skew,
        base=base,
        record=record,
        forced=past is not None and past.forced,
        branches={name.removeprefix("refs/heads/"): sha for name, sha in refs.items() if _is_ours(name)},
        left_over=_left_over(refs, config, past),
        commits=commits,
        finished=_finished(snapshot),
        states=states,
        elsewhere=elsewhere or {},
        listings=snapshot.listings,
        orphans=_orphans(snapshot, config, settings.branch, past),
        foreign=_others(snapshot, config, settings, states.values()) if settings.status == "all" else (),
        open_from=_open_from(snapshot),
        queued=tuple(queued_merges(snapshot, settings.branch)),
        all_need_status=settings.status == "all",
        line=line,
        breaker=settings.breaker,
        gone_back=lately,
        holds=file if isinstance(file := snapshot.files.get(PATH), File) else None,
        longest=forge.capabilities.longest if (forge := config.forge(snapshot.repository)) else SHORTEST,
        has_forge=forge is not None,
        logins=_us(snapshot, config).logins or frozenset(),
        bears=forge.capabilities.bears if forge else BEARABLE,
        bumps=bumps(past, states),
        record_of_verdicts=refs.get(messages.verdicts_ref(settings.branch)),
        verdict_files={} if isinstance(snapshot.verdicts, Unreadable) else snapshot.verdicts,
        kin=kin_of(policies),
        warnings=(
            *config.notes,
            *forced_away(states.values(), settings.branch, record),
            *unknown,
            *pending_holds(snapshot, commits, settings.branch),
            *unread_floors(snapshot),
        ),
    )


def _on(line: StoppedLine, state: PlacementState) -> PlacementState:
    return replace(state, line=line_ruling(line, state.policy.tags.scheme.zone))


def _shared_branch(policy: Policy, proposal: Proposal | None) -> str | None:
    """Of the pull request it shares, by config, or since one that is open lists it."""
    if proposal is not None and proposal.marker.apps is not None:
        return proposal.pull_request.branch
    if policy.is_grouped:
        return messages.group_branch(policy.placement.environment)
    return messages.app_branch(policy.placement) if policy.paired else None


def _pins(
    snapshot: Snapshot,
    policies: Iterable[Policy],
    cache: PinCache,
    known: Mapping[Pin, PinReading | Ruling],
) -> Mapping[Pin, PinReading | Ruling]:
    return of_one_placement(
        {
            pin: known.get(pin) or with_followed_tag(_pin(snapshot, pin, cache), policy)
            for policy in policies
            for pin in policy.pins
        }
    )


def _pin(snapshot: Snapshot, pin: Pin, cache: PinCache) -> PinReading | Ruling:
    try:
        return read_pin(snapshot, pin, cache)
    except Exception as error:  # noqa: BLE001 - a mistake of ours about one pin holds that one
        return messages.bug_ruling(error)


def branch_questions(situation: Situation) -> frozenset[Question]:
    """What branches, and the commits that brought what has failed, have changed."""
    return proposal_branches.branch_questions(situation) | origin_questions(situation)


def with_branch_answers(
    situation: Situation, answers: Mapping[Question, Answer], cache: PinCache
) -> Situation:
    """The proposals then know what is on their branches, and states who brought what has failed."""
    return with_origins(proposal_branches.with_branch_answers(situation, answers, cache), answers, cache)


def with_answers(situation: Situation, config: Config, answers: Mapping[Question, Answer]) -> Situation:
    """The situation with what was looked up since; closed pull requests become rejections here."""
    states = dict(situation.states)
    for question, answer in answers.items():
        if isinstance(question, ClosedPullRequestsOf) and isinstance(answer, tuple):
            pulls = by_branch(pull for pull in answer if isinstance(pull, PullRequest))
            for placement, state in list(states.items()):
                if question.branch in messages.candidate_branches(placement):
                    more = rejected_tags(pulls, placement, config.instance)
                    policy = with_late_rejections(state, pulls, config.instance)
                    states[placement] = replace(state, policy=policy, rejected=state.rejected | more)
    return replace(situation, states=states, answers={**situation.answers, **answers})


def _orphans(
    snapshot: Snapshot, config: Config, branch: str, past: BranchHistory | None = None
) -> tuple[OrphanedPullRequest, ...]:
    found = orphaned_pull_requests(snapshot.pulls, config.policies, _us(snapshot, config), branch)
    intact = past.is_ours if past is not None else lambda _: False
    unknown = any(name == snapshot.repository for name, _ in config.unknown)  # it may be of one of these
    return tuple(
        replace(each, why=_why_left(each, config), intact=intact(each.pull_request.head))
        for each in found
        if not (unknown and each.why == "unnamed")
    )


def _why_left(orphan: OrphanedPullRequest, config: Config) -> OrphanReason:
    """Nobody took a preview out of the config that ended."""
    gone = orphan.why == "unnamed" and config.is_gone(orphan.placement.environment)
    return "gone" if gone else orphan.why


def _us(snapshot: Snapshot, config: Config) -> OurIdentity:
    """Who only looks does not know whom the service acts as: then the marker's word has to do."""
    forge = config.forge(snapshot.repository)
    alone = not config.repositories[snapshot.repository].shared
    return identify(config.instance, snapshot.logins, forge.authors if forge else (), alone=alone)


def _others(
    snapshot: Snapshot, config: Config, settings: Repository, states: Iterable[PlacementState]
) -> tuple[PullRequest, ...]:
    """Ours have a status by what they show; what another updater proposes is its own to judge.

    A status belongs to a commit: what else is opened from the head of such a one says nothing of it.
    """
    proposals = (each for state in states for each in (state.proposal, state.asked, state.group) if each)
    ours = {proposal.pull_request.head for proposal in proposals}
    left = _orphans(snapshot, config, settings.branch)
    ours |= {stray.pull_request.head for stray in left if stray.why != "author"}
    if not settings.shared:
        ours |= {pull.head for pull in snapshot.pulls if is_of_another(pull, config.instance)}
    return tuple(
        pull
        for pull in snapshot.pulls
        if (pull.state, pull.base) == ("open", settings.branch) and pull.head not in ours
    )


def _finished(snapshot: Snapshot) -> frozenset[tuple[str, str]]:
    done = (pull for pull in snapshot.pulls if pull.same_repository and _is_finished(pull))
    return frozenset((pull.branch, pull.head) for pull in done)


def _open_from(snapshot: Snapshot) -> Counter[str]:
    return Counter(pull.branch for pull in snapshot.pulls if pull.same_repository and pull.state == "open")


def _is_finished(pull: PullRequest) -> bool:
    """Merged, or closed by us: what people close keeps its branch, so that reopening revives it."""
    marker = messages.read_marker(pull.body) if pull.state == "closed" else None
    return pull.state == "merged" or (marker is not None and marker.closed is not None)


def _left_over(refs: Mapping[str, str], config: Config, past: BranchHistory | None) -> frozenset[str]:
    names = {ref.removeprefix("refs/heads/"): sha for ref, sha in refs.items() if _is_ours(ref)}
    of = ((name, sha, messages.environment_of(name)) for name, sha in names.items())
    return frozenset(
        name
        for name, sha, environment in of
        if environment is not None and config.is_gone(environment) and past is not None and past.is_ours(sha)
    )


def _is_ours(ref: str) -> bool:
    return ref.startswith(tuple(f"refs/heads/{prefix}" for prefix in messages.OURS))


def _past(
    snapshot: Snapshot,
    tips: tuple[str | None, str | None],
    mail: str,
    read: Iterable[PinReading | Ruling],
    cache: PinCache,
    *,
    following: Mapping[Placement, str],
) -> BranchHistory | None:
    base, record = tips
    if base is None or not isinstance(snapshot.history, History):
        return None
    cache.learn(snapshot.blobs)
    cache.keep(_named_blobs(snapshot, snapshot.history))
    pins = [pin for pin in read if isinstance(pin, PinReading)]
    return BranchHistory(
        snapshot.history,
        base=base,
        record=record,
        mail=mail,
        pins=pins,
        cache=cache,
        now=times.latest(snapshot.now, snapshot.skew),
        following=following,
        merged={pull.head for pull in snapshot.pulls if pull.state == "merged" and _is_of_ours(pull)},
    )


def _is_of_ours(pull: PullRequest) -> bool:
    return pull.same_repository and pull.branch.startswith(messages.OURS)


def _named_blobs(snapshot: Snapshot, history: History) -> set[str]:
    """All that can be asked about in a pass: of the history, and of the files as they are."""
    changes = (change for commit in history.commits.values() for change in commit.changes.values())
    blobs = {blob for change in changes for blob in (change.old, change.new) if blob}
    return blobs | {file.blob for file in snapshot.files.values() if isinstance(file, File)}


def _following(policies: Iterable[Policy]) -> Mapping[Placement, str]:
    tags = ((policy.placement, policy.tags.scheme.follows) for policy in policies)
    return {placement: tag for placement, tag in tags if tag is not None}


@dataclass(frozen=True, slots=True)
class _StateReader:
    """What every placement is understood from."""

    snapshot: Snapshot
    config: Config
    past: BranchHistory | None
    cache: PinCache
    recorded: ActiveHolds
    before: HoldHistory
    read: Mapping[Pin, PinReading | Ruling]
    pulls: Pulls
    lineage: Lineage
    us: OurIdentity

    def contained(self, policy: Policy) -> PlacementState:
        """A mistake of ours about one app in one environment holds that one, and nobody else."""
        try:
            return self.state(policy)
        except Exception as error:  # noqa: BLE001 - whatever it is
            return PlacementState(policy, _NOTHING_SEEN, (), (messages.bug_ruling(error),))

    def state(self, configured: Policy) -> PlacementState:
        read = [self.read[pin] for pin in configured.pins]
        pins = tuple(question for question in read if isinstance(question, PinReading))
        rejected = rejection_times(self.pulls, configured.placement, self.config.instance)
        policy = with_image_dates(configured, self.snapshot, self.past, pins, rejected)
        trouble = tuple(ruling for ruling in read if isinstance(ruling, Ruling))
        timeline = self.past.timeline(policy, pins) if self.past and pins else _NOTHING_SEEN
        if periods := self.before.of(policy.placement):
            timeline = replace(timeline, hold_periods=periods)
        unordered = undated_rulings(configured, self.snapshot, timeline.held)
        released = self._released(policy.placement, timeline)
        named = (policy.placement, self.config.instance)
        branch = self.config.repositories[policy.repository].branch
        proposal = proposal_of(self.pulls, policy.placement, self.us, branch)
        shared = _shared_branch(policy, proposal)
        group = (
            group_proposal(self.pulls, shared, policy.placement.environment, self.us, branch)
            if shared
            else None
        )
        verdicts = recorded_verdicts(self.snapshot, policy.placement, branch)
        state = PlacementState(
            policy=policy,
            timeline=timeline,
            pins=pins,
            trouble=self._of_the_repository() or trouble,
            proposal=self._looked_at(proposal),
            group=self._looked_at(group),
            asked=self._looked_at(asked_proposal(self.pulls, policy.placement, self.us, branch)),
            merged=self._merged(policy.placement, timeline, branch),
            retargeted=retargeted_pull_request(
                self.pulls,
                policy.placement,
                self.us,
                branch,
                grouped=policy.is_grouped,
            ),
            rejected=rejected_tags(self.pulls, *named),
            refused=refused_file(policy),
            floors=floors_over(self.snapshot, policy.placement),
            held=self.recorded.over(policy.placement, policy.tags.scheme.zone),
            steps_back=steps_back(policy.placement, timeline, self.lineage),
            released=frozenset(tag for tag in released if tag is not None),
            goes_on=None in released,
            lineage=self.lineage,
            unheard=tuple(dict.fromkeys((*self._unheard(policy), *unordered))),
            unordered=unordered,
            verdicts=() if isinstance(verdicts, Ruling) else verdicts,
            verdicts_unread=verdicts if isinstance(verdicts, Ruling) else None,
        )
        shown = proposal or state.group
        stopped = shown is not None and messages.STOP in shown.pull_request.labels
        taken = conflicting_pull_request(self.pulls, state.branch, self.us, self.config.policies, branch)
        return replace(state, stopped=stopped, branch_conflict=taken) if stopped or taken else state

    def _merged(self, placement: Placement, timeline: Timeline, branch: str) -> Proposal | None:
        tag = stay.tag if (stay := timeline.current) else None
        found = merged_proposal(self.pulls, placement, self.config.instance, branch, tag)
        return replace(found, of_others=not self.us.opened(found.pull_request)) if found else None

    def _looked_at(self, proposal: Proposal | None) -> Proposal | None:
        if proposal is None:
            return None
        placement = Placement(proposal.marker.environment, proposal.marker.app)
        return with_branch_state(proposal, placement, self.past)

    def _released(self, placement: Placement, timeline: Timeline) -> set[str | None]:
        return (
            released_tags(self.recorded, placement, timeline, self.past, self.cache) if self.past else set()
        )

    def _unheard(self, policy: Policy) -> tuple[Ruling, ...]:
        """Why nothing can be promoted although the repository was read."""
        listings = [self.snapshot.listings[image] for image in policy.images]
        silent = [failed_reading(listing) for listing in listings if isinstance(listing, Unreadable)]
        if policy.deliver == "pull-request" and isinstance(self.snapshot.pull_requests, Unreadable):
            silent.append(failed_reading(self.snapshot.pull_requests))
        return tuple(silent)

    def _of_the_repository(self) -> tuple[Ruling, ...]:
        readings = (self.snapshot.heads, self.snapshot.history)
        return tuple(failed_reading(reading) for reading in readings if isinstance(reading, Unreadable))[:1]
