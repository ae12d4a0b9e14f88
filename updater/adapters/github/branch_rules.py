"""To read what a token may do in a repository, and what its base branch demands. I/O."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from updater.adapters.github.gateway import GitHubGateway
from updater.model import BranchRules

_EXPIRES = "github-authentication-token-expiration"
"""`2026-12-24 09:00:00 UTC`; only of tokens that end."""
_SCOPES = "x-oauth-scopes"
"""`repo, read:packages`; only of classic tokens."""
_NEEDED = ("contents", "pull_requests", "statuses")
"""An app has to have these, with `write`."""
_CHECKS = "required_status_checks"
_STRICT = "strict_required_status_checks_policy"


class GitHubBranchRules:
    def __init__(
        self, gateway: GitHubGateway, root: str, granted: Callable[[], Mapping[str, str]] | None = None
    ) -> None:
        """Take what tells the permissions of an app; None: it is a user's token."""
        self._gateway = gateway
        self._root = root
        self._granted = granted

    def of(self, branch: str) -> BranchRules:
        """Raises Refused or Unavailable."""
        _, headers, body = self._gateway.requestJson("GET", self._root)
        with self._gateway.sense():
            content = json.loads(body)
            permissions = content.get("permissions") or {}
            may_push = permissions.get("push")
        rules, classic = self._rules(branch), self._classic(branch)
        strict = any(each.get(_STRICT) for each in rules.get(_CHECKS, ()))
        return BranchRules(
            may_push=may_push if isinstance(may_push, bool) else None,
            expires=_instant(headers.get(_EXPIRES, "")),
            lacks=self._lacking(headers.get(_SCOPES, ""), private=content.get("private") is not False),
            pull_request_required="pull_request" in rules,
            reviews=_reviews(rules.get("pull_request", ())),
            checks=tuple(dict.fromkeys((*_contexts(rules.get(_CHECKS, ())), *classic))),
            archived=content.get("archived") is True,
            merge_queue="merge_queue" in rules,
            up_to_date=True if strict else None if classic else False,
        )

    def _lacking(self, scopes: str, *, private: bool) -> tuple[str, ...]:
        """Of fine-grained tokens nobody tells it."""
        if self._granted is not None:
            granted = self._granted()
            return (
                tuple(f"{name}:write" for name in _NEEDED if granted.get(name) != "write") if granted else ()
            )
        known = set(scopes.replace(" ", "").split(",")) - {""}
        enough = {"repo"} if private else {"repo", "public_repo"}
        return ("the scope repo",) if known and not known & enough else ()

    def _rules(self, branch: str) -> Mapping[str, list[Mapping[str, Any]]]:
        """The parameters of every rule of the branch's rulesets, by type."""
        _, _, body = self._gateway.requestJson("GET", f"{self._root}/rules/branches/{branch}")
        found: dict[str, list[Mapping[str, Any]]] = {}
        with self._gateway.sense():
            for rule in json.loads(body):
                found.setdefault(rule["type"], []).append(rule.get("parameters") or {})
        return found

    def _classic(self, branch: str) -> tuple[str, ...]:
        """Classic protection shows its checks to anybody, and the rest to administrators only."""
        _, _, body = self._gateway.requestJson("GET", f"{self._root}/branches/{branch}")
        with self._gateway.sense():
            protection = json.loads(body).get("protection") or {}
            return tuple((protection.get("required_status_checks") or {}).get("contexts") or ())


def _reviews(rules: Iterable[Mapping[str, Any]]) -> int:
    return max((int(each.get("required_approving_review_count") or 0) for each in rules), default=0)


def _contexts(rules: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    return (str(check["context"]) for each in rules for check in each.get(_CHECKS, ()))


def _instant(text: str) -> datetime | None:
    try:
        return datetime.strptime(text.removesuffix(" UTC"), "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None
