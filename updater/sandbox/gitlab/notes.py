"""To answer GitLab's calls about notes on merge requests. Pure."""

from typing import Any

from updater.sandbox.exchange import Answer, answer_json
from updater.sandbox.github.state import Comment, Forge
from updater.sandbox.gitlab.calls import Call, Refusal, Routes, page
from updater.sandbox.gitlab.lookups import show_user
from updater.sandbox.gitlab.resource_events import told

_LONGEST = 1_000_000


def list_notes(call: Call) -> Answer:
    """What people wrote, and what GitLab itself did."""
    pull = call.merge_request
    shown = [_show(call.forge, note) for note in pull.comments]
    for event in pull.events:
        if text := told(event):
            note = Comment(event.id, event.user, text, event.created_at, event.created_at)
            shown.append({**_show(call.forge, note), "system": True})
    order = {each["id"]: each for each in shown}
    down = call.request.query.get("sort") != "asc"
    return page(call, [order[number] for number in sorted(order, reverse=down)], lambda each: each)


def create_note(call: Call) -> Answer:
    call.short(body=_LONGEST)
    note = call.forge.comment(call.merge_request, call.user, call.text("body"))
    return answer_json(_show(call.forge, note), 201)


def edit_note(call: Call) -> Answer:
    number = int(call.parameters["note"])
    note = next((each for each in call.merge_request.comments if each.id == number), None)
    if note is None:
        raise Refusal(404, "404 Not found")
    call.short(body=_LONGEST)
    note.body, note.updated_at = call.text("body"), call.forge.now
    return answer_json(_show(call.forge, note))


def _show(forge: Forge, note: Comment) -> dict[str, Any]:
    return {
        "id": note.id,
        "body": note.body,
        "author": show_user(forge, note.user),
        "created_at": f"{note.created_at:%Y-%m-%dT%H:%M:%S}.000Z",
        "updated_at": f"{note.updated_at:%Y-%m-%dT%H:%M:%S}.000Z",
        "system": False,
        "noteable_type": "MergeRequest",
        "resolvable": False,
    }


_ROOT = "/projects/{project}/merge_requests/{iid}/notes"
ROUTES: Routes = {
    ("GET", _ROOT): list_notes,
    ("POST", _ROOT): create_note,
    ("PUT", f"{_ROOT}/{{note}}"): edit_note,
}
