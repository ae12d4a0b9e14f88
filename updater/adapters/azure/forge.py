"""To read and write the pull requests of one repository of Azure Repos. I/O."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from updater.adapters.api_connection import ApiConnection
from updater.adapters.azure.bodies import PullRequestBodies
from updater.adapters.azure.comments import AzureComments
from updater.adapters.azure.completion import AzureCompletion
from updater.adapters.azure.errors import AZURE_WORDS, not_completed, unaddressed
from updater.adapters.azure.gateway import PREVIEW, AzureGateway
from updater.adapters.azure.metadata import AzureMetadata
from updater.adapters.azure.people import AzurePeople
from updater.adapters.azure.policies import AzurePolicies
from updater.adapters.azure.reviews import AzureReviews
from updater.adapters.azure.shapes import HEADS, Myself, head_of, pull_request
from updater.adapters.azure.statuses import AzureStatuses
from updater.adapters.cache import BoundedCache
from updater.adapters.dressing_forge import DressingForge
from updater.adapters.forge_errors import ForgeTarget
from updater.adapters.limits import RateLimits
from updater.adapters.metadata_upserts import MetadataUpserts
from updater.adapters.openings import still_open
from updater.adapters.proposal_texts import ProposalTexts
from updater.adapters.upserts import CommentUpserts, StatusUpserts
from updater.azure_address import AzureAddress
from updater.errors import Refused
from updater.model import (
    BranchRules,
    MergePullRequest,
    OpenPullRequest,
    PullRequest,
    ReviewState,
    SetAutoMerge,
)

_RECENT = timedelta(days=30)
_MOST_CHANGES = 1000
"""Files of a pull request that are asked for at once."""
_MOST_FILES = 100_000
_EXISTS = "TF401179"


class AzureForge(DressingForge):
    """A forge's reader and writer (see ports). Keep one per repository: it knows what has not changed.

    Give those with the same token the same `limits`. `context` names our status; the head branches that may
    be ours begin with one of `prefixes`: of others only the beginning of what they say is read. `warn` is
    told, in a sentence, what failed around a pull request that was opened all the same.
    """

    def __init__(
        self,
        repository: str,
        *,
        api: str = "https://dev.azure.com",
        token: Callable[[], str],
        context: str = "updater/gates",
        prefixes: tuple[str, ...] = ("",),
        connection: ApiConnection = ApiConnection(),  # noqa: B008 - a frozen value
        warn: Callable[[str], None] = lambda _sentence: None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        limits: RateLimits | None = None,
    ) -> None:
        """`repository` is the path of its address, such as `ORG/PROJECT/_git/REPO`. Raises Refused."""
        api = api.rstrip("/")
        named = ForgeTarget.of(AZURE_WORDS, api, repository)
        address = AzureAddress.of(repository, named.host)
        if address is None:
            raise unaddressed(repository)
        self._address, api = address, address.server_of(api)
        place = ForgeTarget(AZURE_WORDS, named.host, str(address))
        limits = limits or RateLimits(place.host, clock, forge="Azure DevOps")
        self._gateway = gateway = AzureGateway(place, api, token, limits=limits, connection=connection)
        self._root = root = address.calls
        self._pulls, self._page, self._clock = f"{root}/pullrequests", f"{api}{address.page}", clock
        self._bodies = PullRequestBodies(gateway, self._pulls, prefixes)
        self._texts = ProposalTexts(self)
        self._policies = AzurePolicies(gateway, address)
        self._standings = AzureReviews(gateway, root, self._policies)
        self._statuses = StatusUpserts(AzureStatuses(gateway, root, context, self._headed_by))
        self._comments = CommentUpserts(AzureComments(gateway, root, self._myself))
        self._metadata = MetadataUpserts(AzureMetadata(gateway, root, AzurePeople(gateway, address)), warn)
        self._completion = AzureCompletion(gateway, root, self._myself, warn)
        self._changed: BoundedCache[tuple[int, str], tuple[str, ...]] = BoundedCache()
        self._heads: dict[int, str] = {}
        """Of the open ones, as they were read or opened last."""
        self._me: Myself | None = None
        self._asked_with: str | None = None

    def disconnect(self) -> None:
        self._gateway.close()

    # --- reading ----------------------------------------------------------------------------------------

    def pull_requests(self) -> tuple[PullRequest, ...]:
        """All open ones, and of each a hundred that were completed and abandoned last, by number."""
        since = {
            "searchCriteria.queryTimeRangeType": "closed",
            "searchCriteria.minTime": (self._clock() - _RECENT).isoformat(),
        }
        with self._gateway.sense():
            opened = [*self._gateway.pages(self._pulls, _with("active"))]
            closed = [
                each
                for state in ("completed", "abandoned")
                for each in self._gateway.page(self._pulls, {**_with(state), **since})
            ]
            found = self._read(opened + closed)
        self._note_heads({each.number: each.head for each in found if each.state == "open"})
        return self._texts.learn(found)

    def closed_pull_requests(self, branch: str) -> tuple[PullRequest, ...]:
        """The closed and merged ones with this head branch, newest first."""
        return tuple(each for each in self._with_head(branch) if each.state != "open")

    def login(self) -> str:
        """Whom the token acts as; another one perhaps after it was changed."""
        return self._myself().login

    def branch_rules(self, branch: str) -> BranchRules:
        return self._policies.of(branch)

    def reviews(self, number: int) -> ReviewState:
        return self._standings.of(number)

    def changed_files(self, number: int, head: str) -> tuple[str, ...]:
        return self._changed.get((number, head), lambda: self._read_files(number))

    def read_pull(self, number: int) -> PullRequest:
        found = self._gateway.read(f"{self._pulls}/{number}")
        with self._gateway.sense():
            return pull_request(found, self._page, self._me)

    # --- writing ----------------------------------------------------------------------------------------

    def set_auto_merge(self, step: SetAutoMerge) -> str:
        self._completion.later(step.number, step.sha, step.method)
        return self._url(step.number)

    def merge(self, step: MergePullRequest) -> str:
        """Refused with the code `not_mergeable` and the words of Azure DevOps where it does not want to."""
        try:
            done = self._completion.now(step.number, step.sha, step.method)
        except Refused as refused:
            raise not_completed(refused) from refused
        if done:
            self._texts.note(step.number, state="merged")
        return self._url(step.number)

    def send_texts(self, number: int, texts: Mapping[str, str], _known: PullRequest | None) -> str:
        names = {"title": "title", "body": "description"}
        fields = {names[key]: text for key, text in texts.items()}
        self._gateway.send("PATCH", f"{self._pulls}/{number}", fields)
        return self._url(number)

    def send_closing(self, number: int) -> str:
        self._gateway.send("PATCH", f"{self._pulls}/{number}", {"status": "abandoned"})
        return self._url(number)

    # --- how --------------------------------------------------------------------------------------------

    def _read(self, listed: Iterable[Mapping[str, Any]]) -> tuple[PullRequest, ...]:
        return tuple(pull_request(self._bodies.whole(each), self._page, self._myself()) for each in listed)

    def _with_head(self, branch: str) -> tuple[PullRequest, ...]:
        """Also once the branch is gone; newest first."""
        query = {**_with("all"), "searchCriteria.sourceRefName": f"{HEADS}{branch}"}
        with self._gateway.sense():
            found = self._read(self._gateway.pages(self._pulls, query))
        ours = (each for each in found if each.branch == branch)
        return tuple(sorted(ours, key=lambda each: each.number, reverse=True))

    def _find(self, step: OpenPullRequest) -> PullRequest | None:
        """Raises LostRace where another has opened it, and it is over, since this process has read them."""
        return still_open(self._with_head(step.branch), step, self._texts.newest)

    def _create(self, step: OpenPullRequest) -> tuple[int, str]:
        fields = {
            "sourceRefName": f"{HEADS}{step.branch}",
            "targetRefName": f"{HEADS}{step.base}",
            "title": step.title,
            "description": step.body,
            "isDraft": step.draft,
        }
        try:
            made = self._gateway.send("POST", self._pulls, fields)
        except Refused as refused:
            found = self._find(step) if _EXISTS in refused.sentence else None
            if found is None:
                raise
            return found.number, self._texts.adopt(found, title=step.title, body=step.body)
        with self._gateway.sense():
            number = int(made["pullRequestId"])
        self._heads[number] = head_of(made)
        self._statuses.forget(self._heads[number])
        return number, self._url(number)

    def _read_files(self, number: int) -> tuple[str, ...]:
        with self._gateway.sense():
            last = max(int(each["id"]) for each in self._gateway.whole(f"{self._pulls}/{number}/iterations"))
            path, skip, found = f"{self._pulls}/{number}/iterations/{last}/changes", 0, list[str]()
            while True:
                page = self._gateway.read(
                    path, {"$compareTo": "0", "$top": str(_MOST_CHANGES), "$skip": str(skip)}
                )
                found += [name for each in page["changeEntries"] for name in _paths(each)]
                before, skip = skip, int(page.get("nextSkip") or 0)
                if not skip:
                    return tuple(found)
                if len(found) > _MOST_FILES:
                    raise self._gateway.place.too_many(_MOST_FILES)
                if skip <= before or not page["changeEntries"]:
                    raise ValueError("a list that goes round")

    def _myself(self) -> Myself:
        if self._me is None or self._asked_with != self._gateway.shown:
            found = self._gateway.read(f"{self._address.base}/_apis/connectionData", version=PREVIEW)
            with self._gateway.sense():
                self._me = _myself(found["authenticatedUser"])
            self._asked_with = self._gateway.shown
        return self._me

    def _note_heads(self, heads: Mapping[int, str]) -> None:
        """A head that is new has its status on the commit alone, where that was set right after the push."""
        for number, head in heads.items():
            if self._heads.get(number) != head:
                self._statuses.forget(head)
        self._heads = dict(heads)

    def _headed_by(self, sha: str) -> tuple[int, ...]:
        return tuple(number for number, head in self._heads.items() if head == sha)

    def _url(self, number: int) -> str:
        return f"{self._page}/pullrequest/{number}"


def _with(state: str) -> dict[str, str]:
    return {"searchCriteria.status": state}


def _myself(identity: Mapping[str, Any]) -> Myself:
    account = (identity.get("properties") or {}).get("Account") or {}
    name = account.get("$value") or identity.get("providerDisplayName") or identity["id"]
    return Myself(str(identity["id"]).lower(), str(name))


def _paths(change: Mapping[str, Any]) -> tuple[str, ...]:
    both = (change.get("originalPath"), (change.get("item") or {}).get("path"))
    return tuple(str(path).lstrip("/") for path in both if path)
