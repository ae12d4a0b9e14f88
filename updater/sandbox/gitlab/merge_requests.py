"""To answer GitLab's calls about merge requests. I/O."""

import re
from dataclasses import replace

from updater.sandbox.exchange import Answer, answer_json
from updater.sandbox.github import pulls, routing
from updater.sandbox.github.merging import MergeRefused, blockers, merge, standing
from updater.sandbox.github.settling import is_computed, mergeable
from updater.sandbox.github.state import Pull, Repository, User
from updater.sandbox.gitlab.calls import Call, Refusal, Routes, page
from updater.sandbox.gitlab.lookups import show_user
from updater.sandbox.gitlab.resource_events import show_milestone

_DRAFT = re.compile(r"^\s*(?:\[draft\]|\(draft\)|draft:)\s*", re.IGNORECASE)
_LONGEST_TITLE, _LONGEST_BODY = 255, 1_048_576
_LONG_STANDING = {"clean": "mergeable", "unstable": "mergeable", "dirty": "conflict", "behind": "need_rebase"}


def list_merge_requests(call: Call) -> Answer:
    query = call.request.query
    found = [pull for pull in call.project.pulls if _is_asked(call, pull)]
    key = "updated_at" if query.get("order_by") == "updated_at" else "created_at"
    found.sort(key=lambda pull: (getattr(pull, key), pull.number), reverse=query.get("sort") != "asc")
    return page(call, found, lambda pull: _show(call, pull))


def _is_asked(call: Call, pull: Pull) -> bool:
    query = call.request.query
    return (
        query.get("state", "all") in ("all", _state(pull))
        and query.get("source_branch") in (None, "", pull.head)
        and query.get("target_branch") in (None, "", pull.base)
    )


def get_merge_request(call: Call) -> Answer:
    """Whether it can be merged is unchecked at first, and checked behind the caller's back."""
    shown = _show(call, call.merge_request)
    if call.merge_request.state == "open":
        mergeable(call.project, call.merge_request)
    return answer_json(shown)


def create_merge_request(call: Call) -> Answer:
    title, given = call.text("title"), call.given
    source, target = call.text("source_branch"), call.text("target_branch")
    call.short(title=_LONGEST_TITLE, description=_LONGEST_BODY)
    for other in call.project.pulls:
        if (other.state, other.head, other.base) == ("open", source, target):
            said = f"Another open merge request already exists for this source branch: !{other.number}"
            raise Refusal(409, [said])
    try:
        pull = pulls.open_pull(
            call.forge,
            call.project,
            head=source,
            base=target,
            title=_DRAFT.sub("", title),
            body=given.get("description"),
            user=call.user,
            draft=_DRAFT.match(title) is not None,
        )
    except routing.Refusal as error:
        raise Refusal(400, [f'Branch "{source}" or "{target}" does not exist']) from error
    _dress(call, pull)
    # GitLab tells of people who come and go, not of those a merge request begins with.
    pull.events = [event for event in pull.events if event.name not in ("review_requested", "assigned")]
    return answer_json(_show(call, pull), 201)


def edit_merge_request(call: Call) -> Answer:
    pull, given = call.merge_request, call.given
    call.short(title=_LONGEST_TITLE, description=_LONGEST_BODY)
    if given.get("state_event") == "close" and pull.state == "open":
        call.forge.close(pull, call.user)
    if given.get("state_event") == "reopen" and pull.state == "closed" and not pull.merged_at:
        pull.state, pull.closed_at = "open", None
    if "title" in given:
        pull.title, pull.draft = _DRAFT.sub("", given["title"]), _DRAFT.match(given["title"]) is not None
    if "description" in given:
        pull.body = given["description"]
    _dress(call, pull)
    pull.updated_at = call.forge.now
    return answer_json(_show(call, pull))


def _dress(call: Call, pull: Pull) -> None:
    forge, given = call.forge, call.given
    if "labels" in given or "add_labels" in given:
        names = [*(pull.labels if "add_labels" in given else ()), *_names(given.get("labels"))]
        forge.set_labels(call.project, pull, [*names, *_names(given.get("add_labels"))], call.user)
    known = {user.id: user for user in forge.users.values()}
    if "reviewer_ids" in given:
        before = pull.reviewers
        pull.reviewers = [known[number] for number in given["reviewer_ids"] if number in known]
        for user in (each for each in pull.reviewers if each not in before):
            forge.happen(pull, "review_requested", call.user, user.login)
    if "assignee_ids" in given:
        forge.assign(pull, [known[number] for number in given["assignee_ids"] if number in known], call.user)
    if "milestone_id" in given:
        milestones = dict(enumerate(call.project.milestones, 1))
        forge.set_milestone(pull, milestones.get(given["milestone_id"]), call.user)


def _names(given: object) -> list[str]:
    """A list, or words with commas between."""
    names = given.split(",") if isinstance(given, str) else given if isinstance(given, list) else []
    return [str(name) for name in names if name]


def merge_merge_request(call: Call) -> Answer:
    pull, given = call.merge_request, call.given
    if given.get("sha") not in (None, pull.head_sha):
        raise Refusal(409, f"SHA does not match HEAD of source branch: {pull.head_sha}")
    if (
        pull.state == "closed"
        or pull.draft
        or (mergeable(call.project, pull) and blockers(call.project, pull))
    ):
        raise Refusal(405, "405 Method Not Allowed")
    try:
        merge(
            call.forge,
            call.project,
            pull,
            actor=call.user,
            method="squash" if given.get("squash") else "merge",
        )
    except MergeRefused as error:
        raise Refusal(422, "Branch cannot be merged") from error
    return answer_json(_show(call, pull))


def get_approvals(call: Call) -> Answer:
    by = _approvers(call.merge_request)
    return answer_json(
        {
            "approved": True,  # as GitLab says where nobody has to approve
            "approved_by": [{"user": show_user(call.forge, user)} for user in by],
            "user_has_approved": call.user in by,
        }
    )


def _approvers(pull: Pull) -> list[User]:
    last = {review.user: review.state for review in pull.reviews if review.state != "COMMENTED"}
    return [user for user, state in last.items() if state == "APPROVED"]


def _state(pull: Pull) -> str:
    return "merged" if pull.merged_at else {"open": "opened"}.get(pull.state, pull.state)


def _detailed(repository: Repository, pull: Pull) -> str:
    if pull.state != "open":
        return "not_open"
    if not is_computed(pull):
        return "unchecked"
    if any(review.state == "CHANGES_REQUESTED" for review in pull.reviews[-1:]):
        return "requested_changes"
    word = standing(repository, replace(pull, draft=False))
    if word == "blocked":
        review = any("review" in missing for missing in blockers(repository, pull))
        return "not_approved" if review else "ci_must_pass"
    return "draft_status" if pull.draft and word != "dirty" else _LONG_STANDING[word]


def _show(call: Call, pull: Pull) -> dict[str, object]:
    project, web = call.project, f"{call.forge.url}/{call.project.full_name}/-/merge_requests/{pull.number}"
    detailed = _detailed(project, pull)
    return {
        "id": pull.id,
        "iid": pull.number,
        "project_id": project.id,
        "title": f"Draft: {pull.title}" if pull.draft else pull.title,
        "description": pull.body,
        "state": _state(pull),
        "created_at": _instant(pull.created_at),
        "updated_at": _instant(pull.updated_at),
        "merged_at": _instant(pull.merged_at),
        "closed_at": None if pull.merged_at else _instant(pull.closed_at),
        "target_branch": pull.base,
        "source_branch": pull.head,
        "source_project_id": pull.head_repository.id,
        "target_project_id": project.id,
        "author": show_user(call.forge, pull.user),
        "assignees": [show_user(call.forge, user) for user in pull.assignees],
        "milestone": show_milestone(project, pull.milestone) if pull.milestone else None,
        "reviewers": [show_user(call.forge, user) for user in pull.reviewers],
        "labels": sorted(pull.labels),
        "draft": pull.draft,
        "work_in_progress": pull.draft,
        "merge_when_pipeline_succeeds": pull.auto_merge is not None,
        "merge_status": "can_be_merged" if detailed == "mergeable" else "unchecked",
        "detailed_merge_status": detailed,
        "has_conflicts": detailed == "conflict",
        "sha": pull.head_sha,
        "merge_commit_sha": pull.merge_commit,
        "references": {"short": f"!{pull.number}", "full": f"{project.full_name}!{pull.number}"},
        "web_url": web,
    }


def _instant(moment: object) -> str | None:
    """With milliseconds, as GitLab has them."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000Z" if moment else None


_ROOT = "/projects/{project}/merge_requests"
ROUTES: Routes = {
    ("GET", _ROOT): list_merge_requests,
    ("POST", _ROOT): create_merge_request,
    ("GET", f"{_ROOT}/{{iid}}"): get_merge_request,
    ("PUT", f"{_ROOT}/{{iid}}"): edit_merge_request,
    ("PUT", f"{_ROOT}/{{iid}}/merge"): merge_merge_request,
    ("GET", f"{_ROOT}/{{iid}}/approvals"): get_approvals,
}
