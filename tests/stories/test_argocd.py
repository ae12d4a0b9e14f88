"""With Argo CD beside it, production gets what runs in staging, not what merely stands in Git."""

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest
from prometheus_client import generate_latest
from structlog.testing import capture_logs
from world.pushes import refuse_pushes
from world.scene import ARGOCD_TOKEN, SOAK, promoted, reason, well

from updater.config import load
from updater.config.message_templates import FORMS
from updater.sandbox.argocd import Source
from updater.sandbox.world import FIRST_TAG, PRODUCTION, STAGING, folder
from updater.service.metrics import Metrics
from updater.service.notices import NotifierState, Thresholds, new_notices
from updater.service.pass_log import PassLogger
from updater.views.pass_report import as_json, as_text

SYNCS = ["Synced", "OutOfSync"]
HEALTHS = ["Healthy", "Progressing", "Degraded", "Missing", "Suspended", "Unknown"]
NAME = "shop-staging"


@pytest.fixture
def argocd(scene, monkeypatch):
    argocd = scene.with_argocd()
    monkeypatch.setenv(ARGOCD_TOKEN, argocd.token)
    return argocd


def bumped(scene):
    tag = scene.build()
    well(scene.run())
    assert scene.pinned("shop", STAGING) == tag
    return tag


@pytest.mark.parametrize(("sync", "health"), [*itertools.product(SYNCS, HEALTHS)])
def test_production_gets_what_is_synced_and_healthy(scene, argocd, sync, health):
    tag = bumped(scene)
    argocd.poll()
    argocd.turn(NAME, health)
    scene.soak()
    argocd.application(NAME).sync = sync
    report = well(scene.run())
    if (sync, health) == ("Synced", "Healthy"):
        assert promoted(report, PRODUCTION) == tag
        assert "Argo CD has it synced and Healthy in staging (shop-staging) (`health`)" in scene.pull().body
    else:
        code, sentence = reason(report, PRODUCTION)
        assert code == "health"
        assert (sync if sync == "OutOfSync" else health) in sentence
        assert scene.pulls() == []


def test_it_soaks_from_when_argo_cd_deployed_it(scene, argocd):
    argocd.application(NAME).auto = False
    tag = bumped(scene)
    scene.world.clock.forward(minutes=20)
    argocd.sync(NAME)
    scene.world.clock.forward(minutes=SOAK - 1)
    code, sentence = reason(well(scene.run()), PRODUCTION)
    assert code == "soak"
    assert "Argo CD deployed it to staging at 2026-02-02 14:20" in sentence
    scene.world.clock.forward(minutes=1)
    assert promoted(well(scene.run()), PRODUCTION) == tag


def test_what_argo_cd_has_not_deployed_does_not_soak(scene, argocd):
    argocd.application(NAME).auto = False
    bumped(scene)
    argocd.poll()
    scene.soak()
    assert reason(well(scene.run()), PRODUCTION)[0] in {"soak", "health"}
    assert scene.pulls() == []


def test_a_sync_to_an_older_revision_is_not_this_tag(scene, argocd):
    older = argocd.application(NAME).live
    bumped(scene)
    argocd.poll()
    scene.soak()
    argocd.sync(NAME, older)
    code, sentence = reason(well(scene.run()), PRODUCTION)
    assert code == "soak"
    assert f"was rolled back from {scene.pinned('shop', STAGING)} inside Argo CD" in sentence


def test_a_rollback_inside_argo_cd_holds_it_and_even_when_staging_has_moved_on(scene, argocd):
    bad = bumped(scene)
    argocd.poll()
    scene.soak()
    argocd.rollback(NAME)
    held = next(each for each in well(scene.run()).decisions if each.placement == (PRODUCTION, "shop"))
    assert {ruling.code for ruling in held.reasons} == {"soak", "health"}
    good = bumped(scene)
    argocd.application(NAME).auto = True
    argocd.poll()
    report = well(scene.run())
    decision = next(each for each in report.decisions if each.placement == (PRODUCTION, "shop"))
    said = {verdict.tag: verdict.against[0].sentence for verdict in decision.considered}
    assert said[bad].startswith(
        "it does not soak: shop-staging was rolled back from " + bad + " inside Argo CD"
    )
    scene.soak()
    assert promoted(well(scene.run()), PRODUCTION) == good


def test_a_tag_that_left_for_a_newer_one_passes_by_its_history(scene, argocd):
    tag = bumped(scene)
    argocd.poll()
    scene.world.clock.forward(minutes=SOAK - 1)
    bumped(scene)
    argocd.poll()
    scene.world.clock.forward(minutes=2)
    report = well(scene.run())
    assert promoted(report, PRODUCTION) == tag
    assert "Argo CD had it synced in staging (shop-staging)" in scene.pull().body


def test_a_health_that_is_older_than_the_sync_does_not_count(scene, argocd):
    tag = bumped(scene)
    argocd.application(NAME).auto = False
    scene.world.clock.forward(minutes=1)
    argocd.finish(NAME)
    scene.soak()
    code, sentence = reason(well(scene.run()), PRODUCTION)
    assert (code, sentence) == (
        "health",
        "Argo CD has not looked at the health of shop-staging since it synced",
    )
    argocd.poll()
    assert promoted(well(scene.run()), PRODUCTION) == tag


@pytest.mark.parametrize("phase", ["Running", "Failed", "Error"])
def test_a_sync_that_is_not_done_well_does_not_count(scene, argocd, phase):
    bumped(scene)
    argocd.poll()
    scene.soak()
    argocd.sync(NAME, phase=phase)
    assert reason(well(scene.run()), PRODUCTION) == (
        "health",
        f"the last sync of shop-staging is not done well: {phase}",
    )


@pytest.mark.parametrize("fault", [401, 403, 500, 503, "away"])
def test_without_argo_cd_production_waits_and_staging_goes_on(scene, argocd, fault):
    tag = bumped(scene)
    argocd.poll()
    scene.soak()
    argocd.fault("", 503 if fault == "away" else fault, cut="whole" if fault == "away" else "no")
    newer = scene.build("blog")
    report = scene.run()
    assert scene.pinned("blog", STAGING) == newer
    assert scene.pinned("shop", PRODUCTION) == FIRST_TAG
    code, sentence = reason(report, PRODUCTION)
    assert code == "soak"
    assert f"Argo CD at {argocd.host}" in sentence
    assert scene.pulls() == []
    argocd.lift()
    assert promoted(well(scene.run()), PRODUCTION) == tag


def test_while_argo_cd_is_away_the_evidence_of_an_open_proposal_stays(scene, argocd):
    bumped(scene)
    argocd.poll()
    scene.soak()
    well(scene.run())
    before = scene.everything(), scene.hub.statuses(scene.repository, scene.branch_head(scene.pull()))
    argocd.fault("", 503)
    scene.run()
    assert (
        scene.everything(),
        scene.hub.statuses(scene.repository, scene.branch_head(scene.pull())),
    ) == before


def test_what_is_known_against_an_open_proposal_is_said_while_argo_cd_is_away(scene, argocd):
    bumped(scene)
    argocd.poll()
    scene.soak()
    well(scene.run())
    argocd.fault("", 503)
    bump = next(commit for commit in scene.ours() if commit.subject.startswith("chore(shop): bump staging"))
    scene.world.revert(bump.sha)
    scene.run()
    said = scene.hub.statuses(scene.repository, scene.branch_head(scene.pull()))[0]
    assert (said.state, said.description[:29]) == ("failure", "it was rolled back in staging")


def test_a_degraded_staging_turns_an_open_proposal_pending_and_healing_green(scene, argocd):
    bumped(scene)
    argocd.poll()
    scene.soak()
    well(scene.run())
    argocd.degrade(NAME)
    scene.world.clock.forward(minutes=6)
    well(scene.run())
    said = scene.hub.statuses(scene.repository, scene.branch_head(scene.pull()))[0]
    assert said.state == "pending"
    assert said.description.startswith("shop-staging is Degraded since 2026-02-02 14:3")
    assert scene.pull().comments == []
    argocd.turn(NAME, "Healthy")
    well(scene.run())
    assert scene.hub.statuses(scene.repository, scene.branch_head(scene.pull()))[0].state == "success"


def test_several_applications_must_all_have_it(scene, argocd):
    argocd.add("shop-worker-staging", scene.repository, folder(STAGING), auto=False)
    scene.config["environments"][STAGING]["argocd"] = {"application": "{app}*-{environment}"}
    tag = bumped(scene)
    argocd.poll()
    scene.soak()
    assert reason(well(scene.run()), PRODUCTION)[0] in {"soak", "health"}
    argocd.sync("shop-worker-staging")
    scene.soak()
    assert promoted(well(scene.run()), PRODUCTION) == tag


def test_applications_are_found_by_their_labels(scene, argocd):
    scene.config["environments"][STAGING]["argocd"] = {"selector": "app={app},env={environment}"}
    tag = bumped(scene)
    argocd.poll()
    scene.soak()
    assert promoted(well(scene.run()), PRODUCTION) == tag


def test_a_selector_that_finds_nothing_holds(scene, argocd):
    scene.config["environments"][STAGING]["argocd"] = {"selector": "app=none"}
    bumped(scene)
    scene.soak()
    code, sentence = reason(well(scene.run()), PRODUCTION)
    assert sentence == "Argo CD has no Application app=none, which is to run staging"
    assert code == "soak"


def test_the_cluster_can_be_asked_instead(scene, argocd):
    scene.config["argocd"] = {"kind": "kubernetes", "server": argocd.url, "token_env": ARGOCD_TOKEN}
    tag = bumped(scene)
    argocd.poll()
    scene.soak()
    assert promoted(well(scene.run()), PRODUCTION) == tag
    assert any(request.path.startswith("/apis/argoproj.io/") for request in argocd.requests)


def test_an_app_may_do_without(scene, argocd):
    scene.apps["shop"]["environments"] = {STAGING: {}, PRODUCTION: {"gates": {"health": False}}}
    tag = bumped(scene)
    argocd.poll()
    argocd.degrade(NAME)
    scene.soak()
    assert promoted(well(scene.run()), PRODUCTION) == tag


def test_a_quiet_pass_writes_nothing(scene, argocd):
    bumped(scene)
    argocd.poll()
    scene.soak()
    for _ in range(2):
        well(scene.run())
    scene.hub.commit(scene.repository, "main", {"notes.md": "hello"}, "A human")
    before, asked = scene.everything(), len(scene.hub.requests)
    for _ in range(2):
        argocd.poll()
        scene.world.clock.forward(hours=2)
        well(scene.run())
    assert scene.everything() == before
    assert scene.writes(asked) == []


def test_the_token_goes_to_argo_cd_and_to_nobody_else(scene, argocd):
    bumped(scene)
    argocd.poll()
    scene.soak()
    well(scene.run())
    assert argocd.sent_credentials == {f"Bearer {argocd.token}"}
    assert not any(
        argocd.token in sent for sent in scene.hub.sent_credentials | scene.registry.sent_credentials
    )


def test_a_person_may_pass_over_health_by_its_code_and_no_other_way(scene, argocd):
    bumped(scene)
    argocd.poll()
    argocd.degrade(NAME)
    scene.soak()
    words = ["promote", "shop", PRODUCTION]
    refused = scene.command(*words)
    assert refused.returncode == 1
    assert "Degraded" in refused.stdout + refused.stderr
    codes = ["--override", "health", "--override", "clock_skew"]  # the command goes by the real clock
    done = scene.command(*words, *codes, "--why", "known fault")
    assert done.returncode == 0, done.stderr
    assert "overridden: known fault" in scene.pull().body


def test_a_way_back_does_not_wait_for_argo_cd(scene, argocd):
    scene.config["environments"][PRODUCTION]["deliver"] = "push"
    tag = bumped(scene)
    argocd.poll()
    scene.soak()
    well(scene.run())
    assert scene.pinned("shop", PRODUCTION) == tag
    argocd.fault("", 503)
    assert scene.command("rollback", "shop", PRODUCTION, "--why", "bad").returncode == 0
    assert scene.pinned("shop", PRODUCTION) == FIRST_TAG


# --- what runs is what was synced ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("infra/k8s/base", id="an app of apps, or whatever else stands in the repository"),
        pytest.param("infra/k8s/overlays", id="the parent folder"),
        pytest.param(folder(PRODUCTION), id="another overlay"),
    ],
)
def test_an_application_of_another_folder_is_no_evidence(scene, argocd, path):
    """Argo CD has it Synced to the newest commit all the same: comparing alone moves that."""
    argocd.add("other", scene.repository, path)
    scene.config["environments"][STAGING]["argocd"] = {"application": "other"}
    bumped(scene)
    argocd.poll()
    assert argocd.application("other").sync == "Synced"
    argocd.sync("other")
    scene.soak()
    code, sentence = reason(well(scene.run()), PRODUCTION)
    assert code == "soak"
    assert f"other applies {path} of http" in sentence
    assert f"and staging stands in {folder(STAGING)} of http" in sentence
    told = scene.command("doctor")
    assert told.returncode == 1
    assert f"no  argocd blog in staging and 1 more: other applies {path}, and " in told.stdout


def test_a_folder_that_renders_the_pins_is_named_in_config(scene, argocd):
    argocd.add("all", scene.repository, "infra/k8s")
    scene.config["environments"][STAGING]["argocd"] = {"application": "all", "path": "infra/k8s"}
    tag = bumped(scene)
    argocd.poll()
    scene.soak()
    assert promoted(well(scene.run()), PRODUCTION) == tag


def test_a_mirror_of_the_repository_is_named_in_config(scene, argocd):
    own = argocd.application(NAME).sources[0]
    mirror = replace(own, url=own.url.replace("127.0.0.1", "localhost"))
    argocd.application(NAME).sources = (mirror,)
    tag = bumped(scene)
    argocd.poll()
    scene.soak()
    assert "stands in" in reason(well(scene.run()), PRODUCTION)[1]
    assert f"shop-staging applies {mirror.url}, and staging stands in" in scene.command("doctor").stdout
    scene.config["environments"][STAGING]["argocd"]["repository"] = mirror.url
    assert promoted(well(scene.run("other")), PRODUCTION) == tag


def test_the_doctor_tells_a_branch_that_is_not_ours(scene, argocd):
    scene.hub.commit(scene.repository, "release", {"a": "b"}, "Another line")
    argocd.add("shop-release", scene.repository, folder(STAGING), target="release")
    scene.config["environments"][STAGING]["argocd"] = {"application": "{app}-release"}
    said = scene.command("doctor").stdout
    assert "shop-release follows release, and the updater writes to main" in said


def test_a_tag_that_the_application_sets_itself_is_no_evidence(scene, argocd):
    """As the updater of images that was there before may have left it."""
    one = argocd.application(NAME)
    one.sources = (replace(one.sources[0], images=("ghcr.io/acme/shop:20250101-000000",)),)
    bumped(scene)
    argocd.poll()
    scene.soak()
    assert "sets the tag of ghcr.io/acme/shop itself" in reason(well(scene.run()), PRODUCTION)[1]
    assert "shop-staging sets the tag of ghcr.io/acme/shop itself" in scene.command("doctor").stdout


@pytest.mark.parametrize("found_by", ["path", "image"])
@pytest.mark.parametrize("lent", [False, True])
def test_a_value_that_the_application_sets_itself_is_no_evidence(scene, argocd, found_by, lent):
    """As somebody's `argocd app set shop-staging -p image.tag=…` leaves it: Git's tag does not run."""
    values = "image:\n  repository: ghcr.io/acme/{app}\n  tag: " + FIRST_TAG + "\n"
    files = {f"values/{app}/values.yaml": values.format(app=app) for app in scene.apps}
    scene.hub.commit(scene.repository, "main", files, "Values")
    at = {"at": "image.tag"} if found_by == "path" else {}
    scene.config["environments"][STAGING] |= {"path": "values/{app}/values.yaml", "kind": "helm-values", **at}
    helm = {"parameters": [{"name": "image.tag", "value": "20250101-000000"}]}
    own = replace(argocd.application(NAME).sources[0], path="values/shop")
    chart = Source(
        "https://charts.example.org", target="1", chart="x", value_files=("$git/values/shop/values.yaml",)
    )
    wise = [chart, replace(own, path="", ref="git")] if lent else [own]
    argocd.add_several(NAME, wise)
    tag = scene.build()
    well(scene.run())
    argocd.poll()
    scene.soak()
    assert promoted(well(scene.run(act=False)), PRODUCTION) == tag, "nothing is set there"

    argocd.add_several(NAME, [replace(wise[0], helm=helm), *wise[1:]])
    argocd.poll()
    scene.soak()
    assert "sets the value image.tag itself" in reason(well(scene.run()), PRODUCTION)[1]
    assert "shop-staging sets the value image.tag itself by `helm`" in scene.command("doctor").stdout


def test_one_of_several_sources_brings_the_values(scene, argocd):
    own = argocd.application(NAME).sources[0]
    argocd.add_several(NAME, [Source("https://charts.example.org", target="1.2.3", chart="x"), own])
    tag = bumped(scene)
    argocd.poll()
    scene.soak()
    assert promoted(well(scene.run()), PRODUCTION) == tag


def test_synced_without_ever_having_been_synced_says_the_remedy(scene, argocd):
    bumped(scene)
    argocd.poll()
    argocd.adopt(NAME)
    scene.soak()
    _, sentence = reason(well(scene.run("another, with no cache")), PRODUCTION)
    assert "Synced without ever having been synced" in sentence
    assert "`argocd app sync shop-staging`" in sentence


# --- history that is cut ---------------------------------------------------------------------------------


def others(scene, argocd, count, app="blog"):
    """Bumps of another app of the same folder, each synced by shop's Application, too."""
    for _ in range(count):
        scene.world.clock.forward(minutes=2)
        scene.set(STAGING, app, scene.build(app))
        argocd.poll()
        well(scene.run())


@pytest.mark.parametrize("limit", [0, 1, 10])
def test_evidence_does_not_move_when_history_is_cut(scene, argocd, limit):
    argocd.application(NAME).limit = limit
    bumped(scene)
    argocd.poll()
    well(scene.run())
    scene.soak()
    well(scene.run())
    before = scene.pull().body, scene.branch_head(scene.pull())
    assert "Argo CD deployed it to staging at 2026-02-02 14:00" in before[0]
    others(scene, argocd, 3 if limit < 3 else 12)
    assert (scene.pull().body, scene.branch_head(scene.pull())) == before


@pytest.mark.parametrize("group", ["app", "environment"])
def test_nor_when_the_cache_is_lost_for_the_pull_request_remembers(scene, argocd, group):
    scene.settings(group=group)
    argocd.application(NAME).limit = 1
    argocd.application(NAME).auto = False
    bumped(scene)
    well(scene.run())
    scene.world.clock.forward(minutes=20)
    argocd.sync(NAME)
    argocd.application(NAME).auto = True
    scene.soak()
    well(scene.run())
    before = scene.pull().body, scene.branch_head(scene.pull())
    assert "Argo CD deployed it to staging at 2026-02-02 14:20" in before[0]
    others(scene, argocd, 2)
    for name in ("second", "third"):
        well(scene.run(name))
        assert (scene.pull().body, scene.branch_head(scene.pull())) == before


def test_where_nobody_knows_git_does_and_that_is_said(scene, argocd):
    argocd.application(NAME).limit = 1
    tag = bumped(scene)
    argocd.poll()
    scene.soak()
    scene.set(STAGING, "blog", scene.build("blog"))
    argocd.poll()
    report = well(scene.run("another, with no cache"))
    assert promoted(report, PRODUCTION) == tag
    said = "staging's manifest has had it since 2026-02-02 14:00"
    assert said in scene.pull().body
    assert "and Argo CD no longer tells when it was deployed" in scene.pull().body


def test_a_tag_that_has_left_and_whose_history_is_cut_is_no_evidence_of_health(scene, argocd):
    argocd.application(NAME).limit = 1
    tag = bumped(scene)
    argocd.poll()
    scene.world.clock.forward(minutes=SOAK - 10)
    newer = bumped(scene)
    argocd.poll()
    scene.world.clock.forward(minutes=15)
    report = well(scene.run("another, with no cache"))
    decision = next(each for each in report.decisions if each.placement == (PRODUCTION, "shop"))
    said = {verdict.tag: [ruling.sentence for ruling in verdict.against] for verdict in decision.considered}
    assert newer in said
    assert said[tag] == [
        f"the history of shop-staging is cut, and no longer shows whether {tag} was synced in staging"
    ]


def test_a_push_between_reading_git_and_asking_argo_cd_changes_nothing_that_is_open(
    scene, argocd, monkeypatch
):
    bumped(scene)
    argocd.poll()
    scene.soak()
    well(scene.run())
    before = scene.pull().body, scene.hub.statuses(scene.repository, scene.branch_head(scene.pull()))
    late, answered = [scene.build("blog")], argocd.answer

    def answer(request):
        if late:
            scene.set(STAGING, "blog", late.pop())
            argocd.sync(NAME)
        return answered(request)

    monkeypatch.setattr(argocd, "answer", answer)
    for _ in range(2):
        scene.run()
        told = scene.hub.statuses(scene.repository, scene.branch_head(scene.pull()))
        assert (scene.pull().body, told) == before
    assert not late


# --- a rollback inside Argo CD ---------------------------------------------------------------------------


def test_only_what_ran_counts_where_soak_counts_what_ran(scene, argocd):
    soak = {"for": "30m", "counts": "running"}
    scene.config["environments"][PRODUCTION]["gates"] = {"soak": soak}
    tag = bumped(scene)
    argocd.poll()
    scene.world.clock.forward(minutes=20)
    argocd.rollback(NAME)
    scene.world.clock.forward(hours=2)
    code, sentence = reason(well(scene.run()), PRODUCTION)
    assert code == "soak"
    assert sentence.startswith(f"it does not soak: shop-staging was rolled back from {tag} inside Argo CD")
    argocd.sync(NAME)
    scene.world.clock.forward(minutes=8)
    assert reason(well(scene.run()), PRODUCTION)[1].startswith("it soaks until 2026-02-02 16:30")
    scene.world.clock.forward(minutes=2)
    assert promoted(well(scene.run()), PRODUCTION) == tag


def test_what_was_rolled_back_inside_argo_cd_soaks_anew(scene, argocd):
    scene.config["environments"][PRODUCTION]["gates"] = {"soak": "30m"}
    tag = bumped(scene)
    argocd.poll()
    scene.soak()
    argocd.rollback(NAME)
    scene.soak()
    assert reason(well(scene.run()), PRODUCTION)[0] == "soak"
    argocd.sync(NAME)
    scene.world.clock.forward(minutes=SOAK - 1)
    assert "it soaks until" in reason(well(scene.run()), PRODUCTION)[1]
    scene.world.clock.forward(minutes=2)
    assert promoted(well(scene.run()), PRODUCTION) == tag


# --- telling Argo CD and Flux ---------------------------------------------------------------------------


def steps(report):
    return [type(step).__name__ for step in report.steps]


def test_a_push_is_in_the_cluster_in_the_same_pass(scene, argocd):
    bumped(scene)
    assert argocd.application(NAME).live == scene.world.head()
    assert argocd.application("blog-staging").refreshes == 0


def test_a_merge_of_ours_is_in_the_cluster_in_the_same_pass(scene, argocd):
    scene.config["environments"][PRODUCTION]["pull_request"] = {"auto_merge": True}
    tag = bumped(scene)
    scene.soak()
    for _ in range(3):
        well(scene.run())
    assert scene.pinned("shop", PRODUCTION) == tag
    assert argocd.application("shop-production").live == scene.world.head()


@pytest.mark.parametrize("fault", [403, 500])
def test_a_refresh_that_fails_is_told_and_fails_no_pass(scene, argocd, fault):
    argocd.fault("refresh=normal", fault)
    tag = scene.build()
    done = scene.command("once")
    assert scene.pinned("shop", STAGING) == tag
    assert done.returncode == 0, done.stdout
    assert f"refresh in Argo CD: shop-staging: Argo CD at {argocd.host} answered {fault}" in done.stdout


def test_what_was_not_pushed_is_not_announced(scene, argocd):
    refuse_pushes(scene.world, "pre-receive hook declined")
    scene.build()
    scene.run()
    assert argocd.application(NAME).refreshes == 0


def test_plan_names_the_refresh_and_sends_none(scene, argocd):
    scene.build()
    told = scene.command("plan")
    assert "refresh in Argo CD: shop-staging" in told.stdout
    assert argocd.application(NAME).refreshes == 0


def test_flux_is_called_after_a_push_and_its_address_shown_nowhere(scene, monkeypatch):
    address = f"{scene.hub.url}/hook/8f2d5b11secret"
    monkeypatch.setenv("FLUX_RECEIVER", address)
    scene.hub.fault("POST /hook/", 200)
    scene.config["repositories"]["deploy"]["flux"] = {"receiver_url_env": "FLUX_RECEIVER"}
    scene.build()
    scene.build("blog")
    done = scene.command("once", "--output", "json")
    assert [request.path for request in scene.hub.requests].count("/hook/8f2d5b11secret") == 1
    scene.hub.lift()
    scene.hub.fault("POST /hook/", 404)
    scene.build()
    failed = scene.command("once")
    assert failed.returncode == 0
    assert (
        "call the Flux receiver of FLUX_RECEIVER: the Flux receiver of FLUX_RECEIVER answered 404"
        in failed.stdout
    )
    for said in (done.stdout, done.stderr, failed.stdout, failed.stderr):
        assert "8f2d5b11secret" not in said


# --- after the merge ------------------------------------------------------------------------------------

LIVE = "shop-production"


def merged(scene, argocd):
    """A proposal that a person has merged, and Argo CD has deployed; answers its tag and pull request."""
    tag = bumped(scene)
    scene.soak()
    well(scene.run())
    pull = scene.pull()
    scene.merge(pull)
    argocd.poll()
    return tag, pull


def test_a_merge_by_a_person_is_refreshed_in_the_next_pass_and_then_no_more(scene, argocd):
    bumped(scene)
    scene.soak()
    well(scene.run())
    scene.merge(scene.pull())
    assert steps(well(scene.run())).count("RefreshApplications") == 1
    assert argocd.application(LIVE).live == scene.world.head()
    assert "RefreshApplications" not in steps(well(scene.run()))


def test_degraded_after_the_merge_is_said_once_with_the_way_back(scene, argocd):
    tag, pull = merged(scene, argocd)
    scene.world.clock.forward(minutes=3)
    argocd.degrade(LIVE)
    assert well(scene.run()).degraded == ()
    scene.world.clock.forward(minutes=6)
    for _ in range(3):
        report = well(scene.run())
        scene.world.clock.forward(minutes=1)
    (said,) = pull.comments
    assert "updater rollback shop production" in said.body
    assert "shop-production is Degraded since 2026-02-02" in said.body
    (told,) = report.degraded
    assert (told.tag, told.command) == (tag, "updater rollback shop production")
    assert scene.pinned("shop", PRODUCTION) == tag, "never rolled back by itself"
    assert any(told.command in line for line in as_text(report, done=True))
    assert as_json([report])["repositories"][0]["degraded"][0]["command"] == told.command
    names = " ".join(f"{{{name}}}" for name in FORMS["degraded"].names)
    scene.config["notifications"] = {"templates": {"degraded": {"title": names}}}
    notices, _ = new_notices(
        report, load(scene.configure()), Thresholds(timedelta(days=1), 9), NotifierState()
    )
    ((title, text),) = [(each.title, each.text) for each in notices if each.event == "degraded"]
    assert told.command in text
    assert f"story deploy shop production {tag}" in title
    assert told.url in text
    journal = PassLogger()
    with capture_logs() as logs:
        journal.tell(report)
        journal.tell(report)
    assert [each["command"] for each in logs if each["event"] == "degraded_after_merge"] == [told.command]


def test_a_version_that_does_not_tell_since_when_is_believed_after_five_minutes(scene, argocd):
    argocd.tells_health_since = False
    _, pull = merged(scene, argocd)
    argocd.degrade(LIVE)
    scene.world.clock.forward(minutes=3)
    well(scene.run())
    assert pull.comments == []
    scene.world.clock.forward(minutes=3)
    well(scene.run())
    assert len(pull.comments) == 1


@pytest.mark.parametrize(
    ("before", "after", "watch"),
    [
        pytest.param(-1, 10, "15m", id="degraded before the merge"),
        pytest.param(16, 6, "15m", id="degraded after it was watched"),
        pytest.param(3, 6, "2m", id="watched for less"),
        pytest.param(3, 4, "15m", id="not for five minutes"),
    ],
)
def test_what_is_not_its_doing_is_not_said(scene, argocd, before, after, watch):
    scene.config["environments"][PRODUCTION]["pull_request"] = {"watch": watch}
    if before < 0:
        argocd.degrade(LIVE)
        argocd.application(LIVE).auto = False
    _, pull = merged(scene, argocd)
    scene.world.clock.forward(minutes=max(before, 0))
    argocd.degrade(LIVE)
    scene.world.clock.forward(minutes=after)
    report = well(scene.run())
    assert (report.degraded, pull.comments) == ((), [])


def test_what_applies_something_else_is_not_its_doing(scene, argocd):
    argocd.add("other", scene.repository, "infra/k8s/base")
    scene.config["environments"][PRODUCTION]["argocd"] = {"application": "other"}
    _, pull = merged(scene, argocd)
    scene.world.clock.forward(minutes=3)
    argocd.degrade("other")
    scene.world.clock.forward(minutes=6)
    report = well(scene.run())
    assert (report.degraded, pull.comments) == ((), [])


@pytest.mark.parametrize("tells", [True, False])
def test_what_was_ill_before_the_merge_is_not_blamed_on_it(scene, argocd, tells):
    """The sync makes it Progressing, and then Degraded once more: Argo CD says since then."""
    argocd.tells_health_since = tells
    bumped(scene)
    scene.soak()
    argocd.degrade(LIVE)
    well(scene.run())
    pull = scene.pull()
    scene.world.clock.forward(minutes=7)
    well(scene.run())
    scene.merge(pull)
    argocd.look(LIVE)
    argocd.turn(LIVE, "Progressing")
    scene.world.clock.forward(minutes=1)
    well(scene.run())
    argocd.degrade(LIVE)
    scene.world.clock.forward(minutes=6)
    report = well(scene.run())
    assert (report.degraded, pull.comments) == ((), [])


def test_what_a_person_sets_by_hand_is_not_our_doing(scene, argocd):
    tag = bumped(scene)
    scene.set(PRODUCTION, "shop", tag)
    argocd.poll()
    argocd.degrade(LIVE)
    scene.world.clock.forward(minutes=6)
    assert well(scene.run()).degraded == ()


def test_the_time_from_the_bump_to_the_sync_is_counted_once(scene, argocd):
    metrics = Metrics()
    metrics.record(well(scene.run()))
    bumped(scene)
    scene.world.clock.forward(seconds=40)
    for _ in range(2):
        metrics.record(well(scene.run()))
    told = generate_latest(metrics.registry).decode()
    assert 'updater_bump_to_sync_seconds_count{environment="staging"} 1.0' in told


def test_doctor_tries_every_application(scene, argocd):
    well = scene.command("doctor")
    assert "ok  argocd: it shows the Applications of 4 of 4 apps in their environments" in well.stdout
    argocd.hidden = {LIVE}
    missing = scene.command("doctor")
    assert missing.returncode == 1
    assert "no  argocd shop in production: Argo CD at" in missing.stdout
    assert "3 of 4 apps" in missing.stdout


def test_doctor_tries_the_right_to_refresh(scene, argocd):
    scene.config["argocd"] = {"kind": "kubernetes", "server": argocd.url, "token_env": ARGOCD_TOKEN}
    assert "it shows the Applications of 4 of 4 apps" in scene.command("doctor").stdout
    argocd.read_only = True
    told = scene.command("doctor")
    assert told.returncode == 1
    assert "may read Applications and not refresh them; give its Role patch" in told.stdout
    assert argocd.application(NAME).refreshes == 0


def test_doctor_says_once_that_argo_cd_is_away_and_names_no_other_app(scene, argocd):
    argocd.fault("/applications", 503)
    away = scene.command("doctor")
    assert away.returncode == 1
    told = [line for line in away.stdout.splitlines() if "answered 503" in line]
    assert len(told) == 1, away.stdout
    assert "and 3 more: Argo CD at" in told[0]
    assert "the Application" not in told[0]
    assert "pass" not in told[0], "a doctor makes none"


def test_apps_that_share_a_merged_pull_request_each_have_their_word(scene, argocd):
    scene.config["environments"][PRODUCTION]["pull_request"] = {"group": "environment"}
    scene.build("blog")
    bumped(scene)
    scene.soak()
    well(scene.run())
    pull = scene.pull()
    scene.merge(pull)
    argocd.poll()
    argocd.degrade(LIVE)
    argocd.degrade("blog-production")
    scene.world.clock.forward(minutes=6)
    for _ in range(3):
        well(scene.run())
    said = [comment.body for comment in pull.comments]
    assert len(said) == 2
    for app in ("shop", "blog"):
        assert sum(f"updater rollback {app} production" in each for each in said) == 1


# --- an Argo CD in every cluster ------------------------------------------------------------------------

OTHER_TOKEN = "UPDATER_STORY_OTHER_ARGOCD_TOKEN"


@pytest.fixture
def live(scene, argocd, monkeypatch):
    """Production's own Argo CD; `argocd` has staging."""
    first = scene.config["argocd"]
    live = scene.with_argocd(token_env=OTHER_TOKEN)
    live.token = "of-the-other-cluster"
    monkeypatch.setenv(OTHER_TOKEN, live.token)
    scene.config["clusters"] = {"live": {"argocd": scene.config["argocd"]}}
    scene.config["argocd"] = first
    scene.config["environments"][PRODUCTION]["argocd"]["cluster"] = "live"
    return live


def test_each_is_asked_of_its_own_cluster_with_its_own_token(scene, argocd, live):
    bumped(scene)
    argocd.poll()
    scene.soak()
    well(scene.run())
    scene.merge(scene.pull())
    well(scene.run())
    assert argocd.application(NAME).refreshes == 1
    assert live.application(LIVE).refreshes == 1
    assert argocd.application(LIVE).refreshes == live.application(NAME).refreshes == 0
    for one in (argocd, live):  # each refuses the other's token
        assert {request.status for request in one.requests} == {200}


def test_one_that_is_away_holds_up_nothing_of_the_others(scene, argocd, live):
    live.fault("", 503)
    tag = scene.build()
    assert scene.run().unreadable
    argocd.poll()
    scene.soak()
    report = scene.run()
    assert promoted(report, PRODUCTION) == tag
    live.lift()
    argocd.fault("", 503)
    scene.build("blog")
    scene.run()
    scene.soak()
    assert f"Argo CD at {argocd.host} answered 503" in reason(scene.run(), PRODUCTION, "blog")[1]


def test_the_doctor_asks_all_of_them(scene, argocd, live):
    live.fault("", 401)
    said = scene.command("doctor").stdout
    assert "it shows the Applications of 2 of 4 apps" in said
    assert said.count(f"Argo CD at {live.host} answered 401") == 1
