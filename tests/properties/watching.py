"""What clusters, alerts, monitoring and people do to deployments that are verified; and what is checked."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule
from properties import verified
from properties.acme import APPS, PLACEMENTS, SPANS, Manner
from properties.lives import Machine
from properties.world import MAIN, Conflict

from updater import holds
from updater.holds import Everything
from updater.model import Placement

THENS = ("rollback", "tell", "propose", None)
app = st.sampled_from(sorted(APPS))
environment = st.sampled_from(sorted(SPANS))
A_PERSON_NEEDS = timedelta(seconds=1)
"""From one commit to the next: what one puts on a branch in the same second is one push of a forge."""


def is_watched(machine):
    return machine.acme.manner.then is not None


class Watching(Machine):
    """Half of a machine: its other half has `acme`, `world`, and `_checked`."""

    @initialize(
        then=st.integers(0, 9).map(lambda n: THENS[max(n - 6, 0)]),
        deliver=st.sampled_from(["push", None]),
        gated=st.booleans(),
        breaker=st.sampled_from([None, None, None, 2]),
    )
    def found_the_company(self, then, deliver, gated, breaker):
        manner = Manner(then=then, deliver=deliver, gated=gated and then is not None, breaker=breaker)
        self.acme.manner = manner if then else Manner()

    # --- clusters and monitoring ------------------------------------------------------------------------

    @precondition(is_watched)
    @rule(app=app, environment=environment, seconds=st.sampled_from([0, 20]))
    def an_alert_fires(self, app, environment, seconds):
        self.world.now += timedelta(seconds=seconds)
        self.acme.watched.fire(Placement(environment, app), self.world.now)

    @precondition(is_watched)
    @rule(app=app, environment=environment)
    def it_stops(self, app, environment):
        self.acme.watched.resolve(Placement(environment, app), self.world.now)

    @precondition(is_watched)
    @rule(app=app, environment=environment, share=st.sampled_from([0.0, 0.04, 0.2]))
    def requests_fail(self, app, environment, share):
        self.acme.watched.fail_requests(Placement(environment, app), share, self.world.now)

    @precondition(is_watched)
    @rule(minutes=st.sampled_from([0, 3, 8]))
    def nobody_watches(self, minutes):
        """For so long; at 0 minutes, until somebody does."""
        self.tally["outages"] += 1
        self.acme.watched.stop_watching(self.world.now)
        if minutes:
            self.world.now += timedelta(minutes=minutes)
            self.acme.watched.watch_again(self.world.now)

    @precondition(is_watched)
    @rule()
    def somebody_watches_again(self):
        self.acme.watched.watch_again(self.world.now)

    @precondition(is_watched)
    @rule(away=st.booleans())
    def prometheus_is_away(self, away):
        self.tally["outages"] += away
        self.acme.watched.away = {None} if away else set()

    @precondition(is_watched)
    @rule(environment=environment, stuck=st.booleans())
    def a_cluster_is_stuck(self, environment, stuck):
        (self.acme.stuck.add if stuck else self.acme.stuck.discard)(environment)

    # --- people -----------------------------------------------------------------------------------------

    @precondition(is_watched)
    @rule(on=st.booleans())
    def stop_the_line(self, on):
        everything = Everything(why="a storm")
        change = (
            (lambda data: holds.hold(data, everything)) if on else (lambda data: holds.lift(data, None, None))
        )
        self.acme.record(change, "The line")

    @precondition(lambda self: is_watched(self) and self.world.open_pulls())
    @rule(n=st.integers(0, 3))
    def label(self, n):
        pulls = self.world.open_pulls()
        pulls[n % len(pulls)].labels |= {"updater:stop"}

    # --- what takes many steps --------------------------------------------------------------------------

    @precondition(is_watched)
    @rule(app=app, merges=st.sampled_from([None, "merge", "squash", "rebase"]))
    def a_deployment_goes_well(self, app, merges):
        """All is quiet, a tag comes, and an hour passes."""
        self._calm(app)
        self.acme.build(app)
        for minutes in (1, 9, 9, 14):
            self._goes_on(minutes)
        if merges:
            self._merge_candidates(merges)
            for minutes in (1, 9, 9):
                self._goes_on(minutes)

    @precondition(is_watched)
    @rule(app=app, environment=environment, merges=st.sampled_from(["merge", "squash", "rebase"]))
    def a_deployment_goes_wrong(self, app, environment, merges):
        self.a_deployment_goes_well(app, merges if environment == "production" else None)
        self.acme.build(app)
        self._goes_on(1)
        if environment == "production":
            for minutes in (9, 9, 14):
                self._goes_on(minutes)
            self._merge_candidates(merges)
        self._goes_on(1)
        self.world.now += timedelta(seconds=20)
        self.acme.watched.fire(Placement(environment, app), self.world.now)
        self.world.now += timedelta(seconds=20)

    def _calm(self, app):
        """And people have looked after what they held."""
        if self.world.text(self.world.head, holds.PATH) is not None:
            self.world.edit({holds.PATH: None}, "Tidy up")
        self.acme.watched.watch_again(self.world.now)
        self.acme.watched.away.clear()
        self.acme.stuck.clear()
        for name in SPANS:
            self.acme.watched.resolve(Placement(name, app), self.world.now)
            self.acme.watched.fail_requests(Placement(name, app), 0.0, self.world.now)

    def _goes_on(self, minutes):
        self.world.now += timedelta(minutes=minutes)
        self._checked(None)

    def _merge_candidates(self, method):
        for pull in self.world.open_pulls():
            if pull.branch.startswith("updater/app/"):
                try:
                    self.world.merge(pull, method)
                    self.world.now += A_PERSON_NEEDS
                except Conflict:
                    continue

    # --- what is checked --------------------------------------------------------------------------------

    def _notes(self):
        tip = self.world.refs.get(verified.VERDICTS)
        return {placement: verified.text_of(self.world, tip, placement) for placement in PLACEMENTS}

    def _check_notes(self, before, weather):
        """The apps of which something was recorded."""
        after = self._notes()
        for placement in PLACEMENTS:
            if after[placement] == before[placement]:
                continue
            found = list(
                verified.doubts(self.world, self.acme.watched, placement, before[placement], after[placement])
            )
            assert not found, f"{placement}: {found}"
            new = verified.added(before[placement], after[placement])
            self.tally.update(one.result for one in new)
            if weather is not None and weather.reading == "monitoring":
                assert not {one.result for one in new} & {"verified", "failed"}, "I14"
        return {placement.app for placement in PLACEMENTS if after[placement] != before[placement]}

    def _check_way_back(self, ref, sha, record, weather, stops):
        ((where, tags),) = self._changed(sha).items()
        placement, (tag,) = Placement(*where), tags
        pushes = placement.environment != "production" or self.acme.manner.deliver == "push"
        if self.acme.manner.then == "propose" or not pushes:
            assert ref == f"refs/heads/updater/asked/{placement.environment}--{placement.app}", ref
        else:
            assert ref == MAIN, ref
        unread = (
            weather is not None and weather.reading in self.BLINDING and _is_about(weather, placement.app)
        )
        back = verified.WayBack(
            self.world,
            sha,
            record,
            placement,
            tag,
            self.acme.manner,
            self.honest,
            unread,
            stops.get(placement, frozenset()),
        )
        found = list(verified.objections(back))
        assert not found, f"{tag} for {placement}: {found}"
        self.tally["rollbacks"] += 1
        return placement.app

    BLINDING = frozenset({"tags", "empty", "digest", "fetch", "files", "history", "blobs"})
    """Readings without which nothing goes back."""

    def _stops(self):
        """By placement, the open pull requests that keep it as it is."""
        found = {}
        for pull in self.world.open_pulls():
            if pull.fork or "/env/" in pull.branch:
                continue
            placement = Placement(*pull.branch.rpartition("/")[2].split("--"))
            if pull.branch.startswith(verified.ASKED) or "updater:stop" in pull.labels:
                found[placement] = found.get(placement, frozenset()) | {pull.branch}
        return found


def _is_about(weather, app):
    return weather.image is None or weather.image in APPS[app]
