"""To look where the tags point that run, seldom and a few at a time. I/O through ports."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from math import ceil

from updater.model import ASKED_EVERY, DigestOf, Image, Listing, Reading, SeenDigest, Unreadable
from updater.observe.sources import AT_ONCE, Sources, attempt

LEAST = 10
"""Questions a pass may ask, however seldom passes come."""


def read_running(
    sources: Sources,
    asked: Mapping[DigestOf, datetime],
    listings: Mapping[Image, Reading[Listing]],
    every: timedelta,
) -> tuple[Mapping[DigestOf, SeenDigest], tuple[Unreadable, ...]]:
    """What is known, from this pass or an earlier one, and the readings that failed in this one.

    What nobody has asked for an hour is asked anew, the longest unasked first; not of an image whose tags
    could not be listed just now. `asked`: since when each is known without asking. `every`: how often passes
    come, so that all have their turn within the hour.
    """
    registry, now = sources.registry, sources.clock()
    seen = {question: registry.seen_digest(question.image, question.tag) for question in asked}
    last = {question: found.asked if (found := seen[question]) else asked[question] for question in asked}
    heard = (question for question in asked if isinstance(listings.get(question.image), Listing))
    due = [question for question in heard if not timedelta() <= now - last[question] < ASKED_EVERY]
    most = max(LEAST, ceil(len(asked) * (every / ASKED_EVERY)))
    turn = sorted(due, key=lambda question: (last[question], str(question)))[:most]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = pool.map(lambda question: attempt(lambda: registry.see_digest(*_of(question))), turn)
        told = dict(zip(turn, answers, strict=True))
    failed = dict.fromkeys(answer for answer in told.values() if isinstance(answer, Unreadable))
    fresh = {question: answer for question, answer in told.items() if isinstance(answer, SeenDigest)}
    known = {question: found for question, found in seen.items() if found is not None}
    return {**known, **fresh}, tuple(failed)


def _of(question: DigestOf) -> tuple[Image, str]:
    return question.image, question.tag
