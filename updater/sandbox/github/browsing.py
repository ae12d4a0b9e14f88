"""To show pull requests and commits to people in a browser, with the buttons people press. I/O."""

import re
from collections.abc import Callable, Iterable
from html import escape
from urllib.parse import parse_qs
from uuid import uuid4

from updater.sandbox.exchange import Answer, Request
from updater.sandbox.github.branching import Branching
from updater.sandbox.github.git import GitFailed
from updater.sandbox.github.merging import MergeRefused
from updater.sandbox.github.reviewing import Queueing
from updater.sandbox.github.state import Pull

_PULL = re.compile(r"/([^/]+/[^/]+)/pull/(\d+)(?:/(merge|close))?")
_COMMIT = re.compile(r"/([^/]+/[^/]+)/commit/([0-9a-f]{7,40})(?:/(revert))?")
_MARKER = re.compile(r"<!--.*?-->", re.DOTALL)
_STYLE = """
:root { color-scheme: light dark }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
pre { font: 13px/1.5 ui-monospace, monospace; white-space: pre-wrap; border: 1px solid #8886; padding: .8rem;
      border-radius: 6px }
form { display: inline } button { font: inherit; padding: .3rem .9rem; margin-right: .5rem }
.note { opacity: .7 }
"""


class Browsing(Branching, Queueing):
    """Closed until `show_pages`: a test's GitHub has no pages, and nobody may merge without a token."""

    _button: str | None = None
    """What the forms carry, so that only these pages can press their buttons."""

    def show_pages(self) -> None:
        """Let whoever can reach it look, and act as alice."""
        self._button = uuid4().hex

    def page(self, request: Request) -> Answer | None:
        """None where it is no page."""
        if self._button is None:
            return None
        pull, commit = _PULL.fullmatch(request.path), _COMMIT.fullmatch(request.path)
        try:
            if pull is not None:
                return self._of_pull(request, pull[1], int(pull[2]), pull[3])
            return self._of_commit(request, commit[1], commit[2], commit[3]) if commit else None
        except (KeyError, TypeError, GitFailed):
            return _html("Not found", "<p>There is no such thing here.</p>", 404)

    def _of_pull(self, request: Request, repo: str, number: int, act: str | None) -> Answer:
        if act is not None:
            press: Callable[[], object] = lambda: (self.merge if act == "merge" else self.close)(repo, number)  # noqa: E731
            return self._pressed(request, press, f"/{repo}/pull/{number}")
        with self.lock:
            pull = self.pull(repo, number)
            return _html(f"{pull.title} · #{number}", self._told(repo, pull))

    def _told(self, repo: str, pull: Pull) -> str:
        statuses = self.find(repo).statuses.get(pull.head_sha, [])
        said = [
            f"<p>{escape(s.context)}: <b>{s.state}</b> {escape(s.description or '')}</p>"
            for s in statuses[:1]
        ]
        state = "merged" if pull.merged_at else pull.state
        open_ = pull.state == "open"
        buttons = self._buttons(f"/{repo}/pull/{pull.number}", ["merge", "close"]) if open_ else ""
        body = escape(_MARKER.sub("", pull.body or "").strip())
        comments = "".join(
            f"<pre>{escape(c.user.login)}: {escape(_MARKER.sub('', c.body))}</pre>" for c in pull.comments
        )
        diff = self.find(repo).git.text("diff", f"{pull.base_sha}...{pull.head_sha}") if open_ else ""
        return (
            f"<p><b>{state}</b>: {escape(pull.head)} into {escape(pull.base)}</p>{''.join(said)}{buttons}"
            f"<pre>{body}</pre>{comments}{_diff(diff)}"
        )

    def _of_commit(self, request: Request, repo: str, sha: str, act: str | None) -> Answer:
        if act is not None:
            branch = self.find(repo).default_branch
            return self._pressed(request, lambda: self.revert(repo, branch, sha), f"/{repo}/commit/{sha}")
        git = self.find(repo).git
        shown = git.text("show", "--format=%an <%ae>, %cI%n%n%B", "--first-parent", sha)
        message, mark, diff = shown.partition("diff --git")
        buttons = self._buttons(f"/{repo}/commit/{sha}", ["revert"])
        return _html(
            f"Commit {sha[:10]}", f"{buttons}<pre>{escape(message.strip())}</pre>{_diff(mark + diff)}"
        )

    def _buttons(self, path: str, names: Iterable[str]) -> str:
        return "".join(
            f'<form method="post" action="{escape(path)}/{name}"><input type="hidden" name="button" '
            f'value="{self._button}"><button>{name.capitalize()}</button></form>'
            for name in names
        )

    def _pressed(self, request: Request, press: Callable[[], object], back: str) -> Answer:
        given = parse_qs(request.body.decode("latin-1")).get("button", [""])[0]
        if request.method != "POST" or given != self._button:
            return _html("Not so", "<p>Press the button on the page itself.</p>", 403)
        try:
            press()
        except MergeRefused as refused:
            return _html("Refused", f"<p>{escape(str(refused))}</p>", 409)
        return Answer(303, b"", "text/plain", {"Location": back})


def _diff(text: str) -> str:
    return f"<pre>{escape(text)}</pre>" if text else ""


def _html(title: str, body: str, status: int = 200) -> Answer:
    text = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style>'
        f'<p class="note">The sandbox\'s GitHub: you are alice.</p><h1>{escape(title)}</h1>{body}'
    )
    return Answer(status, text.encode(), "text/html; charset=utf-8")
