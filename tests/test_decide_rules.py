"""Situations as rows, by the sentences of the design: what is there, and what is decided of it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from scenario import IMAGE, MIDNIGHT, SECOND, Past, Scenario, Shown, agrees, built, digest_of

from updater.config import Limits, PullRequestSettings
from updater.decide.explanation import verdicts
from updater.gates.age import Age
from updater.gates.digest import Digest
from updater.gates.freeze import Freeze
from updater.gates.platforms import Platforms
from updater.gates.soak import Soak
from updater.gates.window import Window
from updater.model import (
    ImageConfig,
    Placement,
    RecordedFloors,
    Request,
    RollbackFloor,
    Ruling,
    Unreadable,
)
from updater.reasons import failure_reasons, pin_reasons
from updater.schemes.semver import Semver
from updater.schemes.timestamp import Timestamp
from updater.timeline import Lost

T7, T8, T9, T10, T11, T12 = (built(hour) for hour in (7, 8, 9, 10, 11, 12))
DOWN = Unreadable(
    "ghcr.io does not answer for ghcr.io/org/shop",
    transient=True,
    reason=failure_reasons.REGISTRY_UNAVAILABLE,
)
SOAK = {"soak": Soak.model_validate("30m")}
TWO = (IMAGE, SECOND)
FLOOR = RecordedFloors((RollbackFloor(T8, "floors.yaml:2", "its migration drops a column"),))
FAULT = {"staging": Ruling(pin_reasons.ALIAS, False, "an alias")}


def row(scenario, expected, sentence):
    return pytest.param(scenario, expected, id=sentence)


def staging(*held, **more):
    return Scenario(Past(held), **more)


def production(before, own=((8.5, T8),), **more):
    return Scenario(Past(before), Past(own), **{"tags": [T8, T9, T10, T11], **more})


def decided(scenario):
    return scenario.outcome("staging" if scenario.production is None else "production")


# --- what is never promoted, whatever the gates say -------------------------------------------------------

LEFT = [(9, T8), (10, T9), (11.5, T8)]
"""T9 was left again."""
NEVER = [
    row(
        staging((9, T8), (10, T9), (11, T8), (12, T9), tags=[T8, T9]),
        "up_to_date",
        "what somebody sets again runs again",
    ),
    row(
        production([(9, T8), (10, T9), (11, T8), (12, T9)], tags=[T8, T9]),
        f"-> {T9}",
        "and is no longer rolled back for whoever comes after",
    ),
    row(
        staging((9, T8), (10, T9), (11, "v1.2.3"), (12, T8), tags=[T9]),
        "rolled_back: was rolled back in staging by commit 0000000000",
        "a rollback through a foreign tag stands",
    ),
    row(
        production([(9, T8), (10, T9), (11, "hotfix-1")], tags=[T8, T9]),
        "rolled_back: was left in staging by commit 0000000000 for hotfix-1, which is no timestamp tag",
        "behind a hotfix that cannot be ordered nothing goes on",
    ),
    row(
        staging((9, T8), (10, T9), (11, "v1.2.3"), (12, T8), tags=[T10]),
        "built_before_rollback: rolled back at 2026-02-02 11:00:00 KST",
        "and what was built before it waits, from the first step back on",
    ),
    row(
        staging((9, T8), (10, T9), (11, "latest"), tags=[T8, T9]),
        "rolled_back",
        "a placeholder rolls back all it replaced",
    ),
    row(
        staging((9, T8), (10, "latest"), tags=[T9]),
        "built_before_rollback",
        "and is a step back",
    ),
    row(staging((9, T8), (10, "latest"), tags=[T11]), f"-> {T11}", "from which a later build goes on"),
    row(
        staging((9, T8), (10, T9), (11, T8), tags=[T11]),
        "built_before_rollback",
        "what was built in the very second of the step back waits",
    ),
    row(
        staging((9, T8), (10, T9), (11, T8), tags=[built(11 + 1 / 3600)]),
        f"-> {built(11 + 1 / 3600)}",
        "a second later it goes on",
    ),
    row(
        staging((9, T8), (10, T9), (11, None), (12, T8), tags=[T8, T9]),
        "not_newer: it has run",
        "a pin taken out and added again forgets nothing",
    ),
    row(
        staging((9, T8), (10, T9), (11, None), (12, T8), tags=[T10]),
        f"-> {T10}",
        "though taking it out was no step back",
    ),
    row(
        staging((9, T8), (10, T10), (11, T8), (12, T9), tags=[T10]),
        "rolled_back",
        "forward again below the tag that was left lifts no bar",
    ),
    row(
        staging((9, T8), (10, T9), (11, T8), (12, built(11.5)), tags=[built(11.2)]),
        "not_newer",
        "beyond the tag that was left the floor is the new one",
    ),
    row(
        staging((9, T8), (10, T9), (11, T8), (12, built(11.5)), tags=[built(11.7)]),
        f"-> {built(11.7)}",
        "and the step back is made up for",
    ),
    row(
        Scenario(Past([(9, T8)], lost=Lost(hidden=frozenset({T9}))), tags=[T9]),
        "not_newer",
        "a bump that a merge hides was held",
    ),
    row(
        Scenario(Past([(9, T8)], lost=Lost(abandoned={T9: "f" * 40})), tags=[T9]),
        "rolled_back: was rolled back in staging: somebody forced the branch away from commit ffffffffff",
        "what the branch was forced away from is rolled back",
    ),
    row(
        Scenario(Past([(9, T8)], lost=Lost(abandoned={T9: "f" * 40})), tags=[T9, T10]),
        f"-> {T10}",
        "and what is newer goes on",
    ),
    row(
        Scenario(Past([(9, T8)], lost=Lost(abandoned={T9: "f" * 40})), tags=[T9], released=[T9]),
        f"-> {T9}",
        "a release brings back what the branch was forced away from",
    ),
    row(
        production([(9, T8), (10, T9), (11, T10)], LEFT, tags=[T10]),
        f"-> {T10}",
        "where people merge, what was built before the step back is proposed",
    ),
    row(
        production([(9, T8), (10, T9), (11, T10)], LEFT, tags=[T10], production_delivers="push"),
        "built_before_rollback: rolled back at 2026-02-02 11:30:00 KST",
        "where nobody merges, it waits",
    ),
    row(
        production([(9, T8), (10, T9), (11, T10)], LEFT, tags=[T10], after_rollback="release"),
        "awaits_release: production was rolled back at 2026-02-02 11:30:00 KST and not released",
        "or waits everywhere for a release, if so configured",
    ),
    row(
        production([(9, T8), (10, T9), (11, T10)], LEFT, tags=[T10], after_rollback="release", goes_on=True),
        f"-> {T10}",
        "and goes on with it",
    ),
    row(
        staging((9, T8), tags=[T9], after_rollback="release"),
        f"-> {T9}",
        "where nothing was rolled back nothing waits for a release",
    ),
    row(staging((9, T8), tags=[T8], released=[T8]), "up_to_date", "what runs is not released to come back"),
    row(
        staging(*LEFT, tags=[T8, T9], goes_on=True),
        "rolled_back",
        "to be released to go on brings no tag back",
    ),
    row(
        staging(*LEFT, tags=[T10, T12], released=[T10]),
        f"-> {T12}",
        "a released tag does not hold up a newer one",
    ),
    row(
        production([(9, T8), (10, T9)], tags=[T8, T9], rejected=[T9], released=[T9]),
        f"-> {T9}",
        "a release lifts a rejection",
    ),
    row(
        production([(9, T8), (10, T9), (11, T8)], tags=[T8, T9], released=[T9]),
        f"after: staging has run {T9}, and went back from it",
        "a release in production does not stand in for staging",
    ),
    row(
        production([(9, T8), (10, T9)], tags=[T8, T9], rejected=["v1.2.3", "latest"]),
        f"-> {T9}",
        "a rejected tag that the scheme cannot order rejects nothing below",
    ),
    row(
        staging((9, T8), tags=[T9, T10], forbid=(T10,)),
        f"-> {T9}",
        "a forbidden tag does not keep an older one away",
    ),
    row(
        staging((9, T8), tags=[T9], forbid=("2026*",), allow=("2026*",)),
        "forbidden: staging forbids tags like 2026*",
        "forbid beats allow",
    ),
    row(
        staging((9, T8), tags=[T8, T9], forbid=(T8,)),
        f"-> {T9}",
        "a forbidden tag that runs is left for the next",
    ),
]


# --- pins, candidates, schemes ----------------------------------------------------------------------------

PAIR = {"images": TWO}
BUILD, UTC = Timestamp(pattern="build-%Y%m%d.%H%M"), Timestamp(zone="UTC")
JUNK = ["sha256-0ab1.sig", "buildcache", "pr-12", "latest", "99999999-999999", "20260230-000000"]


def created(hour):
    """What an image says that was created at that hour."""
    return ImageConfig("", (), MIDNIGHT + timedelta(hours=hour))


TAGS = [
    row(
        staging((9, T8), tags=[*JUNK, f"{T9}-arm64", f"{T9}-rc1", f" {T9}", f"v{T9}", T9[:-1]]),
        "no_candidate",
        "what only looks like a timestamp is none",
    ),
    row(staging((9, T8), tags=[*JUNK, T9]), f"-> {T9}", "and does not stand in the way of one"),
    row(staging((9, T8), tags=[built(24 + 5 / 60)]), f"-> {built(24 + 5 / 60)}", "five minutes ahead may be"),
    row(
        staging((9, T8), tags=[built(24 + 301 / 3600)]),
        "not_newer: it runs 20260202-080000: nothing newer is there that could run",
        "a second more may not",
    ),
    row(
        staging((9, T8), tags=[T9], described={T9: created(8)}),
        "stamp_ahead: its stamp says 2026-02-02 09:00:00 KST",
        "a stamp later than its image does not become right by waiting",
    ),
    row(
        staging((9, T8), tags=[T9], described={T9: created(9 - 301 / 3600)}),
        "stamp_ahead",
        "five minutes and a second is too much",
    ),
    row(staging((9, T8), tags=[T9], described={T9: created(9 - 5 / 60)}), f"-> {T9}", "five minutes is not"),
    row(
        staging((9, T8), tags=[T9], described={T9: ImageConfig("", (), None)}),
        f"-> {T9}",
        "an image that does not say when it was created is believed",
    ),
    row(
        staging((9, T8), tags=[T9, T10], described={T10: DOWN}),
        "registry_unavailable",
        "an image that cannot be asked promotes no older one",
    ),
    row(
        staging((9, "build-20260202.0800"), tags=["build-20260202.0900", T12], scheme=BUILD),
        "-> build-20260202.0900",
        "timestamps of another shape, by pattern",
    ),
    row(
        staging((9, T8), tags=[T9], scheme=UTC, now=17),
        "not_newer",
        "the zone says when a stamp is to come",
    ),
    row(staging((9, T8), tags=[T9], scheme=UTC, now=18), f"-> {T9}", "and when it has come"),
    row(
        staging((9, (T8, T8)), (10, (T10, T8)), (11, (T8, T8)), tags=[T9, T10], **PAIR),
        "rolled_back",
        "what one pin of two held and left was held and left",
    ),
    row(
        staging((9, (T8, T8)), (10, (T10, T8)), (11, (T8, T8)), tags=[T9], **PAIR),
        "not_newer",
        "and is the floor for both",
    ),
    row(
        staging((9, (T8, T9)), tags=[T10], **PAIR),
        f"split: its pins disagree: {T8} in overlays/staging/kustomization.yaml:3, "
        f"{T9} in overlays/staging/kustomization.yaml:5; set them to one tag",
        "pins that disagree are named with their lines",
    ),
    row(
        staging((9, T8), tags_of={IMAGE: [T8, T9], SECOND: [T8]}, **PAIR),
        f"images_missing: ghcr.io/org/shop-worker has no {T9} yet",
        "which image has no such tag is said",
    ),
    row(
        staging((9, T8), tags_of={IMAGE: [T7, T8], SECOND: [T7]}, **PAIR),
        f"not_newer: it runs {T8}: it has run {T8}, and nothing newer is there",
        "an image that has lost the tag that runs is not waited for",
    ),
    row(
        staging((9, T8), tags_of={IMAGE: [T8], SECOND: []}, **PAIR),
        "listing_empty: the registry lists no tags for ghcr.io/org/shop-worker",
        "one empty list of two changes nothing",
    ),
    row(
        staging((9, T8), tags=[T9, T10], digests={T10: None}, **PAIR),
        f"-> {T9}",
        "several images: the newest that is there for all",
    ),
    row(
        staging((9, "v1.2.3"), tags=["v1.2.3", T9], allow=("v*",)),
        "foreign_current: so no timestamp tag counts as newer (commit",
        "an allowed tag that somebody chose stays, too",
    ),
    row(
        production([(9, T8), (10, T9)], [(8, "v1.2.3")]),
        "foreign_current",
        "in production as well",
    ),
    row(
        production([(9, T8), (10, T9)], [(8, "placeholder")], tags=[T8, T9]),
        f"-> {T9}",
        "a placeholder in production gives way to what staging proved",
    ),
    row(
        Scenario(Past([(9, T8)], horizon=9), tags=[T9]),
        "history_ends",
        "a build at the very horizon is in doubt",
    ),
    row(
        Scenario(Past([(9, T8)], horizon=9), tags=[T9], released=[T9]),
        f"-> {T9}",
        "a release answers for what cannot be seen",
    ),
    row(
        production([(9, T8), (10, T9)], tags=[T8, T9], staging_delivers="none"),
        f"-> {T9}",
        "where others deliver, it still proves what comes after",
    ),
    row(
        staging((9, T8), tags=[T9], limits=Limits(promotions_per_pass=1)),
        f"-> {T9}",
        "one promotion is within a limit of one",
    ),
    row(
        production([(9, T8), (10, T9)], tags=[T8, T9, T10], limits=Limits(promotions_per_pass=1)),
        "limit: this pass has promoted as many apps as it may (limits.promotions_per_pass)",
        "and the next environment waits for the next pass",
    ),
]


# --- environments as a graph -------------------------------------------------------------------------------

HELD = Past([(9, T8), (10, T9)])
"""T8, then T9 from ten o'clock."""


def waves(first, before=HELD, **more):
    """Staging, then one cluster, then production after that cluster."""
    own = Past([(8.5, T8)])
    graph = {"west": ("staging",), "production": ("west",)}
    return Scenario(before, own, others={"west": first}, after=graph, **{"tags": [T8, T9], **more})


def several(canary, before=HELD, **more):
    """Production after staging and after a canary."""
    graph = {"production": ("staging", "canary")}
    own = Past([(8.5, T8)])
    return Scenario(before, own, others={"canary": canary}, after=graph, **{"tags": [T8, T9], **more})


ANY = {"any_of": ("production",)}
GRAPH = [
    row(waves(HELD), f"-> {T9}", "wave after wave: the wave before has run it"),
    row(waves(Past([(9, T8)])), "after: west has not run", "wave after wave: staging alone is not enough"),
    row(
        waves(HELD, Past([(9, T8), (10, T9), (12, T8)])),
        "rolled_back: was rolled back in staging",
        "what staging left again goes no further, though the wave before still runs it",
    ),
    row(
        waves(Past([(9, T8), (10, T9), (12, T8)])),
        "rolled_back: was rolled back in west",
        "nor what the wave before left again",
    ),
    row(
        waves(HELD, released=[T9], before=Past([(9, T8), (10, T9), (12, T8)])),
        f"-> {T9}",
        "unless it is released there",
    ),
    row(
        waves(Past([(9, T8), (11, T9)]), gates=SOAK, now=11.25),
        "soak: until 2026-02-02 11:30:00 KST",
        "it soaks in the wave before, not in staging",
    ),
    row(waves(HELD, elsewhere=("west",)), f"-> {T9}", "the wave before may be in another repository"),
    row(
        waves(Past([(9, T8)]), elsewhere=("west",)),
        "after: west has not run",
        "where it counts as here",
    ),
    row(
        waves(HELD, unread=("west",)),
        "predecessor_unknown: west is in another repository, which was not read lately",
        "but only while it was read lately",
    ),
    row(
        waves(HELD, trouble={"west": Ruling(pin_reasons.NOT_YAML, False, "overlays/west is no YAML")}),
        "predecessor_in_doubt: west comes before, and overlays/west is no YAML",
        "a wave that cannot be read stops the next",
    ),
    row(
        waves(HELD, trouble={"staging": Ruling(pin_reasons.NOT_YAML, False, "overlays/staging is no YAML")}),
        f"-> {T9}",
        "though not the one after that",
    ),
    row(several(HELD), f"-> {T9}", "after two: both have held it"),
    row(several(Past([(9, T8)])), "after: canary has not run", "after two: one of them has not"),
    row(
        several(Past([(9, T8), (12, T9)]), gates=SOAK, now=12.25),
        "soak: until 2026-02-02 12:30:00 KST",
        "after two: it soaks where it came last",
    ),
    row(
        several(HELD, before=Past([(9, T8), (10, T9), (12, T10)]), tags=[T8, T9]),
        f"-> {T9}",
        "after two: one has moved on to a newer one",
    ),
    row(several(Past([(9, T8)]), **ANY), f"-> {T9}", "after any of two: one is enough"),
    row(
        several(Past([(9, T8)]), before=Past([(9, T8)]), **ANY),
        "after: has not run",
        "after any of two: none has",
    ),
    row(
        several(Past([(9, T8), (11.9, T9)]), gates=SOAK, now=12, **ANY),
        "soak: until 2026-02-02 12:24:00 KST",
        "after any of two: where both have it, it soaks in both",
    ),
    row(
        several(Past([(9, T8), (10, T9), (11, T8)]), **ANY),
        "rolled_back: in canary",
        "after any of two: rolled back in one is rolled back",
    ),
    row(
        several(Past([(9, T8), (10, (T8, T9))]), images=TWO, **ANY),
        "predecessor_in_doubt",
        "after any of two: the pins of one disagree",
    ),
    row(
        production([(9, T8), (10, T9), (11, None)], tags=[T8, T9]),
        f"after: staging has run {T9}, and no longer does",
        "what staging took out has not been moved on from",
    ),
    row(
        production([(9, T8), (10, T9), (11, "latest")], tags=[T8, T9]),
        "rolled_back: staging",
        "a placeholder in staging takes back what it ran",
    ),
    row(
        Scenario(None, Past([(8.5, T8)]), tags=[T9]),
        f"-> {T9}",
        "production after nothing follows the registry",
    ),
]


# --- gates -------------------------------------------------------------------------------------------------

OFFICE = {"window": Window.model_validate([{"days": "mon-fri", "from": "10:00", "to": "17:00"}])}
MONDAYS = {"window": Window.model_validate([{"days": "mon", "from": "10:00", "to": "17:00"}])}
EARLY_MONDAYS = {"window": Window.model_validate([{"days": "mon", "from": "00:00", "to": "02:00"}])}
NIGHT = {"window": Window.model_validate([{"days": "mon", "from": "22:00", "to": "02:00"}])}
FROZEN = {"freeze": Freeze.model_validate([{"from": "2026-02-02", "to": "2026-02-02", "why": "audit"}])}
AGED = {"age": Age.model_validate({"min": "1h", "max": "1d"})}
PROVEN = [(9, T8), (10, T9)]
"""2 February 2026 is a Monday; hours count from its midnight in Korea."""
GATES = [
    row(
        production(PROVEN, gates=MONDAYS, now=18, tags=[T8, T9]),
        "window: opens at 2026-02-09 10:00:00 KST",
        "a window of one day a week opens a week later",
    ),
    row(
        production(PROVEN, gates=EARLY_MONDAYS, now=24 * 7 + 3, tags=[T8, T9]),
        "window: opens at 2026-02-16 00:00:00 KST",
        "and is asked by the day in its zone, not by that of the clock",
    ),
    row(
        production([*PROVEN, (10.2, T10), (10.4, T9)], gates=SOAK, now=10.5, tags=[T8, T9]),
        f"-> {T9}",
        "left for a newer one that was left again, it has soaked since it first came",
    ),
    row(
        production(PROVEN, gates=FROZEN, now=20, tags=[T8, T9], scheme=UTC),
        "freeze: promotions are frozen until 2026-02-02 15:00:00 UTC (audit)",
        "an instant is told in the zone of the environment, whatever that of the freeze",
    ),
    row(
        production(PROVEN, gates=OFFICE, now=20, tags=[T8, T9], scheme=UTC),
        "window: opens at 2026-02-03 01:00:00 UTC",
        "or of the window",
    ),
    row(
        Scenario(
            Past(PROVEN, {T9: digest_of(T9)}),
            Past([(8.5, T8)]),
            [T8, T9],
            images=TWO,
            digests_of={SECOND: {T9: digest_of("x")}},
        ),
        "digest: ghcr.io/org/shop-worker has moved",
        "of two images the second has moved",
    ),
    row(production(PROVEN, gates=SOAK, now=10.49, tags=[T8, T9]), "soak", "half an hour less half a minute"),
    row(production(PROVEN, gates=SOAK, now=10.5, tags=[T8, T9]), f"-> {T9}", "half an hour to the second"),
    row(
        production([*PROVEN, (10.2, T8), (10.4, T9)], gates=SOAK, now=10.6, tags=[T8, T9]),
        "soak: until 2026-02-02 10:54:00 KST",
        "left and set again, it soaks anew",
    ),
    row(
        production([*PROVEN, (10.2, T10)], gates=SOAK, now=10.5, tags=[T8, T9]),
        f"-> {T9}",
        "left for a newer one, it soaks on",
    ),
    row(
        production([(8, T8), (8.5, T9)], gates=SOAK, now=9.25, tags=[T8, T9]),
        "soak: until 2026-02-02 09:30:00 KST",
        "no tag soaks before its image was built",
    ),
    row(staging((9, T8), tags=[T9], gates_of_staging=SOAK), f"-> {T9}", "after nothing there is no soak"),
    row(
        production(PROVEN, gates=OFFICE, now=16.99, tags=[T8, T9]),
        f"-> {T9}",
        "the window is open to its end",
    ),
    row(
        production(PROVEN, gates=OFFICE, now=17, tags=[T8, T9]),
        "window: opens at 2026-02-03 10:00:00 KST",
        "and shut at its end",
    ),
    row(
        production(PROVEN, gates=OFFICE, now=24 * 5 + 12, tags=[T8, T9]),
        "window: opens at 2026-02-09 10:00:00 KST",
        "and at the weekend",
    ),
    row(production(PROVEN, gates=NIGHT, now=25, tags=[T8, T9]), f"-> {T9}", "a window over midnight is one"),
    row(
        production(PROVEN, gates=NIGHT, now=26, tags=[T8, T9]),
        "window: opens at 2026-02-09 22:00:00 KST",
        "and ends the next day",
    ),
    row(
        production(PROVEN, gates=FROZEN, now=23.99, tags=[T8, T9]),
        "freeze: promotions are frozen until 2026-02-03 00:00:00 KST (audit)",
        "a freeze lasts to the end of its day",
    ),
    row(production(PROVEN, gates=FROZEN, now=24, tags=[T8, T9]), f"-> {T9}", "and no longer"),
    row(
        production(PROVEN, gates={**OFFICE, **FROZEN}, now=12, tags=[T8, T9]),
        "freeze",
        "a freeze beats an open window",
    ),
    row(
        staging((9, T8), tags=[T9], gates_of_staging=FROZEN, now=12),
        "freeze",
        "gates hold wherever they are set",
    ),
    row(
        production(PROVEN, gates=AGED, now=9.99, tags=[T8, T9]),
        "age: old enough at 2026-02-02 10",
        "too young",
    ),
    row(production(PROVEN, gates=AGED, now=10, tags=[T8, T9]), f"-> {T9}", "old enough"),
    row(production(PROVEN, gates=AGED, now=33, tags=[T8, T9]), f"-> {T9}", "not yet too old"),
    row(production(PROVEN, gates=AGED, now=33.1, tags=[T8, T9]), "age: older than the 1d", "too old"),
    row(
        Scenario(
            Past([(9, "1.0.0"), (10, "1.1.0")]), Past([(9, "1.0.0")]), ["1.1.0"], gates=AGED, scheme=Semver()
        ),
        "age: neither its tag nor its images say when it was built",
        "no age is known of a version",
    ),
    row(
        production(
            [(9, "1.0.0"), (10, "1.1.0")],
            [(9, "1.0.0")],
            gates=AGED,
            tags=["1.1.0"],
            scheme=Semver(),
            now=10.9,
            described={"1.1.0": ImageConfig(digest_of("1.1.0"), (), MIDNIGHT + timedelta(hours=10))},
        ),
        "age: it is old enough at 2026-02-02 11:00:00 KST",
        "but its image has one",
    ),
    row(
        production(
            [(9, "20260202.1"), (10, "20260202.2")],
            [(9, "20260202.1")],
            gates=AGED,
            tags=["20260202.2"],
            scheme=Timestamp(pattern="{date}.{number}"),
            now=10.9,
            described={
                "20260202.2": ImageConfig(digest_of("20260202.2"), (), MIDNIGHT + timedelta(hours=10))
            },
        ),
        "age: it is old enough at 2026-02-02 11:00:00 KST",
        "a tag that says the day is as old as its image",
    ),
    row(
        production(
            [(9, "20260202.1"), (10, "20260202.2")],
            [(9, "20260202.1")],
            gates=AGED,
            tags=["20260202.2"],
            scheme=Timestamp(pattern="{date}.{number}"),
            now=20,
        ),
        "age: it is old enough at 2026-02-03 01:00:00 KST",
        "and where that says nothing, it may be of the end of the day",
    ),
    row(
        production(PROVEN, tags=[T8, T9], held={"production": "audit"}),
        "held: by order of kim: audit",
        "a hold holds",
    ),
    row(
        production(PROVEN, tags=[T8, T9], held={"staging": "audit"}),
        f"-> {T9}",
        "where it is, and not after it",
    ),
    row(
        production(PROVEN, tags=[T8, T9], gates={"digest": Digest(required=True)}),
        "digest: no digest of ghcr.io/org/shop was recorded when staging got it",
        "a digest nobody recorded holds where it is required",
    ),
    row(
        Scenario(
            Past(PROVEN, {T9: digest_of(T9)}),
            Past([(8.5, T8)]),
            [T8, T9],
            gates={"digest": Digest(required=True)},
        ),
        f"-> {T9}",
        "one that was recorded and is the same passes",
    ),
    row(
        Scenario(Past(PROVEN, {T9: digest_of("x")}), Past([(8.5, T8)]), [T8, T9]),
        f"digest: ghcr.io/org/shop has moved: staging got {digest_of('x')}, now the tag is {digest_of(T9)}",
        "a tag that has moved is held with both digests",
    ),
    row(
        Scenario(Past([*PROVEN, (11, T10)], {T10: digest_of("x")}), Past([(8.5, T8)]), [T8, T9, T10]),
        f"-> {T9}",
        "and the newest that has not moved is promoted",
    ),
    row(
        staging(
            (9, T8), tags=[T9], gates_of_staging={"platforms": Platforms.model_validate(["linux/arm64"])}
        ),
        "platforms: ghcr.io/org/shop is built for linux/amd64 only, and linux/arm64 is asked",
        "an image that lacks a platform",
    ),
    row(
        staging((9, T8), tags=[T9], gates_of_staging={"platforms": Platforms.model_validate("linux/amd64")}),
        f"-> {T9}",
        "an image that has it",
    ),
]


# --- proposals and doubts ----------------------------------------------------------------------------------

NO_ROOM = Limits.model_construct(promotions_per_pass=50, open_proposals=0)
EARLY = {"pull_request": PullRequestSettings(open="early")}
PROPOSALS = [
    row(production(PROVEN, shown=Shown(T9, stopped=True)), "stopped: bears the label", "a label stops it"),
    row(
        production(PROVEN, shown=Shown(T9, edited=True)), "branch_edited: https://forge/7", "an edited branch"
    ),
    row(
        production(PROVEN, taken="instance"),
        "branch_taken: bears the name of another instance",
        "a branch of another instance",
    ),
    row(
        production(PROVEN, taken="author"),
        "branch_taken: was opened by",
        "a pull request that somebody else has opened from our branch",
    ),
    row(
        production(PROVEN, taken="unmarked"),
        "branch_taken: does not bear the updater's hidden mark",
        "one from our branch without our mark",
    ),
    row(production(PROVEN, retargeted=True), "retargeted: https://forge/7", "ours, aimed elsewhere"),
    row(
        production(PROVEN, asked=T8),
        f"asked: somebody asks for {T8} by name: https://forge/7 has to be merged or closed first",
        "what a person asked for comes first",
    ),
    row(
        production(PROVEN, gates=SOAK, now=10.25, tags=[T8, T9], **EARLY),
        f"-> {T9} early",
        "shown while it soaks, where config says so",
    ),
    row(production(PROVEN, gates=SOAK, now=12, tags=[T8, T9], **EARLY), f"-> {T9}", "and is early no longer"),
    row(production([(9, T8)], tags=[T8, T9], **EARLY), "after", "but no fact is passed over"),
    row(
        production(PROVEN, gates=SOAK, now=10.25, tags=[T8, T9], production_delivers="push", **EARLY),
        "soak",
        "and nothing is pushed early",
    ),
    row(
        production([*PROVEN, (10.2, T10)], gates=SOAK, now=10.25, proposed=T9, tags=[T8, T9, T10], **EARLY),
        f"-> {T9} early",
        "what is shown early stays until a newer one passes",
    ),
    row(
        production([*PROVEN, (10.2, T10)], gates=SOAK, now=10.75, proposed=T9, tags=[T8, T9, T10], **EARLY),
        f"-> {T10}",
        "and then gives way",
    ),
    row(
        production(PROVEN, gates=SOAK, now=10.25, tags=[T8, T9], closed=DOWN, **EARLY),
        "soak",
        "early, and nobody says what was closed",
    ),
    row(
        production(PROVEN, tags=[T8, T9], limits=Limits(open_proposals=1)),
        f"-> {T9}",
        "one proposal is within a limit of one",
    ),
    row(
        production(PROVEN, tags=[T8, T9], proposed=T9, limits=Limits(open_proposals=1)),
        f"-> {T9}",
        "what is open is within it",
    ),
    row(
        production(
            PROVEN,
            tags=[T8, T9],
            held={"production": "audit"},
            trouble={"production": Ruling(pin_reasons.ALIAS, False, "an alias stands there")},
        ),
        "alias",
        "what cannot be read comes before all else",
    ),
    row(
        production(PROVEN, images=TWO, own=[(8, (T8, T9))], held={"production": "audit"}),
        "held",
        "a hold is told before pins that disagree",
    ),
    row(production(PROVEN, production_delivers="none"), "not_delivered: others write here", "others deliver"),
    row(production(PROVEN, tags=DOWN), "registry_unavailable", "a silent registry holds production, too"),
    row(
        production(
            PROVEN,
            unheard={"staging": Ruling(failure_reasons.REGISTRY_UNAVAILABLE, False, "silent")},
            tags=[T8, T9],
        ),
        f"-> {T9}",
        "what staging did not hear holds up nobody after it",
    ),
    row(
        production([*PROVEN], tags=[T8, T9, T10], proposed=T9, limits=Limits(promotions_per_pass=1)),
        f"-> {T9}",
        "what stands open is not counted anew",
    ),
    row(
        production(PROVEN, tags=[T8, T9], limits=NO_ROOM),
        "open_proposals: as many pull requests are open as may be (limits.open_proposals)",
        "no room for another proposal",
    ),
]


# --- what people order by name -----------------------------------------------------------------------------


def order(kind, scenario, tag=None, **overrides):
    where = "staging" if scenario.production is None else "production"
    scenario.request = Request(kind, Placement(where, "shop"), tag, by="kim", overrides=overrides)
    return scenario


def promote(scenario, tag=None, **overrides):
    return order("promote", scenario, tag, **overrides)


def rollback(scenario, tag=None, **overrides):
    return order("rollback", scenario, tag, **overrides)


BAD = [(8, T7), (9, T8), (10, T9), (11.5, T8)]
ORDERS = [
    row(
        rollback(staging((7.5, T7), (9, T8), (9.5, T7), (10, T8), (11, T9), tags=[T8])),
        f"-> {T7}",
        "not back to what was once left backwards, though it was set again",
    ),
    row(
        rollback(staging((6.5, built(6)), (7.5, T7), (8.5, T8), (9.5, T9), (10, T7), tags=[T8])),
        f"-> {built(6)}",
        "nor to what a longer step back passed over",
    ),
    row(promote(production(PROVEN, limits=NO_ROOM), T9), f"-> {T9}", "what is asked for finds room"),
    row(promote(staging((9, T8), tags=[T9, T10])), f"-> {T10}", "no tag: what would come next"),
    row(promote(staging((9, T8), tags=[T9, T10]), T9), f"-> {T9}", "an older one than the newest"),
    row(promote(staging((9, T8), tags=[T8])), "up_to_date", "no tag, and nothing newer"),
    row(promote(staging((9, T8), tags=[T8]), T8), f"up_to_date: it runs {T8} already", "what runs already"),
    row(promote(staging((9, T8), (10, T9), tags=[T8, T9]), T8), f"-> {T8}", "what was held before"),
    row(promote(staging(*BAD, tags=[T8, T9]), T9), f"-> {T9}", "what was rolled back"),
    row(promote(staging(*BAD, tags=[T10])), "built_before_rollback", "no tag lifts no bar"),
    row(promote(staging(*BAD, tags=[T10], after_rollback="release"), T10), f"-> {T10}", "without a release"),
    row(promote(production(PROVEN, rejected=[T9]), T9), f"-> {T9}", "what was rejected"),
    row(promote(Scenario(Past([(9, T8)], horizon=9), tags=[T8]), T7), f"-> {T7}", "from before history"),
    row(promote(staging((9, T8), tags=[T9], forbid=("2026*",)), T9), "forbidden", "never what is forbidden"),
    row(
        promote(staging((9, T8), tags=[T9], forbid=("2026*",)), T9, forbidden="please"),
        "forbidden",
        "whatever is overridden",
    ),
    row(
        promote(staging((9, T8), tags=["dev"], allow=("v*",)), "dev"),
        "not_allowed: dev is not a timestamp tag or one like v*",
        "nor what is neither followed nor allowed",
    ),
    row(
        promote(staging((9, T8), tags=[], allow=("v*",)), "v1"), "-> v1", "an allowed one, though not listed"
    ),
    row(
        promote(staging((9, T8), tags=[T9], digests={T9: None}), T9, not_there_yet="please"),
        "not_there_yet",
        "never what is not there",
    ),
    row(
        promote(staging((9, T8), tags=[T9], digests={T9: DOWN}), T9),
        "registry_unavailable",
        "nor what cannot be asked for",
    ),
    row(promote(staging((9, "v1.2.3"), tags=[T9]), T9), f"-> {T9}", "a followed tag, from a foreign one"),
    row(
        promote(staging((9, (T8, T9)), tags=[T9], images=TWO), T9),
        f"-> {T9}",
        "one tag for pins that disagree",
    ),
    row(promote(production(PROVEN, gates=SOAK, now=10.25), T9), "soak", "a gate is asked"),
    row(
        promote(production(PROVEN, gates=SOAK, now=10.25), T9, soak="hotfix"), f"-> {T9}", "unless overridden"
    ),
    row(promote(production(PROVEN, gates=SOAK, now=10.25), T9, window="hotfix"), "soak", "by its own code"),
    row(promote(production([(9, T8)]), T9), "after", "staging is asked"),
    row(
        promote(production([(9, T8)], gates=SOAK), T9, after="hotfix", soak="hotfix"),
        f"-> {T9}",
        "unless, too",
    ),
    row(promote(production(PROVEN, held={"production": "audit"}), T9), "held", "a hold stands"),
    row(
        promote(production(PROVEN, held={"production": "audit"}), T9, held="ok"), f"-> {T9}", "unless, again"
    ),
    row(promote(staging((9, T8), tags=[built(40)]), built(40)), "future", "the future is asked"),
    row(
        promote(staging((9, T8), tags=[built(40)]), built(40), future="a test"),
        f"-> {built(40)}",
        "unless it is overridden",
    ),
    row(promote(production(PROVEN, asked=T8), T9), "asked", "another order is open"),
    row(promote(production(PROVEN, asked=T9), T9), f"-> {T9}", "the same order is open"),
    row(promote(production(PROVEN, proposed=T8, edited=True), T9), f"-> {T9}", "a proposal in other hands"),
    row(promote(production(PROVEN, retargeted=True), T9), "retargeted", "ours aimed elsewhere"),
    row(promote(staging((9, T8), tags=[T9], staging_delivers="none"), T9), "not_delivered", "others deliver"),
    row(promote(staging((9, T8), tags=DOWN)), "registry_unavailable", "no tag, and a silent registry"),
    row(promote(staging((9, T8), tags=DOWN), T9), f"-> {T9}", "a named tag needs no list"),
    row(
        promote(staging((9, T8), tags=[T9], trouble=FAULT), T9),
        "alias",
        "a pin that cannot be written",
    ),
    row(promote(waves(HELD, unread=("west",)), T9), "predecessor_unknown", "a wave that nobody has read"),
    row(rollback(staging((9, T8), (10, T9), tags=[T8, T9])), f"-> {T8}", "back to the one before"),
    row(rollback(staging(*BAD, tags=[T8, T9])), f"-> {T7}", "and further back"),
    row(
        rollback(staging((8, T7), (9, T8), (10, T7), (11, T9), tags=[])),
        f"-> {T7}",
        "but to none that was left backwards",
    ),
    row(rollback(staging((8, "latest"), (9, T8), tags=[T8])), "no_way_back", "nor to a placeholder"),
    row(rollback(staging((9, T8), tags=[T8])), "no_way_back: it has run nothing before this", "nowhere"),
    row(
        rollback(staging((7, T7), (8, T8), (9, "latest"), (10, "v1.2.3"), tags=[T8])),
        "no_way_back: nothing it has run before comes back by itself: "
        f"name what to go back to, by --to ({T8}, {T7})",
        "to nothing that was left backwards, and then it says what there is",
    ),
    row(
        rollback(staging((8, T7), (9, T8), (10, T9), tags=[T8], forbid=(T8,))),
        f"-> {T7}",
        "past what is forbidden",
    ),
    row(rollback(staging((8, T7), (9, T8), (10, T9), tags=[T8]), T7), f"-> {T7}", "back to one by name"),
    row(
        rollback(staging((8, T7), (9, T8), tags=[T8], forbid=(T7,))), "forbidden", "never to a forbidden one"
    ),
    row(
        rollback(staging((8, T7), (9, T8), tags=[T8], digests={T7: None})),
        "not_there_yet",
        "nor to one that is gone",
    ),
    row(
        rollback(production(PROVEN, [(8, T7), (9, T8)], gates={**FROZEN, **SOAK}, now=12)),
        f"-> {T7}",
        "at any hour, and whatever staging runs",
    ),
    row(
        rollback(production(PROVEN, [(8, T7), (9, T8)], held={"production": "audit"})),
        f"-> {T7}",
        "whoever holds it",
    ),
    row(
        rollback(production(PROVEN, [(8, T7), (9, T8)], unreadable_holds=failure_reasons.HOLDS_UNREADABLE)),
        f"-> {T7}",
        "whether or not the holds can be read",
    ),
    row(
        rollback(production(PROVEN, [(8, T7), (9, T8)], unreadable_holds=failure_reasons.TOO_LARGE)),
        f"-> {T7}",
        "for whatever reason they cannot",
    ),
    row(
        promote(production(PROVEN, stopped_line=True), T9),
        "line_stopped: the line is stopped",
        "nor past a stopped line",
    ),
    row(
        promote(production(PROVEN, stopped_line=True), T9, line_stopped="the fix"),
        f"-> {T9}",
        "unless that is overridden, too",
    ),
    row(
        rollback(production(PROVEN, [(8, T7), (9, T8)], proposed=T9), T7),
        f"-> {T7}",
        "whatever an open pull request offers",
    ),
    row(
        rollback(production(PROVEN, [(8, T7), (9, T8)], lost_order=True)),
        "retargeted",
        "but not while an order is open that somebody has aimed elsewhere",
    ),
    row(
        rollback(production(PROVEN, [(8, T7), (9, T8)], refused="apps/shop.yaml:3: replicas")),
        f"-> {T7}",
        "whatever its team has written",
    ),
    row(
        rollback(production(PROVEN, [(8, T7), (9, T8)], unread=["staging"])),
        f"-> {T7}",
        "whether or not what comes before was read",
    ),
    row(
        rollback(production(PROVEN, [(8, T7), (9, T8)], retargeted=True)),
        f"-> {T7}",
        "wherever somebody has aimed its candidate",
    ),
    row(
        rollback(production(PROVEN, [(8, T7), (9, T8)], taken="unmarked", edited=True, proposed=T9)),
        f"-> {T7}",
        "whoever has the branch of its candidate",
    ),
    row(rollback(production(PROVEN, [(8, T7), (9, T8)], now=-40)), f"-> {T7}", "by whatever clock"),
    row(
        rollback(staging((8, "v1.2.3"), (9, T8), tags=[T8]), "v1.2.3"),
        "-> v1.2.3",
        "also to what is not followed any more",
    ),
    row(
        rollback(production(PROVEN, [(8, T7), (9, T8)], asked=T8)),
        "asked",
        "but not beside another order that is open",
    ),
    row(
        rollback(production(PROVEN, [(8, T7), (9, T8)], floors=FLOOR)),
        f"rollback_floor: {T7} is too old: no way back below {T8}: its migration drops a column",
        "nor below a rollback floor",
    ),
    row(
        rollback(production(PROVEN, [(8, T7), (9, T8)], floors=FLOOR), rollback_floor="we drop the data"),
        f"-> {T7}",
        "unless a person passes over that",
    ),
    row(
        rollback(production(PROVEN, [(8, T7), (9, T8)], floors=RecordedFloors(unread="floors: broken"))),
        f"-> {T7}",
        "and not for one that nobody can read",
    ),
]


@pytest.mark.parametrize(("scenario", "expected"), [*NEVER, *TAGS, *GRAPH, *GATES, *PROPOSALS, *ORDERS])
def test_what_is_decided(scenario, expected):
    assert agrees(decided(scenario), expected), decided(scenario)


# --- what is said to who asks of one tag -------------------------------------------------------------------

TOLD = [
    row(
        (staging((9, T8), (10, built(40)), (11, T9), now=41), "staging", built(40)),
        ["- not_listed", "- not_newer", "- rolled_back"],
        "what was held is not newer, though it came from the future",
    ),
    row(
        (staging((9, "1.2.3"), tags=["v1.2.3"], scheme=Semver()), "staging", "v1.2.3"),
        ["- not_newer"],
        "nor is what runs under another name",
    ),
    row((staging((9, T8), tags=[T9]), "staging", T9), [], "nothing speaks against it"),
    row((staging((9, T8), tags=[T9]), "staging", T10), ["- not_listed"], "it is not listed"),
    row((staging((9, T8), tags=[T9]), "staging", "dev"), ["- not_followed"], "it is not followed"),
    row(
        (production(PROVEN, gates={**SOAK, **OFFICE}, now=10.25), "production", T9),
        ["+ after", "- soak", "+ window"],
        "every gate is told, and not only the first that says no",
    ),
    row(
        (production([(9, T8), (10, T9), (12, T8)], rejected=[T9], forbid=(T9,)), "production", T9),
        ["- forbidden", "- rolled_back", "- rejected", "- after"],
        "and every rule",
    ),
]


@pytest.mark.parametrize(("asked", "expected"), TOLD)
def test_what_is_told_of_one_tag(asked, expected):
    scenario, environment, tag = asked
    assert scenario.told(environment, tag) == expected


def test_where_nothing_can_be_said_nothing_is_told():
    scenario = staging((9, T8), tags=[T9])
    for silent in ({"trouble": FAULT}, {"unheard": FAULT}):
        situation = replace(scenario, **silent)._situation({})
        assert verdicts(situation, Placement("staging", "shop")) == ()
    assert [each.tag for each in verdicts(scenario._situation({}), Placement("staging", "shop"))] == [T9]


def test_explain_says_nothing_of_gates_while_what_comes_before_was_not_read():
    """It would say that nothing comes before."""
    unread = production([(8, T8), (9, T9)], [(8, T8)], tags=[T8, T9], unread=["staging"])
    assert verdicts(unread._situation({}), Placement("production", "shop"), T9) == ()
    assert unread.outcome("production").startswith("predecessor_unknown: ")


def test_where_there_is_no_candidate_the_newest_few_are_told_of():
    scenario = staging((12.5, T12), tags=[T7, T8, T9, T10, T11, built(6), "dev"])
    told = verdicts(scenario._situation({}), Placement("staging", "shop"))
    assert [each.tag for each in told] == [T11, T10, T9, T8, T7]
