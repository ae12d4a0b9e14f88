"""To answer the calls of Azure DevOps about pull requests. I/O."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from updater.sandbox.azure.calls import Call, Refusal, Routes, answer_list, invalid, page
from updater.sandbox.azure.merges import complete, keep_options
from updater.sandbox.azure.shapes import Shape, guid, show_commit, show_pull, show_sha, show_user
from updater.sandbox.exchange import Answer, answer_json
from updater.sandbox.github import pulls, routing
from updater.sandbox.github.graphql import merge_what_is_ready
from updater.sandbox.github.history import changes, commits
from updater.sandbox.github.settling import mergeable, reopening_refused
from updater.sandbox.github.state import AutoMerge, Pull

_LISTED = 400
"""As .NET counts characters: an emoji is two."""
_LONGEST = {"title": 400, "description": 4000}
_NOBODY = guid(0)
_HEADS = "refs/heads/"
_SETTABLE = {
    "status",
    "title",
    "description",
    "completionOptions",
    "mergeOptions",
    "autoCompleteSetBy",
    "isDraft",
    "lastMergeSourceCommit",
}
_TYPES = {"added": "add", "modified": "edit", "removed": "delete", "renamed": "rename"}


def list_pulls(call: Call) -> Answer:
    """Newest first, each with the beginning of what it says."""
    query = call.request.query
    found = [pull for pull in call.repository.pulls if _is_asked_for(call, pull, query)]
    found.sort(key=lambda pull: pull.number, reverse=True)
    return page(call, found, lambda pull: _shortened(_show(call, pull)))


def _is_asked_for(call: Call, pull: Pull, query: dict[str, str]) -> bool:
    status, source, target = (
        query.get(f"searchCriteria.{name}") for name in ("status", "sourceRefName", "targetRefName")
    )
    closed = query.get("searchCriteria.queryTimeRangeType") == "closed"
    since, then = query.get("searchCriteria.minTime"), pull.closed_at if closed else pull.created_at
    late = since is None or (then is not None and then >= datetime.fromisoformat(since))
    return (
        late
        and (status == "all" or _show(call, pull)["status"] == (status or "active"))
        and source in (None, f"{_HEADS}{pull.head}")
        and target in (None, f"{_HEADS}{pull.base}")
    )


def _shortened(shown: Shape) -> Shape:
    if "description" not in shown:
        return shown
    began = shown["description"].encode("utf-16-le")[: 2 * _LISTED]
    return {**shown, "description": began.decode("utf-16-le", "ignore")}


def get_pull(call: Call) -> Answer:
    """Whether it can be merged is not known at first, and worked out behind the caller's back."""
    shown = _show(call, call.pull)
    if call.pull.state == "open":
        mergeable(call.repository, call.pull)
    return answer_json(shown)


def create_pull(call: Call) -> Answer:
    repository = call.writable
    head, base = (call.text(key).removeprefix(_HEADS) for key in ("sourceRefName", "targetRefName"))
    _refuse_long(call.given)
    for other in repository.pulls:
        if (other.state, other.head, other.base) == ("open", head, base):
            raise Refusal(
                409,
                "TF401179: An active pull request for the source and target branch already exists.",
                "GitPullRequestExistsException",
            )
    try:
        pull = pulls.open_pull(
            call.forge,
            repository,
            head=head,
            base=base,
            title=call.text("title"),
            body=call.given.get("description") or "",
            user=call.user,
            draft=bool(call.given.get("isDraft")),
        )
    except routing.Refusal as error:
        raise _not_activated() from error
    return answer_json(_show(call, pull), 201)


def edit_pull(call: Call) -> Answer:
    pull, given = call.pull, call.given
    _ = call.writable
    if strange := given.keys() - _SETTABLE:
        raise invalid(f"{', '.join(sorted(strange))} cannot be updated.")
    _refuse_long(given)
    pull.title = given.get("title") or pull.title
    pull.body = given.get("description", pull.body)
    pull.draft = given.get("isDraft", pull.draft)
    if "autoCompleteSetBy" in given:
        _set_auto_complete(call, pull, given)
    if status := given.get("status"):
        _set_status(call, pull, status)
    pull.updated_at = call.forge.now
    return answer_json(_show(call, pull))


def _refuse_long(given: dict[str, Any]) -> None:
    for key, most in _LONGEST.items():
        if len((given.get(key) or "").encode("utf-16-le")) // 2 > most:
            raise invalid(f"A {key} for a pull request must not be longer than {most} characters.")


def _set_auto_complete(call: Call, pull: Pull, given: dict[str, Any]) -> None:
    number = given["autoCompleteSetBy"]["id"]
    if number == _NOBODY:
        pull.auto_merge = None
        return
    if number != guid(call.user.id):
        raise invalid("Auto-complete can only be set by the user themselves.")
    pull.auto_merge = AutoMerge(call.user, keep_options(call, pull))
    merge_what_is_ready(call.forge, call.repository)


def _set_status(call: Call, pull: Pull, status: str) -> None:
    if pull.merged_at:
        raise Refusal(409, "TF401181: The pull request cannot be edited due to its state.")
    if status == "completed":
        complete(call, pull)
    if status == "abandoned" and pull.state == "open":
        call.forge.close(pull, call.user)
        pull.auto_merge = None
    if status == "active" and pull.state == "closed":
        if reopening_refused(call.repository, pull):
            raise _not_activated()
        pulls.reopen(call.forge, call.repository, pull)


def _not_activated() -> Refusal:
    return Refusal(
        409,
        "TF401398: The pull request cannot be activated because the source and/or the target branch no "
        "longer exists, or the requested merge is into itself.",
        "GitPullRequestCannotBeActivated",
    )


def list_commits(call: Call) -> Answer:
    """Newest first."""
    repository, pull = call.repository, call.pull
    found = commits(repository.git, f"{pull.base_sha}..{pull.head_sha}")
    return page(call, found, lambda each: show_commit(call.forge, repository, each))


def list_iterations(call: Call) -> Answer:
    repository, pull = call.repository, call.pull
    shown = [
        {
            "id": number,
            "author": show_user(call.forge, pull.user),
            "reason": "create" if number == 1 else "push",
            "sourceRefCommit": show_sha(call.forge, repository, sha),
            "targetRefCommit": show_sha(call.forge, repository, pull.base_sha),
        }
        for number, sha in enumerate(call.record.heads, 1)
    ]
    return answer_list(shown)


def list_changes(call: Call) -> Answer:
    repository, pull, query = call.repository, call.pull, call.request.query
    meeting = repository.git.merge_base(pull.base_sha, pull.head_sha) or pull.base_sha
    found = changes(repository.git, meeting, pull.head_sha)
    top, skip = int(query.get("$top", 100)), int(query.get("$skip", 0))
    more = len(found) > skip + top
    entries = [
        {
            "changeTrackingId": number,
            "changeId": number,
            "item": {"path": f"/{each.path}"},
            "changeType": _TYPES.get(each.status, "edit"),
        }
        for number, each in enumerate(found[skip : skip + top], skip + 1)
    ]
    after = {"nextSkip": skip + top, "nextTop": top} if more else {"nextSkip": 0, "nextTop": 0}
    return answer_json({"changeEntries": entries, **after})


def _show(call: Call, pull: Pull) -> Shape:
    return show_pull(call.forge, call.repository, pull, call.records.of(pull))


ROOT = "/{org}/{project}/_apis/git/repositories/{repo}/pullrequests"
_ONE = f"{ROOT}/{{number}}"
ROUTES: Routes = {
    ("GET", ROOT): list_pulls,
    ("POST", ROOT): create_pull,
    ("GET", _ONE): get_pull,
    ("PATCH", _ONE): edit_pull,
    ("GET", f"{_ONE}/commits"): list_commits,
    ("GET", f"{_ONE}/iterations"): list_iterations,
    ("GET", f"{_ONE}/iterations/{{iteration}}/changes"): list_changes,
}
