"""To answer calls about issues: comments, labels, assignees, milestones. Pure."""

from updater.sandbox.exchange import Answer, answer_json
from updater.sandbox.github.pulls import reopen
from updater.sandbox.github.routing import (
    LONGEST_BODY,
    LONGEST_TITLE,
    Call,
    Refusal,
    Routes,
    invalid,
    not_found,
    page,
)
from updater.sandbox.github.shapes import show_comment, show_issue, show_label, show_milestone
from updater.sandbox.github.state import Comment, Issue, Pull


def list_issues(call: Call) -> Answer:
    state = call.request.query.get("state", "open")
    found = [issue for issue in call.repository.issues.values() if state in ("all", issue.state)]
    found.sort(key=lambda issue: issue.number, reverse=True)
    return page(call, found, lambda issue: show_issue(call.forge, call.repository, issue))


def create_issue(call: Call) -> Answer:
    call.short("Issue", title=LONGEST_TITLE, body=LONGEST_BODY)
    issue = Issue(
        id=next(call.forge.ids),
        number=next(call.repository.numbers),
        user=call.user,
        title=call.text("title", "Issue"),
        body=call.given.get("body"),
        created_at=call.forge.now,
        updated_at=call.forge.now,
    )
    _set_labels(call, issue, call.given.get("labels") or [])
    call.repository.issues[issue.number] = issue
    return answer_json(show_issue(call.forge, call.repository, issue), 201)


def get_issue(call: Call) -> Answer:
    return _show(call, call.issue)


def edit_issue(call: Call) -> Answer:
    issue, given = call.issue, call.given
    call.short("Issue", title=LONGEST_TITLE, body=LONGEST_BODY)
    if given.get("state") == "closed" and issue.state == "open":
        call.forge.close(issue, call.user)
    if given.get("state") == "open" and issue.state == "closed":
        _open(call, issue)
    if "labels" in given:
        _set_labels(call, issue, given["labels"])
    if "assignees" in given:
        call.forge.assign(issue, [call.forge.user(login) for login in given["assignees"]], call.user)
    if "milestone" in given:
        call.forge.set_milestone(issue, _milestone(call, given["milestone"]), call.user)
    for key in ("title", "body"):
        if key in given:
            setattr(issue, key, given[key])
    issue.updated_at = call.forge.now
    return _show(call, issue)


def list_comments(call: Call) -> Answer:
    issue = call.issue
    return page(call, issue.comments, lambda each: show_comment(call.forge, call.repository, issue, each))


def create_comment(call: Call) -> Answer:
    issue = call.issue
    call.short("IssueComment", body=LONGEST_BODY)
    comment = call.forge.comment(issue, call.user, call.text("body", "IssueComment"))
    return answer_json(show_comment(call.forge, call.repository, issue, comment), 201)


def get_comment(call: Call) -> Answer:
    return answer_json(show_comment(call.forge, call.repository, *_comment(call)))


def edit_comment(call: Call) -> Answer:
    issue, comment = _comment(call)
    if call.user.kind == "Bot" and comment.user != call.user:  # the strictest that may be so
        raise Refusal(403, "Resource not accessible by integration")
    call.short("IssueComment", body=LONGEST_BODY)
    comment.body, comment.updated_at = call.text("body", "IssueComment"), call.forge.now
    return answer_json(show_comment(call.forge, call.repository, issue, comment))


def delete_comment(call: Call) -> Answer:
    issue, comment = _comment(call)
    issue.comments.remove(comment)
    return Answer(204)


def list_labels(call: Call) -> Answer:
    return page(call, call.issue.labels, lambda name: show_label(call.forge, call.repository, name))


def add_labels(call: Call) -> Answer:
    issue = call.issue
    _set_labels(call, issue, [*issue.labels, *call.given["labels"]])
    return list_labels(call)


def set_labels(call: Call) -> Answer:
    _set_labels(call, call.issue, call.given["labels"])
    return list_labels(call)


def remove_label(call: Call) -> Answer:
    issue, name = call.issue, call.parameters["name"].lower()
    if name not in [label.lower() for label in issue.labels]:
        raise not_found()
    _set_labels(call, issue, [label for label in issue.labels if label.lower() != name])
    return list_labels(call)


def remove_labels(call: Call) -> Answer:
    _set_labels(call, call.issue, [])
    return Answer(204)


def add_assignees(call: Call) -> Answer:
    """Who may not be assigned is left out without a word."""
    issue = call.issue
    may = filter(call.repository.may_review, call.given.get("assignees", []))
    asked = [call.forge.user(login) for login in may]
    call.forge.assign(issue, list(dict.fromkeys([*issue.assignees, *asked])), call.user)
    return _show(call, issue, 201)


def remove_assignees(call: Call) -> Answer:
    issue, gone = call.issue, call.given.get("assignees", [])
    call.forge.assign(issue, [user for user in issue.assignees if user.login not in gone], call.user)
    return _show(call, issue)


def list_milestones(call: Call) -> Answer:
    """The open ones; here none is ever closed."""
    repository = call.repository
    return page(call, repository.milestones, lambda title: show_milestone(call.forge, repository, title))


def _milestone(call: Call, number: int | str | None) -> str | None:
    """PyGithub sends an empty text for none."""
    known = call.repository.milestones
    if not number:
        return None
    if not isinstance(number, int) or number not in range(1, len(known) + 1):
        raise invalid("Issue", field="milestone", code="invalid")
    return known[number - 1]


def _show(call: Call, issue: Issue, status: int = 200) -> Answer:
    return answer_json(show_issue(call.forge, call.repository, issue), status)


def _open(call: Call, issue: Issue) -> None:
    if isinstance(issue, Pull):
        reopen(call.forge, call.repository, issue)
    issue.state, issue.closed_at, issue.closed_by = "open", None, None


def _comment(call: Call) -> tuple[Issue, Comment]:
    number = int(call.parameters["number"])
    for issue in call.repository.issues.values():
        for comment in issue.comments:
            if comment.id == number:
                return issue, comment
    raise not_found()


def _set_labels(call: Call, issue: Issue, names: list[str | dict[str, str]]) -> None:
    plain = [name if isinstance(name, str) else name["name"] for name in names]
    call.forge.set_labels(call.repository, issue, plain, call.user)
    issue.updated_at = call.forge.now


_ISSUE = "/repos/{owner}/{repo}/issues/{number}"
_COMMENT = "/repos/{owner}/{repo}/issues/comments/{number}"

ROUTES: Routes = {
    ("GET", "/repos/{owner}/{repo}/issues"): list_issues,
    ("POST", "/repos/{owner}/{repo}/issues"): create_issue,
    ("GET", _ISSUE): get_issue,
    ("PATCH", _ISSUE): edit_issue,
    ("GET", f"{_ISSUE}/comments"): list_comments,
    ("POST", f"{_ISSUE}/comments"): create_comment,
    ("GET", _COMMENT): get_comment,
    ("PATCH", _COMMENT): edit_comment,
    ("DELETE", _COMMENT): delete_comment,
    ("GET", f"{_ISSUE}/labels"): list_labels,
    ("POST", f"{_ISSUE}/labels"): add_labels,
    ("PUT", f"{_ISSUE}/labels"): set_labels,
    ("DELETE", f"{_ISSUE}/labels"): remove_labels,
    ("DELETE", f"{_ISSUE}/labels/{{name*}}"): remove_label,
    ("POST", f"{_ISSUE}/assignees"): add_assignees,
    ("DELETE", f"{_ISSUE}/assignees"): remove_assignees,
    ("GET", "/repos/{owner}/{repo}/milestones"): list_milestones,
}
