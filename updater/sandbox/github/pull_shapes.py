"""To show pull requests as GitHub's JSON does. Pure."""

from updater.sandbox.github.shapes import (
    Shape,
    instant,
    repository_url,
    show_issue_core,
    show_repository,
    show_user,
)
from updater.sandbox.github.state import AutoMerge, Forge, Pull, Repository


def show_pull_in_list(forge: Forge, repository: Repository, pull: Pull) -> Shape:
    """Without `mergeable`, `merged`, `merged_by`, `closed_by` and counts, as lists are."""
    url = f"{repository_url(forge, repository)}/pulls/{pull.number}"
    page = f"{forge.url}/{repository.full_name}/pull/{pull.number}"
    return {
        **show_issue_core(forge, repository, pull),
        **_links(forge, repository, pull, url),
        "url": url,
        "node_id": f"PR_{pull.id}",
        "html_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "merged_at": instant(pull.merged_at),
        "merge_commit_sha": pull.merge_commit,
        "requested_reviewers": [show_user(forge, user) for user in pull.reviewers],
        "requested_teams": [show_team(forge, repository, slug) for slug in pull.team_reviewers],
        "draft": pull.draft,
        "head": _end(forge, pull.head_repository, pull.head, pull.head_sha),
        "base": _end(forge, repository, pull.base, pull.base_sha),
        "auto_merge": _auto_merge(forge, pull.auto_merge),
    }


def show_pull(forge: Forge, repository: Repository, pull: Pull, facts: Shape) -> Shape:
    """With the facts a single pull request has on top: `mergeable`, `mergeable_state` and the counts."""
    return {
        **show_pull_in_list(forge, repository, pull),
        **facts,
        "merged": pull.merged_at is not None,
        "merged_by": show_user(forge, pull.merged_by) if pull.merged_by else None,
        "comments": len(pull.comments),
        "review_comments": 0,
        "maintainer_can_modify": pull.maintainer_can_modify,
        "rebaseable": facts["mergeable"],
    }


def show_review_request(forge: Forge, repository: Repository, pull: Pull) -> Shape:
    return {
        "users": [show_user(forge, user) for user in pull.reviewers],
        "teams": [show_team(forge, repository, slug) for slug in pull.team_reviewers],
    }


def _links(forge: Forge, repository: Repository, pull: Pull, url: str) -> Shape:
    issue = f"{repository_url(forge, repository)}/issues/{pull.number}"
    links = {
        "issue": issue,
        "comments": f"{issue}/comments",
        "commits": f"{url}/commits",
        "review_comments": f"{url}/comments",
        "review_comment": f"{repository_url(forge, repository)}/pulls/comments{{/number}}",
        "statuses": f"{repository_url(forge, repository)}/statuses/{pull.head_sha}",
    }
    page = f"{forge.url}/{repository.full_name}/pull/{pull.number}"
    references = {name: {"href": target} for name, target in {**links, "self": url, "html": page}.items()}
    return {**{f"{name}_url": target for name, target in links.items()}, "_links": references}


def _end(forge: Forge, repository: Repository, branch: str, sha: str) -> Shape:
    return {
        "label": f"{repository.owner.login}:{branch}",
        "ref": branch,
        "sha": sha,
        "user": show_user(forge, repository.owner),
        "repo": show_repository(forge, repository),
    }


def _auto_merge(forge: Forge, asked: AutoMerge | None) -> Shape | None:
    if asked is None:
        return None
    user = show_user(forge, asked.user)
    return {"enabled_by": user, "merge_method": asked.method, "commit_title": "", "commit_message": ""}


def show_team(forge: Forge, repository: Repository, slug: str) -> Shape:
    number = sum(slug.encode())
    url = f"{forge.api}/organizations/{repository.owner.id}/team/{number}"
    return {
        "id": number,
        "node_id": f"T_{number}",
        "url": url,
        "html_url": f"{forge.url}/orgs/{repository.owner.login}/teams/{slug}",
        "members_url": f"{url}/members{{/member}}",
        "repositories_url": f"{url}/repos",
        "name": slug,
        "slug": slug,
        "description": None,
        "permission": "pull",
        "privacy": "closed",
        "notification_setting": "notifications_enabled",
        "type": "organization",
        "organization_id": repository.owner.id,
        "parent": None,
    }
