"""What `make image` calls, and what it says: the tools are played, so that each can be tried."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLAYED = """#!/bin/sh
case "$1" in
info) exit {works} ;;
images | image) echo 123456789 ;;
*)
    printf '%s\\n' "$0" "$@" >"{folder}/called"
    for word; do case "$word" in id=*src=*) cat "${{word##*src=}}" >>"{folder}/secrets" ;; esac; done ;;
esac
"""
NEEDED = ("bash", "cat", "date", "dirname", "git", "mktemp", "numfmt", "rm", "sed")


class Machine:
    """A checkout, and the tools that are there."""

    def __init__(self, folder):
        self.folder = folder
        self.checkout = folder / "checkout"
        self.programs = folder / "programs"
        self.programs.mkdir()
        for each in NEEDED:
            (self.programs / each).symlink_to(shutil.which(each))
        (self.checkout / ".ci").mkdir(parents=True)
        for each in (".ci/image", "Dockerfile", "pyproject.toml"):
            shutil.copy(ROOT / each, self.checkout / each)
        self.git("init", "--quiet")
        self.git("add", ".")
        self.git("-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "--quiet", "--message=All")

    def git(self, *words):
        done = subprocess.run(["git", *words], cwd=self.checkout, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def has(self, tool, *, works=True):
        program = self.programs / tool
        program.write_text(PLAYED.format(works=int(not works), folder=self.folder))
        program.chmod(0o755)

    def make(self, **environment):
        return subprocess.run(
            [self.checkout / ".ci/image"],
            env={"PATH": str(self.programs), "HOME": str(self.folder), **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def called(self):
        return (self.folder / "called").read_text().splitlines()

    @property
    def build_arguments(self):
        words = self.called
        pairs = [words[at + 1] for at, word in enumerate(words) if word == "--build-arg"]
        return dict(pair.split("=", 1) for pair in pairs)


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def test_the_first_tool_that_works_builds(machine):
    machine.has("docker", works=False)
    machine.has("podman")
    machine.has("buildah")
    done = machine.make()
    assert done.returncode == 0, done.stderr
    assert Path(machine.called[0]).name == "podman"
    assert "built updater:0.1.0 with podman: 124MB" in done.stdout
    assert f"from python:3.11-slim, at {machine.git('rev-parse', 'HEAD')}" in done.stdout


def test_the_tool_the_name_and_the_base_are_the_users(machine):
    machine.has("docker")
    machine.has("buildah")
    done = machine.make(IMAGE_TOOL="buildah", IMAGE="ghcr.io/org/updater", TAG="1", BASE="python@sha256:12")
    assert "built ghcr.io/org/updater:1 with buildah: 123456789\nfrom python@sha256:12," in done.stdout
    assert machine.build_arguments["BASE"] == "python@sha256:12"
    assert machine.called[machine.called.index("--tag") + 1] == "ghcr.io/org/updater:1"


def test_a_tool_that_is_none_of_them_is_refused_by_its_name(machine):
    machine.has("buildah")
    done = machine.make(IMAGE_TOOL="kaniko")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "make image builds with docker, podman or buildah, and IMAGE_TOOL says kaniko: name one of them\n"
    )


@pytest.mark.parametrize("there", [[], ["docker"]])
def test_where_none_works_it_says_what_is_needed_and_builds_nothing(machine, there):
    for each in there:
        machine.has(each, works=False)
    done = machine.make()
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "make image needs docker, podman or buildah, and none works here: install one, "
        "or start docker's server (asked: docker, podman, buildah)\n"
    )


def test_what_pip_is_told_by_the_environment_reaches_it_by_a_secret_and_nothing_else(machine):
    machine.has("docker")
    certificate = machine.folder / "ca.pem"
    certificate.write_text("of the mirror\n")
    mirror = "https://me:hush@mirror.example.org/simple"
    done = machine.make(PIP_INDEX_URL=mirror, PIP_CERT=str(certificate))
    assert done.returncode == 0, done.stderr
    written = f"[global]\nindex-url = {mirror}\ncert = /run/secrets/ca.pem\nof the mirror\n"
    assert (machine.folder / "secrets").read_text() == written
    assert "hush" not in "".join([*machine.called, done.stdout, done.stderr])


def test_where_the_environment_says_nothing_there_is_no_secret(machine):
    machine.has("docker")
    assert machine.make().returncode == 0
    assert "--secret" not in machine.called


@pytest.mark.parametrize(
    ("origin", "source"),
    [
        ("https://github.com/org/updater.git", "https://github.com/org/updater"),
        ("https://me:hush@github.com/org/updater", "https://github.com/org/updater"),
        ("git@github.com:org/updater.git", "https://github.com/org/updater"),
        ("ssh://git@git.example.org:2222/org/updater.git", "https://git.example.org/org/updater"),
        ("/srv/git/updater.git", ""),
    ],
)
def test_the_source_is_an_address_for_browsers(machine, origin, source):
    machine.has("docker")
    machine.git("remote", "add", "origin", origin)
    assert machine.make().returncode == 0
    assert machine.build_arguments["SOURCE"] == source


def test_the_labels_come_from_git_and_say_what_is_not_committed(machine):
    machine.has("docker")
    assert machine.make(SOURCE_DATE_EPOCH="0").returncode == 0
    head = machine.git("rev-parse", "HEAD")
    told = {"VERSION": "0.1.0", "CREATED": "1970-01-01T00:00:00Z", "REVISION": head, "SOURCE": ""}
    assert machine.build_arguments == told
    (machine.checkout / "Dockerfile").write_text("FROM scratch\n")
    assert machine.make().returncode == 0
    assert machine.build_arguments["REVISION"] == f"{head}-dirty"


def test_a_folder_without_git_is_built_all_the_same(machine):
    machine.has("docker")
    shutil.rmtree(machine.checkout / ".git")
    done = machine.make(GIT_CEILING_DIRECTORIES=str(machine.folder))
    assert done.returncode == 0, done.stderr
    assert machine.build_arguments["REVISION"] == ""
    assert done.stdout.endswith("at no commit\n")
