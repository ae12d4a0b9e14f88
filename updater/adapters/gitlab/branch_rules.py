"""To read what a token may do in a project, and what its base branch demands. I/O."""

from urllib.parse import quote

from updater.adapters.gitlab.gateway import GitLabGateway
from updater.model import BranchRules


class GitLabBranchRules:
    def __init__(self, gateway: GitLabGateway, root: str) -> None:
        self._gateway = gateway
        self._root = root

    def of(self, branch: str) -> BranchRules:
        """GitLab says of a branch whether who asks may push to it. Raises Refused or Unavailable."""
        found = self._gateway.read(f"{self._root}/repository/branches/{quote(branch, safe='')}")
        with self._gateway.sense():
            may_push = bool(found["can_push"])
            protected = bool(found["protected"])
        return BranchRules(may_push=may_push or protected, pull_request_required=protected and not may_push)
