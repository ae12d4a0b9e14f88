"""All that can be said of the candidates of one app in one environment, for people who ask why. Pure."""

from __future__ import annotations

from dataclasses import replace

from updater.decide.candidates import (
    awaits_its_date,
    candidates,
    incomplete,
    is_there,
    not_followed,
    versions,
)
from updater.decide.cases import case_of
from updater.decide.evaluation import judge_fully, unasked_gates
from updater.decide.preconditions import unknown_before
from updater.model import Listing, Placement, Ruling, Verdict, Version
from updater.reasons import hold_reasons
from updater.situation import PlacementState, Situation

_UNDATED = Ruling(
    hold_reasons.UNDATED,
    False,
    "nobody knows when its image was created, so nobody can say whether it is newer",
)
SHOWN = 5
"""How many of the newest tags are told of where none is a candidate."""


def verdicts(situation: Situation, placement: Placement, tag: str | None = None) -> tuple[Verdict, ...]:
    """Newest first; of one tag, if one is named."""
    state = situation.states[placement]
    if state.unheard or state.trouble or any(unknown_before(state, situation)):
        return ()  # what was not read must not look like what is not there
    if tag is not None:
        return (_named(situation, placement, tag),)
    found = candidates(state, situation)
    shown = found or sorted(versions(state, situation), reverse=True)[:SHOWN]
    front = _incomplete(situation, placement) if found else ()
    return (*front, *(_verdict(situation, placement, version) for version in shown))


def _incomplete(situation: Situation, placement: Placement) -> tuple[Verdict, ...]:
    """The newest build that not all images have: who waits for it asks for that one."""
    newest = incomplete(situation.states[placement], situation)
    return (Verdict(newest[0].tag, (newest[1],)),) if newest is not None else ()


def _named(situation: Situation, placement: Placement, tag: str) -> Verdict:
    state = situation.states[placement]
    version = state.policy.tags.scheme.read(tag)
    if version is None:
        undated = awaits_its_date(tag, state.policy.tags.scheme)
        return Verdict(tag, (_UNDATED if undated else not_followed(state.policy.tags),))
    listed = is_there(version.tag, state, situation)
    verdict = _verdict(situation, placement, version)
    missing = Ruling(hold_reasons.NOT_LISTED, False, _not_listed(tag, state, situation))
    return verdict if listed else replace(verdict, tag=tag, rulings=(missing, *verdict.rulings))


def _not_listed(tag: str, state: PlacementState, situation: Situation) -> str:
    """Which images lack it; where tags are those of another list, none is to blame."""
    lists = {image: situation.listings[image] for image in state.policy.images}
    lack = [str(image) for image, one in lists.items() if isinstance(one, Listing) and tag not in one]
    if not lack:
        return "the registry does not list it for all images of the app"
    return f"the registry lists no {tag} of {', '.join(lack)}"


def _verdict(situation: Situation, placement: Placement, version: Version) -> Verdict:
    state = situation.states[placement]
    case = case_of(version, state, situation)
    rulings = judge_fully(case, state)
    return Verdict(version.tag, rulings, unasked_gates(case, state, rulings))
