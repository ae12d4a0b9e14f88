"""To answer Gitea's calls about repositories, branches and users. I/O."""

from updater.sandbox.exchange import Answer, answer_json
from updater.sandbox.gitea.calls import Call, Routes, not_found
from updater.sandbox.gitea.shapes import show_repository, show_user


def get_user(call: Call) -> Answer:
    return answer_json(show_user(call.forge, call.user))


def get_repository(call: Call) -> Answer:
    return answer_json(show_repository(call.forge, call.repository))


def get_branch(call: Call) -> Answer:
    """What is said of its protection, whoever asks may read; the protection itself only administrators."""
    repository, name = call.repository, call.parameters["branch"]
    sha = repository.git.refs(f"refs/heads/{name}").get(f"refs/heads/{name}")
    if sha is None:
        raise not_found()
    rules = repository.protected(name)
    binding = [each for each in rules if each.binds(call.user.login)]
    contexts = [context for each in rules for context in each.required_statuses]
    shown = {
        "name": name,
        "commit": {"id": sha},
        "protected": bool(rules),
        "required_approvals": max((each.required_reviews for each in rules), default=0),
        "enable_status_check": bool(contexts),
        "status_check_contexts": contexts,
        "user_can_push": not any(each.refuses_pushes for each in binding),
        "user_can_merge": True,
        "effective_branch_protection_name": "",
    }
    return answer_json(shown)


ROUTES: Routes = {
    ("GET", "/user"): get_user,
    ("GET", "/repos/{owner}/{repo}"): get_repository,
    ("GET", "/repos/{owner}/{repo}/branches/{branch*}"): get_branch,
}
