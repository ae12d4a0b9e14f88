"""To answer Bitbucket's calls about comments. Pure."""

from updater.sandbox.bitbucket.calls import Call, Refusal, Routes, not_found, page
from updater.sandbox.bitbucket.shapes import Shape, instant, show_user, text
from updater.sandbox.exchange import Answer, answer_json
from updater.sandbox.github.state import Comment

_LONGEST = 32_000


def list_comments(call: Call) -> Answer:
    return page(call, call.pull.comments, lambda each: _show(call, each))


def create_comment(call: Call) -> Answer:
    comment = call.forge.comment(call.pull, call.user, _raw(call))
    return answer_json(_show(call, comment), 201)


def edit_comment(call: Call) -> Answer:
    number = call.parameters["comment_id"]
    comment = next((each for each in call.pull.comments if str(each.id) == number), None)
    if comment is None:
        raise not_found()
    comment.body, comment.updated_at = _raw(call), call.forge.now
    return answer_json(_show(call, comment))


def _raw(call: Call) -> str:
    content = call.given.get("content")
    raw = content.get("raw") if isinstance(content, dict) else None
    if not isinstance(raw, str) or not raw:
        raise Refusal(400, "content: required key not provided", content="required key not provided")
    if len(raw) > _LONGEST:
        raise Refusal(400, f"content is too long: at most {_LONGEST} characters", content="too long")
    return raw


def _show(call: Call, comment: Comment) -> Shape:
    return {
        "type": "pullrequest_comment",
        "id": comment.id,
        "user": show_user(call.forge, comment.user),
        "content": text(comment.body),
        "deleted": False,
        "created_on": instant(comment.created_at),
        "updated_on": instant(comment.updated_at),
    }


_ROOT = "/repositories/{workspace}/{repo_slug}/pullrequests/{pull_request_id}/comments"
ROUTES: Routes = {
    ("GET", _ROOT): list_comments,
    ("POST", _ROOT): create_comment,
    ("PUT", f"{_ROOT}/{{comment_id}}"): edit_comment,
}
