"""To understand and to decide everything twice in a pass: with what was kept, and from nothing."""

from collections import Counter
from dataclasses import fields, replace

import pytest

from updater import cycle
from updater.decide import conditions, decide
from updater.interpret import KeptStates, PinCache, interpret


class Doubts:
    """Of all passes there are while it lasts; a difference is raised where it shows."""

    def __init__(self, monkeypatch):
        self.saved = Counter()
        """How much was not understood, and not decided, again."""
        self._before = {}
        monkeypatch.setattr(cycle, "interpret", self._interpret)
        monkeypatch.setattr(cycle, "decide", self._decide)
        monkeypatch.setattr(cycle, "judge_what_runs", self._judge)

    def _interpret(self, snapshot, config, cache, elsewhere=None, kept=None):
        texts = PinCache()
        texts.learn({blob: cache.text(blob) for blob in list(cache._texts)})
        told = interpret(snapshot, config, cache, elsewhere, kept)
        anew = interpret(snapshot, config, texts, elsewhere, KeptStates())
        assert told.states.keys() == anew.states.keys()
        for name, state in told.states.items():
            same_state(state, anew.states[name])
        for each in fields(told):
            if each.name != "states":
                assert getattr(told, each.name) == getattr(anew, each.name), each.name
        self._count("states", told.states)
        return told

    def _decide(self, situation, request=None, kept=None):
        told, anew = decide(situation, request, kept), decide(situation, request)
        assert told == anew
        self._count("decisions", told)
        return told

    def _judge(self, situation, before):
        """What is not looked for is not there."""
        told = conditions.judge_what_runs(situation, before)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(conditions, "_ONLY_OF", {})
            assert told == conditions.judge_what_runs(situation, before)
        self.saved["conditions"] += len(told.conditions)
        return told

    def _count(self, what, said):
        before, self._before[what] = self._before.get(what, {}), said
        self.saved[what] += sum(before.get(name) is each for name, each in said.items())


def same_state(one, other):
    """Commits contain one another as they did; versions are compared by what they are called, too."""
    for each in fields(one):
        if each.name != "lineage":
            mine, theirs = getattr(one, each.name), getattr(other, each.name)
            assert mine == theirs, (one.policy.placement, each.name)
    assert repr(one.timeline.floor) == repr(other.timeline.floor), one.policy.placement
    if one.policy.health is not None:
        known = set(one.lineage._commits)
        assert known == set(other.lineage._commits), one.policy.placement
    assert replace(one, lineage=other.lineage) == other
