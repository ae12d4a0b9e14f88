"""A deploy repository, a registry and a forge in memory: real trees, blob ids, ancestry and proposals.

What people and CI do to them are verbs of `World`; what an updater may see and do goes through `ports.py`.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import count
from types import MappingProxyType

from updater.model import Commit, FileChange

MAIN = "refs/heads/main"
RECORD = "refs/updater/main"
VERDICTS = "refs/updater/verdicts/main"
US = "updater <updater@acme.example>"
HUMAN = "Kim <kim@acme.example>"
FORGE = "GitHub <noreply@forge.test>"
START = datetime(2026, 2, 2, 0, 0, tzinfo=UTC)


class Killed(BaseException):
    """The process ends here, whatever it was about to do."""


class Conflict(Exception):
    """Both sides changed the same lines."""


@dataclass(frozen=True, slots=True)
class Made:
    """A commit as the object store has it."""

    commit: Commit
    tree: Mapping[str, str]
    number: int
    """Children have higher ones."""
    at: datetime
    """When it was really made, whatever it claims."""


@dataclass
class Pull:
    number: int
    branch: str
    head: str
    base: str
    title: str
    body: str
    author: str
    labels: frozenset[str]
    created: datetime
    state: str = "open"
    closed: datetime | None = None
    closed_by_us: bool = False
    fork: bool = False
    """Its branch is in somebody's copy of the repository."""
    draft: bool = False
    approved: bool = False
    merges_by: str | None = None
    """Who lets the forge merge it once nothing is missing."""
    method: str = "merge"
    """How the forge then does."""
    metadata_items: frozenset[str] = frozenset()
    """All labels it ever had."""


@lru_cache(maxsize=100_000)
def blob_id(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


@dataclass
class World:
    now: datetime = START
    images: dict[str, dict[str, str]] = field(default_factory=dict)
    """By `registry/name`: tag to digest."""
    manifests: dict[str, set[str]] = field(default_factory=dict)
    """By `registry/name`: digests, also of what a tag no longer points to."""
    commits: dict[str, Made] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)
    pulls: list[Pull] = field(default_factory=list)
    statuses: dict[str, object] = field(default_factory=dict)
    """By the sha they stand on."""
    comments: dict[int, dict[str, str]] = field(default_factory=dict)
    """By pull request and key."""
    writes: list[tuple[str, str]] = field(default_factory=list)
    """What updaters have changed, as (verb, what)."""
    pushed: list[tuple[str, str]] = field(default_factory=list)
    """(ref, sha) of each commit that updaters have pushed."""
    replaced: list[tuple[str, str, Pull | None]] = field(default_factory=list)
    """(ref, sha) of each tip that updaters have pushed over or deleted, and what was open from there."""
    brought: dict[str, Pull] = field(default_factory=dict)
    """By the commits of the base branch, the pull request that somebody merged as these."""
    merged: list[tuple[Pull, str, bool]] = field(default_factory=list)
    """Each pull request that updaters have merged, onto which base; or had the forge merge (True)."""
    demands: frozenset[str] = frozenset()
    """What the base branch asks of a pull request: `review`, `status`, `newest`."""
    labels: dict[tuple[str, str], Mapping[str, str]] = field(default_factory=dict)
    """By `registry/name` and tag, what an image says of itself."""
    clock_offset: float | None = None
    """Seconds that the registry's clock is ahead of ours."""
    refuses: str = ""
    """How the names of refs begin that the host lets nobody push; empty: none."""

    def __post_init__(self):
        self._numbers = count()

    # --- the registry -----------------------------------------------------------------------------------

    def push_image(self, image: str, tag: str, content: str = "") -> None:
        digest = "sha256:" + hashlib.sha256(f"{image}{tag}{content}".encode()).hexdigest()
        self.images.setdefault(image, {})[tag] = digest
        self.manifests.setdefault(image, set()).add(digest)

    # --- the repository ---------------------------------------------------------------------------------

    def commit(self, parents, files, message, *, who=HUMAN, author=None, dated=None, tree=None) -> str:
        """A new commit on the first parent's tree; files of None are taken away. Moves nothing."""
        parents = tuple(parents)
        before = self.commits[parents[0]].tree if parents else {}
        after = dict(before if tree is None else tree)
        for path, data in files.items():
            after.pop(path, None)
            if data is not None:
                after[path] = self.store(data)
        time = (dated or self.now).replace(microsecond=0)
        text = f"{parents} {sorted(after.items())} {author} {who} {time} {message}"
        sha = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
        if sha not in self.commits:
            told = Commit(sha, parents, author or who, who, time, message, _changes(before, after))
            self.commits[sha] = Made(told, MappingProxyType(after), next(self._numbers), self.now)
        return sha

    def store(self, data: bytes) -> str:
        self.blobs[blob_id(data)] = data
        return blob_id(data)

    def text(self, sha: str, path: str) -> bytes | None:
        blob = self.commits[sha].tree.get(path)
        return None if blob is None else self.blobs[blob]

    @property
    def head(self) -> str:
        return self.refs[MAIN]

    def edit(self, files, message, *, dated=None) -> str:
        """A human commits to the base branch."""
        self.refs[MAIN] = self.commit([self.head], files, message, dated=dated)
        return self.head

    def chain(self, tip: str) -> list[str]:
        """First parents, newest first."""
        found = [tip]
        while parents := self.commits[found[-1]].commit.parents:
            found.append(parents[0])
        return found

    def ancestry(self, tip: str) -> set[str]:
        seen, ahead = set(), [tip]
        while ahead:
            sha = ahead.pop()
            if sha not in seen:
                seen.add(sha)
                ahead += self.commits[sha].commit.parents
        return seen

    def merged_tree(self, base: str, ours: str, theirs: str) -> dict[str, str]:
        """Raises Conflict."""
        trees = [self.commits[sha].tree for sha in (base, ours, theirs)]
        result = {}
        for path in {path for tree in trees for path in tree}:
            blob = self._merged(*(tree.get(path) for tree in trees))
            if blob is not None:
                result[path] = blob
        return result

    def _merged(self, base, ours, theirs):
        if theirs in {ours, base}:
            return ours
        if ours == base:
            return theirs
        if None in (base, ours, theirs):
            raise Conflict
        return self.store(merge_lines(*(self.blobs[blob] for blob in (base, ours, theirs))))

    def fork_point(self, one: str, other: str) -> str:
        return max(self.ancestry(one) & self.ancestry(other), key=lambda sha: self.commits[sha].number)

    def revert(self, sha: str) -> str:
        """`git revert` of a commit of the base branch. Raises Conflict."""
        made = self.commits[sha].commit
        tree = self.merged_tree(sha, self.head, made.parents[0])
        message = f'Revert "{made.subject}"\n\nThis reverts commit {sha}.\n'
        self.refs[MAIN] = self.commit([self.head], {}, message, tree=tree)
        return self.head

    def merge_beside(self, side: str, message: str) -> str:
        """A human merges the base branch into theirs and pushes that: its first-parent line is the other."""
        tree = self.merged_tree(self.fork_point(side, self.head), side, self.head)
        self.refs[MAIN] = self.commit([side, self.head], {}, message, tree=tree)
        return self.head

    # --- the forge --------------------------------------------------------------------------------------

    def moved(self, ref: str) -> None:
        """Open pull requests follow their branch, and are closed where it is gone."""
        for pull in self.pulls:
            if f"refs/heads/{pull.branch}" == ref and pull.state == "open" and not pull.fork:
                if ref in self.refs:
                    pull.head = self.refs[ref]
                else:
                    pull.state, pull.closed = "closed", self.now

    def delete_branch(self, branch: str) -> None:
        self.refs.pop(f"refs/heads/{branch}", None)
        self.moved(f"refs/heads/{branch}")

    def push_branch(self, branch: str, sha: str) -> None:
        self.refs[f"refs/heads/{branch}"] = sha
        self.moved(f"refs/heads/{branch}")

    def merge(self, pull: Pull, method: str) -> None:
        """As a human does with the button. Raises Conflict."""
        before = self.head
        base = self.fork_point(self.head, pull.head)
        tree = self.merged_tree(base, self.head, pull.head)
        if method == "merge":
            title = f"Merge pull request #{pull.number}\n\n{pull.title}"
            self.refs[MAIN] = self.commit([self.head, pull.head], {}, title, who=FORGE, tree=tree)
        elif method == "bare":  # a squash whose words a person has written
            self.refs[MAIN] = self.commit([self.head], {}, f"Ship it (#{pull.number})", who=FORGE, tree=tree)
        elif method == "squash":
            said = "".join(f"* {self.commits[sha].commit.message}\n" for sha in self._beyond(base, pull.head))
            self.refs[MAIN] = self.commit(
                [self.head], {}, f"{pull.title} (#{pull.number})\n\n{said}", who=FORGE, tree=tree
            )
        else:
            self._rebase(base, pull)
        pull.state, pull.closed = "merged", self.now
        line = self.chain(self.head)
        self.brought |= dict.fromkeys(line[: line.index(before)], replace(pull))

    def mergeable(self, pull: Pull) -> str:
        """In the forge's words."""
        try:
            self.merged_tree(self.fork_point(self.head, pull.head), self.head, pull.head)
        except Conflict:
            return "dirty"
        said = getattr(self.statuses.get(pull.head), "state", None)
        if pull.draft:
            return "draft"
        if ("review" in self.demands and not pull.approved) or (
            "status" in self.demands and said != "success"
        ):
            return "blocked"
        if "newest" in self.demands and self.head not in self.ancestry(pull.head):
            return "behind"
        return "clean" if said in {None, "success"} else "unstable"

    def merge_what_is_ready(self) -> None:
        """The forge does, where somebody has told it to."""
        for pull in self.open_pulls():
            if pull.merges_by and f"refs/heads/{pull.base}" == MAIN and self.mergeable(pull) == "clean":
                if pull.merges_by == "updater":
                    self.merged.append((replace(pull), self.head, True))
                self.merge(pull, pull.method)

    def _rebase(self, base: str, pull: Pull) -> None:
        tip = self.head
        for sha in self._beyond(base, pull.head):
            made = self.commits[sha].commit
            if len(made.parents) == 1:
                tree = self.merged_tree(made.parents[0], tip, sha)
                tip = self.commit([tip], {}, made.message, who=HUMAN, author=made.author, tree=tree)
        self.refs[MAIN] = tip

    def _beyond(self, base: str, tip: str) -> list[str]:
        """Oldest first."""
        return sorted(self.ancestry(tip) - self.ancestry(base), key=lambda sha: self.commits[sha].number)

    def close(self, pull: Pull) -> None:
        pull.state, pull.closed = "closed", self.now

    def reopen(self, pull: Pull) -> bool:
        """Only while its branch is where it was, and no other is open from it."""
        another = any(p.state == "open" and p.branch == pull.branch and not p.fork for p in self.pulls)
        if pull.state == "closed" and not another and self.refs.get(f"refs/heads/{pull.branch}") == pull.head:
            pull.state, pull.closed, pull.closed_by_us = "open", None, False
            return True
        return False

    def open_pulls(self) -> list[Pull]:
        return [pull for pull in self.pulls if pull.state == "open"]

    def copy(self) -> "World":
        """Another, in which something else may happen from now on."""
        other = replace(
            self,
            images={image: dict(tags) for image, tags in self.images.items()},
            manifests={image: set(digests) for image, digests in self.manifests.items()},
            commits=dict(self.commits),
            blobs=dict(self.blobs),
            refs=dict(self.refs),
            pulls=[replace(pull) for pull in self.pulls],
            statuses=dict(self.statuses),
            comments={number: dict(said) for number, said in self.comments.items()},
            writes=[],
            pushed=list(self.pushed),
            replaced=[],
            merged=[],
            brought=dict(self.brought),
        )
        other._numbers = count(len(self.commits))
        return other

    def state(self) -> object:
        """All that an updater could change."""
        pulls = [astuple(pull) for pull in self.pulls]
        return (
            dict(self.refs),
            pulls,
            dict(self.statuses),
            {number: dict(said) for number, said in self.comments.items()},
        )


@dataclass
class Weather:
    """What goes wrong in one pass."""

    reading: str | None = None
    """`tags`, `empty`, `digest` (of an image), `fetch`, `files`, `history`, `blobs`, `pulls`, `closed`;
    of open pull requests `status`, `comments`, `reviews`, `metadata_history`, `branch_rules`, `conflicts`,
    `changes`."""
    image: str | None = None
    writing: str | None = None
    """`refused`, `silent` (nothing was done), `lost` (done, but nobody heard), `killed` (the same),
    `killed_before`."""
    number: int = 0
    """Which of the pass's writes it strikes."""
    race: Callable[[], None] | None = None
    """What somebody else does just before the first push to the base."""
    before: Callable[[], None] | None = None
    """What somebody else does just before the write of that number."""


def merge_lines(base: bytes, ours: bytes, theirs: bytes) -> bytes:
    """Three ways, line by line; lines may be added or taken away on one side only. Raises Conflict."""
    texts = [data.splitlines(keepends=True) for data in (base, ours, theirs)]
    if len({len(lines) for lines in texts}) == 1:
        return b"".join(_line(*three) for three in zip(*texts, strict=True))
    raise Conflict


def _line(base: bytes, ours: bytes, theirs: bytes) -> bytes:
    if theirs in {ours, base}:
        return ours
    if ours == base:
        return theirs
    raise Conflict


def _changes(before: Mapping[str, str], after: Mapping[str, str]) -> Mapping[str, FileChange]:
    paths = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    gone = {before[path]: path for path in paths if path not in after}
    return {
        path: FileChange(
            path,
            before.get(path),
            after.get(path),
            gone.get(after[path]) if path not in before else None,
        )
        for path in sorted(paths)
    }


def stamped(moment: datetime) -> str:
    """The tag of an image built then, in Korean time."""
    return f"{moment + timedelta(hours=9):%Y%m%d-%H%M%S}"


@lru_cache(maxsize=100_000)
def pinned(text: bytes, image: str) -> str | None:
    """What a kustomization says of an image, read with as little understanding as will do."""
    found = re.search(rf'- name: {re.escape(image)}\n +newTag: "?([^"\n]*)"?\n', text.decode())
    return found[1] if found else None
