"""To answer the calls of Azure DevOps about statuses, of commits and of pull requests. I/O."""

from __future__ import annotations

from updater.sandbox.azure.calls import Call, Refusal, Routes, answer_list, invalid
from updater.sandbox.azure.pulls import ROOT as PULLS
from updater.sandbox.azure.records import PullStatus
from updater.sandbox.azure.shapes import Shape, instant, show_user
from updater.sandbox.exchange import Answer, answer_json
from updater.sandbox.github.commits import latest_statuses
from updater.sandbox.github.history import commit
from updater.sandbox.github.state import Status

_STATES = {
    "notSet": "pending",
    "pending": "pending",
    "succeeded": "success",
    "notApplicable": "success",
    "failed": "failure",
    "error": "error",
}
_SHOWN = {"pending": "pending", "success": "succeeded", "failure": "failed", "error": "error"}


def list_statuses(call: Call) -> Answer:
    """Newest first; of each context the last one, where only those are wanted."""
    sha = _sha(call)
    latest = call.request.query.get("latestOnly") == "true"
    found = latest_statuses(call.repository, sha) if latest else call.repository.statuses.get(sha, [])
    return answer_list([_show(call, each) for each in found])


def set_status(call: Call) -> Answer:
    status = _given(call)
    call.repository.statuses.setdefault(_sha(call), []).insert(0, status)
    return answer_json(_show(call, status), 201)


def list_of_pull(call: Call) -> Answer:
    return answer_list([_show_of_pull(call, each) for each in call.record.statuses])


def set_on_pull(call: Call) -> Answer:
    record, iteration = call.record, call.given.get("iterationId")
    if iteration is not None and not 0 < iteration <= len(record.heads):
        raise invalid(f"The iteration {iteration} does not exist.")
    status = PullStatus(_given(call), iteration)
    record.statuses.append(status)
    return answer_json(_show_of_pull(call, status), 201)


def _given(call: Call) -> Status:
    context = call.given.get("context") or {}
    if not context.get("name"):
        raise invalid("You must provide a value for context.name.")
    if (state := call.given.get("state")) not in _STATES:
        raise invalid(f"{state} is no state.")
    return Status(
        id=next(call.forge.ids),
        user=call.user,
        context="/".join(filter(None, (context.get("genre"), context["name"]))),
        state=_STATES[state],
        description=call.given.get("description"),
        target_url=call.given.get("targetUrl"),
        created_at=call.forge.now,
    )


def _show(call: Call, status: Status) -> Shape:
    genre, _, name = status.context.rpartition("/")
    return {
        "id": status.id,
        "state": _SHOWN[status.state],
        "description": status.description or "",
        "context": {"genre": genre, "name": name} if genre else {"name": name},
        "creationDate": instant(status.created_at),
        "createdBy": show_user(call.forge, status.user),
        **({"targetUrl": status.target_url} if status.target_url else {}),
    }


def _show_of_pull(call: Call, said: PullStatus) -> Shape:
    of_iteration = {} if said.iteration is None else {"iterationId": said.iteration}
    return {**_show(call, said.status), **of_iteration}


def _sha(call: Call) -> str:
    found = commit(call.repository.git, call.parameters["sha"])
    if found is None:
        raise Refusal(404, f"TF401175: The commit {call.parameters['sha']} does not exist.")
    return found.sha


_COMMIT = "/{org}/{project}/_apis/git/repositories/{repo}/commits/{sha}/statuses"
ROUTES: Routes = {
    ("GET", _COMMIT): list_statuses,
    ("POST", _COMMIT): set_status,
    ("GET", f"{PULLS}/{{number}}/statuses"): list_of_pull,
    ("POST", f"{PULLS}/{{number}}/statuses"): set_on_pull,
}
