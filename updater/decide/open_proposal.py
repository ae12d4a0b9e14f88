"""What has become of the tag that our open pull request shows. Pure.

Tags are immutable here: one that moves, or goes away, while people look at its pull request is not what they
are about to approve.
"""

from __future__ import annotations

from collections.abc import Iterator

from updater.gates import digest
from updater.model import Case, DigestOf, Listing, Ruling, Verdict
from updater.reasons import hold_reasons
from updater.situation import PlacementState, Situation


def digest_rulings(case: Case, state: PlacementState) -> Iterator[Ruling]:
    """It no longer has the digest it was proposed with, or had not when we gave it up for another."""
    proposal, tag = state.proposal, case.candidate.tag
    if proposal is None or proposal.edited:
        return
    if tag in (proposal.marker.lost or "").split():
        yield Ruling(digest.REASON, False, f"{tag} has moved to another digest after it was proposed")
    if proposal.marker.tag != tag:
        return
    for image, before in proposal.digests.items():
        now = case.answers.get(DigestOf(image, tag))
        if isinstance(now, str) and now != before and proposal.tags.get(image) == tag:
            said = f"{image} has moved: it was proposed with {before}, now the tag is {now}"
            yield Ruling(digest.REASON, False, said)


def with_gone_tags(verdict: Verdict, state: PlacementState, situation: Situation) -> Verdict:
    """What is no longer listed will not come by waiting."""
    rulings = tuple(_or_gone(ruling, verdict.tag, state, situation) for ruling in verdict.rulings)
    return Verdict(verdict.tag, rulings)


def _or_gone(ruling: Ruling, tag: str, state: PlacementState, situation: Situation) -> Ruling:
    if ruling.code != "not_there_yet":
        return ruling
    listings = (situation.listings.get(image) for image in state.policy.images)
    if any(isinstance(listing, Listing) and len(listing) and tag not in listing for listing in listings):
        return Ruling(hold_reasons.GONE, False, f"{tag} is no longer in the registry")
    return ruling
