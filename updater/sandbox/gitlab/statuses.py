"""To answer GitLab's calls about the statuses of commits. I/O."""

from dataclasses import replace

from updater.sandbox.exchange import Answer, answer_json
from updater.sandbox.github.commits import latest_statuses
from updater.sandbox.github.state import Forge, Status
from updater.sandbox.gitlab.calls import Call, Refusal, Routes, page
from updater.sandbox.gitlab.lookups import show_user

_TO_GITLAB = {"failure": "failed", "error": "failed"}
_FROM_GITLAB = {"failed": "failure"}
_STATES = ("pending", "running", "success", "failed", "canceled", "skipped")
_ONGOING = ("pending", "running")
_EVENTS = {"pending": "enqueue", "running": "run"}
_LONGEST = 255


def list_statuses(call: Call) -> Answer:
    """The newest of each name, oldest first, unless all are asked for."""
    sha, query = _sha(call), call.request.query
    known = call.project.statuses.get(sha, []) if query.get("all") else latest_statuses(call.project, sha)
    found = [each for each in known if query.get("name") in (None, each.context)]
    return page(call, sorted(found, key=lambda each: each.id), lambda each: _show(call.forge, sha, each))


def set_status(call: Call) -> Answer:
    """One that goes on is moved, and not every move is allowed; one that has ended gets a successor."""
    sha, state = _sha(call), call.text("state")
    if state not in _STATES:
        raise Refusal(400, "state does not have a valid value")
    name = str(call.given.get("name") or call.given.get("context") or "default")
    description = call.given.get("description")
    if description and len(description) > _LONGEST:
        raise Refusal(400, {"description": ["is too long (maximum is 255 characters)"]})
    known = call.project.statuses.setdefault(sha, [])
    going_on = next((each for each in latest_statuses(call.project, sha) if each.context == name), None)
    kept = _FROM_GITLAB.get(state, state)
    if going_on is not None and going_on.state in _ONGOING:
        _refuse_standing_still(going_on.state, state)
        status = replace(going_on, state=kept, description=description)
        known[known.index(going_on)] = status
    else:
        number = next(call.forge.ids)
        status = Status(number, call.user, name, kept, description, None, call.forge.now)
        known.insert(0, status)
    return answer_json(_show(call.forge, sha, status), 201)


def _refuse_standing_still(before: str, after: str) -> None:
    if after == "pending" or (before, after) == ("running", "running"):
        event = _EVENTS[after]
        raise Refusal(
            400,
            f"Cannot transition status via :{event} from :{before} "
            f'(Reason(s): Status cannot transition via "{event}")',
        )


def _sha(call: Call) -> str:
    sha = call.project.git.resolve(call.parameters["sha"])
    if sha is None:
        raise Refusal(404, "404 Commit Not Found")
    return sha


def _show(forge: Forge, sha: str, status: Status) -> dict[str, object]:
    return {
        "id": status.id,
        "sha": sha,
        "ref": None,
        "status": _TO_GITLAB.get(status.state, status.state),
        "name": status.context,
        "target_url": status.target_url,
        "description": status.description,
        "created_at": f"{status.created_at:%Y-%m-%dT%H:%M:%S}.000Z",
        "allow_failure": False,
        "author": show_user(forge, status.user),
    }


ROUTES: Routes = {
    ("GET", "/projects/{project}/repository/commits/{sha}/statuses"): list_statuses,
    ("POST", "/projects/{project}/statuses/{sha}"): set_status,
}
