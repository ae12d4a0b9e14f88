"""To read how a merge request stands with its reviewers and with GitLab. I/O."""

from updater.adapters.gitlab.gateway import GitLabGateway
from updater.model import ReviewState

# The words of the model are GitHub's. What is not here is passed on as GitLab says it: it is not mergeable.
_WORDS = {
    "mergeable": "clean",
    "unchecked": "unknown",
    "checking": "unknown",
    "preparing": "unknown",
    "approvals_syncing": "unknown",
    "conflict": "dirty",
    "need_rebase": "behind",
    "draft_status": "draft",
    "not_approved": "blocked",
    "ci_must_pass": "blocked",
    "ci_still_running": "blocked",
    "requested_changes": "blocked",
    "discussions_not_resolved": "blocked",
    "status_checks_must_pass": "blocked",
    "external_status_checks": "blocked",
    "merge_request_blocked": "blocked",
}


class GitLabReviews:
    def __init__(self, gateway: GitLabGateway, root: str) -> None:
        self._gateway = gateway
        self._root = root

    def of(self, number: int) -> ReviewState:
        """Asking for it makes GitLab try the merge, where it has not yet."""
        path = f"{self._root}/merge_requests/{number}"
        with self._gateway.sense():
            found = str(self._gateway.read(path)["detailed_merge_status"])
            approvals = self._gateway.read(f"{path}/approvals")
            # `approved` is also true where nobody has to approve.
            approved = bool(approvals["approved_by"]) and found != "requested_changes"
        return ReviewState(approved, _WORDS.get(found, found))
