"""Small worlds in which a gate passes, holds, or cannot be known: what its page quotes is said in them.

A company whose staging got a build at 14:36:40; what is written of the gate is the page's own example.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from types import SimpleNamespace
from typing import Any, Literal
from zoneinfo import ZoneInfo

from page_parts import PRODUCTION, STAGING, config_in
from requests import ConnectTimeout

from updater.adapters.argocd import errors as argocd_errors
from updater.adapters.github.errors import ApiTarget, refusal
from updater.adapters.prometheus.errors import MonitoringTarget
from updater.adapters.registry.endpoint import Endpoint
from updater.adapters.registry.errors import RegistryAnswer, status_failure
from updater.config import Config, Policy
from updater.decide.preconditions import unmet_preconditions
from updater.decide.rules import clock_skew_rulings
from updater.errors import UpdaterError
from updater.gates import after
from updater.gates.digest import Digest
from updater.image_labels import REVISION, SOURCE
from updater.model import (
    AlertsOf,
    Application,
    Case,
    ChecksOf,
    Commit,
    ComparisonOf,
    Deployment,
    DigestOf,
    FiredAlert,
    FloorFindings,
    Gap,
    GapsOf,
    HealthOf,
    Image,
    ImageConfig,
    ImageOf,
    Lineage,
    LoadedRules,
    MessageOf,
    Question,
    Revision,
    Rollout,
    RulesOf,
    Ruling,
    Sample,
    SamplesOf,
    SignatureOf,
    Signed,
    Source,
    Stay,
    Timeline,
    Unreadable,
)
from updater.rollback_floors import recorded_floors

SEOUL = ZoneInfo("Asia/Seoul")
TAG, OLD, NEWER = "20260202-143512", "20260201-090000", "20260202-150310"
BEFORE, BUMP, LATER = ("3f1c0b7a52", "0bb984359a", "77aa01c3de")
_SHAS = [word.ljust(40, "0") for word in (BEFORE, BUMP, LATER)]
_ROUNDS = 5


def at(clock: str, day: str = "2026-02-02") -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=SEOUL)


CAME, SYNCED = at("14:36:40"), at("14:37:25")
OURS = at("09:01:10", "2026-02-01")
"""When production got what it runs."""
Answer = Callable[[Any], object]
Kind = Literal["passes", "holds", "unknown"]


@dataclass(frozen=True)
class Scene:
    kind: Kind
    when: str
    """What is so, in words."""
    now: datetime = field(default_factory=lambda: at("15:40:00"))
    stays: Sequence[Stay] = ()
    """Staging's; the usual one, where nothing is said."""
    said: Mapping[type, Answer] = field(default_factory=dict)
    """What is answered otherwise than usual, by the question."""
    changed: Mapping[str, object] = field(default_factory=dict)
    """What else of the case is otherwise."""
    instead: Sequence[tuple[str, str]] = ()
    """What stands in the example, and what is written in its place."""

    @property
    def keeps_status(self) -> bool:
        """Nobody can say what is true of what is open: clocks disagree, or an environment was not read."""
        return bool({"skew", "predecessors"} & self.changed.keys())


def held(tag: str = TAG, since: datetime = CAME, until: datetime | None = None, ended: str = "still") -> Stay:
    digests = {Image.parse("ghcr.io/org/shop"): _digest(tag)}
    by = LATER if until is not None else None
    return Stay(tag, since, _SHAS[1], True, until, ended, by and by.ljust(40, "0"), digests)


def ruling_of(name: str, text: str, scene: Scene) -> Ruling:
    """What that gate says there by the example of its page, once all that it asks is answered."""
    config = config_in(_written(text, scene))
    policy = config.policies[PRODUCTION]
    case = usual_case(config, policy, scene)
    if case.skew is not None:
        return next(iter(clock_skew_rulings(case, SimpleNamespace(policy=policy))))
    if name == "after":
        return _after(case, policy)
    for _ in range(_ROUNDS):
        said = policy.gates.get(name, Digest()).judge(case)
        if isinstance(said, Ruling):
            return said
        found = {question: _answer(question, scene) for question in said}
        case = replace(case, answers={**case.answers, **found})
    raise AssertionError(f"{name} never stops asking")


def _written(text: str, scene: Scene) -> str:
    for old, new in scene.instead:
        assert old in text, f"{old!r} does not stand in the example"
        text = text.replace(old, new)
    return text


def _after(case: Case, policy: Policy) -> Ruling:
    """Where a predecessor was not read, that is said before any candidate is looked at."""
    if all(line is not None for line in case.predecessors.values()):
        return after.judge(case)[0]
    state = SimpleNamespace(
        policy=policy, trouble=(), withheld=None, pins=(), unheard=(), proposal=None, asked=None
    )
    situation = SimpleNamespace(state=lambda _: None)
    return unmet_preconditions(state, situation)[0]


def usual_case(config: Config, policy: Policy, scene: Scene) -> Case:
    staging = config.policies[STAGING]
    stays = tuple(scene.stays) or (held(OLD, OURS, CAME, "newer"), held())
    candidate = policy.tags.scheme.read(TAG)
    assert candidate is not None
    usual = Case(
        placement=PRODUCTION,
        candidate=candidate,
        images=policy.images,
        now=scene.now,
        zone=policy.tags.scheme.zone,
        own=_line((held(OLD, OURS),)),
        predecessors={name: _line(stays) for name in policy.after},
        rolled_back={},
        answers={},
        rollouts={"staging": _rollout(staging)} if staging.health is not None else {},
        watched={
            each.placement.environment: each.watched for each in (staging, policy) if each.watched is not None
        },
    )
    return replace(usual, **scene.changed)


def _line(stays: Sequence[Stay]) -> Timeline:
    return Timeline(tuple(stays), frozenset(stay.tag for stay in stays), {}, None, None, None)


def _rollout(staging: Policy) -> Rollout:
    assert staging.health is not None and staging.manifests is not None  # noqa: PT018 - config has both or none
    times = (OURS, CAME, at("15:04:02"))
    commits = {
        sha: Commit(sha, (_SHAS[place - 1],) if place else (), "a <a@b>", "a <a@b>", when, "x")
        for place, (sha, when) in enumerate(zip(_SHAS, times, strict=True))
    }
    return Rollout(staging.health, Lineage(commits, _SHAS[2]), staging.manifests)


# --- what is answered -------------------------------------------------------------------------------------


def _answer(question: Question, scene: Scene) -> object:
    answers = {**USUAL, **scene.said}
    return answers[type(question)](question)


def _digest(tag: str) -> str:
    return f"sha256:{sha256(tag.encode()).hexdigest()}"


def image(
    tag: str, *, platforms: Sequence[str] = ("linux/amd64", "linux/arm64"), **labels: str
) -> ImageConfig:
    sha = _SOURCES.get(tag, "0" * 40)
    said = {REVISION: sha, SOURCE: "https://github.com/org/shop", **labels}
    return ImageConfig(_digest(tag), tuple(platforms), at("14:35:09"), {k: v for k, v in said.items() if v})


_SOURCES = {TAG: "b81d2e9f04".ljust(40, "0"), OLD: "5c04fe1b77".ljust(40, "0")}


def application(**changed: Any) -> Application:  # noqa: ANN401 - any of its fields
    """As Argo CD shows staging's when all is well."""
    source = Source("https://github.com/org/deploy-repo.git", "infra/k8s/overlays/staging", "main")
    history = tuple(
        Deployment((Revision(sha, source),), when, number)
        for number, (sha, when) in enumerate(zip(_SHAS[:2], (OURS, SYNCED), strict=True))
    )
    usual = Application(
        name="shop-staging",
        sources=(source,),
        sync="Synced",
        phase="Succeeded",
        finished=SYNCED,
        reconciled=at("15:39:00"),
        health="Healthy",
        health_since=at("14:38:00"),
        history=history,
        label="shop-staging",
    )
    return replace(usual, **changed)


def samples(value: float) -> Answer:
    """One a minute: well before it came and ten minutes after, then this; and enough traffic."""

    def answered(question: SamplesOf) -> object:
        if question.since == question.until:
            return (Sample(question.until, 1840.0),)
        minutes = int((question.until - question.since) / timedelta(minutes=1))
        return tuple(
            Sample(when, 0.003 if when < CAME + timedelta(minutes=10) else value)
            for when in (question.since + timedelta(minutes=minute) for minute in range(minutes))
        )

    return answered


def _ill(question: SamplesOf) -> object:
    """All the time, and of the traffic as much as is asked for."""
    usual = samples(0.024)(question)
    if question.since == question.until:
        return usual if "increase" in question.query else (Sample(question.until, 0.024),)
    return tuple(replace(each, value=0.024) for each in usual)


def _taken_back() -> tuple[Deployment, ...]:
    """Argo CD shows that what was there before was synced again."""
    old, new = application().history
    return old, new, replace(old, at=at("15:12:30"), number=2)


def away(error: UpdaterError) -> Answer:
    return lambda _: Unreadable.of(error, transient=True)


_SHOP = Image.parse("ghcr.io/org/shop")
REGISTRY = away(
    status_failure(Endpoint.of(_SHOP, {}), RegistryAnswer("https://ghcr.io/v2/org/shop", 503, {}, b""))
)
GITHUB = away(refusal(503, "", ApiTarget("api.github.com", "org/shop"), "GET /repos/org/shop"))
ARGOCD = away(argocd_errors.silent("argocd.example.org", ConnectTimeout()))
PROMETHEUS = away(
    MonitoringTarget("Prometheus", "prometheus.example.org", "prometheus").silent(ConnectTimeout())
)
CLOCK = {"skew": ("ghcr.io", 420.0)}

USUAL: Mapping[type, Answer] = {
    DigestOf: lambda question: _digest(question.tag),
    ImageOf: lambda question: image(question.tag),
    SignatureOf: lambda question: Signed(_digest(question.tag), question.signatories[0]),
    ChecksOf: lambda _: {"ci/test": "success"},
    ComparisonOf: lambda _: "ahead",
    MessageOf: lambda _: "Round prices to the cent",
    HealthOf: lambda _: (application(),),
    AlertsOf: lambda _: (),
    RulesOf: lambda _: LoadedRules(frozenset({"AppHighErrorRate", "AppCrashLooping"})),
    GapsOf: lambda _: (),
    SamplesOf: samples(0.002),
}


def _fired(name: str = "AppHighErrorRate", **changed: Any) -> Answer:  # noqa: ANN401 - any of its fields
    """In staging, and nowhere else."""
    found = replace(FiredAlert(name, since=at("14:52:10"), firing=True), **changed)
    return lambda question: (found,) if "staging" in question.match.template else ()


def _here(question: AlertsOf) -> object:
    found = FiredAlert("AppHighErrorRate", since=at("15:21:40"), firing=True)
    return (found,) if "prod" in question.match.template else ()


_BACK = (held(OLD, OURS, CAME, "newer"), held(until=at("15:04:02"), ended="backwards"))
_ON = (held(until=at("15:04:02"), ended="newer"), held(NEWER, at("15:04:02")))
_FLOORS = recorded_floors(
    f"floors:\n  - {{app: shop, tag: {TAG}, why: its migration drops a column}}\n".encode(), PRODUCTION
)
_BROKEN = recorded_floors(b"floors:\n  - {app: shop, why: its migration drops a column}\n", PRODUCTION)
_TEN = at("14:46:40")
_BY_ARGOCD = (
    ("commit: ", "argocd: {server: 'https://argocd.example.org', token_env: ARGOCD_TOKEN}\ncommit: "),
    ("    deliver: push\n", '    argocd: {application: "{app}-staging"}\n    deliver: push\n'),
)
_SATURDAY = at("11:00:00", "2026-02-07")

SCENES: Mapping[str, tuple[Scene, ...]] = {
    "after": (
        Scene("passes", "staging runs it"),
        Scene("passes", "staging has left it for a newer one", stays=_ON),
        Scene("holds", "staging has gone back from it", stays=_BACK),
        Scene(
            "unknown",
            "staging is in another deploy repository, which could not be read for a while",
            changed={"predecessors": {"staging": None}},
        ),
    ),
    "soak": (
        Scene("passes", "an hour after staging got it"),
        Scene("holds", "ten minutes after staging got it", now=_TEN),
        Scene(
            "passes",
            "staging names its Application, and Argo CD has deployed it",
            instead=_BY_ARGOCD,
        ),
        Scene("passes", "a newer build came to staging after 27 minutes", stays=_ON),
        Scene(
            "holds",
            "the same, where only the time counts in which it ran there (`counts: running`)",
            stays=_ON,
            instead=[("      soak: 30m\n", "      soak: {for: 30m, counts: running}\n")],
        ),
        Scene("holds", "staging has gone back from it", stays=_BACK),
        Scene(
            "unknown",
            "staging names its Application, and Argo CD does not answer",
            said={HealthOf: ARGOCD},
            instead=_BY_ARGOCD,
        ),
        Scene("unknown", "the clock of this machine is seven minutes off", changed=CLOCK),
    ),
    "health": (
        Scene("passes", "Argo CD has synced it, and it is well"),
        Scene(
            "holds",
            "its pods crash",
            said={HealthOf: lambda _: (application(health="Degraded", health_since=at("15:10:00")),)},
        ),
        Scene(
            "holds",
            "Argo CD has not synced it yet",
            said={HealthOf: lambda _: (application(history=application().history[:1]),)},
        ),
        Scene(
            "holds",
            "somebody has changed something in the cluster by hand",
            said={HealthOf: lambda _: (application(sync="OutOfSync"),)},
        ),
        Scene(
            "holds",
            "somebody has rolled it back inside Argo CD",
            said={HealthOf: lambda _: (application(history=_taken_back()),)},
        ),
        Scene("unknown", "Argo CD does not answer", said={HealthOf: ARGOCD}),
    ),
    "alerts": (
        Scene("passes", "nothing has fired"),
        Scene("holds", "an alert fires in staging since it came", said={AlertsOf: _fired()}),
        Scene(
            "holds",
            "one has fired there and stopped",
            said={AlertsOf: _fired(firing=False, until=at("14:58:30"))},
        ),
        Scene(
            "passes",
            "one fires, and somebody has silenced it",
            said={AlertsOf: _fired(silenced="kim: a load test")},
        ),
        Scene(
            "unknown",
            "an alert that `rules:` names has no rule that is loaded",
            said={RulesOf: lambda _: LoadedRules(frozenset({"AppHighErrorRate"}))},
        ),
        Scene(
            "unknown",
            "the alert burned before it came, and still does",
            said={AlertsOf: _fired(since=at("13:05:00"), before=True)},
        ),
        Scene("unknown", "Prometheus does not answer", said={AlertsOf: PROMETHEUS}),
        Scene(
            "unknown",
            "monitoring was away for a while",
            said={GapsOf: lambda _: (Gap(at("15:02:00"), at("15:19:00")),)},
        ),
        Scene("holds", "nothing in staging, but an alert fires in production itself", said={AlertsOf: _here}),
    ),
    "metrics": (
        Scene("passes", "errors stay low"),
        Scene("holds", "too many errors", said={SamplesOf: samples(0.024)}),
        Scene("holds", "fewer than the limit, and worse than before", said={SamplesOf: samples(0.008)}),
        Scene("unknown", "there were too many before it came, and there still are", said={SamplesOf: _ill}),
        Scene(
            "unknown",
            "hardly anybody uses it",
            said={SamplesOf: lambda question: (Sample(question.until, 12.0),)},
        ),
        Scene("unknown", "Prometheus does not answer", said={SamplesOf: PROMETHEUS}),
    ),
    "window": (
        Scene("passes", "Monday at 15:40"),
        Scene("holds", "Saturday", now=_SATURDAY),
        Scene("unknown", "the clock of this machine is seven minutes off", changed=CLOCK),
    ),
    "freeze": (
        Scene("passes", "2 February"),
        Scene("holds", "Christmas", now=at("11:00:00", "2026-12-25")),
        Scene("unknown", "the clock of this machine is seven minutes off", changed=CLOCK),
    ),
    "age": (
        Scene("passes", "built at 14:35, and now it is 15:40"),
        Scene("holds", "built ten minutes ago", now=at("14:45:12")),
        Scene("holds", "three weeks later", now=at("11:00:00", "2026-02-23")),
        Scene("unknown", "the clock of this machine is seven minutes off", changed=CLOCK),
    ),
    "digest": (
        Scene("passes", "the tag points where it pointed when staging got it"),
        Scene(
            "holds",
            "somebody has pushed another image under that tag",
            said={DigestOf: lambda _: "sha256:" + "9f4e" * 16},
        ),
        Scene(
            "unknown",
            "a person wrote the tag into staging's file, so no digest was recorded",
            stays=(replace(held(), ours=False, digests={}),),
        ),
        Scene(
            "passes",
            "the same, without `digest: required`",
            stays=(replace(held(), ours=False, digests={}),),
            instead=[("    gates:\n      digest: required\n", "")],
        ),
    ),
    "platforms": (
        Scene("passes", "built for both"),
        Scene(
            "holds",
            "built for one",
            said={ImageOf: lambda question: image(question.tag, platforms=("linux/amd64",))},
        ),
        Scene("unknown", "the registry does not answer", said={ImageOf: REGISTRY}),
    ),
    "source_checks": (
        Scene("passes", "the check is green"),
        Scene("holds", "the check failed", said={ChecksOf: lambda _: {"ci/test": "failure"}}),
        Scene("holds", "the check still runs", said={ChecksOf: lambda _: {"ci/test": "pending"}}),
        Scene(
            "holds",
            "its label names a repository of somebody else",
            said={ImageOf: lambda question: image(question.tag, **{SOURCE: "https://github.com/other/shop"})},
        ),
        Scene(
            "unknown",
            "the image has no label",
            said={ImageOf: lambda question: image(question.tag, **{REVISION: ""})},
        ),
        Scene("unknown", "the forge does not answer", said={ChecksOf: GITHUB}),
    ),
    "source_order": (
        Scene("passes", "its commit follows the deployed one"),
        Scene("passes", "each has commits of its own", said={ComparisonOf: lambda _: "diverged"}),
        Scene("holds", "an old build was run again", said={ComparisonOf: lambda _: "behind"}),
        Scene("unknown", "the forge does not answer", said={ComparisonOf: GITHUB}),
    ),
    "own_build": (
        Scene("passes", "built from a commit of a person"),
        Scene(
            "holds",
            "CI has built the updater's own bump",
            said={
                MessageOf: lambda _: f"chore(shop): bump staging\n\nUpdater-Pin: staging shop {_SHOP}:{OLD}"
            },
        ),
        Scene("unknown", "the forge does not answer", said={MessageOf: GITHUB}),
    ),
    "signature": (
        Scene("passes", "the release workflow has signed it"),
        Scene(
            "holds",
            "nobody has signed it",
            said={
                SignatureOf: lambda question: Signed(
                    _digest(question.tag), None, "no signature is in the registry"
                )
            },
        ),
        Scene("unknown", "the registry does not answer", said={SignatureOf: REGISTRY}),
    ),
    "reversible": (
        Scene("passes", "no floor between what runs and it"),
        Scene(
            "holds",
            "a floor lies in between",
            changed={"find_floors": partial(FloorFindings, _FLOORS.floors)},
        ),
        Scene(
            "unknown",
            "the file of floors is broken",
            changed={"find_floors": partial(FloorFindings, unread=(_BROKEN.unread or "",))},
        ),
    ),
}
"""By the name of the gate; each passes somewhere, holds somewhere, and somewhere nobody knows."""
