"""To answer GitLab's calls about milestones, and about what happened to a merge request. Pure."""

from updater.sandbox.exchange import Answer
from updater.sandbox.github.state import Event, Repository
from updater.sandbox.gitlab.calls import Call, Routes, page

_ACTIONS = {"labeled": "add", "milestoned": "add"}
_SENTENCES = {
    "review_requested": "requested review from",
    "review_request_removed": "removed review request for",
    "assigned": "assigned to",
    "unassigned": "unassigned",
}


def show_milestone(project: Repository, title: str) -> dict[str, object]:
    number = project.milestones.index(title) + 1
    return {"id": number, "iid": number, "project_id": project.id, "title": title, "state": "active"}


def list_milestones(call: Call) -> Answer:
    title = call.request.query.get("title")
    found = [each for each in call.project.milestones if title in (None, each)]
    return page(call, found, lambda each: show_milestone(call.project, each))


def list_label_events(call: Call) -> Answer:
    found = [each for each in call.merge_request.events if each.name in ("labeled", "unlabeled")]
    return page(call, found, lambda each: {**_show(each), "label": {"name": each.subject}})


def list_milestone_events(call: Call) -> Answer:
    found = [each for each in call.merge_request.events if each.name in ("milestoned", "demilestoned")]
    return page(call, found, lambda each: {**_show(each), "milestone": {"title": each.subject}})


def told(event: Event) -> str | None:
    """What GitLab itself writes among the notes; nothing of labels and milestones."""
    sentence = _SENTENCES.get(event.name)
    return f"{sentence} @{event.subject}" if sentence else None


def _show(event: Event) -> dict[str, object]:
    return {
        "id": event.id,
        "action": _ACTIONS.get(event.name, "remove"),
        "resource_type": "MergeRequest",
        "created_at": f"{event.created_at:%Y-%m-%dT%H:%M:%S}.000Z",
    }


_ROOT = "/projects/{project}/merge_requests/{iid}"
ROUTES: Routes = {
    ("GET", "/projects/{project}/milestones"): list_milestones,
    ("GET", f"{_ROOT}/resource_label_events"): list_label_events,
    ("GET", f"{_ROOT}/resource_milestone_events"): list_milestone_events,
}
