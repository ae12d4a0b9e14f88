"""To answer Gitea's calls about commits and their statuses. I/O."""

from updater.sandbox.exchange import Answer, answer_json
from updater.sandbox.gitea.calls import Call, Refusal, Routes, not_found, page
from updater.sandbox.gitea.shapes import show_commit, show_user
from updater.sandbox.github.commits import combined_state, latest_statuses
from updater.sandbox.github.history import commit, commits
from updater.sandbox.github.state import Status

_STATES = ("pending", "success", "error", "failure", "warning", "skipped")


def list_statuses(call: Call) -> Answer:
    """Every one that was ever set, newest first."""
    return page(call, call.repository.statuses.get(_sha(call), []), lambda each: _show(call, each))


def set_status(call: Call) -> Answer:
    state = call.text("state")
    if state not in _STATES:
        raise Refusal(422, f"[State]: Unknown state {state}")
    status = Status(
        id=next(call.forge.ids),
        user=call.user,
        context=str(call.given.get("context") or "default"),
        state=state,
        description=call.given.get("description"),
        target_url=call.given.get("target_url"),
        created_at=call.forge.now,
    )
    call.repository.statuses.setdefault(_sha(call), []).insert(0, status)
    return answer_json(_show(call, status), 201)


def get_combined_status(call: Call) -> Answer:
    sha = _sha(call)
    latest = latest_statuses(call.repository, sha)
    shown = {
        "sha": sha,
        "state": combined_state(latest) if latest else "pending",
        "statuses": [_show(call, each) for each in latest],
        "total_count": len(latest),
    }
    return answer_json(shown)


def _show(call: Call, status: Status) -> dict[str, object]:
    """Its state is called `status`."""
    return {
        "id": status.id,
        "status": status.state,
        "context": status.context,
        "description": status.description or "",
        "target_url": status.target_url or "",
        "creator": show_user(call.forge, status.user),
        "created_at": status.created_at.isoformat(),
    }


def get_commit(call: Call) -> Answer:
    found = commit(call.repository.git, _sha(call))
    if found is None:
        raise not_found()
    return answer_json(show_commit(call.forge, call.repository, found))


def compare(call: Call) -> Answer:
    """What the head has and the base has not, newest first, whole."""
    base, dots, head = call.parameters["basehead"].partition("...")
    git = call.repository.git
    if not dots or git.resolve(base) is None or git.resolve(head) is None:
        raise not_found()
    found = commits(git, f"{base}..{head}")
    shown = [show_commit(call.forge, call.repository, each) for each in found]
    return answer_json({"total_commits": len(found), "commits": shown})


def _sha(call: Call) -> str:
    sha = call.repository.git.resolve(call.parameters["sha"])
    if sha is None:
        raise not_found()
    return sha


_ROOT = "/repos/{owner}/{repo}"
ROUTES: Routes = {
    ("GET", f"{_ROOT}/commits/{{sha}}/statuses"): list_statuses,
    ("GET", f"{_ROOT}/commits/{{sha}}/status"): get_combined_status,
    ("POST", f"{_ROOT}/statuses/{{sha}}"): set_status,
    ("GET", f"{_ROOT}/git/commits/{{sha}}"): get_commit,
    ("GET", f"{_ROOT}/compare/{{basehead*}}"): compare,
}
