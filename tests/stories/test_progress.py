"""What somebody sees who waits in a terminal, and that nobody else does."""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest

UPDATER = str(Path(sys.executable).with_name("updater"))


def in_a_terminal(scene, *words, term="xterm"):
    """What standard output and the terminal on standard error got."""
    where = ["--config", str(scene.configure()), "--cache-dir", str(scene.folder / "first")]
    ours, theirs = pty.openpty()
    said = []
    reader = Thread(target=_read, args=[ours, said])
    reader.start()
    ended = subprocess.run(
        [UPDATER, *words, *where],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=theirs,
        env={**os.environ, "TERM": term},
        timeout=50,
        check=False,
    )
    os.close(theirs)
    reader.join()
    os.close(ours)
    return ended.stdout.decode(), b"".join(said).decode()


def _read(terminal, said):
    while True:
        try:
            said.append(os.read(terminal, 65536))
        except OSError:  # the other end is closed
            return


@pytest.mark.parametrize("command", ["plan", "once", "status", "doctor"])
def test_in_a_terminal_long_work_shows_how_far_it_is(scene, command):
    scene.build()
    out, err = in_a_terminal(scene, command)
    assert "fetching deploy" in err
    assert re.search(r"listing images.*2", err)
    assert "\x1b" not in out
    assert err.endswith("\x1b[?25h") or err.rfind("\x1b[?25h") > err.rfind("\x1b[?25l"), "the cursor is back"
    assert out.strip()


def test_no_bar_names_a_secret(scene):
    scene.build()
    _, err = in_a_terminal(scene, "once")
    assert "writing" in err
    assert scene.hub.bot_token not in err
    assert "://" not in err


def test_beside_json_there_is_none(scene):
    out, err = in_a_terminal(scene, "plan", "--output", "json")
    assert out.startswith("{")
    assert err == ""


def test_a_terminal_that_can_draw_nothing_gets_none(scene):
    assert in_a_terminal(scene, "plan", term="dumb")[1] == ""


def test_in_a_pipe_there_is_none(scene):
    said = scene.command("plan")
    assert said.stderr == ""
    assert "\x1b" not in said.stdout


def test_an_audit_shows_that_it_reads(scene, tmp_path):
    (tmp_path / "kustomization.yaml").write_text("resources: []\n")
    ours, theirs = pty.openpty()
    said = []
    reader = Thread(target=_read, args=[ours, said])
    reader.start()
    environment = {**os.environ, "TERM": "xterm"}
    words = [UPDATER, "audit", str(tmp_path)]
    subprocess.run(words, stdout=subprocess.DEVNULL, stderr=theirs, env=environment, timeout=50, check=False)
    os.close(theirs)
    reader.join()
    os.close(ours)
    assert "reading manifests" in b"".join(said).decode()


def test_rich_is_not_imported_where_nothing_is_drawn():
    shown = "from updater.cli.progress_bars import progress_for; progress_for('text')"
    code = f"import sys, updater.cli; {shown}; print('rich' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"


def test_whoever_is_killed_leaves_the_cursor_in_sight():
    ours, theirs = pty.openpty()
    said = []
    reader = Thread(target=_read, args=[ours, said])
    reader.start()
    code = "import os; from updater.cli.progress_bars import Bars; Bars()('work', 2); os.kill(os.getpid(), 9)"
    environment = {**os.environ, "TERM": "xterm"}
    killed = subprocess.run([sys.executable, "-c", code], stderr=theirs, env=environment, check=False)
    os.close(theirs)
    reader.join()
    os.close(ours)
    err = b"".join(said).decode()
    assert killed.returncode == -9
    assert "work" in err
    assert err.rfind("\x1b[?25h") > err.rfind("\x1b[?25l")
