"""All that can be said of the candidates of one app in one environment, for people who ask why. Pure."""

from __future__ import annotations

from updater.decide.candidates import candidates, is_there, versions
from updater.decide.evaluation import case_of, judge_fully
from updater.decide.preconditions import unknown_before
from updater.model import Placement, Ruling, Verdict, Version
from updater.reasons import hold_reasons
from updater.situation import Situation

SHOWN = 5
"""How many of the newest tags are told of where none is a candidate."""


def verdicts(situation: Situation, placement: Placement, tag: str | None = None) -> tuple[Verdict, ...]:
    """Newest first; of one tag, if one is named."""
    state = situation.states[placement]
    if state.unheard or state.trouble or any(unknown_before(state, situation)):
        return ()  # what was not read must not look like what is not there
    if tag is not None:
        return (_named(situation, placement, tag),)
    found = candidates(state, situation) or sorted(versions(state, situation), reverse=True)[:SHOWN]
    return tuple(_verdict(situation, placement, version) for version in found)


def _named(situation: Situation, placement: Placement, tag: str) -> Verdict:
    state = situation.states[placement]
    version = state.policy.tags.scheme.read(tag)
    if version is None:
        follow = state.policy.tags.follow
        return Verdict(
            tag,
            (Ruling(hold_reasons.NOT_FOLLOWED, False, f"it is no {follow} tag, and this follows {follow}"),),
        )
    listed = is_there(version.tag, state, situation)
    verdict = _verdict(situation, placement, version)
    missing = Ruling(
        hold_reasons.NOT_LISTED, False, "the registry does not list it for all images of the app"
    )
    return verdict if listed else Verdict(tag, (missing, *verdict.rulings))


def _verdict(situation: Situation, placement: Placement, version: Version) -> Verdict:
    state = situation.states[placement]
    return Verdict(version.tag, judge_fully(case_of(version, state, situation), state))
