"""To answer the calls of Azure DevOps about users, teams, repositories, commits and policies. I/O."""

from __future__ import annotations

from updater.sandbox.azure.calls import PROJECT, Call, Refusal, Routes, answer_list, page
from updater.sandbox.azure.merges import Policy, policies
from updater.sandbox.azure.shapes import (
    Shape,
    guid,
    show_commit,
    show_repository,
    show_user,
    team_number,
)
from updater.sandbox.exchange import Answer, answer_json
from updater.sandbox.github.history import commit
from updater.sandbox.github.state import TEAMS, Pull

_SCOPE = {"refName": "refs/heads/main", "matchKind": "Exact", "repositoryId": None}
_OF_SIZES = {
    "id": 98,
    "type": {"id": "2e26e725-8201-4edd-8bf5-978563c34a80", "displayName": "File size restriction"},
    "isEnabled": True,
    "isBlocking": True,
    "isDeleted": False,
    "revision": 1,
    "settings": {"maximumGitBlobSizeInBytes": 5242880, "scope": [{"repositoryId": None}]},
}
"""Of the whole repository: it has nothing to do with pull requests."""
_KINDS = {
    "reviews": ("fa4e907d-c16b-4a4c-9dfa-4906e5d171dd", "Minimum number of reviewers"),
    "status": ("cbdc66da-9728-4af8-aada-9a5a32e4a226", "Status"),
    "strategy": ("fa4e907d-c16b-4a4c-9dfa-4916e5d171ab", "Require a merge strategy"),
}


def get_connection(call: Call) -> Answer:
    """Whom the token acts as."""
    user = {
        "id": guid(call.user.id),
        "descriptor": f"Microsoft.IdentityModel.Claims.ClaimsIdentity;{call.user.login}",
        "subjectDescriptor": f"aad.{call.user.id}",
        "providerDisplayName": call.user.login.title(),
        "isActive": True,
        "properties": {"Account": {"$type": "System.String", "$value": call.user.login}},
        "resourceVersion": 2,
        "metaTypeId": 0,
    }
    where = {"instanceId": guid(1), "deploymentId": guid(2), "deploymentType": "hosted"}
    return answer_json({"authenticatedUser": user, "authorizedUser": user, **where})


def list_teams(call: Call) -> Answer:
    """One has everybody; those that may be asked to review have nobody."""
    names = ["Everybody", *sorted(TEAMS)]
    return page(
        call, names, lambda name: {"id": guid(team_number(name)), "name": name, "projectName": PROJECT}
    )


def list_members(call: Call) -> Answer:
    everybody = call.parameters["team"] == guid(team_number("Everybody"))
    users = [user for user in call.forge.users.values() if user.kind == "User"] if everybody else []
    return page(call, users, lambda user: {"identity": show_user(call.forge, user)})


def get_repository(call: Call) -> Answer:
    return answer_json(show_repository(call.forge, call.repository))


def get_commit(call: Call) -> Answer:
    """With all of its message."""
    found = commit(call.repository.git, call.parameters["sha"])
    if found is None:
        raise Refusal(404, f"TF401175: The commit {call.parameters['sha']} does not exist.")
    shown = show_commit(call.forge, call.repository, found)
    shown.pop("commentTruncated", None)
    return answer_json({**shown, "comment": found.message.strip(), "parents": [*found.parents]})


def has_permissions(_call: Call) -> Answer:
    return answer_list([True])


def list_policies(call: Call) -> Answer:
    """Of a branch, with those that bind nobody, and those of its repository."""
    query, number = call.request.query, call.request.query["repositoryId"]
    repository = next(each for each in call.forge.repositories.values() if guid(each.id) == number)
    found = policies(repository, query["refName"].removeprefix("refs/heads/"))
    optional = {**_show(Policy(99, "status", context="lint")), "isBlocking": False}
    return answer_list([*map(_show, found), optional, _OF_SIZES])


def list_evaluations(call: Call) -> Answer:
    """Of one pull request, by an address that nobody can follow."""
    project, number = (
        call.request.query["artifactId"].removeprefix("vstfs:///CodeReview/CodeReviewId/").split("/")
    )
    every = (each for each in call.forge.repositories.values() if guid(each.owner.id) == project)
    for repository in every:
        pull = repository.issues.get(int(number))
        if isinstance(pull, Pull):
            return answer_list([_evaluated(call, pull, each) for each in policies(repository, pull.base)])
    raise Refusal(404, "TF402460: The policy evaluation was not found.")


def _evaluated(call: Call, pull: Pull, policy: Policy) -> Shape:
    met = policy.is_met(pull, call.records.of(pull))
    return {
        "configuration": _show(policy),
        "evaluationId": guid(policy.id),
        "artifactId": call.request.query["artifactId"],
        "status": "approved" if met else "queued",
    }


def _show(policy: Policy) -> Shape:
    number, name = _KINDS[policy.kind]
    genre, _, context = policy.context.rpartition("/")
    settings: dict[str, Shape] = {
        "reviews": {"minimumApproverCount": policy.approvers, "creatorVoteCounts": False},
        "status": {"statusGenre": genre, "statusName": context},
        "strategy": {"allowNoFastForward": True, "allowSquash": True, "allowRebase": True},
    }
    return {
        "id": policy.id,
        "type": {"id": number, "displayName": name},
        "isEnabled": True,
        "isBlocking": True,
        "isDeleted": False,
        "revision": 1,
        "settings": {**settings[policy.kind], "scope": [_SCOPE]},
    }


_REPOSITORY = "/{org}/{project}/_apis/git/repositories/{repo}"
_TEAMS = "/{org}/_apis/projects/{project}/teams"
ROUTES: Routes = {
    ("GET", "/{org}/_apis/connectionData"): get_connection,
    ("GET", _TEAMS): list_teams,
    ("GET", f"{_TEAMS}/{{team}}/members"): list_members,
    ("GET", "/{org}/_apis/permissions/{namespace}/{permissions}"): has_permissions,
    ("GET", _REPOSITORY): get_repository,
    ("GET", f"{_REPOSITORY}/commits/{{sha}}"): get_commit,
    ("GET", "/{org}/{project}/_apis/git/policy/configurations"): list_policies,
    ("GET", "/{org}/{project}/_apis/policy/evaluations"): list_evaluations,
}
