"""To say why a protected branch takes no push. Pure."""

from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Protection:
    """A classic protection (GH006), a ruleset (GH013), or GitLab's; `bypass` are logins it does not bind."""

    kind: Literal["branch", "ruleset", "gitlab"] = "branch"
    requires_pull: bool = True
    required_reviews: int = 0
    required_statuses: tuple[str, ...] = ()
    up_to_date: bool = False
    bypass: frozenset[str] = frozenset()

    def binds(self, login: str) -> bool:
        return login not in self.bypass

    @property
    def refuses_pushes(self) -> bool:
        return self.requires_pull or bool(self.required_statuses)

    @property
    def reasons(self) -> list[str]:
        pull = ["Changes must be made through a pull request."] if self.requires_pull else []
        return pull + [
            f'Required status check "{context}" is expected.' for context in self.required_statuses
        ]

    @property
    def verdict(self) -> str:
        """What stands in brackets behind the rejected ref."""
        if self.kind == "gitlab":
            return "pre-receive hook declined"
        if self.kind == "branch":
            return "protected branch hook declined"
        return "push declined due to repository rule violations"

    def lines(self, ref: str, repository_url: str) -> list[str]:
        """What `remote:` says."""
        if self.kind == "gitlab":
            return ["GitLab: You are not allowed to push code to protected branches on this project."]
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
        return [pull] * self.requires_pull + [statuses] * bool(self.required_statuses)

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
