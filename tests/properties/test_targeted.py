"""Passes for the images that hooks have named, among whole ones: they end as whole ones alone would."""

import itertools
from datetime import timedelta

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from properties.acme import APPS, PLACEMENTS, Acme, Manner
from properties.test_races import Person, app, pushed
from properties.world import Conflict, Weather

from updater.cycle import OLD

IMAGES = sorted(image for images in APPS.values() for image in images)
EVERY = timedelta(minutes=1)
QUIET = 12
"""Passes until nothing is left to do."""

number = st.integers(0, 5)
deeds = st.one_of(
    st.tuples(st.just("build"), app),
    st.tuples(st.just("build"), app),
    st.tuples(st.just("build_one"), st.sampled_from(IMAGES)),
    st.tuples(st.just("wait"), st.sampled_from([1, 31, 600])),
    st.tuples(st.sampled_from(["pin", "pin_and_revert"]), pushed, app, number),
    st.tuples(st.just("hold"), pushed, app),
    st.tuples(st.just("write_docs")),
    st.tuples(st.just("merge_a_proposal"), number),
    st.tuples(st.just("close_a_proposal"), number),
    st.tuples(st.just("revert_the_last")),
)
named = st.sets(st.sampled_from([*IMAGES, "ghcr.io/acme/nobody"]), min_size=1)
knocks = st.lists(named, min_size=1, max_size=3)
seconds = st.sampled_from([0, 2, 20, 90])
rounds_of = st.lists(
    st.tuples(st.lists(deeds, min_size=1, max_size=4), knocks, seconds, st.booleans()), min_size=1, max_size=4
)
manners = st.builds(Manner, together=st.booleans(), early=st.booleans(), breaker=st.sampled_from([None, 2]))


class Company(Person):
    """People and CI, in one go each."""

    def build(self, app):
        self.past[app].append(self.acme.build(app))

    def build_one(self, image):
        app = next(app for app, images in APPS.items() if image in images)
        self.acme.build(app, images=[image])

    def wait(self, minutes):
        self.world.now += timedelta(minutes=minutes)

    def close_a_proposal(self, n):
        if pulls := self.world.open_pulls():
            self.world.close(pulls[n % len(pulls)])

    def revert_the_last(self):
        if len(self.world.chain(self.world.head)) > 1:
            super().revert_the_last()

    def do(self, done):
        for verb, *more in done:
            try:
                getattr(self, verb)(*more)
            except Conflict:
                continue


@given(rounds=rounds_of, manner=manners)
@settings(max_examples=40, phases=[Phase.generate])
def test_passes_for_images_and_one_whole_pass_write_what_whole_passes_would(rounds, manner):
    interleave(rounds, manner)


@given(rounds=rounds_of, manner=manners, whose=st.lists(st.integers(0, 2), min_size=1, max_size=12))
@settings(max_examples=25, phases=[Phase.generate])
def test_they_do_where_several_workers_make_them(rounds, manner, whose):
    interleave(rounds, manner, workers=itertools.cycle([f"w{number}" for number in whose]))


@pytest.mark.soak
@given(rounds=rounds_of, manner=manners)
@settings(max_examples=2_000, phases=[Phase.generate])
def test_they_do_in_two_thousand_lives(rounds, manner):
    interleave(rounds, manner)


def interleave(rounds, manner, workers=None):
    """Both begin each round in the same world, at the same instant.

    `workers`: who makes each pass in the one; with knocks for images as the cluster has it, only for these
    where it has made the last pass, too.
    """
    mine = Acme(manner=manner)
    people = Company(mine, {name: list(mine.tags(name)) for name in APPS})
    mine.workers, mine.last = workers, None
    turn(mine)
    for done, knocks, later, polled in rounds:
        people.do(done)
        other = Acme(mine.world.copy(), mine.folder, manner)
        other.workers, other.last = None, None
        for images in knocks:
            mine.world.now += timedelta(seconds=later)
            turn(mine, images)
        other.world.now = mine.world.now
        settle(other)
        if polled:
            settle(mine)
            assert told(mine) == told(other)
    settle(mine)
    mine.workers = itertools.repeat(mine.last) if workers else None
    wrote = len(mine.world.writes)
    narrowed(mine, IMAGES[:1], mine.last)
    assert len(mine.world.writes) == wrote, "I5"


def turn(acme, images=()):
    """A pass of the next worker's: for those, or a whole one."""
    before, acme.last = acme.last, next(acme.workers) if acme.workers else "first"
    if images and before == acme.last:
        narrowed(acme, images, acme.last)
    else:
        acme.run(acme.last)


def narrowed(acme, images, worker="first"):
    """One pass for these; every app in every environment has a decision all the same."""
    registry = acme.updater(worker)[1].sources.registry
    before = len(registry.listed)
    report = acme.run(worker, images=images)
    listed = registry.listed[before:]
    assert sorted(each.placement for each in report.decisions) == sorted(PLACEMENTS), "I11"
    assert report.races or len({image for image, _ in listed}) == len(listed)
    if report.narrowed is not None:
        assert listed
        assert {image for image, _ in listed} == {str(image) for image in report.narrowed.images}
        assert not any(counts for _, counts in listed), "a list for a hook made a shorter one true"
        assert timedelta() <= acme.world.now - report.narrowed.since <= OLD * EVERY


def settle(acme):
    for _ in range(QUIET):
        wrote = len(acme.world.writes)
        turn(acme)
        if len(acme.world.writes) == wrote:
            return
    raise AssertionError(f"I5: it goes on and on: {acme.world.writes[-6:]}")


def told(acme):
    """What an updater could change, but for what leads there."""
    world = acme.world
    shown = sorted((pull.branch, pull.title) for pull in world.open_pulls())
    return dict(world.commits[world.head].tree), shown


def test_the_first_pass_is_a_whole_one_whatever_was_knocked_for():
    acme = Acme()
    assert acme.run(images=[IMAGES[0]]).narrowed is None
    assert acme.run(images=[IMAGES[0]]).narrowed is not None


def test_an_image_that_nobody_runs_is_looked_for_in_all():
    acme = Acme()
    acme.run()
    assert acme.run(images=["ghcr.io/acme/nobody"]).narrowed is None


def test_long_after_the_last_whole_pass_a_knock_is_for_all():
    acme = Acme()
    acme.run()
    acme.world.now += OLD * EVERY + timedelta(seconds=1)
    assert acme.run(images=[IMAGES[0]]).narrowed is None


def test_passes_for_images_do_not_put_off_the_whole_one():
    acme = Acme()
    acme.run()
    for _ in range(OLD):
        acme.world.now += EVERY
        assert acme.run(images=[IMAGES[0]]).narrowed is not None
    acme.world.now += timedelta(seconds=1)
    assert acme.run(images=[IMAGES[0]]).narrowed is None


@pytest.mark.parametrize("reading", ["fetch", "history"])
def test_after_a_pass_that_could_not_read_the_repository_a_knock_is_for_all(reading):
    acme = Acme()
    acme.run()
    acme.run(weather=Weather(reading=reading))
    assert acme.run(images=[IMAGES[0]]).narrowed is None


def test_what_people_write_to_steer_us_makes_it_a_whole_pass():
    acme = Acme()
    people = Company(acme, {})
    acme.run()
    people.hold("staging", "shop")
    assert acme.run(images=[IMAGES[0]]).narrowed is None
    assert acme.run(images=[IMAGES[0]]).narrowed is not None


def test_i8_a_list_that_could_not_be_read_still_holds_its_apps_in_a_pass_for_another():
    acme = Acme()
    shop, blog = APPS["shop"][0], APPS["blog"][0]
    acme.build("blog")
    acme.run(weather=Weather(reading="tags", image=blog))
    report = acme.run(images=[shop])
    assert any("tags is not there" in each.why for each in report.unreadable)
    held = {each.placement: each for each in report.decisions}
    assert held["development", "blog"].reasons[0].code == "tags_unavailable"
    assert not acme.run(images=[blog]).unreadable
