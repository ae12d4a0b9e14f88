"""Where on the timeline of an app something is, or was, verified, and how it ended. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from updater.model import DeploymentVerdict, Stay, Verification
from updater.value_class import value_class
from updater.views.verification import result_words

KINDS: Mapping[str, str] = {
    "verified": "verified",
    "failed": "failed",
    "cut": "unverified",
    "unknown": "unverified",
    "verifying": "verifying",
}
"""How the spans of each result are drawn."""


@value_class
class VerifiedSpan:
    kind: str
    since: datetime
    until: datetime
    label: str


def verified_spans(
    stays: Sequence[Stay], verdicts: Sequence[DeploymentVerdict], now: Verification | None
) -> Iterator[VerifiedSpan]:
    """Of the stays that are shown, and of what runs while it is being verified."""
    shown = {stay.by for stay in stays}
    for one in verdicts:
        if one.commit in shown:
            label = f"{one.tag}: {_seen(result_words(one.result), one.seen)}"
            yield VerifiedSpan(KINDS[one.result], one.since, one.until, label)
    if now is not None and now.state == "verifying" and now.since is not None and now.until is not None:
        label = f"{now.tag}: {_seen('being verified', now.sentences)}"
        yield VerifiedSpan("verifying", now.since, now.until, label)


def _seen(words: str, seen: Sequence[str]) -> str:
    return f"{words}: {'; '.join(seen)}" if seen else words
