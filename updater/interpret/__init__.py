"""To turn what was seen into meaning: pins, stays, proposals. Pure; only here is the world parsed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from updater import messages
from updater.config import Config, Pin, Policy
from updater.facts import Facts, PinFact, State
from updater.interpret.past import Past
from updater.interpret.pull_requests import proposal_of, rejected_by
from updater.interpret.values import Values
from updater.model import (
    Answer,
    ClosedPullRequestsOf,
    Fact,
    File,
    Heads,
    History,
    Placement,
    Ruling,
    Snapshot,
    Timeline,
    Unreadable,
)

__all__ = ["Values", "answered", "interpret"]

_NOTHING_SEEN = Timeline((), frozenset(), {}, None, None, None)


def interpret(
    snapshot: Snapshot, config: Config, values: Values, elsewhere: Mapping[Placement, State] | None = None
) -> Facts:
    """Say what a snapshot means. `values` remembers what blobs said: it changes the cost, not the answer."""
    settings = config.repositories[snapshot.repository]
    refs = snapshot.heads.refs if isinstance(snapshot.heads, Heads) else {}
    base = refs.get(f"refs/heads/{settings.branch}")
    record = refs.get(f"{messages.RECORD}{settings.branch}")
    past = _past(snapshot, base, record, config.commit.email, values)
    states = {
        policy.placement: _state(snapshot, config, policy, past, values)
        for policy in config.of(snapshot.repository)
    }
    return Facts(
        repository=snapshot.repository,
        now=snapshot.now,
        base=base,
        record=record,
        forced=past is not None and past.forced,
        branches={name.removeprefix("refs/heads/"): sha for name, sha in refs.items() if _is_ours(name)},
        commits=snapshot.history.commits if isinstance(snapshot.history, History) else {},
        merged=_merged(snapshot),
        states=states,
        elsewhere=elsewhere or {},
        listings=snapshot.listings,
    )


def answered(facts: Facts, config: Config, answers: Mapping[Fact, Answer]) -> Facts:
    """Facts with what was looked up since; closed pull requests become rejections here."""
    states = dict(facts.states)
    for fact, answer in answers.items():
        if isinstance(fact, ClosedPullRequestsOf) and isinstance(answer, tuple):
            for placement, state in facts.states.items():
                if messages.branch(placement) == fact.branch:
                    more = rejected_by(answer, placement, config.instance)
                    states[placement] = replace(state, rejected=state.rejected | more)
    return replace(facts, states=states, answers={**facts.answers, **answers})


def _merged(snapshot: Snapshot) -> frozenset[tuple[str, str]]:
    pulls = () if isinstance(snapshot.pull_requests, Unreadable) else snapshot.pull_requests
    return frozenset(
        (pull.branch, pull.head) for pull in pulls if pull.state == "merged" and pull.same_repository
    )


def _is_ours(ref: str) -> bool:
    return ref.startswith(f"refs/heads/{messages.BRANCHES}")


def _past(snapshot: Snapshot, base: str | None, record: str | None, mail: str, values: Values) -> Past | None:
    if base is None or not isinstance(snapshot.history, History):
        return None
    values.learn(snapshot.blobs)
    return Past(snapshot.history, base=base, record=record, mail=mail, values=values, now=snapshot.now)


def _state(snapshot: Snapshot, config: Config, policy: Policy, past: Past | None, values: Values) -> State:
    read = {pin: _pin(snapshot, pin, values) for pin in policy.pins}
    pins = tuple(fact for fact in read.values() if isinstance(fact, PinFact))
    trouble = tuple(ruling for ruling in read.values() if isinstance(ruling, Ruling))
    branch = config.repositories[policy.repository].branch
    pulls = () if isinstance(snapshot.pull_requests, Unreadable) else snapshot.pull_requests
    return State(
        policy=policy,
        timeline=past.timeline(policy, pins) if past and pins else _NOTHING_SEEN,
        pins=pins,
        trouble=_of_the_repository(snapshot) or trouble,
        proposal=proposal_of(pulls, policy.placement, config.instance, branch, past),
        rejected=rejected_by(pulls, policy.placement, config.instance),
        unheard=_unheard(snapshot, policy),
    )


def _unheard(snapshot: Snapshot, policy: Policy) -> tuple[Ruling, ...]:
    """Why nothing can be promoted although the repository was read."""
    listings = [snapshot.listings[image] for image in policy.images]
    silent = [_ruling(listing) for listing in listings if isinstance(listing, Unreadable)]
    if policy.deliver == "pull-request" and isinstance(snapshot.pull_requests, Unreadable):
        silent.append(_ruling(snapshot.pull_requests))
    return tuple(silent)


def _of_the_repository(snapshot: Snapshot) -> tuple[Ruling, ...]:
    unreadable = [
        reading for reading in (snapshot.heads, snapshot.history) if isinstance(reading, Unreadable)
    ]
    return tuple(_ruling(reading) for reading in unreadable[:1])


def _pin(snapshot: Snapshot, pin: Pin, values: Values) -> PinFact | Ruling:
    found = [(path, snapshot.files.get(path)) for path in pin.files]
    for _, reading in found:
        if isinstance(reading, Unreadable):
            return _ruling(reading)
    files = [reading for _, reading in found if isinstance(reading, File)]
    if not files:
        return Ruling(
            "file_missing", False, f"{' or '.join(pin.files)} is not in the repository: mend `path` or add it"
        )
    if len(files) > 1:
        names = " and ".join(file.path for file in files)
        return Ruling(
            "file_ambiguous", False, f"{names} both exist, and only one can count: remove the other"
        )
    return _value(files[0], pin, values)


def _value(file: File, pin: Pin, values: Values) -> PinFact | Ruling:
    values.learn({file.blob: file.data})
    value = values.of(file.blob, pin.selector)
    if isinstance(value, Ruling):
        return replace(value, sentence=f"{file.path}: {value.sentence}")
    return PinFact(pin, file, value)


def _ruling(reading: Unreadable) -> Ruling:
    return Ruling(reading.code, False, reading.why, waits=reading.transient)
