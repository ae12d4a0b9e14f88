"""People at open pull requests, and updaters that are cut off, in any order (I5, I6, I7, I9, I10)."""

import os
import re
import sys
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import Phase
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule
from properties import oracle
from properties.acme import APPS, FORBIDDEN, Acme, Manner, held, path_of
from properties.lives import Machine, live
from properties.proposed import GROUP, STOP, Proposed, is_ours, listed
from properties.world import MAIN, RECORD, Conflict, Pull, Weather

from updater import holds
from updater.holds import HoldEntry
from updater.model import Hold, Placement
from updater.reasons.hold_reasons import BUG

app = st.sampled_from(sorted(APPS))
number = st.integers(0, 9)
few = st.integers(0, 3)
STEPS = 40
SECRET = "ghs_16C7e42F292c6912E7710c838347Ae178B4a"
"""What the variable of the forge's token holds."""
READINGS = (
    *("tags", "digest", "fetch", "pulls", "closed", "status"),
    *("comments", "reviews", "conflicts", "changes", "metadata_history", "branch_rules"),
)
OPEN = precondition(lambda self: self.world.open_pulls())


class Reviewers(Machine):
    QUIET = 7
    FORGE = "github"

    @initialize(
        manner=st.builds(Manner, *[st.booleans()] * 4, labels=st.sampled_from([(), ("promotion",)])),
        demands=st.sets(st.sampled_from(["review", "status", "newest"])),
    )
    def found_the_company(self, manner, demands):
        self.acme = Acme(manner=replace(manner, forge=self.FORGE))
        self.world = self.acme.world
        self.world.demands = frozenset(demands)
        self.proposed = Proposed(self.acme)
        self.weather = None
        self.comparable = True
        self.asleep = 0

    # --- CI, and who looks after staging ----------------------------------------------------------------

    @rule(app=app)
    def build(self, app):
        self.acme.build(app)

    @rule(app=app, n=few)
    def build_again(self, app, n):
        """The same tag, another image."""
        tag = self._tag(app, n)
        self.world.push_image(APPS[app][0], tag, f"again at {self.world.now}")
        self.proposed.moved.add((app, tag))

    @rule(minutes=st.sampled_from([1, 31, 31, 600]))
    def wait(self, minutes):
        self.world.now += timedelta(minutes=minutes)

    @rule(environment=st.sampled_from(["staging", "production"]), app=app, n=number)
    def set_by_hand(self, environment, app, n):
        """Forward or back."""
        files = self.acme.pin(environment, app, self._tag(app, n))
        if all(self.world.text(self.world.head, path) != text for path, text in files.items()):
            self.world.now += timedelta(seconds=1)
            self.world.edit(files, "By hand")

    @rule(environment=st.sampled_from(["staging", "production"]))
    def change_a_word(self, environment):
        path = path_of(environment)
        text = self.world.text(self.world.head, path)
        self.world.edit({path: b"# a word\n" + text}, "A word")

    @rule(n=few)
    def revert(self, n):
        """Of the newest commits, so of a merge, too."""
        chain = [sha for sha in self.world.chain(self.world.head) if self.world.commits[sha].commit.parents]
        if chain:
            self.world.now += timedelta(seconds=1)
            try:
                self.world.revert(chain[n % len(chain)])
            except Conflict:
                return

    @rule(app=app, minutes=st.sampled_from([None, 45]))
    def hold(self, app, minutes):
        until = self.world.now + timedelta(minutes=minutes) if minutes else None
        entry = HoldEntry(
            app=app, environment="production", why="audit @all <!-- updater {} -->", until=until
        )
        self.acme.record(lambda data: holds.hold(data, entry), "Hold")

    @rule(app=app)
    def lift(self, app):
        self.acme.record(lambda data: holds.lift(data, app, None), "Lift")

    def _tag(self, app, n):
        tags = self.acme.tags(app)
        return tags[-1 - n % len(tags)]

    # --- who writes the config --------------------------------------------------------------------------

    @rule(what=st.sampled_from(["together", "early", "merges"]))
    def write_config(self, what):
        self._configure(**{what: not getattr(self.acme.manner, what)})

    @rule(app=st.sampled_from([None, *sorted(APPS)]))
    def name_apps(self, app):
        """One may be taken out of production's config."""
        self._configure(without=app)

    def _configure(self, **more):
        manner = self.acme.manner
        self.acme.manner = type(manner)(**{name: getattr(manner, name) for name in manner.__slots__} | more)

    # --- who reviews ------------------------------------------------------------------------------------

    def _pull(self, n, state="open"):
        pulls = [pull for pull in self.world.pulls if pull.state == state]
        return pulls[n % len(pulls)] if pulls else None

    @rule(n=few, method=st.sampled_from(["merge", "squash", "rebase"]))
    @OPEN
    def merge(self, n, method):
        pull = self._pull(n)
        if f"refs/heads/{pull.base}" == MAIN:
            try:
                self.world.now += timedelta(seconds=1)
                self.world.merge(pull, method)
            except Conflict:
                return

    @rule(n=few, how=st.sampled_from(["close", "delete"]))
    @OPEN
    def close(self, n, how):
        self._close(self._pull(n), how)

    def _close(self, pull, how):
        self._reject(pull)
        if how == "close" or pull.fork:
            self.world.close(pull)
        else:
            self.world.delete_branch(pull.branch)

    def _reject(self, pull):
        """Whoever opened it: it may be of the time when the updater had another login."""
        if not pull.fork:
            for name, tag in listed(pull).items():
                self.proposed.rejected.setdefault(Placement("production", name), {})[pull.number] = tag

    @rule(n=few)
    @precondition(lambda self: self._pull(0, "closed"))
    def reopen(self, n):
        pull = self._pull(n, "closed")
        if not pull.fork and self.world.reopen(pull):
            for tags in self.proposed.rejected.values():
                tags.pop(pull.number, None)

    @rule(n=few, how=st.sampled_from(["word", "tag", "base", "base"]), app=app, tag=number)
    @OPEN
    def push_to_it(self, n, how, app, tag):
        pull = self._pull(n)
        if pull.fork:
            return
        if how == "base":
            self._update_branch(pull)
        elif how == "tag":
            files = self.acme.pin("production", app, self._tag(app, tag), base=pull.head)
            self._push(pull, self.world.commit([pull.head], files, "Another"))
        else:
            text = self.world.text(pull.head, path_of("production")) + b"# a word\n"
            self._push(pull, self.world.commit([pull.head], {path_of("production"): text}, "A word"))

    def _push(self, pull, sha):
        self.world.push_branch(pull.branch, sha)

    def _update_branch(self, pull):
        """The button of the forge: a merge of the base, where there is something to merge."""
        if self.world.head in self.world.ancestry(pull.head):
            return
        try:
            base = self.world.fork_point(pull.head, self.world.head)
            tree = self.world.merged_tree(base, pull.head, self.world.head)
        except Conflict:
            return
        merged = self.world.commit([pull.head, self.world.head], {}, "Merge branch 'main'", tree=tree)
        self.proposed.updates.add(merged)
        self._push(pull, merged)

    @rule(n=few, base=st.sampled_from(["main", "release"]))
    @OPEN
    def aim(self, n, base):
        """At another branch, or back; one branch has one pull request to each."""
        pull = self._pull(n)
        others = (p for p in self.world.open_pulls() if p is not pull and p.branch == pull.branch)
        if base not in {p.base for p in others}:
            pull.base = base

    @rule(n=few, how=st.sampled_from(["title", "words", "wipe", "empty"]))
    @OPEN
    def rewrite(self, n, how):
        pull = self._pull(n)
        if how == "title":
            pull.title = "Please look at this"
        elif how == "words":
            pull.body = f"Do not merge before noon.\n\n{pull.body}"
        elif how == "wipe":
            pull.body = re.sub(r"<!-- updater .*? -->", "", pull.body)
        else:
            pull.body = ""

    @rule(n=few, what=st.sampled_from(["draft", "approved"]), how=st.booleans())
    @OPEN
    def review(self, n, what, how):
        """Convert it to a draft and back; approve it, or ask for changes."""
        setattr(self._pull(n), what, how)

    @rule(n=few, label=st.sampled_from([STOP, "promotion"]), on=st.booleans())
    @OPEN
    def label(self, n, label, on):
        pull = self._pull(n)
        pull.labels = pull.labels | {label} if on else pull.labels - {label}
        pull.metadata_items |= pull.labels

    @rule(n=few, on=st.booleans())
    @OPEN
    def let_the_forge_merge(self, n, on):
        pull = self._pull(n)
        pull.merges_by = "kim" if on and self.world.mergeable(pull) != "clean" else None

    # --- who looks like us ------------------------------------------------------------------------------

    @precondition(lambda self: not os.environ.get("NOLOOK"))
    @rule(app=app, together=st.booleans(), fork=st.booleans(), n=few, kind=st.sampled_from(["ours", "none"]))
    def look_like_us(self, app, together, fork, n, kind):
        """Somebody else's branch has the name of ours, and the body may have our marker."""
        branch = GROUP if together else f"updater/app/production--{app}"
        if not fork and any(pull.branch == branch and not pull.fork for pull in self.world.open_pulls()):
            return
        tag = self._tag(app, n)
        files = self.acme.pin("production", app, tag)
        head = self.world.commit([self.world.head], files, f"chore({app}): bump production to {tag}")
        said = f'"app":"","tag":"","apps":{{"{app}":"{tag}"}}' if together else f'"app":"{app}","tag":"{tag}"'
        fields = f'"v":1,"instance":"acme","kind":"candidate","environment":"production",{said}'
        body = f"<!-- updater {{{fields}}} -->"
        if not fork:
            self.world.push_branch(branch, head)
        where = (len(self.world.pulls) + 1, branch, head, "main", f"production: {app} {tag}")
        body = body if kind == "ours" else "Mine"
        self.world.pulls.append(Pull(*where, body, "mallory", frozenset(), self.world.now, fork=fork))

    # --- updaters ---------------------------------------------------------------------------------------

    @rule(passes=st.integers(1, 3))
    def sleep(self, passes):
        self.asleep = passes

    @rule(
        reading=st.sampled_from(READINGS),
        image=st.sampled_from([image for images in APPS.values() for image in images]),
    )
    def a_reading_will_fail(self, reading, image):
        self.weather = Weather(reading=reading, image=image if reading in {"tags", "digest"} else None)

    @rule(writing=st.sampled_from(["refused", "silent", "lost", "killed", "killed_before"]), n=number)
    def a_write_will_fail(self, writing, n):
        self.weather = Weather(writing=writing, number=n)

    @rule(n=number)
    def another_updater_will_be_quicker(self, n):
        self.weather = Weather(before=lambda: self._pass("second"), number=n)

    @rule(n=number, act=st.sampled_from(["close", "delete", "push", "merge", "stop", "wipe", "hold"]), at=few)
    def somebody_will_be_quicker(self, n, act, at):
        self.weather = Weather(before=lambda: self._act(act, at), number=n)
        self.comparable = False

    def _act(self, act, n):
        pull = self._pull(n)
        if act == "hold":
            self.hold(app="shop", minutes=None)
        elif pull is None:
            return
        elif act in {"close", "delete"}:
            self._close(pull, act)
        elif act == "push":
            self.push_to_it(n=n, how="word", app="shop", tag=0)
        elif act == "merge":
            self.merge(n=n, method="squash")
        elif act == "stop":
            self.label(n=n, label=STOP, on=True)
        else:
            self.rewrite(n=n, how="wipe")

    # --- after every step -------------------------------------------------------------------------------

    @invariant()
    def passes_hold_the_invariants(self):
        self.made += 1
        self.world.merge_what_is_ready()
        if self.asleep:
            self.asleep -= 1
            return
        weather, self.weather = self.weather, None
        calm = self._undisturbed(weather)
        if weather is not None:
            self._pass("first", weather)
        self._settle()
        self.comparable = True
        if calm is not None:
            assert end(self.world) == calm, "I6, I7: it ends otherwise than without the trouble"

    def _undisturbed(self, weather):
        """The end it comes to where nothing goes wrong, and nobody is quicker."""
        if weather is None or not self.comparable or weather.reading == "reviews":
            return None  # an approval that nobody can see is respected: red and told, not rebuilt
        other = Acme(self.world.copy(), manner=self.acme.manner)
        for _ in range(self.QUIET):
            written = len(other.world.writes)
            other.run()
            other.world.merge_what_is_ready()
            if len(other.world.writes) == written:
                break
        return end(other.world)

    def _settle(self):
        """I5: it comes to rest, and stays so for every other updater."""
        for _ in range(self.QUIET):
            written = len(self.world.writes)
            self._pass("first")
            if len(self.world.writes) == written:
                break
        else:
            raise AssertionError(f"I5: it goes on and on: {self.world.writes[-6:]}")
        before = self.world.state()
        self._pass("second")
        assert self.world.state() == before, f"I5: another finds more to do: {self.world.writes[-3:]}"
        self._check_rest()

    def _pass(self, name, weather=None):
        type(self).passes += 1
        shown = {pull.number: dict(listed(pull)) for pull in self.world.open_pulls()}
        record = self.world.refs.get(RECORD)
        marks = [len(each) for each in (self.world.pushed, self.world.replaced, self.world.merged)]
        report = self.acme.run(name, weather=weather)
        for ref, sha in self.world.pushed[marks[0] :]:
            self._check_commit(ref, sha, shown, record)
        for replaced in self.world.replaced[marks[1] :]:
            self._check_replaced(*replaced)
        for merged in self.world.merged[marks[2] :]:
            self._check_merge(*merged)
        if report is not None:
            self._check_report(report)
        self.world.merge_what_is_ready()
        return report

    # --- what was written -------------------------------------------------------------------------------

    def _check_commit(self, ref, sha, shown, record):
        """Of one app, allowed, and where it belongs; what stays in a shared pull request may be waiting."""
        found = oracle.changed(self.world, sha)
        ((where, tags),) = found.items()
        (tag,) = tags
        placement = Placement(*where)
        if ref == MAIN:
            assert placement.environment != "production", "production has proposals"
            write = oracle.Write(self.world, self._parent(sha), record, placement, tag)
            against = list(oracle.objections(write))
        else:
            assert placement.environment == "production"
            assert ref.removeprefix("refs/heads/") in self.proposed.branches(placement.app)
            digests = {(image, tag): self.world.images[image].get(tag) for image in APPS[placement.app]}
            self.proposed.digests[sha] = digests
            against = self.proposed.objections(placement.app, tag, (self._parent(sha), record))
            early = self.acme.manner.early or any(each.get(placement.app) == tag for each in shown.values())
            against = [each for each in against if not (early and "soaked" in each)]
        assert not tag.endswith(FORBIDDEN), "I4"
        assert not against, f"{tag} for {placement} on {ref}: {against}"

    def _parent(self, sha):
        return self.world.commits[sha].commit.parents[0]

    def _check_replaced(self, ref, sha, pull):
        """Nobody's work is lost, and nobody's pull request."""
        if pull is None:
            return
        ours = {each for _, each in self.world.pushed}
        added = self.world.ancestry(sha) - self.world.ancestry(self.world.head)
        lost = [each for each in added if each not in ours and each not in self.proposed.updates]
        assert not lost, f"somebody's commits on {ref} were pushed away"
        assert is_ours(pull), f"{ref} is {pull.author}'s"
        assert STOP not in pull.labels, f"{ref} was to be left alone"

    def _check_merge(self, pull, base, by_the_forge):
        """Only what all speaks for, at the sha it was judged by."""
        assert self.acme.manner.merges, "nobody wants that"
        assert is_ours(pull)
        assert not pull.draft
        assert not self.proposed.is_left_to_people(pull)
        if not by_the_forge:
            for name, tag in listed(pull).items():
                against = self.proposed.objections(name, tag, (base, base))
                assert not against, f"{tag} of {name} was merged: {against}"

    def _check_report(self, report):
        """I11."""
        placements = [decision.placement for decision in report.decisions]
        assert sorted(placements) == sorted(self.acme.manner.placements), "I11"
        for decision in report.decisions:
            if isinstance(decision, Hold):
                assert decision.reasons, "I11"
                assert all(reason.reason != BUG for reason in decision.reasons), decision.reasons

    # --- what is there when nothing is left to do -------------------------------------------------------

    def _check_rest(self):
        for pull in self.world.open_pulls():
            if is_ours(pull):
                self._check_proposal(pull)
            else:
                assert pull.head not in self.world.statuses, "nobody looks after what others propose"
        for pull in self.proposed.over():
            assert pull.head != self.world.refs.get(f"refs/heads/{pull.branch}"), (
                f"{pull.branch} is left over"
            )
        for name in APPS:
            about = [pull for pull in self.proposed.opened(name) if is_ours(pull) and name in listed(pull)]
            alone = [pull for pull in about if not self.proposed.is_doubled(pull)]
            to_main = [pull for pull in alone if pull.base == "main"]
            assert len(to_main) <= 1, f"two proposals for {name}"
            missing = self.proposed.missing(name)
            assert missing is None, missing

    def _check_proposal(self, pull):
        """I10."""
        states, said = self.proposed.states(pull), self.world.statuses.get(pull.head)
        told = f"{pull.number} of {pull.branch} to {pull.base} shows {listed(pull)}"
        if states is None:
            return
        assert said is not None, f"I10: {told}, and has no status"
        assert said.state in states, f"I10: {told} and is {said}, not {states}"
        if said.state == "failure" and not self.proposed.is_left_to_people(pull):
            assert pull.merges_by is None, f"{told}, is red, and the forge would merge it"
        if said.state == "success":
            for name, tag in listed(pull).items():
                pins = set(self.acme.held(pull.head, Placement("production", name)))
                assert pins == {tag}, f"{told}, and its branch has {pins}"

    def teardown(self):
        super().teardown()
        texts = [pull.title + pull.body for pull in self.world.pulls] if hasattr(self, "world") else []
        if texts:
            texts += [made.commit.message for made in self.world.commits.values()]
            texts += [text for said in self.world.comments.values() for text in said.values()]
            texts += [said.description for said in self.world.statuses.values()]
        assert all(SECRET not in text for text in texts), "I9"


def end(world):
    """What is there, whichever commits it took: their ids hang on what lay below them."""
    base = world.ancestry(world.head)
    branches = {
        ref: sorted(world.commits[each].commit.message for each in world.ancestry(sha) - base)
        for ref, sha in world.refs.items()
        if ref.startswith("refs/heads/updater/")
    }
    messages = sorted(world.commits[sha].commit.message for sha in base)
    return dict(world.commits[world.head].tree), messages, branches, [_end(world, p) for p in world.pulls]


def _end(world, pull):
    body = re.sub(r"[0-9a-f]{7,40}", "…", pull.body)
    pins = [held(world, pull.head, Placement("production", app)) for app in APPS]
    said = world.comments.get(pull.number, {}), world.statuses.get(pull.head)
    bears = pull.labels, pull.draft, pull.merges_by
    return pull.number, pull.branch, pull.base, pull.title, body, pull.state, pins, *said, *bears


@pytest.fixture(autouse=True)
def token(monkeypatch):
    monkeypatch.setenv("TOKEN", SECRET)


@pytest.mark.long
@pytest.mark.parametrize("part", range(2))
def test_what_people_see_in_a_proposal_is_true_and_what_they_did_to_it_stands(part):
    only = [Phase.generate]  # shrinking takes minutes: see it by `make soak`
    steps, _ = live(Reviewers, part, lives=36, steps=STEPS, phases=only)
    assert steps >= 900


FORGES = ["gitlab", "gitea", "azure", pytest.param("bitbucket", marks=pytest.mark.soak)]


@pytest.mark.long
@pytest.mark.parametrize("forge", FORGES)
def test_so_it_is_where_another_forge_can_do_other_things(forge):
    there = type("ReviewersThere", (Reviewers,), {"FORGE": forge})
    steps, _ = live(there, 0, lives=10, steps=STEPS, phases=[Phase.generate])
    assert steps >= 250


@pytest.mark.soak
@pytest.mark.parametrize("part", range(10))
def test_so_it_is_in_a_hundred_thousand_steps(part):
    steps, passes = live(Reviewers, None, lives=350, steps=STEPS, derandomize=False)
    sys.stdout.write(f"part {part + 1} of 10: {steps:,} steps, {passes:,} passes, no invariant broken\n")
    assert steps >= 10_000
