"""To read out of a refused push what a person has to change for it. Pure."""

import re
from typing import NamedTuple

from updater.reasons import Reason, failure_reasons

_BASE_OTHERWISE = (
    "or set `deliver: pull-request`, with `pull_request: {auto_merge: true}` where nobody has to look"
)
_PASSING = re.compile(
    r"internal (?:server|api) (?:error|unreachable)|internal api|fatal error in commit_refs|temporarily"
    r"|timed? ?out|try again later|maintenance",
    re.IGNORECASE,
)


class _No(NamedTuple):
    """What a host says, what its base branch needs then, and the reason that makes of it."""

    said: re.Pattern[str]
    change: str
    reason: Reason


def _no(said: str, change: str, reason: Reason) -> _No:
    return _No(re.compile(said, re.IGNORECASE), change, reason)


_NOES = (
    _no(
        r"queued for merging|added to a merge queue",
        "wait until it is merged, or take its pull request out of the queue",
        failure_reasons.BRANCH_QUEUED,
    ),
    _no(
        r"verified signature|must be signed|reject_unsigned|unsigned commit",
        "sign the updater's commits (`commit: {signing: …}`) with a key the host knows",
        failure_reasons.UNSIGNED,
    ),
    _no(
        r"GH003|\bnon-fast-forward",
        "allow force pushes to the updater's branches",
        failure_reasons.BRANCH_PROTECTED,
    ),
    _no(
        r"GH006",
        "let the updater bypass it (Settings, Branches, that rule: allow it to push and to bypass pull "
        f"requests), {_BASE_OTHERWISE}",
        failure_reasons.BRANCH_PROTECTED,
    ),
    _no(
        r"GH013|rule violations",
        f"put the updater on the ruleset's bypass list (Settings, Rules), {_BASE_OTHERWISE}",
        failure_reasons.RULE_VIOLATION,
    ),
    _no(
        r"GitLab: You are not allowed to (?:force )?push",
        "let the updater push there (Settings, Repository, Protected branches: allowed to push and merge), "
        f"{_BASE_OTHERWISE}",
        failure_reasons.BRANCH_PROTECTED,
    ),
    _no(
        r"protected branch|only be modified through pull requests|must use a pull request"
        r"|permission denied to update branch",
        f"let the updater push to it in the branch's protection, {_BASE_OTHERWISE}",
        failure_reasons.BRANCH_PROTECTED,
    ),
    _no(
        r"without `?workflows?`? (?:permission|scope)",
        "give the token the permission `workflows`, or keep pins out of .github/workflows",
        failure_reasons.PUSH_REFUSED,
    ),
    _no(
        r"is not a member of team|does not follow the pattern|committer|cannot push .* email|GH007",
        "set `commit: {name: …, email: …}` to somebody the host lets commit",
        failure_reasons.PUSH_REFUSED,
    ),
)
_ANY = "check what the token may write and what the host's hooks demand"
_OURS = "take the updater's branches (updater/**) out of that rule"


def change(ref: str, summary: str, said: str) -> tuple[str, Reason]:
    """What to do, and the reason for it. The whole answer counts only where the summary leaves it open."""
    whole = f"{summary} {said}" if _is_vague(summary) else summary
    found = next((no for no in _NOES if no.said.search(whole)), None)
    if found is None:
        return _ANY, failure_reasons.PUSH_REFUSED
    ours = ref.startswith("refs/heads/updater/") and _BASE_OTHERWISE in found.change
    return _OURS if ours else found.change, found.reason


def passes(summary: str, said: str) -> bool:
    """The host is in trouble, and says so by refusing."""
    return _PASSING.search(f"{summary} {said}" if _is_vague(summary) else summary) is not None


def _is_vague(summary: str) -> bool:
    """A hook has spoken, or a rule, and what it said stands in the lines of the host."""
    return any(word in summary for word in ("hook declined", "rule violations", "TF40", "declined"))
