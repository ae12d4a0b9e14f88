"""A branch to which others push all the time starves nobody, and several updaters share the work."""

import os
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager

import pytest
from world.scene import MAIL, TOKEN, Scene

from updater.sandbox.world import STAGING

EVERY = 0.5
"""Seconds between two commits of the stranger's."""
PASSES = 3
"""In so many a bump has landed."""


class Street:
    """Many apps in staging, and what becomes of their bumps."""

    def __init__(self, folder, monkeypatch, apps):
        names = tuple(f"app-{number:03}" for number in range(apps))
        self.scene = Scene(folder, names)
        monkeypatch.setenv(TOKEN, self.scene.hub.bot_token)
        for app in self.scene.apps.values():
            app["environments"] = [STAGING]
        del self.scene.config["environments"]["production"]
        self.apps, self.wanted, self.reports = names, [], []

    def build(self, apps):
        for app in apps:
            self.wanted.append((app, self.scene.build(app)))

    def run(self, name="first"):
        report = self.scene.updater(name).run("deploy", act=True)
        self.reports.append(report)
        assert not report.unreadable, report.unreadable
        return report

    @property
    def missing(self):
        text = self.scene.text(STAGING)
        return [app for app, tag in dict(self.wanted).items() if f"newTag: {tag}\n" not in text]

    @property
    def bumps(self):
        """By subject, how often a commit of ours says so."""
        git = self.scene.hub.find(self.scene.repository).git
        return Counter(git.text("log", "--format=%s", f"--committer={MAIL}", "main").splitlines())

    @contextmanager
    def stranger(self, every=EVERY):
        """Somebody who commits all the while, and never to a file of ours."""
        over, made = threading.Event(), []

        def work():
            while not over.wait(every):
                files = {f"docs/{len(made) % 7}.md": f"{len(made)}\n"}
                made.append(self.scene.hub.commit(self.scene.repository, "main", files, "Words"))

        thread = threading.Thread(target=work)
        thread.start()
        try:
            yield made
        finally:
            over.set()
            thread.join()

    def __str__(self):
        races = [report.races for report in self.reports]
        seconds = sorted(sum(report.stages.values()) for report in self.reports)
        worked = f"a pass worked {seconds[len(seconds) // 2]:.2f} s, {seconds[-1]:.2f} s at most"
        lost = f"{sum(races)} races lost, {max(races)} in one pass"
        return f"{len(self.wanted)} bumps, {len(self.reports)} passes, {lost}; {worked}"


@pytest.fixture
def street(tmp_path, monkeypatch):
    made = []

    def make(apps):
        made.append(Street(tmp_path, monkeypatch, apps))
        return made[-1]

    yield make
    for each in made:
        each.scene.close()


def steady(street, rounds, each, lasts=0.0):
    """Some bumps a round; each has landed after three passes. All of it lasts so many seconds at least."""
    begun = time.monotonic()
    street.run()
    with street.stranger() as made:
        for number in range(rounds):
            street.build(street.apps[number * each % len(street.apps) :][:each])
            for _ in range(PASSES):
                street.run()
                if not street.missing:
                    break
            assert not street.missing, f"{street.missing} after {PASSES} passes: {street}"
            time.sleep(max(0.0, begun + lasts * (number + 1) / rounds - time.monotonic()))
    assert set(street.bumps.values()) == {1}
    assert len(street.bumps) == rounds * each
    sys.stdout.write(f"{street}, {len(made)} commits of a stranger's{measured(begun)}\n")


def measured(begun):
    """How long it took, and how much else the machine had to do: a race is won by who is quick."""
    return f"; {time.monotonic() - begun:.0f} s, load {os.getloadavg()[1]:.1f} on {os.cpu_count()} cores"


def shared(street, names, rounds, every=2.0, patience=180):
    """All updaters do the same work at once; each bump is in the history once."""
    begun = time.monotonic()
    for name in names:
        street.run(name)
    over = threading.Event()
    with street.stranger(every):
        threads = [threading.Thread(target=keep_running, args=(street, name, over)) for name in names]
        for thread in threads:
            thread.start()
        try:
            for _ in range(rounds):
                street.build(street.apps)
                assert eventually(lambda: not street.missing, patience), f"{street.missing}: {street}"
        finally:
            over.set()
            for thread in threads:
                thread.join()
    assert set(street.bumps.values()) == {1}
    assert len(street.bumps) == rounds * len(street.apps)
    sys.stdout.write(f"{street}{measured(begun)}\n")


def keep_running(street, name, over):
    while not over.wait(0.1):
        street.run(name)


def eventually(true, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.2)
    return False


def test_bumps_land_within_three_passes_on_a_branch_that_others_push_to(street):
    steady(street(8), rounds=3, each=4)


def test_two_updaters_and_a_person_bump_everything_once(street):
    shared(street(4), ["first", "second"], rounds=2)


@pytest.mark.soak
def test_a_hundred_bumps_in_five_minutes_of_a_commit_each_half_second(street):
    steady(street(20), rounds=50, each=2, lasts=300.0)


@pytest.mark.soak
def test_four_updaters_and_people_bump_two_hundred_once(street):
    shared(street(50), ["first", "second", "third", "fourth"], rounds=4)


@pytest.mark.soak
def test_four_updaters_and_a_person_each_half_second_bump_everything_once(street):
    shared(street(50), ["first", "second", "third", "fourth"], rounds=4, every=0.5, patience=600)
