"""To answer GitLab's calls about branches and about users. I/O."""

from updater.sandbox.exchange import Answer, answer_json
from updater.sandbox.github.state import Forge, User
from updater.sandbox.gitlab.calls import Call, Refusal, Routes, page


def get_branch(call: Call) -> Answer:
    """`can_push` is said of whoever asks."""
    project, name = call.project, call.parameters["branch"]
    sha = project.git.refs(f"refs/heads/{name}").get(f"refs/heads/{name}")
    if sha is None:
        raise Refusal(404, "404 Branch Not Found")
    binding = [each for each in project.protected(name) if each.binds(call.user.login)]
    shown = {
        "name": name,
        "protected": bool(project.protected(name)),
        "developers_can_push": False,
        "developers_can_merge": False,
        "can_push": not any(each.refuses_pushes for each in binding),
        "default": name == "main",
        "commit": {"id": sha},
    }
    return answer_json(shown)


def show_user(forge: Forge, user: User) -> dict[str, object]:
    return {
        "id": user.id,
        "username": user.login,
        "name": user.login,
        "state": "active",
        "locked": False,
        "avatar_url": None,
        "web_url": f"{forge.url}/{user.login}",
    }


def get_user(call: Call) -> Answer:
    return answer_json(show_user(call.forge, call.user))


def list_users(call: Call) -> Answer:
    """By `username`, which has to be the whole of it."""
    name = call.request.query.get("username", "").lower()
    known = [user for user in call.forge.users.values() if user.kind != "Organization"]
    found = [user for user in known if name in ("", user.login.lower())]
    return page(call, found, lambda user: show_user(call.forge, user))


ROUTES: Routes = {
    ("GET", "/projects/{project}/repository/branches/{branch}"): get_branch,
    ("GET", "/user"): get_user,
    ("GET", "/users"): list_users,
}
