"""To turn what was seen into meaning: pins, stays, proposals. Pure; only here is the world parsed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from updater import messages, times
from updater.config import Config, Pin, Policy
from updater.config.kinship import kin_of
from updater.forges import BEARABLE, SHORTEST
from updater.holds import PATH
from updater.interpret import proposal_branches
from updater.interpret.active_holds import active_holds
from updater.interpret.another_updater import AnotherUpdaterWatch, bumps
from updater.interpret.branch_history import BranchHistory
from updater.interpret.forced_base import forced_away
from updater.interpret.hold_history import hold_history
from updater.interpret.image_dates import tags_to_date, with_followed_tag, with_late_rejections
from updater.interpret.kept_states import KeptStates, Understood
from updater.interpret.origins import origin_questions, with_origins
from updater.interpret.other_proposals import finished, is_our_branch, left_over, open_from, orphans, others
from updater.interpret.pending_holds import pending_holds
from updater.interpret.pin_cache import PinCache
from updater.interpret.pins import read_pin
from updater.interpret.placement_reader import PlacementReader
from updater.interpret.pull_requests import by_branch, queued_merges, rejected_tags, us_in
from updater.interpret.recorded_floors import unread_floors
from updater.interpret.shared_anchors import of_one_placement
from updater.interpret.stopped_line import gone_back_lately, line_ruling, stopped_line
from updater.interpret.unknown_names import unknown_names
from updater.model import (
    Answer,
    ClosedPullRequestsOf,
    File,
    History,
    Lineage,
    Placement,
    PullRequest,
    Question,
    Ruling,
    Snapshot,
    StoppedLine,
    Unreadable,
)
from updater.situation import PinReading, PlacementState, Situation

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
        following=policies.once(_following),
    )
    commits = snapshot.history.commits if isinstance(snapshot.history, History) else {}
    lineage = Lineage(commits, base)
    before = hold_history(snapshot, past, cache)
    reader = PlacementReader(
        snapshot,
        config,
        past,
        cache,
        active_holds(snapshot),
        before,
        read,
        by_branch(snapshot.pulls),
        lineage,
        us_in(snapshot, config),
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
        branches={name.removeprefix("refs/heads/"): sha for name, sha in refs.items() if is_our_branch(name)},
        left_over=left_over(refs, config, past),
        commits=commits,
        finished=finished(snapshot),
        states=states,
        elsewhere=elsewhere or {},
        listings=snapshot.listings,
        orphans=orphans(snapshot, config, settings.branch, past),
        foreign=others(snapshot, config, settings, states.values()) if settings.status == "all" else (),
        open_from=open_from(snapshot),
        queued=tuple(queued_merges(snapshot, settings.branch)),
        all_need_status=settings.status == "all",
        line=line,
        breaker=settings.breaker,
        gone_back=lately,
        holds=file if isinstance(file := snapshot.files.get(PATH), File) else None,
        longest=forge.capabilities.longest if (forge := config.forge(snapshot.repository)) else SHORTEST,
        has_forge=forge is not None,
        logins=us_in(snapshot, config).logins or frozenset(),
        bears=forge.capabilities.bears if forge else BEARABLE,
        bumps=bumps(past, states),
        record_of_verdicts=refs.get(messages.verdicts_ref(settings.branch)),
        verdict_files={} if isinstance(snapshot.verdicts, Unreadable) else snapshot.verdicts,
        kin=policies.once(kin_of),
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
