"""The first process of a container, tried as one: in a process namespace of its own."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

UNSHARE = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]
START = "import os, signal, subprocess, sys, time; from updater import start\n"


def _may_unshare():
    try:
        return subprocess.run([*UNSHARE, "true"], check=False, capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


pytestmark = pytest.mark.skipif(not _may_unshare(), reason="no process namespaces here")


def first(code):
    """That code as process number one, which goes on in a child."""
    return subprocess.Popen(
        [*UNSHARE, sys.executable, "-c", f"{START}start.stand_before()\n{code}"],
        stdout=subprocess.PIPE,
        text=True,
    )


def inside(process):
    """The process number one, as seen from here: unshare's child."""
    return int(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()[0])


def test_a_signal_reaches_a_child_that_has_no_handler_yet():
    with first("print('up', flush=True); time.sleep(60)") as process:
        assert process.stdout.readline() == "up\n"
        os.kill(inside(process), signal.SIGTERM)
        assert process.wait(10) == 128 + signal.SIGTERM


def test_a_signal_reaches_the_handlers_of_the_child():
    code = "signal.signal(signal.SIGTERM, lambda *_: sys.exit(7)); print('up', flush=True); time.sleep(60)"
    with first(code) as process:
        assert process.stdout.readline() == "up\n"
        os.kill(inside(process), signal.SIGTERM)
        assert process.wait(10) == 7


def test_the_status_of_the_child_is_that_of_the_whole():
    with first("sys.exit(3)") as process:
        assert process.wait(10) == 3


def test_who_outlives_its_parent_is_waited_for():
    code = (
        "subprocess.run(['sh', '-c', 'sleep 0.2 & sleep 0.2 & exit 0']); time.sleep(0.6)\n"
        "states = [open(f'/proc/{p}/stat').read().split()[2] for p in os.listdir('/proc') if p.isdigit()]\n"
        "print(len(states), 'Z' in states, flush=True)"
    )
    with first(code) as process:
        assert process.stdout.read() == "2 False\n"


SLOW = """
import sys, time
class Slow:
    def find_spec(self, name, *_):
        time.sleep(9 if name == "updater.cli" else 0)
sys.meta_path.insert(0, Slow())
from updater.start import main
main()
"""


def test_a_signal_in_the_first_moment_is_not_lost():
    """It is sent while the command line is still being imported, which takes a while."""
    with subprocess.Popen([*UNSHARE, sys.executable, "-c", SLOW]) as process:
        time.sleep(1.5)
        os.kill(inside(process), signal.SIGTERM)
        began = time.monotonic()
        assert process.wait(15) == 128 + signal.SIGTERM
        assert time.monotonic() - began < 5
