"""To read and write the merge requests of one GitLab project. I/O.

Here they are called pull requests, as everywhere in this program.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from updater.adapters.api_connection import ApiConnection
from updater.adapters.forge_errors import ForgeTarget
from updater.adapters.gitlab.branch_rules import GitLabBranchRules
from updater.adapters.gitlab.errors import GITLAB_WORDS, not_merged
from updater.adapters.gitlab.gateway import GitLabGateway
from updater.adapters.gitlab.metadata import GitLabMetadata
from updater.adapters.gitlab.notes import GitLabNotes
from updater.adapters.gitlab.reviews import GitLabReviews
from updater.adapters.gitlab.shapes import plain, pull_request, titled
from updater.adapters.gitlab.statuses import GitLabStatuses
from updater.adapters.limits import RateLimits
from updater.adapters.openings import still_open
from updater.adapters.proposal_texts import ProposalTexts
from updater.adapters.upserting_forge import UpsertingForge
from updater.adapters.upserts import CommentUpserts, StatusUpserts
from updater.errors import Refused
from updater.model import (
    BranchRules,
    MergePullRequest,
    MetadataItem,
    OpenPullRequest,
    PullRequest,
    PullRequestMetadata,
    ReviewState,
    SetAutoMerge,
    SetMetadata,
)
from updater.reasons import failure_reasons


class GitLabForge(UpsertingForge):
    """A forge's reader and writer (see ports). Keep one per project: it knows what has not changed.

    Give those with the same token the same `limits`. `context` names our commit status.
    `warn` is told, in a sentence, what failed around a merge request that was opened all the same.
    """

    def __init__(
        self,
        project: str,
        *,
        api: str = "https://gitlab.com/api/v4",
        token: Callable[[], str],
        context: str = "updater/gates",
        connection: ApiConnection = ApiConnection(),  # noqa: B008 - a frozen value
        warn: Callable[[str], None] = lambda _sentence: None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        limits: RateLimits | None = None,
    ) -> None:
        api = api.rstrip("/")
        place = ForgeTarget.of(GITLAB_WORDS, api, project)
        limits = limits or RateLimits(place.host, clock, forge="GitLab")
        self._gateway = GitLabGateway(place, api, token, limits=limits, connection=connection)
        self._project = self._gateway.projects.get(project, lazy=True)
        self._root = f"/projects/{quote(project, safe='')}"
        self._web = f"{api.removesuffix('/api/v4')}/{project}/-/merge_requests"
        self._statuses = StatusUpserts(GitLabStatuses(self._gateway, self._project, self._root, context))
        self._comments = CommentUpserts(GitLabNotes(self._gateway, self._project, self._root, self.login))
        self._standings = GitLabReviews(self._gateway, self._root)
        self._metadata = GitLabMetadata(self._gateway, self._root, warn)
        self._terms = GitLabBranchRules(self._gateway, self._root)
        self._texts = ProposalTexts(self)
        self._login: str | None = None
        self._asked_with: str | None = None

    def disconnect(self) -> None:
        self._gateway.close()

    def pull_requests(self) -> tuple[PullRequest, ...]:
        """All open ones and the hundred that changed last of the closed and of the merged ones, by number."""
        path = f"{self._root}/merge_requests"
        recent = {"order_by": "updated_at", "sort": "desc"}
        with self._gateway.sense():
            found = [pull_request(each) for each in self._gateway.pages(path, {"state": "opened"})]
            for state in ("closed", "merged"):
                page = self._gateway.page(path, {"state": state, **recent})
                found += [pull_request(each) for each in page]
        return self._texts.learn(found)

    def closed_pull_requests(self, branch: str) -> tuple[PullRequest, ...]:
        """The closed and merged ones with this head branch, newest first, a hundred at most."""
        query = {"state": "all", "source_branch": branch, "order_by": "created_at", "sort": "desc"}
        with self._gateway.sense():
            found = [pull_request(each) for each in self._gateway.page(f"{self._root}/merge_requests", query)]
        ours = (each for each in found if each.branch == branch and each.same_repository)
        return tuple(each for each in ours if each.state != "open")

    def login(self) -> str:
        """Whom the token acts as; another one perhaps after it was changed."""
        if self._login is None or self._asked_with != self._gateway.shown:
            with self._gateway.sense():
                if not isinstance(login := self._gateway.read("/user")["username"], str):
                    raise TypeError("no login")
                self._login = login
            self._asked_with = self._gateway.shown
        return self._login

    def branch_rules(self, branch: str) -> BranchRules:
        return self._terms.of(branch)

    def open(self, step: OpenPullRequest) -> str:
        """Open it, or adopt the one that is open from this branch to this base; its URL.

        Labels, reviewers, assignees and milestone come with the opening.
        """
        found = self._find(step)
        if found is None:
            try:
                return self._create(step)
            except Refused as refused:
                found = self._find(step) if "already exists" in refused.sentence else None
                if found is None:
                    raise
        if step.metadata.without(found.metadata_items) != PullRequestMetadata():
            self._metadata.set(found.number, step.metadata)
        return self._texts.adopt(found, title=step.title, body=step.body)

    def set_metadata(self, step: SetMetadata) -> str:
        self._metadata.set(step.number, step.metadata)
        return self._texts.url(step.number, f"{self._web}/{step.number}")

    def metadata_history(self, number: int) -> frozenset[MetadataItem]:
        """Everything it ever had, in lower case."""
        return self._metadata.of(number)

    def changed_files(self, number: int, head: str) -> tuple[str, ...]:
        raise Refused(
            f"what !{number} changes at {head[:10]} is not asked of GitLab: `status: all` is for GitHub",
            reason=failure_reasons.NOT_SUPPORTED,
        )

    def reviews(self, number: int) -> ReviewState:
        return self._standings.of(number)

    def set_auto_merge(self, step: SetAutoMerge) -> str:
        raise Refused(
            f"the auto-merge of !{step.number} is for people to set", reason=failure_reasons.NOT_SUPPORTED
        )

    def merge(self, step: MergePullRequest) -> str:
        """Refused with the code `not_mergeable` and GitLab's words where it does not want to.

        A rebase is nothing one can ask for: whether a merge makes a commit is a setting of the project.
        """
        path = f"{self._root}/merge_requests/{step.number}/merge"
        sent = {"sha": step.sha, "squash": step.method == "squash"}
        try:
            with self._gateway.sense():
                merged = self._gateway.http_put(path, post_data=sent)
        except Refused as refused:
            raise not_merged(refused) from refused
        self._texts.note(step.number, state="merged")
        return self._url(step.number, merged)

    def _find(self, step: OpenPullRequest) -> PullRequest | None:
        """Raises LostRace where another has opened it, and it is over, since this process has read them."""
        query = {"state": "all", "source_branch": step.branch, "target_branch": step.base}
        with self._gateway.sense():
            found = [pull_request(each) for each in self._gateway.page(f"{self._root}/merge_requests", query)]
        return still_open(found, step, self._texts.newest)

    def _create(self, step: OpenPullRequest) -> str:
        fields: dict[str, Any] = {
            "source_branch": step.branch,
            "target_branch": step.base,
            "title": titled(step.title, draft=step.draft),
            "description": plain(step.body),
            **self._metadata.fields(step.metadata),
        }
        with self._gateway.sense():
            made = self._project.mergerequests.create(fields).attributes
            self._metadata.note_new(int(made["iid"]), step.metadata)
            return str(made["web_url"])

    def read_pull(self, number: int) -> PullRequest:
        with self._gateway.sense():
            return pull_request(self._gateway.read(f"{self._root}/merge_requests/{number}"))

    def send_texts(self, number: int, texts: Mapping[str, str], known: PullRequest | None) -> str:
        """A draft stays one."""
        return self._send(number, _fields(texts, draft=known is not None and known.draft))

    def send_closing(self, number: int) -> str:
        return self._send(number, {"state_event": "close"})

    def _send(self, number: int, fields: Mapping[str, str]) -> str:
        with self._gateway.sense():
            return self._url(number, self._project.mergerequests.update(number, dict(fields)))

    def _url(self, number: int, answer: object) -> str:
        told = answer.get("web_url") if isinstance(answer, dict) else None
        return str(told) if told else f"{self._web}/{number}"


def _fields(texts: Mapping[str, str], *, draft: bool) -> dict[str, str]:
    """In GitLab's words."""
    fields = {"title": titled(texts["title"], draft=draft)} if "title" in texts else {}
    return fields | ({"description": plain(texts["body"])} if "body" in texts else {})
