"""To answer the calls of Azure DevOps about comments, each of which begins a thread. Pure."""

from __future__ import annotations

from updater.sandbox.azure.calls import Call, Refusal, Routes, answer_list, invalid
from updater.sandbox.azure.pulls import ROOT as PULLS
from updater.sandbox.azure.shapes import Shape, instant, show_user
from updater.sandbox.exchange import Answer, answer_json
from updater.sandbox.github.state import Comment

_LONGEST = 150_000
_STATES = {"unknown", "active", "fixed", "wontFix", "closed", "byDesign", "pending"}


def list_threads(call: Call) -> Answer:
    """With what Azure DevOps itself has to tell."""
    shown = [_show(call, each) for each in call.pull.comments]
    return answer_list([*shown, _told_by_the_system(call)])


def create_thread(call: Call) -> Answer:
    (comment,) = call.given.get("comments") or [{}]
    if call.given.get("status", "active") not in _STATES:
        raise invalid("status")
    made = call.forge.comment(call.pull, call.user, _content(comment))
    return answer_json(_show(call, made))


def edit_comment(call: Call) -> Answer:
    thread = int(call.parameters["thread"])
    comment = next((each for each in call.pull.comments if each.id == thread), None)
    if comment is None or call.parameters["comment"] != "1":
        raise Refusal(404, f"TF401180: The thread {thread} was not found.")
    comment.body, comment.updated_at = _content(call.given), call.forge.now
    return answer_json(_show_comment(call, comment))


def _content(given: dict[str, object]) -> str:
    content = given.get("content")
    if not isinstance(content, str) or not content:
        raise invalid("A comment must have content.")
    if len(content) > _LONGEST:
        raise invalid(f"A comment must not be longer than {_LONGEST} characters.")
    return content


def _show(call: Call, comment: Comment) -> Shape:
    return {
        "id": comment.id,
        "publishedDate": instant(comment.created_at),
        "lastUpdatedDate": instant(comment.updated_at),
        "comments": [_show_comment(call, comment)],
        "status": "active",
        "isDeleted": False,
    }


def _show_comment(call: Call, comment: Comment) -> Shape:
    return {
        "id": 1,
        "parentCommentId": 0,
        "author": show_user(call.forge, comment.user),
        "content": comment.body,
        "publishedDate": instant(comment.created_at),
        "lastUpdatedDate": instant(comment.updated_at),
        "lastContentUpdatedDate": instant(comment.updated_at),
        "commentType": "text",
    }


def _told_by_the_system(call: Call) -> Shape:
    comment = Comment(1, call.pull.user, "Policy status has been updated", call.forge.now, call.forge.now)
    thread = _show(call, comment)
    return {**thread, "comments": [{**thread["comments"][0], "commentType": "system"}]}


_THREADS = f"{PULLS}/{{number}}/threads"
ROUTES: Routes = {
    ("GET", _THREADS): list_threads,
    ("POST", _THREADS): create_thread,
    ("PATCH", f"{_THREADS}/{{thread}}/comments/{{comment}}"): edit_comment,
}
