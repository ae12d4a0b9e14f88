"""The scripts that run an app's migration, and that start a machine; and what all scripts have in common."""

import shutil
import subprocess

import pytest
from ruamel.yaml import YAML
from tools.scaffold_content.programs import tree
from tools.scaffold_content.rendered import rendered, write

COMMAND = '["python", "manage.py", "migrate", "--note", "a|b & \\\\1"]'
JOB = "shop-migrate-20260202-143512"
SCRIPTS = sorted(path for path in rendered() if path.endswith(".sh") and not path.endswith("/lib.sh"))


@pytest.fixture
def migrate(scripts, programs):
    programs.add("kubectl")
    return scripts / "migrate/run-migration-job.sh"


def finishes(programs, condition):
    programs.answer("kubectl", 'jsonpath={.status.conditions[?(@.status=="True")].type}', out=condition)


def test_the_job_runs_the_apps_image_and_its_own_command(programs, migrate):
    status, out, err = programs.run(migrate, "--dry-run", "shop", "production", MIGRATION_COMMAND=COMMAND)

    assert (status, err, programs.calls()) == (0, "", [])
    job = YAML(typ="safe").load(out)
    assert (job["metadata"]["name"], job["metadata"]["namespace"]) == (JOB, "shop-prod")
    (container,) = job["spec"]["template"]["spec"]["containers"]
    assert container["image"] == "ghcr.io/acme/shop:20260202-143512"
    assert container["command"] == ["python", "manage.py", "migrate", "--note", "a|b & \\1"]
    assert "${" not in out.split("\napiVersion")[1]


def test_a_job_is_created_once_and_waited_for(programs, migrate):
    programs.answer("kubectl", "create")
    status, _out, _ = programs.run(
        migrate, "shop", "staging", MIGRATION_COMMAND=COMMAND, TIMEOUT="2", POLL_SECONDS="0"
    )
    created = [call for call in programs.calls("kubectl") if "create" in call]

    assert status == 1  # the fake never says that it is done
    assert created == [["kubectl", "create", "-f", "-"]]
    assert JOB in programs.given("kubectl")[programs.calls("kubectl").index(created[0])]
    assert programs.calls("kubectl")[-1][1:3] == ["logs", f"job/{JOB}"]


def test_a_job_that_runs_already_is_waited_for_and_not_made_again(programs, migrate):
    programs.answer("kubectl", "name", out=f"job.batch/{JOB}\n")
    programs.run(migrate, "shop", "staging", MIGRATION_COMMAND=COMMAND, TIMEOUT="2", POLL_SECONDS="0")

    assert not [call for call in programs.calls("kubectl") if "create" in call]


def test_what_has_succeeded_for_that_tag_is_not_run_again(programs, migrate):
    finishes(programs, "SuccessCriteriaMet Complete")
    status, out, _ = programs.run(migrate, "shop", "staging", MIGRATION_COMMAND=COMMAND)

    assert (status, out) == (0, f"{JOB} has succeeded already in shop-staging\n")
    assert [call[1:3] for call in programs.calls("kubectl")] == [["get", "--raw"], ["get", "job"]]


def test_what_has_failed_waits_for_a_person(programs, migrate):
    finishes(programs, "FailureTarget Failed")
    status, _, err = programs.run(migrate, "shop", "staging", MIGRATION_COMMAND=COMMAND)

    assert status == 1
    assert f"{JOB} has failed before" in err
    assert [call[1:3] for call in programs.calls("kubectl")] == [["get", "--raw"], ["get", "job"]]


@pytest.mark.parametrize(
    ("words", "variables", "why"),
    [
        (["shop"], {}, "expected APP ENVIRONMENT"),
        (["shop", "staging"], {}, "the variable MIGRATION_COMMAND is not set"),
        (["shop", "staging"], {"MIGRATION_COMMAND": "migrate"}, "MIGRATION_COMMAND is no list"),
        (
            ["shop", "staging"],
            {"MIGRATION_COMMAND": '["a"]\nx: []'},
            "MIGRATION_COMMAND has more than one line",
        ),
        (
            ["shop", "staging"],
            {"MIGRATION_COMMAND": "[a]", "TIMEOUT": "5m"},
            "TIMEOUT is '5m': expected seconds",
        ),
        (["shop", "staging"], {"MIGRATION_COMMAND": "[a]", "TAG": "a b"}, "'a b' is no tag of an image"),
    ],
)
def test_a_wrong_call_of_a_migration_is_one_sentence(programs, migrate, words, variables, why):
    status, out, err = programs.run(migrate, *words, **variables)

    assert (status, out, programs.calls()) == (2, "", [])
    assert err.startswith(f"run-migration-job.sh: {why}")
    assert err.count("\n") == 1


@pytest.mark.real
def test_kubectl_takes_the_job(programs, migrate, tmp_path):
    import kubernetes_validate

    _, out, _ = programs.run(migrate, "--dry-run", "shop", "staging", MIGRATION_COMMAND=COMMAND)

    kubernetes_validate.validate(YAML(typ="safe").load(out), "1.36", strict=True)


@pytest.fixture
def cloud(programs, tmp_path):
    programs.add("oci")
    (tmp_path / "id.pub").write_text("ssh-ed25519 AAAA me\n")
    names = ("OCI_COMPARTMENT_ID", "OCI_AVAILABILITY_DOMAIN", "OCI_SUBNET_ID", "OCI_IMAGE_ID")
    return {
        **{name: f"ocid1.{name.lower()}" for name in names},
        "INSTANCE_NAME": "k3s-1",
        "SSH_PUBLIC_KEY_FILE": str(tmp_path / "id.pub"),
    }


def test_an_instance_boots_with_the_cloud_init_beside_the_script(programs, scripts, cloud):
    status, _, err = programs.run(scripts / "oci/launch_instance.sh", **cloud, OCI_OCPUS="4")
    (_, launched) = programs.calls("oci")

    assert (status, err) == (0, "")
    assert launched[1:4] == ["compute", "instance", "launch"]
    assert launched[launched.index("--user-data-file") + 1].endswith("oci/cloud-init-k3s.yaml")
    assert launched[launched.index("--shape-config") + 1] == '{"ocpus": 4, "memoryInGBs": 12}'


def test_an_instance_of_that_name_is_not_started_twice(programs, scripts, cloud):
    programs.answer("oci", "list", out="ocid1.instance.1\n")
    status, out, _ = programs.run(scripts / "oci/launch_instance.sh", **cloud)

    assert (status, out) == (0, "k3s-1 is there already: ocid1.instance.1\n")
    assert len(programs.calls("oci")) == 1


def test_a_dry_run_starts_no_instance(programs, scripts, cloud):
    programs.answer("oci", "list", out="null\n")
    status, out, _ = programs.run(scripts / "oci/launch_instance.sh", "--dry-run", **cloud)

    assert status == 0
    assert out.startswith("would run: oci compute instance launch")
    assert len(programs.calls("oci")) == 1


@pytest.mark.parametrize(
    ("variable", "why"),
    [
        (("OCI_SUBNET_ID", ""), "the variable OCI_SUBNET_ID is not set"),
        (("INSTANCE_NAME", ""), "the variable INSTANCE_NAME is not set"),
        (("SSH_PUBLIC_KEY_FILE", "/none"), "/none is not there"),
        (("OCI_OCPUS", "two"), "OCI_OCPUS is 'two': expected a number"),
    ],
)
def test_what_an_instance_needs_is_said(programs, scripts, cloud, variable, why):
    status, out, err = programs.run(scripts / "oci/launch_instance.sh", **{**cloud, **dict([variable])})

    assert (status, out, programs.calls("oci")) == (2, "", [])
    assert err.startswith(f"launch_instance.sh: {why}")


def test_the_first_boot_installs_k3s_and_holds_no_secret(repository, tmp_path):
    text = (repository / "infra/_shared/scripts/oci/cloud-init-k3s.yaml").read_text()
    config = YAML(typ="safe").load(text)
    files = {file["path"]: file for file in config["write_files"]}

    assert text.startswith("#cloud-config\n")
    assert config["runcmd"] == [["/usr/local/sbin/first-boot-k3s"]]
    assert files["/usr/local/sbin/first-boot-k3s"]["permissions"] == "0755"
    assert (
        YAML(typ="safe").load(files["/etc/rancher/k3s/config.yaml"]["content"])["secrets-encryption"] is True
    )
    assert not {"password", "token", "docker-registry"} & {*text.lower().split()}
    (tmp_path / "boot.sh").write_text(files["/usr/local/sbin/first-boot-k3s"]["content"])
    subprocess.run(["sh", "-n", tmp_path / "boot.sh"], check=True)


@pytest.mark.parametrize("script", SCRIPTS)
def test_help_says_how_it_is_called_and_does_nothing(programs, repository, script):
    before = tree(repository)
    status, out, err = programs.run(repository / script, "--help")

    assert (status, err) == (0, "")
    assert out.startswith(f"Usage: {script.rpartition('/')[2]}")
    assert tree(repository) == before


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_stops_at_the_first_failure_and_may_be_executed(repository, script):
    assert "\nset -euo pipefail\n" in (repository / script).read_text()
    assert (repository / script).stat().st_mode & 0o111 == 0o111


@pytest.mark.real
@pytest.mark.parametrize("without", [(), ("helm", "secrets", "migrations", "argocd")])
def test_shellcheck_finds_nothing(tmp_path, without):
    if shutil.which("shellcheck") is None:
        pytest.skip("shellcheck is not installed")
    write(tmp_path, rendered(without))
    found = sorted(map(str, tmp_path.rglob("*.sh")))

    assert found
    subprocess.run(["shellcheck", "--external-sources", *found], check=True)
