"""What the bench tells of a process is of that process."""

import subprocess
import sys
import time

from bench.measure import Sample, run_python, used


def test_memory_is_that_of_the_program_and_not_of_whoever_started_it():
    large = bytearray(400 * 1024 * 1024)
    large[::4096] = b"x" * len(large[::4096])
    assert run_python("pass", [], None).mib < 100


def test_processor_time_of_another_process_is_told_finer_than_in_ticks():
    code = "import sys, time\nwhile time.process_time() < 0.0537: pass\nprint(flush=True)\nsys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        process.stdout.readline()
        time.sleep(0.05)
        own, children, mib = used(process.pid)
    assert own >= 0.0537
    assert own * 100 != int(own * 100)
    assert children == 0
    assert mib > 1


def test_nothing_is_never_a_little_less_than_nothing():
    assert str(Sample(0.3, 0.1 + 0.2 - 0.3 - 1e-16, -4e-17).children) == "0.0"
