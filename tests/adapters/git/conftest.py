"""A remote repository with verbs, and clones of it."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from updater.adapters.git import Access, Clone, CommitIdentity
from updater.model import CommitDraft, Placement, RefUpdate

START = datetime(2026, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 2, 2, 14, 35, 12, tzinfo=UTC)
_ENVIRONMENT = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


class Origin:
    """A bare repository; every commit is a minute after the one before it unless it says when."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = folder.as_uri()
        self._now = START
        subprocess.run(
            ["git", "init", "-q", "--bare", "--initial-branch=main", str(folder)],
            check=True,
            env=_ENVIRONMENT,
        )

    def git(self, *arguments: str, given: bytes = b"") -> str:
        command = ["git", f"--git-dir={self.folder}", *arguments]
        done = subprocess.run(command, input=given, capture_output=True, check=False, env=_ENVIRONMENT)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode().rstrip("\n")

    def commit(
        self,
        files: Mapping[str, str | None] | None = None,
        *,
        message: str = "change",
        branch: str = "main",
        parents: Sequence[str] | None = None,
        when: datetime | None = None,
        mode: str = "100644",
    ) -> str:
        self._now = when or self._now + timedelta(minutes=1)
        ref = f"refs/heads/{branch}"
        if parents is None:
            parents = [sha] if (sha := self.refs().get(ref)) else []
        self.git(
            "fast-import", "--quiet", "--force", given=_told(files or {}, message, parents, self._now, mode)
        )
        sha = self.git("rev-parse", "refs/new")
        self.git("update-ref", "-d", "refs/new")
        self.git("update-ref", ref, sha)
        return sha

    def daily(self, texts: Sequence[Mapping[str, str]], start: datetime) -> None:
        """A commit a day."""
        days = [start + timedelta(days=day) for day in range(len(texts))]
        told = [_told(files, "change", [], day) for files, day in zip(texts, days, strict=True)]
        self.git("fast-import", "--quiet", given=b"".join(told))
        self.git("update-ref", "refs/heads/main", "refs/new")

    def refs(self) -> dict[str, str]:
        listed = self.git("for-each-ref", "--format=%(refname) %(objectname)")
        return dict(line.split(" ") for line in listed.splitlines())

    def read(self, revision: str, path: str) -> str:
        return self.git("cat-file", "blob", f"{revision}:{path}")

    def hook(self, name: str, script: str) -> None:
        hook = self.folder / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\n{script}\n")
        hook.chmod(0o755)


def _told(
    files: Mapping[str, str | None],
    message: str,
    parents: Sequence[str],
    when: datetime,
    mode: str = "100644",
) -> bytes:
    signature = f"Human <human@example.org> {int(when.timestamp())} +0900"
    start = "".join(f"{word} {sha}\n" for word, sha in zip(["from", *["merge"] * 9], parents, strict=False))
    lines = [f"commit refs/new\nauthor {signature}\ncommitter {signature}\n{_data(message)}{start}"]
    for path, text in files.items():
        lines.append(f'D "{path}"\n' if text is None else f'M {mode} inline "{path}"\n{_data(text)}')
    return "".join([*lines, "\n"]).encode()


def _data(text: str) -> str:
    return f"data {len(text.encode())}\n{text}\n"


@pytest.fixture
def origin(tmp_path):
    return Origin(tmp_path / "origin.git")


@pytest.fixture
def clone_of(tmp_path):
    """Makes clones; each call of it another one unless it names a folder."""
    made = []

    def make(url, *, branch="main", folder=None, token=None, access=None, **more):
        where = tmp_path / "cache" / (folder or f"clone-{len(made)}")
        identity = CommitIdentity("updater", "updater@example.org")
        access = access or Access(lambda: token)
        clone = Clone(url, branch, where, identity=identity, access=access, clock=lambda: NOW, **more)
        made.append(clone)
        return clone

    yield make
    for clone in made:
        clone.close()


@pytest.fixture
def bump():
    """A RefUpdate that writes one file in each draft."""

    def make(onto, *contents, ref="refs/heads/main", expected="onto", path="app.yaml", message="bump"):
        placement = Placement("staging", "shop")
        drafts = tuple(CommitDraft(placement, message, {path: content.encode()}) for content in contents)
        return RefUpdate(ref, onto, drafts, onto if expected == "onto" else expected)

    return make
