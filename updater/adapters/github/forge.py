"""To read and write the pull requests of one GitHub repository. I/O."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from github.PullRequest import PullRequest as GitHubPullRequest
from github.Repository import Repository

from updater.adapters.github.comments import Comments
from updater.adapters.github.gateway import Gateway, Observer
from updater.adapters.github.lists import Lists
from updater.adapters.github.refusals import Place
from updater.adapters.github.shapes import pull_request, same_text
from updater.adapters.github.statuses import State, Statuses
from updater.errors import Refused, UpdaterError
from updater.model import ClosePullRequest, OpenPullRequest, PullRequest, UpdatePullRequest


class GitHubForge:
    """A forge's reader and writer (see ports). Keep one per repository: it knows what has not changed.

    `warn` is told, in a sentence, what failed around a pull request that was opened all the same.
    """

    def __init__(
        self,
        repository: str,
        *,
        api: str = "https://api.github.com",
        token: Callable[[], str],
        timeout: int = 15,
        observer: Observer = lambda _host, _status: None,
        warn: Callable[[str], None] = lambda _sentence: None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        api = api.rstrip("/")
        place = Place.of(api, repository)
        self._gateway = Gateway(place, api, token, timeout=timeout, observer=observer, clock=clock)
        self._root = f"/repos/{repository}"
        self._owner = repository.partition("/")[0]
        self._lists = Lists(self._gateway, pull_request)
        self._warn = warn
        self._known: dict[int, PullRequest] = {}
        self._login: str | None = None
        self._login_asked = False

    def disconnect(self) -> None:
        self._gateway.close()

    def pull_requests(self) -> tuple[PullRequest, ...]:
        """All open pull requests and the hundred that changed last of the closed ones, by number."""
        path = f"{self._root}/pulls"
        opened = tuple(self._lists.whole(path, {"state": "open"}, keep=True))
        recent = {"state": "closed", "sort": "updated", "direction": "desc"}
        closed = self._lists.first(path, recent, keep=True)
        # One that was closed between the two readings is in both: the later reading is right.
        self._known = {each.number: each for each in sorted((*opened, *closed), key=lambda each: each.number)}
        return tuple(self._known.values())

    def closed_pull_requests(self, branch: str) -> tuple[PullRequest, ...]:
        """The closed and merged pull requests with this head branch, newest first, a hundred at most."""
        query = {"state": "closed", "head": f"{self._owner}:{branch}", "sort": "created", "direction": "desc"}
        found = self._lists.first(f"{self._root}/pulls", query)
        return tuple(each for each in found if each.branch == branch and each.same_repository)

    def login(self) -> str | None:
        """Whom the token acts as; None for a GitHub App, which cannot ask that."""
        if not self._login_asked:
            self._login = self._ask_login()
            self._login_asked = True
        return self._login

    def open(self, step: OpenPullRequest) -> str:
        """Open it, or adopt the one that is open from this branch to this base; its URL."""
        found = self._find(step) or self._create(step)
        if isinstance(found, PullRequest):
            self._known[found.number] = found
            self._edit(found.number, title=step.title, body=step.body)
            self._dress(found.number, step, sorted(set(step.labels) - found.labels))
            return found.url
        number, url = found
        self._dress(number, step, list(step.labels))
        return url

    def update(self, step: UpdatePullRequest) -> str:
        return self._edit(step.number, title=step.title, body=step.body)

    def close(self, step: ClosePullRequest) -> str:
        """Write the body with its reason first: killed in between, the next pass closes it."""
        url = self._edit(step.number, body=step.body)
        known = self._known.get(step.number)
        if known is None or known.state == "open":
            url = self._send(step.number, state="closed")
            self._note(step.number, state="closed")
        return url

    def comment(self, number: int, key: str, text: str) -> None:
        """Say it once: the comment of ours with the same key is edited."""
        Comments(self._gateway, self._root, self.login()).say(number, key, text)

    def status(
        self,
        sha: str,
        state: State,
        description: str,
        url: str | None = None,
        *,
        context: str = "updater/gates",
    ) -> None:
        """Set a commit's status unless it stands so already; the description is cut at 140 characters."""
        Statuses(self._gateway, self._root).set(sha, context, state, description, url)

    def _ask_login(self) -> str | None:
        try:
            _, _, body = self._gateway.requestJson("GET", "/user")
        except Refused as refused:
            if refused.code != "forge_forbidden":
                raise
            return None
        with self._gateway.sense():
            return str(json.loads(body)["login"])

    def _find(self, step: OpenPullRequest) -> PullRequest | None:
        query = {"state": "open", "head": f"{self._owner}:{step.branch}", "base": step.base}
        for each in self._lists.first(f"{self._root}/pulls", query):
            # A filter GitHub does not understand is ignored by it.
            if each.same_repository and (each.branch, each.base) == (step.branch, step.base):
                return each
        return None

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

    def _edit(self, number: int, **texts: str) -> str:
        """Send only what differs from what was read last."""
        known = self._known.get(number)
        changed = {
            key: text for key, text in texts.items() if not known or not same_text(getattr(known, key), text)
        }
        if known and not changed:
            return known.url
        url = self._send(number, **changed)
        self._note(number, **changed)
        return url

    def _send(self, number: int, **fields: str) -> str:
        pull = self._pull(number)
        with self._gateway.sense():
            pull.edit(**fields)  # type: ignore[arg-type]  # title, body or state: all texts
            return str(pull.html_url)

    def _note(self, number: int, **fields: str) -> None:
        if known := self._known.get(number):
            self._known[number] = replace(known, **fields)  # type: ignore[arg-type]  # names of PullRequest's fields

    def _dress(self, number: int, step: OpenPullRequest, labels: list[str]) -> None:
        """Set what may fail without losing the pull request."""
        pull = self._pull(number)
        teams = [name.removeprefix("team:") for name in step.reviewers if name.startswith("team:")]
        people = [name for name in step.reviewers if not name.startswith("team:")]
        if labels:
            self._try(f"labels of #{number}", lambda: self._label(number, labels))
        if people or teams:
            self._try(f"reviewers of #{number}", lambda: pull.create_review_request(people, teams))

    def _label(self, number: int, labels: list[str]) -> None:
        """PyGithub sends a bare list, which is not documented (any more)."""
        self._gateway.requestJson("POST", f"{self._root}/issues/{number}/labels", input={"labels": labels})

    def _try(self, what: str, act: Callable[[], None]) -> None:
        try:
            with self._gateway.sense():
                act()
        except UpdaterError as error:
            self._warn(f"The {what} could not be set: {error.sentence}")

    def _pull(self, number: int) -> GitHubPullRequest:
        """Nothing is read: it only knows where to write."""
        places = {"url": f"{self._root}/pulls/{number}", "issue_url": f"{self._root}/issues/{number}"}
        return GitHubPullRequest(self._gateway, {}, places, completed=True)
