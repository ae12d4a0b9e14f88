"""What speaks against deciding anything: that there is nothing sure to decide from. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from updater.decide.candidates import nothing_followed, versions
from updater.decide.kinship import before, beside
from updater.messages import STOP
from updater.model import STEADY, Listing, Placement, Ruling, Version, split_tag
from updater.reasons import hold_reasons
from updater.situation import PlacementState, Situation

_SHOWN = 3
"""How many variants a sentence names."""


def unmet_preconditions(state: PlacementState, situation: Situation) -> tuple[Ruling, ...]:
    return (
        state.trouble
        or not_ours_to_write(state)
        or ((state.withheld,) if state.withheld else ())
        or _split(state)
        or state.unheard
        or tuple(_predecessors_in_doubt(state, situation))
        or tuple(unread_verdicts(state, situation))
        or _foreign(state, situation)
        or _of_several(state, situation)
        or incomplete_listings(state, situation)
        or (_of_pull_requests(state) if state.policy.deliver == "pull-request" else ())
    )


def _of_pull_requests(state: PlacementState) -> tuple[Ruling, ...]:
    """What is open keeps another one from being proposed; it keeps nobody from pushing."""
    return (
        _edited(state) or _stopped(state) or _taken(state) or aimed_elsewhere(state) or asked_already(state)
    )


def incomplete_listings(state: PlacementState, situation: Situation) -> tuple[Ruling, ...]:
    """Why the listings may not be the whole truth: then nothing is offered, and nothing shown is judged."""
    return tuple(_empty_listings(state, situation)) or tuple(_lost(state, situation))


def not_ours_to_write(state: PlacementState) -> tuple[Ruling, ...]:
    if state.policy.deliver != "none":
        return ()
    return (Ruling(hold_reasons.NOT_DELIVERED, False, "others write here: `deliver` is none"),)


def _split(state: PlacementState) -> tuple[Ruling, ...]:
    tags = {pin.value.tag: pin for pin in state.pins}
    if len(tags) <= 1:
        return ()
    where = ", ".join(f"{tag or 'nothing'} in {pin.file.path}:{pin.value.line}" for tag, pin in tags.items())
    return (Ruling(hold_reasons.SPLIT, False, f"its pins disagree: {where}; set them to one tag"),)


def _predecessors_in_doubt(state: PlacementState, situation: Situation) -> Iterator[Ruling]:
    for environment in state.policy.after:
        before = situation.state(Placement(environment, state.policy.placement.app))
        if before is None:
            yield Ruling(
                hold_reasons.PREDECESSOR_UNKNOWN,
                False,
                f"{environment} is in another repository, which was not read lately",
                waits=True,
            )
            continue
        doubt = before.trouble or before.unordered or _split(before)
        if doubt:
            yield Ruling(
                hold_reasons.PREDECESSOR_IN_DOUBT,
                False,
                f"{environment} comes before, and {doubt[0].sentence}",
            )


def unread_verdicts(state: PlacementState, situation: Situation) -> Iterator[Ruling]:
    """What failed here, before it or beside it must be known: nobody can say whether a candidate has."""
    for one in (state, *before(state, situation), *beside(state, situation)):
        if one.verdicts_unread is not None:
            here = one is state
            said = one.verdicts_unread.sentence
            there = said if here else f"{one.policy.placement.environment}: {said}"
            yield replace(one.verdicts_unread, sentence=there)


def unknown_before(state: PlacementState, situation: Situation) -> Iterator[Ruling]:
    """Predecessors that nobody has read: nothing can be said of what they hold."""
    return (
        ruling for ruling in _predecessors_in_doubt(state, situation) if ruling.code == "predecessor_unknown"
    )


def _foreign(state: PlacementState, situation: Situation) -> tuple[Ruling, ...]:
    tags, current = state.policy.tags, state.current
    if current is None or current in tags.placeholders or tags.scheme.read(current):
        return ()
    why = f"it runs {current}, which {tags.scheme.why_not(current)}, so no {tags.follow} tag counts as newer"
    way = f"it stays until somebody sets a {tags.follow} tag, say by `updater promote --tag`"
    foreign = Ruling(hold_reasons.FOREIGN_CURRENT, False, f"{why} ({_chosen(state, current)}): {way}")
    return (foreign, *nothing_followed(state, situation))


def _of_several(state: PlacementState, situation: Situation) -> tuple[Ruling, ...]:
    """Nothing runs that says which branch, or variant, to go on with: that is for a person to say."""
    scheme, current = state.policy.tags.scheme, state.current or ""
    if not scheme.same or scheme.read(current) or not _all_listed(state, situation):
        return ()
    found = sorted({version.variant for version in _offered(state, situation)})
    if len(found) < 2:  # noqa: PLR2004 - two are several
        return ()
    shown = ", ".join(each or "none" for each in found[:_SHOWN]) + (", …" if len(found) > _SHOWN else "")
    runs = f"it runs {current or 'nothing'}, which says no {' and no '.join(scheme.same)}"
    way = "a person chooses by `updater promote --tag`, or the pattern says it"
    said = f"{runs}, and tags of {len(found)} are there ({shown}): {way}"
    return (Ruling(hold_reasons.FOREIGN_CURRENT, False, said),)


def _all_listed(state: PlacementState, situation: Situation) -> bool:
    return all(isinstance(situation.listings.get(image), Listing) for image in state.policy.images)


def _offered(state: PlacementState, situation: Situation) -> Iterator[Version]:
    """What is there; where environments come before, what they have run."""
    before = (situation.state(Placement(name, state.policy.placement.app)) for name in state.policy.after)
    ran = {tag for one in before if one is not None for tag in one.timeline.held}
    return (one for one in versions(state, situation) if not state.policy.after or one.tag in ran)


def _chosen(state: PlacementState, current: str) -> str:
    """Whose it is nobody can tell: a person may have chosen it, and config may have followed it before."""
    stay, before = state.timeline.current, f"`follow` was not yet {state.policy.tags.follow}"
    if stay is None or stay.tag != current:
        return f"a person set it, or {before}"
    how = "ours, set it as a person asked" if stay.ours else "set it"
    return f"commit {stay.by[:10]}{',' if stay.ours else ''} {how}, or {before} then"


def _empty_listings(state: PlacementState, situation: Situation) -> Iterator[Ruling]:
    for image in state.policy.images:
        listing = situation.listings[image]
        if isinstance(listing, Listing) and not listing.text:
            yield Ruling(
                hold_reasons.LISTING_EMPTY, False, f"the registry lists no tags for {image}", waits=True
            )


def _lost(state: PlacementState, situation: Situation) -> Iterator[Ruling]:
    """A list without the tag that runs may be half a list; once it is steady, the tag is gone."""
    for pin in state.pins:
        tag, listing = split_tag(pin.value.tag or "")[0], situation.listings.get(pin.pin.image)
        if not tag or tag in state.policy.tags.placeholders or not isinstance(listing, Listing):
            continue
        if listing.steady < STEADY and tag not in listing:
            yield Ruling(
                hold_reasons.CURRENT_NOT_LISTED,
                False,
                f"the registry does not list {tag} for {listing.image}, which runs here: nothing changes "
                f"until it has listed the same {STEADY} times in a row ({listing.steady} so far)",
                waits=True,
            )


def _edited(state: PlacementState) -> tuple[Ruling, ...]:
    proposal = state.proposal or state.group
    if proposal is None or not proposal.edited:
        return ()
    url = proposal.pull_request.url
    said = f"somebody pushed to the branch of {url}, so it is left to them"
    if proposal.doubtful:
        said = (
            f"somebody merged the base into the branch of {url}, and what else that changed could not be read"
        )
    return (Ruling(hold_reasons.BRANCH_EDITED, False, said, waits=proposal.doubtful),)


def _taken(state: PlacementState) -> tuple[Ruling, ...]:
    if state.branch_conflict is None:
        return ()
    pull = state.branch_conflict.pull_request
    sentences = {
        "instance": "bears the name of another instance: if this updater was called so, merge it, or close "
        "it to let the next build be proposed; if there are two, one must not look after this app here",
        "unnamed_app": f"was opened by {pull.author}; an App of `apps` has not told its name, so nobody "
        "knows whether that is the updater, and it is left alone until all have: `updater doctor` tries each",
        "author": f"was opened by {pull.author or 'nobody who is still there'}: if that login was the "
        "updater's, name it under `authors` of the forge; if not, merge it, or close it, which rejects what "
        "it shows",
        "base": f"is for {pull.base}, the base branch that the config had before",
        "unnamed": "lists only apps that the config does not name here: merge it or close it",
        "unmarked": "does not bear the updater's hidden mark: merge it or close it",
    }
    said = (
        f"{pull.url} already comes from the branch {pull.branch}, and {sentences[state.branch_conflict.why]}"
    )
    return (Ruling(hold_reasons.BRANCH_TAKEN, False, said),)


def _stopped(state: PlacementState) -> tuple[Ruling, ...]:
    proposal = state.proposal or state.group
    if proposal is None or not state.stopped:
        return ()
    url = proposal.pull_request.url
    return (
        Ruling(
            hold_reasons.STOPPED,
            False,
            f"{url} bears the label {STOP}: it is left alone until the label goes",
        ),
    )


def aimed_elsewhere(state: PlacementState) -> tuple[Ruling, ...]:
    if state.retargeted is None:
        return ()
    url, base = state.retargeted.url, state.retargeted.base
    return (
        Ruling(
            hold_reasons.RETARGETED,
            False,
            f"somebody aimed {url} at {base}: aim it back, or merge it there: to close it rejects its tag",
        ),
    )


def asked_already(state: PlacementState) -> tuple[Ruling, ...]:
    if state.asked is None:
        return ()
    url, tag = state.asked.pull_request.url, state.asked.marker.tag
    by_itself = state.asked.marker.failed is not None
    who = f"to go back to {tag} is proposed" if by_itself else f"somebody asks for {tag} by name"
    return (Ruling(hold_reasons.ASKED, False, f"{who}: {url} has to be merged or closed first"),)
