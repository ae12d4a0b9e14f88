"""What `doctor` says of the rules of a base branch: where they stop what the environments deliver."""

from __future__ import annotations

from collections.abc import Iterator

from updater import messages
from updater.commands.doctor.check_result import CheckResult
from updater.config import Policy
from updater.model import BranchRules


def of_protection(rules: BranchRules, what: str, policies: tuple[Policy, ...]) -> Iterator[CheckResult]:
    pushes = [policy.placement.environment for policy in policies if policy.deliver == "push"]
    proposes = [policy for policy in policies if policy.deliver == "pull-request"]
    binding = rules.checks if rules.checks_pushes else ()
    if pushes and (rules.pull_request_required or rules.merge_queue or binding):
        yield CheckResult(what, "look", _protected(rules, pushes[0]))
    if proposes and messages.STATUS in rules.checks:
        others = "pull requests that are not ours wait for it for ever, unless the updater answers them"
        yield CheckResult(what, "look", f"{messages.STATUS} is required on the base branch: {others}")
    if rules.reviews and any(policy.pull_request.auto_merge for policy in proposes):
        asked = f"{rules.reviews} approval" + ("s" if rules.reviews > 1 else "")
        yield CheckResult(what, "look", f"auto_merge waits for the {asked} that the base branch asks for")


def _protected(rules: BranchRules, environment: str) -> str:
    demands = ["a pull request"] if rules.pull_request_required else []
    demands += ["its merge queue"] if rules.merge_queue else []
    demands += [f"the check {check}" for check in rules.checks]
    return (
        f"the base branch asks for {', '.join(demands)}, and {environment} is pushed: let the updater bypass "
        "that rule, or use deliver: pull-request with pull_request: {auto_merge: true}"
    )
