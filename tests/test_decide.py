"""Situations as rows: what is there, and what is decided of it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from scenario import IMAGE, MIDNIGHT, SECOND, Past, Scenario, agrees, built, digest_of

from updater import image_labels
from updater.config import Limits
from updater.decide import apply_limits, decide
from updater.decide.explanation import verdicts
from updater.gates.platforms import Platforms
from updater.gates.soak import Soak
from updater.gates.source_checks import SourceChecks
from updater.model import (
    DigestOf,
    Hold,
    ImageConfig,
    ImageDate,
    ImageOf,
    Needs,
    Placement,
    Promote,
    Request,
    Ruling,
    Unreadable,
)
from updater.reasons import failure_reasons, pin_reasons
from updater.schemes.created import Created
from updater.schemes.numeric import Numeric
from updater.schemes.semver import Semver
from updater.schemes.timestamp import Timestamp

ALIAS = Ruling(pin_reasons.ALIAS, False, "an alias")
T8, T9, T10, T11, T12 = (built(hour) for hour in (8, 9, 10, 11, 12))
DOWN = Unreadable(
    "ghcr.io does not answer for ghcr.io/org/shop",
    transient=True,
    reason=failure_reasons.REGISTRY_UNAVAILABLE,
)
SOAK = {"soak": Soak.model_validate("30m")}


STAGING = [
    pytest.param(Scenario(Past([(9, T8)]), tags=[T8, T9]), f"-> {T9}", id="a newer tag is promoted"),
    pytest.param(
        Scenario(Past([(9, T8)]), tags=[T10, T8, T9]), f"-> {T10}", id="the newest, in whatever order"
    ),
    pytest.param(Scenario(Past([(9, T8)]), tags=[T8]), "up_to_date", id="it runs the newest"),
    pytest.param(
        Scenario(Past([(9, T9)]), tags=[T8]), "not_newer", id="only older ones are left in the registry"
    ),
    pytest.param(Scenario(Past([(1, "latest")]), tags=[T8]), f"-> {T8}", id="a placeholder gives way"),
    pytest.param(Scenario(Past([(1, "")]), tags=[T8]), f"-> {T8}", id="so does an empty tag"),
    pytest.param(Scenario(Past([(1, "v1.2.3")]), tags=[T8]), "foreign_current", id="a foreign tag stays"),
    pytest.param(
        Scenario(Past([(9, T8)]), tags=["v2", "latest", "20260230-000000", "dev"]),
        "no_candidate: no tag of ghcr.io/org/shop is a timestamp tag: 20260230-000000 is no real date and "
        "time, dev does not look like %Y%m%d-%H%M%S, latest does not look like %Y%m%d-%H%M%S",
        id="no tag is of the scheme: three are named, and why not",
    ),
    pytest.param(
        Scenario(Past([(1, "v1.2.3")]), tags=["v2", "v1.2.3"]),
        "foreign_current",
        id="a foreign tag stays where no tag is of the scheme either",
    ),
    pytest.param(
        Scenario(Past([(9, T8)]), tags=["@acme/owners ![x](y) #1" + "a" * 200]),
        "no_candidate: no tag of ghcr.io/org/shop is a timestamp tag: "
        f"?acme?owners???x??y???1{'a' * 105} does not look like %Y%m%d-%H%M%S",
        id="what is no tag cannot mention anybody, and is cut",
    ),
    pytest.param(
        Scenario(Past([(9, T8)]), images=(IMAGE, SECOND), tags_of={IMAGE: ["a"], SECOND: ["b"]}),
        "no_candidate: none that all its images have",
        id="no tag is of the scheme, and none of all images",
    ),
    pytest.param(Scenario(Past([(9, T8)]), tags=[]), "listing_empty", id="an empty list changes nothing"),
    pytest.param(
        Scenario(Past([(9, T8)]), tags=DOWN), "registry_unavailable", id="a silent registry neither"
    ),
    pytest.param(
        Scenario(Past([(9, T8)]), tags=[T9], steady=2), "current_not_listed", id="a list with a hole neither"
    ),
    pytest.param(Scenario(Past([(9, T8)]), tags=[T9], steady=3), f"-> {T9}", id="a hole that lasts is none"),
    pytest.param(
        Scenario(Past([(9, T8), (10, T9), (11, T8)]), tags=[T8, T9]), "rolled_back", id="a revert stands"
    ),
    pytest.param(
        Scenario(Past([(9, T8), (10, T9), (11.5, T8)]), tags=[T8, T9, T10]),
        "built_before_rollback",
        id="what was built before the revert waits",
    ),
    pytest.param(
        Scenario(Past([(9, T8), (10, T9), (11.5, T8)]), tags=[T8, T9, T10, T12]),
        f"-> {T12}",
        id="what is built after it goes on",
    ),
    pytest.param(
        Scenario(Past([(9, T8), (10, T9), (11.5, T8)]), tags=[T8, T9, T10], after_rollback="newer"),
        f"-> {T10}",
        id="or whatever is newer, if so configured",
    ),
    pytest.param(
        Scenario(Past([(9, T8), (10, T9), (11.5, T8)]), tags=[T12], after_rollback="release"),
        "awaits_release",
        id="or nothing before a release",
    ),
    pytest.param(
        Scenario(Past([(9, T8), (12, T11), (13, T8), (14, T9)]), tags=[T10]),
        "not_newer",
        id="nothing below what was ever held, though it is above the current",
    ),
    pytest.param(
        Scenario(Past([(9, T8)]), tags=[T9, built(25)]),
        f"-> {T9}",
        id="a tag from the future is passed over",
    ),
    pytest.param(
        Scenario(Past([(9, T8)]), tags=[T8, built(25)]), "up_to_date", id="and alone it is no reason to hold"
    ),
    pytest.param(
        Scenario(Past([(9, T8), (10, built(40)), (11, T9)]), tags=[T8, T9, built(40)], now=41),
        "rolled_back",
        id="a held tag from the future does not come back when it comes true",
    ),
    pytest.param(
        Scenario(Past([(9, T8), (10, built(40))]), tags=[T11], now=12),
        f"-> {T11}",
        id="a held tag from the future does not block what follows",
    ),
    pytest.param(
        Scenario(Past([(9, T8)]), tags=[T9], forbid=("2026*",)), "forbidden", id="forbid beats newer"
    ),
    pytest.param(
        Scenario(Past([(9, T8)]), tags=[T9], digests={T9: None}),
        "not_there_yet",
        id="listed, but not there yet",
    ),
    pytest.param(
        Scenario(Past([(9, T8)]), tags=[T9, T10], digests={T10: None}),
        f"-> {T9}",
        id="the newest that is there",
    ),
    pytest.param(
        Scenario(Past([(9, T8)]), tags=[T9, T10], digests={T10: DOWN}),
        "registry_unavailable",
        id="a failed reading of the newest promotes no older one",
    ),
    pytest.param(
        Scenario(Past([(9, (T8, T9))]), images=(IMAGE, SECOND), tags=[T10]), "split", id="pins disagree"
    ),
    pytest.param(
        Scenario(Past([(9, T8)]), images=(IMAGE, SECOND), tags_of={IMAGE: [T8, T9], SECOND: [T8]}),
        "images_missing",
        id="a tag only some images have",
    ),
    pytest.param(
        Scenario(Past([(9, T8)]), images=(IMAGE, SECOND), tags_of={IMAGE: [T9, T10], SECOND: [T9]}),
        f"-> {T9}",
        id="the newest that all images have",
    ),
    pytest.param(
        Scenario(Past([(9, T8)]), images=(IMAGE, SECOND), tags_of={IMAGE: [T9], SECOND: DOWN}),
        "registry_unavailable",
        id="one of two registries is silent",
    ),
    pytest.param(
        Scenario(Past([(9, T8)], horizon=8.5), tags=[T9]), f"-> {T9}", id="newer than all that is unseen"
    ),
    pytest.param(
        Scenario(Past([(9.5, T8)], horizon=9.5), tags=[T9]),
        f"history_ends: back to 2026-02-02 09:30:00 KST only, and {T9} was built before that",
        id="it may have been held",
    ),
    pytest.param(
        Scenario(Past([(9, T8)]), tags=[T9], trouble={"staging": ALIAS}),
        "alias",
        id="a refused pin holds with its reason",
    ),
    pytest.param(
        Scenario(Past([(9, T8), (10, T9), (11, T8)]), tags=[T8, T9], released=[T9]),
        f"-> {T9}",
        id="what was left comes back once it is released",
    ),
    pytest.param(
        Scenario(Past([(9, T8), (10, T9)]), tags=[T8, T9], released=[T8]),
        "up_to_date",
        id="a release moves nothing back from a newer tag",
    ),
    pytest.param(
        Scenario(Past([(9, T8), (10, "latest")]), tags=[T8], released=[T8]),
        f"-> {T8}",
        id="from a placeholder it may",
    ),
    pytest.param(
        Scenario(Past([(9, T8), (10, T9), (11, T8)]), tags=[T8], released=[T9]),
        "up_to_date",
        id="what is released has to be there",
    ),
    pytest.param(
        Scenario(Past([(9, T8), (10, T9), (11.5, T8)]), tags=[T8, T9, T10], goes_on=True),
        f"-> {T10}",
        id="released to go on, it does not wait for a build after the revert",
    ),
    pytest.param(
        Scenario(Past([(9, T8), (10, T9), (11, T8)]), tags=[T9, T10], released=[T9], forbid=(T9, T10)),
        "forbidden",
        id="no release lifts forbid",
    ),
    pytest.param(
        Scenario(Past([(9, T8)]), images=(IMAGE, SECOND), tags_of={IMAGE: [T8, T9], SECOND: [T8, T10]}),
        "images_missing",
        id="tags that are not the same are no common tag",
    ),
    pytest.param(
        Scenario(Past([(9, T8)]), tags=[T9], staging_delivers="none"),
        "not_delivered",
        id="others deliver here",
    ),
]


@pytest.mark.parametrize(("scenario", "expected"), STAGING)
def test_an_environment_that_follows_the_registry(scenario, expected):
    assert agrees(scenario.outcome(), expected), scenario.outcome()


TOMORROW = built(40)
A_CHART = ImageConfig("", (), None, {}, "a chart")


@pytest.mark.parametrize(
    ("scenario", "remark"),
    [
        (Scenario(Past([(9, T8)]), tags=[T8, T9, TOMORROW]), f"{TOMORROW}: its stamp 2026-02-03 16:00"),
        (Scenario(Past([(9, T8)]), tags=[T8, TOMORROW]), f"{TOMORROW}: its stamp 2026-02-03 16:00"),
        (
            Scenario(Past([(9, T8)]), tags=[T8, T9, T10], described={T10: A_CHART}),
            f"{T10}: {T10} of {IMAGE} is a chart",
        ),
    ],
)
def test_a_newer_tag_that_is_none_is_said_beside_what_is_decided(scenario, remark):
    decision = scenario.decided()
    assert [remark in one.sentence for one in decision.remarks] == [True]
    assert not isinstance(decision, Hold) or decision.reasons[0].code == "up_to_date"


def production(staging, mine=((8.5, T8),), **more):
    return Scenario(Past(staging), Past(list(mine)), **{"tags": [T8, T9, T10, T11], **more})


PRODUCTION = [
    pytest.param(
        production([(9, T8), (10, T9)], now=10.25, gates=SOAK, tags=[T9, built(40)]),
        "soak",
        id="a tag of tomorrow hides no soak",
    ),
    pytest.param(production([(9, T8), (10, T9)]), f"-> {T9}", id="what staging holds"),
    pytest.param(production([(9, T8), (10, T9), (11, T10)]), f"-> {T10}", id="the newest staging holds"),
    pytest.param(production([(9, T8)]), "after", id="what staging has not held"),
    pytest.param(production([(9, T8), (10, T9), (11, T8)]), "after", id="nor what came after a revert there"),
    pytest.param(
        production([(9, T8), (10, T9), (11, T8)], tags=[T8, T9]),
        "rolled_back",
        id="what staging was rolled back from",
    ),
    pytest.param(
        production([(9, T8), (10, T9), (11, T10), (12, T9)], tags=[T8, T9, T10]),
        f"-> {T9}",
        id="what staging was rolled back to is fine",
    ),
    pytest.param(
        production([(9, T8), (10, T9), (11, "v1.2.3")], tags=[T8, T9]),
        "rolled_back",
        id="a foreign tag in staging rolls back what it replaced",
    ),
    pytest.param(
        production([(9, T8), (10, T9)], now=10.25, gates=SOAK, tags=[T9, T10]),
        "after",
        id="newer, and not held yet",
    ),
    pytest.param(
        production([(9, T8), (10, T9)], now=10.25, gates=SOAK, tags=[T8, T9]),
        "soak",
        id="not soaked long enough",
    ),
    pytest.param(
        production([(9, T8), (10, T9)], now=10.5, gates=SOAK), f"-> {T9}", id="soaked just long enough"
    ),
    pytest.param(
        production([(9, T8), (9.5, T9), (10, None), (11, T9)], now=11.25, gates=SOAK, tags=[T8, T9]),
        "soak",
        id="what was taken out and put back soaks anew",
    ),
    pytest.param(
        production([(9, T8), (10, T9), (11, T10)], now=11.25, gates=SOAK),
        f"-> {T9}",
        id="the newest that has soaked, though staging has moved on",
    ),
    pytest.param(
        production([(9, T8), (10, T9)], mine=[(8.5, T8), (11, T9), (12, T8)]),
        "after",
        id="its own revert stands, and nothing newer was held before it",
    ),
    pytest.param(
        production([(9, T8), (10, T9)], mine=[(8.5, T8), (11, T9), (12, T8)], tags=[T8, T9]),
        "rolled_back",
        id="its own revert stands",
    ),
    pytest.param(
        production([(9, T8), (10, T9)], tags=[T8, T9], rejected=[T9]), "rejected", id="closed unmerged"
    ),
    pytest.param(
        production([(9, T8), (10, T9)], tags=[T8, T9], closed=[T9]), "rejected", id="closed unmerged long ago"
    ),
    pytest.param(
        production([(9, T8), (10, T9)], tags=[T8, T9], closed=DOWN),
        "registry_unavailable",
        id="nobody says what was closed long ago",
    ),
    pytest.param(
        production([(9, T8), (10, T9), (11, T10)], rejected=[T9]),
        f"-> {T10}",
        id="a newer one may be proposed",
    ),
    pytest.param(
        production([(9, T8), (10, T9)], tags=[T8, T9], rejected=[T11]),
        "rejected",
        id="all below a rejected one too",
    ),
    pytest.param(
        production([(9, T8), (10, T9)], proposed=T9), f"-> {T9}", id="shown already, and still right"
    ),
    pytest.param(
        production([(9, T8), (10, T9)], proposed=T9, edited=True), "branch_edited", id="a human took over"
    ),
    pytest.param(
        production([(9, T8), (10, (T9, T10))], mine=[(8, T8)], images=(IMAGE, SECOND)),
        "predecessor_in_doubt",
        id="the pins of staging disagree",
    ),
    pytest.param(
        production([(9, T8), (10, T9)], trouble={"staging": Ruling(pin_reasons.NOT_YAML, False, "no YAML")}),
        "predecessor_in_doubt",
        id="staging cannot be read",
    ),
    pytest.param(
        production(
            [(9, T8), (10, T9)],
            unheard={"production": Ruling(failure_reasons.FORGE_UNAVAILABLE, False, "silent")},
        ),
        "forge_unavailable",
        id="the forge does not answer",
    ),
    pytest.param(
        Scenario(Past([(9, T8), (10, T9)], {T9: digest_of("other")}), Past([(8.5, T8)]), tags=[T8, T9]),
        "digest",
        id="the tag has moved since staging got it",
    ),
    pytest.param(
        Scenario(Past([(9, T8), (10, T9)], {T9: digest_of(T9)}), Past([(8.5, T8)]), tags=[T8, T9]),
        f"-> {T9}",
        id="the tag has not moved",
    ),
]


RUNNING = {"soak": Soak.model_validate({"for": "30m", "counts": "running"})}
QUICK = "of the last 2 tags that staging left for a newer one none ran longer than 12m: soak shorter, or"
PRODUCTION += [
    pytest.param(
        production([(9, T8), (10, T9), (10.75, T10)], tags=[T8, T9], gates=RUNNING),
        f"-> {T9}",
        id="counted while it ran, it ran long enough",
    ),
    pytest.param(
        production([(9, T8), (10, T9), (10.25, T10)], tags=[T8, T9], gates=RUNNING),
        f"soak: staging left {T9} before it had run there for the 30m asked",
        id="counted while it ran, it ran too short and never will be",
    ),
    pytest.param(
        production([(11, T8), (11.2, T9), (11.4, T10)], gates=RUNNING, now=11.5, tags=[T8, T9]),
        f"soak: asked; {QUICK}",
        id="where builds come faster than they soak that is said",
    ),
    pytest.param(
        production([(11, T8), (11.2, T9), (11.4, T10)], gates=RUNNING, now=11.6, tags=[T8, T10]),
        f"soak: it soaks until 2026-02-02 11:54:00 KST (30m asked); {QUICK}",
        id="also while the last one still may",
    ),
]


@pytest.mark.parametrize(("scenario", "expected"), PRODUCTION)
def test_an_environment_that_follows_another(scenario, expected):
    assert agrees(scenario.outcome("production"), expected), scenario.outcome("production")


def semver(staging, mine=None, *, horizon=None, **more):
    before, own = Past(staging, horizon=horizon), Past(mine) if mine else None
    return Scenario(before, own, **{"scheme": Semver(), "follow": "semver", **more})


NUMERIC = {"scheme": Numeric(pattern="b-(?P<number>[0-9]+)"), "follow": "numeric"}

LEFT_124 = [(9, "1.2.3"), (10, "1.2.4"), (11, "1.2.3")]
LEFT_OF_DAY = [(9, "20260202.1"), (10, "20260202.2"), (11, "20260202.1")]
BRANCHED = {"scheme": Numeric(pattern="{branch}-{number}-{sha}"), "follow": "numeric"}
WEB = {"scheme": Numeric(pattern="web-{number}"), "follow": "numeric"}
COMMITTED = {"scheme": Timestamp(pattern="{date}-{sha}")}
NAMED = {"scheme": Semver(pattern="web-{version}"), "follow": "semver"}
DAILY = {"scheme": Timestamp(pattern="{date}.{number}")}


def created(hour):
    """What an image says that was created so many hours into 2 February, Korean time."""
    return ImageConfig("sha256:" + "0" * 64, ("linux/amd64",), MIDNIGHT + timedelta(hours=hour))


VERSIONS = [
    pytest.param(
        semver([(9, "1.2.3")], tags=["1.2.3", "1.2.4", "v1.2.4"]),
        "-> 1.2.4",
        id="of two names of one version the one that is written like what runs",
    ),
    pytest.param(
        semver([(9, "v1.2.3")], tags=["v1.2.3", "1.2.4", "v1.2.4"]),
        "-> v1.2.4",
        id="also where that has a v",
    ),
    pytest.param(
        semver([(9, "1.2.3")], tags=["1.2.3", "1.2.4", "v1.2.4"], forbid=("1.2.4",)),
        "-> v1.2.4",
        id="but not the one that is forbidden",
    ),
    pytest.param(
        semver(
            [(9, "1.2.3"), (23.9, "1.2.4")],
            [(9.5, "v1.2.3")],
            tags=["1.2.3", "v1.2.3", "1.2.4", "v1.2.4"],
            gates={"soak": Soak.model_validate("30m")},
        ),
        "soak",
        id="and what the environment before holds is the one that is waited for",
    ),
    pytest.param(semver([(9, "1.9.0")], tags=["1.9.0", "1.10.0"]), "-> 1.10.0", id="a newer version"),
    pytest.param(
        semver([(9, "1.9.0")], tags=["1.8.0"]),
        "not_newer: has run 1.9.0",
        id="only older versions are there",
    ),
    pytest.param(
        semver([(9, "1.2.3")], tags=["1.2.3", "v1.2.3"]),
        "up_to_date",
        id="one version under two names is one version",
    ),
    pytest.param(
        semver([(9, "1.2.3")], tags=["v1.2.3"]), "up_to_date", id="though only its other name is there"
    ),
    pytest.param(
        semver([(9, "v1.2.3"), (10, "1.2.3")], tags=["v1.2.4"], now=12),
        "-> v1.2.4",
        id="from one name of a version to the other is no step back",
    ),
    pytest.param(
        semver([(9, "1.2.3"), (10, "v1.2.4"), (11, "1.2.3")], tags=["1.2.3", "1.2.4", "v1.2.4"]),
        "rolled_back",
        id="what was left does not come back by its other name",
    ),
    pytest.param(
        semver([(9, "1.2.3"), (10, "1.2.4"), (11, "v1.2.4"), (12, "dev")], [(8, "1.2.3")], tags=["1.2.4"]),
        "rolled_back",
        id="nor does it reach production by its other name",
    ),
    pytest.param(
        semver([(9, "1.2.3"), (10, "1.2.4"), (11, "dev"), (12, "v1.2.4")], [(8, "1.2.3")], tags=["v1.2.4"]),
        "-> v1.2.4",
        id="set again by its other name it is set again",
    ),
    pytest.param(
        semver([(9, "1.2.3"), (10, "v1.2.4")], [(8, "1.2.3")], tags=["1.2.4"]),
        "after: staging has not run 1.2.4",
        id="but what a name stands for is only proven under that name",
    ),
    pytest.param(
        semver([(9, "1.2.3"), (10, "v1.2.4")], [(8, "1.2.3")], tags=["v1.2.4"], rejected=["1.2.4"]),
        "rejected: the pull request for 1.2.4",
        id="rejected is it under both",
    ),
    pytest.param(
        semver([(9, "1.2.3")], tags=["1.2.3", "1.3.0-rc.1"]), "up_to_date", id="prereleases only if asked for"
    ),
    pytest.param(
        semver([(9, "1.0.1-rc10")], tags=["1.0.1-rc9", "1.0.1-rc10"], scheme=Semver(prereleases=True)),
        "up_to_date",
        id="rc9 is no newer than rc10",
    ),
    pytest.param(
        semver([(9, "1.2.3-alpine")], tags=["1.2.3-alpine", "2.0.0-debian"], scheme=Semver(prereleases=True)),
        "another_variant: 2.0.0-debian",
        id="debian is no newer alpine",
    ),
    pytest.param(
        semver(
            [(9, "1.2.3-alpine")],
            tags=["1.2.3-alpine", "1.2.3", "1.3.0-alpine", "2.0.0-debian"],
            scheme=Semver(prereleases=True),
        ),
        "-> 1.3.0-alpine",
        id="the newest of its variant",
    ),
    pytest.param(
        semver(
            [(9, "1.2.3-alpine")],
            tags=["1.2.3-alpine", "1.2.3-debian", "1.2.3"],
            scheme=Semver(prereleases=True),
        ),
        "up_to_date",
        id="the same version of others is not newer",
    ),
    pytest.param(
        semver([(9, "1.2.3")], tags=["1.3.0-rc.1"], scheme=Semver(prereleases=True)),
        "-> 1.3.0-rc.1",
        id="prereleases where they are",
    ),
    pytest.param(
        semver([(9, "1.2.3")], tags=["1.2.4", "2.0.0"], scheme=Semver(range="1.x")),
        "-> 1.2.4",
        id="the newest inside the range",
    ),
    pytest.param(
        semver([(9, "2.0.0")], tags=["1.2.4"], scheme=Semver(range="1.x")),
        "foreign_current: it runs 2.0.0, which is outside the range 1.x, so no semver tag counts as newer",
        id="a version outside the range is none of the scheme's",
    ),
    pytest.param(
        semver([(9, "1.2.3")], tags=["2.0.0", "1.3.0-rc.1", "latest", "1.2"], scheme=Semver(range="1.x")),
        "no_candidate: 1.2 is no whole version such as 1.2.3, 1.3.0-rc.1 is a prerelease, and these are not "
        "asked for, 2.0.0 is outside the range 1.x",
        id="no version is in the range: why not, one for each reason first",
    ),
    pytest.param(
        Scenario(Past([(9, "b-9")]), tags=["c-1", "b-" + "9" * 31], **NUMERIC),
        "no_candidate: has no number of a sensible length there, c-1 does not match b-(?P<number>[0-9]+)",
        id="no number",
    ),
    pytest.param(
        semver([(9, "1.2.3")], tags=["1.2.4"], horizon=9),
        "history_ends: and 1.2.4 does not say when it was built, nor do its images: it may have been left "
        "earlier; raise repositories.deploy.history, or promote it by name",
        id="where history ends an undated version may have been held",
    ),
    pytest.param(
        semver([(9, "1.2.3")], tags=["1.2.4"], horizon=9, released=["1.2.4"]),
        "-> 1.2.4",
        id="until it is released",
    ),
    pytest.param(
        semver([(9, "1.2.3"), (10, "1.2.4"), (11, "1.2.3")], tags=["1.2.5"]),
        "built_before_rollback: neither it nor its images say whether it was built after staging was "
        "rolled back at 2026-02-02 11:00:00 KST: `updater release shop staging` lets it go on",
        id="of an undated version nobody knows whether it was built after the revert",
    ),
    pytest.param(
        semver(LEFT_124, tags=["1.2.5"], described={"1.2.5": created(11.1)}),
        "-> 1.2.5",
        id="but its image may say that it was created after the revert",
    ),
    pytest.param(
        semver(LEFT_124, tags=["1.2.5"], described={"1.2.5": created(11)}),
        "built_before_rollback: it was built before staging was rolled back at 2026-02-02 11:00:00 KST",
        id="or that it was created before it",
    ),
    pytest.param(
        semver(LEFT_124, tags=["1.2.5", "1.2.6"], described={"1.2.5": created(12), "1.2.6": created(10)}),
        "-> 1.2.5",
        id="of several the newest that was created after it",
    ),
    pytest.param(
        semver(
            LEFT_124,
            tags=["1.2.5"],
            described={
                "1.2.5": Unreadable("503", transient=True, reason=failure_reasons.REGISTRY_UNAVAILABLE)
            },
        ),
        "registry_unavailable: 503",
        id="an image that cannot be read is no proof",
    ),
    pytest.param(
        semver([(9, "1.2.3")], tags=["1.2.4"], horizon=9, described={"1.2.4": created(9.1)}),
        "-> 1.2.4",
        id="an image that was created since history begins was not held before",
    ),
    pytest.param(
        Scenario(
            Past([(9, "b-a-1769990000"), (10, "b-b-1769990100"), (11, "b-a-1769990000")]),
            tags=["b-c-1769997600"],
            scheme=Timestamp(pattern="b-{any}-{epoch}"),
        ),
        "built_before_rollback: it was built before staging",
        id="and a time: what was built in the very second of the revert waits",
    ),
    pytest.param(
        Scenario(
            Past([(9, "b-a-1769990000"), (10, "b-b-1769990100"), (11, "b-a-1769990000")]),
            tags=["b-c-1769997601"],
            scheme=Timestamp(pattern="b-{any}-{epoch}"),
        ),
        "-> b-c-1769997601",
        id="and what was built a second later goes on",
    ),
    pytest.param(
        Scenario(Past(LEFT_OF_DAY), tags=["20260202.3"], **DAILY, described={"20260202.3": created(11.1)}),
        "-> 20260202.3",
        id="a tag that says the day of the revert is told by its image",
    ),
    pytest.param(
        Scenario(Past(LEFT_OF_DAY), tags=["20260202.3"], **DAILY, described={"20260202.3": created(10.9)}),
        "built_before_rollback: it was built before staging",
        id="which may be older than the revert",
    ),
    pytest.param(
        Scenario(Past(LEFT_OF_DAY), tags=["20260202.3"], **DAILY),
        "built_before_rollback: it was built before staging",
        id="or say nothing: then it may be",
    ),
    pytest.param(
        Scenario(Past(LEFT_OF_DAY), tags=["20260203.1"], **DAILY, now=26),
        "-> 20260203.1",
        id="a tag of the day after needs no image to tell",
    ),
    pytest.param(
        Scenario(Past(LEFT_OF_DAY), tags=["20260203.1"], **DAILY, now=23),
        "not_newer: nothing newer is there that could run",
        id="and is of the future until its day begins",
    ),
    pytest.param(
        Scenario(Past([(9, built(9))]), tags=["20260601-101112-abc1234"]),
        "no_candidate: 20260601-101112-abc1234 does not look like %Y%m%d-%H%M%S; "
        '`follow: "{date}-{time}-{sha}"` would read the most of them',
        id="where nothing is read, the pattern that would is named",
    ),
    pytest.param(
        Scenario(Past([(9, "web-1")]), tags=["1.2.3-4-gabc1234", "1.2.3-7-gabc1235", "web-abc1234-7"], **WEB),
        'no_candidate: `follow: "web-{sha}-{number}"` would read the most of them',
        id="among those that bear what its own pattern has as text",
    ),
    pytest.param(
        Scenario(Past([(9, "20260202-abc1234")]), tags=["20260202-abc1234", "20260202-bbb1234"], **COMMITTED),
        "up_to_date: 20260202-bbb1234 says the same, so nobody can tell which is newer: follow `created`",
        id="two builds of one day are one version, and that is said",
    ),
    pytest.param(
        Scenario(Past([(9, "web-v1.2.3")]), tags=["web-1.2.4", "web-v1.2.4"], **NAMED),
        "-> web-v1.2.4",
        id="of two names of one version the one that is written alike",
    ),
    pytest.param(
        Scenario(Past([(9, "web-1.2.3")]), tags=["web-1.2.4", "web-v1.2.4"], **NAMED),
        "-> web-1.2.4",
        id="whichever that is",
    ),
    pytest.param(
        Scenario(Past([(9, "main-5-abc1234")]), tags=["dev-7-abc1234", "main-6-abc1234"], **BRANCHED),
        "-> main-6-abc1234",
        id="the branch that runs goes on",
    ),
    pytest.param(
        Scenario(Past([(9, "main-5-abc1234")]), tags=["dev-7-abc1234"], **BRANCHED),
        "another_variant: it runs main-5-abc1234, and what is newer is of another variant: dev-7-abc1234",
        id="and no other, however new it is",
    ),
    pytest.param(
        Scenario(Past([(9, "latest")]), tags=["dev-7-abc1234", "main-6-abc1234"], **BRANCHED),
        "foreign_current: it runs latest, which says no branch, and tags of 2 are there (dev, main): a "
        "person chooses by `updater promote --tag`, or the pattern says it",
        id="where no branch runs yet, a person chooses",
    ),
    pytest.param(
        Scenario(Past([(9, "latest")]), tags=["dev-7-abc1234", "dev-6-abc1234"], **BRANCHED),
        "-> dev-7-abc1234",
        id="but where there is one only",
    ),
    pytest.param(
        Scenario(
            Past([(8, "main-5-abc1234"), (9, "main-6-abc1234")]),
            Past([(8, "latest")]),
            ["dev-7-abc1234", "main-5-abc1234", "main-6-abc1234"],
            **BRANCHED,
        ),
        "-> main-6-abc1234",
        id="or one that the environment before has run",
    ),
    pytest.param(
        Scenario(Past([(9, "5-abc1234")]), tags=["main-6-abc1234"], **BRANCHED),
        "foreign_current: it runs 5-abc1234, which has no branch as {branch}-{number}-{sha} asks",
        id="a tag without what has to be the same is a foreign one",
    ),
    pytest.param(
        semver([(9, "1.2.3"), (10, "1.2.4"), (11, "1.2.3")], tags=["1.2.5"], goes_on=True),
        "-> 1.2.5",
        id="released to go on, it goes on",
    ),
    pytest.param(Scenario(Past([(9, "b-9")]), tags=["b-10"], **NUMERIC), "-> b-10", id="a greater number"),
    pytest.param(
        Scenario(Past([(9, "b-9")]), tags=["b-009"], **NUMERIC), "up_to_date", id="one number, written twice"
    ),
    pytest.param(
        Scenario(Past([(9, "b-9"), (10, "b-10"), (11, "b-9")]), tags=["b-010"], **NUMERIC),
        "rolled_back",
        id="a number that was left does not come back with zeros before it",
    ),
]


@pytest.mark.parametrize(("scenario", "expected"), VERSIONS)
def test_schemes_without_dates(scenario, expected):
    environment = "staging" if scenario.production is None else "production"
    assert agrees(scenario.outcome(environment), expected), scenario.outcome(environment)


def test_who_follows_what_is_not_built_yet_is_led_to_no_other_tags():
    """A preview, while there are releases only."""
    scheme = Numeric(pattern="pr-8-{number}")
    tags = ["v1.2.3-4-gabc1234", "v1.2.3-8-gabc1235"]
    said = Scenario(Past([(9, "latest")]), tags=tags, scheme=scheme, follow="numeric").outcome("staging")
    assert said.endswith("v1.2.3-8-gabc1235 does not look like pr-8-{number}")


def test_a_scheme_that_reads_neither_what_runs_nor_what_is_there_is_told_as_both():
    foreign, nothing = Scenario(Past([(1, "v1.2.3")]), tags=["v2", "v1.2.3"]).decided().reasons
    assert (foreign.code, nothing.code) == ("foreign_current", "no_candidate")
    assert "v1.2.3 does not look like" in nothing.sentence


def test_waiting_is_told_with_its_end():
    scenario = production([(9, T8), (10, T9)], now=10.25, gates=SOAK, tags=[T8, T9])
    (reason,) = scenario.decided("production").reasons
    assert reason.until - scenario._at(10.25) == timedelta(minutes=15)
    held = "staging's manifest has had it since 2026-02-02 10:00:00 KST"
    assert reason.sentence == f"it soaks until 2026-02-02 10:30:00 KST (30m asked; {held})"


@pytest.mark.parametrize(
    "before",
    [
        pytest.param([(10.2, T10)], id="nothing was there before it"),
        pytest.param([(10, T9), (10.2, T10)], id="one that ran too short is too little to go by"),
        pytest.param([(9, T8), (10, T9), (10.2, T10)], id="one that ran long enough is enough"),
        pytest.param([(10, T9), (10.1, T8), (10.2, T10)], id="what was left backwards does not count"),
    ],
)
def test_builds_are_not_called_too_quick_where(before):
    scenario = production(before, gates=RUNNING, now=10.3, tags=[T8, T10])
    sentence = "soak: it soaks until 2026-02-02 10:42:00 KST (30m asked)"
    assert scenario.outcome("production") == sentence


def test_evidence_is_a_sentence_for_each_gate():
    decision = production([(9, T8), (10, T9)], gates=SOAK).decided("production")
    assert [ruling.code for ruling in decision.rulings] == ["after", "soak", "digest"]


def test_builds_passed_over_are_counted():
    assert Scenario(Past([(9, T8)]), tags=[T8, T9, T10, T11]).decided().skipped == 2


def test_of_an_older_tag_all_is_said_to_who_asks():
    for held in ([(9, T8), (10, T10)], [(9, T8), (10, T9), (11, T10)]):
        scenario = Scenario(Past(held), tags=[T8, T9, T10])
        (verdict,) = verdicts(scenario._situation({}), Placement("staging", "shop"), T9)
        assert "not_newer" in [ruling.code for ruling in verdict.against]


@pytest.mark.parametrize(
    ("any_is_enough", "canary", "expected"),
    [
        pytest.param(False, T8, "after", id="all predecessors must have held it"),
        pytest.param(True, T8, None, id="one is enough where config says so"),
        pytest.param(False, T9, None, id="all have"),
        pytest.param(True, T9, None, id="all have, and one were enough"),
    ],
)
def test_several_predecessors(any_is_enough, canary, expected):
    scenario = production([(9, T8), (10, T9)], tags=[T8, T9], gates=SOAK)
    situation = scenario._situation({})
    staging, mine = (
        situation.states[Placement("staging", "shop")],
        situation.states[Placement("production", "shop")],
    )
    policy = replace(staging.policy, placement=Placement("canary", "shop"))
    other = replace(staging, policy=policy, timeline=scenario._timeline(Past([(9, canary)]), policy))
    relaxed = replace(mine.policy, after=("staging", "canary"), after_any=any_is_enough)
    placed = {policy.placement: other, mine.policy.placement: replace(mine, policy=relaxed)}
    answer = decide(replace(situation, states={**situation.states, **placed}))[mine.policy.placement]
    assert isinstance(answer, Needs if expected is None else Hold)
    if expected is not None:
        assert answer.reasons[0].code == expected


def test_where_none_of_several_has_held_it_none_is_enough():
    scenario = production([(9, T8)], tags=[T8, T9])
    situation = scenario._situation({})
    mine = situation.states[Placement("production", "shop")]
    relaxed = replace(mine, policy=replace(mine.policy, after_any=True))
    answer = decide(replace(situation, states={**situation.states, mine.policy.placement: relaxed}))
    assert answer[mine.policy.placement].reasons[0].code == "after"


def test_an_order_that_names_no_tag_lifts_no_bar():
    scenario = Scenario(Past([(9, T8), (10, T9), (11.5, T8)]), tags=[T8, T9, T10])
    staging = Placement("staging", "shop")
    known = {DigestOf: digest_of(T10), ImageOf: ImageConfig(digest_of(T10), (), None)}
    situation = scenario._situation({question(IMAGE, T10): answer for question, answer in known.items()})
    unnamed, named = (decide(situation, Request("promote", staging, tag, by="kim")) for tag in (None, T10))
    assert [reason.code for reason in unnamed[staging].reasons] == ["built_before_rollback"]
    assert named[staging].tag == T10


def test_no_pass_promotes_more_than_it_may():
    scenario = Scenario(Past([(9, T8)]), tags=[T8, T9])
    decision, situation = scenario.decided(), scenario._situation({})
    first, second = apply_limits([decision, decision], situation, Limits(promotions_per_pass=1))
    assert first == decision
    assert [reason.code for reason in second.reasons] == ["limit"]


# --- what images say of themselves ----------------------------------------------------------------------


def described(tag, hour=None, *platforms):
    created = None if hour is None else MIDNIGHT + timedelta(hours=hour)
    return {tag: ImageConfig(digest_of(tag), platforms, created)}


@pytest.mark.parametrize(
    ("created", "outcome"),
    [
        pytest.param(9, f"-> {T9}", id="built when it says"),
        pytest.param(9 + 1, f"-> {T9}", id="a stamp from the start of the build"),
        pytest.param(9 - 5 / 60, f"-> {T9}", id="five minutes are a clock's"),
        pytest.param(9 - 5.1 / 60, "stamp_ahead", id="more are not"),
        pytest.param(0, "stamp_ahead", id="a zone mixed up: nine hours ahead"),
        pytest.param(None, f"-> {T9}", id="nothing plausible is said"),
    ],
)
def test_a_stamp_later_than_its_image(created, outcome):
    scenario = Scenario(Past([(8, T8)]), tags=[T8, T9], described=described(T9, created))
    assert agrees(scenario.outcome(), outcome)


def test_a_stamp_ahead_does_not_come_true_by_waiting():
    scenario = Scenario(Past([(8, T8)]), tags=[T8, T9], described=described(T9, 0), now=24 * 30)
    (reason,) = scenario.decided().reasons
    assert not reason.waits
    assert reason.sentence.startswith("its stamp says 2026-02-02 09:00:00 KST, and its image was created at")


def test_of_builds_whose_stamp_is_ahead_the_one_before_is_promoted():
    scenario = Scenario(Past([(8, T8)]), tags=[T8, T9, T10], described=described(T10, 1))
    assert scenario.outcome() == f"-> {T9}"


def test_the_second_image_counts_as_well():
    scenario = Scenario(
        Past([(8, T8)]), tags=[T8, T9], images=(IMAGE, SECOND), described=described(T9, 0, "linux/amd64")
    )
    assert agrees(scenario.outcome(), "stamp_ahead")


@pytest.mark.parametrize("transient", [True, False])
def test_an_image_that_cannot_be_read_holds_and_nothing_older_takes_its_place(transient):
    away = Unreadable("its config is away", transient=transient, reason=failure_reasons.PART_MISSING)
    scenario = Scenario(Past([(8, T8)]), tags=[T8, T9, T10], described={T10: away})
    decision = scenario.decided()
    assert [reason.code for reason in decision.reasons] == ["part_missing"]
    assert decision.candidate == T10


ARM = {"platforms": Platforms.model_validate(["linux/arm64"])}


def test_of_builds_for_another_platform_none_is_promoted():
    past = Past([(8, T8), (9, T9), (10, T10)])
    scenario = Scenario(past, Past([(8, T8)]), [T8, T9, T10], gates=ARM)
    scenario.described = described(T9, None, "linux/arm64/v8")
    assert scenario.outcome("production") == f"-> {T9}"
    scenario.described = {}
    assert agrees(scenario.outcome("production"), "platforms")


def test_a_gate_whose_reading_failed_lets_nothing_older_take_its_place():
    past = Past([(8, T8), (9, T9), (10, T10)])
    scenario = Scenario(past, Past([(8, T8)]), [T8, T9, T10], gates=ARM)
    scenario.described = {**described(T9, None, "linux/arm64"), T10: DOWN}
    decision = scenario.decided("production")
    assert isinstance(decision, Hold)
    assert decision.candidate == T10


def test_a_forge_that_does_not_answer_lets_nothing_older_take_a_candidate_s_place():
    past, newer, older = Past([(8, T8), (9, T9), (10, T10)]), "a" * 40, "b" * 40
    scenario = Scenario(past, Past([(8, T8)]), [T8, T9, T10])
    scenario.gates = {"source_checks": SourceChecks.model_validate(["ci"])}
    labels = {
        tag: {image_labels.REVISION: sha, image_labels.SOURCE: "https://github.com/org/shop"}
        for tag, sha in {T10: newer, T9: older}.items()
    }
    scenario.described = {tag: ImageConfig(digest_of(tag), (), None, said) for tag, said in labels.items()}
    scenario.checks = {newer: DOWN, older: {"ci": "success"}}
    assert scenario.decided("production").candidate == T10
    scenario.checks = {newer: {"ci": "failure"}, older: {"ci": "success"}}
    assert scenario.outcome("production") == f"-> {T9}"


def test_a_shown_candidate_is_judged_by_what_its_image_says_now():
    past = Past([(8, T8), (9, T9)])
    scenario = Scenario(past, Past([(8, T8)]), [T8, T9], gates=ARM, proposed=T9)
    assert [ruling.code for ruling in scenario.decided("production").shown.against] == ["platforms"]
    scenario.described = {T9: DOWN}
    assert scenario.decided("production").shown is None, "what nobody could read is no evidence"


def ordered(scenario, request):
    answers = {}
    for _ in range(4):
        answer = decide(scenario._situation(answers), request)[request.placement]
        if not isinstance(answer, Needs):
            return answer, answers
        answers |= {question: scenario._look_up(question) for question in answer.questions}
    raise AssertionError("it asks for ever")


def test_a_person_passes_over_the_platforms_only_by_name():
    past = Past([(8, T8), (9, T9)])
    scenario = Scenario(past, Past([(8, T8)]), [T8, T9], gates=ARM)
    placement = Placement("production", "shop")
    decision, _ = ordered(scenario, Request("promote", placement, T9, by="kim"))
    assert [reason.code for reason in decision.reasons] == ["platforms"]
    overrides = {"platforms": "emulated there"}
    decision, _ = ordered(scenario, Request("promote", placement, T9, by="kim", overrides=overrides))
    assert isinstance(decision, Promote)
    assert any("emulated there" in ruling.sentence for ruling in decision.rulings)


def test_a_person_passes_over_a_stamp_ahead_only_by_name():
    scenario = Scenario(Past([(8, T8)]), tags=[T8, T9], described=described(T9, 0))
    placement = Placement("staging", "shop")
    decision, _ = ordered(scenario, Request("promote", placement, T9, by="kim"))
    assert [reason.code for reason in decision.reasons] == ["stamp_ahead"]
    overrides = {"stamp_ahead": "a cached build"}
    decision, _ = ordered(scenario, Request("promote", placement, T9, by="kim", overrides=overrides))
    assert isinstance(decision, Promote)


def test_a_way_back_asks_no_more_than_whether_it_is_there():
    scenario = Scenario(Past([(8, T8), (9, T9)]), tags=[T8, T9], described={T8: DOWN})
    decision, answers = ordered(scenario, Request("rollback", Placement("staging", "shop"), None, by="kim"))
    assert isinstance(decision, Promote)
    assert set(answers) == {DigestOf(IMAGE, T8), ImageOf(IMAGE, T9)}, "and what has run leaves a way back"


def test_what_is_named_needs_no_list_but_what_is_not_does():
    situation = Scenario(Past([(8, T8), (9, T9)]), tags=DOWN)._situation({})
    staging = Placement("staging", "shop")

    unnamed, named, back = (
        decide(situation, request)[staging]
        for request in (
            Request("promote", staging, None, by="kim"),
            Request("promote", staging, T10, by="kim"),
            Request("rollback", staging, None, by="kim"),
        )
    )

    assert isinstance(unnamed, Hold)
    assert unnamed.reasons[0].code == "registry_unavailable"
    assert named == Needs(staging, frozenset({DigestOf(IMAGE, T10), ImageOf(IMAGE, T10)}))
    assert back == Needs(staging, frozenset({DigestOf(IMAGE, T8), ImageOf(IMAGE, T9)}))


def test_of_many_rejections_the_newest_counts():
    older = [built(1 + number / 10) for number in range(40)]
    scenario = production([(9, T8), (10, T9)], tags=[T8, T9], rejected=[*older, T9, *older])
    assert agrees(scenario.outcome("production"), f"rejected: the pull request for {T9} was closed")


def test_what_is_open_takes_room_from_what_would_be():
    room = {"staging_delivers": "pull-request", "proposed": T9, "tags": [T8, T9, T10]}
    for most, outcome in ((1, "open_proposals"), (2, f"-> {T10}")):
        scenario = production([(9, T8), (10, T9)], limits=Limits(open_proposals=most), **room)
        assert agrees(scenario.outcome("staging"), outcome)


def test_what_was_held_and_is_gone_from_the_registry_is_said_to_be_of_unknown_age():
    gone, there = "sha-aaaaaaa", "sha-bbbbbbb"
    dates = {there: ImageDate(digest_of(there), MIDNIGHT + timedelta(hours=8))}
    known = Created().knowing(dates, {gone: MIDNIGHT + timedelta(hours=9)})
    scenario = Scenario(Past([(9, gone)]), tags=[there], scheme=known, follow="created")
    (verdict,) = verdicts(scenario._situation({}), Placement("staging", "shop"), there)
    (said,) = [ruling.sentence for ruling in verdict.rulings if ruling.code == "not_newer"]
    assert f"has run {gone}, of which nobody can say any more when it was created" in said
