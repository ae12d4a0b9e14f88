"""To keep a bare clone of one deploy repository, and to read and write through it. I/O."""

from collections.abc import Callable, Collection, Container, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import Self

from updater.adapters.git import errors
from updater.adapters.git.access import Access
from updater.adapters.git.address import check_branch, check_url
from updater.adapters.git.commands import Commands, GitFailed
from updater.adapters.git.compare import CommitComparer
from updater.adapters.git.drafts import CommitIdentity
from updater.adapters.git.earlier import EarlierTexts
from updater.adapters.git.files import Files
from updater.adapters.git.history import HistoryReader
from updater.adapters.git.line import LineReader
from updater.adapters.git.lock import FolderLock
from updater.adapters.git.matching import MatchingFiles
from updater.adapters.git.mirror import Mirror
from updater.adapters.git.objects import Blobs, Trees
from updater.adapters.git.signing import Signer
from updater.adapters.git.writer import Writer
from updater.errors import Unavailable, UpdaterError
from updater.model import File, FileChange, HeadFiles, Heads, History, PathPatterns, RefUpdate
from updater.ports import CommitMaker
from updater.reasons import failure_reasons
from updater.value_class import value_class


@value_class
class Waits:
    """How long to wait at most, in seconds."""

    lock: float = 60
    local: float = 120
    network: float = 300
    first_fetch: float = 1800


class Clone:
    """RepositoryReader and RepositoryWriter of one repository and base branch."""

    def __init__(
        self,
        url: str,
        branch: str,
        folder: Path,
        *,
        identity: CommitIdentity,
        access: Access,
        clock: Callable[[], datetime],
        waits: Waits | None = None,
        signer: Signer | None = None,
        maker: CommitMaker | None = None,
    ) -> None:
        waits = waits or Waits()
        folder = folder.absolute()
        self._url = check_url(url)
        self._lock = FolderLock(folder, waits.lock)
        self._turn = RLock()
        commands = Commands(folder, self._lock.descriptors)
        trees = Trees(commands, waits.local)
        self._blobs = Blobs(commands, waits.local)
        self._mirror = Mirror(
            self._url, check_branch(branch), commands, access, waits.network, waits.first_fetch
        )
        self._files = Files(trees, self._blobs, self._url)
        self._matches = MatchingFiles(commands, self._blobs, self._url, waits.local)
        self._earlier = EarlierTexts(commands, self._blobs, waits.local)
        self._historian = HistoryReader(commands, trees, waits.local)
        self._relations = CommitComparer(commands, self._url, waits.local)
        self._line = LineReader(commands, waits.local)
        self._writer = Writer(self._mirror, trees, identity, clock, waits.local, signer, maker)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Nothing stays open between calls; what is remembered is let go."""
        self._blobs.forget()
        self._files.forget()
        self._historian.forget()
        self._relations.forget()

    def locked(self) -> AbstractContextManager[None]:
        """Keep other processes out for a whole pass. Raises Unavailable where one does not let go."""
        return self._lock.locked()

    def fetch(self) -> Heads:
        with self._at_work():
            return self._mirror.fetch()

    def files(
        self, commit: str, paths: Collection[str], also: Container[str] = ()
    ) -> Mapping[str, File | UpdaterError | None]:
        with self._at_work():
            return self._files.read(commit, paths, also)

    def matching(self, commit: str, patterns: PathPatterns) -> HeadFiles:
        with self._at_work():
            return self._matches.read(commit, patterns)

    def earlier(self, commit: str, paths: Collection[str]) -> Mapping[str, tuple[bytes, ...]]:
        with self._at_work():
            return self._earlier.read(commit, paths)

    def history(self, tips: Sequence[str], paths: Collection[str], *, since: datetime) -> History:
        with self._at_work():
            return self._historian.read(tips, paths, since)

    def conflicts(self, base: str, head: str) -> bool:
        with self._at_work():
            return self._relations.conflicts(base, head)

    def changes(self, old: str, new: str) -> tuple[FileChange, ...]:
        with self._at_work():
            return self._relations.changes(old, new)

    def touched(self, old: str, new: str) -> frozenset[str] | None:
        with self._at_work():
            return self._line.touched(old, new)

    def blobs(self, ids: Collection[str]) -> Mapping[str, bytes]:
        with self._at_work():
            known = self._blobs.known(ids)
            read = self._blobs.read({blob for blob in ids if blob not in known})
            return known | {blob: data for blob, data in read.items() if data is not None}

    def try_push(self) -> None:
        """Let the host say whether we may push the base branch; pushes nothing."""
        with self._at_work():
            self._mirror.try_push()

    def try_ref(self, ref: str) -> None:
        """Make a ref of ours with nothing in it, and delete it again. Raises Refused or Unavailable."""
        with self._at_work():
            self._writer.try_ref(ref)

    def push(self, updates: Sequence[RefUpdate], *, atomic: bool) -> Mapping[str, UpdaterError | None]:
        with self._at_work():
            answers = self._writer.push(updates, atomic=atomic)
            for update in updates:  # whatever becomes of a commit, its texts have these ids
                texts = (text for draft in update.drafts for text in draft.files.values())
                self._blobs.learn(texts)
            return answers

    def is_mine(self, commit: str) -> bool:
        return self._writer.is_mine(commit)

    def tip(self, ref: str) -> str | None:
        with self._at_work():
            return self._mirror.tip(ref)

    def delete(self, ref: str, *, expected: str) -> None:
        with self._at_work():
            self._writer.delete(ref, expected)

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        with self._lock.locked(), self._turn:
            try:
                yield
            except GitFailed as failure:
                if errors.is_damage(failure):
                    self._mirror.mark_for_rebuild()
                raise errors.of_clone(failure, self._url) from failure
            except OSError as error:
                raise Unavailable(
                    f"The local clone of {self._url} cannot be used: {error.strerror}.",
                    reason=failure_reasons.CLONE_UNUSABLE,
                ) from error
