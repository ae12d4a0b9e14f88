"""To say why a protected branch takes no push. Pure."""

from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote

QUEUE_ONLY = "Changes must be made through the merge queue"
_BY_PULL_REQUEST = (
    "TF402455: Pushes to this branch are not permitted; you must use a pull request to update this branch."
)
LOCKED = (
    "A pull request for this branch has been added to a merge queue. Branches that are queued for merging "
    "cannot be updated. To modify this branch, dequeue the associated pull request."
)


@dataclass(frozen=True, slots=True)
class Protection:
    """Classic (GH006), a ruleset (GH013), or another forge's; `bypass` are logins it does not bind."""

    kind: Literal["branch", "ruleset", "gitlab", "gitea", "bitbucket", "azure"] = "branch"
    requires_pull: bool = True
    required_reviews: int = 0
    required_statuses: tuple[str, ...] = ()
    up_to_date: bool = False
    merge_queue: bool = False
    """Nothing is merged but by the queue."""
    bypass: frozenset[str] = frozenset()

    def binds(self, login: str) -> bool:
        return login not in self.bypass

    @property
    def refuses_pushes(self) -> bool:
        return self.requires_pull or self.merge_queue or bool(self.required_statuses)

    @property
    def reasons(self) -> list[str]:
        pull = ["Changes must be made through a pull request."] if self.requires_pull else []
        pull += [QUEUE_ONLY] if self.merge_queue else []
        return pull + [
            f'Required status check "{context}" is expected.' for context in self.required_statuses
        ]

    @property
    def verdict(self) -> str:
        """What stands in brackets behind the rejected ref."""
        if self.kind in ("gitlab", "gitea", "bitbucket"):
            return "pre-receive hook declined"
        if self.kind == "branch":
            return "protected branch hook declined"
        if self.kind == "azure":
            return _BY_PULL_REQUEST
        return "push declined due to repository rule violations"

    def lines(self, ref: str, repository_url: str) -> list[str]:
        """What `remote:` says."""
        if self.kind == "gitlab":
            return ["GitLab: You are not allowed to push code to protected branches on this project."]
        if self.kind == "azure":
            return []
        if self.kind == "gitea":
            return [f"Gitea: Not allowed to push to protected branch {ref.removeprefix('refs/heads/')}"]
        if self.kind == "bitbucket":
            return [f"Permission denied to update branch {ref.removeprefix('refs/heads/')}."]
        if self.kind == "branch":
            start = [f"error: GH006: Protected branch update failed for {ref}."]
        else:
            review = f"{repository_url}/rules?ref={quote(ref, safe='')}"
            start = [
                f"error: GH013: Repository rule violations found for {ref}.",
                f"Review all repository rules at {review}",
            ]
        return [*start, "", *(f"- {reason}" for reason in self.reasons), ""]

    def rules(self, repository: str, number: int) -> list[dict[str, Any]]:
        """As the rules API tells them; a classic protection is not among them."""
        if self.kind != "ruleset":
            return []
        source = {
            "ruleset_source_type": "Repository",
            "ruleset_source": repository,
            "ruleset_id": number,
        }
        pull = {"type": "pull_request", "parameters": self._pull_parameters(), **source}
        statuses = {"type": "required_status_checks", "parameters": self._status_parameters(), **source}
        queue = {"type": "merge_queue", "parameters": _QUEUE_PARAMETERS, **source}
        rules = [pull] * self.requires_pull + [statuses] * bool(self.required_statuses)
        return rules + [queue] * self.merge_queue

    def _pull_parameters(self) -> dict[str, Any]:
        return {
            "required_approving_review_count": self.required_reviews,
            "dismiss_stale_reviews_on_push": False,
            "require_code_owner_review": False,
            "require_last_push_approval": False,
            "required_review_thread_resolution": False,
        }

    def _status_parameters(self) -> dict[str, Any]:
        return {
            "strict_required_status_checks_policy": self.up_to_date,
            "required_status_checks": [{"context": context} for context in self.required_statuses],
        }


_QUEUE_PARAMETERS = {
    "check_response_timeout_minutes": 60,
    "grouping_strategy": "ALLGREEN",
    "max_entries_to_build": 5,
    "max_entries_to_merge": 5,
    "merge_method": "MERGE",
    "min_entries_to_merge": 1,
    "min_entries_to_merge_wait_minutes": 5,
}


def locked_lines(ref: str) -> list[str]:
    """What `remote:` says of a branch whose pull request waits in a merge queue."""
    return [f"error: GH006: Protected branch update failed for {ref}.", f"error: {LOCKED}", ""]
