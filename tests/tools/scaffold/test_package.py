"""What is installed is what a checkout has: templates and pages, also hidden files and folders."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from tools.scaffold.made import files

ROOT = Path(__file__).parents[3]
TEMPLATES = "updater/tools/scaffold/templates"
PAGES = "updater/sandbox/github/pages/templates"


def test_a_wheel_has_every_template_to_the_byte(tmp_path):
    offline = ["--no-build-isolation", "--no-deps", "--no-index", "--disable-pip-version-check", "--quiet"]
    source = tmp_path / "source"
    for folder in (TEMPLATES, PAGES):
        shutil.copytree(ROOT / folder, source / folder)
    for name in ("pyproject.toml", "README.md", "LICENSE", "updater/__init__.py"):
        shutil.copy(ROOT / name, source / name)
    command = [sys.executable, "-m", "pip", "wheel", *offline, "--wheel-dir", tmp_path / "built", source]
    subprocess.run(command, check=True, capture_output=True)
    (wheel,) = (tmp_path / "built").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        packed = {name: archive.read(name) for name in archive.namelist()}

    there = {
        f"{folder}/{path}": data
        for folder in (TEMPLATES, PAGES)
        for path, data in files(ROOT / folder).items()
    }
    assert {name for name in there if "/." in name}
    assert there.items() <= packed.items()


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="needs the checkout")
def test_no_template_is_left_out_of_git():
    ignored = subprocess.run(
        ["git", "status", "--porcelain", "--ignored", TEMPLATES],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()

    assert [line for line in ignored if line.startswith("!!")] == []
