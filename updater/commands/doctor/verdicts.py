"""What `updater doctor` says of the ref that verdicts are recorded on."""

from __future__ import annotations

from collections.abc import Iterator

from updater import messages
from updater.commands.doctor.check_result import CheckResult, tried
from updater.config import Policy
from updater.errors import Refused
from updater.wiring import Updater


def of_verdicts(updater: Updater, repository: str) -> Iterator[CheckResult]:
    """Where something is verified; only a push tells whether the host takes it."""
    verified = [policy for policy in updater.config.of(repository) if policy.verify is not None]
    if verified:
        what = f"repository {repository}, verdicts"
        yield tried(what, lambda: _taken(updater, repository, what, verified))


def _taken(updater: Updater, repository: str, what: str, verified: list[Policy]) -> CheckResult:
    ref = messages.verdicts_ref(updater.config.repositories[repository].branch)
    if ref in updater.heads(repository).refs:
        return CheckResult(what, "works", f"they are recorded on {ref}")
    if updater.config.mode != "act":
        return CheckResult(what, "look", f"mode is observe: nothing is recorded on {ref}")
    try:
        updater.try_ref(repository, messages.tried_ref(ref))
    except Refused as error:
        return CheckResult(what, "broken", f"{error.sentence} {_without(verified)}")
    said = f"the host takes refs like {ref}: one was made and deleted to try it"
    return CheckResult(what, "works", said)


def _without(verified: list[Policy]) -> str:
    told = (policy.verify.then if policy.verify else "tell" for policy in verified)
    pairs = zip(verified, told, strict=True)
    back = sorted({policy.placement.environment for policy, then in pairs if then != "tell"})
    if not back:
        return "What fails is told all the same, and forgotten after a day."
    return f"Without it {', '.join(back)} only tells what fails, and nothing goes back."
