"""To let people look at repositories, pull requests and commits, and press the buttons there. I/O."""

import re
from collections.abc import Callable
from urllib.parse import parse_qs
from uuid import uuid4

from updater.sandbox.exchange import Answer, Request
from updater.sandbox.github.branching import Branching
from updater.sandbox.github.git import GitFailed
from updater.sandbox.github.history import commit
from updater.sandbox.github.merging import MergeRefused
from updater.sandbox.github.pages.commit_pages import commit_page, history_page, repository_page
from updater.sandbox.github.pages.edit_page import blob, edit_page
from updater.sandbox.github.pages.pull_pages import pull_page, pulls_page
from updater.sandbox.github.pages.rendering import HomeLink, Site, render
from updater.sandbox.github.reviewing import Queueing
from updater.sandbox.github.settling import reopening_refused
from updater.sandbox.github.state import Repository

_PATHS = re.compile(
    r"/(?P<repo>[^/]+/[^/]+?)(?:/|(?P<list>/commits|/pulls)"
    r"|/pull/(?P<number>\d{1,9})(?:/(?P<pull_act>merge|close|reopen))?"
    r"|/(?P<edit>edit|new)/(?P<branch>[\w.-]+)(?:/(?P<file>[\w.-]+(?:/[\w.-]+)*))?"
    r"|/commit/(?P<sha>[0-9a-f]{7,40})(?:/(?P<commit_act>revert))?)?"
)
_FILE = re.compile(r"(?!.*\.\.)(?:[\w.-]+/)*[\w.-]+", re.ASCII)
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' https: data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


class NotPossible(Exception):
    """Why a button does nothing now."""


class Browsing(Branching, Queueing):
    """Closed until `show_pages`: a test's GitHub has no pages, and nobody may merge without a token."""

    _button: str | None = None
    """What the forms carry, so that only these pages can press their buttons."""
    _home: HomeLink | None = None

    def show_pages(self, home: HomeLink | None = None) -> None:
        """Let whoever can reach it look, and act as alice. `home` is linked from every page."""
        self._button, self._home = uuid4().hex, home

    def page(self, request: Request) -> Answer | None:
        """None where it is no page."""
        if self._button is None:
            return None
        if request.path == "/":
            return _html(render("repositories.html", self._site, repositories=self._repositories()))
        found = _PATHS.fullmatch(request.path)
        if found is None:
            return self._not_found()
        try:
            return self._answered(request, found)
        except (KeyError, TypeError, GitFailed):
            return self._not_found()

    def _answered(self, request: Request, found: re.Match[str]) -> Answer:
        with self.lock:
            repository = self.find(found["repo"])
            if found["number"]:
                return self._of_pull(request, repository, int(found["number"]), found["pull_act"])
            if found["sha"]:
                return self._of_commit(request, repository, found["sha"], found["commit_act"])
            if found["edit"]:
                return self._of_file(request, repository, found["branch"], found["file"])
            return _html(self._of_repository(request, repository, found["list"]))

    def _of_repository(self, request: Request, repository: Repository, asked: str | None) -> str:
        if asked == "/pulls":
            return pulls_page(self._site, repository, request.query.get("state", ""))
        if asked == "/commits":
            return history_page(self._site, repository, _whole(request.query.get("page", "")))
        return repository_page(self._site, repository, f"{self.forge.url}/{repository.full_name}.git")

    def _of_pull(self, request: Request, repository: Repository, number: int, act: str | None) -> Answer:
        repo, pull = repository.full_name, self.pull(repository.full_name, number)
        if act is None:
            return _html(pull_page(self._site, repository, pull))
        acts: dict[str, Callable[[str, int], object]] = {
            "merge": self.merge,
            "close": self._close,
            "reopen": self._reopen,
        }
        return self._pressed(request, lambda: acts[act](repo, number), f"/{repo}/pull/{number}")

    def _of_commit(self, request: Request, repository: Repository, sha: str, act: str | None) -> Answer:
        shown = commit(repository.git, sha)
        if shown is None:
            return self._not_found()
        if act is None:
            return _html(commit_page(self._site, repository, shown))
        repo, branch = repository.full_name, repository.default_branch
        return self._pressed(request, lambda: self.revert(repo, branch, shown.sha), f"/{repo}/commit/{sha}")

    def _of_file(self, request: Request, repository: Repository, branch: str, file: str | None) -> Answer:
        """A new file is named by the query, as GitHub does, with the text to begin with."""
        repo, asked = repository.full_name, request.query
        self.head(repo, branch)
        path = file or asked.get("filename", "")
        if not _FILE.fullmatch(path):
            return self._not_found()
        if request.method == "POST":
            return self._pressed(request, lambda: self._save(request, repo, branch, path), f"/{repo}/commits")
        page = edit_page(self._site, repository, branch, path, asked.get("value", ""))
        return _html(page)

    def _save(self, request: Request, repo: str, branch: str, path: str) -> None:
        form = {name: values[0] for name, values in request.form().items()}
        if form.get("was", "") != blob(self.find(repo), branch, path):
            raise NotPossible(f"{path} has changed since it was opened here. Open it again.")
        text = form.get("text", "").replace("\r\n", "\n")
        self.commit(repo, branch, {path: text}, f"{'Update' if form.get('was') else 'Create'} {path}")

    def _close(self, repo: str, number: int) -> None:
        if self.pull(repo, number).state == "closed":
            raise NotPossible("It is closed already.")
        self.close(repo, number)

    def _reopen(self, repo: str, number: int) -> None:
        pull = self.pull(repo, number)
        if pull.state == "open":
            raise NotPossible("It is open already.")
        if refused := reopening_refused(self.find(repo), pull):
            raise NotPossible(refused)
        self.reopen(repo, number)

    def _pressed(self, request: Request, press: Callable[[], object], back: str) -> Answer:
        given = parse_qs(request.body.decode("latin-1")).get("button", [""])[0]
        if request.method != "POST" or given != self._button:
            return self._told("Not so", "Press the button on the page itself.", 403, back)
        try:
            press()
        except (MergeRefused, NotPossible) as refused:
            return self._told("Refused", str(refused), 409, back)
        return Answer(303, b"", "text/plain", {"Location": back})

    def _not_found(self) -> Answer:
        return self._told("Not found", "There is no such thing here.", 404, "/")

    def _told(self, title: str, sentence: str, status: int, back: str) -> Answer:
        text = render("message.html", self._site, title=title, sentence=sentence, back=back)
        return _html(text, status)

    def _repositories(self) -> list[Repository]:
        with self.lock:
            return list(self.forge.repositories.values())

    @property
    def _site(self) -> Site:
        return Site(self._button or "", self._home)


def _whole(text: str) -> int:
    """1 where it is no number of a page."""
    return int(text) if re.fullmatch(r"\d{1,6}", text) else 1


def _html(text: str, status: int = 200) -> Answer:
    return Answer(status, text.encode(), "text/html; charset=utf-8", _HEADERS)
