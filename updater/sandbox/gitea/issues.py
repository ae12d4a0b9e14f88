"""To answer Gitea's calls about comments, labels, milestones, and what happened. Pure."""

from updater.sandbox.exchange import Answer, answer_json
from updater.sandbox.gitea.calls import Call, Routes, not_found, page
from updater.sandbox.gitea.shapes import Shape, show_label, show_milestone, show_team, show_user
from updater.sandbox.github.state import Comment, Event

_TYPES = {
    "labeled": "label",
    "unlabeled": "label",
    "assigned": "assignees",
    "unassigned": "assignees",
    "milestoned": "milestone",
    "demilestoned": "milestone",
    "review_requested": "review_request",
    "review_request_removed": "review_request",
    "merge_scheduled": "pull_scheduled_merge",
    "merge_cancelled": "pull_cancel_scheduled_merge",
}
_TAKEN = ("unlabeled", "unassigned", "demilestoned", "review_request_removed")
_TEAM = "team:"


def list_comments(call: Call) -> Answer:
    """All of them: this list has no pages."""
    return answer_json([_show_comment(call, each) for each in call.issue.comments])


def create_comment(call: Call) -> Answer:
    _ = call.writable
    return answer_json(_show_comment(call, call.forge.comment(call.issue, call.user, call.text("body"))), 201)


def edit_comment(call: Call) -> Answer:
    number = int(call.parameters["id"])
    every = (each for issue in call.repository.issues.values() for each in issue.comments)
    comment = next((each for each in every if each.id == number), None)
    if comment is None:
        raise not_found()
    comment.body, comment.updated_at = call.text("body"), call.forge.now
    return answer_json(_show_comment(call, comment))


def _show_comment(call: Call, comment: Comment) -> Shape:
    return {
        "id": comment.id,
        "user": show_user(call.forge, comment.user),
        "body": comment.body,
        "created_at": comment.created_at.isoformat(),
        "updated_at": comment.updated_at.isoformat(),
    }


def list_timeline(call: Call) -> Answer:
    """Comments, too. An empty one is null, as Go writes it."""
    shown = [_show_event(call, each) for each in call.issue.events]
    shown += [{**_show_comment(call, each), "type": "comment"} for each in call.issue.comments]
    return answer_json(sorted(shown, key=lambda each: int(each["id"])) or None)


def _show_event(call: Call, event: Event) -> Shape:
    return {
        "id": event.id,
        "type": _TYPES[event.name],
        "user": show_user(call.forge, event.user),
        "body": "1" if event.name == "labeled" else "",
        "created_at": event.created_at.isoformat(),
        "removed_assignee": event.name in _TAKEN,
        **_subject(call, event),
    }


def _subject(call: Call, event: Event) -> Shape:
    if event.name in ("labeled", "unlabeled"):
        return {"label": show_label(call.repository, event.subject)}
    if event.name in ("milestoned", "demilestoned"):
        key = "old_milestone" if event.name in _TAKEN else "milestone"
        return {key: show_milestone(call.repository, event.subject)}
    if event.subject.startswith(_TEAM):
        return {"assignee_team": show_team(event.subject.removeprefix(_TEAM))}
    return {"assignee": show_user(call.forge, call.forge.user(event.subject))} if event.subject else {}


def list_labels(call: Call) -> Answer:
    return page(call, [*call.repository.labels], lambda name: show_label(call.repository, name))


def create_label(call: Call) -> Answer:
    name = call.forge.label(call.writable, call.text("name"))
    call.text("color")
    return answer_json(show_label(call.repository, name), 201)


def add_labels(call: Call) -> Answer:
    repository, issue = call.repository, call.issue
    names = {number: name for name, number in repository.labels.items()}
    found = [names[number] for number in call.given.get("labels") or () if number in names]
    call.forge.set_labels(repository, issue, [*issue.labels, *found], call.user)
    return answer_json([show_label(repository, name) for name in issue.labels])


def list_labels_of_organization(call: Call) -> Answer:
    return page(call, (), lambda label: label)


def list_milestones(call: Call) -> Answer:
    name = call.request.query.get("name", "").lower()
    found = [title for title in call.repository.milestones if name in title.lower()]
    return page(call, found, lambda title: show_milestone(call.repository, title))


_ISSUES = "/repos/{owner}/{repo}/issues"
ROUTES: Routes = {
    ("GET", f"{_ISSUES}/{{index}}/comments"): list_comments,
    ("POST", f"{_ISSUES}/{{index}}/comments"): create_comment,
    ("PATCH", f"{_ISSUES}/comments/{{id}}"): edit_comment,
    ("GET", f"{_ISSUES}/{{index}}/timeline"): list_timeline,
    ("POST", f"{_ISSUES}/{{index}}/labels"): add_labels,
    ("GET", "/repos/{owner}/{repo}/labels"): list_labels,
    ("POST", "/repos/{owner}/{repo}/labels"): create_label,
    ("GET", "/orgs/{org}/labels"): list_labels_of_organization,
    ("GET", "/repos/{owner}/{repo}/milestones"): list_milestones,
}
