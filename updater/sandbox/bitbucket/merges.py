"""To answer Bitbucket's call that merges. I/O."""

from updater.sandbox.bitbucket.calls import Call, Refusal, Routes
from updater.sandbox.bitbucket.shapes import show_pull, state_of
from updater.sandbox.exchange import Answer, answer_json
from updater.sandbox.github.merging import MergeRefused, Message, blockers, merge
from updater.sandbox.github.settling import mergeable
from updater.sandbox.github.state import Method, Pull

_STRATEGIES: dict[str, Method] = {
    "merge_commit": "merge",
    "squash": "squash",
    "rebase_fast_forward": "rebase",
}


def merge_pull(call: Call) -> Answer:
    """Whatever its head is."""
    pull = call.pull
    method = _STRATEGIES.get(call.given.get("merge_strategy") or "merge_commit")
    if method is None:
        raise Refusal(400, "merge_strategy: not available", merge_strategy="not available")
    _refuse(call, pull)
    try:
        merge(
            call.forge, call.repository, pull, actor=call.user, method=method, message=_message(call, method)
        )
    except MergeRefused as error:
        raise Refusal(400, str(error)) from error
    return answer_json(show_pull(call.forge, call.repository, pull))


def _refuse(call: Call, pull: Pull) -> None:
    if state_of(pull) != "OPEN":
        raise Refusal(400, "This pull request is already closed.")
    if pull.draft:
        raise Refusal(400, "This pull request is a draft and cannot be merged.")
    if not mergeable(call.repository, pull):
        raise Refusal(400, "You can't merge until you resolve all merge conflicts.")
    if blockers(call.repository, pull):
        raise Refusal(400, "You can't merge until all merge checks have passed.")


def _message(call: Call, method: Method) -> Message:
    """Bitbucket's own lists what a squash swallows."""
    said, pull = call.given.get("message"), call.pull
    usual = f"Merged in {pull.head} (pull request #{pull.number})"
    title, _, body = str(said or usual).partition("\n")
    return Message(title, body.strip("\n") if said or method != "squash" else None)


ROUTES: Routes = {
    ("POST", "/repositories/{workspace}/{repo_slug}/pullrequests/{pull_request_id}/merge"): merge_pull,
}
