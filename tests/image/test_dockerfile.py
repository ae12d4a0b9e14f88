"""What can be said of the image without building it."""

import re
import shlex
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "Dockerfile").read_text()


def instructions():
    """Every instruction as (word, rest): comments gone, continued lines joined."""
    lines = [line for line in TEXT.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [tuple(line.split(maxsplit=1)) for line in joined.splitlines() if line.strip()]


def rests(word):
    return [rest for found, rest in instructions() if found == word]


def final_stage():
    """By word; of a word that stands there more than once, the first."""
    found = instructions()
    start = max(index for index, (word, _) in enumerate(found) if word == "FROM")
    return dict(reversed(found[start:]))


def test_every_stage_stands_on_the_python_that_ci_runs_pinned_by_minor():
    assert rests("ARG")[0] == "BASE=python:3.11-slim"
    assert [rest.split()[0] for rest in rests("FROM")] == ["${BASE}"] * 2


def test_the_process_is_nobody_in_particular_and_the_chart_says_the_same():
    chart = YAML(typ="safe").load(ROOT / "charts/updater/values.yaml")

    assert final_stage()["USER"] == "10001:10001"
    assert chart["podSecurityContext"]["runAsUser"] == chart["podSecurityContext"]["runAsGroup"] == 10001


def test_git_ssh_and_the_certificates_are_inside_and_apt_leaves_nothing_behind():
    install = final_stage()["RUN"]
    words = set(shlex.split(install))

    assert {"git", "openssh-client", "ca-certificates", "--no-install-recommends"} <= words
    assert "rm -rf /var/lib/apt/lists/*" in install


def test_the_image_runs_the_updater_on_the_mounted_config():
    stage = final_stage()
    environment = dict(pair.split("=", 1) for pair in stage["ENV"].split())

    assert (stage["ENTRYPOINT"], stage["CMD"]) == ('["tini", "--", "updater"]', '["run"]')
    assert environment["UPDATER_CONFIG"] == "/etc/updater"
    assert environment["UPDATER_CACHE_DIR"] == "/var/cache/updater"
    assert environment["PYTHONUNBUFFERED"] == "1"
    assert environment["PATH"].startswith("/opt/updater/bin:")


def test_pip_installs_what_ci_tested_and_keeps_no_cache():
    (install,) = [rest for rest in rests("RUN") if " pip " in rest]

    assert "--constraint .ci/constraints.txt" in install
    assert ".[cluster,verify]" in shlex.split(install)
    assert "PIP_NO_CACHE_DIR=1" in TEXT


def test_what_is_copied_exists_and_is_all_the_builder_gets():
    copied = {
        source for rest in rests("COPY") if not rest.startswith("--from") for source in rest.split()[:-1]
    }
    ignore = (ROOT / ".dockerignore").read_text().splitlines()

    assert [source for source in sorted(copied) if not (ROOT / source).exists()] == []
    assert "*" in ignore
    assert {line[1:] for line in ignore if line.startswith("!")} == copied


def test_nothing_is_taken_from_the_web_beside_packages():
    assert rests("ADD") == []


def test_what_differs_from_build_to_build_are_labels_and_the_base():
    arguments = {rest.partition("=")[0] for rest in rests("ARG")}

    assert arguments == {"BASE", "SOURCE", "REVISION", "VERSION", "CREATED"}
    assert [rest for rest in rests("RUN") if re.search(r"\$\{?(" + "|".join(arguments) + ")", rest)] == []


def test_what_a_builder_keeps_to_himself_is_mounted_and_only_while_pip_runs():
    (mounted,) = [rest for rest in rests("RUN") if "type=secret" in rest]

    assert " pip " in mounted
    assert "secret" not in "".join(final_stage().values())


@pytest.mark.parametrize(
    "path", ["Dockerfile", ".dockerignore", ".ci/run", ".ci/image", ".ci/constraints.txt"]
)
def test_no_secret_and_no_registry_address_is_written_down(path):
    text = re.sub(r"type=secret|--secret|/run/secrets/", "", (ROOT / path).read_text())
    assert not re.search(r"://\w|index-url|GOPROXY|\b(token|password|secret)\b", text, re.IGNORECASE)


def test_the_chart_is_for_this_version():
    chart = YAML(typ="safe", pure=True).load(ROOT / "charts/updater/Chart.yaml")
    project = (ROOT / "pyproject.toml").read_text()

    assert f'version = "{chart["appVersion"]}"' in project
