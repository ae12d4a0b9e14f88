"""Helm charts beside images: followed, proposed with the app's images, reverted, refused."""

import json

import pytest
from world.scene import HOST, decided, promoted, reason, well

from updater import messages
from updater.commands.tags import TagsOptions, tags
from updater.config import load
from updater.model import Placement, Request
from updater.sandbox import ChartRepository
from updater.sandbox.world import FIRST_TAG, OWNER, PRODUCTION, STAGING

NAME = f"{OWNER}/charts/shop"
CHART = f"oci://{HOST}/{NAME}"
BRANCH = f"updater/app/{PRODUCTION}--shop"
APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: shop-{environment}}}
spec:
  sources:
    - repoURL: https://github.com/org/deploy   # the values
      targetRevision: main
      ref: values
    - {{chart: shop, repoURL: {repository}, targetRevision: {version}}}   # the chart
"""


def path(environment):
    return f"argocd/shop-{environment}.yaml"


def applications(scene, version="1.0.0", repository=f"{HOST}/{OWNER}/charts"):
    files = {
        path(environment): APPLICATION.format(environment=environment, version=version, repository=repository)
        for environment in (STAGING, PRODUCTION)
    }
    scene.hub.commit(scene.repository, "main", files, "Applications")


@pytest.fixture(autouse=True)
def charts(scene):
    """The app has an image and a chart, which an Argo CD Application applies."""
    scene.apps.pop("blog")
    scene.apps["shop"]["charts"] = [CHART]
    for environment in (STAGING, PRODUCTION):
        scene.config["environments"][environment]["chart"] = {"path": "argocd/{app}-{environment}.yaml"}
    scene.registry.push_chart(NAME, "1.0.0")
    applications(scene)


def version(scene, environment, ref="main"):
    text = scene.hub.read(scene.repository, ref, path(environment)).decode()
    return text.rpartition("targetRevision: ")[2].partition("}")[0]


def chart_reason(report, environment):
    return reason(report, environment, "shop.chart")


def quiet(scene):
    """A pass that changes nothing."""
    before, asked = scene.everything(), len(scene.hub.requests)
    well(scene.run())
    assert scene.everything() == before
    assert not scene.writes(asked)


def proposed(scene):
    """Both are proven and proposed; answers the tag and the pull request."""
    scene.registry.push_chart(NAME, "1.1.0", app_version="2026.1")
    tag = scene.proven()
    assert version(scene, STAGING) == "1.1.0"
    well(scene.run())
    return tag, scene.pull()


def test_staging_is_pushed_and_production_proposed_with_the_images(scene):
    tag, pull = proposed(scene)
    assert pull.head == BRANCH
    assert pull.title == f"production: shop {tag} and chart 1.1.0"
    assert messages.read_marker(pull.body).apps == {"shop": tag, "shop.chart": "1.1.0"}
    assert [commit.subject for commit in scene.ours(BRANCH)[:2]] == [
        "chore(shop.chart): bump production to 1.1.0",
        f"chore(shop): bump production to {tag}",
    ]
    digest = scene.registry.digest(NAME, "1.1.0")
    assert f"`{CHART}@{digest}`" in pull.body
    assert f"1.1.0 of {CHART} is a Helm chart of 2026.1, made at" in pull.body
    quiet(scene)
    scene.merge(pull)
    well(scene.run())
    assert (version(scene, PRODUCTION), scene.pinned("shop", PRODUCTION)) == ("1.1.0", tag)
    assert not scene.branches()
    quiet(scene)


def test_the_bump_changes_the_version_and_nothing_else(scene):
    before = scene.hub.read(scene.repository, "main", path(STAGING)).decode()
    digest = scene.registry.push_chart(NAME, "1.1.0+build.7")
    well(scene.run())
    after = scene.hub.read(scene.repository, "main", path(STAGING)).decode()
    assert after == before.replace("1.0.0", "1.1.0+build.7")
    (trailer,) = messages.read_trailers(scene.ours()[0].message)
    assert trailer == messages.Trailer(
        Placement(STAGING, "shop.chart"), trailer.image, "1.1.0+build.7", digest
    )
    assert str(trailer.image) == CHART
    quiet(scene)


def test_each_moves_alone_and_joins_what_is_open(scene):
    tag, pull = scene.proposed()
    assert messages.read_marker(pull.body).apps == {"shop": tag}
    scene.registry.push_chart(NAME, "1.1.0")
    well(scene.run())
    scene.soak()
    well(scene.run())
    assert messages.read_marker(scene.pull().body).apps == {"shop": tag, "shop.chart": "1.1.0"}
    assert scene.pull().number == pull.number
    quiet(scene)


def test_one_that_is_open_when_charts_come_is_kept(scene):
    del scene.apps["shop"]["charts"]
    tag, pull = scene.proposed()
    assert messages.read_marker(pull.body).apps is None
    scene.apps["shop"]["charts"] = [CHART]
    scene.registry.push_chart(NAME, "1.1.0")
    well(scene.run("later"))
    scene.soak()
    well(scene.run("later"))
    assert scene.pull().number == pull.number
    assert messages.read_marker(scene.pull().body).apps == {"shop": tag, "shop.chart": "1.1.0"}


def test_a_revert_of_a_chart_stands(scene):
    scene.registry.push_chart(NAME, "1.1.0")
    well(scene.run())
    scene.world.revert(scene.ours()[0].sha)
    assert chart_reason(well(scene.run()), STAGING)[0] == "rolled_back"
    assert version(scene, STAGING) == "1.0.0"
    scene.soak()
    assert chart_reason(well(scene.run()), PRODUCTION)[0] == "rolled_back"
    scene.registry.push_chart(NAME, "1.2.0")
    scene.world.clock.forward(minutes=1)
    assert promoted(well(scene.run()), STAGING, "shop.chart") == "1.2.0"


def test_closing_rejects_the_chart_too(scene):
    _, pull = proposed(scene)
    scene.hub.close(scene.repository, pull.number)
    report = well(scene.run())
    assert reason(report, PRODUCTION)[0] == "rejected"
    assert chart_reason(report, PRODUCTION)[0] == "rejected"


def test_a_hold_of_the_app_holds_its_chart(scene):
    scene.registry.push_chart(NAME, "1.1.0")
    text = "holds: [{app: shop, why: audit, by: kim}]"
    scene.hub.commit(scene.repository, "main", {".updater/holds.yaml": text}, "Hold")
    report = well(scene.run())
    assert reason(report, STAGING)[0] == "held"
    assert chart_reason(report, STAGING)[0] == "held"
    text = "holds: [{app: shop.chart, why: audit, by: kim}]"
    scene.hub.commit(scene.repository, "main", {".updater/holds.yaml": text}, "Hold the chart")
    tag = scene.build()
    report = well(scene.run())
    assert promoted(report, STAGING) == tag
    assert chart_reason(report, STAGING)[0] == "held"
    assert not report.warnings


def test_an_image_is_no_chart(scene):
    scene.registry.push(NAME, "2.0.0")
    report = well(scene.run())
    assert version(scene, STAGING) == "1.0.0"
    (remark,) = decided(report)[Placement(STAGING, "shop.chart")].remarks
    assert (remark.code, "is a container image, and no Helm chart" in remark.sentence) == ("chart", True)


def test_prereleases_only_where_they_are_followed(scene):
    scene.registry.push_chart(NAME, "1.1.0-rc.1")
    assert chart_reason(well(scene.run()), STAGING)[0] == "up_to_date"
    scene.config["environments"][STAGING]["chart"]["tags"] = {"follow": {"semver": {"prereleases": True}}}
    assert promoted(well(scene.run("later")), STAGING, "shop.chart") == "1.1.0-rc.1"


def test_a_range_is_no_pin(scene):
    applications(scene, version="^1.0")
    code, sentence = chart_reason(well(scene.run()), STAGING)
    assert code == "version_range"
    assert sentence.startswith(f"{path(STAGING)}:9: '^1.0' is a range and no version of {CHART}")
    assert reason(well(scene.run()), STAGING)[0] == "up_to_date"


def test_charts_alone(scene):
    """No image at all: then the app's name is the chart's."""
    del scene.apps["shop"]["images"]
    scene.registry.push_chart(NAME, "1.1.0")
    assert promoted(well(scene.run()), STAGING) == "1.1.0"
    scene.soak()
    well(scene.run())
    assert scene.pull().title == "production: shop 1.1.0"
    assert messages.read_marker(scene.pull().body).tag == "1.1.0"


@pytest.fixture
def repository(scene):
    """The chart comes from a repository with an index.yaml."""
    with ChartRepository(clock=scene.world.clock) as served:
        served.push("shop", "1.0.0")
        scene.apps["shop"]["charts"] = ["https://charts.example.org/stable/shop"]
        scene.config["registries"]["charts.example.org"] = {"endpoint": served.url}
        applications(scene, repository="https://charts.example.org/stable/")
        yield served


def test_a_repository_with_an_index(scene, repository):
    digest = repository.push("shop", "1.1.0", app_version="7")
    well(scene.run())
    assert version(scene, STAGING) == "1.1.0"
    (trailer,) = messages.read_trailers(scene.ours()[0].message)
    assert trailer.digest == digest
    asked = len(repository.requests)
    quiet(scene)
    assert {answer.status for answer in repository.requests[asked:]} == {304}
    scene.soak()
    well(scene.run())
    assert f"`https://charts.example.org/stable/shop@{digest}`" in scene.pull().body


def test_an_index_that_is_none_holds_the_chart_and_says_so(scene, repository):
    tag = scene.build()
    repository.fail_next(9, 200, body=b"<!DOCTYPE html><title>Sign in</title>", content_type="text/html")
    report = scene.run()
    assert promoted(report, STAGING) == tag
    code, sentence = chart_reason(report, STAGING)
    assert code == "no_index"
    assert "with HTML; look for a login page in between" in sentence
    assert version(scene, STAGING) == "1.0.0"


# --- together with what else there is ---------------------------------------------------------------------


def test_an_image_and_a_chart_in_one_file(scene):
    """The overlay has the image's tag and inflates the chart; each commit changes its own line."""
    listed = f"helmCharts:\n  - {{name: shop, repo: oci://{HOST}/{OWNER}/charts, version: 1.0.0}}\n"
    for environment in (STAGING, PRODUCTION):
        scene.config["environments"][environment]["chart"] = {}
        scene.rewrite(environment, "images:\n", f"{listed}images:\n")
    before = {environment: scene.text(environment) for environment in (STAGING, PRODUCTION)}
    scene.registry.push_chart(NAME, "1.1.0")
    tag = scene.proven()
    well(scene.run())
    for environment, ref in ((STAGING, "main"), (PRODUCTION, BRANCH)):
        changed = changes(before[environment], scene.text(environment, ref=ref))
        assert [new for _, new in changes(before[environment], scene.text(environment, ref=ref))] == [
            old.replace("1.0.0", "1.1.0").replace(FIRST_TAG, tag) for old, _ in changed
        ]
        assert len(changed) == 2
    assert status(scene) == ("success", "every gate passes")
    quiet(scene)


def changes(before, after):
    pairs = zip(before.split("\n"), after.split("\n"), strict=True)
    return [(old, new) for old, new in pairs if old != new]


def status(scene):
    said = scene.hub.statuses(scene.repository, scene.branch_head(scene.pull()))
    return said[0].state, said[0].description


def test_where_a_whole_environment_shares_one_the_charts_are_in_it(scene):
    scene.settings(group="environment")
    tag, pull = proposed(scene)
    assert pull.head == f"updater/env/{PRODUCTION}"
    assert messages.read_marker(pull.body).apps == {"shop": tag, "shop.chart": "1.1.0"}
    scene.settings(group="app")
    well(scene.run("later"))
    well(scene.run("later"))
    states = {each.head: each.state for each in scene.pulls("all")}
    assert states == {BRANCH: "open", f"updater/env/{PRODUCTION}": "closed"}


def test_without_charts_the_app_has_its_own_again(scene):
    tag, pull = proposed(scene)
    del scene.apps["shop"]["charts"]
    well(scene.run("later"))
    well(scene.run("later"))
    assert messages.read_marker(scene.pull().body).tag == tag
    assert scene.pull().number != pull.number
    assert reason(well(scene.run("later")), STAGING)[0] == "up_to_date"


def test_evidence_of_a_chart_that_is_lost_turns_the_status_red(scene):
    proposed(scene)
    assert status(scene) == ("success", "every gate passes")
    bump = next(commit for commit in scene.ours() if "chore(shop.chart): bump staging" in commit.subject)
    scene.world.revert(bump.sha)
    well(scene.run())
    assert messages.read_marker(scene.pull().body).apps.keys() == {"shop"}
    well(scene.run())
    assert status(scene) == ("success", "every gate passes")


def test_a_lock_of_a_charts_dependencies_is_left_to_helm(scene):
    file = f"""\
apiVersion: v2
name: umbrella
version: 0.1.0
dependencies:
- {{name: shop, version: 1.0.0, repository: "oci://{HOST}/{OWNER}/charts"}}
"""
    lock = "digest: sha256:0\n"
    scene.hub.commit(scene.repository, "main", {"umbrella/Chart.yaml": file}, "Umbrella")
    scene.config["environments"][STAGING]["chart"] = {"path": "umbrella"}
    scene.registry.push_chart(NAME, "1.1.0")
    well(scene.run())
    text = scene.hub.read(scene.repository, "main", "umbrella/Chart.yaml").decode()
    assert text == file.replace("1.0.0", "1.1.0")
    scene.hub.commit(scene.repository, "main", {"umbrella/Chart.lock": lock}, "Lock")
    scene.registry.push_chart(NAME, "1.2.0")
    code, sentence = chart_reason(well(scene.run()), STAGING)
    assert code == "sealed"
    assert sentence.startswith("umbrella/Chart.yaml: is locked by umbrella/Chart.lock, which only `helm")


def test_people_order_by_the_name_of_the_chart(scene, capsys):
    proposed(scene)
    request = Request("rollback", Placement(STAGING, "shop.chart"), None, by="kim", why="slow")
    well(scene.updater().run("deploy", act=True, request=request))
    assert version(scene, STAGING) == "1.0.0"
    assert scene.ours()[0].subject == "revert(shop.chart): roll staging back to 1.0.0"
    shown = scene.command("explain", "shop.chart", STAGING)
    assert shown.returncode == 0
    assert "1.1.0 was rolled back in staging" in shown.stdout
    shown = scene.command("status", "--output", "json")
    assert {row["app"] for row in json.loads(shown.stdout)["placements"]} == {"shop", "shop.chart"}
    tags(TagsOptions(CHART, None, load(scene.configure()), everything=False, output="text"))
    assert [line.split()[:2] for line in capsys.readouterr().out.splitlines() if "1.1.0" in line] == [
        ["1.1.0", "semver"]
    ]


def test_an_app_of_charts_that_gets_images_later(scene):
    """Its charts are called otherwise from then on, and what is open goes on under that name."""
    images = scene.apps["shop"].pop("images")
    scene.registry.push_chart(NAME, "1.1.0")
    well(scene.run())
    scene.soak()
    well(scene.run())
    pull = scene.pull()
    assert messages.read_marker(pull.body).tag == "1.1.0"
    scene.apps["shop"]["images"] = images
    for _ in range(2):
        report = well(scene.run("later"))
        assert promoted(report, PRODUCTION, "shop.chart") == "1.1.0"
        assert reason(report, PRODUCTION)[0] == "up_to_date"
        assert scene.pull().number == pull.number
        assert messages.read_marker(scene.pull().body).apps == {"shop.chart": "1.1.0"}
    assert scene.pull().body.startswith("Moves **shop.chart** in **production** from `1.0.0` to `1.1.0`")
    assert (
        "* **Close** to reject `1.1.0` and everything older for shop.chart in production" in scene.pull().body
    )


def test_a_pass_that_is_cut_off_before_the_pull_request_is_finished_by_the_next(scene):
    scene.registry.push_chart(NAME, "1.1.0")
    tag = scene.proven()
    scene.hub.fail_next(1, 500, matching="POST .*/pulls$")
    scene.run()
    assert not scene.pulls()
    assert scene.branches() == {BRANCH}
    head = scene.hub.head(scene.repository, BRANCH)
    well(scene.run())
    assert scene.branch_head(scene.pull()) == head
    assert messages.read_marker(scene.pull().body).apps == {"shop": tag, "shop.chart": "1.1.0"}
    assert status(scene) == ("success", "every gate passes")
    quiet(scene)
