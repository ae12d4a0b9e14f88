"""To answer Gitea's calls that merge, now or once the checks have passed. I/O."""

from updater.sandbox.exchange import Answer
from updater.sandbox.gitea.calls import Call, Refusal, Routes, not_found
from updater.sandbox.github.graphql import merge_what_is_ready
from updater.sandbox.github.merging import MergeRefused, Message, blockers, merge
from updater.sandbox.github.settling import mergeable
from updater.sandbox.github.state import AutoMerge, Method, Pull

_STYLES: dict[str, Method] = {"merge": "merge", "squash": "squash", "rebase": "rebase"}


def merge_pull(call: Call) -> Answer:
    pull, given = call.pull, call.given
    style = _STYLES.get(str(given.get("do") or given.get("Do")))
    if style is None:
        raise Refusal(422, "[Do]: Required")
    _ = call.writable
    later = bool(given.get("merge_when_checks_succeed"))
    _refuse(call, pull, later=later)
    if later:
        return _schedule(call, pull, style)
    if given.get("head_commit_id") not in (None, "", pull.head_sha):
        raise Refusal(409, "head out of date")
    message = _message(call, pull, style)
    try:
        merge(call.forge, call.repository, pull, actor=call.user, method=style, message=message)
    except MergeRefused as error:
        raise Refusal(405, str(error)) from error
    return Answer(200)


def _refuse(call: Call, pull: Pull, *, later: bool) -> None:
    """Whoever waits for the checks need not have them."""
    if pull.merged_at:
        raise Refusal(405, "The PR is already merged")
    if pull.state == "closed":
        raise not_found()
    if pull.draft:
        raise Refusal(405, "Work in progress PRs cannot be merged")
    if not mergeable(call.repository, pull):
        raise Refusal(405, "Please try again later")
    if not later and blockers(call.repository, pull):
        raise Refusal(405, "not ready to be merged: Does not have enough approvals")


def _schedule(call: Call, pull: Pull, style: Method) -> Answer:
    if pull.auto_merge is not None:
        raise Refusal(409, f"pull request is already scheduled to auto merge [id: {pull.id}]")
    pull.auto_merge = AutoMerge(call.user, style)
    call.forge.happen(pull, "merge_scheduled", call.user, "")
    merge_what_is_ready(call.forge, call.repository)
    return Answer(201)


def _message(call: Call, pull: Pull, style: Method) -> Message:
    """Gitea's own says nothing of the commits that a squash swallows."""
    title, body = call.given.get("merge_title_field"), call.given.get("merge_message_field")
    usual = f"Merge pull request '{pull.title}' (#{pull.number}) from {pull.head} into {pull.base}"
    if style == "squash":
        usual = f"{pull.title} (#{pull.number})"
    return Message(title or usual, body or "")


def cancel(call: Call) -> Answer:
    pull = call.pull
    if pull.auto_merge is None:
        raise not_found()
    pull.auto_merge = None
    call.forge.happen(pull, "merge_cancelled", call.user, "")
    return Answer(204)


ROUTES: Routes = {
    ("POST", "/repos/{owner}/{repo}/pulls/{index}/merge"): merge_pull,
    ("DELETE", "/repos/{owner}/{repo}/pulls/{index}/merge"): cancel,
}
