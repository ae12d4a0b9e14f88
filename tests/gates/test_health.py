"""What Argo CD says of a candidate, row by row."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from updater.gates.health import Health
from updater.gates.soak import Soak
from updater.model import (
    Application,
    Applications,
    Case,
    Commit,
    Deployment,
    HealthOf,
    Image,
    Lineage,
    Manifests,
    Placement,
    Revision,
    Rollout,
    Source,
    Stay,
    Timeline,
    Unreadable,
    Version,
)

SEOUL = ZoneInfo("Asia/Seoul")
NOON = datetime(2026, 2, 2, 12, 0, tzinfo=SEOUL)
TAG = "20260202-115900"
SHAS = [f"{number:040x}" for number in range(6)]
"""A line of commits, oldest first; the tag is set by the third, and left by the fifth."""
BEFORE, SET, LATER, LEFT, AFTER = SHAS[1], SHAS[2], SHAS[3], SHAS[4], SHAS[5]
QUESTION = HealthOf(Applications(("shop-staging",)))


FILE = "overlays/staging/kustomization.yaml"
IMAGE = "ghcr.io/org/shop"
MANIFESTS = Manifests("https://github.com/org/deploy.git", "main", (FILE,), images=(IMAGE,))
OWN = Source("git@github.com:Org/deploy", "overlays/staging", "main")
CHART = Source("https://charts.example.org", None, "1.2.3")


def synced(sha, at, number=None, source=OWN):
    return Deployment((Revision(sha, source),), minutes(at), number)


def minutes(number):
    return NOON + timedelta(minutes=number)


def commit(number):
    parents = (SHAS[number - 1],) if number else ()
    return Commit(SHAS[number], parents, "a <a@b>", "a <a@b>", minutes(number), "x")


LINEAGE = Lineage({SHAS[number]: commit(number) for number in range(6)}, SHAS[-1])
STILL = Stay(TAG, minutes(0), SET, True, None, "still")
GONE = replace(STILL, until=minutes(30), ended="newer", ended_by=LEFT)
WELL = Application(
    name="shop-staging",
    label="shop-staging",
    sources=(OWN,),
    sync="Synced",
    phase="Succeeded",
    finished=minutes(2),
    reconciled=minutes(3),
    health="Healthy",
    health_since=minutes(3),
    history=(synced(BEFORE, -60, 0), synced(SET, 2, 1)),
)


def case(*applications, stay=STILL, now=60, answer=None, arrivals=None):
    timeline = Timeline((stay,), frozenset({TAG}), {}, None, None, None)
    return Case(
        placement=Placement("production", "shop"),
        candidate=Version((TAG,), TAG, NOON),
        images=(Image("ghcr.io", "org/shop"),),
        now=minutes(now),
        zone=SEOUL,
        own=replace(timeline, stays=()),
        predecessors={"staging": timeline},
        rolled_back={},
        answers={QUESTION: applications if answer is None else answer},
        arrivals={"staging": minutes(arrivals)} if arrivals is not None else {},
        rollouts={"staging": Rollout(QUESTION, LINEAGE, MANIFESTS)},
    )


def last(sha):
    return replace(WELL, history=(*WELL.history, synced(sha, 5, 2)))


def of(source):
    return replace(
        WELL, sources=(source,), history=(synced(BEFORE, -60, 0, source), synced(SET, 2, 1, source))
    )


def several(*sources):
    synced_at = Deployment((Revision("1.2.3", sources[0]), Revision(SET, sources[1])), minutes(2), 1)
    return replace(WELL, sources=sources, history=(synced_at,))


@pytest.mark.parametrize(
    ("application", "says"),
    [
        pytest.param(WELL, None, id="synced to the bump, and healthy"),
        pytest.param(last(LATER), None, id="synced to a descendant of it"),
        pytest.param(last(BEFORE), f"{BEFORE[:10]}", id="rolled back inside"),
        pytest.param(replace(WELL, history=WELL.history[:1]), "has not synced", id="not synced yet"),
        pytest.param(last("f" * 40), "which is no commit of the branch", id="one nobody has read"),
        pytest.param(
            replace(WELL, history=(), phase=""), "Synced without ever having been synced", id="never synced"
        ),
        pytest.param(
            replace(WELL, history=(), phase="Failed"),
            "sync of shop-staging is not done well: Failed",
            id="none kept",
        ),
        pytest.param(
            replace(WELL, history=(), sync="OutOfSync", phase=""), "never synced", id="nothing there yet"
        ),
        pytest.param(several(CHART, OWN), None, id="one source of several"),
        pytest.param(several(CHART, replace(OWN, path="overlays")), "applies", id="none of several"),
        pytest.param(
            of(replace(OWN, path="overlays/production")), "applies overlays/production", id="another"
        ),
        pytest.param(of(replace(OWN, path="overlays")), "applies overlays of", id="a parent"),
        pytest.param(of(replace(OWN, path="overlays", recurses=True)), None, id="with all folders below"),
        pytest.param(of(replace(OWN, path="charts/shop", files=(FILE,))), None, id="its file of values"),
        pytest.param(of(replace(OWN, repository="https://github.com/org/other")), "applies", id="elsewhere"),
        pytest.param(
            of(replace(OWN, images=(IMAGE,))), "sets the tag of ghcr.io/org/shop itself", id="itself"
        ),
        pytest.param(of(replace(OWN, images=("other",))), None, id="another image itself"),
        pytest.param(replace(WELL, sync="OutOfSync"), "is OutOfSync: what runs is not", id="out of sync"),
        pytest.param(replace(WELL, sync=""), "not compared", id="never compared"),
        pytest.param(replace(WELL, phase="Failed"), "not done well: Failed", id="the sync failed"),
        pytest.param(replace(WELL, phase=""), "there was none", id="there was no sync"),
        pytest.param(replace(WELL, finished=None), "not done well", id="succeeded without an end"),
        pytest.param(replace(WELL, reconciled=minutes(1)), "has not looked", id="health of before the sync"),
        pytest.param(replace(WELL, reconciled=None), "has not looked", id="never looked at"),
        pytest.param(replace(WELL, reconciled=minutes(2)), None, id="looked at in the very second"),
        pytest.param(replace(WELL, health="Progressing"), "is Progressing", id="still progressing"),
        pytest.param(replace(WELL, health="Suspended"), "is Suspended", id="suspended"),
        pytest.param(replace(WELL, health=""), "of unknown health", id="no word of health"),
        pytest.param(replace(WELL, health="Degraded"), "is Degraded since 2026-02-02 12:03", id="degraded"),
        pytest.param(
            replace(WELL, health="Missing", health_since=minutes(58)),
            "has turned Missing at 2026-02-02 12:58:00 KST; from 2026-02-02 13:03:00 KST on",
            id="missing for two minutes",
        ),
        pytest.param(
            replace(WELL, health="Missing", health_since=minutes(55)),
            "is Missing since 2026-02-02 12:55:00 KST",
            id="missing for five minutes to the second",
        ),
        pytest.param(replace(WELL, health="Degraded", health_since=None), "Degraded", id="since who knows"),
    ],
)
def test_the_current_tag(application, says):
    ruling = Health().judge(case(application))
    assert ruling.waits
    assert ruling.passes == (says is None)
    if says:
        assert says in ruling.sentence


@pytest.mark.parametrize(
    ("history", "says"),
    [
        pytest.param([BEFORE, SET, AFTER], None, id="synced, then a newer one"),
        pytest.param([BEFORE, LATER, AFTER], None, id="by a descendant"),
        pytest.param([BEFORE, AFTER], "has not synced", id="skipped over"),
        pytest.param([], "was of a part of it only, and of others it keeps none", id="no history"),
        pytest.param([BEFORE, SET, BEFORE, AFTER], "rolled back from", id="taken back inside Argo CD"),
        pytest.param([BEFORE, SET, BEFORE, SET, AFTER], None, id="and brought again"),
    ],
)
@pytest.mark.parametrize("health", ["Healthy", "Degraded"])
def test_a_tag_that_has_left(history, says, health):
    entries = tuple(synced(sha, number, number) for number, sha in enumerate(history))
    one = replace(WELL, history=entries, health=health)
    ruling = Health().judge(case(one, stay=GONE))
    assert ruling.passes == (says is None)
    if says:
        assert says in ruling.sentence


def test_every_application_has_to_have_it():
    sick = replace(WELL, name="shop-worker", label="shop-worker", health="Degraded")
    assert not Health().judge(case(WELL, sick)).passes
    both = Health().judge(case(WELL, replace(WELL, name="shop-worker", label="shop-worker")))
    assert both.sentence == "Argo CD has it synced and Healthy in staging (shop-staging, shop-worker)"


def test_its_question_is_asked_first():
    asking = replace(case(WELL), answers={})
    assert Health().judge(asking) == Soak.model_validate("30m").judge(asking) == frozenset({QUESTION})


@pytest.mark.parametrize("gate", [Health(), Soak.model_validate("30m")])
def test_argo_cd_away_is_waited_for(gate):
    ruling = gate.judge(case(answer=Unreadable("Argo CD is away", transient=True)))
    assert (ruling.passes, ruling.waits, ruling.sentence) == (False, True, "Argo CD is away")
    assert not gate.judge(case()).passes


def test_what_is_not_asked_for_passes():
    assert Health.model_validate(False).judge(case(replace(WELL, health="Degraded"))).passes


@pytest.mark.parametrize(
    ("history", "began"),
    [
        pytest.param([(BEFORE, -60), (SET, 2)], 2, id="when it was deployed"),
        pytest.param([(BEFORE, -60), (SET, 2), (LATER, 9)], 2, id="the first time"),
        pytest.param([(SET, -5)], 0, id="never before Git held it"),
        pytest.param([(BEFORE, 2)], None, id="another does not count"),
    ],
)
def test_it_soaks_from_its_deployment(history, began):
    entries = tuple(synced(sha, at, number) for number, (sha, at) in enumerate(history))
    ruling = Soak.model_validate("2h").judge(case(replace(WELL, history=entries)))
    assert ruling.until == (None if began is None else minutes(began + 120))


def test_a_commit_that_came_after_the_repository_was_read_is_not_judged():
    """Argo CD may be quicker than we are: nothing of what was said changes until it is read."""
    ahead = replace(WELL, history=(*WELL.history, synced("f" * 40, 58, 2)))
    for gate in (Health(), Soak.model_validate("30m")):
        ruling = gate.judge(case(ahead))
        assert (ruling.passes, ruling.unread, ruling.waits) == (False, True, True)
        assert "has just synced ffffffffff, which came after the repository was read" in ruling.sentence
        assert not gate.judge(case(ahead, now=70)).unread, "by now it would have been read"


FORGOT = "and Argo CD no longer tells when it was deployed"


@pytest.mark.parametrize(
    ("history", "remembered", "began", "says"),
    [
        pytest.param([(SET, 2, 7)], None, 0, FORGOT, id="nobody knows: Git's time"),
        pytest.param([(LATER, 9, 7)], None, 0, FORGOT, id="also where a later one is left"),
        pytest.param([(LATER, 9, 7)], 3, 3, "Argo CD deployed it", id="the pull request knows"),
        pytest.param([(LATER, 9, 7)], -9, 0, FORGOT, id="of an earlier stay it says nothing"),
        pytest.param([(BEFORE, -9, 4), (SET, 9, 7)], None, 0, FORGOT, id="something is missing before it"),
        pytest.param([(BEFORE, -9, 6), (SET, 9, 7)], 3, 9, "Argo CD deployed it", id="what is told wins"),
        pytest.param([(SET, 9, 7)], 10, 0, FORGOT, id="a pull request that names a later time than is shown"),
        pytest.param([(SET, 9, 7)], 5_000, 0, FORGOT, id="or one that is still to come"),
        pytest.param([(SET, 9, 7)], -9, 0, FORGOT, id="or one before Git had it"),
        pytest.param([(BEFORE, -9, None), (SET, 9, None)], None, 9, "deployed it", id="no history, but seen"),
        pytest.param(
            [(BEFORE, -9, 0), (SET, 2, 1), (BEFORE, 9, 2), (SET, 20, 3)],
            None,
            20,
            "deployed",
            id="brought again",
        ),
    ],
)
def test_history_that_is_cut_does_not_make_it_later(history, remembered, began, says):
    one = replace(WELL, history=tuple(synced(*entry) for entry in history))
    ruling = Soak.model_validate("2h").judge(case(one, arrivals=remembered))
    assert ruling.until == minutes(began + 120)
    assert says in ruling.sentence
    told = None if says == FORGOT else (("staging", minutes(began)),)
    assert ruling.arrivals == (told or ())


@pytest.mark.parametrize(
    ("history", "remembered", "says"),
    [
        pytest.param([(AFTER, 40, 7)], None, "is cut, and no longer shows", id="nobody knows"),
        pytest.param([(AFTER, 40, 7)], 2, None, id="the pull request knows"),
        pytest.param([(AFTER, 40, 7)], 41, "is cut", id="it names a time when something newer was there"),
        pytest.param([(AFTER, 40, 7)], 5_000, "is cut", id="it names a time that is still to come"),
        pytest.param([(AFTER, 40, 7)], -1, "is cut", id="it names a time before Git had it"),
        pytest.param([(AFTER, 40, 0)], None, "has not synced", id="it is all there, and it is not in it"),
        pytest.param([(LATER, 20, 7), (AFTER, 40, 8)], None, None, id="what is left shows it"),
        pytest.param(
            [(SET, 2, 1), (AFTER, 40, 2), (BEFORE, 50, 3)], None, None, id="the newer was taken back"
        ),
    ],
)
def test_a_tag_that_has_left_a_history_that_is_cut(history, remembered, says):
    one = replace(WELL, history=tuple(synced(*entry) for entry in history))
    ruling = Health().judge(case(one, stay=GONE, arrivals=remembered))
    assert ruling.passes == (says is None)
    assert says is None or says in ruling.sentence


def test_only_while_it_ran_there_counts():
    """Eight minutes, then rolled back inside Argo CD, then five more."""
    back = [(BEFORE, -9, 0), (SET, 2, 1), (BEFORE, 10, 2), (SET, 20, 3)]
    one = replace(WELL, history=tuple(synced(*entry) for entry in back))
    gate = Soak.model_validate({"for": "15m", "counts": "running"})
    assert gate.judge(case(one, now=25)).until == minutes(27)
    assert gate.judge(case(one, now=27)).passes
    slow = replace(WELL, name="b", label="b", history=(synced(BEFORE, -9, 0), synced(SET, 22, 1)))
    assert gate.judge(case(one, slow, now=25)).until == minutes(37), "only while all of them ran it"
    gone = replace(one, history=one.history[:-1])
    assert gate.judge(case(gone, now=600)).sentence.startswith("it does not soak: shop-staging was")


def test_it_soaks_from_the_last_of_several():
    slow = replace(WELL, name="b", history=(synced(SET, 20, 0),))
    assert Soak.model_validate("2h").judge(case(WELL, slow)).until == minutes(140)


def test_it_soaks_nowhere_while_one_of_several_has_not_deployed_it():
    behind = replace(WELL, name="b", history=(synced(BEFORE, -60, 0),))
    ruling = Soak.model_validate("2h").judge(case(WELL, behind, now=600))
    assert (ruling.passes, ruling.until) == (False, None)


def test_only_while_it_ran_counts_from_its_deployment_too():
    late = replace(WELL, history=(synced(SET, 20, 0),))
    gate = Soak.model_validate({"for": "15m", "counts": "running"})
    assert not gate.judge(case(late, stay=GONE)).passes
    assert gate.judge(case(WELL, stay=GONE)).passes


@given(st.lists(st.sampled_from([*SHAS, "f" * 40, "1.2.3"]), max_size=2), st.sampled_from([STILL, GONE]))
def test_health_never_passes_a_revision_without_the_tag(revisions, stay):
    entries = (Deployment(tuple(Revision(each, OWN) for each in revisions), minutes(5), 0),)
    one = replace(WELL, history=entries)
    holds = {SET, LATER} if stay is GONE else {SET, LATER, LEFT, AFTER}
    assert Health().judge(case(one, stay=stay)).passes == bool(holds & set(revisions))
