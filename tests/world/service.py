"""`updater run` as a process of its own: started, asked, and ended."""

import json
import signal
import socket
import time
from contextlib import closing, contextmanager

import requests


def free_address():
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        return f"127.0.0.1:{probe.getsockname()[1]}"


@contextmanager
def running(scene, **settings):
    address = free_address()
    scene.config["service"] = {"listen": address, **settings}
    process = scene.start("run")
    try:
        yield process, f"http://{address}"
    finally:
        process.kill()
        process.communicate()


def within(seconds, happened):
    """What it answers, once it answers something."""
    end = time.monotonic() + seconds
    while not (found := happened()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)
    return found


def answers(url):
    try:
        answer = requests.get(url, timeout=5)
    except requests.ConnectionError:
        return None
    return answer if answer.ok else None


def ended(process):
    """Exit status, log lines, and how many seconds it took."""
    start = time.monotonic()
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=15)
    assert not out
    return process.returncode, [json.loads(line) for line in err.splitlines()], time.monotonic() - start
