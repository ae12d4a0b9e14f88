"""To say of every app in every environment which tag it should hold, and why. Pure: no clock, no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from updater import instants, rules
from updater.facts import Facts, State
from updater.gates import after
from updater.messages import branch
from updater.model import (
    Case,
    ClosedPullRequestsOf,
    Decision,
    DigestOf,
    Fact,
    Hold,
    Image,
    Listing,
    Needs,
    Placement,
    Promote,
    Ruling,
    Unreadable,
    Verdict,
    Version,
)


def decide(facts: Facts) -> Mapping[Placement, Decision | Needs]:
    """One answer for each app in each environment: nothing is skipped."""
    return {placement: _decide_one(state, facts) for placement, state in facts.states.items()}


def unanswered(answer: Decision | Needs, facts: Facts) -> Decision:
    """A decision that has asked too often: it holds until the next pass."""
    if not isinstance(answer, Needs):
        return answer
    reason = Ruling(
        "still_asking", False, "more had to be looked up than one pass may; the next goes on", waits=True
    )
    return Hold(answer.placement, facts.states[answer.placement].current, (reason,))


def limited(decisions: Iterable[Decision], facts: Facts, limit: int) -> Iterator[Decision]:
    """At most so many promotions in one pass, proposals that stand not counted; the others hold."""
    for decision in decisions:
        if isinstance(decision, Promote) and not _stands(decision, facts.states[decision.placement]):
            limit -= 1
            if limit < 0:
                reason = Ruling("limit", False, "this pass has promoted as many apps as it may", waits=True)
                yield Hold(decision.placement, decision.current, (reason,), decision.tag, decision.considered)
                continue
        yield decision


def _stands(decision: Promote, state: State) -> bool:
    return state.proposal is not None and state.proposal.marker.tag == decision.tag


def _decide_one(state: State, facts: Facts) -> Decision | Needs:
    placement = state.policy.placement
    doubts = _doubts(state, facts)
    if doubts:
        return Hold(placement, state.current, doubts)
    candidates = _candidates(state, facts)
    if not candidates:
        return Hold(placement, state.current, (_nothing_newer(state, facts),))
    return _choose(candidates, state, facts)


def _choose(candidates: Sequence[Version], state: State, facts: Facts) -> Decision | Needs:
    """Of the candidates, newest first, the first that nothing is said against."""
    placement, considered = state.policy.placement, list[Verdict]()
    for candidate in candidates:
        case = _case(candidate, state, facts)
        rulings = _judge(case, state, facts)
        if isinstance(rulings, frozenset):
            return Needs(placement, rulings)
        verdict = Verdict(candidate.tag, rulings)
        if not verdict.against:
            return _promote(
                case, verdict, state, skipped=_skipped(candidate, candidates), considered=considered
            )
        considered.append(verdict)
        if _unread(case, state):  # a failed reading must not make an older one the newest that passes
            return _hold(verdict, state, considered)
    return _hold(considered[0], state, considered)


def _hold(verdict: Verdict, state: State, considered: Sequence[Verdict]) -> Hold:
    return Hold(state.policy.placement, state.current, verdict.against, verdict.tag, tuple(considered))


def _promote(
    case: Case, verdict: Verdict, state: State, *, skipped: int, considered: list[Verdict]
) -> Promote:
    digests = {image: str(case.answers[DigestOf(image, verdict.tag)]) for image in case.images}
    return Promote(
        state.policy.placement,
        state.current,
        verdict.tag,
        digests,
        verdict.rulings,
        skipped,
        tuple(considered),
    )


def _skipped(candidate: Version, candidates: Sequence[Version]) -> int:
    return sum(other < candidate for other in candidates)


# --- what speaks against deciding at all ----------------------------------------------------------------


def _doubts(state: State, facts: Facts) -> tuple[Ruling, ...]:
    if state.policy.deliver == "none":
        return (Ruling("not_delivered", False, "the updater does not write here: `deliver` is none"),)
    return (
        state.trouble
        or _split(state)
        or state.unheard
        or tuple(_predecessors_in_doubt(state, facts))
        or _foreign(state)
        or tuple(_empty_listings(state, facts))
        or _edited(state)
    )


def _split(state: State) -> tuple[Ruling, ...]:
    tags = {pin.value.tag: pin for pin in state.pins}
    if len(tags) <= 1:
        return ()
    where = ", ".join(f"{tag or 'nothing'} in {pin.file.path}:{pin.value.line}" for tag, pin in tags.items())
    return (Ruling("split", False, f"its pins disagree: {where}; set them to one tag"),)


def _predecessors_in_doubt(state: State, facts: Facts) -> Iterator[Ruling]:
    for environment in state.policy.after:
        before = facts.state(Placement(environment, state.policy.placement.app))
        if before is None:
            yield Ruling("predecessor_unknown", False, f"{environment} has not been read yet", waits=True)
            continue
        doubt = before.trouble or _split(before)
        if doubt:
            yield Ruling(
                "predecessor_in_doubt", False, f"{environment} comes before, and {doubt[0].sentence}"
            )


def _foreign(state: State) -> tuple[Ruling, ...]:
    tags, current = state.policy.tags, state.current
    if current is None or current in tags.placeholders or tags.scheme.read(current):
        return ()
    return (
        Ruling(
            "foreign_current",
            False,
            f"it runs {current}, which is no {tags.follow} tag: somebody chose it, so it stays until "
            f"somebody chooses a {tags.follow} tag",
        ),
    )


def _empty_listings(state: State, facts: Facts) -> Iterator[Ruling]:
    for image in state.policy.images:
        listing = facts.listings[image]
        if isinstance(listing, Listing) and not listing.tags:
            yield Ruling("listing_empty", False, f"the registry lists no tags for {image}", waits=True)


def _edited(state: State) -> tuple[Ruling, ...]:
    proposal = state.proposal
    if proposal is None or not proposal.edited:
        return ()
    url = proposal.pull_request.url
    return (Ruling("branch_edited", False, f"somebody pushed to the branch of {url}, so it is left to them"),)


# --- candidates -----------------------------------------------------------------------------------------


def _candidates(state: State, facts: Facts) -> list[Version]:
    """What every image has, the scheme reads, and is newer than all that was held; newest first."""
    floor, held = state.timeline.floor, state.timeline.held
    newer = (version for version in _versions(state, facts) if floor is None or version > floor)
    return sorted((version for version in newer if version.tag not in held), reverse=True)


def _versions(state: State, facts: Facts) -> Iterator[Version]:
    read = state.policy.tags.scheme.read
    return (version for tag in _common(state, facts) if (version := read(tag)) is not None)


def _common(state: State, facts: Facts) -> set[str]:
    listings = [facts.listings[image] for image in state.policy.images]
    return set.intersection(*(set(listing.tags) for listing in listings if isinstance(listing, Listing)))


def _nothing_newer(state: State, facts: Facts) -> Ruling:
    """Why there is no candidate: it runs the newest, or there is nothing of its scheme, or images lack it."""
    follow, current = state.policy.tags.follow, state.current
    newest = max(_versions(state, facts), default=None)
    partial = _partial(state, facts)
    if partial is not None:
        return partial
    if newest is None:
        shown = ", ".join(sorted(_common(state, facts))[:3]) or "none that all its images have"
        return Ruling(
            "no_candidate", False, f"no tag of {_names(state.policy.images)} is a {follow} tag: {shown}"
        )
    if current == newest.tag:
        return Ruling("up_to_date", False, f"it runs {current}, the newest {follow} tag there is")
    sha = state.timeline.rolled_back.get(newest.tag)
    if sha is not None:
        left = f"{newest.tag} was rolled back by commit {sha[:10]}"
        return Ruling("rolled_back", False, f"it runs {current}: {left}, and nothing newer is there")
    floor = state.timeline.floor
    seen = f"it has held {floor.tag}, and nothing newer is there" if floor else "nothing newer is there"
    return Ruling("not_newer", False, f"it runs {current or 'nothing'}: {seen}")


def _partial(state: State, facts: Facts) -> Ruling | None:
    """A newer tag that only some of the app's images have."""
    read, floor = state.policy.tags.scheme.read, state.timeline.floor
    listings = [
        listing for image in state.policy.images if isinstance(listing := facts.listings[image], Listing)
    ]
    versions = (version for listing in listings for tag in listing.tags if (version := read(tag)))
    newest = max(versions, default=None)
    if newest is None or (floor is not None and newest <= floor):
        return None
    missing = [listing.image for listing in listings if newest.tag not in listing.tags]
    return (
        Ruling("images_missing", False, f"{_names(missing)} has no {newest.tag} yet", waits=True)
        if missing
        else None
    )


def _names(images: Iterable[Image]) -> str:
    return ", ".join(map(str, images))


# --- one candidate --------------------------------------------------------------------------------------


def _case(candidate: Version, state: State, facts: Facts) -> Case:
    policy = state.policy
    before = {name: facts.state(Placement(name, policy.placement.app)) for name in policy.after}
    return Case(
        placement=policy.placement,
        candidate=candidate,
        images=policy.images,
        now=facts.now,
        zone=policy.tags.scheme.zone,
        own=state.timeline,
        predecessors={name: other.timeline for name, other in before.items() if other is not None},
        answers=facts.answers,
    )


def _judge(case: Case, state: State, facts: Facts) -> tuple[Ruling, ...] | frozenset[Fact]:
    """Rules, then what the history says, then the gates, then what has to be looked up: dear things last."""
    said = [*rules.objections(case, state), *after.judge(case)]
    if any(not ruling.passes for ruling in said):
        return tuple(said)
    rulings = [gate.judge(case) for gate in state.policy.gates.values()]
    asked = frozenset[Fact]().union(*(ruling for ruling in rulings if isinstance(ruling, frozenset)))
    said += [ruling for ruling in rulings if isinstance(ruling, Ruling)]
    if any(not ruling.passes for ruling in said):
        return tuple(said)
    asked |= _questions(case, state) - facts.answers.keys()
    return asked or (
        *said,
        *(ruling for image in case.images for ruling in _confirmed(case, image)),
        *_unasked(case, state),
    )


def _questions(case: Case, state: State) -> frozenset[Fact]:
    """What must be known of any candidate: that its manifests are there, that nobody has rejected it."""
    digests = {DigestOf(image, case.candidate.tag) for image in case.images}
    opens = state.policy.deliver == "pull-request" and state.proposal is None
    return frozenset(digests | ({ClosedPullRequestsOf(branch(case.placement))} if opens else set()))


def _unread(case: Case, state: State) -> bool:
    return any(isinstance(case.answers.get(fact), Unreadable) for fact in _questions(case, state))


def _confirmed(case: Case, image: Image) -> Iterator[Ruling]:
    """A listed tag whose manifest is not there is not there yet; one that moved is not what was proven."""
    digest = case.answers[DigestOf(image, case.candidate.tag)]
    if isinstance(digest, Unreadable):
        yield Ruling(digest.code, False, digest.why, waits=digest.transient)
    elif digest is None:
        yield Ruling(
            "not_there_yet",
            False,
            f"{image} lists {case.candidate.tag} but has no manifest for it yet",
            waits=True,
        )
    else:
        yield from _same_digest(case, image, str(digest))


def _same_digest(case: Case, image: Image, digest: str) -> Iterator[Ruling]:
    for environment, timeline in case.predecessors.items():
        stay = after.proven(timeline, case.candidate.tag)
        recorded = stay.digests.get(image) if stay else None
        if recorded is None:
            yield Ruling(
                "digest", True, f"no digest was recorded when {environment} got it; from now on {digest} is"
            )
        elif recorded == digest:
            yield Ruling("digest", True, f"the tag still has the digest that {environment} got")
        else:
            yield Ruling(
                "digest", False, f"the tag has moved: {environment} got {recorded}, now it is {digest}"
            )


def _unasked(case: Case, state: State) -> Iterator[Ruling]:
    """A forge that would not say what was closed: then nobody knows whether this was rejected."""
    answer = case.answers.get(ClosedPullRequestsOf(branch(case.placement)))
    if isinstance(answer, Unreadable) and state.proposal is None:
        yield Ruling(answer.code, False, answer.why, waits=answer.transient)


def waits_until(hold: Hold) -> str | None:
    """When the hold will end by waiting alone; None where it will not."""
    instants_ = [ruling.until for ruling in hold.reasons if not ruling.passes]
    times = [until for until in instants_ if until is not None]
    return instants.machine(max(times)) if times and len(times) == len(instants_) else None
