"""The way back after a failed verification: where to, and every case in which it is never gone."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from scenario import IMAGE, INSTANCE, Past, Scenario, Shown, built, digest_of

from updater import messages
from updater.config import Breaker
from updater.config.verifying import Verify
from updater.decide import decide
from updater.decide.automatic_rollback import ways_back
from updater.model import (
    ClosedPullRequestsOf,
    DeploymentVerdict,
    DigestOf,
    Hold,
    ImageConfig,
    ImageOf,
    Marker,
    Needs,
    Placement,
    Promote,
    PullRequest,
    RecordedFloors,
    RollbackFloor,
    Ruling,
    TouchedBetween,
    Unreadable,
    WayBack,
)
from updater.reasons import hold_reasons, pin_reasons
from updater.schemes.semver import Semver

SHOP = Placement("production", "shop")
T7, T8, T9, T10, T11 = (built(hour) for hour in (7, 8, 9, 10, 11))
DOWN = Unreadable("ghcr.io does not answer", transient=True)
ROLLBACK = Verify(timedelta(minutes=15), ("health", "alerts"), then="rollback", deliver="push")
STAGED = [(7.1, T7), (8.1, T8), (9.1, T9), (10.1, T10)]
RAN = [(7.5, T7), (8.5, T8), (9.5, T9), (10.5, T10)]


@dataclass
class Failed:
    """Production has run T7, T8 and T9, which were verified, and runs T10, which has just failed."""

    production: Past = field(default_factory=lambda: Past(RAN))
    staging: Past = field(default_factory=lambda: Past(STAGED))
    now: float = 10.6
    verify: Verify = ROLLBACK
    verified: tuple = (T7, T8, T9)
    undigested: tuple = ()
    """Of those that were verified, where no digest was recorded."""
    failed: tuple = ()
    """More that failed there, before."""
    failed_in_staging: tuple = ()
    in_staging: dict = field(default_factory=dict)
    """What else is so of staging."""
    unread_in_staging: Ruling | None = None
    images: dict = field(default_factory=dict)
    """What tags point to, where that is not what was verified."""
    answers: dict = field(default_factory=dict)
    closed: tuple | Unreadable = ()
    touched: tuple | Unreadable | None = ()
    changed: str | None = None
    """By which commit its pins were changed last, if not by the one that brought the tag."""
    pinned: str | None = None
    """The digest beside the tag, which is not that of the bump."""
    state: dict = field(default_factory=dict)
    """What else is so of production."""
    policy: dict = field(default_factory=dict)
    situation: dict = field(default_factory=dict)
    more: dict = field(default_factory=dict)
    """Of the scenario."""

    def way(self):
        situation = self.settled()
        (way,) = ways_back(situation).values()
        assert isinstance(way, WayBack), way
        return way

    def settled(self):
        """With all that is asked answered, as a pass does."""
        answers = {}
        for _ in range(9):
            situation = self._situation(answers)
            asked = [one for one in ways_back(situation).values() if isinstance(one, frozenset)]
            if not asked:
                return situation
            answers |= {question: self._look_up(question) for one in asked for question in one}
        raise AssertionError("it goes on asking")

    def _look_up(self, question):
        match question:
            case DigestOf(_, tag):
                return self.images.get(tag, digest_of(tag))
            case ImageOf(_, tag):
                return self.answers.get(tag, ImageConfig(digest_of(tag), (), None))
            case ClosedPullRequestsOf():
                return self.closed
            case TouchedBetween(old, _):
                assert old == self.commit
                return self.touched
        raise AssertionError(question)

    @property
    def commit(self):
        return f"{len(self.production.held) - 1:040x}"

    def _situation(self, answers):
        found = Scenario(
            staging=self.staging,
            production=self.production,
            tags=[T7, T8, T9, T10],
            now=self.now,
            **self.more,
        )._situation(answers)
        states = dict(found.states)
        mine = states[SHOP]
        states[SHOP] = replace(
            mine,
            **{
                "policy": replace(mine.policy, verify=self.verify, **self.policy),
                "verdicts": (*self._before(mine), *self._last(mine)),
                "origin": "ours",
                **self.state,
            },
        )
        if self.changed:
            mine = states[SHOP]
            states[SHOP] = replace(mine, timeline=replace(mine.timeline, changed=self.changed))
        if self.pinned:
            states[SHOP] = self._with_another_digest(states[SHOP])
        staging = Placement("staging", "shop")
        if staging in states:
            verdicts = tuple(self._verdict(states[staging], tag, "failed") for tag in self.failed_in_staging)
            states[staging] = replace(
                states[staging], verdicts=verdicts, verdicts_unread=self.unread_in_staging, **self.in_staging
            )
        return replace(found, states=states, **self.situation)

    def _with_another_digest(self, state):
        stay = replace(state.timeline.current, digests={IMAGE: digest_of(T10)})
        (pin,) = state.pins
        return replace(
            state,
            timeline=replace(state.timeline, stays=(*state.timeline.stays[:-1], stay)),
            pins=(replace(pin, value=replace(pin.value, digest=self.pinned)),),
        )

    def _before(self, state):
        yield from (self._verdict(state, tag, "failed") for tag in self.failed)
        last = {tag: at for at, tag in enumerate(self.verified)}
        for at, tag in enumerate(self.verified):
            verdict = self._verdict(state, tag, "verified")
            yield replace(verdict, digests={}) if tag in self.undigested and at == last[tag] else verdict

    def _last(self, state):
        stay = state.timeline.current
        tag = stay.tag if stay else T10
        at = Scenario._at(10.5)
        yield replace(
            self._verdict(state, tag, "failed"),
            commit=self.commit,
            since=at,
            until=at + timedelta(minutes=5),
            seen=("AppDown fires",),
        )

    def _verdict(self, state, tag, result):
        at = Scenario._at(9)
        return DeploymentVerdict(
            state.policy.placement,
            tag,
            "c" * 40,
            result,
            since=at,
            until=at + timedelta(minutes=5),
            written=at + timedelta(minutes=5),
            failed=("alerts",) if result == "failed" else (),
            digests={IMAGE: digest_of(tag)},
        )


def pull(state="closed", failed="", tag=T9):
    marker = Marker(INSTANCE, "asked", *SHOP, tag, failed=failed or None)
    body = messages.marker(marker)
    branch = messages.asked_branch(SHOP)
    return PullRequest(9, "https://forge/9", "t", body, state, branch, "e" * 40, "main", "updater", True)


def of_target(**more):
    return RecordedFloors((RollbackFloor(**more),))


ALIAS = Ruling(pin_reasons.ALIAS, False, "an alias")
PROPOSE = replace(ROLLBACK, then="propose")
AS_IT_DELIVERS = replace(ROLLBACK, deliver=None)
GOES = [
    pytest.param(Failed(), "goes", T9, id="to the newest that was verified there"),
    pytest.param(Failed(verified=(T9, T7, T8)), "goes", T9, id="in whatever order they were verified"),
    pytest.param(Failed(verified=(T7,)), "goes", T7, id="over those that nobody has verified"),
    pytest.param(Failed(undigested=(T9,)), "goes", T8, id="not to one of which nobody knows the image"),
    pytest.param(
        Failed(verified=(T8, T9, T9), undigested=(None, None, T9)),
        "goes",
        T9,
        id="but to one of which somebody once knew it",
    ),
    pytest.param(Failed(failed=(T9,)), "goes", T8, id="not to one that failed there, too"),
    pytest.param(Failed(failed_in_staging=(T9,)), "goes", T8, id="nor to one that failed before it"),
    pytest.param(
        Failed(staging=Past([*STAGED[:3], (9.2, T8), (10.1, T10)])),
        "goes",
        T8,
        id="nor to one that staging has rolled back",
    ),
    pytest.param(
        Failed(production=Past([(7.5, T7), (8.5, T8), (9.5, T9), (9.6, T8), (10.5, T10)])),
        "goes",
        T8,
        id="nor to one that was rolled back there",
    ),
    pytest.param(Failed(more={"forbid": (f"{T9}*",)}), "goes", T8, id="nor to one that is forbidden since"),
    pytest.param(Failed(images={T9: None}), "goes", T8, id="nor to one that is gone"),
    pytest.param(Failed(images={T9: digest_of("x")}), "goes", T8, id="nor to one that points elsewhere now"),
    pytest.param(
        Failed(production=Past([*RAN[:2], (10.5, T10)])), "goes", T8, id="nor to one that never ran there"
    ),
    pytest.param(Failed(verify=AS_IT_DELIVERS), "proposes", T9, id="as the environment delivers"),
    pytest.param(
        Failed(verify=AS_IT_DELIVERS, more={"production_delivers": "push"}),
        "goes",
        T9,
        id="by push where it delivers so",
    ),
    pytest.param(Failed(verify=PROPOSE), "proposes", T9, id="propose proposes, whatever is pushed else"),
    pytest.param(
        Failed(situation={"unpushable": frozenset({SHOP})}), "proposes", T9, id="a refused push is proposed"
    ),
    pytest.param(
        Failed(situation={"base": f"{3:040x}"}, touched=Unreadable("git failed", transient=True)),
        "goes",
        T9,
        id="nothing came after it: nobody has to look",
    ),
    pytest.param(Failed(touched=("overlays/production", "docs/a.md")), "goes", T9, id="others were at work"),
    pytest.param(Failed(now=11.08), "goes", T9, id="twenty minutes after the span are not too late"),
    pytest.param(
        Failed(verify=PROPOSE, closed=(pull(failed="f" * 40), pull())),
        "proposes",
        T9,
        id="what was closed was about others",
    ),
    pytest.param(
        Failed(situation={"has_forge": False}, closed=DOWN),
        "goes",
        T9,
        id="without a forge nobody proposes anything",
    ),
    pytest.param(
        Failed(situation={"breaker": Breaker(rolled_back=2, within="1h", **{"for": "1h"})}),
        "goes",
        T9,
        id="as many as the breaker allows",
    ),
    pytest.param(
        Failed(
            state={"floors": of_target(tag=T9, said_by="the file", why=None)},
        ),
        "goes",
        T9,
        id="to a floor, not below it",
    ),
]


@pytest.mark.parametrize(("case", "result", "tag"), GOES)
def test_where_to(case, result, tag):
    way = case.way()
    assert (way.result, way.target and way.target.tag) == (result, tag), way.sentence


NEVER = [
    pytest.param(Failed(verify=replace(ROLLBACK, then="tell")), "told", "config says", id="tell tells"),
    pytest.param(Failed(verified=()), "nothing_verified", "that was verified", id="nothing verified"),
    pytest.param(
        Failed(verified=(T9,), images={T9: None}),
        "nothing_verified",
        "that was verified in production",
        id="all that was verified is gone",
    ),
    pytest.param(
        Failed(verified=(T9,), images={T9: DOWN}),
        "told",
        "nobody can say whether",
        id="the registry does not say whether the target is there",
    ),
    pytest.param(
        Failed(images={T9: DOWN}),
        "told",
        "nobody can say whether",
        id="a failed reading makes no older one the target",
    ),
    pytest.param(
        Failed(state={"floors": of_target(tag=T10, said_by="the file", why="drops a column")}),
        "nothing_verified",
        "is too old",
        id="a rollback floor lies between",
    ),
    pytest.param(
        Failed(state={"floors": RecordedFloors(unread="floors.yaml is no YAML")}),
        "told",
        "cannot be said",
        id="floors that cannot be read",
    ),
    pytest.param(
        Failed(answers={T10: DOWN}), "told", "cannot be said", id="labels of what ran that cannot be read"
    ),
    pytest.param(
        Failed(production=Past([(8, T8), (9, T9), (9.5, T10), (9.6, T9), (10.5, T10)])),
        "told",
        f"went back from {T10} before",
        id="a second time for the same tag",
    ),
    pytest.param(
        Failed(production=Past([(8, T8), (10.1, T10), (10.5, T9)])),
        "told",
        "was itself gone back to",
        id="back from a rollback",
    ),
    pytest.param(
        Failed(production=Past([(8, T8), (9.5, built(40)), (10.5, T10)])),
        "told",
        "was itself gone back to, from",
        id="back from one that was of the future",
    ),
    pytest.param(
        Failed(
            production=Past([(8, "1.0.0"), (9, "1.1.0"), (9.6, "1.0.0"), (10.5, "v1.1.0")]),
            verified=("1.0.0",),
            more={"scheme": Semver()},
        ),
        "told",
        "went back from v1.1.0 before",
        id="a second time for the same tag by another name",
    ),
    pytest.param(
        Failed(production=Past([(8, T8), (10.1, T10), (10.2, None), (10.5, T9)])),
        "told",
        "was itself gone back to",
        id="back from one over nothing",
    ),
    pytest.param(Failed(state={"origin": "by_hand"}), "told", "not ours", id="a hand brought it"),
    pytest.param(Failed(state={"origin": "asked"}), "told", "by name", id="a person asked for it"),
    pytest.param(Failed(state={"origin": "unread"}), "told", "could read what", id="what it did is unread"),
    pytest.param(Failed(state={"origin": None}), "told", "could read what", id="nobody has looked"),
    pytest.param(
        Failed(touched=("a", ".updater/notes.md")),
        "told",
        "has changed .updater/notes.md since",
        id="something in .updater/ was changed since",
    ),
    pytest.param(Failed(touched=DOWN), "told", "could read what", id="what came since is unread"),
    pytest.param(Failed(touched=None), "told", "could read what", id="what came since is too much"),
    pytest.param(Failed(now=11.09), "told", "it is later than", id="later than 20 minutes after the span"),
    pytest.param(Failed(state={"trouble": (ALIAS,)}), "told", "could not be read", id="a pin is unread"),
    pytest.param(Failed(state={"unheard": (ALIAS,)}), "told", "could not be read", id="a host is silent"),
    pytest.param(
        Failed(more={"unread": ["other"], "after": {"production": ("staging", "other")}}),
        "told",
        "could not be read",
        id="a predecessor is unread",
    ),
    pytest.param(
        Failed(state={"verdicts_unread": ALIAS}), "told", "could not be read", id="other verdicts are unread"
    ),
    pytest.param(
        Failed(unread_in_staging=ALIAS), "told", "could not be read", id="those of staging are unread"
    ),
    pytest.param(
        Failed(in_staging={"trouble": (ALIAS,)}), "told", "staging: ", id="a pin in staging is unread"
    ),
    pytest.param(
        Failed(in_staging={"unordered": (ALIAS,)}),
        "told",
        "staging: ",
        id="staging has no order",
    ),
    pytest.param(Failed(now=10.5), "told", "has not come yet", id="a verdict of the future"),
    pytest.param(
        Failed(closed=(pull(failed=f"{3:040x}"),)),
        "told",
        "https://forge/9 proposed it",
        id="a push that was refused, proposed, and closed",
    ),
    pytest.param(
        Failed(state={"refused": ALIAS}), "told", "does not count", id="its team has written nonsense"
    ),
    pytest.param(Failed(situation={"skew": ("ghcr.io", 300.0)}), "told", "the clock", id="clock skew"),
    pytest.param(
        Failed(more={"held": {"production": "audit"}}), "told", "a person holds it", id="a person's hold"
    ),
    pytest.param(
        Failed(state={"held": Ruling(hold_reasons.HELD, False, "the holds file is no YAML")}),
        "told",
        "the holds file",
        id="an unreadable holds file",
    ),
    pytest.param(
        Failed(changed="f" * 40), "told", "has changed its pins since", id="its pins were changed since"
    ),
    pytest.param(
        Failed(pinned="sha256:" + "f" * 64), "told", "the digest in", id="the digest beside it was changed"
    ),
    pytest.param(
        Failed(state={"line": Ruling(hold_reasons.LINE_STOPPED, False, "the line is stopped")}),
        "told",
        "the line is stopped",
        id="a stopped line",
    ),
    pytest.param(
        Failed(more={"shown": Shown(T11, stopped=True)}), "told", "updater:stop", id="the label updater:stop"
    ),
    pytest.param(Failed(more={"asked": T8}), "told", "asks for", id="a person's order is open"),
    pytest.param(Failed(more={"retargeted": True}), "told", "aimed", id="one was aimed elsewhere"),
    pytest.param(
        Failed(verify=AS_IT_DELIVERS, more={"production_delivers": "none"}),
        "told",
        "others write",
        id="others deliver there",
    ),
    pytest.param(Failed(situation={"forced": True}), "told", "forced", id="the branch was forced elsewhere"),
    pytest.param(
        Failed(verify=PROPOSE, closed=(pull(failed=f"{3:040x}"),)),
        "told",
        "https://forge/9 proposed it",
        id="it was proposed, and closed",
    ),
    pytest.param(
        Failed(verify=PROPOSE, closed=DOWN), "told", "nobody can say", id="what was closed is unread"
    ),
    pytest.param(
        Failed(situation={"branches": {messages.asked_branch(SHOP): "e" * 40}}, closed=DOWN),
        "told",
        "nobody can say",
        id="there is a branch, and nobody knows what of",
    ),
]


@pytest.mark.parametrize(("case", "result", "said"), NEVER)
def test_never(case, result, said):
    way = case.way()
    assert (way.result, said in way.sentence) == (result, True), way.sentence
    assert way.command == "updater rollback shop production"
    assert way.moves == (result == "goes")


def test_i14_what_comes_before_staging_has_to_be_read_too():
    situation, staging = Failed().settled(), Placement("staging", "shop")
    before = situation.states[staging]
    far = replace(before, policy=replace(before.policy, after=("development",)))
    (way,) = ways_back(replace(situation, states={**situation.states, staging: far})).values()
    assert way.result == "told"
    assert "staging: development is in another repository" in way.sentence


def test_what_lasts_is_told_before_what_a_person_could_lift():
    line = Ruling(hold_reasons.LINE_STOPPED, False, "the line is stopped")
    case = Failed(changed="f" * 40, state={"line": line}, more={"held": {"production": "audit"}})
    assert "has changed its pins since" in case.way().sentence


def test_what_was_proposed_for_it_waits():
    case = Failed(more={"asked": T9})
    (way,) = ways_back(case._situation({})).values()
    assert way.result == "told"
    state = case._situation({}).states[SHOP]
    marker = replace(state.asked.marker, failed=case.commit)
    case.state["asked"] = replace(state.asked, marker=marker)
    assert case.way().result == "waits"


def test_no_way_back_of_what_has_not_failed_or_is_not_verified():
    situation = Failed()._situation({})
    state = situation.states[SHOP]
    for changed in (replace(state, verdicts=()), replace(state, policy=replace(state.policy, verify=None))):
        assert not ways_back(replace(situation, states={SHOP: changed}))


def test_a_verdict_of_an_earlier_stay_of_the_tag_says_nothing_of_this_one():
    situation = Failed()._situation({})
    state = situation.states[SHOP]
    last = replace(state.verdicts[-1], commit="d" * 40)
    assert not ways_back(replace(situation, states={SHOP: replace(state, verdicts=(last,))}))


# --- many at once ---------------------------------------------------------------------------------------


def many(number, *, most=None, gone_back=()):
    situation = Failed().settled()
    state = situation.states[SHOP]
    states = {}
    for at in range(number):
        placement = Placement("production", f"app{at}")
        verdicts = tuple(replace(each, placement=placement) for each in state.verdicts)
        states[placement] = replace(
            state, policy=replace(state.policy, placement=placement, after=()), verdicts=verdicts
        )
    breaker = Breaker(rolled_back=most, within="1h", **{"for": "4h"}) if most else None
    lately = frozenset(gone_back)
    closed = {ClosedPullRequestsOf(messages.asked_branch(each)): () for each in states}
    answers = {**situation.answers, **closed}
    return ways_back(replace(situation, states=states, answers=answers, breaker=breaker, gone_back=lately))


@pytest.mark.parametrize(
    ("ways", "result"),
    [
        pytest.param(lambda: many(3), "goes", id="three go where nobody says how many"),
        pytest.param(lambda: many(4), "many_failed", id="four do not"),
        pytest.param(lambda: many(10), "many_failed", id="ten, by one thing they need, do not"),
        pytest.param(lambda: many(10, most=10), "goes", id="as many as the breaker allows do"),
        pytest.param(lambda: many(3, most=2), "many_failed", id="one more does not"),
        pytest.param(lambda: many(2, most=2, gone_back=["x"]), "many_failed", id="with those of lately"),
        pytest.param(lambda: many(2, most=2, gone_back=["app0"]), "goes", id="each counts once"),
        pytest.param(lambda: many(1, gone_back=["x", "y"]), "goes", id="a third within the hour goes"),
        pytest.param(lambda: many(1, gone_back=["x", "y", "z"]), "many_failed", id="a fourth does not"),
    ],
)
def test_none_goes_where_more_would_than_the_breaker_allows(ways, result):
    found = [*ways().values()]
    assert {each.result for each in found} == {result}, found[0].sentence


# --- the decision ---------------------------------------------------------------------------------------


def test_the_decision_is_asked_for_nothing_of_the_forward_way():
    situation = Failed(verify=PROPOSE).settled()
    decision = decide(situation)[SHOP]
    assert isinstance(decision, Promote)
    assert decision.tag == T9
    assert decision.request.by == "verify:alerts"
    assert decision.request.automatic.result == "proposes"
    assert decision.digests == {IMAGE: digest_of(T9)}
    assert all(ruling.passes for ruling in decision.rulings)
    assert "AppDown fires" in [ruling.sentence for ruling in decision.rulings]


def test_what_is_only_told_leaves_the_decision_as_it_is():
    situation = Failed(more={"held": {"production": "audit"}}).settled()
    decision = decide(situation)[SHOP]
    assert isinstance(decision, Hold)
    assert decision.reasons[0].code == "held"


def test_questions_of_the_way_back_are_asked_before_anything_is_decided():
    answer = decide(Failed()._situation({}))[SHOP]
    assert isinstance(answer, Needs)
    assert any(isinstance(question, TouchedBetween) for question in answer.questions)
