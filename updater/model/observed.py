"""What observe reads of the world, before it means anything. Pure values."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import field
from datetime import datetime
from functools import lru_cache
from typing import Literal, TypeAlias, TypeVar

from updater.errors import UpdaterError
from updater.model.names import Image
from updater.model.tag_sums import TagSums
from updater.reasons import Reason, failure_reasons
from updater.value_class import value_class

T = TypeVar("T")


@value_class
class Unreadable:
    """A reading that failed. A value, so that it cannot kill its siblings."""

    why: str
    transient: bool
    reason: Reason = failure_reasons.UNREADABLE
    port: str = ""
    """Who did not answer: `registry`, `repository`, `forge` or another port; empty while nobody has said."""

    @classmethod
    def of(cls, error: UpdaterError, *, transient: bool) -> Unreadable:
        return cls(error.sentence, transient, error.reason)

    @property
    def code(self) -> str:
        return self.reason.code


Reading: TypeAlias = T | Unreadable


@value_class
class Referrer:
    """What a registry holds beside an image, and may be a signature. Anybody who may push can write it."""

    kind: Literal["bundle", "payload"]
    """Of Sigstore; or what cosign 2 signs, whose signature is an annotation."""
    content: bytes = field(repr=False)
    annotations: Mapping[str, str] = field(default_factory=dict)


_ASKED = 32
"""Questions whose answers one history or listing remembers: one for each environment, mostly."""


@value_class
class FileChange:
    """One file in one commit, against the commit's first parent. None: not there."""

    path: str
    old: str | None
    new: str | None
    """Blob ids."""
    renamed_from: str | None = None
    """Where the very same blob stood before, if the commit moved it."""


@value_class
class Commit:
    sha: str
    parents: tuple[str, ...]
    author: str
    """`Name <mail>`, as all identities here."""
    committer: str
    time: datetime
    """The committer's date, as claimed."""
    message: str
    changes: Mapping[str, FileChange] = field(default_factory=dict)
    """By path; only of the files asked for and those they were renamed from."""

    @property
    def subject(self) -> str:
        return self.message.partition("\n")[0]


@value_class
class History:
    """The commits reachable from some tips, by sha."""

    commits: Mapping[str, Commit]
    complete: bool
    """False where the walk stopped before the first commit (bounded, or a shallow remote)."""
    _ancestries: dict[str, frozenset[str]] = field(
        init=False, default_factory=dict, compare=False, repr=False
    )

    def ancestry(self, tip: str) -> frozenset[str]:
        """Of these commits, those that one contains, itself among them; remembered, as it stays so."""
        if tip not in self._ancestries:
            if len(self._ancestries) >= _ASKED:
                self._ancestries.clear()
            self._ancestries[tip] = _ancestry(self.commits, tip)
        return self._ancestries[tip]


def _ancestry(commits: Mapping[str, Commit], tip: str) -> frozenset[str]:
    seen, ahead = set[str](), [tip]
    while ahead:
        sha = ahead.pop()
        if sha not in seen and sha in commits:
            seen.add(sha)
            ahead += commits[sha].parents
    return frozenset(seen)


QUEUES = "refs/heads/gh-readonly-queue/"
"""Below it GitHub's merge queues try what they are about to merge."""


@value_class
class Heads:
    """The refs of a repository as one fetch saw them: full name to sha."""

    refs: Mapping[str, str]


@value_class
class File:
    """One file of the base branch's head."""

    path: str
    data: bytes
    blob: str
    mode: str
    sealed_by: str | None = None
    """The path of a signature or a list of checksums that covers it."""
    locked_by: str | None = None
    """The path of a Chart.lock that covers the versions of charts in it."""


STEADY = 3
"""So many full lists in a row must have lost nothing before what is missing is believed to be gone."""


@value_class
class Listing:
    """The tags one registry lists for one image, in no order that means anything.

    Of a long list only the newest are kept; of all others it can be asked whether they are there.
    """

    image: Image
    text: str
    """A tag a line: a thousand tags are one string, not a thousand."""
    steady: int = STEADY
    """So many full lists in a row, this one among them, have lost no tag; STEADY at most."""
    sums: TagSums | None = field(default=None, compare=False, repr=False)
    """Of all that is listed, where not all is kept."""
    _above: dict[str, tuple[str, ...]] = field(init=False, default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(
        cls, image: Image, tags: Iterable[str], steady: int = STEADY, sums: TagSums | None = None
    ) -> Listing:
        """Of tags as a registry names them; what has a line break in it is none."""
        named = list(tags)
        text = "\n".join(named)
        if "" in named or text.count("\n") >= len(named):  # rarely, so all are looked at only then
            text = "\n".join(tag for tag in named if tag and "\n" not in tag)
        return cls(image, text, steady, sums)

    @property
    def tags(self) -> tuple[str, ...]:
        """Those that are kept."""
        return _lines(self.text)

    def above(self, text: str) -> tuple[str, ...]:
        """Of those that are kept, what sorts behind this; remembered, since each pass asks the same."""
        found = self._above.get(text)
        if found is None:
            found = tuple([tag for tag in self.tags if tag > text])
            if len(self._above) >= _ASKED:
                self._above.clear()
            self._above[text] = found
        return found

    @property
    def is_cut(self) -> bool:
        return self.sums is not None

    def __len__(self) -> int:
        if self.sums is not None:
            return len(self.sums)
        return self.text.count("\n") + 1 if self.text else 0

    def __contains__(self, tag: str) -> bool:
        if self.sums is not None:
            return tag in self.sums
        is_last = self.text.endswith(f"\n{tag}")  # as what runs often is
        return is_last or f"\n{tag}\n" in f"\n{self.text}\n"

    def has_all_of(self, other: Listing) -> bool:
        if other.sums is None:
            there = self if self.sums is not None else frozenset(self.tags)
            return all(tag in there for tag in other.tags)
        return self.sums is not None and other.sums <= self.sums


@lru_cache(maxsize=16)
def _lines(text: str) -> tuple[str, ...]:
    """A decision looks at the same few lists several times."""
    return tuple(text.split("\n")) if text else ()


MetadataItem: TypeAlias = tuple[Literal["label", "reviewer", "assignee", "milestone"], str]
"""One thing a pull request may bear; names in lower case, as forges compare them."""


@value_class
class PullRequestMetadata:
    """What a pull request bears beside its words."""

    labels: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    """Logins; a team is `team:` and its name."""
    assignees: tuple[str, ...] = ()
    milestone: str | None = None

    @property
    def as_items(self) -> frozenset[MetadataItem]:
        return frozenset(
            (
                *(("label", name.lower()) for name in self.labels),
                *(("reviewer", name.lower()) for name in self.reviewers),
                *(("assignee", name.lower()) for name in self.assignees),
                *((("milestone", self.milestone.lower()),) if self.milestone else ()),
            )
        )

    def only(self, kinds: Collection[str]) -> PullRequestMetadata:
        """What of it a forge has whose pull requests bear nothing but these."""
        return PullRequestMetadata(
            self.labels if "labels" in kinds else (),
            self.reviewers if "reviewers" in kinds else (),
            self.assignees if "assignees" in kinds else (),
            self.milestone if "milestone" in kinds else None,
        )

    def without(self, had: Collection[MetadataItem]) -> PullRequestMetadata:
        """What of it is not among those."""
        return PullRequestMetadata(
            tuple(name for name in self.labels if ("label", name.lower()) not in had),
            tuple(name for name in self.reviewers if ("reviewer", name.lower()) not in had),
            tuple(name for name in self.assignees if ("assignee", name.lower()) not in had),
            self.milestone if self.milestone and ("milestone", self.milestone.lower()) not in had else None,
        )


@value_class
class ImageDate:
    """What a tag was last seen to point to, and when that image was created (None: nothing plausible)."""

    digest: str
    created: datetime | None


@value_class
class PullRequest:
    """A pull request as the forge lists it, anybody's. Whether it is ours is for interpret to say."""

    number: int
    url: str
    title: str
    body: str
    state: Literal["open", "merged", "closed"]
    branch: str
    head: str
    """The sha of its head."""
    base: str
    """The name of the branch it wants to change."""
    author: str
    same_repository: bool
    labels: frozenset[str] = frozenset()
    draft: bool = False
    created: datetime | None = None
    closed: datetime | None = None
    auto_merge: bool = False
    """Somebody has switched on the forge's own merging when it is ready."""
    merges_by: str | None = None
    """Who has, where the forge says so."""
    metadata_items: frozenset[MetadataItem] = frozenset()
    """What it bears now. Who has reviewed is no longer asked to, so may be missing."""
