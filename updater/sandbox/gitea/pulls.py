"""To answer Gitea's calls about pull requests. I/O."""

import re
from collections.abc import Mapping
from typing import Any

from updater.sandbox.exchange import Answer, answer_json
from updater.sandbox.gitea.calls import Call, Refusal, Routes, not_found, page
from updater.sandbox.gitea.shapes import body_version, show_commit, show_pull, show_user
from updater.sandbox.github import pulls, routing
from updater.sandbox.github.history import changes, commits
from updater.sandbox.github.settling import mergeable, reopening_refused
from updater.sandbox.github.state import Pull, Review

_DRAFT = re.compile(r"^(?:wip:|\[wip\])\s*", re.IGNORECASE)
_WIDEST = 255
_STATES = {"APPROVED": "APPROVED", "CHANGES_REQUESTED": "REQUEST_CHANGES", "COMMENTED": "COMMENT"}


def list_pulls(call: Call) -> Answer:
    """There is no filter by head."""
    query = call.request.query
    found = [
        pull
        for pull in call.repository.pulls
        if query.get("state", "open") in ("all", pull.state)
        and query.get("base_branch") in (None, "", pull.base)
        and query.get("poster") in (None, "", pull.user.login)
    ]
    key = "updated_at" if query.get("sort") == "recentupdate" else "created_at"
    found.sort(key=lambda pull: (getattr(pull, key), pull.number), reverse=True)
    return page(call, found, lambda pull: show_pull(call.forge, call.repository, pull))


def get_pull(call: Call) -> Answer:
    """Whether it can be merged is not known at first, and worked out behind the caller's back."""
    shown = show_pull(call.forge, call.repository, call.pull)
    if call.pull.state == "open":
        mergeable(call.repository, call.pull)
    return answer_json(shown)


def create_pull(call: Call) -> Answer:
    repository, head, base = call.writable, call.text("head"), call.text("base")
    title = _cut(call.text("title"))
    for other in repository.pulls:
        if (other.state, other.head, other.base) == ("open", head, base):
            where = f"[id: {other.id}, issue_id: {other.number}, head_branch: {head}, base_branch: {base}]"
            raise Refusal(409, f"pull request already exists for these targets {where}")
    try:
        pull = pulls.open_pull(
            call.forge,
            repository,
            head=head,
            base=base,
            title=_DRAFT.sub("", title),
            body=call.given.get("body") or "",
            user=call.user,
            draft=_DRAFT.match(title) is not None,
        )
    except routing.Refusal as error:
        raise not_found() from error
    _dress(call, pull, call.given)
    return answer_json(show_pull(call.forge, repository, pull), 201)


def edit_pull(call: Call) -> Answer:
    """One after the other, and what stands before a refusal is done."""
    pull, given = call.pull, call.given
    if given.get("content_version") not in (None, body_version(pull)):
        raise Refusal(409, "the issue is already changed")
    if title := given.get("title"):
        title = _cut(title)
        pull.title, pull.draft = _DRAFT.sub("", title), _DRAFT.match(title) is not None
    if given.get("body") is not None:
        pull.body = given["body"]
    _dress(call, pull, given)
    if state := given.get("state"):
        _set_state(call, pull, state)
    pull.updated_at = call.forge.now
    return answer_json(show_pull(call.forge, call.repository, pull), 201)


def _set_state(call: Call, pull: Pull, state: str) -> None:
    if pull.merged_at:
        raise Refusal(412, "cannot change state of this pull request, it was already merged")
    if state == "closed" and pull.state == "open":
        call.forge.close(pull, call.user)
    if state == "open" and pull.state == "closed":
        if reason := reopening_refused(call.repository, pull):
            raise Refusal(412, reason)
        pulls.reopen(call.forge, call.repository, pull)


def _cut(title: str) -> str:
    """Without a word."""
    return title if len(title) <= _WIDEST else f"{title[: _WIDEST - 1]}…"


def _dress(call: Call, pull: Pull, given: Mapping[str, Any]) -> None:
    forge, repository = call.forge, call.repository
    if given.get("labels"):
        names = {number: name for name, number in repository.labels.items()}
        found = [names[number] for number in given["labels"] if number in names]
        forge.set_labels(repository, pull, found, call.user)
    if "assignees" in given:
        users = [forge.users.get(str(login).lower()) for login in given["assignees"]]
        for login, user in zip(given["assignees"], users, strict=True):
            if user is None:
                raise Refusal(422, f"Assignee does not exist: [name: {login}]")
        forge.assign(pull, [user for user in users if user], call.user)
    if number := given.get("milestone"):
        if not 0 < number <= len(repository.milestones):
            raise not_found()
        forge.set_milestone(pull, repository.milestones[number - 1], call.user)


def ask_reviewers(call: Call) -> Answer:
    """One whom it does not know, and nobody is asked."""
    pull, asked = call.pull, []
    for login in call.given.get("reviewers") or ():
        user = call.forge.users.get(str(login).lower())
        if user is None:
            raise Refusal(404, f"User '{login}' not exist")
        if user == pull.user or not call.repository.may_review(user.login):
            raise Refusal(422, f"{login} can't be asked to review [user_id: {user.id}]")
        asked.append(user)
    teams = call.given.get("team_reviewers") or ()
    if strange := [slug for slug in teams if slug not in call.repository.teams]:
        raise Refusal(404, f"Team '{strange[0]}' not exist")
    for user in (each for each in asked if each not in pull.reviewers):
        pull.reviewers.append(user)
        call.forge.happen(pull, "review_requested", call.user, user.login)
    for slug in (each for each in teams if each not in pull.team_reviewers):
        pull.team_reviewers.append(slug)
        call.forge.happen(pull, "review_requested", call.user, f"team:{slug}")
    return answer_json([], 201)


def list_reviews(call: Call) -> Answer:
    return page(call, call.pull.reviews, lambda review: _show_review(call, review))


def _show_review(call: Call, review: Review) -> dict[str, object]:
    return {
        "id": review.id,
        "user": show_user(call.forge, review.user),
        "state": _STATES[review.state],
        "body": review.body,
        "commit_id": review.commit,
        "stale": review.commit != call.pull.head_sha,
        "official": call.repository.may_review(review.user.login),
        "dismissed": False,
        "comments_count": 0,
        "submitted_at": review.submitted_at.isoformat(),
    }


def list_files(call: Call) -> Answer:
    repository, pull = call.repository, call.pull
    meeting = repository.git.merge_base(pull.base_sha, pull.head_sha) or pull.base_sha
    return page(
        call,
        changes(repository.git, meeting, pull.head_sha),
        lambda each: {
            "filename": each.path,
            "status": each.status,
            "additions": each.additions,
            "deletions": each.deletions,
            "changes": each.additions + each.deletions,
        },
    )


def list_commits(call: Call) -> Answer:
    """Newest first."""
    repository, pull = call.repository, call.pull
    found = commits(repository.git, f"{pull.base_sha}..{pull.head_sha}")
    return page(call, found, lambda each: show_commit(call.forge, repository, each))


_ROOT = "/repos/{owner}/{repo}/pulls"
ROUTES: Routes = {
    ("GET", _ROOT): list_pulls,
    ("POST", _ROOT): create_pull,
    ("GET", f"{_ROOT}/{{index}}"): get_pull,
    ("PATCH", f"{_ROOT}/{{index}}"): edit_pull,
    ("GET", f"{_ROOT}/{{index}}/files"): list_files,
    ("GET", f"{_ROOT}/{{index}}/commits"): list_commits,
    ("GET", f"{_ROOT}/{{index}}/reviews"): list_reviews,
    ("POST", f"{_ROOT}/{{index}}/requested_reviewers"): ask_reviewers,
}
