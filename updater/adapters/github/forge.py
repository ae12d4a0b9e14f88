"""To read and write the pull requests of one GitHub repository. I/O."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from github.PullRequest import PullRequest as GitHubPullRequest
from github.Repository import Repository

from updater.adapters.api_connection import ApiConnection
from updater.adapters.cache import BoundedCache
from updater.adapters.github.actors import Actor, gateway_of
from updater.adapters.github.auto_merge import AutoMerging
from updater.adapters.github.branch_rules import GitHubBranchRules
from updater.adapters.github.comments import GitHubComments
from updater.adapters.github.commits import GitHubCommitMaker
from updater.adapters.github.errors import ApiTarget, web
from updater.adapters.github.lists import Lists
from updater.adapters.github.metadata import GitHubMetadata
from updater.adapters.github.reviews import GitHubReviews
from updater.adapters.github.shapes import pull_request
from updater.adapters.github.statuses import GitHubStatuses
from updater.adapters.limits import RateLimits
from updater.adapters.metadata_upserts import MetadataUpserts
from updater.adapters.openings import still_open
from updater.adapters.proposal_texts import ProposalTexts
from updater.adapters.upserting_forge import UpsertingForge
from updater.adapters.upserts import CommentUpserts, StatusUpserts
from updater.errors import Refused, Unavailable, UpdaterError
from updater.model import (
    BranchRules,
    CommitDraft,
    MergePullRequest,
    MetadataItem,
    OpenPullRequest,
    PullRequest,
    PullRequestMetadata,
    ReviewState,
    SetAutoMerge,
    SetMetadata,
)

_TERMS_LAST = timedelta(minutes=10)


class GitHubForge(UpsertingForge):
    """A forge's reader and writer (see ports). Keep one per repository: it knows what has not changed.

    Give those with the same token the same `limits`. `context` names our commit status. `login` tells whom
    the token acts as, where the token itself does not, and `granted` what it may do. `others` are further
    Apps, who share the work. The first alone makes commits, which we know by its name, and sets statuses: a
    branch may demand one of a certain App, and another's would leave what that one said.
    `warn` is told, in a sentence, what failed around a pull request that was opened all the same.
    """

    def __init__(
        self,
        repository: str,
        *,
        api: str = "https://api.github.com",
        token: Callable[[], str],
        login: Callable[[], str] | None = None,
        granted: Callable[[], Mapping[str, str]] | None = None,
        context: str = "updater/gates",
        connection: ApiConnection = ApiConnection(),  # noqa: B008 - a frozen value
        warn: Callable[[str], None] = lambda _sentence: None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        limits: RateLimits | None = None,
        others: Sequence[Actor] = (),
    ) -> None:
        api = api.rstrip("/")
        place = ApiTarget.of(api, repository)
        first = Actor(token, limits or RateLimits(place.host, clock), login or self.login)
        self._others = others
        self._gateway = gateway_of(place, api, (first, *others), connection=connection, warn=warn)
        self._root = f"/repos/{repository}"
        self._web = f"{web(api)}/{repository}"
        self._owner = repository.partition("/")[0]
        self._auto_merging = AutoMerging(self._gateway, self._root, warn)
        self._lists = Lists(self._gateway, pull_request)
        self._commits = GitHubCommitMaker(self._gateway.by(None), place)
        self._statuses = StatusUpserts(GitHubStatuses(self._gateway.by(None), self._root, context))
        self._comments = CommentUpserts(GitHubComments(self._gateway, self._root, self))
        self._standings = GitHubReviews(self._gateway, self._root, self._auto_merging.queued_by)
        self._files = Lists(self._gateway, _paths)
        self._changed: BoundedCache[tuple[int, str], tuple[str, ...]] = BoundedCache()
        self._metadata = MetadataUpserts(GitHubMetadata(self._gateway, self._root, warn), warn)
        self._terms = GitHubBranchRules(self._gateway, self._root, granted)
        self._told_terms: dict[str, tuple[BranchRules, datetime]] = {}
        self._clock = clock
        self._texts = ProposalTexts(self)
        self._login: str | None = None
        self._asked_with: str | None = None
        self._told_login = login
        self._unnamed = False

    def disconnect(self) -> None:
        self._gateway.close()

    def pull_requests(self) -> tuple[PullRequest, ...]:
        """All open pull requests and the hundred that changed last of the closed ones, by number."""
        path = f"{self._root}/pulls"
        opened = tuple(self._lists.whole(path, {"state": "open"}, keep=True))
        recent = {"state": "closed", "sort": "updated", "direction": "desc"}
        closed = self._lists.first(path, recent, keep=True)
        return self._texts.learn((*opened, *closed))

    def closed_pull_requests(self, branch: str) -> tuple[PullRequest, ...]:
        """The closed and merged pull requests with this head branch, newest first, a hundred at most."""
        query = {"state": "closed", "head": f"{self._owner}:{branch}", "sort": "created", "direction": "desc"}
        found = self._lists.first(f"{self._root}/pulls", query)
        return tuple(each for each in found if each.branch == branch and each.same_repository)

    def login(self) -> str | None:
        """Whom the token acts as (another, perhaps, once it is changed); None where it may not ask that."""
        if self._asked_with is None or self._asked_with != self._gateway.shown:
            self._login = self._ask_login()
            self._asked_with = self._gateway.shown
        return self._login

    def logins(self) -> frozenset[str]:
        """Those that can be told. Raises Unavailable where no App tells its: anybody can write our mark."""
        if self._told_login is None:
            return super().logins()
        told, failed = set[str | None](), list[UpdaterError]()
        for ask in (self._told_login, *(each.login for each in self._others)):
            try:
                told.add(ask())
            except UpdaterError as error:
                failed.append(error)
        self._unnamed = bool(failed)
        if not told:
            raise Unavailable(failed[0].sentence, reason=failed[0].reason)
        return frozenset(login for login in told if login)

    def unnamed(self) -> bool:
        return self._unnamed

    def metadata_history(self, number: int) -> frozenset[MetadataItem]:
        """Everything it ever bore, and what GitHub has refused to give it."""
        return self._metadata.of(number)

    def changed_files(self, number: int, head: str) -> tuple[str, ...]:
        return self._changed.get((number, head), lambda: self._read_files(number))

    def _read_files(self, number: int) -> tuple[str, ...]:
        pairs = self._files.whole(f"{self._root}/pulls/{number}/files", {})
        return tuple(path for pair in pairs for path in pair if path)

    def set_metadata(self, step: SetMetadata) -> str:
        self._metadata.set(step.number, step.metadata)
        return self._url(step.number)

    def branch_rules(self, branch: str) -> BranchRules:
        """They change when an administrator changes them: asked again after a while."""
        known, until = self._told_terms.get(branch, (None, None))
        if known is None or until is None or self._clock() >= until:
            known = self._terms.of(branch)
            self._told_terms[branch] = (known, self._clock() + _TERMS_LAST)
        return known

    def open(self, step: OpenPullRequest) -> str:
        """Open it, or adopt the one that is open from this branch to this base; its URL.

        Labels and reviewers it never had are set, also where a former process died before it came to that.
        """
        found = self._find(step) or self._create(step)
        if isinstance(found, PullRequest):
            self._texts.adopt(found, title=step.title, body=step.body)
            number, url = found.number, found.url
        else:
            number, url = found
            self._metadata.note_new(number)
        known = self._texts.known(number)
        if step.metadata.without(known.metadata_items if known else ()) != PullRequestMetadata():
            self._metadata.set(number, step.metadata)
        return url

    def reviews(self, number: int) -> ReviewState:
        return self._standings.of(number)

    def set_auto_merge(self, step: SetAutoMerge) -> str:
        self._auto_merging.set(step.number, step.sha, step.method)
        return self._url(step.number)

    def merge(self, step: MergePullRequest) -> str:
        """Refused with the code `not_mergeable` and GitHub's words where it does not want to."""
        with self._gateway.sense():
            self._pull(step.number).merge(merge_method=step.method, sha=step.sha)
        self._texts.note(step.number, state="merged")
        return self._url(step.number)

    def _url(self, number: int) -> str:
        return self._texts.url(number, f"{self._web}/pull/{number}")

    def commit(self, branch: str, onto: str, draft: CommitDraft) -> str:
        """Signed by GitHub; the author is whom the token acts as."""
        return self._commits.make(branch, onto, draft)

    def _ask_login(self) -> str | None:
        if self._told_login:
            return self._told_login()
        try:
            _, _, body = self._gateway.requestJson("GET", "/user")
        except Refused as refused:
            if refused.code != "forge_forbidden":
                raise
            return None
        with self._gateway.sense():
            if not isinstance(login := json.loads(body)["login"], str):
                raise TypeError("no login")
            return login

    def _find(self, step: OpenPullRequest) -> PullRequest | None:
        """Raises LostRace where another has opened it, and it is over, since this process has read them."""
        query = {"state": "all", "head": f"{self._owner}:{step.branch}", "base": step.base}
        return still_open(self._lists.first(f"{self._root}/pulls", query), step, self._texts.newest)

    def _create(self, step: OpenPullRequest) -> PullRequest | tuple[int, str]:
        repository = Repository(self._gateway, {}, {"url": self._root}, completed=True)
        try:
            with self._gateway.sense():
                made = repository.create_pull(
                    step.base, step.branch, title=step.title, body=step.body, draft=step.draft
                )
                return int(made.number), str(made.html_url)
        except Refused as refused:
            found = self._find(step) if "already exists" in refused.sentence else None
            if found is None:
                raise
            return found

    def read_pull(self, number: int) -> PullRequest:
        _, _, body = self._gateway.requestJson("GET", f"{self._root}/pulls/{number}")
        with self._gateway.sense():
            return pull_request(json.loads(body))

    def send_texts(self, number: int, texts: Mapping[str, str], _known: PullRequest | None) -> str:
        return self._send(number, **texts)

    def send_closing(self, number: int) -> str:
        return self._send(number, state="closed")

    def _send(self, number: int, **fields: str) -> str:
        pull = self._pull(number)
        with self._gateway.sense():
            pull.edit(**fields)  # type: ignore[arg-type]  # title, body or state: all texts
            return str(pull.html_url)

    def _pull(self, number: int) -> GitHubPullRequest:
        """Nothing is read: it only knows where to write."""
        places = {"url": f"{self._root}/pulls/{number}", "issue_url": f"{self._root}/issues/{number}"}
        return GitHubPullRequest(self._gateway, {}, places, completed=True)


def _paths(content: Mapping[str, Any]) -> tuple[str, str | None]:
    """Now and, where it was moved, before."""
    return str(content["filename"]), content.get("previous_filename")
