"""The workflows of the deploy repository: what may start them, what they may do, and what they run."""

import re
import shutil
import subprocess

import pytest
from ruamel.yaml import YAML
from tools.scaffold_content.rendered import rendered, write

FOLDER = ".github/workflows"
CHOICES = [
    {},
    {"without": ("argocd",)},
    {"without": ("helm", "argocd", "runbooks")},
    {"clusters": ("cluster-a", "cluster-b")},
    {"clusters": ("cluster-a", "cluster-b"), "without": ("argocd",)},
]
DEPLOY_PRODUCTION = f"{FOLDER}/deploy-production.yml"


def workflows(**choice):
    return {path: text for path, text in rendered(**choice).items() if path.startswith(FOLDER)}


def jobs(text):
    return YAML(typ="safe").load(text)["jobs"]


def steps(text):
    return [step for job in jobs(text).values() for step in job.get("steps", [])]


def every_step():
    return [
        (path, step)
        for choice in CHOICES
        for path, text in workflows(**choice).items()
        for step in steps(text)
    ]


@pytest.mark.real
@pytest.mark.parametrize("choice", CHOICES)
def test_actionlint_finds_nothing(tmp_path, choice):
    missing = [name for name in ("actionlint", "shellcheck") if shutil.which(name) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)}: not installed")
    write(tmp_path, rendered(**choice))
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    done = subprocess.run(["actionlint"], cwd=tmp_path, check=False, capture_output=True, text=True)

    assert done.stdout == ""
    assert done.returncode == 0


def test_all_five_are_there_and_the_one_for_argo_cd_only_with_it():
    names = {path.rpartition("/")[2] for path in workflows()}

    assert names == {
        "audit.yml",
        "deploy-production.yml",
        "deploy-staging.yml",
        "sync-argocd.yml",
        "validate-manifests.yml",
    }
    assert f"{FOLDER}/sync-argocd.yml" not in workflows(without=("argocd",))


def test_no_expression_stands_in_a_script():
    assert not [path for path, step in every_step() if "${{" in step.get("run", "")]


def test_none_may_write_and_each_says_what_it_may():
    for choice in CHOICES:
        for text in workflows(**choice).values():
            assert {*YAML(typ="safe").load(text)["permissions"].values()} == {"read"}


def test_actions_are_pinned_and_leave_no_credentials_behind():
    used = [(step["uses"], step.get("with", {})) for _, step in every_step() if "uses" in step]

    assert all(re.fullmatch(r"[\w-]+/[\w-]+@v\d+", name) for name, _ in used)
    assert all(given["persist-credentials"] is False for name, given in used if "checkout" in name)


def test_production_is_deployed_by_a_person_with_a_tag_and_after_an_approval():
    workflow = YAML(typ="safe").load(rendered()[DEPLOY_PRODUCTION])
    inputs = workflow["on"]["workflow_dispatch"]["inputs"]

    assert [*workflow["on"]] == ["workflow_dispatch"]
    assert {name for name, one in inputs.items() if one.get("required")} == {"app", "tag", "why"}
    assert workflow["jobs"]["promote"]["environment"] == "production"
    assert inputs["environment"]["options"] == ["production"]


def test_each_cluster_has_its_production():
    text = rendered(clusters=("cluster-a", "cluster-b"))[DEPLOY_PRODUCTION]
    inputs = YAML(typ="safe").load(text)["on"]["workflow_dispatch"]["inputs"]

    assert inputs["environment"]["options"] == ["cluster-a/production", "cluster-b/production"]


@pytest.fixture
def promote(programs, repository):
    """The step that promotes, run as GitHub does, with a docker that writes down its call."""
    programs.add("docker")
    (step,) = [step for step in steps(rendered()[DEPLOY_PRODUCTION]) if step.get("name") == "Promote"]
    script = programs.folder / "step.sh"
    config = repository / "updater/updater.yaml"
    config.write_text(re.sub(r"^mode: \w+", "mode: act", config.read_text(), flags=re.MULTILINE))
    script.write_text(f"#!/bin/bash -e\ncd {repository}\n{step['run']}")
    script.chmod(0o755)
    given = dict.fromkeys(step["env"], "")
    given |= {
        "UPDATER_IMAGE": "updater:1",
        "GITHUB_TOKEN": "secret-token",
        "APP": "shop",
        "TAG": "20260202-143512",
    }
    given |= {"TARGET": "production", "WHY": "hotfix; $(id)", "ACTOR": "ann", "DRY_RUN": "false"}
    return lambda **more: programs.run(script, **{**given, **more})


def test_it_calls_the_promotion_of_the_updater_by_name(programs, promote):
    status, _, err = promote(OVERRIDE="soak window")
    (call,) = programs.calls("docker")

    assert (status, err) == (0, "")
    assert call[call.index("updater:1") + 1 :] == [
        *("promote", "shop", "production", "--tag=20260202-143512", "--why=hotfix; $(id)", "--by=ann"),
        *("--config", "updater", "--override", "soak", "--override", "window"),
    ]
    assert "secret-token" not in call


def test_the_updater_takes_that_call_and_lacks_no_variable_but_those_it_is_given(
    programs, promote, repository, monkeypatch
):
    from commands.calling import call as updater

    promote(DRY_RUN="true")
    (words,) = programs.calls("docker")
    given = {words[number + 1] for number, word in enumerate(words) if word == "--env"}
    for name in given:
        monkeypatch.delenv(name, raising=False)
    status, _, err = updater(*words[words.index("updater:1") + 1 :], folder=repository)
    lacking = set(re.findall(r"the environment variable (\w+) is not set", err))

    assert status == 2
    assert lacking == given - {
        "ARGOCD_TOKEN"
    }  # which the config asks for once its lines about Argo CD are taken in
    assert len(lacking) == err.count("\n")


def test_while_the_updater_only_observes_nothing_pretends_to_deploy(programs, promote, repository):
    config = repository / "updater/updater.yaml"
    config.write_text(config.read_text().replace("mode: act", "mode: observe"))
    status, out, _ = promote()

    assert (status, programs.calls("docker")) == (1, [])
    assert "does not say mode: act, so nothing would be written" in out
    assert promote(DRY_RUN="true")[0] == 0


@pytest.mark.parametrize(
    ("variable", "why"),
    [
        ({"UPDATER_IMAGE": ""}, "the variable UPDATER_IMAGE of this repository is not set"),
        ({"GITHUB_TOKEN": ""}, "the environment production has no secret UPDATER_TOKEN"),
        ({"APP": "--help"}, "that is no app's name"),
    ],
)
def test_what_it_lacks_is_an_error_of_the_run(programs, promote, variable, why):
    status, out, _ = promote(**variable)

    assert (status, programs.calls("docker")) == (1, [])
    assert out.startswith(f"::error::{why}")


@pytest.fixture
def run_step(programs, repository):
    """A step's script, run as GitHub does, in a folder of the repository."""

    def run(workflow, name, *, without=(), **variables):
        (step,) = [
            step
            for step in steps(rendered(without=without)[f"{FOLDER}/{workflow}"])
            if name in step.get("name", "")
        ]
        script = programs.folder / "step.sh"
        script.write_text(f"#!/bin/bash -e\ncd {repository}\n{step['run']}")
        script.chmod(0o755)
        place = {name: str(programs.folder / "temp") for name in ("RUNNER_TEMP", "GITHUB_STEP_SUMMARY")}
        place["GITHUB_STEP_SUMMARY"] += "/summary"
        (programs.folder / "temp").mkdir(exist_ok=True)
        return programs.run(script, **(place | variables))

    return run


def test_what_the_audit_finds_is_in_the_summary_and_fails_the_run(programs, run_step):
    programs.answer("docker", "audit", out="a.yaml:1: base_tag: the base says a tag\n", status=3)
    status, out, err = run_step("audit.yml", "Audit", UPDATER_IMAGE="updater:1")
    (call,) = programs.calls("docker")

    assert (status, err) == (3, "")
    assert call[call.index("updater:1") + 1 :] == ["audit", "--config", "updater", "."]
    assert "a.yaml:1: base_tag" in out
    assert "a.yaml:1: base_tag" in (programs.folder / "temp/summary").read_text()


def test_argo_cd_is_asked_about_every_app_of_the_environment_by_its_applications_name(programs, run_step):
    programs.add("docker")
    credentials = {
        "ARGOCD_SERVER": "argocd.example.org",
        "ARGOCD_AUTH_TOKEN": "secret",
        "ARGOCD_IMAGE": "argocd:1",
    }
    given = {"APP": "", "SYNC": "true", "ENVIRONMENT": "cluster-a/production"}
    status, _, err = run_step("sync-argocd.yml", "Sync", **credentials, **given)
    asked = [call[call.index("argocd:1") + 2 :] for call in programs.calls("docker")]

    assert (status, err) == (0, "")
    assert [words[:3] for words in asked] == [
        ["app", "get", "shop-cluster-a-production"],
        ["app", "sync", "shop-cluster-a-production"],
        ["app", "wait", "shop-cluster-a-production"],
    ]
    assert "secret" not in str(programs.calls())


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"ARGOCD_AUTH_TOKEN": ""}, "set the variable ARGOCD_SERVER and the secret ARGOCD_AUTH_TOKEN"),
        ({"APP": "--all"}, "that is no app's name"),
    ],
)
def test_what_argo_cd_cannot_be_asked_is_an_error_of_the_run(programs, run_step, given, why):
    programs.add("docker")
    whole = {"ARGOCD_SERVER": "a", "ARGOCD_AUTH_TOKEN": "b", "APP": "", "SYNC": "", "ENVIRONMENT": "staging"}
    status, out, _ = run_step("sync-argocd.yml", "Sync", **(whole | given))

    assert (status, programs.calls("docker")) == (1, [])
    assert out.startswith(f"::error::{why}")


def test_without_argo_cd_staging_is_applied_with_a_kubeconfig_that_only_the_run_reads(programs, run_step):
    programs.add("kubectl")
    status, _out, _ = run_step(
        "deploy-staging.yml",
        "Apply",
        without=("argocd",),
        ENVIRONMENT="staging",
        DEPLOY_KUBECONFIG="clusters: []",
    )
    kept = programs.folder / "temp/kubeconfig"

    assert status == 0
    assert [call[1] for call in programs.calls("kubectl")] == ["get", "apply", "rollout", "get"]
    assert kept.read_text() == "clusters: []\n"
    assert kept.stat().st_mode & 0o077 == 0


def test_what_has_no_image_yet_is_not_applied(programs, run_step, repository):
    overlay = repository / "infra/k8s/overlays/staging/shop/kustomization.yaml"
    overlay.write_text(overlay.read_text().replace('newTag: "20260202-143512"', "newTag: placeholder"))
    programs.add("kubectl")
    given = {"ENVIRONMENT": "staging", "DEPLOY_KUBECONFIG": "clusters: []"}
    status, out, _ = run_step("deploy-staging.yml", "Apply", without=("argocd",), **given)

    assert (status, out, programs.calls("kubectl")) == (0, "shop has no image there yet\n", [])


def test_what_is_validated_is_every_kustomization_but_bases_and_empty_ones(programs, run_step):
    programs.add("kubectl")
    status, _, err = run_step("validate-manifests.yml", "Build every")
    folders = {call[2] for call in programs.calls("kubectl")}

    assert (status, err) == (0, "")
    assert {"infra/k8s/overlays/staging", "infra/k8s/overlays/production/shop"} < folders
    assert {"infra/_shared/monitoring/rules", "infra/_shared/monitoring/dashboards"} < folders
    assert not any("/base/" in folder or "/sealed/" in folder for folder in folders)
