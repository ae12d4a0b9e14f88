"""To read and write the pull requests of one repository of Gitea or Forgejo. I/O."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from updater.adapters.api_connection import ApiConnection
from updater.adapters.cache import BoundedCache
from updater.adapters.dressing_forge import DressingForge
from updater.adapters.forge_errors import ForgeTarget
from updater.adapters.gitea.auto_merge import GiteaAutoMerging
from updater.adapters.gitea.branch_rules import GiteaBranchRules
from updater.adapters.gitea.closed import ClosedPullRequests
from updater.adapters.gitea.comments import GiteaComments
from updater.adapters.gitea.errors import GITEA_WORDS, not_merged
from updater.adapters.gitea.gateway import GiteaGateway
from updater.adapters.gitea.metadata import GiteaMetadata
from updater.adapters.gitea.reviews import GiteaReviews
from updater.adapters.gitea.shapes import login, pull_request, titled
from updater.adapters.gitea.squash_words import SquashWords
from updater.adapters.gitea.statuses import GiteaStatuses
from updater.adapters.gitea.timeline import GiteaTimeline
from updater.adapters.limits import RateLimits
from updater.adapters.metadata_upserts import MetadataUpserts
from updater.adapters.openings import still_open
from updater.adapters.proposal_texts import ProposalTexts
from updater.adapters.upserts import CommentUpserts, StatusUpserts
from updater.errors import LostRace, Refused
from updater.model import (
    BranchRules,
    MergePullRequest,
    OpenPullRequest,
    PullRequest,
    ReviewState,
    SetAutoMerge,
)
from updater.reasons import failure_reasons
from updater.times import from_iso

_WIDEST_TITLE = 255
_EXISTS, _CHANGED = "already exists", "already changed"


class GiteaForge(DressingForge):
    """A forge's reader and writer (see ports). Keep one per repository: it knows what has not changed.

    Give those with the same token the same `limits`. `context` names our commit status; the head branches
    that may be ours begin with one of `prefixes`: of others nobody asks who merges them, nor are they kept.
    `warn` is told, in a sentence, what failed around a pull request that was opened all the same.
    """

    def __init__(
        self,
        repository: str,
        *,
        api: str = "https://gitea.com/api/v1",
        token: Callable[[], str],
        context: str = "updater/gates",
        prefixes: tuple[str, ...] = ("",),
        connection: ApiConnection = ApiConnection(),  # noqa: B008 - a frozen value
        warn: Callable[[str], None] = lambda _sentence: None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        limits: RateLimits | None = None,
    ) -> None:
        api = api.rstrip("/")
        place = ForgeTarget.of(GITEA_WORDS, api, repository)
        limits = limits or RateLimits(place.host, clock, forge="Gitea")
        self._gateway = gateway = GiteaGateway(place, api, token, limits=limits, connection=connection)
        self._root = root = f"/repos/{quote(repository)}"
        self._web = f"{api.removesuffix('/api/v1')}/{repository}/pulls"
        self._prefixes = prefixes
        self._texts = ProposalTexts(self)
        self._closed = ClosedPullRequests(gateway, f"{root}/pulls", prefixes)
        self._timeline = GiteaTimeline(gateway, root)
        self._terms = GiteaBranchRules(gateway, root)
        self._standings = GiteaReviews(gateway, root, self._terms)
        self._statuses = StatusUpserts(GiteaStatuses(gateway, root, context))
        self._comments = CommentUpserts(GiteaComments(gateway, root, self.login))
        self._metadata = MetadataUpserts(GiteaMetadata(gateway, root, self._timeline), warn)
        self._words = SquashWords(gateway)
        self._auto_merging = GiteaAutoMerging(gateway, root, self._words, warn)
        self._changed: BoundedCache[tuple[int, str], tuple[str, ...]] = BoundedCache()
        self._versions: dict[int, int] = {}
        """Of bodies, when they were read last."""
        self._login: str | None = None
        self._asked_with: str | None = None

    def disconnect(self) -> None:
        self._gateway.close()

    # --- reading ----------------------------------------------------------------------------------------

    def pull_requests(self) -> tuple[PullRequest, ...]:
        """All open ones and the hundred that changed last of the closed ones, by number."""
        with self._gateway.sense():
            listed = [*self._gateway.pages(f"{self._root}/pulls", {"state": "open"})]
            opened = [self._with_merging(each) for each in listed]
        numbers = frozenset(each.number for each in opened)
        self._timeline.forget_all_but(numbers)
        self._closed.forget(numbers)
        return self._texts.learn((*opened, *self._closed.recent()))

    def closed_pull_requests(self, branch: str) -> tuple[PullRequest, ...]:
        """The closed and merged ones with this head branch, newest first."""
        return self._closed.of(branch)

    def login(self) -> str:
        """Whom the token acts as; another one perhaps after it was changed."""
        if self._login is None or self._asked_with != self._gateway.shown:
            found = self._gateway.read("/user")
            with self._gateway.sense():
                self._login = login(found)
            self._asked_with = self._gateway.shown
        return self._login

    def branch_rules(self, branch: str) -> BranchRules:
        return self._terms.of(branch)

    def reviews(self, number: int) -> ReviewState:
        return self._standings.of(number)

    def changed_files(self, number: int, head: str) -> tuple[str, ...]:
        return self._changed.get((number, head), lambda: self._read_files(number))

    def read_pull(self, number: int) -> PullRequest:
        found = self._gateway.read(f"{self._root}/pulls/{number}")
        with self._gateway.sense():
            self._note_version(number, found)
            return pull_request(found)

    # --- writing ----------------------------------------------------------------------------------------

    def set_auto_merge(self, step: SetAutoMerge) -> str:
        self._auto_merging.set(step.number, step.sha, step.method)
        return self._url(step.number)

    def merge(self, step: MergePullRequest) -> str:
        """Refused with the code `not_mergeable` and Gitea's words where it does not want to."""
        path = f"{self._root}/pulls/{step.number}"
        fields = {"do": step.method, "head_commit_id": step.sha, **self._words.of(path, step.method)}
        try:
            self._gateway.send("POST", f"{path}/merge", fields)
        except Refused as refused:
            raise not_merged(refused) from refused
        self._texts.note(step.number, state="merged")
        return self._url(step.number)

    def send_texts(self, number: int, texts: Mapping[str, str], known: PullRequest | None) -> str:
        """A draft stays one."""
        fields: dict[str, Any] = dict(texts)
        if "title" in texts:
            fields["title"] = _checked(titled(texts["title"], draft=known is not None and known.draft))
        if "body" in texts and number in self._versions:
            fields["content_version"] = self._versions[number]
        return self._send(number, fields)

    def send_closing(self, number: int) -> str:
        return self._send(number, {"state": "closed"})

    # --- how --------------------------------------------------------------------------------------------

    def _with_merging(self, content: Mapping[str, Any]) -> PullRequest:
        """Only what happened to it tells whether Gitea is to merge it."""
        pull = pull_request(content)
        if not pull.same_repository or not pull.branch.startswith(self._prefixes):
            return pull
        by = self._timeline.merges_by(pull.number, from_iso(content.get("updated_at")))
        return replace(pull, auto_merge=by is not None, merges_by=by)

    def _read_files(self, number: int) -> tuple[str, ...]:
        with self._gateway.sense():
            found = [*self._gateway.pages(f"{self._root}/pulls/{number}/files", {})]
            both = ((each["filename"], each.get("previous_filename")) for each in found)
            return tuple(str(path) for pair in both for path in pair if path)

    def _url(self, number: int) -> str:
        return self._texts.url(number, f"{self._web}/{number}")

    def _find(self, step: OpenPullRequest) -> PullRequest | None:
        """Raises LostRace where another has opened it, and it is over, since this process has read them."""
        query = {"state": "open", "base_branch": step.base}
        with self._gateway.sense():
            opened = [pull_request(each) for each in self._gateway.pages(f"{self._root}/pulls", query)]
        return still_open((*opened, *self._closed.of(step.branch)), step, self._texts.newest)

    def _create(self, step: OpenPullRequest) -> tuple[int, str]:
        fields = {
            "head": step.branch,
            "base": step.base,
            "title": _checked(titled(step.title, draft=step.draft)),
            "body": step.body,
        }
        try:
            made = self._gateway.send("POST", f"{self._root}/pulls", fields)
        except Refused as refused:
            found = self._find(step) if _EXISTS in refused.sentence else None
            if found is None:
                raise _rejected(refused) from refused
            return found.number, self._texts.adopt(found, title=step.title, body=step.body)
        with self._gateway.sense():
            return int(made["number"]), str(made["html_url"])

    def _send(self, number: int, fields: Mapping[str, Any]) -> str:
        try:
            found = self._gateway.send("PATCH", f"{self._root}/pulls/{number}", fields)
        except Refused as refused:
            if _CHANGED not in refused.sentence:
                raise
            raise LostRace(
                f"Somebody has edited {self._url(number)} after it was read.",
                reason=failure_reasons.LOST_RACE,
            ) from refused
        self._note_version(number, found)
        return str(found.get("html_url") or self._url(number))

    def _note_version(self, number: int, content: Mapping[str, Any]) -> None:
        """Forgejo, and Gitea before 1.26, have none."""
        if isinstance(version := content.get("content_version"), int):
            self._versions[number] = version


def _rejected(refused: Refused) -> Refused:
    """A branch that is not there is answered as if the address were not."""
    if refused.reason != failure_reasons.FORGE_NOT_FOUND:
        return refused
    return Refused(refused.sentence, reason=failure_reasons.FORGE_REJECTED)


def _checked(title: str) -> str:
    """Gitea would cut it, and every pass would find another title than it wrote."""
    if len(title) > _WIDEST_TITLE:
        raise Refused(
            f"the title is too long for Gitea, which takes {_WIDEST_TITLE} characters: {title[:40]}…",
            reason=failure_reasons.FORGE_REJECTED,
        )
    return title
