"""To show users, repositories and issues as GitHub's JSON does. Pure."""

from datetime import datetime
from typing import Any

from updater.sandbox.github.state import (
    CheckRun,
    Comment,
    Forge,
    Issue,
    Pull,
    Repository,
    Review,
    Status,
    User,
)

Shape = dict[str, Any]
_USER_LINKS = {
    "followers": "followers",
    "following": "following{/other_user}",
    "gists": "gists{/gist_id}",
    "starred": "starred{/owner}{/repo}",
    "subscriptions": "subscriptions",
    "organizations": "orgs",
    "repos": "repos",
    "events": "events{/privacy}",
    "received_events": "received_events",
}
_REPOSITORY_LINKS = {
    "archive": "{archive_format}{/ref}",
    "assignees": "assignees{/user}",
    "blobs": "git/blobs{/sha}",
    "branches": "branches{/branch}",
    "collaborators": "collaborators{/collaborator}",
    "comments": "comments{/number}",
    "commits": "commits{/sha}",
    "compare": "compare/{base}...{head}",
    "contents": "contents/{+path}",
    "contributors": "contributors",
    "deployments": "deployments",
    "downloads": "downloads",
    "events": "events",
    "forks": "forks",
    "git_commits": "git/commits{/sha}",
    "git_refs": "git/refs{/sha}",
    "git_tags": "git/tags{/sha}",
    "hooks": "hooks",
    "issue_comment": "issues/comments{/number}",
    "issue_events": "issues/events{/number}",
    "issues": "issues{/number}",
    "keys": "keys{/key_id}",
    "labels": "labels{/name}",
    "languages": "languages",
    "merges": "merges",
    "milestones": "milestones{/number}",
    "notifications": "notifications{?since,all,participating}",
    "pulls": "pulls{/number}",
    "releases": "releases{/id}",
    "stargazers": "stargazers",
    "statuses": "statuses/{sha}",
    "subscribers": "subscribers",
    "subscription": "subscription",
    "tags": "tags",
    "teams": "teams",
    "trees": "git/trees{/sha}",
}


def instant(moment: datetime | None) -> str | None:
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def show_user(forge: Forge, user: User) -> Shape:
    url = f"{forge.api}/users/{user.login}"
    return {
        "login": user.login,
        "id": user.id,
        "node_id": f"U_{user.id}",
        "avatar_url": f"{forge.url}/avatars/{user.id}",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{forge.url}/{user.login}",
        **{f"{name}_url": f"{url}/{path}" for name, path in _USER_LINKS.items()},
        "type": user.kind,
        "site_admin": False,
    }


def show_self(forge: Forge, user: User) -> Shape:
    blank = dict.fromkeys(("name", "company", "location", "email", "hireable", "bio"))
    numbers = dict.fromkeys(("public_repos", "public_gists", "followers", "following"), 0)
    times = dict.fromkeys(("created_at", "updated_at"), "2020-01-01T00:00:00Z")
    return {**show_user(forge, user), **blank, "blog": "", **numbers, **times, "user_view_type": "public"}


def show_repository(forge: Forge, repository: Repository) -> Shape:
    open_issues = sum(issue.state == "open" for issue in repository.issues.values())
    return {
        **show_minimal_repository(forge, repository),
        **_repository_counts(open_issues),
        **_repository_switches(repository),
        "clone_url": f"{forge.url}/{repository.full_name}.git",
        "git_url": f"git://127.0.0.1/{repository.full_name}.git",
        "ssh_url": f"git@127.0.0.1:{repository.full_name}.git",
        "svn_url": f"{forge.url}/{repository.full_name}",
        **dict.fromkeys(("homepage", "language", "license", "mirror_url")),
        **dict.fromkeys(("created_at", "updated_at", "pushed_at"), instant(repository.created_at)),
        "default_branch": repository.default_branch,
        "visibility": "private" if repository.private else "public",
        "topics": [],
        "permissions": {"admin": False, "maintain": False, "push": True, "triage": True, "pull": True},
    }


def show_minimal_repository(forge: Forge, repository: Repository) -> Shape:
    url = repository_url(forge, repository)
    return {
        "id": repository.id,
        "node_id": f"R_{repository.id}",
        "name": repository.name,
        "full_name": repository.full_name,
        "private": repository.private,
        "owner": show_user(forge, repository.owner),
        "html_url": f"{forge.url}/{repository.full_name}",
        "description": None,
        "fork": repository.parent is not None,
        "url": url,
        **{f"{name}_url": f"{url}/{path}" for name, path in _REPOSITORY_LINKS.items()},
    }


def repository_url(forge: Forge, repository: Repository) -> str:
    return f"{forge.api}/repos/{repository.full_name}"


def _repository_counts(open_issues: int) -> Shape:
    zeros = "forks", "forks_count", "size", "stargazers_count", "watchers", "watchers_count"
    more = "network_count", "subscribers_count"
    return {
        **dict.fromkeys((*zeros, *more), 0),
        "open_issues": open_issues,
        "open_issues_count": open_issues,
    }


def _repository_switches(repository: Repository) -> Shape:
    on = "has_issues", "has_projects", "has_wiki", "has_downloads"
    off = "has_pages", "has_discussions", "disabled"
    methods = "allow_merge_commit", "allow_squash_merge", "allow_rebase_merge"
    return {
        **dict.fromkeys((*on, *methods), True),
        **dict.fromkeys(off, False),
        "allow_auto_merge": repository.allow_auto_merge,
        "archived": repository.archived,
        "delete_branch_on_merge": repository.delete_branch_on_merge,
    }


def show_label(forge: Forge, repository: Repository, name: str) -> Shape:
    number = repository.labels[name]
    return {
        "id": number,
        "node_id": f"LA_{number}",
        "url": f"{repository_url(forge, repository)}/labels/{name}",
        "name": name,
        "description": "",
        "color": "ededed",
        "default": False,
    }


def show_milestone(forge: Forge, repository: Repository, title: str) -> Shape:
    number = repository.milestones.index(title) + 1
    url = f"{repository_url(forge, repository)}/milestones/{number}"
    return {
        "url": url,
        "html_url": f"{forge.url}/{repository.full_name}/milestone/{number}",
        "labels_url": f"{url}/labels",
        "id": number,
        "node_id": f"MI_{number}",
        "number": number,
        "state": "open",
        "title": title,
        "description": None,
        "creator": show_user(forge, repository.owner),
        "open_issues": 0,
        "closed_issues": 0,
        "created_at": instant(repository.created_at),
        "updated_at": instant(repository.created_at),
        "closed_at": None,
        "due_on": None,
    }


def show_issue(forge: Forge, repository: Repository, issue: Issue) -> Shape:
    url = f"{repository_url(forge, repository)}/issues/{issue.number}"
    page = f"{forge.url}/{repository.full_name}"
    shape = {
        **show_issue_core(forge, repository, issue),
        "url": url,
        "node_id": f"I_{issue.id}",
        "repository_url": repository_url(forge, repository),
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "html_url": f"{page}/issues/{issue.number}",
        "comments": len(issue.comments),
        "closed_by": show_user(forge, issue.closed_by) if issue.closed_by else None,
        "state_reason": None,
    }
    return shape | (_pull_of_issue(forge, repository, issue) if isinstance(issue, Pull) else {})


def show_issue_core(forge: Forge, repository: Repository, issue: Issue) -> Shape:
    """What issues and pull requests have in common."""
    assignees = [show_user(forge, user) for user in issue.assignees]
    return {
        "id": issue.id,
        "number": issue.number,
        "title": issue.title,
        "body": issue.body,
        "user": show_user(forge, issue.user),
        "state": issue.state,
        "locked": False,
        "active_lock_reason": None,
        "labels": [show_label(forge, repository, name) for name in issue.labels],
        "assignee": assignees[0] if assignees else None,
        "assignees": assignees,
        "milestone": show_milestone(forge, repository, issue.milestone) if issue.milestone else None,
        "created_at": instant(issue.created_at),
        "updated_at": instant(issue.updated_at),
        "closed_at": instant(issue.closed_at),
        "author_association": "CONTRIBUTOR",
    }


def _pull_of_issue(forge: Forge, repository: Repository, pull: Pull) -> Shape:
    page = f"{forge.url}/{repository.full_name}/pull/{pull.number}"
    links = {
        "url": f"{repository_url(forge, repository)}/pulls/{pull.number}",
        "html_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "merged_at": instant(pull.merged_at),
    }
    return {"html_url": page, "draft": pull.draft, "pull_request": links}


def show_comment(forge: Forge, repository: Repository, issue: Issue, comment: Comment) -> Shape:
    url = repository_url(forge, repository)
    page = f"{forge.url}/{repository.full_name}/issues/{issue.number}"
    return {
        "id": comment.id,
        "node_id": f"IC_{comment.id}",
        "url": f"{url}/issues/comments/{comment.id}",
        "html_url": f"{page}#issuecomment-{comment.id}",
        "issue_url": f"{url}/issues/{issue.number}",
        "body": comment.body,
        "user": show_user(forge, comment.user),
        "created_at": instant(comment.created_at),
        "updated_at": instant(comment.updated_at),
        "author_association": "CONTRIBUTOR",
    }


def _is_insider(forge: Forge, repository: Repository, user: User) -> bool:
    """Who needed a fork to propose anything is none."""
    forks = (each for each in forge.repositories.values() if each.parent is repository)
    return all(fork.owner != user for fork in forks)


def show_review(forge: Forge, repository: Repository, pull: Pull, review: Review) -> Shape:
    page = f"{forge.url}/{repository.full_name}/pull/{pull.number}#pullrequestreview-{review.id}"
    url = f"{repository_url(forge, repository)}/pulls/{pull.number}"
    return {
        "id": review.id,
        "node_id": f"PRR_{review.id}",
        "user": show_user(forge, review.user),
        "body": review.body,
        "state": review.state,
        "html_url": page,
        "pull_request_url": url,
        "_links": {"html": {"href": page}, "pull_request": {"href": url}},
        "submitted_at": instant(review.submitted_at),
        "commit_id": review.commit,
        "author_association": "COLLABORATOR" if _is_insider(forge, repository, review.user) else "NONE",
    }


def show_status(forge: Forge, repository: Repository, sha: str, status: Status) -> Shape:
    return {
        **show_simple_status(forge, repository, sha, status),
        "creator": show_user(forge, status.user),
    }


def show_simple_status(forge: Forge, repository: Repository, sha: str, status: Status) -> Shape:
    return {
        "url": f"{repository_url(forge, repository)}/statuses/{sha}",
        "avatar_url": f"{forge.url}/avatars/{status.user.id}",
        "id": status.id,
        "node_id": f"SC_{status.id}",
        "state": status.state,
        "description": status.description,
        "target_url": status.target_url,
        "context": status.context,
        "created_at": instant(status.created_at),
        "updated_at": instant(status.created_at),
    }


def show_check_run(forge: Forge, repository: Repository, sha: str, run: CheckRun) -> Shape:
    url = f"{repository_url(forge, repository)}/check-runs/{run.id}"
    page = f"{forge.url}/{repository.full_name}/runs/{run.id}"
    output = dict.fromkeys(("title", "summary", "text"))
    completed = run.started_at if run.status == "completed" else None
    return {
        "id": run.id,
        "node_id": f"CR_{run.id}",
        "head_sha": sha,
        "external_id": "",
        "name": run.name,
        "url": url,
        "html_url": page,
        "details_url": page,
        "status": run.status,
        "conclusion": run.conclusion,
        "started_at": instant(run.started_at),
        "completed_at": instant(completed),
        "output": {**output, "annotations_count": 0, "annotations_url": f"{url}/annotations"},
        "check_suite": {"id": run.id},
        "app": None,
        "pull_requests": [],
    }
