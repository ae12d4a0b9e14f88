"""The outside world as Protocols, reader and writer apart, so that a stage that reads cannot write.

Adapters raise `Unavailable` or `Refused` (and pushes `LostRace`), each with a sentence; nothing else
leaves them except a bug.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeAlias

from updater.errors import UpdaterError
from updater.model import (
    Application,
    Applications,
    BranchRules,
    ClosePullRequest,
    Comment,
    CommitDraft,
    CommitRange,
    CommitStatus,
    File,
    FileChange,
    HeadFiles,
    Heads,
    History,
    Image,
    ImageConfig,
    ImageDate,
    Listing,
    MergePullRequest,
    MetadataItem,
    MonitoringAnswer,
    MonitoringQuestion,
    OpenPullRequest,
    PathPatterns,
    PullRequest,
    Referrer,
    RefUpdate,
    ReviewState,
    SeenDigest,
    SetAutoMerge,
    SetMetadata,
    Signatory,
    Signed,
    UpdatePullRequest,
)
from updater.value_class import value_class

Ends: TypeAlias = Callable[[Sequence[str]], tuple[str, str] | None]
"""Of some tags the second-newest and the newest; None where the order of their text does not tell."""


@value_class
class TagOrder:
    """How somebody reads the tags of an image, and how many of the newest are enough for that."""

    rank: Callable[[str], Any]
    """None for a tag that is not read; else something that grows with how new it is."""
    by_text: bool
    """Whether that is the order of the text."""
    most: int


@value_class
class TagOrders:
    """Ends, and which tags of a long list are to be kept."""

    ends: Ends
    orders: tuple[TagOrder, ...]

    def __call__(self, tags: Sequence[str]) -> tuple[str, str] | None:
        return self.ends(tags)


class Clock(Protocol):
    def __call__(self) -> datetime:
        """Now, with a zone."""


class RegistryReader(Protocol):
    def listing(self, image: Image, ends: Ends, *, counts: bool = True) -> Listing:
        """The tags of the image: all, or of a long list the newest by TagOrders and that others are there.

        `ends` may save requests: of a long list only the end is read most times. Where it does not count, it
        is none of the equal listings in a row that make a shorter list true.
        """

    def clock_offset(self, registry: str) -> float | None:
        """How many seconds its clock was ahead of ours when last heard; None where it told nothing."""

    def digest(self, image: Image, tag: str) -> str | None:
        """The digest the tag points to, `sha256:…`; None where the registry has no such tag (yet).

        A tag with a digest, `main@sha256:…`, asks whether that image is (still) there.
        """

    def image(self, image: Image, tag: str) -> ImageConfig | None:
        """What the image says of itself that the tag points to; None where there is no such tag (yet)."""

    def seen_digest(self, image: Image, tag: str) -> SeenDigest | None:
        """Where the tag pointed when `see_digest` last looked; None: it never has."""

    def see_digest(self, image: Image, tag: str) -> SeenDigest:
        """Look where a running tag points, and remember it."""

    def dates(self, image: Image, tags: Sequence[str], *, most: int) -> Mapping[str, ImageDate | None]:
        """What these tags point to, as last seen; at most so many are looked at anew, the last ones first.

        None: there is no such tag (yet). A tag that is missing in the answer was not looked at.
        """


class ReferrerReader(Protocol):
    def attached(self, image: Image, digest: str) -> Iterator[Referrer | UpdaterError]:
        """What may be signatures of that manifest, of bounded number and size, read as they are taken.

        An error stands for what could not be read.
        """


class Signatures(Protocol):
    def signed(self, image: Image, digest: str, by: Sequence[Signatory]) -> Signed:
        """Whether one of these has signed that manifest. Raises where that cannot be said."""


class RepositoryReader(Protocol):
    def fetch(self) -> Heads:
        """Bring the clone up to date: branch heads (`refs/heads/…`) and our refs (`refs/updater/…`)."""

    def files(
        self, commit: str, paths: Collection[str], also: Container[str] = ()
    ) -> Mapping[str, File | UpdaterError | None]:
        """Those files as of a commit; None where there is none, an error for a symlink or a folder.

        Of those that are `also` asked for only what is there is told.
        """

    def matching(self, commit: str, patterns: PathPatterns) -> HeadFiles:
        """The files of a commit that match; of one pattern at most MOST_FILES, the first by name."""

    def earlier(self, commit: str, paths: Collection[str]) -> Mapping[str, tuple[bytes, ...]]:
        """What those files said before that commit, the newest first; only a few texts of each."""

    def history(self, tips: Sequence[str], paths: Collection[str], *, since: datetime) -> History:
        """The commits reachable from the tips, with their changes of these paths (exact renames followed).

        Goes back to `since`, and further until every path has three changes or its first.
        """

    def conflicts(self, base: str, head: str) -> bool:
        """Whether the two no longer merge without a person."""

    def changes(self, old: str, new: str) -> tuple[FileChange, ...]:
        """The files that differ between two commits; nothing is taken for a rename."""

    def touched(self, old: str, new: str) -> frozenset[str] | None:
        """Every path that a commit between the two changed, on whatever line, also where that was undone.

        None: `new` does not come after `old` on its own line (of first parents), or too much lies between.
        """

    def blobs(self, ids: Collection[str]) -> Mapping[str, bytes]:
        """The contents of blobs by id."""


class RepositoryWriter(Protocol):
    def push(self, updates: Sequence[RefUpdate], *, atomic: bool) -> Mapping[str, UpdaterError | None]:
        """Make the drafts into commits and push the refs with exact leases; the result by ref.

        A RefUpdate without drafts moves its ref to the new tip of the update before it. An atomic push gives
        every ref the same kind of answer; but where the host refuses refs outside heads, ours is refused and
        the others are pushed. Raises where the remote could not be reached, or refuses the repository.
        """

    def is_mine(self, commit: str) -> bool:
        """Whether this process has made it."""

    def tip(self, ref: str) -> str | None:
        """Where the remote's ref is, as of the last fetch or push."""

    def delete(self, ref: str, *, expected: str) -> None:
        """Delete a ref if it is still at that sha; one that is gone already is fine."""


class CommitMaker(Protocol):
    """A forge that makes commits itself, and signs them."""

    def commit(self, branch: str, onto: str, draft: CommitDraft) -> str:
        """Make the draft the new head of a branch that is at `onto`; its sha. LostRace where it is not."""


class ForgeReader(Protocol):
    def logins(self) -> frozenset[str]:
        """All whom we act as there; none, or Refused, where that cannot be told."""

    def unnamed(self) -> bool:
        """Whether, when that was asked last, one more of us did not tell its name."""

    def pull_requests(self) -> tuple[PullRequest, ...]:
        """All open pull requests and the recently closed ones."""

    def closed_pull_requests(self, branch: str) -> tuple[PullRequest, ...]:
        """The closed and merged pull requests with this head branch, newest first."""

    def status(self, sha: str) -> CommitStatus | None:
        """What our commit status says there; None where it says nothing."""

    def comments(self, number: int) -> Mapping[str, str]:
        """The texts of our keyed comments, by key."""

    def reviews(self, number: int) -> ReviewState:
        """How reviewers and the forge see it."""

    def branch_rules(self, branch: str) -> BranchRules:
        """What the token may do there, and what the branch demands."""

    def changed_files(self, number: int, head: str) -> tuple[str, ...]:
        """The paths a pull request changes at that head, before and after a rename."""

    def metadata_history(self, number: int) -> frozenset[MetadataItem]:
        """All labels, reviewers, assignees and milestones it ever had."""


class SourceCommitReader(Protocol):
    """The repositories on one forge that images are built from, named `owner/name`."""

    def checks(self, repository: str, sha: str) -> Mapping[str, str]:
        """How each check run and status stands: `success`, `pending` or `failure`."""

    def comparison(self, repository: str, base: str, head: str) -> str:
        """The head is `ahead`, `behind`, `identical` or `diverged`."""

    def commits(self, repository: str, base: str, head: str) -> CommitRange:
        """What lies between the two."""

    def message(self, repository: str, sha: str) -> str:
        """The whole message of a commit."""


class ForgeWriter(Protocol):
    def open(self, step: OpenPullRequest) -> str:
        """Open it, or find the one a former pass opened; its URL."""

    def set_metadata(self, step: SetMetadata) -> str:
        """Give it what it never had; its URL."""

    def update(self, step: UpdatePullRequest) -> str:
        """Set title and body; its URL."""

    def close(self, step: ClosePullRequest) -> str:
        """Write the reason into its marker, then close it; its URL."""

    def set_status(self, sha: str, status: CommitStatus) -> None:
        """Set our commit status."""

    def comment(self, step: Comment) -> None:
        """Say it, or edit what was said by that key."""

    def set_auto_merge(self, step: SetAutoMerge) -> str:
        """Switch the forge's own merging on, for this head, or off; what it refuses is told once. Its URL."""

    def merge(self, step: MergePullRequest) -> str:
        """Merge it if its head is still that; its URL."""


class ApplicationReader(Protocol):
    def applications(self, wanted: Applications) -> tuple[Application, ...]:
        """Those Applications as Argo CD sees them; empty where a pattern or selector finds none."""


class ApplicationRefresher(Protocol):
    def refresh(self, wanted: Iterable[Applications]) -> None:
        """Have Argo CD look at the repository now; all that can be are, before one that cannot raises."""


class ReceiverCaller(Protocol):
    def call(self, receiver: str) -> None:
        """Tell the Flux receiver of that name, which is not its address, that there is something new."""


class MonitoringReader(Protocol):
    def ask(
        self, questions: Collection[MonitoringQuestion]
    ) -> Mapping[MonitoringQuestion, MonitoringAnswer | UpdaterError]:
        """Answer all of them, in as few requests as can be; an error for what could not be answered."""
