"""To keep a bare clone in step with its remote: make it, fetch, push, tidy, throw it away. I/O."""

import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from updater.adapters.git import errors, push
from updater.adapters.git.access import Access
from updater.adapters.git.commands import CommandOutput, Commands, GitFailed
from updater.adapters.git.push import RefMove
from updater.errors import Refused, UpdaterError
from updater.model import QUEUES, Heads
from updater.reasons import failure_reasons

_ORIGIN = "updater-origin"
"""The file in the clone that says what it is a clone of; its first line is the version of our layout."""
_CONFIG = b"[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n"
"""As `git init --bare` writes it; git adds nothing to it by what we call."""
_UPKEEP_EVERY = 50
_UPKEEP = {
    "gc.auto": "3000",
    "gc.autoPackLimit": "30",
    "gc.pruneExpire": "1.day.ago",
    "gc.cruftPacks": "true",  # what nobody needs waits for that day in one file, not in thousands
}
_FETCH = (
    "fetch",
    "--prune",
    "--no-tags",
    "--quiet",
    "--no-write-fetch-head",
    "--update-shallow",
    "--no-auto-maintenance",
)


@dataclass(slots=True)
class Mirror:
    url: str
    branch: str
    commands: Commands
    access: Access
    seconds: float
    first_seconds: float
    _moves: int = 0
    _never_atomic: bool = False
    """The host was seen to know no atomic push."""
    _known: dict[str, str] = field(default_factory=dict)
    """Where the remote's refs stand, as of the last fetch and the pushes since."""

    @property
    def base(self) -> str:
        return f"refs/heads/{self.branch}"

    def fetch(self) -> Heads:
        """Raises Refused, Unavailable or GitFailed."""
        seconds = self.seconds if self._is_ours() else self._make()
        try:
            self._fetch(seconds)
        except GitFailed as failure:
            if errors.is_remote(failure) or self._is_sound():
                raise self._why(failure) from failure
            self._fetch_translated(self._make())
        self._count_move()
        return self._heads()

    def _why(self, failure: GitFailed) -> UpdaterError:
        """Git takes a page of one line for a list without branches."""
        if errors.finds_no_branch(failure) and self.url.startswith("http") and not self._lists_any():
            return errors.lists_nothing(self.url, self.branch)
        return errors.of_remote(failure, self.url, self.branch)

    def _lists_any(self) -> bool:
        """Also where that cannot be seen."""
        try:
            return bool(self._network("ls-remote", "--", self.url, seconds=self.seconds).output)
        except GitFailed:
            return True

    def push(self, moves: Sequence[RefMove], *, atomic: bool) -> push.PushAnswer:
        """What became of each ref, and what was said. Raises Refused or Unavailable without an answer.

        Where a host knows no atomic push, they are pushed in this order, to the first that is not taken.
        """
        if atomic and self._never_atomic:
            return push.in_turn(moves, lambda move: self.push([move], atomic=False))
        try:
            said = self._network(*push.arguments(self.url, moves, atomic=atomic), seconds=self.seconds)
            output, messages = said
        except GitFailed as failure:
            output, messages = failure.output, failure.said
            if atomic and push.is_never_atomic(messages):
                self._never_atomic = True
                return self.push(moves, atomic=True)
            if push.lines(output).keys() != {move.ref for move in moves}:
                raise errors.of_remote(failure, self.url, self.branch) from failure
        self._count_move()
        return push.lines(output), messages

    def try_push(self) -> None:
        """As push, to the end of what a host asks before it takes anything; protection is not among that."""
        head = self.on_remote(self.base)
        if head is None:
            raise Refused(f"{self.url} has no branch {self.branch}", reason=failure_reasons.BRANCH_MISSING)
        try:
            self._network(
                "push",
                "--dry-run",
                "--no-verify",
                "--",
                self.url,
                f"{head}:{self.base}",
                seconds=self.seconds,
            )
        except GitFailed as failure:
            raise errors.of_remote(failure, self.url, self.branch) from failure

    def known(self, ref: str) -> str | None:
        """Where a ref of the remote was when it was last fetched or pushed."""
        words = ("for-each-ref", "--format=%(objectname)", _here(ref))
        return self.commands.run(*words, seconds=self.seconds).output.strip() or None

    def fetch_refs(self, refs: Sequence[str]) -> None:
        """Fetch just these. Raises Refused or Unavailable."""
        refspecs = [f"+{ref}:{_here(ref)}" for ref in refs]
        words = [word for word in _FETCH if word != "--prune"]
        try:
            self._network(*words, "--", self.url, *refspecs, seconds=self.seconds)
        except GitFailed as failure:
            raise errors.of_remote(failure, self.url, self.branch) from failure

    def on_remote(self, ref: str) -> str | None:
        """The sha of a ref now."""
        try:
            listed = self._network("ls-remote", "--", self.url, ref, seconds=self.seconds).output
        except GitFailed as failure:
            raise errors.of_remote(failure, self.url, self.branch) from failure
        return next(
            (sha for sha, _, name in (line.partition("\t") for line in listed.splitlines()) if name == ref),
            None,
        )

    def tip(self, ref: str) -> str | None:
        """Where a ref stands, as far as we know; asked of the remote where we have not seen it."""
        return self._known.get(ref) or self.on_remote(ref)

    def record_refs(self, moves: Sequence[RefMove], gone: Sequence[str]) -> None:
        """Remember where pushed refs stand. What goes wrong here, the next fetch sets right."""
        for move in moves:
            self._known.pop(move.ref, None)
            if move.to:
                self._known[move.ref] = move.to
        told = [
            f"update {_here(move.ref)} {move.to}" if move.to else f"delete {_here(move.ref)}"
            for move in moves
        ]
        given = "".join(f"{line}\n" for line in [*told, *(f"delete {ref}" for ref in gone)])
        with suppress(GitFailed):
            self.commands.run("update-ref", "--stdin", given=given.encode(), seconds=self.seconds)

    def mark_for_rebuild(self) -> None:
        """The next fetch makes the clone anew."""
        with suppress(OSError):  # a folder that is gone is made anew as well
            (self.commands.folder / _ORIGIN).write_text("condemned\n")

    def _origin(self) -> bytes:
        return f"1\n{self.url}\n{self.branch}\n".encode()

    def _is_ours(self) -> bool:
        """And nobody has put anything into its config, which could lead our credentials elsewhere."""
        try:
            said = [(self.commands.folder / name).read_bytes() for name in (_ORIGIN, "config")]
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return False
        return said == [self._origin(), _CONFIG] and not (self.commands.folder / "config.worktree").exists()

    def _make(self) -> float:
        """How long the first fetch may take, in seconds."""
        folder = self.commands.folder
        if _holds_else(folder):
            raise Refused(
                f"The folder {folder.name} for a clone holds something else: empty it.",
                reason=failure_reasons.FOLDER_TAKEN,
            )
        _clear(folder)
        folder.mkdir(parents=True)
        (folder / _ORIGIN).write_text("unfinished\n")
        self.commands.run("init", "--quiet", "--bare", "--template=", seconds=self.seconds)
        (folder / "config").write_bytes(_CONFIG)
        (folder / _ORIGIN).write_bytes(self._origin())
        return self.first_seconds

    def _fetch_translated(self, seconds: float) -> None:
        try:
            self._fetch(seconds)
        except GitFailed as failure:
            raise errors.of_remote(failure, self.url, self.branch) from failure

    def _fetch(self, seconds: float) -> None:
        refspecs = [
            f"+{self.base}:{_here(self.base)}",
            f"+refs/heads/updater/*:{_here('refs/heads/updater/*')}",
            f"+refs/updater/*:{_here('refs/updater/*')}",
            f"+{QUEUES}*:{_here(QUEUES)}*",
        ]
        self._network(*_FETCH, "--", self.url, *refspecs, seconds=seconds)

    def _network(self, *arguments: str, seconds: float) -> CommandOutput:
        return self.access.run(self.commands, self.url, *arguments, seconds=seconds)

    def _heads(self) -> Heads:
        listed = self.commands.run(
            "for-each-ref", "--format=%(refname) %(objectname)", _here("refs"), seconds=self.seconds
        ).output
        pairs = (line.partition(" ") for line in listed.splitlines())
        self._known = {name.replace(_here("refs"), "refs", 1): sha for name, _, sha in pairs}
        return Heads(dict(self._known))

    def _is_sound(self) -> bool:
        """Every object the refs need is there."""
        try:
            self.commands.run("rev-list", "--quiet", "--objects", "--all", seconds=self.seconds)
        except GitFailed as failure:
            return failure.timed_out
        return True

    def _count_move(self) -> None:
        """Small packs and loose objects pile up with every move; now and then git puts them together."""
        self._moves += 1
        if self._moves % _UPKEEP_EVERY == 0:
            with suppress(GitFailed):
                self.commands.run("gc", "--auto", "--quiet", seconds=self.seconds, settings=_UPKEEP)


def _here(ref: str) -> str:
    return f"refs/mirror{ref.removeprefix('refs')}"


def _holds_else(folder: Path) -> bool:
    ours = (folder / _ORIGIN).exists() or (folder / "objects").exists()
    return folder.is_dir() and any(folder.iterdir()) and not ours


def _clear(folder: Path) -> None:
    """What says that it is a clone of ours goes last: whoever is killed meanwhile can go on."""
    if folder.is_file() or folder.is_symlink():
        folder.unlink()  # a link goes, and nothing of what it leads to
    inside = folder.iterdir() if folder.is_dir() else ()
    for path in sorted(inside, key=lambda path: (path.name == _ORIGIN, path.name == "objects")):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
