"""To measure 100 pull requests opened in one pass: `python tests/benchmarks/proposals.py [APPS]`.

Against the embedded GitHub on loopback, writes not limited. The updater is a process of its own.
"""

import os
import shutil
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from world.scene import TOKEN, Scene

from updater.sandbox.world import PRODUCTION

LIMITS = {
    "promotions_per_pass": 10_000,
    "open_proposals": 10_000,
    "writes_per_minute": 1_000_000,
    "writes_per_hour": 1_000_000,
}
MIB = 1024


def counting(folder: Path) -> Path:
    """A git that notes each time it is called."""
    real, calls = shutil.which("git"), folder / "calls"
    calls.write_text("")
    wrapper = folder / "bin" / "git"
    wrapper.parent.mkdir()
    wrapper.write_text(f'#!/bin/sh\necho >> "{calls}"\nexec "{real}" "$@"\n')
    wrapper.chmod(0o755)
    return calls


def one_pass(scene: Scene, folder: Path, calls: Path) -> str:
    """Seconds, requests, writes, git processes and peak memory of `updater once`."""
    asked, before = len(scene.hub.requests), calls.stat().st_size
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    start = time.monotonic()
    process = scene.start("once", environment={"PATH": path})
    process.stdout.read()
    process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    took = time.monotonic() - start
    assert status == 0, "a pass that failed measures nothing"
    api = [request for request in scene.hub.requests[asked:] if ".git/" not in request.path]
    writes = sum(request.method != "GET" for request in api)
    return (
        f"{took:6.2f} s  {len(api):4} API calls ({writes:3} writes)  "
        f"{calls.stat().st_size - before:3} git processes  {used.ru_maxrss / MIB:4.0f} MiB"
    )


def main(apps: int = 100) -> int:
    names = [f"app-{number:03}" for number in range(apps)]
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        scene = Scene(folder, names, start=datetime.now(UTC) - timedelta(hours=1))
        os.environ[TOKEN] = scene.hub.bot_token
        scene.config |= {"limits": LIMITS}
        scene.config["environments"][PRODUCTION]["gates"] = {}
        calls = counting(folder)
        told = [("one quiet pass", one_pass(scene, folder, calls))]
        for name in names:
            scene.build(name)
        told.append((f"{apps} apps bumped in staging", one_pass(scene, folder, calls)))
        told.append((f"{apps} pull requests opened", one_pass(scene, folder, calls)))
        told.append(("and a pass that finds nothing to do", one_pass(scene, folder, calls)))
        opened = len(scene.pulls())
        scene.close()
    width = max(len(name) for name, _ in told)
    for name, figures in told:
        sys.stdout.write(f"{name:{width}}  {figures}\n")
    return 0 if opened == apps else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:2])))
