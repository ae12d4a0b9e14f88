"""What is kept from pass to pass saves work: with it a pass says exactly what it says from nothing."""

import random
import sys
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from properties.acme import APPS, SPANS, Acme, Manner, path_of
from properties.doubting import Doubts
from properties.lives import live
from properties.test_machine import STEPS
from properties.test_machine import Company as Life
from properties.test_races import app, number, pushed
from properties.test_targeted import IMAGES, Company
from properties.world import MAIN, US, Weather, stamped

from updater import cycle, holds
from updater.decide import decide
from updater.decide.kept_decisions import KeptDecisions
from updater.decide.rounds import HeardAnswers
from updater.holds import HoldEntry
from updater.interpret import KeptStates
from updater.model import (
    DigestOf,
    Image,
    ImageConfig,
    ImageOf,
    Listing,
    Needs,
    Placement,
    Promote,
    Ruling,
    TagSums,
)
from updater.reasons import hold_reasons
from updater.views.status import ReportCells, cells
from updater.web.kept_cells import KeptCells

SAID = (
    *("decisions", "timelines", "conditions", "proposals", "steps", "steps_back", "line", "warnings"),
    *("verifications", "verdicts", "unreadable", "degraded", "ways_back"),
)
"""Of a report, all that a pass has understood and decided."""
THERE, MISSING = (DigestOf(Image.parse(IMAGES[0]), tag) for tag in ("1", "2"))
MINUTES = st.sampled_from([-20, 0, 1, 6, 31, 600])

verified = st.sampled_from(sorted(SPANS))
deeds = st.one_of(
    st.tuples(st.just("build"), app),
    st.tuples(st.just("build_one"), st.sampled_from(IMAGES)),
    st.tuples(st.just("build_ahead"), app, st.sampled_from([3, 20])),
    st.tuples(st.sampled_from(["pin", "pin_and_revert"]), pushed, app, number),
    st.tuples(st.just("pin_ahead"), pushed, app, st.sampled_from([3, 20])),
    st.tuples(st.just("write_ahead"), st.sampled_from([3, 20])),
    st.tuples(st.just("hold_until"), pushed, app, st.sampled_from([3, 20])),
    st.tuples(st.just("release"), pushed, app, number),
    st.tuples(st.just("order_a_hold"), pushed, app),
    st.tuples(st.just("write_docs")),
    st.tuples(st.just("take_away"), pushed),
    st.tuples(st.just("set_clock"), st.sampled_from([0.0, 600.0])),
    st.tuples(st.sampled_from(["merge_a_proposal", "close_a_proposal", "force_back"]), number),
    st.tuples(st.just("revert_the_last")),
    st.tuples(st.sampled_from(["write_on_a_proposal", "update_a_proposal"]), number),
    st.tuples(st.just("another_updater_passes")),
    st.tuples(st.sampled_from(["an_alert_fires", "it_stops"]), verified, app),
    st.tuples(st.just("requests_fail"), verified, app, st.sampled_from([0.0, 0.2])),
    st.tuples(st.sampled_from(["nobody_watches", "somebody_watches"])),
)
weathers = st.sampled_from(
    [None] * 6
    + [Weather(reading=what) for what in ("fetch", "files", "history", "blobs", "pulls", "closed")]
    + [Weather(reading=what, image=IMAGES[0]) for what in ("tags", "empty", "digest")]
)
named = st.one_of(st.just(()), st.just(()), st.sets(st.sampled_from(IMAGES), min_size=1).map(sorted))
passes = st.lists(st.tuples(MINUTES, weathers, named), min_size=1, max_size=4)
rounds_of = st.lists(st.tuples(st.lists(deeds, max_size=3), passes), min_size=1, max_size=6)
manners = st.builds(
    Manner,
    together=st.booleans(),
    early=st.booleans(),
    breaker=st.sampled_from([None, 2]),
    then=st.sampled_from([None, "tell", "propose", "rollback"]),
    gated=st.booleans(),
).map(lambda manner: replace(manner, gated=manner.gated and manner.then is not None))


class Timely(Company):
    """And what the clock alone changes later."""

    def _later(self, minutes):
        return self.world.now + timedelta(minutes=minutes)

    def build_ahead(self, app, minutes):
        self.past[app].append(self.acme.build(app, stamped(self._later(minutes))))

    def pin_ahead(self, environment, app, minutes):
        files = self.acme.pin(environment, app, stamped(self._later(minutes)))
        self.world.edit(files, "By hand, too early")

    def write_ahead(self, minutes):
        """By a clock that is fast, and then by one that is right: that tells what the first is worth."""
        files = self.acme.pin("development", "shop", self.past["shop"][0])
        self.world.edit(files, "By hand", dated=self._later(minutes))
        self.write_docs()

    def hold_until(self, environment, app, minutes):
        entry = HoldEntry(app=app, environment=environment, why="audit", until=self._later(minutes))
        self.acme.record(lambda data: holds.hold(data, entry), "Hold")

    def release(self, environment, app, n):
        tag = self.past[app][n % len(self.past[app])]
        entry = holds.Release(app=app, environment=environment, tag=tag, why="good after all")
        self.acme.record(lambda data: holds.release(data, entry), "Release")

    def order_a_hold(self, environment, app):
        """By our command, so by our hand."""
        entry = HoldEntry(app=app, environment=environment, why="audit", until=None)
        head = self.world.head
        files = {holds.PATH: holds.hold(self.world.text(head, holds.PATH), entry)}
        self.world.refs[MAIN] = self.world.commit([head], files, "Hold", who=US)

    def write_on_a_proposal(self, n):
        if pulls := self.world.open_pulls():
            pull = pulls[n % len(pulls)]
            path = path_of("production")
            text = (self.world.text(pull.head, path) or b"") + b"# a word\n"
            self.world.push_branch(pull.branch, self.world.commit([pull.head], {path: text}, "A word"))

    def update_a_proposal(self, n):
        """By the button that merges the base into it."""
        if pulls := self.world.open_pulls():
            pull, head = pulls[n % len(pulls)], self.world.head
            tree = self.world.merged_tree(self.world.fork_point(pull.head, head), pull.head, head)
            merged = self.world.commit([pull.head, head], {}, "Merge branch 'main'", tree=tree)
            self.world.push_branch(pull.branch, merged)

    def another_updater_passes(self):
        """Of the same name, with a memory of its own."""
        self.acme.run("second")

    def an_alert_fires(self, environment, app):
        self.acme.watched.fire(Placement(environment, app), self.world.now)

    def it_stops(self, environment, app):
        self.acme.watched.resolve(Placement(environment, app), self.world.now)

    def requests_fail(self, environment, app, share):
        self.acme.watched.fail_requests(Placement(environment, app), share, self.world.now)

    def nobody_watches(self):
        self.acme.watched.stop_watching(self.world.now)

    def somebody_watches(self):
        self.acme.watched.watch_again(self.world.now)

    def set_clock(self, seconds):
        """Of the registry: then ours is in doubt."""
        self.world.clock_offset = seconds


@given(rounds=rounds_of, manner=manners)
@settings(max_examples=60, phases=[Phase.generate])
def test_a_pass_says_with_what_was_kept_what_it_says_from_nothing(rounds, manner):
    compare(rounds, manner)


@pytest.mark.soak
@given(rounds=rounds_of, manner=manners)
@settings(max_examples=3_000, phases=[Phase.generate])
def test_it_does_in_three_thousand_lives(rounds, manner):
    compare(rounds, manner)


@pytest.mark.long
def test_whatever_people_do_what_was_kept_is_what_would_be_understood_anew(monkeypatch):
    """Deployments that fail, ways back, stopped lines, edited proposals: all that the machine knows."""
    doubts = Doubts(monkeypatch)
    live(Life, 1, lives=15, steps=STEPS, phases=[Phase.generate])
    assert min(doubts.saved[what] for what in ("states", "decisions", "conditions")) > 100, doubts.saved


@pytest.mark.soak
@pytest.mark.parametrize("part", range(20))
def test_it_is_in_fifty_thousand_steps(monkeypatch, part):
    doubts, number = Doubts(monkeypatch), random.randrange(2**32)
    sys.stdout.write(f"part {part + 1} of 20, seed {number}\n")
    live(Life, number, lives=55, steps=STEPS, phases=[Phase.generate])
    assert doubts.saved["states"]


def compare(rounds, manner):
    """Two updaters in worlds that are alike; one forgets all before each pass."""
    mine, forgetful = lived(manner), lived(manner)
    lives = [Timely(acme, {name: list(acme.tags(name)) for name in APPS}) for acme in (mine, forgetful)]
    shown, read = KeptCells(), None
    for done, ahead in rounds:
        for people in lives:
            people.do(done)
        for minutes, weather, images in ahead:
            for acme in (mine, forgetful):
                acme.world.now += timedelta(minutes=minutes)
                acme.sync()
            forget(forgetful)
            told, anew = (acme.run(weather=weather, images=images) for acme in (mine, forgetful))
            for what in SAID:
                assert getattr(told, what) == getattr(anew, what), what
            assert mine.world.writes == forgetful.world.writes
            assert mine.world.refs == forgetful.world.refs
            read = told if told.base is not None else read
            assert shown.of(told, read) == KeptCells().of(told, read)
            assert [each.cell for each in KeptCells().of(told, read)] == cells(told, read)


def lived(manner):
    """With builds behind it, and what production has not merged yet."""
    acme = Acme(manner=manner)
    for name in APPS:
        acme.build(name)
    for minutes in (0, 40, 0):
        acme.world.now += timedelta(minutes=minutes)
        acme.run()
    return acme


@pytest.mark.parametrize(
    "deed",
    [
        ("hold_until", "staging", "shop", 3),
        ("pin_ahead", "staging", "shop", 3),
        ("write_ahead", 3),
        ("build_ahead", "shop", 3),
        ("order_a_hold", "staging", "shop"),
    ],
)
def test_what_the_clock_alone_changes_is_told_when_it_does(deed):
    compare([([deed], [(minutes, None, ()) for minutes in (0, 0, 1, 1, 6, 31)])], Manner())


def forget(acme):
    work = acme.updater("first")[1]
    work.kept_states, work.kept_decisions = KeptStates(), KeptDecisions()


def quiet():
    """An updater with nothing to do, and what it has understood."""
    acme = Acme()
    acme.run()
    acme.run()
    return acme, acme.updater("first")[1]


def test_while_nothing_changes_nothing_is_understood_or_decided_anew():
    acme, work = quiet()
    states, decisions = dict(work.situation.states), acme.run().decisions
    acme.world.now += timedelta(minutes=1)
    again = acme.run().decisions
    assert all(work.situation.states[name] is state for name, state in states.items())
    assert all(one is other for one, other in zip(decisions, again, strict=True))


def test_a_cell_is_made_anew_only_where_something_else_is_shown(monkeypatch):
    acme, _ = quiet()
    made, shown, cell_of = [], KeptCells(), ReportCells.cell

    def noted(matrix, decision, seen):
        made.append(decision.placement)
        return cell_of(matrix, decision, seen)

    monkeypatch.setattr(ReportCells, "cell", noted)
    shown.of(acme.run(), None)
    made.clear()
    acme.world.now += timedelta(days=1)
    told = acme.run()
    aged = shown.of(told, None)
    assert made == []
    assert aged == KeptCells().of(told, None)
    acme.build("shop")
    made.clear()
    shown.of(acme.run(), None)
    assert {each.app for each in made} == {"shop"}


def test_a_cell_says_no_longer_what_was_to_come_once_it_has():
    """Also where the decision is the same object, as in a report that came back from elsewhere."""
    acme, _ = quiet()
    acme.build("blog")
    for _ in range(3):
        told = acme.run()
    until = max(ruling.until for each in told.decisions for ruling in each.reasons if ruling.until)
    shown = KeptCells()
    assert any(each.cell.next for each in shown.of(told, None))
    over = replace(told, finished=until + timedelta(minutes=1))
    assert shown.of(over, None) == KeptCells().of(over, None)
    assert not any(each.cell.next for each in shown.of(over, None))


def test_a_cell_goes_by_its_timeline_too():
    acme, _ = quiet()
    told, shown, name = acme.run(), KeptCells(), Placement("staging", "shop")
    shown.of(told, None)
    line = told.timelines[name]
    stay = replace(line.stays[-1], since=line.stays[-1].since - timedelta(days=3))
    timelines = {**told.timelines, name: replace(line, stays=(*line.stays[:-1], stay))}
    other = replace(told, timelines=timelines)
    assert shown.of(other, None) == KeptCells().of(other, None)
    assert shown.of(other, None) != shown.of(told, None)


def test_a_new_image_has_only_its_app_decided_anew():
    acme, work = quiet()
    states, before = dict(work.situation.states), {each.placement: each for each in acme.run().decisions}
    acme.build("shop")
    after = {each.placement: each for each in acme.run().decisions}
    assert {name.app for name in after if after[name] is not before[name]} == {"shop"}
    assert states.keys() == after.keys()


@pytest.mark.parametrize("ahead", ["hold", "commit", "tag"])
def test_what_the_clock_will_change_is_understood_anew(ahead):
    acme, work = quiet()
    people = Timely(acme, {name: list(acme.tags(name)) for name in APPS})
    {
        "hold": lambda: people.hold_until("staging", "shop", 20),
        "commit": lambda: people.write_ahead(20),
        "tag": lambda: people.pin_ahead("staging", "shop", 20),
    }[ahead]()
    acme.run()
    before = work.situation.states["staging", "shop"]
    acme.run()
    assert work.situation.states["staging", "shop"] is not before


def test_after_a_push_of_ours_only_what_it_touched_is_understood_anew():
    acme, work = quiet()
    acme.build("shop")
    acme.run()
    before = dict(work.situation.states)
    acme.run()
    anew = {name for name, state in work.situation.states.items() if state is not before[name]}
    assert anew == {name for name in before if name.environment in {"development", "staging"}}


def test_a_commit_of_a_persons_has_all_understood_anew():
    """Also one that only sets a pin: people date commits, and put them, as no push of ours does."""
    acme, work = quiet()
    older = acme.held(acme.world.head, Placement("staging", "shop"))
    acme.build("shop")
    for _ in range(5):
        acme.run()
    before = work.situation.states["europe", "blog"]
    acme.run()
    assert work.situation.states["europe", "blog"] is before
    acme.world.edit(acme.pin("development", "shop", *older), "By hand")
    acme.run()
    assert work.situation.states["europe", "blog"] is not before


def test_what_we_wrote_to_steer_us_has_all_understood_anew():
    acme, work = quiet()
    people = Timely(acme, {name: list(acme.tags(name)) for name in APPS})
    people.order_a_hold("staging", "shop")
    acme.run()
    people.order_a_hold("development", "blog")
    decisions = {each.placement: each for each in acme.run().decisions}
    assert [each.code for each in decisions["development", "blog"].reasons] == ["held"]
    assert work.situation.states["development", "blog"].held is not None


def rounds_of_a_pass(acme, monkeypatch):
    """What was decided in each round of questions."""
    said = []

    def noted(*what, **kept):
        said.append(decide(*what, **kept))
        return said[-1]

    with monkeypatch.context() as patched:
        patched.setattr(cycle, "decide", noted)
        acme.run()
    return said


def test_an_answer_has_only_that_decided_anew_that_looked_for_it(monkeypatch):
    """Production waits for its soak meanwhile: that is no decision that outlives the pass."""
    acme, _ = quiet()
    acme.build("blog")
    acme.run()
    acme.run()
    acme.build("shop")
    first, second = rounds_of_a_pass(acme, monkeypatch)[:2]
    waiting = first["production", "blog"]
    assert [each.code for each in waiting.reasons] == ["soak"]
    assert second["production", "blog"] is waiting
    assert isinstance(first["staging", "shop"], Needs)
    assert isinstance(second["staging", "shop"], Promote)
    held = first["production", "shop"]
    assert [each.code for each in held.reasons] == ["after", "soak"]
    assert second["production", "shop"] is held


@pytest.mark.parametrize(
    ("answer", "more"),
    [
        (None, []),
        (ImageConfig("sha256:1", (), None), []),
        (ImageConfig("sha256:1", (), None, artifact="a Helm chart"), ["not_an_image"]),
    ],
)
def test_of_what_is_held_it_only_matters_whether_it_is_an_image(answer, more):
    acme, work = quiet()
    tag = acme.build("shop")
    acme.run(weather=Weather(reading="digest"))
    kept, situation = KeptDecisions(), replace(work.situation, answers={})
    first = decide(situation, kept=kept)["production", "shop"]
    assert [each.code for each in first.reasons] == ["after", "soak"]
    question = ImageOf(Image.parse(APPS["shop"][0]), tag)
    second = decide(replace(situation, answers={question: answer}), kept=kept)["production", "shop"]
    assert [each.code for each in second.considered[0].against] == ["after", "soak", *more]
    assert (second is first) == (not more)


def test_what_comes_before_is_another_so_all_of_its_app_is_decided_anew():
    acme, work = quiet()
    acme.build("blog")
    acme.run()
    acme.run()
    kept, situation = KeptDecisions(), work.situation
    before = decide(situation, kept=kept)["production", "blog"]
    staging = replace(situation.states["staging", "blog"], stopped=True)
    states = {**situation.states, Placement("staging", "blog"): staging}
    assert decide(replace(situation, states=states), kept=kept)["production", "blog"] is not before


@pytest.mark.parametrize(
    ("look", "heard"),
    [
        (lambda answers: answers.get(THERE), {THERE}),
        (lambda answers: answers.get(MISSING), {MISSING}),
        (lambda answers: THERE in answers, {THERE}),
        (lambda answers: frozenset({THERE}) <= answers.keys(), {THERE}),
        (lambda answers: frozenset({MISSING}) <= answers.keys(), {MISSING}),
        (lambda answers: answers[THERE], {THERE}),
        (len, "all"),
        (dict, "all"),
    ],
)
def test_what_is_looked_for_among_answers_is_written_down(look, heard):
    answers = HeardAnswers({THERE: "sha256:1"})
    answers.begin()
    assert look(answers) == look({THERE: "sha256:1"})
    assert ("all" if answers.all_heard else answers.heard) == heard


@pytest.mark.parametrize("becomes", ["in doubt", "unknown"])
def test_a_decision_goes_by_what_comes_before_too(becomes):
    _, work = quiet()
    kept, situation = KeptDecisions(), work.situation
    decide(situation, kept=kept)
    states = dict(situation.states)
    before = states.pop(("staging", "shop"))
    if becomes == "in doubt":
        doubt = Ruling(hold_reasons.FILE_MISSING, False, "its file is gone")
        states["staging", "shop"] = replace(before, trouble=(doubt,))
    situation = replace(situation, states=states)
    assert decide(situation, kept=kept) == decide(situation)


def test_a_decision_goes_by_what_is_not_kept_of_a_long_list_too():
    """Its newest tags are the same, and the one that runs has gone."""
    _, work = quiet()
    kept, image = KeptDecisions(), Image.parse(IMAGES[-1])
    runs = work.situation.states["staging", "shop"].current
    for listed in ([runs, "older"], ["older"]):
        long = Listing.of(image, ["older"], 1, TagSums().joined(listed))
        situation = replace(work.situation, listings={**work.situation.listings, image: long})
        assert decide(situation, kept=kept) == decide(situation)
    assert [each.code for each in decide(situation)["staging", "shop"].reasons] == ["current_not_listed"]


def test_a_clock_that_was_set_back_has_all_understood_anew():
    acme, work = quiet()
    before = work.situation.states["staging", "shop"]
    acme.world.now -= timedelta(seconds=1)
    acme.run()
    assert work.situation.states["staging", "shop"] is not before


def test_another_file_has_all_understood_anew():
    acme, work = quiet()
    before = work.situation.states["staging", "shop"]
    acme.world.edit({path_of("europe"): None}, "Take it away")
    acme.run()
    assert work.situation.states["staging", "shop"] is not before
