"""To measure how long 10,000 decisions take: `python tests/benchmarks/decide.py`."""

import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scenario import PLACEHOLDERS, digest_of

from updater.config import Pin, Policy, PullRequestSettings, TagPolicy
from updater.decide import decide
from updater.gates.soak import Soak
from updater.manifests import Selector, Value
from updater.model import (
    Answer,
    DigestOf,
    File,
    Hold,
    Image,
    ImageConfig,
    ImageOf,
    Listing,
    Needs,
    Placement,
    Promote,
    Question,
)
from updater.schemes.timestamp import Timestamp
from updater.situation import PinReading, PlacementState, Situation
from updater.timeline import Order, Point, timeline

APPS = 3_334
ENVIRONMENTS = ("development", "staging", "production")
AFTER = {"development": (), "staging": (), "production": ("staging",)}
TAGS = 1_000
STAYS = 12
"""In each environment; three hours between builds, and each place some builds behind the one before it."""
MOST = 2.0
NOW = datetime(2026, 6, 1, tzinfo=UTC)
SCHEME = Timestamp()
BEHIND = {"development": 0, "staging": 1, "production": 2}


def built(app: int, number: int) -> datetime:
    """No two apps have the same tags."""
    return NOW - timedelta(hours=3 * number + 1, seconds=app)


def tag(app: int, number: int) -> str:
    return f"{built(app, number) + timedelta(hours=9):%Y%m%d-%H%M%S}"


def state(app: int, environment: str, image: Image) -> PlacementState:
    placement = Placement(environment, f"app-{app}")
    pin = Pin(placement, image, f"overlays/{environment}/app-{app}", Selector("kustomization", str(image)))
    behind = BEHIND[environment] - (app % 10 == 0)  # every tenth has something new, or is asked about it
    points = [
        Point(f"{app}-{number}", built(app, number) + timedelta(minutes=9), True, (tag(app, number),))
        for number in range(behind + STAYS, max(behind, 0) - 1, -1)
    ]
    policy = Policy(
        placement=placement,
        repository="deploy",
        after=AFTER[environment],
        after_any=False,
        images=(image,),
        pins=(pin,),
        tags=TagPolicy(SCHEME, "timestamp", (), ("latest", "dev", "test"), PLACEHOLDERS),
        gates={"soak": Soak.model_validate("30m")} if AFTER[environment] else {},
        after_rollback="built_after",
        deliver="pull-request" if environment == "production" else "push",
        pull_request=PullRequestSettings(),
    )
    file = File(f"{pin.path}/kustomization.yaml", b"", "0" * 40, "100644")
    value = Value(points[-1].tag, None, str(image), 9)
    line = timeline(points, Order(SCHEME.read, PLACEHOLDERS), NOW)
    return PlacementState(policy=policy, timeline=line, pins=(PinReading(pin, file, value),))


def seen_situation() -> Situation:
    states, listings = {}, {}
    for app in range(APPS):
        image = Image("ghcr.io", f"org/app-{app}")
        junk = ("latest", f"sha-{app:07x}", "buildcache")
        listings[image] = Listing.of(image, (*junk, *(tag(app, number) for number in range(TAGS - 3))))
        states |= {Placement(name, f"app-{app}"): state(app, name, image) for name in ENVIRONMENTS}
    return Situation(
        repository="deploy",
        now=NOW,
        base="b" * 40,
        record=None,
        forced=False,
        branches={},
        commits={},
        finished=frozenset(),
        states=states,
        elsewhere={},
        listings=listings,
    )


def answer(question: Question) -> Answer:
    if isinstance(question, ImageOf):
        return ImageConfig(digest_of(question.tag), ("linux/amd64",), None)
    return digest_of(question.tag) if isinstance(question, DigestOf) else ()


def main() -> int:
    seen = seen_situation()
    start = time.process_time()
    first = decide(seen)
    took = time.process_time() - start
    asked = [
        question for answer in first.values() if isinstance(answer, Needs) for question in answer.questions
    ]
    answers = {question: answer(question) for question in asked}
    start = time.process_time()
    second = decide(replace(seen, answers=answers))
    again = time.process_time() - start
    kinds = {
        kind.__name__: sum(isinstance(a, kind) for a in second.values()) for kind in (Hold, Promote, Needs)
    }
    sys.stdout.write(
        f"{len(first):,} apps x environments, {TAGS:,} tags an image: {took:.2f} s, "
        f"with {len(answers):,} answers {again:.2f} s (at most {MOST}); {kinds}\n"
    )
    return 0 if max(took, again) < MOST else 1


if __name__ == "__main__":
    sys.exit(main())
