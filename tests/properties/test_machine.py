"""People, CI, weather and updaters in any order; after every pass the invariants of DESIGN 10 hold."""

import random
import sys
from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import Phase
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule
from properties import oracle, verified
from properties.acme import APPS, ENVIRONMENTS, FORBIDDEN, PLACEMENTS, Acme, path_of
from properties.lives import live
from properties.watching import A_PERSON_NEEDS, Watching
from properties.world import MAIN, RECORD, VERDICTS, Conflict, Weather, stamped

from updater import holds
from updater.holds import HoldEntry, Release
from updater.model import Hold, Placement, Promote, Request
from updater.reasons.hold_reasons import BUG

app = st.sampled_from(sorted(APPS))
environment = st.sampled_from(ENVIRONMENTS)
number = st.integers(0, 9)
few = st.integers(0, 3)
STEPS = 50
"""More make histories long, and every pass reads them whole."""


class Company(Watching):
    QUIET = 5
    """A tag goes through three environments, and a proposal after it."""

    def __init__(self):
        super().__init__()
        self.acme = Acme()
        self.world = self.acme.world
        self.weather = None
        self.asleep = 0
        self.noted = set()
        """Apps of whose deployments the last pass has recorded something."""
        self.honest = True
        self.rejected = {placement: {} for placement in PLACEMENTS}
        """By placement, tag by number of the pull request somebody closed."""

    # --- CI ---------------------------------------------------------------------------------------------

    @rule(app=app)
    def build(self, app):
        self.acme.build(app)

    @rule(app=app, kind=st.sampled_from(["future", "junk", "forbidden", "older", "one", "again"]), n=number)
    def build_oddly(self, app, kind, n):
        now, images = self.world.now, APPS[app]
        if kind == "future":
            self.acme.build(app, stamped(now + timedelta(minutes=(4, 6, 540, 2000)[n % 4])))
        elif kind == "junk":
            junk = ("latest", "v1.2.3", "sha256-0.sig", "20260230-000000", f"{stamped(now)}-rc1")
            self.acme.build(app, junk[n % 5])
        elif kind == "forbidden":
            self.acme.build(app, stamped(now)[:-2] + FORBIDDEN)
        elif kind == "older":
            self.acme.build(app, stamped(now - timedelta(minutes=n * 10, seconds=1)))
        elif kind == "one":
            self.acme.build(app, stamped(now + timedelta(seconds=1)), [images[n % len(images)]])
        else:
            tag = self._tag(app, n)
            self.world.push_image(images[0], tag, f"again at {now}")

    @rule(minutes=st.sampled_from([1, 7, 31, 600]))
    def wait(self, minutes):
        self.world.now += timedelta(minutes=minutes)

    def _tag(self, app, n):
        tags = self.acme.tags(app)
        return tags[-1 - n % len(tags)]

    # --- people and the base branch ---------------------------------------------------------------------

    @rule(environment=environment, app=app, n=number, only=st.sampled_from([None, None, 0, 1]))
    def edit(self, environment, app, n, only):
        self._edit(environment, app, self._tag(app, n), only)

    @rule(
        environment=environment,
        app=app,
        tag=st.sampled_from(["latest", "", "v1.2.3", "v2.0.0", None]),
        only=st.sampled_from([None, None, 0]),
    )
    def edit_oddly(self, environment, app, tag, only):
        self._edit(environment, app, tag, only)

    def _edit(self, environment, app, tag, only, dated=None):
        files = self.acme.pin(environment, app, tag, only=only)
        if all(self.world.text(self.world.head, path) != text for path, text in files.items()):
            self.world.edit(files, "By hand", dated=dated)

    @rule(environment=environment, app=app, n=number, hours=st.sampled_from([-72, -2, 30]))
    def edit_with_a_wrong_date(self, environment, app, n, hours):
        """Pushed days late, by a clock that is days late, or dated tomorrow."""
        dated, tag = self.world.now + timedelta(hours=hours), self._tag(app, n)
        self.honest = False
        self._edit(environment, app, tag, None, dated)

    @rule(n=few)
    def revert(self, n):
        chain = [sha for sha in self.world.chain(self.world.head) if self.world.commits[sha].commit.parents]
        if chain:
            try:
                self.world.revert(chain[n % len(chain)])
            except Conflict:
                return

    @rule()
    def move_the_overlays(self):
        self.acme.move()

    @rule(n=st.integers(1, 5))
    def force_back(self, n):
        chain = self.world.chain(self.world.head)
        if n < len(chain) and self._same_folder(chain[n]):
            self.world.refs[MAIN] = chain[n]

    @rule(n=st.integers(0, 4), environment=environment, app=app, tag=number)
    def merge_from_beside(self, n, environment, app, tag):
        chain = self.world.chain(self.world.head)
        base = chain[n % len(chain)]
        if not self._same_folder(base):
            return
        files = self.acme.pin(environment, app, self._tag(app, tag), base=base)
        side = self.world.commit([base], files, "On the side")
        try:
            self.world.merge_beside(side, "Merge branch 'main'")
        except Conflict:
            return

    def _same_folder(self, sha):
        return self.world.text(sha, path_of("staging", self.acme.folder)) is not None

    # --- people and proposals ---------------------------------------------------------------------------

    def _pull(self, n, state):
        pulls = [pull for pull in self.world.pulls if pull.state == state]
        return pulls[n % len(pulls)] if pulls else None

    @rule(n=few, method=st.sampled_from(["merge", "squash", "rebase"]))
    @precondition(lambda self: self.world.open_pulls())
    def merge(self, n, method):
        try:
            self.world.merge(self._pull(n, "open"), method)
        except Conflict:
            return
        self.world.now += A_PERSON_NEEDS

    @rule(n=few, how=st.sampled_from(["close", "delete"]))
    @precondition(lambda self: self.world.open_pulls())
    def close(self, n, how):
        pull = self._pull(n, "open")
        tag = self._shown(pull)
        if how == "close":
            self.world.close(pull)
        else:
            self.world.delete_branch(pull.branch)
        if pull.branch.startswith("updater/app/"):
            self.rejected[self._placement(pull)][pull.number] = tag

    @rule(n=few)
    @precondition(lambda self: self._pull(0, "closed"))
    def reopen(self, n):
        pull = self._pull(n, "closed")
        if self.world.reopen(pull):
            self.rejected[self._placement(pull)].pop(pull.number, None)

    @rule(n=few, how=st.sampled_from(["comment", "tag", "base"]), tag=number)
    @precondition(lambda self: self.world.open_pulls())
    def push_to_a_proposal(self, n, how, tag):
        pull = self._pull(n, "open")
        placement = self._placement(pull)
        if not self._same_folder(pull.head):
            return
        if how == "base":
            self._update_branch(pull)
        elif how == "tag":
            files = self.acme.pin(*placement, self._tag(placement.app, tag), base=pull.head)
            self.world.push_branch(pull.branch, self.world.commit([pull.head], files, "Another"))
        else:
            path = path_of(placement.environment, self.acme.folder)
            text = self.world.text(pull.head, path) + b"# a word\n"
            self.world.push_branch(pull.branch, self.world.commit([pull.head], {path: text}, "A word"))

    def _update_branch(self, pull):
        try:
            base = self.world.fork_point(pull.head, self.world.head)
            tree = self.world.merged_tree(base, pull.head, self.world.head)
        except Conflict:
            return
        merged = self.world.commit([pull.head, self.world.head], {}, "Merge branch 'main'", tree=tree)
        self.world.push_branch(pull.branch, merged)

    def _placement(self, pull):
        return Placement(*pull.branch.rpartition("/")[2].split("--"))

    def _shown(self, pull):
        return pull.title.rpartition(" ")[2]

    # --- people and the holds file ----------------------------------------------------------------------

    @rule(app=app, environment=st.sampled_from([None, *ENVIRONMENTS]), minutes=st.sampled_from([None, 45]))
    def hold(self, app, environment, minutes):
        until = self.world.now + timedelta(minutes=minutes) if minutes else None
        entry = HoldEntry(app=app, environment=environment, why="audit", until=until)
        self.acme.record(lambda data: holds.hold(data, entry), "Hold")

    @rule(app=app)
    def lift(self, app):
        self.acme.record(lambda data: holds.lift(data, app, None), "Lift")

    @rule(app=app, environment=environment, n=st.sampled_from([None, 0, 1, 2, 3]))
    def release(self, app, environment, n):
        tag = None if n is None else self._tag(app, n)
        if tag is None or oracle.stamp(tag):
            now = self.world.now.replace(microsecond=0)
            entry = Release(app=app, environment=environment, tag=tag, why="it was the database", at=now)
            self.acme.record(lambda data: holds.release(data, entry), "Release")

    @rule(text=st.sampled_from([b"holds: [", b"holds: [{app: 7, what: no}]\n", None]))
    def break_the_holds_file(self, text):
        if self.world.text(self.world.head, holds.PATH) != text:
            self.world.edit({holds.PATH: text}, "Oops")

    # --- updaters ---------------------------------------------------------------------------------------

    @rule(passes=st.integers(1, 4))
    def sleep(self, passes):
        self.asleep = passes

    @rule()
    def forget(self):
        self.acme.updaters.clear()

    @rule(
        reading=st.sampled_from(
            ["tags", "empty", "digest", "fetch", "files", "history", "blobs", "pulls", "closed", "monitoring"]
        ),
        image=st.sampled_from([image for images in APPS.values() for image in images]),
    )
    def a_reading_will_fail(self, reading, image):
        of_an_image = reading in {"tags", "empty", "digest"}
        self.weather = Weather(reading=reading, image=image if of_an_image else None)

    @rule(writing=st.sampled_from(["refused", "silent", "lost", "killed"]), n=few)
    def a_write_will_fail(self, writing, n):
        self.weather = Weather(writing=writing, number=n)

    @rule(environment=environment, app=app, n=number)
    def somebody_will_be_quicker(self, environment, app, n):
        self.weather = Weather(race=lambda: self._edit(environment, app, self._tag(app, n), None))

    @rule()
    def another_updater_will_be_quicker(self):
        self.weather = Weather(race=lambda: self.acme.run("second"))

    @rule(
        kind=st.sampled_from(["promote", "rollback"]),
        environment=environment,
        app=app,
        n=st.sampled_from([None, 0, 1, 2]),
    )
    def ask(self, kind, environment, app, n):
        placement = Placement(environment, app)
        tag = None if n is None else self._tag(app, n)
        mark = len(self.world.pushed)
        report = self.acme.run(request=Request(kind, placement, tag, by="kim"))
        assert [decision.placement for decision in report.decisions] == [placement]
        for _, sha in self.world.pushed[mark:]:
            for where, tags in oracle.changed(self.world, sha).items():
                assert where == (environment, app), "an order moves nothing else"
                assert tag is None or tags == {tag}
                assert not any(one.endswith(FORBIDDEN) for one in tags), "I4"

    # --- after every step -------------------------------------------------------------------------------

    @invariant()
    def passes_hold_the_invariants(self):
        self.made += 1
        if self.asleep:
            self.asleep -= 1
            return
        weather, self.weather = self.weather, None
        expected = self._foreseen(weather) if weather and weather.reading else None
        before = self.world.state()
        report = self._checked(weather)
        if expected is not None:
            self._check_weather(weather, expected, report, before)
        if weather is None:
            self._settle()

    def _checked(self, weather, name="first"):
        type(self).passes += 1
        self.acme.sync()
        record, mark = self.world.refs.get(RECORD), len(self.world.pushed)
        rejected = {placement: set(tags.values()) for placement, tags in self.rejected.items()}
        notes, stops = self._notes(), self._stops()
        report = self.acme.run(name, weather=weather)
        self.noted = self._check_notes(notes, weather)
        pushed = [(ref, sha) for ref, sha in self.world.pushed[mark:] if ref != VERDICTS]
        back = [each for each in pushed if verified.is_automatic(self.world, each[1])]
        apps = {self._check_way_back(*each, record, weather, stops) for each in back}
        if apps:
            self._check_number(apps, back[0][1])
        for ref, sha in pushed:
            if (ref, sha) not in back:
                self._check_commit(ref, sha, record, rejected, weather)
        if report is not None:
            _check_decisions(report)
        branches = [pull.branch for pull in self.world.open_pulls()]
        assert len(branches) == len(set(branches)), "two proposals for one thing"
        return report

    def _changed(self, sha):
        return oracle.changed(self.world, sha)

    def _check_number(self, apps, first):
        base = self.world.commits[first].commit.parents[0]
        breaker = self.acme.manner.breaker
        if self.honest:
            assert not verified.too_many(self.world, base, apps, breaker, self.world.now), f"I13: {apps}"

    def _check_commit(self, ref, sha, record, rejected, weather):
        ((where, tags),) = oracle.changed(self.world, sha).items()
        placement = Placement(*where)
        (tag,) = tags
        if ref == MAIN:
            assert placement.environment != "production", "production has proposals"
        else:
            assert ref == f"refs/heads/updater/app/production--{placement.app}"
        base = self.world.commits[sha].commit.parents[0]
        asked = oracle.Write(
            self.world, base, record, placement, tag, frozenset(rejected[placement]), self.honest
        )
        found = [*oracle.objections(asked), *self._of_deployments(asked, weather)]
        assert not found, f"{tag} for {placement}: {found}"

    def _of_deployments(self, write, weather):
        """Why nothing may go forward by what has failed, fires, or has gone back."""
        manner, given = self.acme.manner, oracle.releases(write.world, write.base, write.placement)
        released = write.tag in given and not oracle.came_after(write, given[write.tag])
        yield from verified.of_failures(write, released=released)
        if manner.gated and write.placement.environment == "production":
            unread = weather is not None and weather.reading == "monitoring"
            away = unread or bool(self.acme.watched.away)
            yield from verified.of_monitoring(write, self.acme.watched, away)
        counts = manner.breaker and self.honest
        if counts and verified.is_stopped(self.world, write.base, manner.breaker, self.world.now):
            yield "the line is stopped"

    def _foreseen(self, weather):
        """What would be decided if all could be read."""
        report = self.acme.run("onlooker", act=False)
        return {decision.placement: _told(decision) for decision in report.decisions}

    def _check_weather(self, weather, expected, report, before):
        """I8: what could not be read moves nothing, and holds up nobody else."""
        decided = {decision.placement: decision for decision in report.decisions}
        for placement, decision in decided.items():
            if placement.app in self.noted or weather.reading == "monitoring":
                continue
            if not _concerned(weather, placement):
                assert _told(decision) == expected[placement], f"I8: {placement} under {weather.reading}"
            elif weather.reading not in {"digest", "closed"}:
                assert isinstance(decision, Hold), f"I8: {placement} under {weather.reading}"
        if weather.reading in {"fetch", "files", "history", "blobs"}:
            refs, *rest = self.world.state()
            known, *others = before
            wanted = {ref: sha for ref, sha in known.items() if ref in refs or not self._is_over(ref, sha)}
            assert (refs, rest) == (wanted, others), f"I8: written under {weather.reading}"

    def _is_over(self, ref, sha):
        """The branch of a pull request that was merged, or that we closed, has no use any more."""
        mine = [each for each in self.world.pulls if f"refs/heads/{each.branch}" == ref and each.head == sha]
        return any(each.state == "merged" or each.closed_by_us for each in mine if not each.fork)


def _told(decision):
    if isinstance(decision, Promote):
        return decision.tag
    return tuple(reason.code for reason in decision.reasons)


def _concerned(weather, placement):
    if weather.image is not None:
        return weather.image in APPS[placement.app]
    return weather.reading not in {"pulls", "closed"} or placement.environment == "production"


def _check_decisions(report):
    """I11."""
    placements = [decision.placement for decision in report.decisions]
    assert sorted(placements) == sorted(PLACEMENTS), "I11"
    for decision in report.decisions:
        if isinstance(decision, Hold):
            assert decision.reasons, "I11"
            assert all(not reason.passes and len(reason.sentence) > 5 for reason in decision.reasons), "I11"
            assert all(reason.reason != BUG for reason in decision.reasons), decision.reasons


@pytest.mark.long
@pytest.mark.parametrize("part", range(1, 5))  # in 0 all that fails is what the repository began with
def test_in_ten_thousand_steps_nothing_comes_back_by_itself(part):
    only = [Phase.generate]  # shrinking takes minutes: see it by `make soak`
    tally = Counter()
    steps, _ = live(Company, part, lives=57, steps=STEPS, phases=only, tally=tally)
    assert steps >= 2_500
    assert tally["rollbacks"], tally


@pytest.mark.soak
@pytest.mark.parametrize("part", range(20))
def test_nor_in_two_hundred_thousand(part):
    tally, number = Counter(), random.randrange(2**32)
    steps, passes = live(Company, number, lives=230, steps=STEPS, tally=tally)
    told = ", ".join(f"{count:,} {what}" for what, count in sorted(tally.items()))
    sys.stdout.write(f"part {part + 1} of 20, seed {number}: {steps:,} steps, {passes:,} passes, {told}\n")
    assert steps >= 10_000
