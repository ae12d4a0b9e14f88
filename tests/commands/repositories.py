"""Deploy repositories to look through: made in one go, or rebuilt from real ones."""

import csv
import os
import subprocess
from collections import defaultdict
from pathlib import Path

CORPUS = Path(__file__).resolve().parents[2] / ".." / "shared" / "corpus"
_ENVIRONMENT = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


def git(folder, *words, given=b""):
    done = subprocess.run(
        ["git", *words], cwd=folder, input=given, capture_output=True, check=False, env=_ENVIRONMENT
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().strip()


def bare(folder, *commits, origin="https://github.com/acme/deploy.git", branch="main"):
    """A repository with one commit for each mapping of paths to bytes, text, or (git's mode, what)."""
    folder.mkdir(parents=True)
    git(folder, "init", "-q", "--bare", f"--initial-branch={branch}")
    if origin is not None:
        git(folder, "config", "remote.origin.url", origin)
    if commits:
        git(folder, "fast-import", "--quiet", given=b"".join(_commit(files, branch) for files in commits))
    return folder


def overlay(*images, kind=""):
    """The text of a kustomization; each image is written `name:tag`."""
    entries = (image.rpartition(":") for image in images)
    lines = "".join(f"  - name: {name}\n    newTag: '{tag}'\n" for name, _, tag in entries)
    return f"{kind}resources: [../../base]\nimages:\n{lines}"


def real():
    """By name, the files of each repository of the corpus at their real paths."""
    found = defaultdict(dict)
    with (CORPUS / "manifest.tsv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            newest = "__at_" not in row["file"]
            if newest or row["path"] not in found[row["repo"]]:
                found[row["repo"]][row["path"]] = (CORPUS / row["file"]).read_bytes()
    return dict(sorted(found.items()))


def _commit(files, branch):
    head = f"commit refs/heads/{branch}\ncommitter Human <human@example.org> 1770000000 +0900\ndata 1\nx\n"
    return head.encode() + b"".join(_file(path, content) for path, content in files.items()) + b"\n"


def _file(path, content):
    mode, what = content if isinstance(content, tuple) else ("100644", content)
    name = path if isinstance(path, bytes) else path.encode()
    if mode == "160000":
        return b"M 160000 %s %s\n" % (what.encode(), _quoted(name))
    data = what.encode() if isinstance(what, str) else what
    return b"M %s inline %s\ndata %d\n%s\n" % (mode.encode(), _quoted(name), len(data), data)


def _quoted(name):
    return b'"' + name.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n") + b'"'
