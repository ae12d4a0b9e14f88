"""To answer Bitbucket's calls about pull requests. I/O."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from updater.sandbox.bitbucket.calls import Call, Refusal, Routes, page
from updater.sandbox.bitbucket.shapes import (
    Shape,
    instant,
    reviewers_of,
    show_commit,
    show_pull,
    show_pull_in_list,
    show_user,
    state_of,
    uuid_of,
)
from updater.sandbox.exchange import Answer, answer_json
from updater.sandbox.github import pulls, routing
from updater.sandbox.github.history import changes, commits
from updater.sandbox.github.state import Pull, User

_MOST = 50
_LONGEST = {"title": 255, "description": 50_000}
_ASKED_BRANCH = re.compile(r'source\.branch\.name = "((?:[^"\\]|\\.)*)"')


def list_pulls(call: Call) -> Answer:
    """Open ones, unless states are named."""
    queries = call.request.queries
    states = queries.get("state", ["OPEN"])
    chosen = _filter(call.request.query.get("q"))
    found = [pull for pull in call.repository.pulls if state_of(pull) in states and chosen(pull)]
    key = "updated_at" if call.request.query.get("sort") == "-updated_on" else "created_at"
    found.sort(key=lambda pull: (getattr(pull, key), pull.number), reverse=True)
    fields = call.request.query.get("fields", "")
    return page(
        call, found, lambda pull: show_pull_in_list(call.forge, call.repository, pull, fields), most=_MOST
    )


def _filter(query: str | None) -> Callable[[Pull], bool]:
    """The one question that is asked in its query language."""
    if query is None:
        return lambda _pull: True
    match = _ASKED_BRANCH.fullmatch(query)
    if match is None:
        raise Refusal(400, f"Invalid query: {query}")
    branch = re.sub(r"\\(.)", r"\1", match[1])
    return lambda pull: pull.head == branch


def get_pull(call: Call) -> Answer:
    return _shown(call, call.pull)


def create_pull(call: Call) -> Answer:
    """Of one branch to another there is one that is open."""
    repository, given = call.repository, call.given
    head, base = _branch(given, "source"), _branch(given, "destination") or repository.default_branch
    title, body = _texts(given)
    if not title or not head:
        raise Refusal(400, "title and source are required", title="required")
    for end, branch in (("source", head), ("destination", base)):
        if repository.git.resolve(f"refs/heads/{branch}") is None:
            raise Refusal(400, f"{end}: branch not found: {branch}", **{end: "branch not found"})
    if repository.git.is_ancestor(head, base):
        raise Refusal(400, "There are no changes to be pulled")
    try:
        pull = pulls.open_pull(
            call.forge,
            repository,
            head=head,
            base=base,
            title=title,
            body=body or "",
            user=call.user,
            draft=given.get("draft") is True,
        )
    except routing.Refusal as error:
        raise Refusal(409, "There is already an open pull request for this source and destination") from error
    _review(call, pull, given.get("reviewers") or ())
    return _shown(call, pull, 201)


def edit_pull(call: Call) -> Answer:
    """As a whole: who is not named as a reviewer is one no more."""
    pull, given = call.pull, call.given
    if state_of(pull) != "OPEN":
        raise Refusal(400, "This pull request is already closed.")
    title, body = _texts(given)
    if not title:
        raise Refusal(400, "title: required key not provided", title="required key not provided")
    _review(call, pull, given.get("reviewers") or ())
    pull.title, pull.draft = title, given.get("draft", pull.draft) is True
    pull.body = pull.body if body is None else body
    pull.updated_at = call.forge.now
    return _shown(call, pull)


def decline(call: Call) -> Answer:
    pull = call.pull
    if state_of(pull) != "OPEN":
        raise Refusal(400, "This pull request is already closed.")
    call.forge.close(pull, call.user)
    return _shown(call, pull)


def list_activity(call: Call) -> Answer:
    """Newest first."""
    forge, pull, repository = call.forge, call.pull, call.repository
    shown = show_pull(forge, repository, pull)
    said = [{"update": {**each, "author": shown["author"]}, "pull_request": shown} for each in _updates(call)]
    return page(call, said[::-1], lambda each: each)


def _updates(call: Call) -> Iterator[Shape]:
    """Each says what stood then; that it was declined, the last."""
    pull, there = call.pull, list[Shape]()
    yield {"state": "OPEN", "date": instant(pull.created_at), "title": pull.title, "reviewers": []}
    for event in pull.events:
        if event.name in ("review_requested", "review_request_removed"):
            user = show_user(call.forge, call.forge.user(event.subject))
            there = [each for each in there if each != user]
            there += [user] if event.name == "review_requested" else []
            yield {
                "state": "OPEN",
                "date": instant(event.created_at),
                "title": pull.title,
                "reviewers": there,
            }
    if pull.closed_at:
        yield {
            "state": state_of(pull),
            "date": instant(pull.closed_at),
            "title": pull.title,
            "reviewers": there,
        }


def list_commits(call: Call) -> Answer:
    """Newest first."""
    found = commits(call.repository.git, f"{call.pull.base_sha}..{call.pull.head_sha}")
    return page(call, found, show_commit)


def diffstat(call: Call) -> Answer:
    """What the first has changed since both went their ways."""
    git = call.repository.git
    changed, _, compared = call.parameters["spec"].partition("..")
    head, base = git.resolve(changed), git.resolve(compared)
    if head is None or base is None:
        raise Refusal(404, "Commit not found")
    meeting = git.merge_base(base, head) or base
    return page(call, changes(git, meeting, head), _show_change, most=5000)


def _show_change(change: Any) -> Shape:  # noqa: ANN401 - of history
    new, old = {"type": "commit_file", "path": change.path}, {"path": change.previous or change.path}
    return {
        "type": "diffstat",
        "status": change.status,
        "lines_added": change.additions,
        "lines_removed": change.deletions,
        "new": None if change.status == "removed" else new,
        "old": None if change.status == "added" else {"type": "commit_file", **old},
    }


def _review(call: Call, pull: Pull, wanted: object) -> None:
    """One whom it does not know, and nobody is asked."""
    there = reviewers_of(pull)
    people = [_person(call, pull, each) for each in wanted if isinstance(each, dict)]  # type: ignore[attr-defined]  # a list of JSON
    for user in (each for each in people if each not in there):
        pull.reviewers.append(user)
        call.forge.happen(pull, "review_requested", call.user, user.login)
    pulls.withdraw(call.forge, pull, call.user, [each.login for each in there if each not in people])


def _person(call: Call, pull: Pull, named: Mapping[str, Any]) -> User:
    account, uuid = named.get("account_id"), named.get("uuid")
    users = call.forge.users.values()
    user = next((each for each in users if account == each.login or uuid == uuid_of(each.login)), None)
    if user is None or not call.repository.may_review(user.login):
        raise Refusal(400, "reviewers: Malformed reviewers list", reviewers="Malformed reviewers list")
    if user == pull.user:
        said = f"{user.login.title()} is the author and cannot be included as a reviewer."
        raise Refusal(400, said, reviewers=said)
    return user


def _branch(given: Mapping[str, Any], end: str) -> str:
    return str(((given.get(end) or {}).get("branch") or {}).get("name") or "")


def _texts(given: Mapping[str, Any]) -> tuple[str | None, str | None]:
    for key, longest in _LONGEST.items():
        if len(given.get(key) or "") > longest:
            raise Refusal(400, f"{key} is too long: at most {longest} characters", **{key: "too long"})
    return given.get("title"), given.get("description")


def _shown(call: Call, pull: Pull, status: int = 200) -> Answer:
    return answer_json(show_pull(call.forge, call.repository, pull), status)


_ROOT = "/repositories/{workspace}/{repo_slug}"
_PULLS = f"{_ROOT}/pullrequests"
ROUTES: Routes = {
    ("GET", _PULLS): list_pulls,
    ("POST", _PULLS): create_pull,
    ("GET", f"{_PULLS}/{{pull_request_id}}"): get_pull,
    ("PUT", f"{_PULLS}/{{pull_request_id}}"): edit_pull,
    ("POST", f"{_PULLS}/{{pull_request_id}}/decline"): decline,
    ("GET", f"{_PULLS}/{{pull_request_id}}/activity"): list_activity,
    ("GET", f"{_PULLS}/{{pull_request_id}}/commits"): list_commits,
    ("GET", f"{_ROOT}/diffstat/{{spec}}"): diffstat,
}
