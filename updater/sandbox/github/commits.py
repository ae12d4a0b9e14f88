"""To answer calls about commits, comparisons, commit statuses and check runs. I/O."""

from updater.sandbox.exchange import Answer, answer_json
from updater.sandbox.github.git import GitFailed
from updater.sandbox.github.history import changes, commit, commits, show_changes, show_commit
from updater.sandbox.github.routing import Call, Refusal, Routes, cut_page, invalid, not_found, page
from updater.sandbox.github.shapes import (
    Shape,
    repository_url,
    show_check_run,
    show_minimal_repository,
    show_simple_status,
    show_status,
)
from updater.sandbox.github.state import Repository, Status

_STATES = ("error", "failure", "pending", "success")
_STATUSES_PER_CONTEXT = 1000
_DESCRIPTION_LENGTH = 140


def list_commits(call: Call) -> Answer:
    repository, query = call.repository, call.request.query
    start = query.get("sha", repository.default_branch)
    limits = [f"--{key}={query[key]}" for key in ("since", "until", "author") if query.get(key)]
    paths = ["--", query["path"]] if query.get("path") else ["--"]
    try:
        found = commits(repository.git, *limits, start, *paths)
    except GitFailed as error:
        raise not_found() from error
    return page(call, found, lambda each: show_commit(call.forge, repository, each))


def get_commit(call: Call) -> Answer:
    repository, git = call.repository, call.repository.git
    found = commit(git, call.parameters["revision"])
    if found is None:
        raise Refusal(422, f"No commit found for SHA: {call.parameters['revision']}")
    shape = show_commit(call.forge, repository, found)
    files = changes(git, found.parents[0], found.sha) if found.parents else []
    added, deleted = sum(each.additions for each in files), sum(each.deletions for each in files)
    stats = {"additions": added, "deletions": deleted, "total": added + deleted}
    return answer_json(
        {**shape, "stats": stats, "files": show_changes(call.forge, repository, found.sha, files)}
    )


def compare(call: Call) -> Answer:
    repository, git = call.repository, call.repository.git
    base, head = (commit(git, _here(repository, call.parameters[key])) for key in ("base", "head"))
    meeting = git.merge_base(base.sha, head.sha) if base and head else None
    if base is None or head is None or meeting is None:
        raise not_found()
    ahead = commits(git, "--reverse", f"{base.sha}..{head.sha}")
    behind = int(git.text("rev-list", "--count", f"{head.sha}..{base.sha}"))
    shown, headers = cut_page(call, ahead)
    files = changes(git, meeting, head.sha)
    url, span = repository_url(call.forge, repository), f"{base.sha}...{head.sha}"
    page_url = f"{call.forge.url}/{repository.full_name}/compare/{span}"
    urls = {"html_url": page_url, "permalink_url": page_url}
    urls |= {"diff_url": f"{page_url}.diff", "patch_url": f"{page_url}.patch"}
    meeting_commit = commit(git, meeting) or base
    return answer_json(
        {
            "url": f"{url}/compare/{span}",
            **urls,
            "base_commit": show_commit(call.forge, repository, base),
            "merge_base_commit": show_commit(call.forge, repository, meeting_commit),
            "status": _standing(len(ahead), behind),
            "ahead_by": len(ahead),
            "behind_by": behind,
            "total_commits": len(ahead),
            "commits": [show_commit(call.forge, repository, each) for each in shown],
            "files": show_changes(call.forge, repository, head.sha, files),
        },
        headers=headers,
    )


def create_status(call: Call) -> Answer:
    repository, given, sha = call.repository, call.given, call.parameters["sha"]
    if given.get("state") not in _STATES:
        raise invalid("Status", field="state", code="inclusion")
    if repository.git.resolve(sha) is None:
        raise Refusal(422, f"No commit found for SHA: {sha}")
    status = _status(call)
    known = repository.statuses.setdefault(sha, [])
    if sum(each.context == status.context for each in known) >= _STATUSES_PER_CONTEXT:
        raise invalid("Status", "This SHA and context has reached the maximum number of statuses.")
    known.insert(0, status)
    return answer_json(show_status(call.forge, repository, sha, status), 201)


def list_statuses(call: Call) -> Answer:
    repository = call.repository
    sha = _sha(call)
    known = repository.statuses.get(sha, [])
    return page(call, known, lambda status: show_status(call.forge, repository, sha, status))


def get_combined_status(call: Call) -> Answer:
    repository, sha = call.repository, _sha(call)
    latest = latest_statuses(repository, sha)
    shown, headers = cut_page(call, latest)
    url = f"{repository_url(call.forge, repository)}/commits/{sha}"
    content = {
        "state": combined_state(latest),
        "sha": sha,
        "total_count": len(latest),
        "statuses": [show_simple_status(call.forge, repository, sha, status) for status in shown],
        "repository": show_minimal_repository(call.forge, repository),
        "commit_url": url,
        "url": f"{url}/status",
    }
    return answer_json(content, headers=headers)


def list_check_runs(call: Call) -> Answer:
    repository, sha = call.repository, _sha(call)
    known = repository.check_runs.get(sha, [])
    name = call.request.query.get("check_name")
    asked = [run for run in known if name in (None, run.name)]
    shown, headers = cut_page(call, asked)
    runs: list[Shape] = [show_check_run(call.forge, repository, sha, run) for run in shown]
    return answer_json({"total_count": len(asked), "check_runs": runs}, headers=headers)


def latest_statuses(repository: Repository, sha: str) -> list[Status]:
    """The newest of each context."""
    latest: dict[str, Status] = {}
    for status in repository.statuses.get(sha, []):
        latest.setdefault(status.context, status)
    return list(latest.values())


def combined_state(statuses: list[Status]) -> str:
    states = {status.state for status in statuses}
    if states & {"error", "failure"}:
        return "failure"
    return "success" if states == {"success"} else "pending"


def _here(repository: Repository, name: str) -> str:
    """`owner:branch` is a branch of this repository; a branch may be named without its prefix."""
    name = name.removeprefix(f"{repository.owner.login}:")
    return f"refs/heads/{name}" if repository.git.refs(f"refs/heads/{name}") else name


def _standing(ahead: int, behind: int) -> str:
    if ahead and behind:
        return "diverged"
    return "ahead" if ahead else "behind" if behind else "identical"


def _status(call: Call) -> Status:
    given, description = call.given, call.given.get("description")
    if description and len(description) > _DESCRIPTION_LENGTH:
        raise invalid("Status", "description is too long (maximum is 140 characters)", field="description")
    return Status(
        next(call.forge.ids),
        call.user,
        given.get("context") or "default",
        given["state"],
        description,
        given.get("target_url") or None,
        call.forge.now,
    )


def _sha(call: Call) -> str:
    sha = call.repository.git.resolve(call.parameters["revision"])
    if sha is None:
        raise Refusal(422, f"No commit found for SHA: {call.parameters['revision']}")
    return sha


ROUTES: Routes = {
    ("GET", "/repos/{owner}/{repo}/compare/{base*}...{head*}"): compare,
    ("POST", "/repos/{owner}/{repo}/statuses/{sha}"): create_status,
    ("GET", "/repos/{owner}/{repo}/statuses/{revision*}"): list_statuses,
    ("GET", "/repos/{owner}/{repo}/commits/{revision*}/statuses"): list_statuses,
    ("GET", "/repos/{owner}/{repo}/commits/{revision*}/status"): get_combined_status,
    ("GET", "/repos/{owner}/{repo}/commits/{revision*}/check-runs"): list_check_runs,
    ("GET", "/repos/{owner}/{repo}/commits"): list_commits,
    ("GET", "/repos/{owner}/{repo}/commits/{revision*}"): get_commit,
}
