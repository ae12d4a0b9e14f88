"""To read and write the pull requests of one repository of Bitbucket Cloud. I/O."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from updater.adapters.api_connection import ApiConnection
from updater.adapters.bitbucket.activity import BitbucketActivity
from updater.adapters.bitbucket.branch_rules import BitbucketBranchRules
from updater.adapters.bitbucket.comments import BitbucketComments
from updater.adapters.bitbucket.commit_ids import CommitIds
from updater.adapters.bitbucket.errors import BITBUCKET_WORDS
from updater.adapters.bitbucket.gateway import BitbucketGateway, Query
from updater.adapters.bitbucket.merging import BitbucketMerging
from updater.adapters.bitbucket.metadata import BitbucketMetadata
from updater.adapters.bitbucket.reviews import BitbucketReviews
from updater.adapters.bitbucket.shapes import account, pull_request, references
from updater.adapters.bitbucket.statuses import BitbucketStatuses
from updater.adapters.cache import BoundedCache
from updater.adapters.dressing_forge import DressingForge
from updater.adapters.forge_errors import ForgeTarget
from updater.adapters.limits import RateLimits
from updater.adapters.metadata_upserts import MetadataUpserts
from updater.adapters.openings import still_open
from updater.adapters.proposal_texts import ProposalTexts
from updater.adapters.upserts import CommentUpserts, StatusUpserts
from updater.errors import Refused
from updater.model import (
    BranchRules,
    MergePullRequest,
    OpenPullRequest,
    PullRequest,
    ReviewState,
    SetAutoMerge,
)
from updater.reasons import failure_reasons

_RECENT = 100
_OVER: Query = (("state", "MERGED"), ("state", "DECLINED"))
"""One that is superseded says nothing of its tag: another from the same branch has taken its place."""
_WITH_REVIEWERS: Query = (("fields", "+values.reviewers,-values.rendered"),)
"""Lists are without, unless they are asked for."""


class BitbucketForge(DressingForge):
    """A forge's reader and writer (see ports). Keep one per repository: it knows what has not changed.

    Give those with the same token the same `limits`. `context` names our build status; the head branches
    that may be ours begin with one of `prefixes`: of others nobody asks for the heads they had, nor when they
    were declined. `mail` is that of the API token's user; an access token has none. `warn` is told, in a
    sentence, what failed around a pull request that was opened all the same.
    """

    def __init__(
        self,
        repository: str,
        *,
        api: str = "https://api.bitbucket.org/2.0",
        token: Callable[[], str],
        mail: str | None = None,
        context: str = "updater/gates",
        prefixes: tuple[str, ...] = ("",),
        connection: ApiConnection = ApiConnection(),  # noqa: B008 - a frozen value
        warn: Callable[[str], None] = lambda _sentence: None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        limits: RateLimits | None = None,
    ) -> None:
        api = api.rstrip("/")
        place = ForgeTarget.of(BITBUCKET_WORDS, api, repository)
        limits = limits or RateLimits(place.host, clock, forge="Bitbucket")
        self._gateway = gateway = BitbucketGateway(
            place, api, token, mail=mail, limits=limits, connection=connection
        )
        self._root = root = f"/repositories/{quote(repository)}"
        self._page = f"{api.removesuffix('/2.0').replace('://api.', '://')}/{repository}"
        self._prefixes = prefixes
        self._texts = ProposalTexts(self)
        self._commits = CommitIds(gateway, root)
        self._activity = BitbucketActivity(gateway, root)
        self._terms = BitbucketBranchRules(gateway, root, self.login)
        self._merging = BitbucketMerging(gateway, root, self._commits, clock)
        self._standings = BitbucketReviews(gateway, root, self._terms, self._merging)
        self._statuses = StatusUpserts(BitbucketStatuses(gateway, root, context, f"{self._page}/commits"))
        self._comments = CommentUpserts(BitbucketComments(gateway, root, self._writes_as))
        self._metadata = MetadataUpserts(BitbucketMetadata(gateway, root, self._activity), warn)
        self._changed: BoundedCache[tuple[int, str], tuple[str, ...]] = BoundedCache()
        self._reviewers: dict[int, list[Mapping[str, str]]] = {}
        """Of each, when it was read last: whoever does not send them along takes them away."""
        self._login: str | Refused | None = None
        self._asked_with: str | None = None

    def disconnect(self) -> None:
        self._gateway.close()

    # --- reading ----------------------------------------------------------------------------------------

    def pull_requests(self) -> tuple[PullRequest, ...]:
        """All open ones and the hundred that changed last of the closed ones, by number."""
        opened = self._listed([("state", "OPEN")])
        over = self._listed([*_OVER, ("sort", "-updated_on")], _RECENT)
        return self._texts.learn((*opened, *over))

    def closed_pull_requests(self, branch: str) -> tuple[PullRequest, ...]:
        """The closed and merged ones with this head branch, newest first."""
        found = self._listed([*_OVER, _from(branch)])
        return tuple(sorted(found, key=lambda each: each.number, reverse=True))

    def login(self) -> str:
        """Whom the token acts as. Refused where it may not ask: an access token never may."""
        if self._login is None or self._asked_with != self._gateway.shown:
            self._login = self._ask_login()
            self._asked_with = self._gateway.shown
        if isinstance(self._login, Refused):
            raise Refused(self._login.sentence, reason=self._login.reason)
        return self._login

    def branch_rules(self, branch: str) -> BranchRules:
        return self._terms.of(branch)

    def reviews(self, number: int) -> ReviewState:
        return self._standings.of(number)

    def changed_files(self, number: int, head: str) -> tuple[str, ...]:
        return self._changed.get((number, head), lambda: self._read_files(number))

    def read_pull(self, number: int) -> PullRequest:
        found = self._gateway.read(f"{self._root}/pullrequests/{number}")
        with self._gateway.sense():
            self._reviewers[number] = references(found.get("reviewers"))
            return self._whole(pull_request(found))

    # --- writing ----------------------------------------------------------------------------------------

    def set_auto_merge(self, step: SetAutoMerge) -> str:
        raise Refused(
            f"Bitbucket is not told to merge #{step.number} by itself: its API cannot",
            reason=failure_reasons.NOT_SUPPORTED,
        )

    def merge(self, step: MergePullRequest) -> str:
        """Refused with the code `not_mergeable` and Bitbucket's words where it does not want to."""
        self._merging.merge(step)
        self._texts.note(step.number, state="merged")
        return self._url(step.number)

    def send_texts(self, number: int, texts: Mapping[str, str], known: PullRequest | None) -> str:
        """With those who review it, who would be taken away otherwise; and with a title, which it wants."""
        fields: dict[str, Any] = {"type": "pullrequest", "reviewers": self._reviewers.get(number, [])}
        if title := texts.get("title") or (known.title if known else ""):
            fields["title"] = title
        if "body" in texts:
            fields["description"] = texts["body"]
        self._gateway.send("PUT", f"{self._root}/pullrequests/{number}", fields)
        return self._url(number)

    def send_closing(self, number: int) -> str:
        """Bitbucket calls it to decline; nobody can take that back."""
        self._gateway.send("POST", f"{self._root}/pullrequests/{number}/decline", {})
        return self._url(number)

    # --- how --------------------------------------------------------------------------------------------

    def _listed(self, query: Query, most: int | None = None) -> list[PullRequest]:
        with self._gateway.sense():
            found = self._gateway.listed(f"{self._root}/pullrequests", [*query, *_WITH_REVIEWERS], most)
            return [self._whole(pull_request(each)) for each in found]

    def _whole(self, pull: PullRequest) -> PullRequest:
        """What Bitbucket does not say in lists, of those that may be ours, and of the heads of open ones."""
        if not pull.same_repository:
            return pull
        ours = pull.branch.startswith(self._prefixes)
        if ours and pull.state == "closed":
            pull = replace(pull, closed=self._activity.declined(pull.number))
        return replace(pull, head=self._commits.whole(pull.head)) if ours or pull.state == "open" else pull

    def _ask_login(self) -> str | Refused:
        try:
            found = self._gateway.read("/user")
        except Refused as refused:
            if refused.reason == failure_reasons.FORGE_UNAUTHORIZED:
                raise
            return refused
        with self._gateway.sense():
            return account(found)

    def _writes_as(self, number: int) -> str:
        """Where nobody tells whom we act as: as whoever has opened it, for those are we."""
        try:
            return self.login()
        except Refused:
            known = self._texts.known(number) or self.read_pull(number)
            return known.author

    def _read_files(self, number: int) -> tuple[str, ...]:
        """The address of a pull request's own list is a redirection, which is not followed."""
        with self._gateway.sense():
            pull = self._gateway.read(f"{self._root}/pullrequests/{number}")
            ends = (str(pull[end]["commit"]["hash"]) for end in ("source", "destination"))
            found = self._gateway.listed(f"{self._root}/diffstat/{'..'.join(ends)}")
            both = ((each.get("new"), each.get("old")) for each in found)
            return tuple(dict.fromkeys(str(file["path"]) for pair in both for file in pair if file))

    def _url(self, number: int) -> str:
        return self._texts.url(number, f"{self._page}/pull-requests/{number}")

    def _find(self, step: OpenPullRequest) -> PullRequest | None:
        """Raises LostRace where another has opened it, and it is over, since this process has read them."""
        found = self._listed([("state", "OPEN"), *_OVER, _from(step.branch)])
        return still_open(found, step, self._texts.newest)

    def _create(self, step: OpenPullRequest) -> tuple[int, str]:
        fields = {
            "type": "pullrequest",
            "title": step.title,
            "description": step.body,
            "source": {"branch": {"name": step.branch}},
            "destination": {"branch": {"name": step.base}},
            "close_source_branch": False,
            "draft": step.draft,
        }
        try:
            made = self._gateway.send("POST", f"{self._root}/pullrequests", fields)
        except Refused as refused:
            found = self._find(step) if refused.reason == failure_reasons.FORGE_REJECTED else None
            if found is None:
                raise
            return found.number, self._texts.adopt(found, title=step.title, body=step.body)
        with self._gateway.sense():
            return int(made["id"]), str(made["links"]["html"]["href"])


def _from(branch: str) -> tuple[str, str]:
    escaped = branch.replace("\\", "\\\\").replace('"', '\\"')
    return "q", f'source.branch.name = "{escaped}"'
