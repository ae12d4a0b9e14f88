"""`updater scaffold workflow`: the half of the contract that an app's repository keeps."""

import re
import shutil
import subprocess

import pytest
from commands.calling import call
from ruamel.yaml import YAML

from updater.config import load
from updater.schemes.timestamp import Timestamp

IMAGE = "ghcr.io/org/shop"


def printed(*options):
    status, out, err = call("scaffold", "workflow", IMAGE, *options)
    assert (status, err) == (0, "")
    return out


def steps(text):
    return YAML(typ="safe").load(text)["jobs"]["image"]["steps"]


def test_its_tag_is_one_that_the_timestamp_scheme_reads(tmp_path):
    (script,) = [step["run"] for step in steps(printed()) if step.get("id") == "tag"]
    told = tmp_path / "output"
    subprocess.run(["sh", "-c", script], check=True, env={"GITHUB_OUTPUT": str(told), "TZ": "UTC"})
    name, _, tag = told.read_text().strip().partition("=")

    assert name == "tag"
    assert Timestamp().read(tag) is not None


def test_its_labels_are_those_that_the_gates_read():
    (build,) = [step for step in steps(printed()) if step.get("id") == "build"]
    labels = dict(line.split("=", 1) for line in build["with"]["labels"].splitlines())

    assert labels.keys() == {"org.opencontainers.image.source", "org.opencontainers.image.revision"}
    assert build["with"]["tags"] == f"{IMAGE}:${{{{ steps.tag.outputs.tag }}}}"


def test_what_it_says_of_the_gates_is_a_config(tmp_path):
    text = printed("--platform", "linux/amd64", "--platform", "linux/arm64")
    said = re.search(r"signature +(\{.*?\})", text.replace("\n#", " "))[1]
    platforms = re.search(r"# +platforms +(\S+)", text)[1]
    (tmp_path / "apps").mkdir()
    (tmp_path / "updater.yaml").write_text(
        "instance: acme\nmode: observe\n"
        "repositories: {deploy: {url: https://github.com/org/deploy}}\n"
        "commit: {name: updater, email: updater@example.org}\n"
        "environments:\n  staging:\n    repository: deploy\n    path: staging\n"
        "    tags: {follow: timestamp}\n    deliver: push\n"
        f"    gates: {{signature: {said}, platforms: [{platforms}]}}\n"
    )
    (tmp_path / "apps/shop.yaml").write_text(f"app: shop\nimages: [{IMAGE}]\nenvironments: [staging]\n")

    assert len(load(tmp_path).policies) == 1


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["ghcr.io/Org/shop"], "IMAGE: 'ghcr.io/Org/shop' is no image: expected registry/name in lower case"),
        (["docker.io/org/shop"], "IMAGE: docker.io/org/shop is not at ghcr.io"),
        ([IMAGE, "--branch", "a b"], "--branch: 'a b' is no branch"),
        ([IMAGE, "--branch", "main]\n"], "--branch: "),
        ([IMAGE, "--platform", "linux/x86_64"], "--platform: 'linux/x86_64' is no platform: images call it"),
    ],
)
def test_what_cannot_be_is_one_sentence(words, why):
    status, out, err = call("scaffold", "workflow", *words)

    assert (status, out) == (2, "")
    assert err.startswith(why)
    assert err.count("\n") == 1


@pytest.mark.real
@pytest.mark.parametrize("options", [[], ["--branch", "release/2.x", "--platform", "linux/arm/v7"]])
def test_actionlint_finds_nothing(tmp_path, options):
    if shutil.which("actionlint") is None:
        pytest.skip("actionlint is not installed")
    file = tmp_path / "build.yml"
    file.write_text(printed(*options))
    subprocess.run(["actionlint", file], check=True)
