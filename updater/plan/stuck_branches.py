"""Which proposals could not be put right: their branch takes no push, or their text no change. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from updater.model import Outcome, UpdatePullRequest


def stuck_branches(outcomes: Sequence[Outcome]) -> frozenset[str]:
    """Where the host refused it: what stays there has to be judged as it is.

    Whoever only could not reach the host tries again.
    """
    refused = (one.step for one in outcomes if one.refused and isinstance(one.step, UpdatePullRequest))
    return frozenset(step.branch for step in refused)
