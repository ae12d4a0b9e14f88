"""To answer calls about users, repositories, branches, refs and rules. I/O."""

from updater.sandbox.exchange import Answer, answer_json
from updater.sandbox.github.git import GitFailed
from updater.sandbox.github.history import commit, show_commit
from updater.sandbox.github.protection import LOCKED
from updater.sandbox.github.routing import Call, Refusal, Routes, invalid, not_found, page
from updater.sandbox.github.settling import settle
from updater.sandbox.github.shapes import (
    Shape,
    repository_url,
    show_minimal_repository,
    show_repository,
    show_self,
    show_user,
)
from updater.sandbox.github.state import Repository


def get_self(call: Call) -> Answer:
    if call.user.kind == "Bot":
        raise Refusal(403, "Resource not accessible by integration")
    return answer_json(show_self(call.forge, call.user))


def get_user(call: Call) -> Answer:
    user = call.forge.users.get(call.parameters["login"].lower())
    if user is None:
        raise not_found()
    return answer_json(show_self(call.forge, user))


def get_rate_limit(call: Call) -> Answer:
    said = call.forge.limits.headers(call.user.login, call.forge.now)
    rate = {
        name: int(said[f"X-RateLimit-{name.title()}"]) for name in ("limit", "used", "remaining", "reset")
    }
    return answer_json({"resources": {"core": rate, "search": rate, "graphql": rate}, "rate": rate})


def get_repository(call: Call) -> Answer:
    shape = show_repository(call.forge, call.repository)
    parent = call.repository.parent
    return answer_json(shape | ({"parent": show_repository(call.forge, parent)} if parent else {}))


def list_branches(call: Call) -> Answer:
    repository, forge = call.repository, call.forge
    heads = repository.git.refs("refs/heads/")
    names = [(ref.removeprefix("refs/heads/"), sha) for ref, sha in heads.items()]

    def show(named: tuple[str, str]) -> Shape:
        name, sha = named
        reference = {"sha": sha, "url": f"{repository_url(forge, repository)}/commits/{sha}"}
        return {"name": name, "commit": reference, "protected": bool(repository.protected(name))}

    return page(call, names, show)


def get_branch(call: Call) -> Answer:
    repository, forge, name = call.repository, call.forge, call.parameters["branch"]
    head = commit(repository.git, f"refs/heads/{name}")
    if head is None:
        raise Refusal(404, "Branch not found")
    url = f"{repository_url(forge, repository)}/branches/{name}"
    protected = bool(repository.protected(name))
    return answer_json(
        {
            "name": name,
            "commit": show_commit(forge, repository, head),
            "_links": {"self": url, "html": f"{forge.url}/{repository.full_name}/tree/{name}"},
            "protected": protected,
            "protection": _show_protection(repository, name),
            "protection_url": f"{url}/protection",
        }
    )


def get_rules(call: Call) -> Answer:
    repository = call.repository
    protections = repository.protected(call.parameters["branch"])
    rules = [
        rule
        for number, protection in enumerate(protections, start=1)
        for rule in protection.rules(repository.full_name, number)
    ]
    return page(call, rules, lambda rule: rule)


def get_ref(call: Call) -> Answer:
    ref = f"refs/{call.parameters['ref']}"
    sha = call.repository.git.refs(ref).get(ref)
    if sha is None:
        raise not_found()
    return answer_json(_show_ref(call, ref, sha))


def list_matching_refs(call: Call) -> Answer:
    prefix = f"refs/{call.parameters['ref']}"
    found = {ref: sha for ref, sha in call.repository.git.refs().items() if ref.startswith(prefix)}
    return page(call, list(found.items()), lambda named: _show_ref(call, *named))


def create_ref(call: Call) -> Answer:
    repository, ref, sha = call.repository, call.text("ref", "Reference"), call.text("sha", "Reference")
    if repository.git.refs(ref).get(ref):
        raise Refusal(422, "Reference already exists")
    return _move(call, repository, ref, sha, 201)


def update_ref(call: Call) -> Answer:
    repository, sha = call.repository, call.text("sha", "Reference")
    ref = f"refs/{call.parameters['ref']}"
    old = repository.git.refs(ref).get(ref)
    if old is None:
        raise Refusal(422, "Reference does not exist")
    if not call.given.get("force") and not _is_forward(repository, old, sha):
        raise Refusal(422, "Update is not a fast forward")
    return _move(call, repository, ref, sha, 200)


def delete_ref(call: Call) -> Answer:
    repository, ref = call.repository, f"refs/{call.parameters['ref']}"
    if ref not in repository.git.refs(ref):
        raise Refusal(422, "Reference does not exist")
    _refuse_protected(call, repository, ref)
    repository.git.update_refs({ref: None})
    settle(call.forge, repository, call.user)
    return Answer(204)


def get_permission(call: Call) -> Answer:
    user = call.forge.user(call.parameters["login"])
    shape = {**show_user(call.forge, user), "role_name": "write"}
    return answer_json({"permission": "write", "role_name": "write", "user": shape})


def list_installed_repositories(call: Call) -> Answer:
    known = list(call.forge.repositories.values())
    shown = [show_minimal_repository(call.forge, repository) for repository in known]
    return answer_json({"total_count": len(shown), "repositories": shown})


def _show_protection(repository: Repository, branch: str) -> Shape:
    protections = [each for each in repository.protected(branch) if each.kind == "branch"]
    contexts = [context for each in protections for context in each.required_statuses]
    checks = [{"context": context, "app_id": None} for context in contexts]
    return {
        "enabled": bool(protections),
        "required_status_checks": {"enforcement_level": "everyone", "contexts": contexts, "checks": checks},
    }


def _show_ref(call: Call, ref: str, sha: str) -> Shape:
    url = repository_url(call.forge, call.repository)
    return {
        "ref": ref,
        "node_id": f"REF_{ref}",
        "url": f"{url}/git/{ref}",
        "object": {"sha": sha, "type": "commit", "url": f"{url}/git/commits/{sha}"},
    }


def _is_forward(repository: Repository, old: str, new: str) -> bool:
    return repository.git.resolve(new) is not None and repository.git.is_ancestor(old, new)


def _move(call: Call, repository: Repository, ref: str, sha: str, status: int) -> Answer:
    _refuse_protected(call, repository, ref)
    if repository.git.resolve(sha) is None:
        raise Refusal(422, "Object does not exist")
    try:
        repository.git.update_refs({ref: sha})
    except GitFailed as error:
        raise invalid("Reference", str(error), field="ref", code="invalid") from error
    settle(call.forge, repository, call.user)
    return answer_json(_show_ref(call, ref, sha), status)


def _refuse_protected(call: Call, repository: Repository, ref: str) -> None:
    if repository.is_queued(ref.removeprefix("refs/heads/")):
        raise Refusal(422, LOCKED)
    for protection in repository.protected(ref.removeprefix("refs/heads/")):
        if protection.binds(call.user.login) and protection.refuses_pushes:
            raise Refusal(422, "\n".join(protection.reasons))


ROUTES: Routes = {
    ("GET", "/user"): get_self,
    ("GET", "/users/{login}"): get_user,
    ("GET", "/rate_limit"): get_rate_limit,
    ("GET", "/installation/repositories"): list_installed_repositories,
    ("GET", "/repos/{owner}/{repo}"): get_repository,
    ("GET", "/repos/{owner}/{repo}/branches"): list_branches,
    ("GET", "/repos/{owner}/{repo}/branches/{branch*}"): get_branch,
    ("GET", "/repos/{owner}/{repo}/rules/branches/{branch*}"): get_rules,
    ("GET", "/repos/{owner}/{repo}/collaborators/{login}/permission"): get_permission,
    ("GET", "/repos/{owner}/{repo}/git/ref/{ref*}"): get_ref,
    # GitHub's own `url` of a ref says /git/refs/, and PyGithub follows it.
    ("GET", "/repos/{owner}/{repo}/git/refs/{ref*}"): get_ref,
    ("GET", "/repos/{owner}/{repo}/git/matching-refs/{ref*}"): list_matching_refs,
    ("POST", "/repos/{owner}/{repo}/git/refs"): create_ref,
    ("PATCH", "/repos/{owner}/{repo}/git/refs/{ref*}"): update_ref,
    ("DELETE", "/repos/{owner}/{repo}/git/refs/{ref*}"): delete_ref,
}
