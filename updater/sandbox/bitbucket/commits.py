"""To answer Bitbucket's calls about commits and their build statuses. I/O."""

from updater.sandbox.bitbucket.calls import Call, Refusal, Routes, page
from updater.sandbox.bitbucket.shapes import Shape, instant, show_commit, uuid_of
from updater.sandbox.exchange import Answer, answer_json
from updater.sandbox.github.history import commit, commits
from updater.sandbox.github.state import Status

_STATES = {"SUCCESSFUL": "success", "INPROGRESS": "pending", "FAILED": "failure", "STOPPED": "error"}
_WORDS = {state: word for word, state in _STATES.items()}
_LONGEST_KEY = 40


def list_statuses(call: Call) -> Answer:
    return _page(call, call.sha())


def list_statuses_of_pull(call: Call) -> Answer:
    return _page(call, call.pull.head_sha)


def _page(call: Call, sha: str) -> Answer:
    """One a key: somebody else's verbs may have set it before."""
    latest: dict[str, Status] = {}
    for each in call.repository.statuses.get(sha, []):
        latest.setdefault(each.context, each)
    return page(call, [*latest.values()], lambda each: _show(call, sha, each))


def set_status(call: Call) -> Answer:
    """What has the same key is written over."""
    sha, given = call.sha(), call.given
    key, state = str(given.get("key") or ""), _STATES.get(given.get("state") or "")
    if not key or len(key) > _LONGEST_KEY:
        raise Refusal(400, f"key: required, at most {_LONGEST_KEY} characters", key="invalid")
    if state is None:
        raise Refusal(400, "state: not one of the choices", state="invalid")
    if not given.get("url"):
        raise Refusal(400, "url: required key not provided", url="required key not provided")
    status = Status(
        id=next(call.forge.ids),
        user=call.user,
        context=key,
        state=state,
        description=given.get("description"),
        target_url=given["url"],
        created_at=call.forge.now,
    )
    known = call.repository.statuses.setdefault(sha, [])
    known[:] = [status, *(each for each in known if each.context != key)]
    return answer_json(_show(call, sha, status), 201)


def _show(call: Call, sha: str, status: Status) -> Shape:
    commit_url = f"{call.forge.url}/2.0/repositories/{call.repository.full_name}/commit/{sha}"
    return {
        "type": "build",
        "uuid": uuid_of(str(status.id)),
        "key": status.context,
        "name": status.context,
        "state": _WORDS[status.state],
        "description": status.description or "",
        "url": status.target_url or "",
        "created_on": instant(status.created_at),
        "updated_on": instant(status.created_at),
        "links": {"commit": {"href": commit_url}},
    }


def get_commit(call: Call) -> Answer:
    """Also by the beginning of its sha."""
    found = commit(call.repository.git, call.sha())
    assert found is not None, "it was resolved"
    return answer_json(show_commit(found))


def list_commits(call: Call) -> Answer:
    """Those of a revision, without those of others."""
    git = call.repository.git
    without = [f"^{git.resolve(each) or each}" for each in call.request.queries.get("exclude", [])]
    return page(call, commits(git, call.sha("revision"), *without), show_commit)


_ROOT = "/repositories/{workspace}/{repo_slug}"
ROUTES: Routes = {
    ("GET", f"{_ROOT}/commit/{{commit}}"): get_commit,
    ("GET", f"{_ROOT}/commit/{{commit}}/statuses"): list_statuses,
    ("POST", f"{_ROOT}/commit/{{commit}}/statuses/build"): set_status,
    ("GET", f"{_ROOT}/pullrequests/{{pull_request_id}}/statuses"): list_statuses_of_pull,
    ("GET", f"{_ROOT}/commits/{{revision}}"): list_commits,
}
