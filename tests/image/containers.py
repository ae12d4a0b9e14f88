"""Containers of the image, run by crun as the chart has Kubernetes run them, on this machine's loopback.

The root is read-only, the user a number, without capabilities and without a way to get them; what may be
written to is the cache and /tmp.
"""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

NO_CGROUPS = ("unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /sys/fs/cgroup; exec "$@"', "sh")
"""crun looks for them even where it is told to use none, and refuses a machine that has both versions."""
NAMESPACES = ("pid", "mount", "ipc", "uts")


class Container:
    """One process of the image, which is the first in its namespace."""

    def __init__(self, image, folder, command, *, config=None, environment=None):
        """`folder`: empty, for its files; `config`: the folder that is mounted at /etc/updater."""
        self.image, self.folder = image, folder
        self.name = f"updater-{os.getpid()}-{time.monotonic_ns()}"
        self.log = folder / "log"
        cache = folder / "cache"
        cache.mkdir(parents=True)
        os.chown(cache, *self._ids)
        mounts = {"/var/cache/updater": (cache, "rw")}
        if config is not None:
            mounts["/etc/updater"] = (config, "ro")
        spec = _spec(image, command, mounts, environment or {}, self._ids)
        (folder / "config.json").write_text(json.dumps(spec))

    def __enter__(self):
        pid = self.folder / "pid"
        with self.log.open("w") as log:
            run = ["run", "--bundle", self.folder, "--pid-file", pid, self.name]
            self._crun_process = subprocess.Popen(self._crun(*run), stdout=log, stderr=log)
        _soon(lambda: self._crun_process.poll() is not None or (pid.exists() and pid.read_text()))
        assert pid.exists(), self.log.read_text()
        self.pid = int(pid.read_text())
        return self

    def __exit__(self, *_):
        subprocess.run(self._crun("delete", "--force", self.name), capture_output=True, check=False)
        self._crun_process.wait(10)

    def begins(self):
        """Wait for the instant at which the image's own program is there: before it, crun is."""
        program = Path(f"/proc/{self.pid}/exe")
        _soon(lambda: "crun" not in str(program.readlink()))

    def send(self, number=signal.SIGTERM):
        os.kill(self.pid, number)

    def ended(self, seconds):
        """The exit status, once it has ended; None where it takes longer."""
        try:
            return self._crun_process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def execute(self, *command):
        """Another process in it, with the same rights."""
        return subprocess.run(
            self._crun("exec", self.name, *command), capture_output=True, text=True, check=False
        )

    def processes(self):
        """The state and the name of each that is in its namespace, as the kernel tells."""
        namespace = Path(f"/proc/{self.pid}/ns/pid").readlink()
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if (folder / "ns/pid").readlink() == namespace:
                    name, _, rest = (folder / "stat").read_text().partition("(")[2].rpartition(")")
                    yield rest.split()[0], name
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                continue

    def status(self):
        """What the kernel says of its first process."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return {key: value.split() for key, _, value in (line.partition(":") for line in lines)}

    def events(self):
        lines = [line for line in self.log.read_text().splitlines() if line.startswith("{")]
        return [json.loads(line) for line in lines]

    @property
    def _ids(self):
        user, _, group = self.image.config["User"].partition(":")
        return int(user), int(group)

    def _crun(self, *words):
        root = self.folder / "crun"
        return [*NO_CGROUPS, "crun", "--root", root, "--cgroup-manager", "disabled", *map(str, words)]


def _soon(happened):
    end = time.monotonic() + 10
    while not happened():
        assert time.monotonic() < end, "the container did not begin"
        time.sleep(0.0005)


def _spec(image, command, mounts, environment, ids):
    variables = [*image.config["Env"], *(f"{key}={value}" for key, value in environment.items())]
    none = {kind: [] for kind in ("bounding", "effective", "inheritable", "permitted", "ambient")}
    process = {
        "terminal": False,
        "user": dict(zip(("uid", "gid"), ids, strict=True)),
        "args": list(command),
        "env": variables,
        "cwd": image.config["WorkingDir"],
        "capabilities": none,
        "noNewPrivileges": True,
    }
    return {
        "ociVersion": "1.0.2",
        "process": process,
        "root": {"path": str(image.root), "readonly": True},
        "hostname": "updater",
        "mounts": [
            {"destination": "/proc", "type": "proc", "source": "proc"},
            _tmpfs("/dev", "mode=755"),
            _tmpfs("/tmp", "mode=1777"),  # noqa: S108 - of the container
            *(_bound(place, *bound) for place, bound in mounts.items()),
        ],
        "linux": {"namespaces": [{"type": each} for each in NAMESPACES]},
    }


def _tmpfs(place, mode):
    return {
        "destination": place,
        "type": "tmpfs",
        "source": "tmpfs",
        "options": ["nosuid", "strictatime" if place == "/dev" else "nodev", mode],
    }


def _bound(place, folder, access):
    return {"destination": place, "type": "bind", "source": str(folder), "options": ["bind", access]}
