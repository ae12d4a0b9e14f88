"""To work on a bare repository with git plumbing, without a work tree. I/O."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

ENVIRONMENT = {
    "PATH": os.environ.get("PATH", os.defpath),
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
    "TZ": "UTC",
}
_CONFIG = """
[http]
	receivepack = true
[uploadpack]
	allowFilter = true
	allowAnySHA1InWant = true
[receive]
	advertiseAtomic = true
[gc]
	auto = 0
"""


class GitFailed(Exception):
    """What git said when it did not do as told."""


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    email: str

    @classmethod
    def parse(cls, text: str) -> "Person":
        """Read "Name <mail>"."""
        name, _, email = text.partition("<")
        return cls(name.strip(), email.rstrip("> "))

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>"


@dataclass(frozen=True, slots=True)
class Signature:
    who: Person
    when: datetime

    def __str__(self) -> str:
        return f"{self.who} {int(self.when.timestamp())} {self.when.strftime('%z') or '+0000'}"

    def variables(self, role: str) -> dict[str, str]:
        return {
            f"GIT_{role}_NAME": self.who.name,
            f"GIT_{role}_EMAIL": self.who.email,
            f"GIT_{role}_DATE": f"@{int(self.when.timestamp())} {self.when.strftime('%z') or '+0000'}",
        }


class Git:
    """One bare repository."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def initialize(self, branch: str) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        _run(["init", "--quiet", "--bare", "--template=", f"--initial-branch={branch}", str(self.path)])
        with (self.path / "config").open("a") as config:
            config.write(_CONFIG)

    def run(self, *arguments: str, given: bytes = b"", variables: Mapping[str, str] | None = None) -> bytes:
        """Raise GitFailed where git does not end well."""
        return _run([f"--git-dir={self.path}", *arguments], given, variables)

    def text(self, *arguments: str, given: bytes = b"", variables: Mapping[str, str] | None = None) -> str:
        return self.run(*arguments, given=given, variables=variables).decode(errors="replace").strip()

    def refs(self, *patterns: str) -> dict[str, str]:
        lines = self.text("for-each-ref", "--format=%(refname) %(objectname)", *patterns).splitlines()
        return {name: sha for name, _, sha in (line.partition(" ") for line in lines)}

    def resolve(self, revision: str) -> str | None:
        try:
            return self.text("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        except GitFailed:
            return None

    def is_ancestor(self, older: str, newer: str) -> bool:
        if older == newer:
            return True
        try:
            self.run("merge-base", "--is-ancestor", older, newer)
        except GitFailed:
            return False
        return True

    def merge_base(self, one: str, other: str) -> str | None:
        try:
            return self.text("merge-base", one, other)
        except GitFailed:
            return None

    def merge_tree(self, ours: str, theirs: str) -> str | None:
        """The tree of a merge, or None where it conflicts."""
        try:
            return self.text("merge-tree", "--write-tree", ours, theirs)
        except GitFailed:
            return None

    def commit_tree(
        self,
        tree: str,
        parents: Sequence[str],
        message: str,
        author: Signature,
        committer: Signature | None = None,
    ) -> str:
        options = [option for parent in parents for option in ("-p", parent)]
        variables = author.variables("AUTHOR") | (committer or author).variables("COMMITTER")
        return self.text("commit-tree", tree, *options, given=message.encode(), variables=variables)

    def update_refs(self, moves: Mapping[str, str | None], old: str = "") -> None:
        """Set each ref, or delete it where its new value is None: all or none, from `old` only if given."""
        words = [("update", ref, new, old) if new else ("delete", ref, old) for ref, new in moves.items()]
        # A blank at the end of a line would demand that the ref does not exist yet.
        lines = [" ".join(word for word in line if word) + "\n" for line in words]
        self.run("update-ref", "--stdin", given="".join(lines).encode())

    def read(self, revision: str, path: str) -> bytes:
        return self.run("cat-file", "blob", f"{revision}:{path}")

    def write(
        self,
        branch: str,
        start: str | None,
        files: Mapping[str, bytes | None],
        message: str,
        signature: Signature,
    ) -> str:
        """One commit on `branch` on top of `start`; a file of None is deleted.

        Raise GitFailed where the branch has moved away from `start` meanwhile.
        """
        stream = _import_stream(branch, start, files, message, signature)
        return self.text("fast-import", "--quiet", given=stream)


def _import_stream(
    branch: str, start: str | None, files: Mapping[str, bytes | None], message: str, signature: Signature
) -> bytes:
    head = f"commit refs/heads/{branch}\nmark :1\nauthor {signature}\ncommitter {signature}\n".encode()
    parent = f"from {start}\n".encode() if start else b""
    changes = b"".join(
        f"D {path}\n".encode() if content is None else f"M 100644 inline {path}\n".encode() + _data(content)
        for path, content in files.items()
    )
    return head + _data(message.encode()) + parent + changes + b"\nget-mark :1\n"


def _data(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)


def _run(arguments: Sequence[str], given: bytes = b"", variables: Mapping[str, str] | None = None) -> bytes:
    environment = {**ENVIRONMENT, **(variables or {})}
    command = ["git", *arguments]
    done = subprocess.run(command, input=given, capture_output=True, check=False, env=environment)  # noqa: S603  our own words
    if done.returncode:
        raise GitFailed(done.stderr.decode(errors="replace").strip() or f"git {arguments[1]} failed")
    return done.stdout
