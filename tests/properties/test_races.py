"""Whatever people do while a pass is about to push: it ends as if they had done it before the pass began."""

from datetime import timedelta
from functools import cache

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from properties.acme import APPS, Acme, path_of
from properties.world import Conflict, Weather, stamped

from updater import holds
from updater.holds import HoldEntry

app = st.sampled_from(sorted(APPS))
pushed = st.sampled_from(["development", "staging", "europe"])
PAST = 3
"""Builds that everything ran before."""


class Person:
    """Their verbs; each is one thing a person does in one go."""

    def __init__(self, acme, past):
        self.acme, self.world, self.past = acme, acme.world, past

    def write_docs(self):
        self.world.edit({f"docs/{len(self.world.chain(self.world.head))}.md": b"words"}, "Words")

    def pin(self, environment, app, n):
        tag = self.past[app][n % len(self.past[app])]
        files = self.acme.pin(environment, app, tag)
        if any(self.world.text(self.world.head, path) != text for path, text in files.items()):
            self.world.edit(files, "By hand")
            return True
        return False

    def pin_and_revert(self, environment, app, n):
        if self.pin(environment, app, n):
            self.world.revert(self.world.head)

    def revert_the_last(self):
        try:
            self.world.revert(self.world.head)
        except Conflict:
            return

    def hold(self, environment, app):
        entry = HoldEntry(app=app, environment=environment, why="audit", until=None)
        self.acme.record(lambda data: holds.hold(data, entry), "Hold")

    def take_away(self, environment):
        """Its overlay goes elsewhere; the config of the running pass does not know."""
        path = path_of(environment)
        if (text := self.world.text(self.world.head, path)) is not None:
            self.world.edit({path: None, f"elsewhere/{environment}.yaml": text}, "Move")

    def merge_a_side(self, environment, app, n):
        """With a bump and its revert on it, by the button, or the other way round."""
        chain = self.world.chain(self.world.head)
        base = chain[n % min(3, len(chain))]
        before = self.world.text(base, path_of(environment))
        if before is None:
            return
        files = self.acme.pin(environment, app, self.past[app][n % PAST], base=base)
        side = self.world.commit([base], files, "Try")
        side = self.world.commit([side], {path_of(environment): before, f"side-{n}": b"1"}, "Not that")
        try:
            if n % 2:
                self.world.merge_beside(side, "Merge branch 'main'")
            else:
                self._merge(side)
        except Conflict:
            return

    def _merge(self, side):
        world, fork = self.world, self.world.fork_point(self.world.head, side)
        tree = world.merged_tree(fork, world.head, side)
        world.refs["refs/heads/main"] = world.commit([world.head, side], {}, "Merge 'side'", tree=tree)

    def merge_a_proposal(self, n):
        if pulls := self.world.open_pulls():
            try:
                self.world.merge(pulls[n % len(pulls)], ("merge", "squash", "rebase")[n % 3])
            except Conflict:
                return

    def force_back(self, n):
        chain = self.world.chain(self.world.head)
        self.world.refs["refs/heads/main"] = chain[min(1 + n % 3, len(chain) - 1)]


number = st.integers(0, 5)
deeds = st.one_of(
    st.tuples(st.just("write_docs")),
    st.tuples(st.just("write_docs")),
    st.tuples(st.sampled_from(["pin", "pin_and_revert", "merge_a_side"]), pushed, app, number),
    st.tuples(st.just("hold"), pushed, app),
    st.tuples(st.just("take_away"), pushed),
    st.tuples(st.just("revert_the_last")),
    st.tuples(st.sampled_from(["merge_a_proposal", "force_back"]), number),
)


def company(apps):
    """With a past, a proposal, and new builds of these apps that no pass has seen; and what it has run."""
    acme, past = _lived(tuple(sorted(apps)))
    return Acme(acme.world.copy()), past


@cache
def _lived(apps):
    acme, past = Acme(), {name: [] for name in APPS}
    for _ in range(PAST):
        for name in APPS:
            past[name].append(acme.build(name))
        acme.run()
        acme.world.now += timedelta(minutes=40)
        acme.run()
    acme.world.now += timedelta(minutes=1)
    for name in apps:
        past[name].append(acme.build(name, stamped(acme.world.now)))
    return acme, past


def do(acme, past, done):
    person = Person(acme, past)
    for verb, *more in done:
        getattr(person, verb)(*more)


def quicker(acme, past, rounds):
    """Somebody is, at each push of the next pass to the base; what is done is no longer in `rounds`."""

    def act():
        do(acme, past, rounds.pop(0))
        acme.updaters["first"][0].weather.race = act if rounds else None

    return Weather(race=act)


anything = (
    st.lists(st.lists(deeds, min_size=1, max_size=3), min_size=1, max_size=3),
    st.sets(app, min_size=1),
)


@given(*anything)
@settings(max_examples=30, phases=[Phase.generate])
def test_i7_a_pass_that_loses_races_ends_as_if_it_had_begun_after_them(rounds, apps):
    race(rounds, apps)


@pytest.mark.soak
@given(*anything)
@settings(max_examples=2000, phases=[Phase.generate])
def test_i7_two_thousand_such_passes(rounds, apps):
    race(rounds, apps)


def race(rounds, apps):
    """The base is the same in the end. A proposal may have followed what was true in between."""
    raced, past = company(apps)
    calm, _ = company(apps)
    ahead = list(rounds)
    raced.run(weather=quicker(raced, past, ahead))
    for done in rounds[: len(rounds) - len(ahead)]:
        do(calm, past, done)
    calm.run()
    if merged(raced) != merged(calm):
        return  # a person has merged what a proposal showed in between
    assert tree(raced) == tree(calm)
    for acme in (raced, calm):
        acme.run()
        acme.run()
    assert tree(raced) == tree(calm)
    written = len(raced.world.writes)
    raced.run()
    assert len(raced.world.writes) == written, "I5"


def merged(acme):
    return {pull.number: pull.title for pull in acme.world.pulls if pull.state == "merged"}


def tree(acme):
    return dict(acme.world.commits[acme.world.head].tree)
