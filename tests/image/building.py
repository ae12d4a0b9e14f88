"""The image, built as users build it, of a Debian that is made here: no registry is asked for anything."""

import json
import os
import platform
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BASE = "localhost/base"
NAME = "localhost/updater:built-by-a-test"
PROGRAMS = ("buildah", "debootstrap", "crun")
PACKAGES = "python3,python3-pip,ca-certificates"
"""What Python's own image has, and Debian's does not: the versions are Debian 12's, Python 3.11."""

LEFT_OUT = ("/usr/share/doc", "/usr/share/locale", "/usr/share/man")
"""As in Debian's slim images."""
KEPT = "mirror.of-the-builder.example.org"
"""What the builder's environment tells pip, and the image must not tell anybody."""


@dataclass(frozen=True)
class Store:
    """A place of its own for images, so that nothing is left where it is removed."""

    folder: Path

    @property
    def environment(self):
        """What buildah goes by, also where somebody else calls it."""
        settings = self.folder / "storage.conf"
        where = {"graphroot": self.folder / "graph", "runroot": self.folder / "run"}
        lines = ["[storage]", 'driver = "vfs"', *(f'{key} = "{path}"' for key, path in where.items())]
        settings.write_text("\n".join(lines) + "\n")
        return {
            **os.environ,
            "CONTAINERS_STORAGE_CONF": str(settings),
            "BUILDAH_ISOLATION": "chroot",
            "TMPDIR": str(self.folder),
        }

    def buildah(self, *words):
        return self.run("buildah", *words)

    def run(self, *command, **environment):
        environment = self.environment | environment
        done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{' '.join(command)}: {(done.stdout + done.stderr)[-5000:]}"
        return done.stdout.strip()


@dataclass(frozen=True)
class Image:
    said: str
    """By `make image`."""
    inspected: str
    """All that is told of the image, its history included."""
    config: dict
    """Of it, what containers go by."""
    root: Path
    """Its files."""

    @property
    def health(self):
        kind, *command = self.config["Healthcheck"]["Test"]
        assert kind == "CMD"
        return command


def build(folder):
    """Answers the image; all of it is in that folder. What fails is not tried again in this run."""
    told = folder / "built.json"
    try:
        told.write_text(json.dumps(_build(Store(folder))))
    except AssertionError as error:
        told.write_text(json.dumps({"failed": str(error)}))
    return built(folder)


def _build(store):
    _make_base(store)
    said = store.run("make", "image", "IMAGE_TOOL=buildah", f"BASE={BASE}", *_named(), PIP_TRUSTED_HOST=KEPT)
    container = store.buildah("from", "--pull-never", NAME)
    root = store.buildah("mount", container)
    inspected = store.buildah("inspect", "--type", "image", NAME)
    return {
        "said": said,
        "inspected": inspected,
        "config": json.loads(inspected)["Docker"]["config"],
        "root": root,
    }


def built(folder):
    """By whoever was here before; None where nobody was."""
    told = folder / "built.json"
    if not told.exists():
        return None
    facts = json.loads(told.read_text())
    assert "failed" not in facts, facts["failed"]
    return Image(**facts | {"root": Path(facts["root"])})


def missing():
    return [program for program in PROGRAMS if not shutil.which(program)]


def _named():
    name, _, tag = NAME.rpartition(":")
    return f"IMAGE={name}", f"TAG={tag}", "IMAGE_FLAGS=--pull-never"


def _make_base(store):
    container = store.buildah("from", "scratch")
    root = Path(store.buildah("mount", container))
    settings = root / "etc/dpkg/dpkg.cfg.d/slim"
    settings.parent.mkdir(parents=True)
    settings.write_text("".join(["force-unsafe-io\n", *(f"path-exclude {each}/*\n" for each in LEFT_OUT)]))
    release = platform.freedesktop_os_release()["VERSION_CODENAME"]
    store.run("debootstrap", "--variant=minbase", f"--include={PACKAGES}", release, root, _mirror(release))
    (root / "usr/bin/python").symlink_to("python3")
    for each in ("/var/cache/apt/archives", "/var/lib/apt/lists", *LEFT_OUT):
        shutil.rmtree(f"{root}{each}")
    store.buildah("commit", "--rm", container, BASE)


def _mirror(release):
    """Whence this machine has its own Debian."""
    form = "$(CODENAME) $(ORIGIN) $(REPO_URI)"
    listed = subprocess.run(
        ["apt-get", "indextargets", "--format", form], capture_output=True, text=True, check=True
    )
    (mirror, *_) = [
        line.split()[2] for line in listed.stdout.splitlines() if line.startswith(f"{release} Debian ")
    ]
    return mirror
