"""To answer GitLab's calls about users. Pure."""

from updater.sandbox.exchange import Answer, answer_json
from updater.sandbox.github.state import Forge, User
from updater.sandbox.gitlab.calls import Call, Routes, page


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


ROUTES: Routes = {("GET", "/user"): get_user, ("GET", "/users"): list_users}
