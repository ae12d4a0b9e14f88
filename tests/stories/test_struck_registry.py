"""Each request of a whole pass to the registry goes wrong, in each way, through a real proxy. I8.

The pass lists two apps' images, page by page, exchanges tokens, looks at what staging is to get and at what
production's gates ask of its candidates, of which they take one app's and not the other's. Whatever strikes:
only what would have been done anyway is done, or less of it; the next pass of the same process does the rest;
and nobody is stormed.
"""

from dataclasses import replace

import pytest
from world.relay import Relay, broken_off, ended, late, passed, reset, said
from world.scene import decided, well

from updater.model import Hold, Promote
from updater.sandbox.paging import GHCR
from updater.sandbox.world import HOST, PRODUCTION, STAGING

BUILT_FOR = {"shop": "linux/amd64", "blog": "linux/arm64"}
"""Production takes what runs on the first only."""
CALLS = 18
"""More than such a pass makes."""
PARTS = 4
"""In so many parts the ways come to a call; CI takes one of them for every third call, the soak all."""
SPARE = 12
"""Requests that a struck pass may make more than one that nothing strikes."""
PATIENCE = 90
"""Seconds after which every pause that was asked for, or taken, is over."""
WAIT = "Retry-After: 30"

WAYS = {
    "late": (late, 1),
    "reset": (reset, 1),
    "broken off": (broken_off, 1),
    "ended early": (ended, 1),
    "401": (said(401), 1),
    "404": (said(404), 1),
    "429": (said(429, WAIT), 1),
    "a storm of 429": (said(429, WAIT), 1000),
    "a storm of 429 without a word": (said(429), 1000),
    "502": (said(502), 1),
    "a burst of 503": (said(503), 5),
    "an end of all answers": (reset, 1000),
}
"""How a request is treated, and how many from that one on."""
BORNE = {"late", "expired tokens"}
"""What nobody notices."""


class Story:
    """A scene whose registry is asked through the proxy, with pages of a few tags."""

    def __init__(self, scene, relay):
        self.scene, self.relay = scene, relay
        self.builds = 1
        scene.config["registries"][HOST]["endpoint"] = relay.url
        production = scene.config["environments"][PRODUCTION]
        production["gates"] = {**production["gates"], "platforms": ["linux/amd64"]}
        self.build()
        well(scene.run())

    def build(self):
        """A new tag of each app, when staging has held the last for long enough; each list is two pages."""
        self.scene.soak()
        self.builds += 1
        self.scene.registry.paging = replace(GHCR, cap=self.builds // 2 + 1)
        self.proven = {app: self.scene.pinned(app, STAGING) for app in BUILT_FOR}
        self.newest = {app: self.scene.world.build(app, platforms=[on]) for app, on in BUILT_FOR.items()}
        self.before, self.commits = self.seen(), len(self.scene.ours())

    def expired(self, client, answer):
        """The registry has forgotten all tokens when the request comes."""
        self.scene.registry.expire_tokens()
        return passed(client, answer)

    def struck(self, way, calls):
        """One pass; answers its report and how many requests it made."""
        self.relay.strike(way, calls)
        report = self.scene.run()
        return report, self.relay.requests

    def seen(self):
        """What each app runs in staging, and what its pull request shows."""
        staging = {app: self.scene.pinned(app, STAGING) for app in BUILT_FOR}
        shown = {
            app: self.scene.pinned(app, PRODUCTION, pull.head)
            for pull in self.scene.pulls("all")
            for app in BUILT_FOR
            if pull.head.endswith(f"--{app}")
        }
        return {STAGING: staging, PRODUCTION: shown}

    def wanted(self):
        return {STAGING: self.newest, PRODUCTION: {"shop": self.proven["shop"]}}

    def is_no_more_than_wanted(self, report):
        """Each decision is the one that nothing would have changed, or a hold; so is each thing done."""
        seen, wanted = self.seen(), self.wanted()
        for environment in (STAGING, PRODUCTION):
            for app, tag in seen[environment].items():
                assert tag in {self.before[environment].get(app), wanted[environment].get(app)}
        for placement, decision in decided(report).items():
            assert isinstance(decision, Hold | Promote)
            if isinstance(decision, Promote):
                assert decision.tag == wanted[placement.environment].get(placement.app)
            else:
                assert all(reason.sentence for reason in decision.reasons)

    def is_done(self):
        """All that an undisturbed pass does, once; nothing else."""
        scene = self.scene
        assert self.seen() == self.wanted()
        assert len(scene.ours()) == self.commits + len(BUILT_FOR)
        (pull,) = scene.pulls("all")
        assert (pull.title, pull.state) == (f"{PRODUCTION}: shop {self.proven['shop']}", "open")
        assert scene.branches() == {pull.head}
        assert scene.hub.statuses(scene.repository, scene.branch_head(pull))[0].state == "success"


@pytest.fixture
def story(scene):
    with Relay(scene.registry.url) as relay:
        yield Story(scene, relay)


def quiet(story):
    """How many requests a pass makes that nothing strikes."""
    story.build()
    report, number = story.struck(passed, ())
    well(report)
    story.is_done()
    return number


def goes_well(story):
    story.relay.lift()
    story.scene.world.clock.forward(seconds=PATIENCE)
    well(story.scene.run())
    story.is_done()


def test_a_pass_makes_as_many_requests_as_are_struck(story):
    assert CALLS - 4 <= quiet(story) <= CALLS


def parts():
    for call in range(CALLS):
        for part in range(PARTS):
            here = call % 3 == 1 and part == call % PARTS
            yield pytest.param(call, part, marks=[] if here else [pytest.mark.soak])


@pytest.mark.parametrize(("call", "part"), list(parts()))
def test_i8_what_strikes_a_request_strikes_nothing_else(story, call, part):
    at_most = quiet(story) + SPARE
    ways = {**WAYS, "expired tokens": (story.expired, 1)}
    for name, (way, times) in list(ways.items())[part::PARTS]:
        story.build()

        report, number = story.struck(way, range(call, call + times))

        story.is_no_more_than_wanted(report)
        assert number <= at_most, name
        if name in BORNE:
            well(report)
            story.is_done()
        goes_well(story)
