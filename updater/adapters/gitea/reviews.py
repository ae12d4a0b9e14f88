"""To read how a pull request stands with its reviewers and with Gitea. I/O."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import quote

from updater.adapters.cache import BoundedCache
from updater.adapters.gitea.branch_rules import GiteaBranchRules, checks_of
from updater.adapters.gitea.gateway import GiteaGateway
from updater.adapters.gitea.shapes import login
from updater.adapters.gitea.statuses import STATES
from updater.model import ReviewState

_APPROVED, _REFUSED = "APPROVED", "REQUEST_CHANGES"


class GiteaReviews:
    """Gitea itself says only whether it knows of nothing against merging: the rest is put together here."""

    def __init__(self, gateway: GiteaGateway, root: str, rules: GiteaBranchRules) -> None:
        self._gateway = gateway
        self._root = root
        self._rules = rules
        self._unmergeable: BoundedCache[int, tuple[str, str]] = BoundedCache()
        """The head and the base that were not mergeable when they were looked at last."""

    def of(self, number: int) -> ReviewState:
        path = f"{self._root}/pulls/{number}"
        pull = self._gateway.read(path)
        with self._gateway.sense():
            reviews = [each for each in self._gateway.pages(f"{path}/reviews", {}) if _counts(each)]
            return ReviewState(_is_approved(reviews), self._standing(number, pull, reviews))

    def _standing(self, number: int, pull: Mapping[str, Any], reviews: Iterable[Mapping[str, Any]]) -> str:
        if pull.get("draft"):
            return "draft"
        if not pull["mergeable"]:
            return self._not_mergeable(number, pull)
        branch = self._gateway.read(f"{self._root}/branches/{quote(str(pull['base']['ref']))}")
        if pull.get("merge_base") != pull["base"]["sha"] and self._rules.must_be_up_to_date(branch):
            return "behind"
        approvals = sum(each["state"] == _APPROVED for each in reviews)
        missing = approvals < int(branch.get("required_approvals") or 0) or self._lacks_checks(pull, branch)
        return "blocked" if missing else "clean"

    def _not_mergeable(self, number: int, pull: Mapping[str, Any]) -> str:
        """The same is said while it has not been tried: what is still so the next time, conflicts."""
        now = str(pull["head"]["sha"]), str(pull["base"]["sha"])
        before = self._unmergeable.known(number)
        self._unmergeable.put(number, now)
        return "dirty" if before == now else "unknown"

    def _lacks_checks(self, pull: Mapping[str, Any], branch: Mapping[str, Any]) -> bool:
        if not branch.get("enable_status_check"):
            return False
        said = self._gateway.read(f"{self._root}/commits/{pull['head']['sha']}/status")
        states = {str(each["context"]): STATES[each["status"]] for each in said.get("statuses") or ()}
        wanted = checks_of(branch)
        green = [context for context, state in states.items() if state == "success"]
        if not wanted:
            return len(green) < len(states) or not green
        return not all(any(fnmatchcase(context, each) for context in green) for each in wanted)


def _counts(review: Mapping[str, Any]) -> bool:
    """Anybody may approve in a public repository: official are those of who may write."""
    return bool(review["official"]) and not review["dismissed"] and review["state"] in {_APPROVED, _REFUSED}


def _is_approved(reviews: Iterable[Mapping[str, Any]]) -> bool:
    """A comment after an approval takes nothing back."""
    in_order = sorted(reviews, key=lambda each: int(each["id"]))
    latest = {login(each["user"]): each["state"] for each in in_order}
    return _APPROVED in latest.values() and _REFUSED not in latest.values()
