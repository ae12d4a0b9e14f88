"""To answer GitLab's calls about branches. I/O."""

from updater.sandbox.exchange import Answer, answer_json
from updater.sandbox.gitlab.calls import Call, Refusal, Routes


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


ROUTES: Routes = {("GET", "/projects/{project}/repository/branches/{branch}"): get_branch}
