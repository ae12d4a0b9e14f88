"""The scripts that deploy, look after and roll back: what they call, and what they leave alone."""

import re
import shutil
import subprocess

import pytest
from tools.scaffold_content.programs import tree

STAGING = "infra/k8s/overlays/staging/shop"
IMAGE = "ghcr.io/acme/shop"
TAG = "20260203-090000"


@pytest.fixture(autouse=True)
def cluster(programs):
    programs.add("kubectl", "helm", "updater")


def test_a_deployment_applies_the_overlay_and_waits_in_its_namespace(programs, scripts, repository):
    status, _out, err = programs.run(scripts / "deploy/k8s-deploy.sh", "shop", "staging", KUBE_CONTEXT="lab")

    assert (status, err) == (0, "")
    assert programs.calls() == [
        ["kubectl", "--context", "lab", "get", "--raw", "/version", "--request-timeout", "10s"],
        ["kubectl", "--context", "lab", "apply", "-k", str(repository / STAGING)],
        [
            "kubectl",
            "--context",
            "lab",
            "rollout",
            "status",
            "deployment/shop",
            "--namespace",
            "shop-staging",
            "--timeout",
            "300s",
        ],
        ["kubectl", "--context", "lab", "get", "pods,services", "--namespace", "shop-staging"],
    ]


def test_a_tag_is_set_wherever_the_work_tree_says_it_before_it_is_applied(programs, scripts, repository):
    status, out, _ = programs.run(scripts / "deploy/k8s-deploy.sh", "shop", "cluster-a/production", TAG)

    assert status == 0
    assert programs.calls("updater") == [
        [
            "updater",
            "set-image",
            f"{repository}/infra/k8s/overlays/cluster-a/production/shop",
            f"{IMAGE}={TAG}",
        ],
        [
            "updater",
            "set-image",
            f"{repository}/infra/helm/apps/shop/values-cluster-a-prod.yaml",
            f"{IMAGE}={TAG}",
            "--path",
            "image.tag",
        ],
    ]
    assert [call[:2] for call in programs.calls()][:4] == [
        *[["kubectl", "get"], ["updater", "set-image"], ["updater", "set-image"], ["kubectl", "apply"]]
    ]
    assert out.endswith(f"Git does not know of {TAG} yet: commit and push it\n")


def test_a_dry_run_asks_for_differences_and_changes_neither_cluster_nor_files(programs, scripts, repository):
    programs.answer("kubectl", "diff", status=1)
    programs.answer("updater", "--check", status=3)
    before = tree(repository)
    status, _, err = programs.run(scripts / "deploy/k8s-deploy.sh", "--dry-run", "shop", "staging", TAG)

    assert (status, err) == (0, "")
    assert programs.calls("kubectl")[1:] == [["kubectl", "diff", "-k", str(repository / STAGING)]]
    assert all("--check" in call for call in programs.calls("updater"))
    assert tree(repository) == before


def test_a_dry_run_fails_where_the_cluster_does_not_answer(programs, scripts):
    programs.answer("kubectl", "diff", status=2)
    status, _, err = programs.run(scripts / "deploy/k8s-deploy.sh", "--dry-run", "shop", "staging")

    assert status == 1
    assert err == "k8s-deploy.sh: the cluster could not say what would change\n"


def test_a_rollout_that_does_not_end_shows_pods_and_events(programs, scripts):
    programs.answer("kubectl", "rollout", status=1)
    status, _, err = programs.run(scripts / "deploy/k8s-deploy.sh", "shop", "staging", TIMEOUT="5s")

    assert status == 1
    assert err == "k8s-deploy.sh: deployment/shop in shop-staging did not become ready within 5s\n"
    assert [call[2] for call in programs.calls("kubectl")[3:]] == ["pods", "events"]


def test_helm_upgrades_the_release_with_the_values_of_the_environment(programs, scripts, repository):
    chart = str(repository / "infra/helm/apps/shop")
    status, _, err = programs.run(scripts / "deploy/helm-deploy.sh", "shop", "production", KUBE_CONTEXT="lab")

    assert (status, err) == (0, "")
    assert programs.calls() == [
        [
            "helm",
            "upgrade",
            "--install",
            "shop",
            chart,
            "--values",
            f"{chart}/values-prod.yaml",
            "--namespace",
            "shop-prod",
            "--create-namespace",
            "--timeout",
            "300s",
            "--wait",
            "--kube-context",
            "lab",
        ]
    ]


def test_a_chart_of_an_app_without_an_overlay_is_one_sentence(programs, scripts, repository):
    shutil.rmtree(repository / STAGING)
    status, out, err = programs.run(scripts / "deploy/helm-deploy.sh", "shop", "staging")

    assert (status, out, programs.calls(), err.count("\n")) == (2, "", [], 1)
    assert err.startswith(f"helm-deploy.sh: there is no {STAGING}/kustomization.yaml")


def test_a_dry_run_of_helm_is_one_of_the_server_and_touches_no_file(programs, scripts, repository):
    programs.answer("updater", "--check", status=3)
    before = tree(repository)
    status, _, err = programs.run(scripts / "deploy/helm-deploy.sh", "shop", "staging", TAG, "--dry-run")

    assert (status, err) == (0, "")
    assert "--dry-run=server" in programs.calls("helm")[0]
    assert all("--check" in call for call in programs.calls("updater"))
    assert tree(repository) == before


def test_health_is_pods_that_are_ready_and_an_address_that_answers(programs, scripts):
    programs.add("curl")
    status, out, err = programs.run(
        scripts / "deploy/check_health.sh", "shop", "staging", HEALTH_URL="https://shop.example.org/healthz"
    )

    assert (status, out, err) == (0, "shop is well in shop-staging\n", "")
    assert programs.calls("curl")[0][-1] == "https://shop.example.org/healthz"


@pytest.mark.parametrize(
    ("program", "answer", "why"),
    [
        ("kubectl", ["rollout", "", 1], "did not become ready within 60s"),
        ("kubectl", ["--output", "\nCrashLoopBackOff\n", 0], "in shop-staging wait:  CrashLoopBackOff"),
        ("curl", ["--fail", "", 22], "https://shop.example.org does not answer with success"),
    ],
)
def test_what_is_not_well_is_said(programs, scripts, program, answer, why):
    programs.add("curl")
    word, out, status = answer
    programs.answer(program, word, out=out, status=status)
    status, _, err = programs.run(
        scripts / "deploy/check_health.sh", "shop", "staging", HEALTH_URL="https://shop.example.org"
    )

    assert status == 1
    assert why in err


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("deploy/k8s-deploy.sh", ["shop", "staging", TAG]),
        ("deploy/k8s-deploy.sh", ["--dry-run", "shop", "staging"]),
        ("deploy/check_health.sh", ["shop", "staging"]),
        ("deploy/rollback.sh", ["--emergency", "shop", "staging"]),
        ("migrate/run-migration-job.sh", ["shop", "staging"]),
    ],
)
def test_a_cluster_that_nobody_reaches_is_one_sentence_and_nothing_is_changed(
    programs, scripts, repository, script, words
):
    before = tree(repository)
    (programs.folder / "kubectl").write_text("#!/bin/sh\necho 'E1129 noise' >&2; echo refused >&2; exit 1\n")
    status, out, err = programs.run(scripts / script, *words, MIGRATION_COMMAND='["a"]', KUBE_CONTEXT="lab")

    name = script.rpartition("/")[2]
    assert (status, out) == (1, "")
    assert err == f"{name}: the cluster cannot be reached by the context lab: refused\n"
    assert (programs.calls(), tree(repository)) == ([], before)


def test_a_rollback_is_one_in_git(programs, scripts, repository):
    status, _, err = programs.run(
        scripts / "deploy/rollback.sh", "shop", "production", "--to", TAG, "--why", "it is slow", "--dry-run"
    )

    assert (status, err) == (0, "")
    assert programs.calls() == [
        [
            "updater",
            "rollback",
            "shop",
            "production",
            "--config",
            str(repository / "updater"),
            "--to",
            TAG,
            "--why",
            "it is slow",
            "--dry-run",
        ]
    ]


def test_an_emergency_goes_back_in_the_cluster_and_says_that_it_has_drifted(programs, scripts):
    status, _, err = programs.run(scripts / "deploy/rollback.sh", "--emergency", "shop", "production")

    assert status == 0
    assert programs.calls()[1] == [
        *["kubectl", "rollout", "undo", "deployment/shop", "--namespace", "shop-prod"]
    ]
    assert "The cluster has drifted: Git still names the tag you left." in err


def test_a_dry_run_of_an_emergency_asks_nothing_of_the_cluster(programs, scripts):
    status, out, _ = programs.run(
        scripts / "deploy/rollback.sh", "--emergency", "--dry-run", "shop", "production"
    )

    assert (status, programs.calls()) == (0, [])
    assert out == "would run: kubectl rollout undo deployment/shop --namespace shop-prod\n"


@pytest.mark.parametrize("script", ["k8s-deploy", "helm-deploy", "check_health", "rollback"])
@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["shop"], "expected APP ENVIRONMENT"),
        (["shop", "staging", "--force"], "there is no option --force"),
        (["../shop", "staging"], "'../shop' is no name of an app"),
        (["shop", "../../staging"], "'../../staging' is no environment"),
        (["shop", "a//b"], "'a//b' is no environment"),
        (["blog", "staging"], "there is no infra/"),
        (["shop", "development"], "there is no infra/"),
    ],
)
def test_a_wrong_call_is_one_sentence_and_calls_nothing(programs, scripts, script, words, why):
    if script == "rollback":
        words = [*words, "--emergency"]
    status, out, err = programs.run(scripts / f"deploy/{script}.sh", *words)

    assert (status, out, programs.calls()) == (2, "", [])
    assert err.startswith(f"{script}.sh: {why}")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("script", "program"),
    [
        ("k8s-deploy", "kubectl"),
        ("helm-deploy", "helm"),
        ("check_health", "kubectl"),
        ("rollback", "updater"),
    ],
)
def test_a_program_that_is_missing_is_named(programs, scripts, script, program):
    (programs.folder / program).unlink()
    status, _, err = programs.run(scripts / f"deploy/{script}.sh", "shop", "staging")

    assert status == 2
    assert err.startswith(f"{script}.sh: {program} is not on the PATH: install it first")


@pytest.mark.parametrize("script", ["k8s-deploy", "helm-deploy"])
def test_what_was_never_promoted_is_not_deployed(programs, scripts, repository, script):
    for path in (
        "infra/k8s/overlays/staging/shop/kustomization.yaml",
        "infra/helm/apps/shop/values-staging.yaml",
    ):
        text = (repository / path).read_text()
        (repository / path).write_text(re.sub("(newTag|tag): .*", r"\1: placeholder", text))
    status, _, err = programs.run(scripts / f"deploy/{script}.sh", "shop", "staging")

    assert (status, programs.calls()) == (1, [])
    assert err.endswith("names no build yet: promote one, or name its tag\n")


@pytest.mark.parametrize("script", ["k8s-deploy", "rollback"])
def test_only_the_option_makes_a_dry_run(programs, scripts, script):
    """A variable of that name, with whatever value, could be somebody else's."""
    programs.run(scripts / f"deploy/{script}.sh", "shop", "staging", DRY_RUN="1")

    assert any("apply" in call or "rollback" in call for call in programs.calls())
    assert not any("--dry-run" in call for call in programs.calls())


def test_a_second_run_calls_the_same_again(programs, scripts):
    for script in ("k8s-deploy.sh", "helm-deploy.sh"):
        runs = []
        for _ in range(2):
            programs.forget()
            assert programs.run(scripts / "deploy" / script, "shop", "staging", TAG)[0] == 0
            runs.append(programs.calls())
        assert runs[0] == runs[1]


@pytest.mark.real
def test_kubectl_takes_every_call_of_the_scripts(programs, scripts):
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is not installed")
    programs.run(scripts / "deploy/k8s-deploy.sh", "shop", "staging", KUBE_CONTEXT="lab")
    programs.run(scripts / "deploy/k8s-deploy.sh", "shop", "staging", "--dry-run")
    programs.run(scripts / "deploy/check_health.sh", "shop", "staging")
    programs.run(scripts / "deploy/rollback.sh", "shop", "staging", "--emergency")
    programs.run(
        scripts / "migrate/run-migration-job.sh", "shop", "staging", MIGRATION_COMMAND="[a]", TIMEOUT="1"
    )
    programs.answer("kubectl", "rollout", status=1)
    programs.run(scripts / "deploy/k8s-deploy.sh", "shop", "staging")
    calls = {tuple(words) for words in programs.calls("kubectl")}

    assert len(calls) > 10
    for words in calls:
        done = subprocess.run([*words, "--help"], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, ""), words


def test_a_failure_where_a_value_is_made_ends_the_script_that_wanted_it(scripts):
    """As it is not by itself: bash goes on inside of $( ), whatever `set -e` says outside."""
    text = (
        f'. "{scripts}/lib.sh"; halved() {{ false; echo half; }}; value=$(halved); echo "went on with $value"'
    )
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout) == (1, "")
