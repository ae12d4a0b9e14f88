"""What is known to speak against the tag that is shown, while something else of it cannot be read. Pure.

Nobody can say then that all is well. But what was rolled back is so, whether or not a registry answers.
"""

from __future__ import annotations

from updater.decide.evaluation import judge_fully
from updater.decide.kinship import before
from updater.decide.way_back import silent_forge
from updater.model import Case, Ruling, Verdict
from updater.situation import PlacementState, Situation


def known_objections(case: Case, state: PlacementState, situation: Situation) -> Verdict | None:
    """None: there is none, or nobody can tell which tag is the newer, or what is proposed."""
    if silent_forge(state, situation):
        return None
    if any(each.unordered or each.trouble for each in (state, *before(state, situation))):
        return None
    timed = situation.skew is None
    found = tuple(ruling for ruling in judge_fully(case, state) if _is_known(ruling, timed=timed))
    return Verdict(case.candidate.tag, found, partial=True) if found else None


def _is_known(ruling: Ruling, *, timed: bool) -> bool:
    """`timed`: what goes by the clock is known, too."""
    about = ruling.reason.about
    return ruling.holds and not ruling.unread and about != "reading" and (timed or about != "time")
