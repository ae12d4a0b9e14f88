"""The one program that the updater cannot do without."""

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("words", [["plan"], ["doctor"], ["demo"]])
def test_a_machine_without_git_is_told_so(tmp_path, words):
    script = Path(sys.executable).with_name("updater")
    ended = subprocess.run(
        [sys.executable, script, *words],
        capture_output=True,
        text=True,
        env={"PATH": str(tmp_path)},
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == "git is not on the path: install git 2.39 or newer\n"
