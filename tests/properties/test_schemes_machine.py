"""The invariants of DESIGN 10 hold whatever orders the tags: semver, numeric, created, digest, a pattern."""

import sys

import pytest
from hypothesis import Phase
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule
from properties.lives import Machine, live
from properties.single import AFTER, FOLLOW, JUNK, Single, path_of
from properties.world import MAIN, Conflict, Weather

from updater import holds
from updater.holds import Release
from updater.model import Hold, Placement
from updater.reasons.hold_reasons import BUG

environment = st.sampled_from(sorted(AFTER))
STEPS = 40
SILENT = ("tags", "empty", "dates", "fetch", "files", "history", "blobs", "pulls", "closed", "digest")


class Company(Machine):
    QUIET = 6
    scheme = "semver"

    @initialize()
    def begin(self):
        self.one = Single(self.scheme)
        self.world = self.one.world
        self.weather = None
        self.rejected = set()

    # --- CI ---------------------------------------------------------------------------------------------

    @rule(n=st.integers(11, 60), ago=st.sampled_from([0, 0, 1, 90]), bad=st.booleans(), prefix=st.booleans())
    def build(self, n, ago, bad, prefix):
        self.one.make(n, ago=ago, bad=bad and n % 3 == 0, prefix="v" if prefix else "")

    @rule(tag=st.sampled_from(JUNK))
    def push_junk(self, tag):
        if self.scheme != "digest" or tag != "main":
            self.one.junk(tag)

    @rule(n=st.integers(0, 9))
    def clean_up(self, n):
        self.one.delete(self._known(n))

    @rule(minutes=st.sampled_from([1, 30, 600]))
    def wait(self, minutes):
        self.world.now += minutes * (self.world.now.resolution * 60_000_000)

    def _known(self, n):
        known = sorted(self.one.worth, key=self.one.worth.get)
        return known[-1 - n % len(known)]

    # --- people -----------------------------------------------------------------------------------------

    @rule(name=environment, n=st.integers(0, 9))
    def set_by_hand(self, name, n):
        self.one.edit(name, self._known(n))

    @rule(name=environment, tag=st.sampled_from(["v9", "latest", "hotfix"]))
    def set_something_foreign(self, name, tag):
        self.one.edit(name, tag)

    @rule(n=st.integers(0, 3))
    def revert(self, n):
        chain = self.world.chain(self.world.head)
        if n < len(chain) - 1:
            try:
                self.world.revert(chain[n])
            except Conflict:
                return

    @rule(name=environment)
    def let_go_on(self, name):
        entry = Release(app="shop", environment=name, why="go on", at=self.world.now)
        before = self.world.text(self.world.head, holds.PATH)
        self.world.edit({holds.PATH: holds.release(before, entry)}, "Release")

    @precondition(lambda self: self.world.open_pulls())
    @rule(method=st.sampled_from(["merge", "squash", "rebase"]))
    def merge(self, method):
        try:
            self.world.merge(self.world.open_pulls()[0], method)
        except Conflict:
            return

    @precondition(lambda self: self.world.open_pulls())
    @rule()
    def close(self):
        pull = self.world.open_pulls()[0]
        self.rejected.add(self.one.held(pull.head, "production"))
        self.world.close(pull)

    @rule(reading=st.sampled_from(SILENT))
    def something_will_be_silent(self, reading):
        self.weather = Weather(reading=reading)

    # --- after every step -------------------------------------------------------------------------------

    @invariant()
    def passes_hold_the_invariants(self):
        self.made += 1
        weather, self.weather = self.weather, None
        before = self.world.state()
        report = self._checked(weather)
        if weather is not None and weather.reading not in {"pulls", "closed", "digest"}:
            asks = self.scheme in {"created", "digest"} or weather.reading != "dates"
            assert not asks or self.world.state() == before, (
                f"I8: written under {weather.reading}: {self.world.writes[-3:]}"
            )
            assert not asks or all(isinstance(one, Hold) for one in report.decisions)
        if weather is None:
            self._settle()

    def _checked(self, weather, name="first"):
        mark = len(self.world.pushed)
        report = self.one.run(name, weather=weather)
        for ref, sha in self.world.pushed[mark:]:
            self._check_commit(ref, sha)
        placements = [decision.placement for decision in report.decisions]
        assert sorted(placements) == sorted(Placement(env, "shop") for env in AFTER), "I11"
        for decision in report.decisions:
            reasons = decision.reasons if isinstance(decision, Hold) else ()
            assert all(reason.reason != BUG and len(reason.sentence) > 5 for reason in reasons), reasons
            assert reasons or not isinstance(decision, Hold), "I11"
        return report

    def _check_commit(self, ref, sha):
        made = self.world.commits[sha].commit
        (path,) = made.changes
        (name,) = [one for one in AFTER if path_of(one) == path]
        assert (ref == MAIN) is (name != "production")
        base, held = made.parents[0], self.one.held(sha, name)
        assert self.world.text(sha, path).decode() == self._written(base, name, held), "I1"
        found = self.one.objections(base, name, held)
        if name == "production":
            found += [f"{one} was rejected" for one in self.rejected if self._covers(one, held)]
        assert not found, f"{held} for {name}: {found}"

    def _covers(self, rejected, held):
        worth = self.one.worth
        return rejected in worth and worth[held] <= worth[rejected]

    def _written(self, base, name, held):
        assert self.one.held(base, name) != held
        return self.one.text(name, held)


def _following(scheme):
    return type("Company", (Company,), {"scheme": scheme})


@pytest.mark.long
@pytest.mark.parametrize("scheme", FOLLOW)
def test_whatever_orders_the_tags_none_comes_back_by_itself(scheme):
    steps, _ = live(_following(scheme), 7, lives=15, steps=STEPS, phases=[Phase.generate])
    assert steps >= 400


@pytest.mark.soak
@pytest.mark.parametrize("scheme", FOLLOW)
@pytest.mark.parametrize("part", range(3))
def test_nor_in_a_hundred_thousand_steps(scheme, part):
    steps, _ = live(_following(scheme), None, lives=250, steps=STEPS, derandomize=False)
    sys.stdout.write(f"{scheme}, part {part + 1} of 3: {steps:,} steps, no invariant broken\n")
    assert steps >= 8_000
