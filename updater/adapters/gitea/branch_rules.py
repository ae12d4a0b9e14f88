"""To read what a token may do in a repository, and what its base branch demands. I/O."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from updater.adapters.gitea.gateway import GiteaGateway
from updater.model import BranchRules


class GiteaBranchRules:
    def __init__(self, gateway: GiteaGateway, root: str) -> None:
        self._gateway = gateway
        self._root = root

    def of(self, branch: str) -> BranchRules:
        """Gitea says of a branch what who asks may do there. Raises Refused or Unavailable."""
        repository = self._gateway.read(self._root)
        found = self._gateway.read(f"{self._root}/branches/{quote(branch)}")
        with self._gateway.sense():
            return BranchRules(
                may_push=bool((repository.get("permissions") or {})["push"]),
                archived=repository.get("archived") is True,
                pull_request_required=bool(found["protected"]) and not found["user_can_push"],
                reviews=int(found.get("required_approvals") or 0),
                checks=checks_of(found),
                checks_pushes=False,
                up_to_date=self.must_be_up_to_date(found),
            )

    def must_be_up_to_date(self, branch: Mapping[str, Any]) -> bool | None:
        """Only administrators are told; None where we are not."""
        if not branch["protected"]:
            return False
        name = branch.get("effective_branch_protection_name")
        if not name:
            return None
        rule = self._gateway.read(f"{self._root}/branch_protections/{quote(name, safe='')}")
        return bool(rule.get("block_on_outdated_branch"))


def checks_of(branch: Mapping[str, Any]) -> tuple[str, ...]:
    """The contexts it requires; some are patterns."""
    return tuple(branch.get("status_check_contexts") or ()) if branch.get("enable_status_check") else ()
