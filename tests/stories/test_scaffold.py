"""A repository as `updater scaffold` makes it, and the updater at work on it, by the config it came with."""

import re
import subprocess

import pytest
from commands.calling import call
from ruamel.yaml import YAML
from swagger import CheckedArgoCD
from tools.scaffold.made import documents, files, make
from world.scene import MAIL, TOKEN, Scene, promoted, reason, well

PLACEHOLDER = "placeholder"
CLUSTERS = ("cluster-a", "cluster-b")


def scaffolded(tmp_path, monkeypatch, *options, written=lambda text: text):
    """The scene of a company that begins with a scaffold; the addresses are those of the sandbox."""
    make(tmp_path / "deploy", *options)
    texts = {path: data.decode() for path, data in files(tmp_path / "deploy").items()}
    scene = Scene(tmp_path, files=texts)
    monkeypatch.setenv(TOKEN, scene.hub.bot_token)
    own = scene.config
    (made,) = documents(written(texts["updater/updater.yaml"]))
    scene.config = {
        **made,
        **{key: own[key] for key in ("repositories", "forges", "registries", "poll")},
        "commit": {**made["commit"], "email": MAIL},
        "mode": "act",
    }
    scene.apps = {app: YAML(typ="safe").load(texts[f"updater/apps/{app}.yaml"]) for app in scene.apps}
    return scene


def with_all_taken_in(text):
    """What it offers in comments: each a setting, alone on its line."""
    return re.sub(r"^( *)# (argocd|health|window):", r"\1\2:", text, flags=re.MULTILINE)


@pytest.fixture
def scene(tmp_path, monkeypatch):
    scene = scaffolded(tmp_path, monkeypatch)
    yield scene
    scene.close()


@pytest.fixture
def clusters(tmp_path, monkeypatch):
    scene = scaffolded(tmp_path, monkeypatch, *(word for one in CLUSTERS for word in ("--cluster", one)))
    yield scene
    scene.close()


def charted(scene, app, values, ref="main"):
    """The tag in the values of the app's chart."""
    path = f"infra/helm/apps/{app}/values-{values}.yaml"
    (found,) = documents(scene.hub.read(scene.repository, ref, path).decode())
    return found["image"]["tag"]


def bump(scene, *words):
    """The one commit of ours whose message has these words."""
    (found,) = [commit for commit in scene.ours() if all(word in commit.message for word in words)]
    return found.sha


def changed_files(scene, *words):
    git, sha = scene.hub.find(scene.repository).git, bump(scene, *words)
    return set(git.text("diff", "--name-only", f"{sha}~1", sha).split())


def audited(scene, folder):
    subprocess.run(
        ["git", "clone", "-q", scene.world.url.replace("://", f"://x:{scene.hub.human_token}@"), folder],
        check=True,
    )
    return call("audit", folder, "--config", folder / "updater")


def test_the_first_build_takes_the_place_of_the_placeholder_in_overlay_and_chart(scene):
    tag = scene.build("shop")
    report = well(scene.run())

    assert promoted(report, "staging") == tag
    assert (scene.pinned("shop", "staging"), charted(scene, "shop", "staging")) == (tag, tag)
    assert changed_files(scene, "chore(shop): bump staging") == {
        "infra/k8s/overlays/staging/shop/kustomization.yaml",
        "infra/helm/apps/shop/values-staging.yaml",
    }
    assert (scene.pinned("shop", "production"), charted(scene, "shop", "prod")) == (PLACEHOLDER, PLACEHOLDER)


def test_production_gets_overlay_and_chart_by_one_pull_request_that_a_human_merges(scene):
    tag = scene.proven("shop")
    well(scene.run())
    (pull,) = [pull for pull in scene.pulls() if "shop" in pull.title]

    assert pull.title == f"production: shop {tag}"
    assert scene.pinned("shop", "production") == PLACEHOLDER
    scene.merge(pull)
    well(scene.run())
    assert (scene.pinned("shop", "production"), charted(scene, "shop", "prod")) == (tag, tag)


def test_a_revert_of_a_bump_takes_back_both_and_stands(scene):
    first = scene.proven("shop")
    bad = scene.build("shop")
    well(scene.run())
    assert charted(scene, "shop", "staging") == bad
    scene.world.revert(scene.world.head())
    well(scene.run())

    assert (scene.pinned("shop", "staging"), charted(scene, "shop", "staging")) == (first, first)


def test_nothing_is_found_in_it_afterwards_either(scene, tmp_path):
    scene.proven("shop")
    scene.run()
    for pull in scene.pulls():
        scene.merge(pull)
    well(scene.run())

    assert audited(scene, tmp_path / "clone")[:2] == (0, "")


def test_plan_shows_the_first_bump_and_writes_nothing(scene):
    tag = scene.build("shop")
    before = scene.everything()
    done = scene.command("plan")

    assert (done.returncode, done.stderr) == (0, "")
    assert f"+    newTag: {tag}" in done.stdout
    assert f"+  tag: {tag}" in done.stdout
    assert scene.everything() == before


def test_each_cluster_gets_it_in_staging_and_then_by_a_pull_request_of_its_own(clusters):
    tag = clusters.build("shop")
    well(clusters.run())
    for name in CLUSTERS:
        assert clusters.pinned("shop", f"{name}/staging") == tag
        assert charted(clusters, "shop", f"{name}-staging") == tag
        assert clusters.pinned("shop", f"{name}/production") == PLACEHOLDER
    clusters.soak()
    well(clusters.run())
    titles = {f"{name}/production: shop {tag}": name for name in CLUSTERS}
    pulls = {pull.title: pull for pull in clusters.pulls() if "shop" in pull.title}

    assert pulls.keys() == titles.keys()
    for title, pull in pulls.items():
        clusters.merge(pull)
        well(clusters.run())
        assert clusters.pinned("shop", f"{titles[title]}/production") == tag
        assert charted(clusters, "shop", f"{titles[title]}-prod") == tag


def test_a_rollback_in_one_cluster_leaves_the_other(clusters):
    tag = clusters.build("shop")
    well(clusters.run())
    bad = clusters.build("shop")
    well(clusters.run())
    clusters.world.revert(bump(clusters, "bump cluster-a/staging", bad))
    clusters.soak()
    report = well(clusters.run())

    assert clusters.pinned("shop", "cluster-a/staging") == tag
    assert clusters.pinned("shop", "cluster-b/staging") == bad
    assert promoted(report, "cluster-b/production") == bad
    assert promoted(report, "cluster-a/production") == tag


def test_what_the_config_offers_in_comments_makes_argo_cd_its_witness(tmp_path, monkeypatch):
    scene = scaffolded(tmp_path, monkeypatch, written=with_all_taken_in)
    with CheckedArgoCD(scene.hub, clock=scene.world.clock) as argocd:
        for path in sorted((tmp_path / "deploy/infra/argocd/applications").glob("*-*.yaml")):
            (found,) = documents(path.read_text())
            if found["metadata"]["name"] != "app-of-apps":
                argocd.add(found["metadata"]["name"], scene.repository, found["spec"]["source"]["path"])
        assert scene.config["argocd"].pop("server")
        scene.config["argocd"] |= {"server": argocd.url}
        monkeypatch.setenv("ARGOCD_TOKEN", argocd.token)
        tag = scene.build("shop")
        well(scene.run())
        argocd.poll()
        argocd.turn("shop-staging", "Degraded")
        scene.soak()
        assert reason(well(scene.run()), "production")[0] == "health"
        argocd.turn("shop-staging", "Healthy")
        assert promoted(well(scene.run()), "production") == tag
    scene.close()


def test_an_app_that_comes_later_is_taken_care_of_and_the_others_go_on(scene, tmp_path):
    well(scene.run())
    before = scene.pinned("shop", "staging")
    scene.registry.push("acme/till", "20260201-090000")
    assert call("scaffold", "app", "till", tmp_path / "deploy")[0] == 0
    texts = {path: data.decode() for path, data in files(tmp_path / "deploy").items()}
    own = {
        path: text
        for path, text in texts.items()
        if "till" in path or path.endswith(("staging/kustomization.yaml", "production/kustomization.yaml"))
    }
    scene.hub.commit(scene.repository, "main", own, "Add till")
    scene.apps["till"] = YAML(typ="safe").load(texts["updater/apps/till.yaml"])
    scene.world.apps += ("till",)
    tag = scene.build("till")
    report = well(scene.run("second"))

    assert promoted(report, "staging", "till") == tag
    assert scene.pinned("till", "staging") == tag
    assert scene.pinned("shop", "staging") == before
    assert reason(well(scene.run("second")), "production", "till")[0] == "soak"
