"""No member of a later wave gets a tag that one of an earlier wave has not run for the bake.

What the config becomes is decided with, over days of builds, passes and people who go back; the oracle knows
the waves as they are written, and what each cluster ran.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import hypothesis.strategies as st
from hypothesis import given, settings
from scenario import Past, Scenario, built
from small_config import write

from updater.config import Policy, load
from updater.model import Promote

A, B, C, D, E = CLUSTERS = tuple(f"cluster-{letter}/production" for letter in "abcde")
WAVES = ((A,), (B, C), (D, E))
EVERYWHERE = ("staging", *CLUSTERS)
BAKE = 2.0
"""Hours."""
COMMIT = "commit: {email: updater@example.org}\n"


@cache
def policies(present: frozenset[str]) -> dict[str, Policy]:
    """Of an app in these environments, as the config has them."""
    listed = ", ".join(f"[{', '.join(wave)}]" for wave in WAVES)
    clusters = "".join(
        f"  {name}: {{repository: deploy, path: 'apps/{{app}}/{name}', deliver: push, after: staging}}\n"
        for name in CLUSTERS
    )
    theirs = "".join(f"  - {name}\n" for name in EVERYWHERE if name in present)
    with TemporaryDirectory() as folder:
        config = load(
            write(
                Path(folder),
                (COMMIT, f"{COMMIT}waves: {{production: [{listed}], bake: {BAKE:.0f}h}}\n"),
                ("  production:\n    repository: deploy\n    path: apps/{app}/production\n", ""),
                ("    after: staging\n    gates:\n      soak: 30m\n    deliver: pull-request\n", clusters),
                ("  - staging\n  - production\n", theirs),
            )
        )
    return {placement.environment: policy for placement, policy in config.policies.items()}


@dataclass
class Fleet(Scenario):
    """Decided with the policies of the config."""

    by_config: dict[str, Policy] = field(default_factory=dict)

    def _policy(self, environment):
        return self.by_config[environment]


@dataclass
class World:
    present: frozenset[str]
    now: float = 10
    tags: list[str] = field(default_factory=lambda: [built(8)])
    ran: dict[str, list[tuple[float, str]]] = field(default_factory=dict)

    def __post_init__(self):
        for name in policies(self.present):
            self.ran[name] = [(9.0, built(8))]

    def build(self):
        self.tags.append(built(self.now))

    def goes_back(self, name: str):
        """A person does."""
        left = self.ran[name][-1][1]
        before = [tag for _, tag in self.ran[name] if tag < left]
        if before:
            self.ran[name].append((self.now, before[-1]))

    def joins(self, name: str):
        """As if it were new: it holds a placeholder."""
        self.ran[name] = [(self.now, "latest")]

    def passes(self):
        """Each environment is decided by what there was when the pass began."""
        fleet = Fleet(
            others={name: Past(tuple(ran)) for name, ran in self.ran.items()},
            tags=tuple(self.tags),
            now=self.now,
            by_config=policies(self.present),
        )
        situation, _ = fleet._settled()
        for decision in fleet._decisions(situation, None):
            if isinstance(decision, Promote):
                name, app = decision.placement
                assert app == "shop"
                self.check(name, decision.tag)
                self.ran[name].append((self.now, decision.tag))

    def check(self, name: str, tag: str):
        for earlier in self._waves_before(name):
            for other in earlier:
                assert self._has_baked(other, tag), (
                    f"{name} gets {tag}, which {other} ran as {self.ran[other]}"
                )

    def _waves_before(self, name: str):
        at = next((number for number, wave in enumerate(WAVES) if name in wave), 0)
        return [[one for one in wave if one in self.present] for wave in WAVES[:at]]

    def _has_baked(self, name: str, tag: str) -> bool:
        """It came, never was left for an older one since, and that is as long ago."""
        came = [at for at, held in self.ran[name] if held == tag]
        left_back = [at for (_, held), (at, then) in pairwise(self.ran[name]) if held == tag and then < tag]
        return any(self.now - at >= BAKE and not any(left > at for left in left_back) for at in came)


STEPS = st.one_of(
    st.tuples(st.just("wait"), st.sampled_from([0.1, 0.5, 1.0, 2.0, 2.1])),
    st.tuples(st.just("build"), st.none()),
    st.tuples(st.just("back"), st.sampled_from(EVERYWHERE)),
    st.tuples(st.just("joins"), st.sampled_from(CLUSTERS)),
)


@settings(max_examples=150, deadline=None)
@given(
    absent=st.sets(st.sampled_from(CLUSTERS), max_size=3),
    steps=st.lists(STEPS, min_size=1, max_size=25),
)
def test_a_later_wave_gets_what_all_earlier_ones_have_run_for_the_bake(absent, steps):
    world = World(frozenset(EVERYWHERE) - absent)
    for what, how in steps:
        world.now += 0.05
        if what == "wait":
            world.now += how
        elif what == "build":
            world.build()
        elif how in world.ran:
            world.goes_back(how) if what == "back" else world.joins(how)
        world.passes()


def test_a_build_reaches_every_wave_in_the_end():
    world = World(frozenset(EVERYWHERE))
    world.build()
    seen = []
    for _ in range(10):
        world.passes()
        seen.append(sum(ran[-1][1] == world.tags[-1] for ran in world.ran.values()))
        world.now += 1
    assert seen == [1, 2, 2, 4, 4, 6, 6, 6, 6, 6]
