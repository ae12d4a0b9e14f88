"""Programs on a PATH of their own that write down how they were called, and answer what they are told to."""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

_RECORDER = """#!{python} -IS
import json, os, sys
folder, name = {folder!r}, {name!r}
given = sys.stdin.read() if "-" in sys.argv or name in ("kubeseal", "sops") else ""
with open(os.path.join(folder, "calls"), "a") as calls:
    calls.write(json.dumps([name, sys.argv[1:], given]) + "\\n")
for words, out, status in json.load(open(os.path.join(folder, name + ".answers"))):
    if all(word in sys.argv for word in words):
        sys.stdout.write(out)
        sys.exit(status)
"""
REAL = (
    "awk basename bash cat chmod cp date dirname env find git grep head hostname install mkdir mktemp "
    "mv rm sed sh sha256sum sleep sort tail tr"
)


@dataclass
class Programs:
    folder: Path
    answers: dict = field(default_factory=dict)

    def __post_init__(self):
        self.folder.mkdir(parents=True)
        for name in REAL.split():
            (self.folder / name).symlink_to(shutil.which(name))

    def add(self, *names):
        for name in names:
            self.answer(name)

    def answer(self, name, *words, out="", status=0):
        """To a call that has all these words; the last answer that fits counts."""
        program = self.folder / name
        program.unlink(missing_ok=True)
        program.write_text(_RECORDER.format(python=sys.executable, folder=str(self.folder), name=name))
        program.chmod(0o755)
        known = self.answers.setdefault(name, [])
        if words or out or status:
            known.insert(0, [words, out, status])
        (self.folder / f"{name}.answers").write_text(json.dumps(known))

    def forget(self):
        (self.folder / "calls").unlink(missing_ok=True)

    def calls(self, name=None):
        """Each call, as the words that were typed."""
        return [[one[0], *one[1]] for one in self._recorded() if name in (None, one[0])]

    def given(self, name):
        """What each call of it read from standard input."""
        return [one[2] for one in self._recorded() if one[0] == name]

    def run(self, script, *words, given="", **variables):
        """Exit status, standard output and standard error."""
        done = subprocess.run(
            [str(script), *map(str, words)],
            input=given,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            env={"PATH": str(self.folder), "HOME": str(self.folder), "LC_ALL": "C", **variables},
        )
        return done.returncode, done.stdout, done.stderr

    def _recorded(self):
        calls = self.folder / "calls"
        return [json.loads(line) for line in calls.read_text().splitlines()] if calls.exists() else []


def tree(folder):
    """Every file with its content: what a dry run must not change."""
    return {path: path.read_bytes() for path in sorted(Path(folder).rglob("*")) if path.is_file()}


def owner_only(path, text):
    path.write_text(text)
    path.chmod(0o600)
    return path
