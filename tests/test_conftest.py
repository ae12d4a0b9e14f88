"""The rules themselves, seen by running pytest under them."""

import os
import pathlib
import re
import runpy
import socket
import subprocess
import sys
from types import SimpleNamespace

import pytest

CONFTEST = pathlib.Path(__file__).with_name("conftest.py")
SKIPPED = """
import pytest

@pytest.mark.{marker}
def test_of_a_program():
    pytest.skip("no registry here")
"""


def conftest():
    """The module, read anew: pytest keeps its own to itself."""
    return SimpleNamespace(**runpy.run_path(str(CONFTEST)))


def run_pytest(folder, test, **environment):
    (folder / "conftest.py").write_bytes(CONFTEST.read_bytes())
    (folder / "test_it.py").write_text(test)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n    real: of programs\n    other: of nothing\n")
    clean = {name: value for name, value in os.environ.items() if name != "CI"}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", "."],
        cwd=folder,
        env=clean | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_skipped_real_test_fails_in_ci_and_says_what_is_missing(tmp_path):
    run = run_pytest(tmp_path, SKIPPED.format(marker="real"), CI="true")

    assert run.returncode == 1
    assert "CI must have what a real test needs: no registry here" in run.stdout


def test_a_skipped_real_test_is_only_skipped_elsewhere(tmp_path):
    assert run_pytest(tmp_path, SKIPPED.format(marker="real")).returncode == 0


def test_any_other_test_may_be_skipped_in_ci(tmp_path):
    assert run_pytest(tmp_path, SKIPPED.format(marker="other"), CI="true").returncode == 0


@pytest.mark.parametrize("verb", ["connect", "connect_ex"])
def test_a_connection_that_leaves_the_machine_is_refused(verb):
    with socket.socket() as outgoing, pytest.raises(AssertionError, match=r"not to 192\.0\.2\.1"):
        getattr(outgoing, verb)(("192.0.2.1", 443))


def test_a_connection_to_loopback_is_made():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        pass


def test_git_has_no_identity_but_the_one_a_test_gives(tmp_path):
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)

    identity = subprocess.run(
        ["git", "config", "user.email"], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert identity.stdout == ""


def test_what_a_program_sets_for_the_user_of_git_goes_to_a_file_of_the_run():
    """To /dev/null it would be moved, which is then a file for everybody, where root runs the tests."""
    settings = pathlib.Path(os.environ["GIT_CONFIG_GLOBAL"])

    assert settings.parent.name.startswith("no-settings-")
    assert not settings.is_char_device()


def test_what_takes_long_is_begun_first_by_each_worker(tmp_path):
    named = "".join(f"def test_{name}(): pass\n" for name in "abcdefghij")
    long = "".join(f"@pytest.mark.long\ndef test_long_{name}(): pass\n" for name in "xyz")
    run = run_pytest(tmp_path, f"import pytest\n{named}{long}", PYTEST_ADDOPTS="-v -W ignore")
    begun = re.findall(r"::test_(\w+) PASSED", run.stdout)
    assert begun[:4] == ["long_x", "long_y", "long_z", "a"]
    assert len(begun) == 13


def test_so_it_is_dealt_to_workers_as_they_take_it():
    dealt = conftest()._dealt(["x", "y", "z"], [*"abcdefghij"], 2)
    assert "".join(dealt) == "xzabcd" + "yefghij"
    assert conftest()._dealt(["x", "y", "z"], ["a"], 3) == ["x", "y", "z", "a"]
    assert conftest()._dealt([], [], 3) == []
