"""To tell what happened to an issue. Pure."""

from updater.sandbox.exchange import Answer
from updater.sandbox.github.pull_shapes import show_team
from updater.sandbox.github.routing import Call, Routes, page
from updater.sandbox.github.shapes import Shape, instant, repository_url, show_user
from updater.sandbox.github.state import Event, Forge, Repository

_TEAM = "team:"


def list_events(call: Call) -> Answer:
    """Oldest first."""
    return page(call, call.issue.events, lambda each: _show(call.forge, call.repository, each))


def _show(forge: Forge, repository: Repository, event: Event) -> Shape:
    return {
        "id": event.id,
        "node_id": f"EV_{event.id}",
        "url": f"{repository_url(forge, repository)}/issues/events/{event.id}",
        "actor": show_user(forge, event.user),
        "event": event.name,
        "commit_id": None,
        "commit_url": None,
        "created_at": instant(event.created_at),
        "performed_via_github_app": None,
        **_subject(forge, repository, event),
    }


def _subject(forge: Forge, repository: Repository, event: Event) -> Shape:
    if event.name in ("labeled", "unlabeled"):
        return {"label": {"name": event.subject, "color": "ededed"}}
    if event.name in ("milestoned", "demilestoned"):
        return {"milestone": {"title": event.subject}}
    if event.name in ("assigned", "unassigned"):
        assignee = show_user(forge, forge.user(event.subject))
        return {"assignee": assignee, "assigner": show_user(forge, event.user)}
    asked: Shape = {"review_requester": show_user(forge, event.user)}
    if event.subject.startswith(_TEAM):
        return asked | {"requested_team": show_team(forge, repository, event.subject.removeprefix(_TEAM))}
    return asked | {"requested_reviewer": show_user(forge, forge.user(event.subject))}


ROUTES: Routes = {("GET", "/repos/{owner}/{repo}/issues/{number}/events"): list_events}
