"""How a deployment stands, and what becomes of it: by what Argo CD and Prometheus say, and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from scenario import MIDNIGHT, Past, Scenario, built

from updater.config.verifying import Verify
from updater.decide.verification import verify
from updater.model import (
    AlertMatch,
    AlertsOf,
    Application,
    Applications,
    ArrivalOf,
    Commit,
    Deployment,
    DeploymentVerdict,
    DigestOf,
    FiredAlert,
    Gap,
    GapsOf,
    HealthOf,
    Lineage,
    LoadedRules,
    Manifests,
    Placement,
    Revision,
    RulesOf,
    Source,
    Stay,
    Unreadable,
    Watched,
)

SHOP = Placement("staging", "shop")
OLD, NEW, NEXT = built(-101), built(1), built(2)
SHAS = [f"{number:040x}" for number in range(4)]
"""A line of commits: the first sets OLD, the second NEW, the third NEXT."""
HEALTH = HealthOf(Applications(("shop",)))
OWN = Source("https://github.com/org/deploy.git", "overlays/staging", "main")
MANIFESTS = Manifests(OWN.repository, "main", ("overlays/staging/kustomization.yaml",))
MATCH = AlertMatch('namespace="staging", pod=~"{app}-.*"', "shop")
AWAY = Unreadable("nobody answers", transient=True)


def minute(number: float):
    """After the commit that set NEW, at hour 2."""
    return MIDNIGHT + timedelta(hours=2, minutes=number)


def _commit(number):
    parents = (SHAS[number - 1],) if number else ()
    return Commit(SHAS[number], parents, "a <a@b>", "a <a@b>", minute(number), "x")


LINEAGE = Lineage({SHAS[number]: _commit(number) for number in range(4)}, SHAS[-1])


def synced(sha, at, number):
    return Deployment((Revision(sha, OWN),), minute(at), number)


def application(health="Healthy", since=3.0, **changes):
    """It has NEW since minute 2."""
    well = Application(
        name="shop",
        label="shop",
        sources=(OWN,),
        sync="Synced",
        phase="Succeeded",
        finished=minute(2),
        reconciled=minute(3),
        health=health,
        health_since=minute(since),
        history=(synced(SHAS[0], -60, 0), synced(SHAS[1], 2, 1)),
    )
    return replace(well, **changes)


WELL = application()
UNSYNCED = application(history=(synced(SHAS[0], -60, 0),))
FIRED = FiredAlert("HighErrorRate", since=minute(7), firing=True)


@dataclass
class World:
    """What is so, `now` minutes after the commit."""

    now: float
    applications: tuple[Application, ...] | Unreadable | None = (WELL,)
    """None: there is no Argo CD."""
    alerts: tuple[FiredAlert, ...] | Unreadable | None = None
    """None: config says of none."""
    rules: tuple[str, ...] = ()
    loaded: frozenset[str] | Unreadable = frozenset()
    gaps: tuple[Gap, ...] | Unreadable | None = None
    arrived: float | Unreadable | str | None = None
    """The minute; None: config has no query; "not yet"."""
    left: float | None = None
    """The minute at which NEXT came."""
    back: bool = False
    """It was OLD that came, and not NEXT."""
    recorded: tuple[DeploymentVerdict, ...] = ()
    skew: tuple[str, float] | None = None
    digest: str | Unreadable | None = None
    """Where the tag points, of which nothing was recorded; None: nowhere any more."""
    asked: list[object] = field(default_factory=list)
    others: Mapping[Placement, object] = field(default_factory=dict)

    @property
    def watched(self):
        match = replace(MATCH, rules=self.rules) if self.alerts is not None else None
        return Watched(
            alerts=match,
            heartbeat="Watchdog" if self.gaps is not None else None,
            arrived='kube_pod_info{tag="{tag}"}' if self.arrived is not None else None,
        )

    @property
    def situation(self):
        held = [(-100, OLD), (2, NEW)]
        if self.left is not None:
            held.append((2 + self.left / 60, OLD if self.back else NEXT))
        made = Scenario(staging=Past(held), now=2 + self.now / 60)._situation({})
        state = made.states[SHOP]
        health = HEALTH if self.applications is not None else None
        checks = tuple(name for name, there in (("health", health), ("alerts", self.watched.alerts)) if there)
        policy = replace(
            state.policy,
            verify=Verify(timedelta(minutes=15), checks),
            health=health,
            manifests=MANIFESTS if health else None,
            watched=self.watched,
        )
        state = replace(state, policy=policy, lineage=LINEAGE, verdicts=self.recorded)
        states = {SHOP: state, **{name: make(state) for name, make in self.others.items()}}
        return replace(made, states=states, skew=self.skew)

    def answer(self, question):
        self.asked.append(question)
        return self.digest if isinstance(question, DigestOf) else self._watched(question)

    def _watched(self, question):
        match question:
            case HealthOf():
                return self.applications
            case AlertsOf():
                return self.alerts
            case RulesOf():
                return self.loaded if isinstance(self.loaded, Unreadable) else LoadedRules(self.loaded)
            case GapsOf():
                return self.gaps
            case ArrivalOf():
                if isinstance(self.arrived, Unreadable):
                    return self.arrived
                return None if self.arrived == "not yet" else minute(self.arrived)

    @property
    def verified(self):
        situation = self.situation
        for _ in range(4):
            told = verify(situation)
            if not told.asked:
                break
            answers = {question: self.answer(question) for question in told.asked}
            situation = replace(situation, answers={**situation.answers, **answers})
        assert not told.asked
        return told

    @property
    def outcome(self):
        """The state of what runs, and the results of the verdicts that are new."""
        told = self.verified
        state = told.verifications[SHOP].state if SHOP in told.verifications else None
        assert all("mistake" not in each for one in told.verifications.values() for each in one.sentences), (
            told
        )
        return state, [verdict.result for verdict in told.found]


def verdict(result="verified", tag=NEW, sha=SHAS[1]):
    return DeploymentVerdict(SHOP, tag, sha, result, minute(2), minute(17), minute(17))


VERIFYING, WAITING = ("verifying", []), ("waiting", [])
GOOD, BAD, UNKNOWN = (("verified", ["verified"]), ("failed", ["failed"]), ("unknown", ["unknown"]))
DEGRADED = application("Degraded", 6)
GAP = Gap(minute(5), minute(12))

ROWS = {
    # health
    "it is not synced yet": (World(5, (UNSYNCED,)), WAITING),
    "Argo CD knows no such Application": (World(5, ()), WAITING),
    "Argo CD is away": (World(5, AWAY), WAITING),
    "its time is not over": (World(16, (WELL,)), VERIFYING),
    "its time is over, counted from the sync": (World(17, (WELL,)), GOOD),
    "it has just turned Degraded": (World(8, (DEGRADED,)), VERIFYING),
    "it is Degraded for five minutes": (World(11, (DEGRADED,)), BAD),
    "it is Missing for five minutes": (World(11, (application("Missing", 6),)), BAD),
    "it was Degraded before the sync": (World(16, (application("Degraded", 1),)), VERIFYING),
    "it was so, and still is when its time is over": (World(17, (application("Degraded", 1),)), UNKNOWN),
    "it was seen unwell before the sync": (
        World(17, (application("Degraded", 6, unwell_since=minute(-3)),)),
        UNKNOWN,
    ),
    "it turns Degraded as its time ends": (World(18, (application("Degraded", 16),)), VERIFYING),
    "and that lasts": (World(21, (application("Degraded", 16),)), BAD),
    "and that passes": (World(19, (application("Healthy", 18),)), GOOD),
    "it turned Degraded when its time was over": (World(30, (application("Degraded", 20),)), GOOD),
    "it is still Progressing": (World(18, (application("Progressing", 3),)), VERIFYING),
    "and goes on to be": (World(38, (application("Progressing", 3),)), UNKNOWN),
    "Argo CD has not looked since": (World(17, (application(reconciled=minute(1)),)), VERIFYING),
    "a later sync failed": (World(17, (application(phase="Failed"),)), VERIFYING),
    "it was rolled back inside Argo CD": (
        World(9, (application(history=(*WELL.history, synced(SHAS[0], 5, 2))),)),
        UNKNOWN,
    ),
    "Argo CD shows only the last sync": (
        World(20, (application(history=(synced(SHAS[1], 5, 7),)),)),
        GOOD,
    ),
    "of two one is not synced": (World(17, (WELL, replace(UNSYNCED, label="shop-b"))), WAITING),
    "of two the later sync counts": (
        World(17, (WELL, application(history=(synced(SHAS[0], -60, 0), synced(SHAS[1], 5, 1))))),
        VERIFYING,
    ),
    "Argo CD is away, and it has left": (World(12, AWAY, left=10), WAITING),
    "Argo CD knows no such Application, and it has left": (World(12, (), left=10), WAITING),
    "of two one is Degraded": (World(17, (WELL, replace(DEGRADED, label="shop-b"))), BAD),
    "we come an hour late, and it was well": (World(80, (WELL,)), GOOD),
    "we come an hour late, and it turned well lately": (World(80, (application(since=70),)), UNKNOWN),
    "we come a day late": (World(60 * 25, (WELL,)), UNKNOWN),
    "a clock is wrong": (World(17, (WELL,), skew=("ghcr.io", 900.0)), VERIFYING),
    # alerts
    "no alert has fired": (World(17, (WELL,), alerts=()), GOOD),
    "not all of its time": (World(16, (WELL,), alerts=()), VERIFYING),
    "one fires": (World(8, (WELL,), alerts=(FIRED,)), BAD),
    "one has fired, and is over": (World(9, (WELL,), alerts=(replace(FIRED, firing=False),)), BAD),
    "one burned already": (World(17, (WELL,), alerts=(replace(FIRED, before=True),)), GOOD),
    "one began before the sync": (World(17, (WELL,), alerts=(replace(FIRED, since=minute(1)),)), GOOD),
    "one is silenced": (World(17, (WELL,), alerts=(replace(FIRED, silenced="kim: noise"),)), GOOD),
    "Prometheus is away as its time ends": (World(17, (WELL,), alerts=AWAY), VERIFYING),
    "and twenty minutes later": (World(38, (WELL,), alerts=AWAY), UNKNOWN),
    "Prometheus is away, and it is Degraded": (World(17, (DEGRADED,), alerts=AWAY), BAD),
    "a rule is not loaded": (World(17, (WELL,), alerts=(), rules=("X",)), UNKNOWN),
    "all rules are loaded": (World(17, (WELL,), alerts=(), rules=("X",), loaded=frozenset("XY")), GOOD),
    "nobody says which rules are loaded": (
        World(17, (WELL,), alerts=(), rules=("X",), loaded=AWAY),
        VERIFYING,
    ),
    "nobody watched": (World(17, (WELL,), alerts=(), gaps=(GAP,)), VERIFYING),
    "nobody ever did": (World(38, (WELL,), alerts=(), gaps=(GAP,)), UNKNOWN),
    "nobody watched for a while, and it fired": (World(17, (WELL,), alerts=(FIRED,), gaps=(GAP,)), BAD),
    "the heartbeat cannot be read": (World(17, (WELL,), alerts=(), gaps=AWAY), VERIFYING),
    "monitoring was there all the time": (World(17, (WELL,), alerts=(), gaps=()), GOOD),
    # without Argo CD
    "it has not arrived": (World(9, None, alerts=(), arrived="not yet"), WAITING),
    "nobody says whether it has": (World(9, None, alerts=(), arrived=AWAY), WAITING),
    "nobody says whether what has left ever had": (
        World(12, None, alerts=(), arrived=AWAY, left=10),
        WAITING,
    ),
    "it has arrived before Git says so": (World(12, None, alerts=(), arrived=-5), VERIFYING),
    "it has arrived late": (World(20, None, alerts=(), arrived=6), VERIFYING),
    "its time is over since then": (World(21, None, alerts=(), arrived=6), GOOD),
    "nobody knows of syncs: by Git's time": (World(15, None, alerts=()), GOOD),
    # what has left
    "a newer one came": (World(12, (WELL,), left=10), ("waiting", ["cut"])),
    "a newer one came after its time": (World(20, None, alerts=(), left=18), ("verifying", ["verified"])),
    "it fired before a newer one came": (
        World(12, None, alerts=(FIRED,), left=10),
        ("verifying", ["failed"]),
    ),
    "somebody went back": (World(12, None, alerts=(), left=10, back=True), ("verifying", ["cut"])),
    "nobody knows as yet": (World(12, None, alerts=AWAY, left=10), ("verifying", [])),
    "nobody will know": (World(31, None, alerts=AWAY, left=10), ("verifying", ["cut"])),
    "it left more than a day ago": (World(60 * 26, None, alerts=(), left=10), UNKNOWN),
    # what is recorded
    "it is recorded": (World(17, (DEGRADED,), recorded=(verdict(),)), ("verified", [])),
    "its failure is": (World(17, (WELL,), recorded=(verdict("failed"),)), ("failed", [])),
    "that of an earlier stay of its tag": (
        World(17, (WELL,), recorded=(verdict("failed", sha="f" * 40),)),
        GOOD,
    ),
    "that of what came later": (
        World(14, (UNSYNCED,), left=10, recorded=(verdict("failed", NEXT, SHAS[2]),)),
        ("failed", []),
    ),
}


@pytest.mark.parametrize(("world", "outcome"), ROWS.values(), ids=ROWS.keys())
def test_verification(world, outcome):
    assert world.outcome == outcome


def _beside(since):
    """Another app of the same Application; its stay began that many minutes after ours."""

    def make(state):
        stay = Stay(NEW, minute(since), SHAS[1], True, None, "still")
        timeline = replace(state.timeline, stays=(stay,))
        placement = Placement("staging", "blog")
        policy = replace(state.policy, placement=placement, verify=None)
        return replace(state, policy=policy, timeline=timeline)

    return {Placement("staging", "blog"): make}


@pytest.mark.parametrize(
    ("world", "outcome"),
    [
        (World(17, (DEGRADED,), others=_beside(0)), UNKNOWN),
        (World(11, (DEGRADED,), others=_beside(0)), VERIFYING),
        (World(17, (WELL,), others=_beside(0)), GOOD),
        (World(11, (DEGRADED,), others=_beside(-300)), BAD),
        (World(11, (DEGRADED,), alerts=(FIRED,), others=_beside(0)), BAD),
    ],
)
def test_the_health_of_an_application_that_brought_two_apps_is_nobodys(world, outcome):
    assert world.outcome == outcome


def test_a_verdict_says_what_was_seen():
    (verdict,) = World(8, (WELL,), alerts=(FIRED, replace(FIRED, name="HighLatency"))).verified.found
    assert (verdict.failed, verdict.since, verdict.until) == (("alerts",), minute(2), minute(8))
    assert verdict.seen == ("HighErrorRate, HighLatency fired from 2026-02-02 02:07:00 KST on",)
    (well,) = World(17, (WELL,), alerts=(replace(FIRED, silenced="kim"),)).verified.found
    assert well.seen == (
        "Argo CD deployed it at 2026-02-02 02:02:00 KST",
        "shop is Healthy",
        "no alert fired since 2026-02-02 02:02:00 KST; silenced: HighErrorRate (kim)",
    )


def test_of_what_was_not_bumped_with_its_digest_the_registry_is_asked_once_its_time_is_over():
    """Without a digest nothing could ever be gone back to: the first deployments had none."""
    digest = f"sha256:{'a' * 64}"
    (verdict,) = World(17, (WELL,), digest=digest).verified.found
    assert list(verdict.digests.values()) == [digest]
    early = World(16, (WELL,), digest=digest)
    assert early.outcome == VERIFYING
    assert not any(isinstance(question, DigestOf) for question in early.asked)
    assert World(17, (WELL,), digest=AWAY).outcome == VERIFYING
    late = World(38, (WELL,), digest=AWAY)
    assert late.outcome == GOOD
    assert not late.verified.found[0].digests


def test_nothing_is_asked_about_what_is_recorded():
    world = World(17, (WELL,), alerts=(), gaps=(), rules=("X",), recorded=(verdict(),))
    assert world.verified.asked == frozenset()
    assert world.asked == []


def test_what_is_asked_is_the_time_from_the_sync_and_no_more():
    world = World(90, (WELL,), alerts=())
    assert world.outcome == GOOD
    (asked,) = (question for question in world.asked if isinstance(question, AlertsOf))
    assert (asked.since, asked.until) == (minute(2), minute(17))


def test_the_query_of_arrivals_names_the_tag():
    world = World(20, None, alerts=(), arrived=6)
    assert world.outcome == VERIFYING
    (asked,) = (question for question in world.asked if isinstance(question, ArrivalOf))
    assert asked.query == f'kube_pod_info{{tag="{NEW}"}}'


@pytest.mark.parametrize(("ran", "told"), [((4, 9), True), ((4, 20), False), ((4,), False)])
def test_builds_that_come_faster_than_they_are_verified_are_told(ran, told):
    world = World(1, None, alerts=())
    situation = world.situation
    state = situation.states[SHOP]
    stays, at = [], 0
    for minutes in ran:
        stays.append(Stay(OLD, minute(at), "c" * 40, True, minute(at + minutes), "newer"))
        at += minutes
    stays.append(Stay(NEW, minute(at), SHAS[1], True, None, "still"))
    state = replace(
        state, timeline=replace(state.timeline, stays=tuple(stays)), verdicts=(verdict("cut", OLD, "c" * 40),)
    )
    situation = replace(situation, states={SHOP: state}, now=minute(at + 1))
    (asked,) = verify(situation).asked
    said = verify(replace(situation, answers={asked: ()})).verifications[SHOP].sentences
    ran_for = "none ran longer than 9m, and to be verified takes 15m"
    assert any(ran_for in each for each in said) == told
