"""To read how a pull request stands with its reviewers, and with what its base demands. I/O."""

from collections.abc import Mapping
from typing import Any

from updater.adapters.bitbucket.branch_rules import BitbucketBranchRules
from updater.adapters.bitbucket.gateway import BitbucketGateway
from updater.adapters.bitbucket.merging import BitbucketMerging
from updater.adapters.bitbucket.statuses import STATES
from updater.model import ReviewState


class BitbucketReviews:
    """Bitbucket never says whether it would merge: what is seen is put together here. Git sees conflicts."""

    def __init__(
        self, gateway: BitbucketGateway, root: str, rules: BitbucketBranchRules, merging: BitbucketMerging
    ) -> None:
        self._gateway = gateway
        self._root = root
        self._rules = rules
        self._merging = merging
        self._private: bool | None = None

    def of(self, number: int) -> ReviewState:
        pull = self._gateway.read(f"{self._root}/pullrequests/{number}")
        with self._gateway.sense():
            people = [each for each in pull["participants"] if self._counts(each)]
            refused = any(each.get("state") == "changes_requested" for each in people)
            approvals = sum(each["approved"] is True for each in people)
            standing = self._standing(pull, approvals, refused=refused)
            return ReviewState(approvals > 0 and not refused, standing)

    def _counts(self, participant: Mapping[str, Any]) -> bool:
        """Anybody may approve in a public repository; whom we do not know counts only if they were asked."""
        return participant["role"] == "REVIEWER" or self._is_private()

    def _is_private(self) -> bool:
        if self._private is None:
            self._private = self._gateway.read(self._root).get("is_private") is True
        return self._private

    def _standing(self, pull: Mapping[str, Any], approvals: int, *, refused: bool) -> str:
        if pull.get("draft"):
            return "draft"
        demanded = self._rules.restrictions(str(pull["destination"]["branch"]["name"]))
        missing = (
            self._merging.was_refused(int(pull["id"]), str(pull["source"]["commit"]["hash"]))
            or approvals < demanded.approvals
            or (refused and demanded.no_changes_requested)
            or (demanded.no_open_tasks and int(pull.get("task_count") or 0) > 0)
            or (demanded.builds > 0 and self._lacks_builds(pull, demanded.builds))
        )
        return "blocked" if missing else "clean"

    def _lacks_builds(self, pull: Mapping[str, Any], wanted: int) -> bool:
        """So many have to be green, and none red or under way."""
        listed = self._gateway.listed(f"{self._root}/pullrequests/{pull['id']}/statuses")
        states = [STATES[each["state"]] for each in listed]
        green = states.count("success")
        return green < wanted or green < len(states)
