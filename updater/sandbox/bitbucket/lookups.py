"""To answer Bitbucket's calls about repositories, branches and users. Pure."""

from collections.abc import Iterator

from updater.sandbox.bitbucket.calls import Call, Routes, page
from updater.sandbox.bitbucket.shapes import Shape, show_repository, show_user
from updater.sandbox.exchange import Answer, answer_json
from updater.sandbox.github.protection import Protection


def get_user(call: Call) -> Answer:
    return answer_json(show_user(call.forge, call.user))


def get_repository(call: Call) -> Answer:
    return answer_json(show_repository(call.forge, call.repository))


def list_restrictions(call: Call) -> Answer:
    """One for each thing that is restricted."""
    found = [
        each
        for branch, protections in call.repository.protections.items()
        for protection in protections
        for each in _restrictions(call, branch, protection)
    ]
    return page(call, list(enumerate(found, 1)), lambda each: {"id": each[0], **each[1]})


def _restrictions(call: Call, branch: str, protection: Protection) -> Iterator[Shape]:
    where = {"type": "branchrestriction", "branch_match_kind": "glob", "pattern": branch, "groups": []}
    if protection.requires_pull:
        users = [show_user(call.forge, call.forge.user(login)) for login in sorted(protection.bypass)]
        yield where | {"kind": "push", "users": users, "value": None}
    if protection.required_reviews:
        yield where | {"kind": "require_approvals_to_merge", "value": protection.required_reviews}
    if protection.required_statuses:
        yield where | {"kind": "require_passing_builds_to_merge", "value": len(protection.required_statuses)}


ROUTES: Routes = {
    ("GET", "/user"): get_user,
    ("GET", "/repositories/{workspace}/{repo_slug}"): get_repository,
    ("GET", "/repositories/{workspace}/{repo_slug}/branch-restrictions"): list_restrictions,
}
