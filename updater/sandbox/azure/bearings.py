"""To answer the calls of Azure DevOps about labels, reviewers and properties of a pull request. Pure."""

from __future__ import annotations

from updater.sandbox.azure.calls import Call, Routes, answer_list, invalid
from updater.sandbox.azure.pulls import ROOT as PULLS
from updater.sandbox.azure.shapes import Shape, guid, show_label, show_team, show_vote, team_number
from updater.sandbox.exchange import Answer, answer_json

_SYSTEM = {"Microsoft.Git.PullRequest.SourceRefName": "refs/heads/updater"}


def add_label(call: Call) -> Answer:
    """Made where it is not there."""
    repository, pull = call.repository, call.pull
    name = call.forge.label(repository, call.text("name"))
    call.forge.set_labels(repository, pull, [*pull.labels, name], call.user)
    return answer_json(show_label(call.forge, repository, name))


def list_labels(call: Call) -> Answer:
    return answer_list([show_label(call.forge, call.repository, name) for name in call.pull.labels])


def add_reviewer(call: Call) -> Answer:
    """By the number of an identity alone."""
    pull, wanted = call.pull, call.parameters["identity"]
    for name in call.repository.teams:
        if guid(team_number(name)) == wanted:
            pull.team_reviewers = list(dict.fromkeys([*pull.team_reviewers, name]))
            return answer_json({**show_team(call.forge, name), "vote": 0})
    found = next((user for user in call.forge.users.values() if guid(user.id) == wanted), None)
    if found is None:
        raise invalid(f"The identity {wanted} is not valid.")
    if found not in pull.reviewers:
        pull.reviewers.append(found)
        call.forge.happen(pull, "review_requested", call.user, found.login)
    return answer_json(show_vote(call.forge, found, int(call.given.get("vote") or 0)))


def get_properties(call: Call) -> Answer:
    return answer_json(_show_properties(call))


def set_properties(call: Call) -> Answer:
    """By JSON patches."""
    for change in call.given:
        if change["op"] not in ("add", "replace"):
            raise invalid(f"The operation {change['op']} is not supported.")
        call.record.properties[change["path"].removeprefix("/")] = change["value"]
    return answer_json(_show_properties(call))


def _show_properties(call: Call) -> Shape:
    every = {**_SYSTEM, **call.record.properties}
    values = {key: {"$type": "System.String", "$value": value} for key, value in every.items()}
    return {"count": len(values), "value": values}


_ONE = f"{PULLS}/{{number}}"
ROUTES: Routes = {
    ("POST", f"{_ONE}/labels"): add_label,
    ("GET", f"{_ONE}/labels"): list_labels,
    ("PUT", f"{_ONE}/reviewers/{{identity}}"): add_reviewer,
    ("GET", f"{_ONE}/properties"): get_properties,
    ("PATCH", f"{_ONE}/properties"): set_properties,
}
