"""To read what the base branch demands, by Bitbucket's branch restrictions. I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from updater.adapters.bitbucket.gateway import BitbucketGateway
from updater.adapters.bitbucket.shapes import account
from updater.errors import Refused
from updater.model import BranchRules
from updater.reasons import failure_reasons
from updater.value_class import value_class

_UNTOLD = {failure_reasons.FORGE_FORBIDDEN, failure_reasons.FORGE_NOT_FOUND}


@value_class
class Restrictions:
    """Of one branch, as far as they are told."""

    approvals: int = 0
    builds: int = 0
    no_changes_requested: bool = False
    no_open_tasks: bool = False
    refuses_pushes: bool = False


class BitbucketBranchRules:
    """Only administrators are shown the restrictions; whether one binds depends on the plan that is paid."""

    def __init__(self, gateway: BitbucketGateway, root: str, login: Callable[[], str]) -> None:
        self._gateway = gateway
        self._root = root
        self._login = login

    def of(self, branch: str) -> BranchRules:
        """Whether the token may push is not told. Raises Refused or Unavailable."""
        self._gateway.read(self._root)
        found = self.restrictions(branch)
        return BranchRules(
            pull_request_required=found.refuses_pushes, reviews=found.approvals, checks_pushes=False
        )

    def restrictions(self, branch: str) -> Restrictions:
        """None that are not told."""
        try:
            listed = self._gateway.listed(f"{self._root}/branch-restrictions")
        except Refused as refused:
            if refused.reason not in _UNTOLD:
                raise
            return Restrictions()
        with self._gateway.sense():
            return self._summed([each for each in listed if _is_about(each, branch)])

    def _summed(self, found: list[Mapping[str, Any]]) -> Restrictions:
        kinds = {str(each["kind"]) for each in found}
        return Restrictions(
            approvals=max(_values(found, "require_approvals_to_merge"), default=0),
            builds=max(_values(found, "require_passing_builds_to_merge"), default=0),
            no_changes_requested="require_no_changes_requested" in kinds,
            no_open_tasks="require_tasks_to_be_completed" in kinds,
            refuses_pushes=any(each["kind"] == "push" and not self._lets_us(each) for each in found),
        )

    def _lets_us(self, restriction: Mapping[str, Any]) -> bool:
        """Who is in a group is not told, so one may be ours."""
        if restriction.get("groups"):
            return True
        try:
            us = self._login()
        except Refused:
            return False
        return us in {account(user) for user in restriction.get("users") or ()}


def _is_about(restriction: Mapping[str, Any], branch: str) -> bool:
    """Those by the branching model name no branch."""
    if restriction.get("branch_match_kind", "glob") != "glob":
        return False
    return fnmatchcase(branch, str(restriction["pattern"]))


def _values(found: list[Mapping[str, Any]], kind: str) -> Iterator[int]:
    return (int(each["value"] or 0) for each in found if each["kind"] == kind)
