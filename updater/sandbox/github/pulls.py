"""To answer calls about pull requests. I/O."""

from collections.abc import Sequence
from functools import lru_cache
from typing import cast

from updater.sandbox.exchange import Answer, answer_json
from updater.sandbox.github.git import Git
from updater.sandbox.github.history import changes, commits, show_changes, show_commit
from updater.sandbox.github.merging import MergeRefused, Message, merge, standing, update_branch
from updater.sandbox.github.pull_shapes import show_pull, show_pull_in_list, show_review_request
from updater.sandbox.github.routing import (
    LONGEST_BODY,
    LONGEST_TITLE,
    Call,
    Refusal,
    Routes,
    invalid,
    page,
)
from updater.sandbox.github.settling import is_computed, mergeable, publish_head, reopening_refused
from updater.sandbox.github.shapes import Shape, show_review
from updater.sandbox.github.state import Forge, Method, Pull, Repository, Review, User

_ORDERS = {"created": "number", "updated": "updated_at"}
_REVIEW_STATES = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}


def list_pulls(call: Call) -> Answer:
    query, repository = call.request.query, call.repository
    state, head, base = query.get("state", "open"), query.get("head"), query.get("base")
    found = [
        pull
        for pull in repository.pulls
        if state in ("all", pull.state)
        and head in (None, "", pull.head_label)
        and base in (None, "", pull.base)
    ]
    order = _ORDERS.get(query.get("sort", "created"), "number")
    down = query.get("direction", "desc" if order == "number" else "asc") == "desc"
    found.sort(key=lambda pull: (getattr(pull, order), pull.number), reverse=down)
    return page(call, found, lambda pull: show_pull_in_list(call.forge, repository, pull))


def get_pull(call: Call) -> Answer:
    """Mergeability is unknown at first and computed behind the caller's back, as GitHub does."""
    shown = show_pull(call.forge, call.repository, call.pull, _facts(call.repository, call.pull))
    mergeable(call.repository, call.pull)
    return answer_json(shown)


def create_pull(call: Call) -> Answer:
    title = call.text("title", "PullRequest")
    call.short("PullRequest", title=LONGEST_TITLE, body=LONGEST_BODY)
    pull = open_pull(
        call.forge,
        call.repository,
        head=call.text("head", "PullRequest"),
        base=call.text("base", "PullRequest"),
        title=title,
        body=call.given.get("body"),
        user=call.user,
        draft=bool(call.given.get("draft")),
    )
    pull.maintainer_can_modify = bool(call.given.get("maintainer_can_modify", False))
    return answer_json(show_pull(call.forge, call.repository, pull, _facts(call.repository, pull)), 201)


def open_pull(
    forge: Forge,
    repository: Repository,
    *,
    head: str,
    base: str,
    title: str,
    body: str | None,
    user: User,
    draft: bool = False,
) -> Pull:
    """`head` is a branch, or `owner:branch` of a fork."""
    owner, _, branch = head.rpartition(":")
    source = _head_repository(forge, repository, owner)
    head_sha = source.git.resolve(f"refs/heads/{branch}") if source else None
    base_sha = repository.git.resolve(f"refs/heads/{base}")
    if source is None or not head_sha:
        raise invalid("PullRequest", field="head", code="invalid")
    if base_sha is None:
        raise invalid("PullRequest", field="base", code="invalid")
    pull = Pull(
        id=next(forge.ids),
        number=0,
        user=user,
        title=title,
        body=body,
        created_at=forge.now,
        updated_at=forge.now,
        head_repository=source,
        head=branch,
        head_sha=head_sha,
        base=base,
        base_sha=base_sha,
        draft=draft,
    )
    _refuse_duplicate(repository, pull)
    if not forge.keeps_empty:
        _refuse_empty(repository, pull)
    pull.number = next(repository.numbers)
    publish_head(repository, pull)
    repository.issues[pull.number] = pull
    return pull


def edit_pull(call: Call) -> Answer:
    repository, pull, given = call.repository, call.pull, call.given
    call.short("PullRequest", title=LONGEST_TITLE, body=LONGEST_BODY)
    if "base" in given and given["base"] != pull.base:
        move_base(repository, pull, given["base"])
    if given.get("state") == "open" and pull.state == "closed":
        reopen(call.forge, repository, pull)
    if given.get("state") == "closed" and pull.state == "open":
        call.forge.close(pull, call.user)
    for key in ("title", "body", "maintainer_can_modify"):
        if key in given:
            setattr(pull, key, given[key])
    pull.updated_at = call.forge.now
    return answer_json(show_pull(call.forge, repository, pull, _facts(repository, pull)))


def reopen(forge: Forge, repository: Repository, pull: Pull) -> None:
    if reason := reopening_refused(repository, pull):
        raise invalid("PullRequest", reason, field="state")
    pull.state, pull.closed_at, pull.closed_by = "open", None, None
    pull.head_sha = pull.head_repository.git.resolve(f"refs/heads/{pull.head}") or pull.head_sha
    pull.base_sha = repository.git.resolve(f"refs/heads/{pull.base}") or pull.base_sha
    pull.updated_at = forge.now
    publish_head(repository, pull)


def merge_pull(call: Call) -> Answer:
    pull, given = call.pull, call.given
    if pull.merged_at:
        raise Refusal(405, "Pull Request is not mergeable")
    if given.get("sha") not in (None, pull.head_sha):
        raise Refusal(409, "Head branch was modified. Review and try the merge again.")
    method = cast(Method, given.get("merge_method", "merge"))
    message = Message(given.get("commit_title"), given.get("commit_message"))
    try:
        sha = merge(call.forge, call.repository, pull, actor=call.user, method=method, message=message)
    except MergeRefused as error:
        raise Refusal(405, str(error)) from error
    return answer_json({"sha": sha, "merged": True, "message": "Pull Request successfully merged"})


def is_merged(call: Call) -> Answer:
    return Answer(204) if call.pull.merged_at else Refusal(404, "Not Found").answer


def update_pull_branch(call: Call) -> Answer:
    pull = call.pull
    if call.given.get("expected_head_sha") not in (None, pull.head_sha):
        raise Refusal(422, "expected head sha didn't match current head ref.")
    try:
        update_branch(call.forge, call.repository, pull, call.user)
    except MergeRefused as error:
        raise Refusal(422, str(error)) from error
    url = f"{call.forge.url}/{call.repository.full_name}/pull/{pull.number}"
    return answer_json({"message": "Updating pull request branch.", "url": url}, 202)


def list_files(call: Call) -> Answer:
    repository, pull = call.repository, call.pull
    meeting = repository.git.merge_base(pull.base_sha, pull.head_sha) or pull.base_sha
    files = changes(repository.git, meeting, pull.head_sha)
    return page(call, show_changes(call.forge, repository, pull.head_sha, files), lambda shape: shape)


def list_commits(call: Call) -> Answer:
    repository, pull = call.repository, call.pull
    found = commits(repository.git, "--reverse", f"{pull.base_sha}..{pull.head_sha}")
    return page(call, found, lambda each: show_commit(call.forge, repository, each))


def list_reviews(call: Call) -> Answer:
    pull = call.pull
    return page(call, pull.reviews, lambda each: show_review(call.forge, call.repository, pull, each))


def create_review(call: Call) -> Answer:
    pull, state = call.pull, _REVIEW_STATES.get(call.given.get("event", ""), "PENDING")
    if state == "APPROVED" and call.user == pull.user:
        raise Refusal(422, "Unprocessable Entity: Can not approve your own pull request")
    review = add_review(call.forge, pull, call.user, state, call.given.get("body") or "")
    return answer_json(show_review(call.forge, call.repository, pull, review))


def add_review(forge: Forge, pull: Pull, user: User, state: str, body: str) -> Review:
    review = Review(next(forge.ids), user, state, body, pull.head_sha, forge.now)
    pull.reviews.append(review)
    pull.reviewers = [reviewer for reviewer in pull.reviewers if reviewer != user]
    pull.updated_at = forge.now
    return review


def list_requested_reviewers(call: Call) -> Answer:
    return answer_json(show_review_request(call.forge, call.repository, call.pull))


def request_reviewers(call: Call) -> Answer:
    pull = call.pull
    asked = [call.forge.user(login) for login in call.given.get("reviewers") or []]
    if pull.user in asked:
        raise Refusal(422, "Review cannot be requested from pull request author.")
    _refuse_strangers(call)
    for user in (each for each in asked if each not in pull.reviewers):
        pull.reviewers.append(user)
        call.forge.happen(pull, "review_requested", call.user, user.login)
    teams = call.given.get("team_reviewers") or []
    for slug in (each for each in teams if each not in pull.team_reviewers):
        pull.team_reviewers.append(slug)
        call.forge.happen(pull, "review_requested", call.user, f"team:{slug}")
    return answer_json(show_pull_in_list(call.forge, call.repository, pull), 201)


def _refuse_strangers(call: Call) -> None:
    """One of them, and nobody is asked."""
    repository, given = call.repository, call.given
    teams = given.get("team_reviewers") or []
    if all(map(repository.may_review, given.get("reviewers") or ())) and repository.teams.issuperset(teams):
        return
    said = "Reviews may only be requested from collaborators. One or more of the users or teams you specified"
    raise Refusal(422, f"{said} is not a collaborator of the {repository.full_name} repository.")


def remove_reviewers(call: Call) -> Answer:
    teams = [f"team:{slug}" for slug in call.given.get("team_reviewers", [])]
    withdraw(call.forge, call.pull, call.user, [*call.given.get("reviewers", []), *teams])
    return answer_json(show_pull_in_list(call.forge, call.repository, call.pull))


def withdraw(forge: Forge, pull: Pull, actor: User, names: Sequence[str]) -> None:
    """`team:` and a slug is a team."""
    before = {*(user.login for user in pull.reviewers), *(f"team:{slug}" for slug in pull.team_reviewers)}
    pull.reviewers = [user for user in pull.reviewers if user.login not in names]
    pull.team_reviewers = [slug for slug in pull.team_reviewers if f"team:{slug}" not in names]
    for name in (each for each in names if each in before):
        forge.happen(pull, "review_request_removed", actor, name)


def _head_repository(forge: Forge, repository: Repository, owner: str) -> Repository | None:
    if owner.lower() in ("", repository.owner.login.lower()):
        return repository
    forks = (each for each in forge.repositories.values() if each.parent is repository)
    return next((fork for fork in forks if fork.owner.login.lower() == owner.lower()), None)


def _refuse_duplicate(repository: Repository, new: Pull) -> None:
    for pull in repository.pulls:
        if (pull.state, pull.head_label, pull.base) == ("open", new.head_label, new.base):
            raise invalid("PullRequest", f"A pull request already exists for {new.head_label}.")


def _refuse_empty(repository: Repository, pull: Pull) -> None:
    base, head = pull.base_sha, pull.head_sha
    if pull.head_repository is repository and repository.git.is_ancestor(head, base):
        raise invalid("PullRequest", f"No commits between {pull.base} and {pull.head}")


def move_base(repository: Repository, pull: Pull, base: str) -> None:
    sha = repository.git.resolve(f"refs/heads/{base}")
    if sha is None or pull.state == "closed":
        raise invalid("PullRequest", field="base", code="invalid")
    pull.base, pull.base_sha = base, sha


def _facts(repository: Repository, pull: Pull) -> Shape:
    known = pull.state == "open" and is_computed(pull)
    facts: Shape = {
        "mergeable": mergeable(repository, pull) if known else None,
        "mergeable_state": standing(repository, pull) if known else "unknown",
    }
    return facts | _counts(repository.git, pull.base_sha, pull.head_sha)


@lru_cache(maxsize=1000)
def _counts(git: Git, base: str, head: str) -> Shape:
    files = changes(git, git.merge_base(base, head) or base, head)
    return {
        "commits": int(git.text("rev-list", "--count", f"{base}..{head}")),
        "additions": sum(file.additions for file in files),
        "deletions": sum(file.deletions for file in files),
        "changed_files": len(files),
    }


ROUTES: Routes = {
    ("GET", "/repos/{owner}/{repo}/pulls"): list_pulls,
    ("POST", "/repos/{owner}/{repo}/pulls"): create_pull,
    ("GET", "/repos/{owner}/{repo}/pulls/{number}"): get_pull,
    ("PATCH", "/repos/{owner}/{repo}/pulls/{number}"): edit_pull,
    ("GET", "/repos/{owner}/{repo}/pulls/{number}/merge"): is_merged,
    ("PUT", "/repos/{owner}/{repo}/pulls/{number}/merge"): merge_pull,
    ("PUT", "/repos/{owner}/{repo}/pulls/{number}/update-branch"): update_pull_branch,
    ("GET", "/repos/{owner}/{repo}/pulls/{number}/files"): list_files,
    ("GET", "/repos/{owner}/{repo}/pulls/{number}/commits"): list_commits,
    ("GET", "/repos/{owner}/{repo}/pulls/{number}/reviews"): list_reviews,
    ("POST", "/repos/{owner}/{repo}/pulls/{number}/reviews"): create_review,
    ("GET", "/repos/{owner}/{repo}/pulls/{number}/requested_reviewers"): list_requested_reviewers,
    ("POST", "/repos/{owner}/{repo}/pulls/{number}/requested_reviewers"): request_reviewers,
    ("DELETE", "/repos/{owner}/{repo}/pulls/{number}/requested_reviewers"): remove_reviewers,
}
