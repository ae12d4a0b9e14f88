"""211 rollbacks that really happened: would the updater have put back the tag that was left?"""

import json
import re
import sys
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from properties.acme import FIRST, Acme, config

from updater.model import Placement, Version

CORPUS = Path(__file__).resolve().parents[2] / ".." / "shared" / "corpus" / "rollbacks.json"
SEOUL = ZoneInfo("Asia/Seoul")
STAGING = Placement("staging", "shop")
IMAGE = "ghcr.io/acme/shop"

PUT_BACK = "put back the tag that was left"

pytestmark = pytest.mark.skipif(not CORPUS.exists(), reason="the corpus is not here")


@dataclass(frozen=True, eq=False)
class FirstSeen:
    """Ordered by when a tag was first seen, and built then."""

    seen: dict = field(default_factory=dict)
    zone: ZoneInfo = SEOUL
    sorts_by_text: bool = False
    ahead: None = None
    follows: None = None
    there: None = None
    same: tuple = ()

    def read(self, tag):
        at = self.seen.get(tag)
        return None if at is None else Version((at,), tag, at)

    def parts(self, tag):
        return ()


class Replay:
    """One environment whose humans do what they really did, with the updater watching."""

    def __init__(self, after_rollback):
        self.acme, self.scheme = Acme(), FirstSeen()
        world = self.acme.world
        world.images.clear()
        tags = replace(config(self.acme.folder).policies[STAGING].tags, scheme=self.scheme, forbid=())
        policy = replace(config(self.acme.folder).policies[STAGING], tags=tags, after_rollback=after_rollback)
        _, self.run = self.acme.updater("first")
        self.run.config = replace(config(self.acme.folder), policies={STAGING: policy})

    def build(self, tag):
        if tag not in self.scheme.seen:
            self.acme.world.now += timedelta(minutes=30)
            self.scheme.seen[tag] = self.acme.world.now
            self.acme.world.push_image(IMAGE, tag)

    def set(self, tag):
        self.acme.world.now += timedelta(minutes=30)
        self.acme.world.edit(self.acme.pin("staging", "shop", tag), "As it was")

    def watch(self):
        """Passes for some hours, and what the pin holds then."""
        for _ in range(3):
            self.acme.world.now += timedelta(hours=1)
            report = self.run.run()
            assert not report.failed
        return self.pinned()

    def pinned(self):
        (tag,) = self.acme.held(self.acme.world.head, STAGING)
        return tag


@cache
def cases():
    return tuple(json.dumps(case) for case in json.loads(CORPUS.read_text()))


def _tag(value):
    """Some pins are digests; here they are tags like others."""
    return re.sub(r"[^A-Za-z0-9._-]", "-", value.removeprefix("@")) or FIRST


def _place(case):
    """Where in `seq_around` the rollback is: as many steps after the tag that was restored as it says."""
    tags, back = case["seq_around"], case["steps_back"]
    moves = [
        at
        for at in range(1, len(tags))
        if (tags[at - 1], tags[at]) == (case["tag_left"], case["tag_restored"])
    ]
    exact = [at for at in moves if at >= back and tags[at - back] == case["tag_restored"]]
    following = [at for at in exact or moves if tags[at + 1 : at + 2] == [case["next_tag"]]]
    return (following or exact or moves)[-1]


def _replayed(case, after_rollback):
    """What the updater made of it: until the next build, and with it."""
    replay, tags, at = Replay(after_rollback), [_tag(tag) for tag in case["seq_around"]], _place(case)
    for tag in tags[: at + 1]:
        replay.build(tag)
        replay.set(tag)
    until = replay.watch()
    if until != tags[at]:
        return PUT_BACK if until == tags[at - 1] else "moved elsewhere"
    following = tags[at + 1] if at + 1 < len(tags) else None
    if following is None:
        return "nothing came next"
    new = following not in replay.scheme.seen
    replay.build(following)
    then = replay.watch()
    if then == tags[at - 1]:
        return PUT_BACK
    if new:
        return "went on with the next build" if then == following else "held the next build"
    return "the next tag was an old one: held" if then == tags[at] else "moved elsewhere"


@pytest.mark.parametrize("after_rollback", ["built_after", "newer"])
def test_no_tag_that_was_left_is_put_back(after_rollback, capsys):
    rows = [json.loads(case) for case in cases()]
    ours = Counter(_replayed(case, after_rollback) for case in rows)
    again = sum(case["next_tag"] == case["tag_left"] for case in rows)
    later = sum(case["redeployed_bad_later"] for case in rows)
    back = ours[PUT_BACK]
    table = [
        f"{len(rows)} rollbacks replayed, after_rollback: {after_rollback}",
        f"{'the tag that was left was put back':44}{'updater':>10}{'reality':>10}",
        f"{'  as the very next tag':44}{back:>10}{again:>10}",
        f"{'  at some time':44}{back:>10}{later:>10}",
        *(f"{what:44}{count:>10}" for what, count in ours.most_common()),
    ]
    with capsys.disabled():
        sys.stdout.write("\n" + "".join(f"  {line}\n" for line in table))
    assert back == 0
    assert ours["went on with the next build"], "a revert stops no later build"
    assert not ours["moved elsewhere"]
