"""To open a pull request once, though another process of our name may be at it, too. Pure."""

from collections.abc import Iterable

from updater.errors import LostRace
from updater.model import OpenPullRequest, PullRequest
from updater.reasons import failure_reasons


def still_open(found: Iterable[PullRequest], step: OpenPullRequest, newest: int | None) -> PullRequest | None:
    """The open one among those of a branch; None where there is none. `newest`: the last that was known.

    Raises LostRace where one that was not known is over already: what to do now has to be decided anew.
    """
    where = (step.branch, step.base)
    # A filter that a forge does not understand is ignored by it.
    ours = [each for each in found if each.same_repository and (each.branch, each.base) == where]
    over = [each for each in ours if newest is not None and each.number > newest and each.state != "open"]
    if (opened := next((each for each in ours if each.state == "open"), None)) is not None:
        return opened
    if over:
        raise LostRace(
            f"{over[0].url} was opened from {step.branch} meanwhile, and is {over[0].state} already.",
            reason=failure_reasons.LOST_RACE,
        )
    return None
