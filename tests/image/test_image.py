"""The image, built and run for real: a numeric user, no capabilities, a root that cannot be written to."""

import json
import random
import re
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import cyclonedx.schema
import pytest
from image.building import BASE, KEPT, NAME, ROOT
from image.containers import Container
from jsonschema import Draft7Validator
from referencing import Registry, Resource
from world.scene import MAIL, TOKEN, Scene
from world.service import answers, free_address, within

from updater.sandbox.world import STAGING

pytestmark = pytest.mark.real
PYTHON = "/usr/bin/python3"
"""The base's own."""


@pytest.fixture
def scene(tmp_path):
    """On today's clock, as the container has no other."""
    scene = Scene(tmp_path / "scene", ["shop"], start=None)
    scene.config["service"] = {"listen": free_address()}
    yield scene
    scene.close()


@contextmanager
def container(image, folder, *words, scene=None):
    """The image's entry point, with words in place of its own; its config and token are the scene's."""
    folder.mkdir()
    config, environment = None, {}
    if scene is not None:
        config, environment = scene.configure(), {TOKEN: scene.hub.bot_token}
        config.parent.chmod(0o755)
    command = [*image.config["Entrypoint"], *(words or image.config["Cmd"])]
    with Container(image, folder, command, config=config, environment=environment) as running:
        yield running


def answered(image, folder, *command):
    """Standard output of any command in it."""
    folder.mkdir()
    with Container(image, folder, command) as running:
        assert running.ended(60) == 0, running.log.read_text()
        return running.log.read_text()


def test_check_finds_the_mounted_config_right(image, scene, tmp_path):
    with container(image, tmp_path / "check", "check", scene=scene) as running:
        assert running.ended(60) == 0
        assert "fine" in running.log.read_text()


def test_it_bumps_staging_with_no_right_but_to_its_cache_and_ends_within_ten_seconds(image, scene, tmp_path):
    tag = scene.build()
    with container(image, tmp_path / "run", scene=scene) as running:
        within(60, lambda: scene.pinned("shop", STAGING) == tag)
        status = running.status()
        assert set(status["Uid"] + status["Gid"]) == {"10001"}
        assert [int(status[f"Cap{kind}"][0], 16) for kind in ("Inh", "Prm", "Eff", "Bnd", "Amb")] == [0] * 5
        assert status["NoNewPrivs"] == ["1"]
        refused = running.execute("touch", "/opt/updater/of-mine")
        assert "Read-only file system" in refused.stderr
        running.send()
        assert running.ended(10) == 0
    assert running.events()[-1] == {**running.events()[-1], "event": "service_stopped", "cut_off": []}


def test_its_health_check_says_whether_the_service_is_alive(image, scene, tmp_path):
    with container(image, tmp_path / "run", scene=scene) as running:
        within(30, lambda: answers(f"http://{scene.config['service']['listen']}/livez"))
        healthy = running.execute(*image.health)
        assert (healthy.returncode, healthy.stdout) == (0, "ok\n")
    (tmp_path / "other").mkdir()
    with Container(image, tmp_path / "other", ["sleep", "60"]) as another:
        another.begins()
        assert another.execute(*image.health).returncode == 1


def test_sigterm_ends_it_from_its_first_hundredth_of_a_second_on(image, scene, tmp_path):
    """The kernel drops what the first process has not asked for yet, so the first has to be quick."""
    some, lost = random.Random(14), []
    for number, after in enumerate([0.01, 0.02, 0.04, *(some.random() for _ in range(7))]):
        with container(image, tmp_path / f"run{number}", scene=scene) as running:
            running.begins()
            time.sleep(after)
            running.send()
            if running.ended(10) not in {0, 128 + 15}:
                lost.append(after)
    assert lost == []


def test_no_process_that_ended_stays_where_commits_are_signed_by_gpg(image, scene, tmp_path):
    """The agent of each signature ends after it, and is nobody's child by then."""
    key = gpg_key(tmp_path)
    folder = scene.configure() / "keys"
    folder.mkdir()
    (folder / "key").write_text(key)
    scene.config["commit"]["signing"] = {"format": "gpg", "key_file": "/etc/updater/keys/key"}
    with container(image, tmp_path / "run", scene=scene) as running:
        for _ in range(2):
            tag = scene.build()
            within(60, lambda tag=tag: scene.pinned("shop", STAGING) == tag)
        within(10, lambda: {name for _, name in running.processes()} <= {"tini", "updater"})
        # A child that has just ended is one for a moment, until it is asked for its status.
        within(10, lambda: all(state != "Z" for state, _ in running.processes()))
    signature = scene.hub.find(scene.repository).git.text("cat-file", "commit", "main")
    assert "BEGIN PGP SIGNATURE" in signature


def test_its_labels_say_what_it_was_built_from(image):
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()
    labels = {
        key.removeprefix("org.opencontainers.image."): value for key, value in image.config["Labels"].items()
    }
    assert labels["title"] == "updater"
    assert labels["licenses"] == "Apache-2.0"
    assert labels["base.name"] == BASE
    assert labels["revision"].removesuffix("-dirty") == head
    assert f'version = "{labels["version"]}"' in (ROOT / "pyproject.toml").read_text()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", labels["created"])
    assert f"built {NAME} with buildah: " in image.said


def test_its_bill_of_materials_lists_what_dpkg_and_pip_do(image, tmp_path):
    bill = json.loads((image.root / "usr/share/sbom/updater.cdx.json").read_text())
    purls = [each["purl"] for each in bill["components"]]
    shown = answered(image, tmp_path / "dpkg", "dpkg-query", "--show", "--showformat=${Package} ${Version}\n")
    listed = {(each["name"], each["version"]) for each in bill["components"] if ":deb/" in each["purl"]}
    assert listed == {tuple(line.split()) for line in shown.splitlines()}
    pips = set()
    for python in (PYTHON, "/opt/updater/bin/python"):
        command = [PYTHON, "-m", "pip", "--python", python, "list", "--format=json"]
        found = json.loads(answered(image, tmp_path / python.replace("/", "-"), *command).splitlines()[0])
        pips |= {(each["name"], each["version"]) for each in found}
    assert {
        (each["name"], each["version"]) for each in bill["components"] if ":pypi/" in each["purl"]
    } == pips
    assert any(purl.startswith("pkg:pypi/pygithub@") for purl in purls)
    assert any(purl.startswith("pkg:generic/python@3.11.") for purl in purls)


def test_its_bill_of_materials_is_valid_cyclonedx(image):
    bill = json.loads((image.root / "usr/share/sbom/updater.cdx.json").read_text())
    folder = Path(cyclonedx.schema.__file__).parent / "_res"
    schemas = [json.loads(path.read_text()) for path in folder.glob("*.SNAPSHOT.schema.json")]
    known = Registry().with_resources((each["$id"], Resource.from_contents(each)) for each in schemas)
    (schema,) = [each for each in schemas if each["$id"] == bill["$schema"]]
    assert [error.message for error in Draft7Validator(schema, registry=known).iter_errors(bill)] == []


def test_nothing_in_it_tells_what_the_builder_told_pip(image):
    assert "localhost/base" in image.inspected
    assert KEPT not in image.inspected
    found = subprocess.run(["grep", "-rlF", KEPT, image.root], capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout) == (1, "")
    assert not (image.root / "etc/pip.conf").exists()


def gpg_key(folder):
    home = folder / "gnupg"
    home.mkdir(mode=0o700)
    command = [
        "gpg",
        "--homedir",
        home,
        "--batch",
        "--quiet",
        "--pinentry-mode",
        "loopback",
        "--passphrase",
        "",
    ]
    try:
        subprocess.run([*command, "--quick-generate-key", f"updater <{MAIL}>", "ed25519", "sign"], check=True)
        export = [*command, "--armor", "--export-secret-keys", MAIL]
        return subprocess.run(export, capture_output=True, text=True, check=True).stdout
    finally:
        subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=True)
