"""`updater doctor`: what works, what is missing, and how to mend it."""

import json
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from world.scene import FIRST_TAG, HOST, OWNER, PRODUCTION, STAGING, TOKEN, Scene

from updater.sandbox import Azure, Bitbucket, Gitea, GitHub, GitLab
from updater.sandbox.github.protection import Protection


@pytest.fixture
def scene(tmp_path, monkeypatch):
    """At the real time: the command goes by this machine's clock."""
    scene = Scene(tmp_path, start=datetime.now(UTC))
    monkeypatch.setenv(TOKEN, scene.hub.bot_token)
    yield scene
    scene.close()


def findings(scene, *more, status=0):
    asked = scene.command("doctor", "--output", "json", *more)
    assert asked.returncode == status, asked.stdout + asked.stderr
    told = json.loads(asked.stdout)
    assert told["version"] == 1
    return told["findings"]


def of(found, what):
    return [(each["state"], each["sentence"]) for each in found if each["what"].startswith(what)]


def test_a_world_in_order_is_said_to_work_line_by_line(scene):
    scene.build()
    asked = scene.command("doctor")
    assert asked.returncode == 0, asked.stdout
    assert not asked.stderr
    lines = asked.stdout.splitlines()
    assert not [line for line in lines if line.startswith("no")]
    for what in (
        f"registry {HOST}",
        "clock against",
        "repository deploy",
        "repository deploy, writing",
        "forge",
    ):
        assert any(line.startswith(f"ok  {what}") for line in lines), what


def test_a_path_that_is_not_in_the_repository_is_named_once_for_an_environment(scene):
    scene.build()
    scene.config["environments"][STAGING]["path"] = "infra/k8s/overlays/stagign"
    found = findings(scene, status=1)
    ((state, sentence),) = of(found, f"blog in {STAGING}, pin and 1 more")
    assert state == "broken"
    assert "infra/k8s/overlays/stagign/kustomization.yaml" in sentence
    assert "is not in the repository: mend `path` or add it" in sentence
    assert not of(found, f"shop in {STAGING}, pin")


def test_it_writes_nothing_and_promises_nothing_that_only_a_push_can_tell(scene):
    scene.build()
    before = scene.everything()
    ((state, sentence),) = of(findings(scene), "repository deploy, writing")
    assert state == "works"
    assert "hooks and the rules of its branches have not been asked" in sentence
    assert scene.everything() == before
    assert not scene.writes()


def test_a_secret_that_is_not_set_is_named(scene, monkeypatch):
    monkeypatch.delenv(TOKEN)
    found = findings(scene, status=1)
    assert any(TOKEN in sentence for _, sentence in of(found, "secrets"))


def test_an_address_of_the_database_that_is_none_is_told_with_its_name_once(scene, monkeypatch):
    monkeypatch.setenv("DSN", "host=db and more")
    scene.config["engine"] = {"procrastinate": {"dsn_env": "DSN"}}
    ((state, sentence),) = of(findings(scene, status=1), "engine.procrastinate")
    assert state == "broken"
    assert sentence.startswith("this is no address of a PostgreSQL database")


def test_a_wrong_token_is_told_of_the_repository_and_of_nothing_else(scene, monkeypatch):
    scene.build()
    monkeypatch.setenv(TOKEN, "ghp_" + "x" * 36)
    found = findings(scene, status=1)
    assert of(found, "repository deploy")[0][0] == "broken"
    assert of(found, f"registry {HOST}")[0][0] == "works"
    assert "ghp_" not in json.dumps(found)


def test_an_image_that_is_misspelt_is_named_beside_those_that_work(scene):
    scene.apps["blog"]["images"] = [f"{HOST}/{OWNER}/blogg"]
    found = findings(scene, status=1)
    assert of(found, f"{HOST}/{OWNER}/blogg")[0][0] == "broken"
    assert of(found, f"registry {HOST}") == [("works", "1 of 2 images can be listed")]


def test_a_registry_that_is_down_does_not_hide_the_rest(scene):
    scene.registry.fault(status=503)
    found = findings(scene, status=1)
    assert of(found, f"{HOST}/{OWNER}/shop")[0][0] == "broken"
    assert of(found, "repository deploy")[0][0] == "works"


def test_a_branch_that_is_not_there_is_named(scene):
    scene.config["repositories"]["deploy"]["branch"] = "mian"
    (state, sentence), *_ = of(findings(scene, status=1), "repository deploy")
    assert state == "broken"
    assert "mian" in sentence


def test_a_token_that_may_only_read_is_told(scene):
    told = json.dumps({"permissions": {"push": False, "pull": True}})
    scene.hub.fault(rf"GET \S*/repos/{scene.repository}$", status=200, body=told)
    (state, sentence), *_ = of(findings(scene, status=1), "forge")
    assert state == "broken"
    assert "contents:write" in sentence


def test_a_token_that_ends_soon_is_told(scene):
    ends = scene.world.clock() + timedelta(days=3)
    headers = {"github-authentication-token-expiration": f"{ends:%Y-%m-%d %H:%M:%S} UTC"}
    scene.hub.fault(rf"GET \S*/repos/{scene.repository}$", headers=headers)
    looks = [sentence for state, sentence in of(findings(scene), "forge") if state == "look"]
    assert any(f"{ends:%Y-%m-%d}" in each for each in looks)


@pytest.mark.parametrize("kind", ["branch", "ruleset"])
def test_a_protected_branch_that_staging_pushes_to_is_told_with_both_ways_out(scene, kind):
    protection = Protection(kind=kind, required_statuses=("ci/test",), required_reviews=1)
    scene.hub.protect(scene.repository, "main", protection)
    sentences = [sentence for state, sentence in of(findings(scene), "forge") if state == "look"]
    assert any("ci/test" in each and "bypass" in each and "auto_merge" in each for each in sentences)


@pytest.mark.parametrize("forge", [Gitea])
def test_a_check_that_gitea_asks_of_merges_alone_stands_in_no_way_of_a_push(elsewhere):
    bypass = frozenset({elsewhere.hub.bot_login})
    protection = Protection(required_statuses=("ci/test",), bypass=bypass)
    elsewhere.hub.protect(elsewhere.repository, "main", protection)
    sentences = [sentence for state, sentence in of(findings(elsewhere), "forge") if state == "look"]
    assert not any("ci/test" in each for each in sentences)


def test_our_status_as_a_required_check_is_told(scene):
    scene.hub.protect(scene.repository, "main", Protection(required_statuses=("updater/gates",)))
    sentences = [sentence for _, sentence in of(findings(scene), "forge")]
    assert any("updater/gates is required" in each for each in sentences)


def test_a_clock_that_is_off_is_told_with_the_way(scene):
    scene.build()
    scene.world.clock.forward(hours=3)
    found = findings(scene, status=1)
    ((state, sentence),) = of(found, "clock against")
    assert state == "broken"
    assert "time gates hold" in sentence


def test_without_a_webhook_secret_it_says_how_long_an_image_takes(scene):
    assert of(findings(scene), "webhooks") == [
        ("optional", "no secret is configured, so a new image is seen within 1s, and not at once")
    ]


def test_what_is_not_set_up_and_need_not_be_is_marked_as_optional(scene):
    scene.build()
    asked = scene.command("doctor")
    lines = [line for line in asked.stdout.splitlines() if not line.startswith("ok")]
    said = [line.partition(" optional: ")[0] for line in lines]
    assert said == ["--  argocd:", "--  prometheus:", "--  webhooks:", "--  notifications:"]
    assert asked.returncode == 0


def test_where_news_go_is_told_and_is_no_cause_for_alarm(scene):
    scene.config["notifications"] = {"routes": [{"to_env": "UPDATER_STORY_NEWS"}]}
    asked = scene.command("doctor", environment={"UPDATER_STORY_NEWS": "json://127.0.0.1:9/"})
    assert "ok  notifications: 1 configured; updater notify --test sends to them" in asked.stdout


def test_a_key_that_verifies_nothing_is_named(scene):
    key = scene.folder / "cosign.pub"
    key.write_text("ssh-ed25519 AAAA")
    scene.config["environments"][PRODUCTION]["gates"]["signature"] = {"keys": [str(key)]}
    said = f"gates.signature of production: {key} is no public key: write it as cosign.pub is, in PEM"
    assert of(findings(scene, status=1), "signatures") == [("broken", said)]


@pytest.mark.parametrize(
    ("passphrase", "status", "told"),
    [("", 0, ("works", "the key signs")), ("secret", 1, ("broken", "has a passphrase"))],
)
def test_the_key_that_signs_commits_is_tried(scene, passphrase, status, told):
    key = scene.folder / "signing-key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-f", key], check=True)
    scene.config["commit"]["signing"] = {"format": "ssh", "key_file": str(key)}
    ((state, said),) = of(findings(scene, status=status), "signing")
    assert (state, told[1] in said) == (told[0], True)


@pytest.mark.parametrize(
    ("forge", "is_a", "kind", "asked"),
    [
        (GitLab, "GitLab", "gitlab", ("/api/v4/version", 401)),
        (Gitea, "Gitea or Forgejo", "gitea", ("/api/v1/version", 200)),
        (Azure, "Azure DevOps", "azure", ("/_apis/connectionData", 203)),
    ],
    ids=["gitlab", "gitea", "azure"],
)
def test_a_host_that_is_another_forge_than_config_says_is_asked_who_it_is(elsewhere, is_a, kind, asked):
    elsewhere.config["forges"][elsewhere.hub.host]["kind"] = "github"
    said = of(findings(elsewhere, status=1), "forge")
    taken = f"it answers as {is_a}, and is taken for GitHub"
    assert said == [("broken", f"{taken}: write `kind: {kind}` for {elsewhere.hub.host} under `forges`")]
    answers = [each.status for each in elsewhere.hub.requests if each.path == asked[0]]
    assert answers == [asked[1]], "without a token"


@pytest.mark.parametrize("forge", [Bitbucket])
def test_what_is_new_here_and_what_it_has_not_is_told_without_alarm(elsewhere):
    elsewhere.build()
    told = [sentence for state, sentence in of(findings(elsewhere), "forge") if state == "works"]
    assert told[0].startswith("the token is taken")
    assert told[1].startswith("Bitbucket is new here: nobody has run the updater against it yet. There ")
    for lack in (
        "no assignees, no labels, no milestone",
        "`updater hold`",
        "not opened again",
        "just before",
    ):
        assert lack in told[1]


@pytest.fixture
def elsewhere(forge, tmp_path, monkeypatch):
    scene = Scene(tmp_path, start=datetime.now(UTC), forge=forge)
    monkeypatch.setenv(TOKEN, scene.hub.bot_token)
    yield scene
    scene.close()


def test_a_forge_that_nothing_can_be_proposed_on_is_called_by_its_name(scene):
    properties = '{"version": "9.4.0", "buildNumber": "9004000", "displayName": "Bitbucket"}'
    scene.hub.fault("GET /rest/api/1.0/application-properties", 200, body=properties)
    ((state, sentence),) = of(findings(scene, status=1), "forge")
    assert state == "broken"
    assert sentence.startswith("it answers as Bitbucket Data Center, and is taken for GitHub: ")
    assert "deliver: push" in sentence


def test_an_archived_repository_is_found(scene):
    scene.hub.archive(scene.repository)
    said = of(findings(scene, status=1), "forge")
    assert ("broken", "the repository is archived: unarchive it, or take it out of the config") in said


def test_a_running_tag_that_the_scheme_does_not_read_gets_the_pattern_that_would(scene):
    scene.build()
    assert not [each for each in findings(scene) if each["what"].endswith(", tags")]
    scene.rewrite(STAGING, f"shop\n    newTag: {FIRST_TAG}", "shop\n    newTag: 20260601-101112-abc1234")
    ((state, sentence),) = of(findings(scene), f"shop in {STAGING}, tags")
    assert state == "look"
    assert sentence == (
        "it runs 20260601-101112-abc1234, which does not look like %Y%m%d-%H%M%S: "
        '`follow: "{date}-{time}-{sha}"` reads it'
    )


def verified(scene):
    """Staging is verified, by Prometheus."""
    scene.with_prometheus()
    scene.config["environments"][STAGING] |= {"alerts": {"match": 'pod=~"{app}-.*"'}, "verify": "15m"}


@pytest.mark.parametrize("forge", [GitHub, GitLab, Gitea, Bitbucket, Azure])
def test_whether_the_host_takes_the_ref_of_verdicts_is_tried_and_leaves_nothing(tmp_path, monkeypatch, forge):
    scene = Scene(tmp_path, start=datetime.now(UTC), forge=forge)
    monkeypatch.setenv(TOKEN, scene.hub.bot_token)
    verified(scene)
    before = scene.hub.refs(scene.repository)
    ((state, sentence),) = of(findings(scene), "repository deploy, verdicts")
    assert state == "works"
    assert "takes refs like refs/updater/verdicts/main" in sentence
    assert scene.hub.refs(scene.repository) == before
    scene.close()


def test_builds_that_come_faster_than_they_are_verified_are_told(tmp_path, monkeypatch):
    scene = Scene(tmp_path, start=datetime.now(UTC) - timedelta(hours=1))
    monkeypatch.setenv(TOKEN, scene.hub.bot_token)
    verified(scene)
    for _ in range(3):
        scene.set(STAGING, "shop", scene.build())
        scene.world.clock.forward(minutes=5)
    ((state, sentence),) = of(findings(scene, status=1), "shop in staging, verify")
    assert state == "look"
    assert "none ran longer than 5m" in sentence
    assert "and to be verified takes 15m" in sentence
    scene.close()


def test_a_host_that_refuses_the_ref_of_verdicts_is_named(scene):
    verified(scene)
    scene.hub.find(scene.repository).git.text("config", "receive.hideRefs", "refs/updater")
    ((state, sentence),) = of(findings(scene, status=1), "repository deploy, verdicts")
    assert state == "broken"
    assert "hidden ref" in sentence
    assert "told all the same" in sentence
